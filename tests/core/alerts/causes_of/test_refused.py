"""A service that the bucket refuses, concluded from what a reader in memory says."""

from dataclasses import replace
from datetime import datetime, timedelta

from core.cache.buckets import SERVICE_ROLE, Binding
from core.errors import PermissionDenied
from core.signals import LogLine
from core.store.database import Database
from tests.core.alerts.causes_of.from_memory import diagnosed, started
from tests.core.reader import MemoryReader
from tests.core.whole_cache import NOW, Write, cache_after, startups, stub_text, two_syncs

_ACCOUNT = "svc@p.iam.gserviceaccount.com"
_REVISION = "tabular-service-00042-abc"
_GRANTED = (Binding(role=SERVICE_ROLE, members=(f"serviceAccount:{_ACCOUNT}",)),)


def _refused(*at: datetime) -> MemoryReader:
    """Return a stub of today, and the lines that say that the service was refused."""
    stub = Write("manifest.json", NOW - timedelta(minutes=30), stub_text("20251121-090000"))
    reader = cache_after([*two_syncs(), stub])
    assert reader.tabular is not None
    return replace(
        reader,
        tabular=replace(reader.tabular, service_account=_ACCOUNT),
        lines=[LogLine(one, "ERROR", "write test in /models denied") for one in at],
        access=_GRANTED,
        starts=startups(0, 4, "manifest_missing"),
    )


def test_a_refusal_before_the_alert_is_no_cause(records: Database) -> None:
    """What the service logged a day ago explains no miss of today."""
    found = diagnosed(records, _refused(NOW - timedelta(hours=20)))
    assert found.cause.startswith("manifest.json is a stub")
    assert found.offers[0] == "sync"


def test_a_refusal_in_the_hour_of_the_alert_is_the_cause(records: Database) -> None:
    """The role is there, so something else forbids it."""
    found = diagnosed(records, _refused(NOW - timedelta(minutes=5)))
    assert found.cause == (
        f"{_ACCOUNT}, the account of tabular-service, was refused by tabular-model-cache, although "
        f"it has {SERVICE_ROLE} there: look for a condition or a deny policy."
    )
    assert found.certain


def test_where_startups_hit_since_a_refusal_is_only_probable(records: Database) -> None:
    """Whoever hits was not refused."""
    reader = _refused(NOW - timedelta(minutes=40))
    starts = started((5, True, _REVISION), (39, False, _REVISION))
    found = diagnosed(records, replace(reader, starts=starts))
    assert "was refused by" in found.cause
    assert not found.certain


def test_a_refusal_beside_roles_that_cannot_be_read_asks_for_a_look(records: Database) -> None:
    """The role may be there or not, so nobody is told to grant it for certain."""
    denied = {"bindings": PermissionDenied("storage.buckets.getIamPolicy is missing.", "")}
    found = diagnosed(records, replace(_refused(NOW), errors=denied))
    assert "see whether it has" in found.cause
    assert not any(one == "recover" for one in found.offers)


def test_lines_of_a_flood_are_told_as_a_part(records: Database) -> None:
    """Where more was logged than is read, a refusal may be among the rest."""
    reader = _refused()
    noise = [LogLine(NOW, "INFO", "request denied by the rate limit")] * 150
    found = diagnosed(records, replace(reader, lines=noise))
    assert found.unchecked == (
        'The log of the service was read in part: the newest 100 lines with "denied".',
    )
    assert not found.certain
