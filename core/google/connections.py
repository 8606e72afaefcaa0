"""The client libraries' own clients, opened together and closed together."""

import os
from dataclasses import dataclass
from typing import Any, Protocol, Self

import google.auth
import grpc
import requests
from google.api_core.client_options import ClientOptions
from google.auth.credentials import AnonymousCredentials, Credentials
from google.auth.transport.requests import AuthorizedSession
from google.cloud import monitoring_v3, run_v2, scheduler_v1, storage
from google.cloud.logging_v2.services.logging_service_v2 import LoggingServiceV2Client
from google.cloud.logging_v2.services.metrics_service_v2 import MetricsServiceV2Client
from requests.adapters import HTTPAdapter

from core.google.endpoints import Endpoints
from core.google.errors import Asked, asking

_MONITORING = "https://monitoring.googleapis.com"
_SCOPES = ("https://www.googleapis.com/auth/cloud-platform",)
_CHANNEL_OPTIONS = (
    ("grpc.enable_http_proxy", 0),  # loopback is never behind a proxy
    ("grpc.max_receive_message_length", -1),  # as the clients' own channels have it
)
_CONNECTIONS_KEPT = 32
_QUIET = "DISABLE_GCS_PYTHON_CLIENT_OTEL_BUCKET_METADATA"


class _Closing(Protocol):
    def close(self) -> None: ...


@dataclass(frozen=True, slots=True)
class Connections:
    """One client for each of Google's services, all safe to share between threads.

    They are not safe to share over a fork: open them in the process that uses them.
    """

    storage: storage.Client
    alerts: requests.Session
    alerts_url: str
    jobs: run_v2.JobsClient
    executions: run_v2.ExecutionsClient
    services: run_v2.ServicesClient
    logs: LoggingServiceV2Client
    log_metrics: MetricsServiceV2Client
    metrics: monitoring_v3.MetricServiceClient
    policies: monitoring_v3.AlertPolicyServiceClient
    scheduler: scheduler_v1.CloudSchedulerClient
    closing: tuple[_Closing, ...]

    @classmethod
    def open(cls, project: str, endpoints: Endpoints) -> Self:
        """Open them all; nothing is sent yet but what finding credentials takes.

        Raises:
            PermissionDenied: the real Google Cloud is asked for and there are no credentials.
        """
        credentials = _credentials() if endpoints.real else _nobody()
        bucket_session = _session(None if endpoints.storage else credentials)
        alerts_session = _session(None if endpoints.monitoring else credentials)
        channel = None
        if endpoints.grpc is not None:
            channel = grpc.insecure_channel(endpoints.grpc, options=_CHANNEL_OPTIONS)

        opened: list[_Closing] = [bucket_session, alerts_session]

        def client(kind: Any) -> Any:  # the generated clients share no type
            made = _over(channel, kind) if channel else kind(credentials=credentials)
            opened.append(made.transport)
            return made

        return cls(
            storage=_storage(project, bucket_session, credentials, endpoints.storage),
            alerts=alerts_session,
            alerts_url=(endpoints.monitoring or _MONITORING).rstrip("/"),
            jobs=client(run_v2.JobsClient),
            executions=client(run_v2.ExecutionsClient),
            services=client(run_v2.ServicesClient),
            logs=client(LoggingServiceV2Client),
            log_metrics=client(MetricsServiceV2Client),
            metrics=client(monitoring_v3.MetricServiceClient),
            policies=client(monitoring_v3.AlertPolicyServiceClient),
            scheduler=client(scheduler_v1.CloudSchedulerClient),
            closing=tuple(opened),
        )

    def close(self) -> None:
        """Close every connection; calls still under way fail."""
        for one in self.closing:
            one.close()


def _credentials() -> Credentials:
    with asking(Asked("find", "application default credentials", "a service account")):
        credentials, _ = google.auth.default(scopes=_SCOPES)
    return credentials


def _nobody() -> Credentials:
    nobody: Credentials = AnonymousCredentials()  # type: ignore[no-untyped-call]  # Google's
    return nobody


def _session(credentials: Credentials | None) -> requests.Session:
    """Open a session, to loopback without credentials, with connections for all threads.

    The library's default keeps ten and throws the others away after each request.
    """
    session = requests.Session()
    if credentials is not None:
        session = AuthorizedSession(credentials)  # type: ignore[no-untyped-call]  # Google's
    session.trust_env = credentials is not None  # the environment's proxies are not for loopback
    adapter = HTTPAdapter(pool_connections=4, pool_maxsize=_CONNECTIONS_KEPT)
    session.mount("https://", adapter)
    session.mount("http://", adapter)
    return session


def _storage(
    project: str, session: requests.Session, credentials: Credentials, endpoint: str | None
) -> storage.Client:
    """Open the bucket's client on `session`.

    Without the environment variable the library starts, at the first call, a thread that
    reads the bucket for trace labels, with tracing off: a call that nobody asked for, which
    needs storage.buckets.get and stands in the audit log. The library reads it at each
    call, and it concerns nothing else, so it is set for the whole process and an operator's
    own value is kept.
    """
    os.environ.setdefault(_QUIET, "true")
    options = ClientOptions(api_endpoint=endpoint) if endpoint else None
    return storage.Client(
        project=project,
        credentials=credentials,
        client_options=options,
        _http=session,
        extra_headers={},  # the library's default is one dictionary shared by all clients
    )


def _over(channel: grpc.Channel, kind: Any) -> Any:
    return kind(transport=kind.get_transport_class("grpc")(channel=channel))
