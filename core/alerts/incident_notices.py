"""What several notices say of one incident together, whoever brings them, in whichever order.

Monitoring's list says less than its notifications, and a notification may overtake another. What
was told first of an opening stays, what is told later is added: a close tells what was observed
when it closed, which is nothing about the opening.
"""

from dataclasses import replace
from datetime import datetime, timedelta

from core.alerts.incidents import IncidentState, KnownIncident, Notice, Source

_LASTING = (
    "condition",
    "resource",
    "severity",
    "threshold",
    "window",
    "url",
    "documentation",
    "service",
)
"""What is true of an incident each time that it opens."""

_OF_AN_OPENING = ("summary", "observed")
_LATE = timedelta(minutes=2)
"""An open without a time of its own that comes so soon after a close was overtaken by it."""

_NOTIFIERS = frozenset((Source.WEBHOOK, Source.PUBSUB))


def first(notice: Notice) -> Notice:
    """Return what the first notice says."""
    if notice.state is IncidentState.OPEN:
        return notice
    return replace(notice, summary="", observed="")


def added(before: Notice, notice: Notice) -> Notice:
    """Add what a notice tells of the same opening, be it its close or an open that comes late."""
    opening = _OF_AN_OPENING if notice.state is IncidentState.OPEN else ()
    names = (*_LASTING, "opened_at", *opening)
    told = {name: getattr(before, name) or getattr(notice, name) for name in names}
    if notice.state is before.state:
        source = notice.source if before.source is Source.MONITORING else before.source
        ended = before.closed_at or notice.closed_at
        alone = before.abandoned and notice.abandoned
        return replace(before, source=source, closed_at=ended, abandoned=alone, **told)
    return replace(before, **told)


def closed(before: Notice, notice: Notice) -> Notice:
    """Return what is told once an incident has closed."""
    known = added(before, notice)
    return replace(
        known,
        state=notice.state,
        source=notice.source,
        closed_at=notice.closed_at,
        abandoned=notice.abandoned,
    )


def opened_anew(before: Notice, notice: Notice, now: datetime) -> Notice:
    """Return what is told of another opening; without a time of its own it began just now."""
    lasting = {name: getattr(notice, name) or getattr(before, name) for name in _LASTING}
    return replace(notice, opened_at=notice.opened_at or now, **lasting)


def is_late(notice: Notice, known: KnownIncident, now: datetime) -> bool:
    """Whether an open is the one whose close was heard of already."""
    if notice.state is IncidentState.CLOSED or known.state is IncidentState.OPEN:
        return False
    if notice.opened_at is None:
        return now - known.changed_at <= _LATE
    last = known.notice.closed_at or known.notice.opened_at or known.changed_at
    return notice.opened_at <= last


def is_repeat(notice: Notice, known: KnownIncident) -> bool:
    """Whether a notifier says once more what it has said: nobody else repeats anything."""
    same = notice.state is known.state and notice.source is known.notice.source
    return same and notice.source in _NOTIFIERS
