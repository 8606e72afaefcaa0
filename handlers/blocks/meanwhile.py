"""What the bot was told to do while an alert was open, on the message that tells the close."""

from collections.abc import Sequence

from core.operations import Operation
from handlers.blocks.card import Bullets, Code, Line, Note, Paragraph, Part, Person, Strong
from handlers.blocks.operation import title_of
from handlers.blocks.prose import prose
from handlers.blocks.quantities import count

_SHOWN = 8


def meanwhile(operations: Sequence[Operation]) -> tuple[Part, ...]:
    """List them, the last ones last; of many only these."""
    if not operations:
        return (Paragraph(("Nothing was done by me meanwhile.",)),)
    earlier = len(operations) - _SHOWN
    lines = tuple(map(_line, operations[-_SHOWN:]))
    listed = (Paragraph((Strong("Done meanwhile:"),)), Bullets(lines))
    if earlier <= 0:
        return listed
    return (*listed, Note(prose(f"And {count(earlier, 'earlier one')}: `/cache ops` has them.")))


def _line(one: Operation) -> Line:
    name = f" ({title_of(one)}): {one.state.value}, by "
    return (Code(one.id), name, Person(one.actor.user_id, one.actor.name))
