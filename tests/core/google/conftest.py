"""Fixtures: a pretend Google Cloud on loopback, and the adapters connected to it."""

from collections.abc import Iterator

import pytest

from core.deployment import Deployment
from core.google.endpoints import Endpoints
from core.google.google_cloud import GoogleCloud
from sandbox.clock import Clock
from sandbox.cloud.cloud import PretendCloud
from sandbox.cloud.project import Layout, create_project

_SPEED = 20_000.0
"""Simulated seconds per second: a whole sync takes well under a second."""


@pytest.fixture
def pretend() -> Iterator[PretendCloud]:
    """Serve the default deployment with a bucket that is still empty and no past."""
    with PretendCloud(create_project(Clock(_SPEED), Layout(history=False))) as running:
        yield running


@pytest.fixture
def lived_in() -> Iterator[PretendCloud]:
    """Serve the default deployment as it is after a week of syncs and startups."""
    with PretendCloud(create_project(Clock(_SPEED))) as running:
        yield running


def deployment_of(pretend: PretendCloud) -> Deployment:
    """Return the names of the default deployment."""
    place = pretend.project.place
    return Deployment(
        project=place.project, region=place.region, bucket=pretend.project.bucket_name
    )


def endpoints_of(pretend: PretendCloud) -> Endpoints:
    """Return where `pretend` is reached."""
    return Endpoints(pretend.storage_url, pretend.grpc_target, pretend.monitoring_url)


def connected(pretend: PretendCloud) -> Iterator[GoogleCloud]:
    """Connect the adapters to `pretend`, and close them."""
    cloud = GoogleCloud.connect(deployment_of(pretend), endpoints_of(pretend))
    yield cloud
    cloud.close()


@pytest.fixture
def cloud(pretend: PretendCloud) -> Iterator[GoogleCloud]:
    """Connect the adapters to the deployment without a past."""
    yield from connected(pretend)


@pytest.fixture
def lived_in_cloud(lived_in: PretendCloud) -> Iterator[GoogleCloud]:
    """Connect the adapters to the deployment with a past."""
    yield from connected(lived_in)
