"""Fixtures of the pretend cloud: a running one at high speed, and Google's own clients to it."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import google.cloud.storage
import grpc
import pytest
from google.auth.credentials import AnonymousCredentials
from google.cloud import run_v2, scheduler_v1

from sandbox.clock import Clock
from sandbox.cloud.cloud import PretendCloud
from sandbox.cloud.project import Project, create_project

# Simulated seconds per second: a whole sync takes well under a second.
_SPEED = 20_000.0


@dataclass(frozen=True, slots=True)
class Clients:
    """Google's clients, all on one insecure channel; the libraries publish no types for them."""

    services: Any
    revisions: Any
    jobs: Any
    executions: Any
    scheduler: Any


@pytest.fixture
def project() -> Project:
    """Return the default deployment on a fast clock."""
    return create_project(Clock(_SPEED))


@pytest.fixture
def cloud(project: Project) -> Iterator[PretendCloud]:
    """Serve the default deployment."""
    with PretendCloud(project) as running:
        yield running


@pytest.fixture
def channel(cloud: PretendCloud) -> Iterator[grpc.Channel]:
    """Open a channel to the pretend cloud."""
    with grpc.insecure_channel(cloud.grpc_target, [("grpc.enable_http_proxy", 0)]) as opened:
        yield opened


@pytest.fixture
def clients(channel: grpc.Channel) -> Clients:
    """Return Google's gRPC clients."""

    def client(kind: Any) -> Any:
        return kind(transport=kind.get_transport_class("grpc")(channel=channel))

    return Clients(
        services=client(run_v2.ServicesClient),
        revisions=client(run_v2.RevisionsClient),
        jobs=client(run_v2.JobsClient),
        executions=client(run_v2.ExecutionsClient),
        scheduler=client(scheduler_v1.CloudSchedulerClient),
    )


@pytest.fixture
def storage_client(cloud: PretendCloud) -> Iterator[Any]:
    """Return Google's storage client."""
    client = google.cloud.storage.Client(
        project=cloud.project.place.project,
        credentials=AnonymousCredentials(),  # type: ignore[no-untyped-call]  # no types there
        client_options={"api_endpoint": cloud.storage_url},
    )
    yield client
    client.close()
