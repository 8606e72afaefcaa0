"""The status: one row for each part of the cache, what could not be read left open."""

from collections.abc import Sequence

from core.cache.consistency import CacheState
from core.errors import NotFound
from core.executions import Execution, ExecutionState
from core.inspection.history import HistoryReport
from core.inspection.hits import HitsReport
from core.inspection.manifest import ManifestReport
from core.inspection.status import StatusReport
from core.parallel import Reading, Unknown
from core.services import Service
from handlers.blocks.card import Card, Code, Line, Mark, Moment, Note, Row, Rows
from handlers.blocks.prose import prose
from handlers.blocks.quantities import duration, share, window

_SEVERITY = (
    Mark.INFO,
    Mark.NOT_CONFIGURED,
    Mark.RUNNING,
    Mark.OK,
    Mark.UNKNOWN,
    Mark.WARNING,
    Mark.FAILING,
)
_VERDICTS = {
    Mark.UNKNOWN: "Not everything could be read.",
    Mark.WARNING: "Something needs attention.",
    Mark.FAILING: "The cache is not right.",
}


def card_of_status(report: StatusReport) -> Card:
    """Render the status; the worst row gives the card its mark."""
    rows = (
        _cache(report.cache),
        _service(report.service, bucket_gone=_bucket_gone(report.cache)),
        _syncs(report.history),
        _hits(report.hits),
    )
    worst = max((row.mark for row in rows), key=_SEVERITY.index)
    mark = worst if worst in _VERDICTS else Mark.OK
    return Card(
        "Cache status",
        mark,
        (*_version(report.manifest), _VERDICTS.get(mark, "What a glance shows is right.")),
        (
            Rows(rows),
            Note(("As of ", Moment(report.at), ". ", Code("/cache health"), " runs all checks.")),
        ),
    )


def _version(reading: Reading[ManifestReport]) -> Line:
    if isinstance(reading, Unknown) or reading.value.manifest is None:
        return ()
    manifest, age = reading.value.manifest, reading.value.age
    written = f" was written {duration(age)} ago. " if age is not None else ". "
    return ("Version ", Code(manifest.version), written)


def _cache(reading: Reading[CacheState]) -> Row:
    if isinstance(reading, Unknown) and _bucket_gone(reading):
        return Row(Mark.FAILING, "Content", prose(reading.reason), prose(reading.hint))
    if isinstance(reading, Unknown):
        return _unread("Content", reading)
    consistency = reading.value.consistency
    if consistency.consistent:
        names = " and ".join(model.name for model in consistency.models)
        return Row(Mark.OK, "Content", (f"Manifest, marker and models agree: {names}.",))
    manifest = reading.value.manifest
    mark = Mark.WARNING if manifest and manifest.stub else Mark.FAILING
    return Row(
        mark,
        "Content",
        prose(" ".join(problem.text for problem in consistency.problems[:2])),
        ("Run ", Code("/cache recover" if reading.value.empty else "/cache sync"), "."),
    )


def _bucket_gone(reading: Reading[CacheState]) -> bool:
    return isinstance(reading, Unknown) and isinstance(reading.error, NotFound)


def _service(reading: Reading[Service], *, bucket_gone: bool) -> Row:
    if isinstance(reading, Unknown):
        return _unread("Service", reading)
    service = reading.value
    if not service.ready:
        why = service.message or "a change is still being rolled out"
        return Row(Mark.FAILING, "Service", (f"Not ready: {why}",))
    if bucket_gone and service.mounts_bucket:
        return Row(
            Mark.FAILING,
            "Service",
            (
                "What runs is ready, but it mounts a bucket that is gone: no new instance can ",
                "start.",
            ),
        )
    if service.toggle_from_secret:
        return Row(Mark.UNKNOWN, "Service", ("Ready; its switch comes from a secret.",))
    if not service.enabled:
        return Row(
            Mark.WARNING,
            "Service",
            ("Ready, but the shared volume is off: each start downloads its models itself.",),
            ("Run ", Code("/cache enable"), "."),
        )
    if not service.serving_latest:
        return Row(
            Mark.WARNING, "Service", ("Ready, but its newest revision has not all traffic.",)
        )
    return Row(Mark.OK, "Service", ("Ready, with the shared volume on.",))


def _syncs(reading: Reading[HistoryReport]) -> Row:
    if isinstance(reading, Unknown):
        return _unread("Syncs", reading)
    report = reading.value
    if report.running:
        return Row(Mark.RUNNING, "Syncs", _running(report.running, report))
    if report.failures_in_a_row:
        return Row(
            Mark.WARNING,
            "Syncs",
            (f"{report.failures_in_a_row} failed in a row. {_last_good(report)}",),
            ("Read ", Code("/cache logs sync errors"), "."),
        )
    return Row(Mark.OK if report.last_good else Mark.WARNING, "Syncs", (_last_good(report),))


def _running(running: Sequence[Execution], report: HistoryReport) -> Line:
    newest = running[0]
    verb = "waits to start" if newest.state is ExecutionState.PENDING else "is running"
    took = duration(newest.took(report.at))
    return (Code(newest.name), f" {verb}{', retried' * newest.retried}, for {took}.")


def _last_good(report: HistoryReport) -> str:
    age = report.last_good_age
    if age is None:
        return f"No good sync among the last {report.seen}." if report.seen else "None has run yet."
    return f"The last good one finished {duration(age)} ago."


def _hits(reading: Reading[HitsReport]) -> Row:
    if isinstance(reading, Unknown):
        return _unread("Hit rate", reading)
    report = reading.value
    asked = window(report.until - report.since)
    if report.rate is None:
        return Row(Mark.INFO, "Hit rate", (f"No data: nothing started in the last {asked}.",))
    told = share(report.hits, report.startups, "startup")
    return Row(Mark.INFO, "Hit rate", (f"{told} in the last {asked}.",))


def _unread(title: str, unknown: Unknown) -> Row:
    mark = Mark.NOT_CONFIGURED if isinstance(unknown.error, NotFound) else Mark.UNKNOWN
    return Row(mark, title, prose(unknown.reason), prose(unknown.hint))
