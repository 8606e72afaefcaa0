"""Sampling: once a day, what the day before was like is read and kept."""

import logging
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import date, timedelta
from typing import TypeVar

from core.cache.consistency import read_manifest
from core.cache.manifest import Manifest
from core.cache.objects import total_bytes
from core.cloud import Reader
from core.desk import Desk
from core.errors import CloudError
from core.executions import Execution
from core.series.samples import (
    DAY,
    BytesHeld,
    Sample,
    begin_of,
    count_startups,
    covers,
    day_of,
    runs_of,
)
from core.signals import Startups
from core.snapshot import Snapshot

T = TypeVar("T")

LOOK_BACK = 14
"""Days that are caught up with where the bot was not there to take their samples.

A bot that has just begun can so set its first weekly report against the week before.
"""

_LATE_LINES = timedelta(minutes=10)
"""So long after a day its last log lines may still be coming in."""

_STILL = timedelta(hours=2)
"""So long after midnight the bucket is taken to be as it was then; syncs come later at night."""

_READ = 50
"""Executions; a day before the oldest of them may have had others."""

_log = logging.getLogger(__name__)


def take_samples(desk: Desk) -> None:
    """Complete the samples of yesterday and of the days before it that the bot has missed.

    The whole days that are missing cost one reading of the logs together; where nothing is
    missing nothing is read. What cannot be read now is asked for the next time.
    """
    now = desk.clock()
    today = day_of(now)
    if now - begin_of(today) < _LATE_LINES:
        return
    still = today - DAY if now - begin_of(today) < _STILL else None
    kept = {one.day: one for one in desk.records.samples.since(today - LOOK_BACK * DAY)}
    days = [today - number * DAY for number in range(LOOK_BACK, 0, -1)]
    known = [kept.get(day, Sample(day)) for day in days]
    lacking = [one for one in known if _lacks(one, still)]
    if not lacking:
        return
    reader = Snapshot(desk.cloud)
    startups = _if_readable(lambda: _startups(reader, lacking, today))
    executions = _executions(reader, lacking)
    for one in lacking:
        taken = _with_hits(one, startups)
        taken = _with_syncs(taken, executions)
        if one.day == still:
            taken = _with_state(taken, reader)
        if taken != one:
            desk.records.samples.save(taken)
            _log.info("took the sample of %s%s", one.day, "" if taken.whole else ", not whole")


def _lacks(one: Sample, still: date | None) -> bool:
    """Tell whether to look; what a bucket held can be told of the day that has just ended."""
    if one.day == still:
        return not one.whole
    return one.hits is None or one.syncs is None


def _startups(reader: Reader, lacking: list[Sample], today: date) -> Startups | None:
    days = [one.day for one in lacking if one.hits is None]
    return reader.startups(begin_of(min(days)), begin_of(today)) if days else None


def _with_hits(one: Sample, startups: Startups | None) -> Sample:
    if one.hits is not None or startups is None or not covers(startups, one.day):
        return one
    rows = [row for row in startups.rows if day_of(row.at) == one.day]
    return replace(one, hits=count_startups(rows))


def _executions(reader: Reader, lacking: list[Sample]) -> Sequence[Execution] | None:
    asked = any(one.syncs is None for one in lacking)
    return _if_readable(lambda: reader.executions(_READ)) if asked else None


def _with_syncs(one: Sample, executions: Sequence[Execution] | None) -> Sample:
    if one.syncs is not None or executions is None:
        return one
    oldest = min((run.created_at for run in executions), default=None)
    if oldest is not None and len(executions) == _READ and oldest > begin_of(one.day):
        return one
    runs = runs_of(executions)
    return replace(one, syncs=tuple(run for run in runs if day_of(run.at) == one.day))


def _with_state(one: Sample, reader: Reader) -> Sample:
    held = one.held or _if_readable(lambda: _held(reader))
    version = one.version or _if_readable(lambda: _version_at_end_of(one.day, reader)) or ""
    return replace(one, held=held, version=version)


def _version_at_end_of(day: date, reader: Reader) -> str:
    """Return the version that is live, where its manifest was written by then."""
    manifest = read_manifest(reader)
    if isinstance(manifest, Manifest) and manifest.written_at < begin_of(day + DAY):
        return manifest.version
    return ""


def _held(reader: Reader) -> BytesHeld:
    objects = list(reader.objects())
    dropped = _if_readable(reader.soft_deleted)
    return BytesHeld(
        live=total_bytes(one for one in objects if one.live),
        noncurrent=total_bytes(one for one in objects if not one.live),
        soft_deleted=None if dropped is None else total_bytes(dropped),
    )


def _if_readable(read: Callable[[], T]) -> T | None:
    try:
        return read()
    except CloudError as exc:
        _log.info("a part of the samples could not be read: %s", exc.message)
        return None
