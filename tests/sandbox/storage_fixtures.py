"""A running pretend Cloud Storage with Google's own client pointed at it."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import requests
from flask import Flask
from google.auth.credentials import AnonymousCredentials
from google.cloud import storage
from google.cloud.storage.retry import DEFAULT_RETRY

from sandbox.clock import Clock
from sandbox.cloud.buckets import Bucket, Buckets
from sandbox.cloud.http_server import HttpServer
from sandbox.cloud.storage_api import blueprint
from sandbox.faults import Faults

BUCKET = "model-cache"
QUICK_RETRY = DEFAULT_RETRY.with_delay(initial=0.01, maximum=0.05)
_METADATA_THREAD_OFF = "DISABLE_GCS_PYTHON_CLIENT_OTEL_BUCKET_METADATA"


@dataclass(frozen=True)
class RunningStorage:
    """The pretend service, its state, and ways to talk to it."""

    clock: Clock
    faults: Faults
    buckets: Buckets
    bucket: Bucket
    url: str
    client: storage.Client
    remote: storage.Bucket
    http: requests.Session

    def get(self, path: str, **parameters: str) -> requests.Response:
        """Send a bare GET, for what Google's client would not send."""
        return self.http.get(f"{self.url}{path}", params=parameters, timeout=30)


@contextmanager
def running_storage() -> Iterator[RunningStorage]:
    """Serve one empty bucket until the block ends."""
    os.environ.setdefault(_METADATA_THREAD_OFF, "true")  # else the client makes calls of its own
    clock = Clock()
    faults, buckets = Faults(clock), Buckets(clock)
    bucket = buckets.create(BUCKET)
    app = Flask(__name__)
    app.register_blueprint(blueprint(buckets, faults, clock))
    server = HttpServer(app)
    server.start()
    client = storage.Client(
        project="sandbox-project",
        credentials=AnonymousCredentials(),  # type: ignore[no-untyped-call]  # no types there
        client_options={"api_endpoint": server.url},
    )
    try:
        with requests.Session() as http:
            remote = client.bucket(BUCKET)
            yield RunningStorage(clock, faults, buckets, bucket, server.url, client, remote, http)
    finally:
        client.close()
        faults.clear()
        server.stop()
