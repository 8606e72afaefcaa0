"""The list of a storm: many incidents at once in one message, with its pages in the thread."""

from collections.abc import Sequence
from datetime import datetime

from core.incident_threads import PAGE
from core.incidents import IncidentState, KnownIncident
from handlers.blocks.card import Bullets, Card, Code, Line, Mark, Moment, Note
from handlers.blocks.quantities import count, duration

_LONGEST_NAME = 48
_LONGEST_ID = 40


def card_of_storm(members: Sequence[KnownIncident], now: datetime) -> Card:
    """Render the storm's root: how many there are, and the first page of them."""
    open_ones = [one for one in members if one.state is IncidentState.OPEN]
    began = min(one.began for one in members)
    counted = f"{count(len(members), 'incident')} since "
    stands = f", {len(open_ones)} of them open." if open_ones else ", all of them closed by now."
    notices = sum(one.notices for one in members)
    told = f"Told together, as they came faster than they can be read: {count(notices, 'notice')}"
    first = [one for one in members if one.position < PAGE]
    more = len(members) > len(first)
    rest = f" in {duration(now - began)}. The rest of the list is in the thread." if more else "."
    return Card(
        "Many alerts at once",
        Mark.FAILING if open_ones else Mark.OK,
        (counted, Moment(began), stands),
        (_list(first), Note((told + rest,))),
    )


def card_of_page(members: Sequence[KnownIncident], page: int) -> Card | None:
    """Render a later page of the list; None where there is nothing on it."""
    shown = [one for one in members if one.position // PAGE == page]
    if not shown:
        return None
    first, last = shown[0].position + 1, shown[-1].position + 1
    return Card(f"Incidents {first} to {last}", Mark.INFO, (), (_list(shown),))


def _list(members: Sequence[KnownIncident]) -> Bullets:
    return Bullets(tuple(_line(one) for one in members))


def _line(known: KnownIncident) -> Line:
    state = "open since " if known.state is IncidentState.OPEN else "closed at "
    at = known.began if known.state is IncidentState.OPEN else known.ended or known.changed_at
    name = known.notice.policy[:_LONGEST_NAME]
    return (f"{name} ", Code(known.id[:_LONGEST_ID]), f" {state}", Moment(at))
