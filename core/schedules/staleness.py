"""The staleness check: what nobody would notice because nothing happens any more."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import partial

from core.alerts.pairs import pair
from core.cache.consistency import read_manifest
from core.cache.manifest import Manifest
from core.cloud import Reader
from core.desk import Desk
from core.errors import NotFound
from core.inspection.checks.syncs import judge_trigger
from core.inspection.findings import Judgement, Verdict
from core.inspection.history import overdue, report_history
from core.parallel import Unknown, ask_all
from core.pauses import advise_on
from core.quantities import count_text, duration_text
from core.running import running_sync
from core.schedules.switched_off import paused_nightly
from core.services import TriggerState

_SETTLED = timedelta(hours=1)
"""What is younger than this may still be on its way: a notice, an inventory."""


@dataclass(frozen=True, slots=True)
class Stale:
    """One thing that has gone stale, or that could not be looked at; `offer` is a command."""

    title: str
    verdict: Verdict
    why: str
    next_step: str
    offer: str = ""


@dataclass(frozen=True, slots=True)
class StalenessReport:
    """Everything that has gone stale; empty where nothing has. `blind`: nothing could be read."""

    at: datetime
    found: tuple[Stale, ...]
    blind: bool = False


@dataclass(frozen=True, slots=True)
class _Scene:
    reader: Reader
    desk: Desk
    now: datetime


def look_for_staleness(reader: Reader, desk: Desk, now: datetime) -> StalenessReport:
    """Look at everything at the same time; what could not be looked at is told as well."""
    scene = _Scene(reader, desk, now)
    readings = ask_all(
        {title: partial(look, scene) for title, look in _LOOKS.items()}, desk.check_timeout
    )
    found: list[Stale] = []
    for title, reading in readings.items():
        if isinstance(reading, Unknown):
            found.append(Stale(title, Verdict.UNKNOWN, reading.reason, reading.hint))
        elif (known := reading.value) is not None:
            judged, offer = known
            found.append(Stale(title, judged.verdict, judged.why, judged.next_step, offer))
    blind = all(isinstance(reading, Unknown) for reading in readings.values())
    return StalenessReport(now, tuple(found), blind)


_Found = tuple[Judgement, str] | None


def _syncs(scene: _Scene) -> _Found:
    """Tell of syncs that should have come by themselves and have not gone well."""
    longest = scene.desk.expectations.sync_age
    try:
        trigger = scene.reader.nightly()
        report = report_history(scene.reader, 1, scene.now)
    except NotFound:
        return None
    if not overdue(report, trigger, longest):
        return None
    age = report.last_good_age
    told = "No good sync is known" if age is None else f"It finished {duration_text(age)} ago"
    return _warning(f"{told}; {duration_text(longest)} is expected.", "Run /cache sync."), "sync"


def _nightly(scene: _Scene) -> _Found:
    """Tell of a trigger that is off for longer than syncs may be old."""
    try:
        trigger = scene.reader.nightly()
    except NotFound:
        return None
    paused = paused_nightly(scene.reader, scene.desk.records.operations)
    by = paused.operation if paused else None
    judged = judge_trigger(trigger, by)
    if judged.verdict is Verdict.OK:
        return None
    since = paused.at if paused else _last_good(scene)
    if since is not None and scene.now - since <= scene.desk.expectations.sync_age:
        return None
    if paused is not None:
        ago = f"{judged.why} That was {duration_text(scene.now - paused.at)} ago."
        judged = replace(judged, why=ago)
    return judged, advise_on(by).offer if trigger.state is TriggerState.PAUSED else ""


def _last_good(scene: _Scene) -> datetime | None:
    try:
        age = report_history(scene.reader, 1, scene.now).last_good_age
    except NotFound:
        return None
    return None if age is None else scene.now - age


def _alerts(scene: _Scene) -> _Found:
    """Compare the incidents that Monitoring has open with those that the bot knows.

    Monitoring is asked for those of this cache's policies: of others it says nothing.
    """
    before = scene.now - _SETTLED
    listed = scene.reader.open_incidents()
    pairs = pair(listed, scene.desk.records.incidents.open())
    unknown = [one for one in listed if one.opened_at < before and pairs.known(one) is None]
    closed = [
        one
        for one in pairs.unlisted
        if one.changed_at < before
        and scene.desk.deployment.watches(one.notice.policy, one.notice.service)
    ]
    if not unknown and not closed:
        return None
    why = (
        f"Cloud Monitoring has {count_text(len(unknown), 'open incident')} that I do not know, "
        f"and I have {count_text(len(closed), 'open one')} that it has not."
    )
    return _warning(why, "Look at /cache health, and at my log."), "health"


def _inventory(scene: _Scene) -> _Found:
    manifest = read_manifest(scene.reader)
    if not isinstance(manifest, Manifest) or manifest.stub:
        return None
    young = scene.now - manifest.written_at < _SETTLED
    if young or scene.desk.records.inventories.has(manifest.version):
        return None
    if running_sync(scene.reader) is not None:
        return None
    why = (
        f"No list of the objects of version {manifest.version} is kept, so a rollback to it could "
        "not be proven. The list is taken as soon as the cache is whole."
    )
    return _warning(why, "Run /cache health: it says what is wrong."), "health"


def _warning(why: str, next_step: str) -> Judgement:
    return Judgement(Verdict.WARNING, why, next_step)


_LOOKS: Mapping[str, Callable[[_Scene], _Found]] = {
    "Last good sync": _syncs,
    "Nightly sync": _nightly,
    "Alerts": _alerts,
    "Inventory": _inventory,
}
