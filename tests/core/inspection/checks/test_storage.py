"""The checks of the bucket's size and settings."""

from dataclasses import replace
from datetime import timedelta

import pytest

from core.cache.buckets import SERVICE_ROLE, Binding, member_of
from core.cache.lifecycle import lacking_settings
from core.cache.objects import BucketSettings, LifecycleRule
from core.deployment import Expectations
from core.errors import PermissionDenied, Unavailable
from core.inspection.checks.storage import check_bucket, check_size
from core.inspection.findings import Verdict
from tests.core.whole_cache import MEASURE, NOW, Write, cache_after, judged, two_syncs, whole_cache

_KEEP = LifecycleRule(newer_versions=3)
_TEMPORARY = LifecycleRule(age=timedelta(days=7), prefixes=(".tmp/",))


def _settings(*rules: LifecycleRule, versioning: bool = True) -> BucketSettings:
    return BucketSettings("b", "EU", versioning, rules, timedelta(days=7))


@pytest.mark.parametrize(
    ("capacity_bytes", "verdict"),
    [
        (10 * 10**9, Verdict.OK),
        (7 * 10**9, Verdict.WARNING),
        (5 * 10**9, Verdict.WARNING),
    ],
)
def test_fullness_is_live_and_noncurrent(capacity_bytes: int, verdict: Verdict) -> None:
    """5.9 GB are little of 10 GB and too much of 7 GB or 5 GB, where nothing breaks yet."""
    deployment = replace(MEASURE.deployment, capacity_bytes=capacity_bytes)
    judgement = judged(check_size, whole_cache(), replace(MEASURE, deployment=deployment))
    assert judgement.verdict is verdict
    assert ("noncurrent versions" in judgement.next_step) is (verdict is not Verdict.OK)


def test_exactly_the_share_that_alerts_warns() -> None:
    """The threshold itself is a warning already."""
    stored = cache_after([Write("ollama/a", NOW, 8 * 10**9)])
    assert judged(check_size, stored).verdict is Verdict.WARNING
    below = cache_after([Write("ollama/a", NOW, 8 * 10**9 - 1)])
    assert judged(check_size, below).verdict is Verdict.OK


@pytest.mark.parametrize(
    ("filler", "step"),
    [
        ("ollama/a", "need the room"),
        (".tmp/sbert-1/x", "/cache cleanup deletes old leftovers under .tmp/ (8.0 GB"),
    ],
)
def test_the_next_step_is_what_frees_most(filler: str, step: str) -> None:
    """Old versions are not advised to go where there are none."""
    full = cache_after([Write(filler, NOW, 8 * 10**9)])
    assert step in judged(check_size, full).next_step


def test_old_leftovers_warn() -> None:
    """Leftovers beyond the lifecycle's age and its delay are told, younger ones are not."""
    for days, verdict in ((8, Verdict.OK), (10, Verdict.WARNING)):
        leftover = Write(".tmp/sbert-1/x", NOW - timedelta(days=days), 5)
        judgement = judged(check_size, cache_after([*two_syncs(), leftover]))
        assert judgement.verdict is verdict
        assert (f"up to {days} d old" in judgement.why) is (verdict is Verdict.WARNING)


def test_soft_deleted_bytes_are_an_aside() -> None:
    """Where they cannot be listed the rest is judged, and the gap is told."""
    reader = replace(whole_cache(), errors={"soft_deleted": PermissionDenied("Not allowed")})
    judgement = judged(check_size, reader)
    assert judgement.verdict is Verdict.OK
    assert judgement.why.endswith("; soft-deleted bytes are unknown: Not allowed.")


def test_a_missing_bucket_is_the_bucket_checks_failure() -> None:
    """Settings fail, size only cannot be told; both lead to recovery."""
    reader = replace(whole_cache(), settings=None)
    assert judged(check_bucket, reader).verdict is Verdict.FAILING
    assert judged(check_size, reader).verdict is Verdict.UNKNOWN
    for check in (check_bucket, check_size):
        assert judged(check, reader).next_step.startswith("Run /cache recover")


def test_unreadable_settings_are_raised() -> None:
    """The report tells what could not be read; the check does not guess."""
    with pytest.raises(Unavailable):
        judged(check_bucket, replace(whole_cache(), errors={"bucket": Unavailable("away")}))


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        (_settings(_KEEP, _TEMPORARY), []),
        (_settings(LifecycleRule(newer_versions=5), _TEMPORARY), []),
        (_settings(LifecycleRule(newer_versions=3, age=timedelta(days=1)), _TEMPORARY), []),
        (_settings(_KEEP, LifecycleRule(age=timedelta(days=1), prefixes=(".tm",))), []),
        (_settings(_KEEP, _TEMPORARY, versioning=False), ["Object versioning is off"]),
        (_settings(_TEMPORARY), ["No lifecycle rule limits old versions (numNewerVersions=3)"]),
        (
            _settings(LifecycleRule(newer_versions=3, prefixes=(".tmp/",)), _TEMPORARY),
            ["No lifecycle rule limits old versions"],
        ),
        (
            _settings(_KEEP, LifecycleRule(newer_versions=1, prefixes=("sbert/",)), _TEMPORARY),
            ["A lifecycle rule keeps only 1 version, fewer than the 3 required"],
        ),
        (_settings(_KEEP), ["No lifecycle rule empties .tmp/ after 7 d"]),
        (
            _settings(_KEEP, LifecycleRule(age=timedelta(days=7), prefixes=("tmp/",))),
            ["No lifecycle rule empties .tmp/"],
        ),
        (
            _settings(_KEEP, LifecycleRule(age=timedelta(days=30), prefixes=(".tmp/",))),
            [".tmp/ is emptied only after 30 d, not 7 d"],
        ),
        (
            _settings(_KEEP, _TEMPORARY, LifecycleRule(age=timedelta(days=60))),
            ["A lifecycle rule deletes models by their age alone"],
        ),
        (
            _settings(
                _KEEP, _TEMPORARY, LifecycleRule(age=timedelta(days=60), prefixes=("ollama/blobs",))
            ),
            ["A lifecycle rule deletes models by their age alone"],
        ),
        (
            _settings(versioning=False),
            ["Object versioning", "No lifecycle rule limits", "No lifecycle rule empties"],
        ),
    ],
)
def test_each_lacking_setting_is_named(settings: BucketSettings, words: list[str]) -> None:
    """Exactly what is missing or harmful is told, in as many sentences."""
    lacking = lacking_settings(settings, Expectations())
    assert len(lacking) == len(words)
    for sentence, start in zip(lacking, words, strict=True):
        assert sentence.startswith(start)
    judgement = judged(check_bucket, replace(whole_cache(), settings=settings))
    assert judgement.verdict is (Verdict.WARNING if words else Verdict.OK)


def test_accounts_without_a_role_on_the_bucket_point_to_recover() -> None:
    """Whether the project grants one is not seen, so it is unknown and not a failure."""
    reader = whole_cache()
    assert reader.tabular is not None
    account = "tabular@p.iam.gserviceaccount.com"
    named = replace(reader, tabular=replace(reader.tabular, service_account=account))
    judgement = judged(check_bucket, named)
    assert judgement.verdict is Verdict.UNKNOWN
    assert account in judgement.why
    assert "/cache recover" in judgement.next_step
    granted = replace(named, access=(Binding(SERVICE_ROLE, (member_of(account),)),))
    assert judged(check_bucket, granted).verdict is Verdict.OK
