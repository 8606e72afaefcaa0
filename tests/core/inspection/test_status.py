"""`/cache status`."""

from dataclasses import replace
from datetime import timedelta
from threading import Event

from core.errors import NotFound, PermissionDenied
from core.inspection.status import report_status
from core.parallel import Known, Unknown
from tests.core.whole_cache import NEWER, NOW, whole_cache


def test_one_glance_holds_every_part() -> None:
    """Version, consistency, service, last sync and hit rate are all there."""
    report = report_status(whole_cache(), NOW)
    assert isinstance(report.manifest, Known)
    assert isinstance(report.cache, Known)
    assert isinstance(report.service, Known)
    assert isinstance(report.history, Known)
    assert isinstance(report.hits, Known)
    assert report.manifest.value.manifest is not None
    assert report.manifest.value.manifest.version == NEWER
    assert report.cache.value.consistency.consistent
    assert report.service.value.enabled
    assert report.history.value.last_good is not None
    assert report.hits.value.rate == 0.95


def test_a_part_that_fails_or_is_late_costs_the_others_nothing() -> None:
    """The listing hangs, the logs are refused, the service is gone: the rest is told."""
    gate = Event()
    reader = replace(
        whole_cache(),
        tabular=None,
        gates={"objects": gate},
        errors={"startups": PermissionDenied("The bot may not read logs.")},
    )
    try:
        report = report_status(reader, NOW, timedelta(seconds=1))
    finally:
        gate.set()
    assert isinstance(report.cache, Unknown)
    assert report.cache.reason == "no answer within 1 s"
    assert isinstance(report.hits, Unknown)
    assert report.hits.reason == "The bot may not read logs."
    assert isinstance(report.service, Unknown)
    assert isinstance(report.service.error, NotFound)
    assert isinstance(report.manifest, Known)
    assert isinstance(report.history, Known)


def test_nothing_is_asked_twice() -> None:
    """Parts that need the same answer share it."""
    reader = whole_cache()
    report_status(reader, NOW)
    questions = reader.questions()
    assert len(questions) == len(set(questions))
