"""The list of a storm: many incidents at once in one message, with its pages in the thread."""

from collections.abc import Sequence

from core.alerts.incidents import IncidentState, KnownIncident
from core.alerts.keys import PAGE
from core.operations import Operation
from handlers.blocks.card import Bullets, Card, Code, Line, Mark, Moment, Note
from handlers.blocks.meanwhile import meanwhile
from handlers.blocks.quantities import count, duration

_LONGEST_NAME = 48
_LONGEST_ID = 40


def card_of_storm(members: Sequence[KnownIncident], operations: Sequence[Operation]) -> Card:
    """Render the storm's root: how many there are, and the first page of them.

    `operations` are those that were set going until the last of them closed.
    """
    still_open = sum(one.state is IncidentState.OPEN for one in members)
    first = [one for one in members if one.position < PAGE]
    rest = " The rest of the list is in the thread." if len(members) > len(first) else ""
    why = Note((f"Told together, as they came faster than they can be read.{rest}",))
    return Card(
        "Many alerts at once",
        Mark.FAILING if still_open else Mark.OK,
        _headline(members, still_open),
        (_list(first), *(() if still_open else meanwhile(operations)), why),
    )


def _headline(members: Sequence[KnownIncident], still_open: int) -> Line:
    counted, began = count(len(members), "incident"), min(one.began for one in members)
    if still_open:
        return (f"{counted} since ", Moment(began), f", {still_open} of them open.")
    ended = max(one.ended or one.changed_at for one in members)
    closed = "all of them closed" if len(members) > 1 else "closed"
    took = f"{counted}, {closed} after {duration(ended - began)}: from "
    return (took, Moment(began), " to ", Moment(ended), ".")


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
