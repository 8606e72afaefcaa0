"""The root message of an incident's thread: what is wrong since when, or what it came to."""

from collections.abc import Sequence

from core.alerts.incidents import IncidentState, KnownIncident, Source
from core.alerts.threads import speaker
from core.operations import Operation
from core.signals import is_mild
from handlers.blocks.card import (
    Card,
    Code,
    Facts,
    Line,
    Link,
    Mark,
    Moment,
    Note,
    Paragraph,
    Part,
    Strong,
)
from handlers.blocks.meanwhile import meanwhile
from handlers.blocks.quantities import count, duration
from handlers.blocks.readings import observed_line

_LONGEST = 300
_NONE = frozenset(("", "no severity", "severity_unspecified"))


def card_of_incident(members: Sequence[KnownIncident], operations: Sequence[Operation]) -> Card:
    """Render a thread's root as its incidents stand; the one that changed last speaks.

    `operations` are those that were set going while that one was open.
    """
    newest = speaker(members)
    if newest.notice.test:
        return _test(newest)
    title = f"Alert: {newest.notice.policy[:_LONGEST]}"
    parts, counts = _parts(newest), _counts(members)
    if newest.state is IncidentState.OPEN:
        return Card(title, mark_of(newest.notice.severity), _open(newest), (*parts, *counts))
    return Card(title, Mark.OK, _closed(newest), (*parts, *meanwhile(operations), *counts))


def card_of_flap(known: KnownIncident, openings: int) -> Card:
    """Say that it is open again, in the thread and in the channel: so it says how bad it is."""
    seen = observed_line(known)
    over = " It has closed since." if known.state is IncidentState.CLOSED else ""
    often = f"This alert has opened {count(openings, 'time')} in this thread: it comes and goes."
    return Card(
        f"Open again: {known.notice.policy[:_LONGEST]}",
        mark_of(known.notice.severity),
        (*seen, " " if seen else "", "It is incident ", Code(known.id[:_LONGEST]), f".{over}"),
        (Note((often,)),),
    )


def _test(known: KnownIncident) -> Card:
    """Say that it is a test, first of all in the title, which is what a phone shows.

    The console's own test names a policy that does not exist, by its path, and the address of an
    incident that does not exist either.
    """
    notice = known.notice
    is_path = notice.policy.startswith("projects/")
    name = notice.condition or "Cloud Monitoring" if is_path else notice.policy
    return Card(
        f"Test of alerts: {name[:_LONGEST]}",
        Mark.INFO,
        (
            Strong("This is a test notification."),
            " Nothing is wrong because of it: it shows that alerts arrive here. It came at ",
            Moment(known.received_at),
            ".",
        ),
    )


def _open(known: KnownIncident) -> Line:
    line = observed_line(known)
    return (*line, " " if line else "", "It has been open since ", Moment(known.began), ".")


def _closed(known: KnownIncident) -> Line:
    ended = known.ended or known.changed_at
    took = duration(ended - known.began)
    if known.notice.abandoned:
        told = f"Nobody has told that it closed, and after {took} Cloud Monitoring does not know it"
        return (f"{told}: I hold it for over. It was open since ", Moment(known.began), ".")
    return (f"Closed after {took}: open from ", Moment(known.began), " to ", Moment(ended), ".")


def mark_of(severity: str) -> Mark:
    """Return how an open incident stands, by its severity."""
    return Mark.WARNING if is_mild(severity) else Mark.FAILING


def _parts(known: KnownIncident) -> list[Part]:
    notice = known.notice
    severity = "not set" if notice.severity.lower() in _NONE else notice.severity.capitalize()
    pairs: list[tuple[str, Line]] = [("Severity", (severity[:_LONGEST],))]
    if notice.condition:
        pairs.append(("Condition", (notice.condition[:_LONGEST],)))
    if notice.resource:
        pairs.append(("Resource", (notice.resource[:_LONGEST],)))
    if known.state is IncidentState.CLOSED and (line := observed_line(known)):
        pairs.append(("When it opened", line))
    pairs.append(("Incident", (Code(known.id[:_LONGEST]),)))
    return [Facts(tuple(pairs)), *_documented(known), *_link(known), *_unheard(known)]


def _documented(known: KnownIncident) -> list[Part]:
    """Show how the documentation of its policy begins, while that may help."""
    text = " ".join(known.notice.documentation.split())
    if not text or known.state is IncidentState.CLOSED:
        return []
    shown = text if len(text) <= _LONGEST else f"{text[: _LONGEST - 1]}…"
    return [Paragraph((Strong("The policy says:"), f" {shown}"))]


def _link(known: KnownIncident) -> list[Part]:
    if not known.notice.url:
        return []
    return [Paragraph((Link(known.notice.url, "Open it in Cloud Monitoring"),))]


def _unheard(known: KnownIncident) -> list[Part]:
    """Say why no value is told of what Monitoring did not tell, but was asked for."""
    by_list = known.state is IncidentState.OPEN and known.notice.source is Source.MONITORING
    if not by_list or observed_line(known):
        return []
    told = "No notification of it has reached me. I found it in Cloud Monitoring's own list"
    return [Note((f"{told}, which does not tell the value that was observed.",))]


def _counts(members: Sequence[KnownIncident]) -> list[Part]:
    """Count what came more than once."""
    openings = sum(one.openings for one in members)
    repeats = sum(one.repeats for one in members)
    told = [f"Opened {count(openings, 'time')} in this thread."] if openings > 1 else []
    if repeats:
        told.append(f"Monitoring has repeated it {count(repeats, 'time')}.")
    return [Note((" ".join(told),))] if told else []
