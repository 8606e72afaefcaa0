"""What is said of what was not found and of what could not be looked at."""

from dataclasses import replace
from datetime import timedelta

import pytest

from core.alerts.incidents import Subject
from core.errors import PermissionDenied
from core.store.database import Database
from tests.core.alerts.causes_of.from_memory import diagnosed, started
from tests.core.reader import MemoryReader
from tests.core.whole_cache import (
    NOW,
    Write,
    cache_after,
    execution,
    startups,
    stub_text,
    two_syncs,
    whole_cache,
    without,
)

_ORDER = (
    "No cause was found. No startup has missed since 08:30 UTC: 4 of 4 startups hit. All else "
    "that was looked at is in order."
)
_REVISION = "tabular-service-00042-abc"
_DENIED = PermissionDenied("The bot may not read it.", "Grant it the role.")


def _refusing(*questions: str) -> MemoryReader:
    return replace(whole_cache(), errors=dict.fromkeys(questions, _DENIED))


def test_where_startups_miss_nothing_is_called_in_order(records: Database) -> None:
    """The misses themselves are the first thing to say, and where to look further."""
    starts = started(
        (2, False, _REVISION), (3, False, _REVISION), (5, False, _REVISION), (6, True, _REVISION)
    )
    missing = replace(whole_cache(), starts=starts)
    found = diagnosed(records, missing)
    assert found.cause == (
        "No cause was found. 3 of 4 startups since 08:30 UTC missed. All else that was looked at "
        "is in order."
    )
    assert found.evidence[0] == (
        "Hit rate: 25 %, 1 of 4 startups since 08:30 UTC hit. Misses: 3 manifest_missing."
    )
    assert found.offers == ("logs service 2h", "health")


def test_what_a_check_warns_of_is_not_called_in_order(records: Database) -> None:
    """A last good sync of five days ago is no cause of misses, but it is named."""
    old = execution("zzzzz", NOW - timedelta(days=5))
    found = diagnosed(records, replace(whole_cache(), starts=startups(4, 0), runs=(old,)))
    assert "4 of 4 startups hit. Not in order, but it proves no cause: Sync runs: " in found.cause
    assert "is in order" not in found.cause


def test_all_that_is_abnormal_is_named_where_no_cause_was_found(records: Database) -> None:
    """Pinned traffic and stale syncs stand in the conclusion, as what proves nothing."""
    old, healthy = execution("zzzzz", NOW - timedelta(days=5)), whole_cache()
    assert healthy.tabular is not None
    pinned = replace(healthy.tabular, pinned=True)
    starts = startups(1, 3)
    found = diagnosed(records, replace(healthy, tabular=pinned, starts=starts, runs=(old,)))
    assert found.cause.startswith("No cause was found. 3 of 4 startups since 08:30 UTC missed. Not")
    assert "but neither proves a cause: Service: Its traffic is pinned" in found.cause
    assert found.cause.endswith("The last good sync finished 5 d ago.")


def test_where_all_is_well_that_is_said(records: Database) -> None:
    """No startup missed, and each check is content."""
    found = diagnosed(records, replace(whole_cache(), starts=startups(4, 0)))
    assert (found.cause, found.unchecked) == (_ORDER, ())


@pytest.mark.parametrize(
    ("question", "subject", "told"),
    [
        ("nightly", Subject.SYNC_FAILURES, "Nightly sync could not be checked: The bot may"),
        ("soft_deleted", Subject.USAGE, "The soft-deleted objects could not be read: The bot may"),
        ("executions", Subject.USAGE, "What a cleanup would free could not be read: The bot may"),
        ("startups", Subject.HIT_RATE, "The startups in the logs could not be read: The bot may"),
    ],
)
def test_whatever_could_not_be_read_is_told(
    records: Database, question: str, subject: Subject, told: str
) -> None:
    """A check that fails counts as well as a fact of the diagnosis itself."""
    found = diagnosed(records, _refusing(question), subject)
    assert sum(one.startswith(told) for one in found.unchecked) == 1
    assert found.cause != _ORDER


@pytest.mark.parametrize("path", ["read manifest.json", "service", "objects"])
def test_what_several_checks_lack_is_told_once(records: Database, path: str) -> None:
    """Each reason has one line for the facts and at the most one for the checks."""
    found = diagnosed(records, _refusing(path))
    assert len(found.unchecked) == len(set(found.unchecked)) <= 4


def test_a_switch_in_a_secret_is_told_and_leaves_no_certainty(records: Database) -> None:
    """The volume may be off, which would explain every miss."""
    healthy = whole_cache()
    assert healthy.tabular is not None
    hidden = replace(healthy.tabular, toggle=None, toggle_from_secret=True)
    found = diagnosed(records, replace(without(healthy, ".done"), tabular=hidden))
    assert "There is no .done marker" in found.cause
    assert not found.certain
    (sentence,) = found.unchecked
    assert sentence.startswith(
        "SHARED_MODEL_VOLUME_ENABLED comes from a secret, so it is not known"
    )


def test_a_service_that_is_not_there_is_the_cause(records: Database) -> None:
    """What is not there cannot hit, and the bot may look under the wrong name."""
    found = diagnosed(records, replace(whole_cache(), tabular=None))
    assert found.cause.startswith("There is no service tabular-service in europe-west1")
    assert found.certain


def test_what_a_startup_looks_for_comes_before_its_stub(records: Database) -> None:
    """Without the marker each start misses; the stub is what the last one left."""
    stub = Write("manifest.json", NOW - timedelta(minutes=30), stub_text("20251121-090000"))
    found = diagnosed(records, without(cache_after([*two_syncs(), stub]), ".done"))
    assert found.cause.startswith("The cache is not whole. There is no .done marker")
    assert found.certain
    assert sum("manifest.json is a stub" in one for one in found.evidence) == 1
