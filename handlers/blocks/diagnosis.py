"""A diagnosis: the cause in one sentence, what speaks for it, what could not be looked at."""

from collections.abc import Iterable

from core.alerts.causes import Diagnosis
from core.alerts.incidents import KnownIncident
from handlers.blocks.card import Bullets, Card, Code, Line, Mark, Note, Paragraph, Part, Strong
from handlers.blocks.offers import JOINING, offers_of
from handlers.blocks.prose import prose

_LONGEST = 300
_PROBABLY = Strong("Probably:")


def card_of_diagnosis(
    diagnosis: Diagnosis, about: KnownIncident | None = None, *, buttons: bool = True
) -> Card:
    """Render a diagnosis; without buttons where the incident has moved on.

    `about` is named: a thread may tell of several incidents.
    """
    title = "Diagnosis" if about is None else f"Diagnosis: {about.notice.policy[:_LONGEST]}"
    parts: list[Part] = []
    if diagnosis.evidence:
        parts += _listed("What I saw:", diagnosis.evidence)
    if diagnosis.unchecked:
        parts += _listed("What I could not look at:", diagnosis.unchecked)
    if about is not None and about.thread:
        parts.append(Note(("Incident ", Code(about.id[:_LONGEST]))))
    likely: Line = () if diagnosis.certain else (_PROBABLY, " ")
    return Card(
        title,
        Mark.INFO,
        (*likely, *prose(diagnosis.cause)),
        tuple(parts),
        offers_of(diagnosis.offers, JOINING) if buttons else (),
    )


def _listed(heading: str, sentences: Iterable[str]) -> tuple[Part, ...]:
    return Paragraph((Strong(heading),)), Bullets(tuple(prose(one) for one in sentences))
