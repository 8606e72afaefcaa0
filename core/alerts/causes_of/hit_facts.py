"""What is known of a low hit rate: the common facts, the startups, and what the service logged."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import timedelta

from core.alerts.causes_of.facts import Case, Facts, known, read_facts
from core.alerts.causes_of.seen import Part, Seen, seen_by, unread_of
from core.inspection.findings import Check
from core.inspection.hits import count_hits
from core.parallel import Reading, ask
from core.quantities import count_text, duration_text, share_text
from core.services import Service
from core.signals import LogLine, LogQuery, LogSource, Startup, Startups

_BEFORE = timedelta(days=1)
ALERTED = timedelta(hours=1)
"""The window of the alert: what it counted happened in the hour before it opened."""

_LONGEST = timedelta(days=7)
_LINES = 100
_DENIED = "denied"
"""What every line has that tells of a refusal."""

_CHECKS = (Check.SERVICE, Check.SYNCS, Check.MANIFEST, Check.DONE, Check.MODELS, Check.NAMES)
_CHANGING = frozenset({"disable", "enable", "update", "rollback", "undo"})


@dataclass(frozen=True, slots=True)
class HitFacts:
    """The common facts, the startups from a day before on, and the refusals in the log."""

    facts: Facts
    startups: Reading[Startups]
    lines: Reading[Sequence[LogLine]]

    @property
    def case(self) -> Case:
        """The incident."""
        return self.facts.case

    @property
    def recent(self) -> tuple[Startup, ...]:
        """The startups that the alert counted, and those since; newest first."""
        rows, since = self.rows, self.case.opened_at - ALERTED
        return tuple(one for one in rows if one.at >= since)

    @property
    def rows(self) -> tuple[Startup, ...]:
        """All startups that were read, newest first."""
        startups = known(self.startups)
        return startups.rows if startups else ()

    @property
    def misses(self) -> tuple[Startup, ...]:
        """The recent startups that missed, newest first."""
        return tuple(one for one in self.recent if not one.hit)

    @property
    def service(self) -> Service | None:
        """The service, where it could be read."""
        return known(self.facts.service)

    @property
    def unread(self) -> dict[Part, str]:
        """What could not be read."""
        logs = ((Part.STARTUPS, self.startups), (Part.SERVICE_LOG, self.lines))
        return self.facts.unread | self._in_part | unread_of(logs)

    @property
    def _in_part(self) -> dict[Part, str]:
        """What could be read, and still does not say all."""
        told: dict[Part, str] = {}
        if self.service is not None and self.service.toggle_from_secret:
            name = self.case.deployment.variables.toggle
            told[Part.SWITCH] = (
                f"{name} comes from a secret, so it is not known whether the shared volume is on."
            )
        if len(known(self.lines) or ()) >= _LINES:
            told[Part.SERVICE_LOG] = (
                f"{Part.SERVICE_LOG.value} was read in part: the newest {_LINES} lines with "
                f'"{_DENIED}".'
            )
        return told


def read_hit_facts(case: Case) -> HitFacts:
    """Ask everything at the same time: two requests to the logs, all else beside them.

    What the service logged is read only of the time that the alert is about: a refusal that is
    older explains none of its misses.
    """
    since = max(case.opened_at - _BEFORE, case.now - _LONGEST)
    alerted = max(case.opened_at - ALERTED, case.now - _LONGEST)
    query = LogQuery(LogSource.SERVICE, alerted, limit=_LINES, containing=_DENIED)
    startups = ask("startups", lambda: case.reader.startups(since, case.now))
    lines = ask("service log", lambda: case.reader.log_lines(query))
    common = read_facts(case, _CHECKS)
    return HitFacts(common, startups.reading(case.within), lines.reading(case.within))


def changed(facts: HitFacts) -> tuple[str, ...]:
    """Tell who changed the service last, and which operation of the bot's own did."""
    service = facts.service
    if service is None or service.changed_at is None:
        return ()
    ago = duration_text(facts.case.now - service.changed_at)
    by = f" by {service.changed_by}" if service.changed_by else ""
    return (f"{service.name} was last changed {ago} ago{by}.", *_by_the_bot(facts.case))


def _by_the_bot(case: Case) -> tuple[str, ...]:
    done = (one for one in case.operations if one.plan.verb in _CHANGING and one.finished_at)
    newest = next(done, None)
    if newest is None or newest.finished_at is None:
        return ()
    ago = duration_text(case.now - newest.finished_at)
    by = newest.actor.name or newest.actor.user_id
    return (f"{newest.id}, asked for by {by}, ended {ago} ago: {newest.plan.summary}",)


def seen_of_hits(facts: HitFacts) -> Seen:
    """Tell of the startups that the alert counted, and of what the checks say."""
    seen = seen_by(facts.facts.judged, facts.unread, _counted(facts))
    if facts.misses:
        return replace(seen, symptom=_missed(facts), further=("logs service 2h", *seen.further))
    return replace(seen, symptom=_missed(facts))


def _missed(facts: HitFacts) -> str:
    """Say how many startups missed, or that none did, which no cause can explain."""
    startups = known(facts.startups)
    if startups is None:
        return ""
    since = f"{facts.case.opened_at - ALERTED:%H:%M} UTC"
    if not facts.recent:
        return f"Nothing has started with the shared volume since {since}, so nothing has missed."
    counted = count_text(len(facts.recent), "startup")
    if facts.misses:
        return f"{len(facts.misses)} of {counted} since {since} missed."
    part = "" if startups.complete else " that could be read"
    return f"No startup has missed since {since}: {len(facts.recent)} of {counted}{part} hit."


def _counted(facts: HitFacts) -> tuple[str, ...]:
    """Count the startups; none is no data, and no rate."""
    startups = known(facts.startups)
    if startups is None:
        return ()
    since = f"{facts.case.opened_at - ALERTED:%H:%M} UTC"
    report = count_hits(Startups(startups.since, startups.until, facts.recent, startups.complete))
    if not report.startups:
        return (f"Hit rate: nothing has started with the shared volume since {since}.",)
    reasons = ", ".join(f"{count} {reason}" for reason, count in report.reasons)
    misses = f" Misses: {reasons}." if reasons else ""
    hits = f"{report.hits} of {count_text(report.startups, 'startup')} since {since} hit"
    part = "" if report.complete else " Only the newest startups could be read."
    return (f"Hit rate: {share_text(report.hits, report.startups)}, {hits}.{misses}{part}",)
