"""A diagnosis: the cause in one sentence, what speaks for it, what could not be looked at."""

from collections.abc import Iterable

from core.causes import Diagnosis
from handlers.blocks.card import Bullets, Card, Line, Mark, Paragraph, Part, Strong
from handlers.blocks.offers import offers_of
from handlers.blocks.prose import prose

_PROBABLY = Strong("Probably:")


def card_of_diagnosis(
    diagnosis: Diagnosis, title: str = "Diagnosis", *, buttons: bool = True
) -> Card:
    """Render a diagnosis; without buttons where the incident has moved on."""
    parts: list[Part] = []
    if diagnosis.evidence:
        parts += _listed("What I saw:", diagnosis.evidence)
    if diagnosis.unchecked:
        parts += _listed("What I could not look at:", diagnosis.unchecked)
    likely: Line = () if diagnosis.certain else (_PROBABLY, " ")
    return Card(
        title,
        Mark.INFO,
        (*likely, *prose(diagnosis.cause)),
        tuple(parts),
        offers_of(diagnosis.offers) if buttons else (),
    )


def _listed(heading: str, sentences: Iterable[str]) -> tuple[Part, ...]:
    return Paragraph((Strong(heading),)), Bullets(tuple(prose(one) for one in sentences))
