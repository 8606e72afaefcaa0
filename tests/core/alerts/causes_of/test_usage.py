"""What fills the bucket, concluded from what a reader in memory says."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta

import pytest

from core.alerts.causes import Diagnosis
from core.alerts.incidents import Subject
from core.cache.objects import LifecycleRule
from core.errors import Unavailable
from core.executions import ExecutionState
from core.store.database import Database
from tests.core.alerts.causes_of.from_memory import beside, diagnosed
from tests.core.reader import MemoryReader
from tests.core.whole_cache import NOW, WEIGHTS, execution, whole_cache

_NAME = "tabular-model-sync-fffff"
_VERSIONS, _TEMPORARY = (
    LifecycleRule(newer_versions=3),
    LifecycleRule(age=timedelta(days=7), prefixes=(".tmp/", "tmp/")),
)


def _ruled(reader: MemoryReader, *rules: LifecycleRule) -> MemoryReader:
    assert reader.settings is not None
    return replace(reader, settings=replace(reader.settings, lifecycle=rules))


def _with_leftovers(days: float, size_bytes: int = 8_800_000_000) -> MemoryReader:
    healthy, at = whole_cache(), NOW - timedelta(days=days)
    return replace(healthy, stored=beside(healthy, (".tmp/sbert-1/x", size_bytes, at)))


def _needing(counted_bytes: int, leftover_bytes: int = 0) -> MemoryReader:
    """Return a healthy cache whose embedding model is so big that all comes to so many bytes."""
    healthy, at = whole_cache(), NOW - timedelta(days=9)
    left = counted_bytes - leftover_bytes - sum(one.size_bytes for one in healthy.stored)
    grown = [
        replace(one, size_bytes=one.size_bytes + left * (one.name == WEIGHTS and one.live))
        for one in healthy.stored
    ]
    more = [(".tmp/a", leftover_bytes, at)] if leftover_bytes else []
    return replace(healthy, stored=beside(replace(healthy, stored=grown), *more))


def _of_usage(records: Database, reader: MemoryReader) -> Diagnosis:
    return diagnosed(records, reader, Subject.USAGE)


@pytest.mark.parametrize(
    "rules",
    [
        (LifecycleRule(newer_versions=2), _TEMPORARY),
        (_VERSIONS, _TEMPORARY, LifecycleRule(age=timedelta(days=90))),
    ],
)
def test_a_rule_that_deletes_too_much_fills_no_bucket(
    records: Database, rules: Sequence[LifecycleRule]
) -> None:
    """It is a fault of its own, told beside the cause; leftovers are the cause."""
    found = _of_usage(records, _ruled(_with_leftovers(9), *rules))
    assert (
        found.cause == "Leftovers of syncs fill the bucket: 8.8 GB under .tmp/, the oldest 9 d old."
    )
    assert found.offers[0] == "cleanup"
    assert found.certain
    assert any(one.startswith("Bucket settings: A lifecycle rule") for one in found.evidence)


def test_leftovers_that_no_rule_deletes_are_told_with_the_rule_that_is_missing(
    records: Database,
) -> None:
    """The cleanup makes room now, and the recovery sets the rule that keeps it."""
    found = _of_usage(records, _ruled(_with_leftovers(9), _VERSIONS))
    assert found.cause.endswith("the oldest 9 d old. No lifecycle rule empties .tmp/ after 7 d.")
    assert found.offers[0] == "cleanup"
    assert found.offers[-1] == "recover"


def test_old_versions_that_no_rule_limits_are_told_with_the_rule_that_is_missing(
    records: Database,
) -> None:
    """The same of the other rule."""
    healthy = whole_cache()
    old = [
        replace(one, deleted_at=one.created_at + timedelta(hours=1))
        for one in beside(healthy, *[("sbert/x", 3_000_000_000, NOW - timedelta(days=9))] * 2)[-2:]
    ]
    filled = replace(healthy, stored=(*healthy.stored, *old))
    found = _of_usage(records, _ruled(filled, _TEMPORARY))
    assert found.cause.startswith("Old versions fill the bucket: 8.3 GB are noncurrent")
    assert found.cause.endswith("No lifecycle rule limits old versions (numNewerVersions=3).")
    assert found.offers[-1] == "recover"


def test_a_missing_rule_alone_is_told_beside_the_cause(records: Database) -> None:
    """Where nothing lies about that it would delete, it is not why the bucket is full."""
    found = _of_usage(records, _ruled(_needing(9_000_000_000), _VERSIONS))
    assert found.cause.startswith("The models need the room: 6.7 GB are live")
    assert any(one.startswith("Also: No lifecycle rule empties .tmp/") for one in found.evidence)


def test_a_missing_rule_is_the_likeliest_cause_where_nothing_else_is_known(
    records: Database,
) -> None:
    """What a cleanup would free could not be told, so more is not said."""
    healthy = _ruled(_needing(9_000_000_000), _VERSIONS)
    away = {"executions": Unavailable("Cloud Run does not answer.")}
    found = _of_usage(records, replace(healthy, errors=away))
    assert found.cause.endswith("So the bucket may grow without end.")
    assert (found.offers, found.certain) == (("recover",), False)


@pytest.mark.parametrize("leftover_bytes", [0, 2000])
def test_crumbs_fill_no_bucket(records: Database, leftover_bytes: int) -> None:
    """At the limit to the byte there is no excess, and nothing makes up nothing."""
    found = _of_usage(records, _needing(8_000_000_000, leftover_bytes))
    assert found.cause.startswith("The models need the room")
    assert found.certain


def test_files_of_somebody_else_are_not_called_models(records: Database) -> None:
    """They are left alone by every cleanup, so a person has to look."""
    healthy = whole_cache()
    stored = beside(healthy, ("backup.tar", 5_000_000_000, NOW - timedelta(days=9)))
    found = _of_usage(records, replace(healthy, stored=stored))
    assert found.cause.startswith("Files that are not the cache's fill the bucket: 5.0 GB")
    assert not found.certain


@pytest.mark.parametrize(
    ("threshold", "limit"),
    [("0.7", "70 %"), ("70", "70 %"), ("7e9", "70 %"), ("", "80 %"), ("many", "80 %")],
)
def test_below_is_below_the_alerts_own_threshold(
    records: Database, threshold: str, limit: str
) -> None:
    """It comes as a share, in percent or in bytes; without one the bot's own counts."""
    found = diagnosed(records, whole_cache(), Subject.USAGE, threshold=threshold)
    assert f"of its capacity now, below the {limit} that the alert is about" in found.cause
    above = diagnosed(records, _needing(7_500_000_000), Subject.USAGE, threshold=threshold)
    assert above.cause.startswith("The models need the room") is (limit == "70 %")


def test_soft_deleted_bytes_that_the_alert_may_count_are_told(records: Database) -> None:
    """Monitoring measures them too; they leave by themselves, and no cleanup frees them."""
    healthy = whole_cache()
    dropped = beside(healthy, (".tmp/old", 5_000_000_000, NOW - timedelta(days=1)))[-1:]
    found = _of_usage(records, replace(healthy, dropped=dropped))
    assert "With 5.0 GB soft-deleted, which Monitoring may count, it is 108.6 %" in found.cause
    assert not found.certain


def test_a_sync_at_work_explains_a_full_bucket(records: Database) -> None:
    """Its download lies beside what that replaces; no cleanup may be planned meanwhile."""
    full = _needing(8_500_000_000)
    running = execution("fffff", NOW, ExecutionState.RUNNING)
    found = _of_usage(records, replace(full, runs=(running, *full.runs)))
    assert found.cause.startswith("tabular-model-sync-fffff has been running for 10 min: while it")
    assert (found.offers, found.certain) == ((), False)


@pytest.mark.parametrize(("days", "lead"), [(0.001, _NAME), (1, "Leftovers of syncs fill the")])
def test_the_download_of_a_running_sync_is_not_called_a_leftover(
    records: Database, days: float, lead: str
) -> None:
    """What was written under .tmp/ since it began is its own; what is older is dead."""
    left = _with_leftovers(days)
    running = execution("fffff", NOW, ExecutionState.RUNNING)
    found = _of_usage(records, replace(left, runs=(running, *left.runs)))
    assert found.cause.startswith(lead)
