"""Tests of how connections are opened: to the real Google Cloud, and to loopback."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from google.auth.transport.requests import AuthorizedSession

from core.errors import PermissionDenied
from core.google.connections import Connections
from core.google.endpoints import Endpoints
from core.google.google_cloud import GoogleCloud
from sandbox.cloud.cloud import PretendCloud
from tests.core.google.conftest import deployment_of


@pytest.fixture
def account_file(tmp_path: Path) -> Path:
    """Write the key file of a service account that exists nowhere."""
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048).private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    path = tmp_path / "account.json"
    path.write_text(
        json.dumps(
            {
                "type": "service_account",
                "project_id": "my-project",
                "private_key_id": "1",
                "private_key": key.decode(),
                "client_email": "cachebot@my-project.iam.gserviceaccount.com",
                "token_uri": "https://oauth2.googleapis.com/token",
            }
        )
    )
    return path


@pytest.fixture
def real(account_file: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Connections]:
    """Open connections to the real Google Cloud, over which nothing is sent."""
    monkeypatch.setenv("GOOGLE_APPLICATION_CREDENTIALS", str(account_file))
    opened = Connections.open("my-project", Endpoints())
    yield opened
    opened.close()


def test_without_endpoints_everything_goes_to_google_with_credentials(real: Connections) -> None:
    """Production differs from the sandbox in endpoints and credentials only."""
    hosts = {
        real.jobs.transport.host,
        real.executions.transport.host,
        real.services.transport.host,
        real.logs.transport.host,
        real.log_metrics.transport.host,
        real.metrics.transport.host,
        real.policies.transport.host,
        real.scheduler.transport.host,
    }
    assert hosts == {
        "run.googleapis.com:443",
        "logging.googleapis.com:443",
        "monitoring.googleapis.com:443",
        "cloudscheduler.googleapis.com:443",
    }
    assert real.alerts_url == "https://monitoring.googleapis.com"
    assert real.storage.project == "my-project"
    account = "cachebot@my-project.iam.gserviceaccount.com"
    for session in (real.alerts, real.storage._http):
        assert isinstance(session, AuthorizedSession)
        assert session.credentials.service_account_email == account
        assert session.trust_env


def test_missing_credentials_are_told_at_once(
    pretend: PretendCloud, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The real Google Cloud is not reached without them, and the cure is named."""
    monkeypatch.setenv("GOOGLE_APPLICATION_CREDENTIALS", str(tmp_path / "nothing.json"))
    with pytest.raises(PermissionDenied, match="credentials do not work") as caught:
        GoogleCloud.connect(deployment_of(pretend), Endpoints())
    assert "gcloud auth application-default login" in caught.value.hint


def test_loopback_needs_no_credentials_and_no_proxy(
    pretend: PretendCloud, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Settings of the environment that are meant for the internet change nothing."""
    monkeypatch.setenv("GOOGLE_APPLICATION_CREDENTIALS", str(tmp_path / "nothing.json"))
    for name in ("http_proxy", "https_proxy", "grpc_proxy", "all_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
        monkeypatch.setenv(name.upper(), "http://127.0.0.1:9")
    endpoints = Endpoints(pretend.storage_url, pretend.grpc_target, pretend.monitoring_url)
    cloud = GoogleCloud.connect(deployment_of(pretend), endpoints)
    try:
        assert cloud.bucket().versioning
        assert cloud.job().name == "tabular-model-sync"
        assert cloud.open_incidents() == []
    finally:
        cloud.close()
