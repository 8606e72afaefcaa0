"""The check of the service."""

from collections.abc import Mapping
from dataclasses import replace

import pytest

from core.inspection.checks.service import check_service
from core.inspection.findings import Judgement, Verdict
from core.services import Service, Traffic
from tests.core.whole_cache import judged, whole_cache


def _judged(**changes: object) -> Judgement:
    service = whole_cache().tabular
    assert service is not None
    values = {name: getattr(service, name) for name in service.__slots__} | changes
    return judged(check_service, replace(whole_cache(), tabular=Service(**values)))


@pytest.mark.parametrize(
    ("changes", "verdict", "words", "step"),
    [
        (
            {"ready": False, "message": "The container failed to start."},
            Verdict.FAILING,
            "It is not ready: The container failed to start.",
            "/cache logs service errors",
        ),
        ({"ready": False}, Verdict.FAILING, "a change is still being rolled out", "/cache logs"),
        ({"pinned": True}, Verdict.WARNING, "Its traffic is pinned", "Cloud Run"),
        (
            {"traffic": (Traffic("tabular-service-00041-xyz", 100, latest=False),)},
            Verdict.WARNING,
            "tabular-service-00042-abc does not get all of the traffic.",
            "Cloud Run",
        ),
        (
            {"toggle": "false"},
            Verdict.WARNING,
            'The shared volume is off (SHARED_MODEL_VOLUME_ENABLED is "false")',
            "/cache enable",
        ),
        (
            {"toggle": None},
            Verdict.WARNING,
            "(SHARED_MODEL_VOLUME_ENABLED is not set)",
            "/cache enable",
        ),
        ({"toggle_from_secret": True}, Verdict.UNKNOWN, "comes from a secret", "plain value"),
        ({"mounts_bucket": None}, Verdict.WARNING, "It mounts no bucket, not", "volumes"),
        ({"mounts_bucket": "other"}, Verdict.WARNING, "It mounts other, not tabular", "volumes"),
    ],
)
def test_each_trouble_is_told(
    changes: Mapping[str, object], verdict: Verdict, words: str, step: str
) -> None:
    """What is wrong with the service is said with what to do about it."""
    judgement = _judged(**changes)
    assert judgement.verdict is verdict
    assert words in judgement.why
    assert step in judgement.next_step


def test_several_troubles_are_told_together() -> None:
    """Not ready and switched off: both are told, the worse one decides."""
    judgement = _judged(ready=False, message="No.", toggle="false", pinned=True)
    assert judgement.verdict is Verdict.FAILING
    for words in ("It is not ready: No.", "The shared volume is off", "traffic is pinned"):
        assert words in judgement.why


def test_a_service_that_is_off_may_mount_nothing() -> None:
    """What is mounted matters only while the shared volume is on."""
    assert "mounts" not in _judged(toggle="false", mounts_bucket=None).why


def test_a_missing_service_is_not_configured() -> None:
    """An absent service reads so, never healthy."""
    judgement = judged(check_service, replace(whole_cache(), tabular=None))
    assert judgement.verdict is Verdict.NOT_CONFIGURED
    assert "tabular-service in europe-west1" in judgement.why
