"""What the tests of several steps share."""

from collections.abc import Iterator

import pytest

from core.google.google_cloud import GoogleCloud
from sandbox.clock import Clock
from sandbox.cloud.cloud import PretendCloud
from sandbox.cloud.project import create_project
from tests.core.google.conftest import deployment_of, endpoints_of
from tests.core.steps.recovery_scene import Scene

_SPEED = 20_000.0


@pytest.fixture
def scene() -> Iterator[Scene]:
    """Serve the default deployment as it is after a week."""
    with PretendCloud(create_project(Clock(_SPEED))) as running:
        cloud = GoogleCloud.connect(deployment_of(running), endpoints_of(running))
        yield Scene(running, cloud)
        cloud.close()
