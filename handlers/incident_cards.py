"""What each message of an incident says now, rendered from the records by the message's key."""

from collections.abc import Sequence
from dataclasses import replace

from core.alerts.causes import Diagnosis
from core.alerts.incidents import IncidentState, KnownIncident
from core.alerts.keys import Flap, flap_of, is_storm, page_of
from core.alerts.threads import speaker
from core.alerts.words import words_for
from core.desk import Records
from core.operations import Operation
from core.store.diagnoses import DiagnosisStore
from core.store.threads import ThreadStore
from handlers.blocks.card import Card, Note
from handlers.blocks.diagnosis import card_of_diagnosis
from handlers.blocks.incident import card_of_flap, card_of_incident
from handlers.blocks.prose import prose
from handlers.blocks.storm import card_of_page, card_of_storm


def is_of_incidents(key: str) -> bool:
    """Whether a message tells of an incident."""
    return key.split(":", 1)[0] in ("incident", "diagnosis", "flap", "storm")


def card_of_key(key: str, records: Records) -> Card | None:
    """Render what a message of an incident says now; None where nothing is to be said any more."""
    threads = ThreadStore(records.incidents.database)
    kind = key.split(":", 1)[0]
    if kind == "flap":
        return _flap_card(flap_of(key), threads)
    if kind == "diagnosis":
        return _diagnosis_card(key, records)
    thread, page = page_of(key)
    members = threads.members(thread)
    if not members:
        return None
    if is_storm(thread):
        if page:
            return card_of_page(members, page)
        return card_of_storm(members, _done_during(members, records))
    return card_of_incident(members, _done_during([speaker(members)], records))


def _flap_card(flap: Flap, threads: ThreadStore) -> Card | None:
    found = [one for one in threads.members(flap.thread) if one.position == flap.position]
    return card_of_flap(found[0], flap.openings) if found else None


def _done_during(openings: Sequence[KnownIncident], records: Records) -> list[Operation]:
    """Return the operations that were set going from the first opening until the last close."""
    ends = [one.ended for one in openings if one.ended is not None]
    if len(ends) < len(openings):
        return []
    begun = records.operations.begun_since(min(one.began for one in openings))
    return [one for one in begun if one.created_at <= max(ends)]


def _diagnosis_card(key: str, records: Records) -> Card | None:
    found = DiagnosisStore(records.incidents.database).get(key)
    known = None if found is None else records.incidents.get(found[0].incident)
    if found is None or known is None:
        return None
    wanted, diagnosis = found
    current = known.state is IncidentState.OPEN and known.opens == wanted.opens
    card = card_of_diagnosis(diagnosis, known, buttons=current)
    if current:
        bound = (
            replace(button, value=words_for(known, wanted.opens, button.value))
            for button in card.buttons
        )
        return replace(card, buttons=tuple(bound))
    return replace(card, parts=(*card.parts, *_past(diagnosis)))


def _past(diagnosis: Diagnosis) -> tuple[Note, ...]:
    """Say that what was offered belongs to the past, and how to do it all the same."""
    if not diagnosis.offers:
        return ()
    offered = ", ".join(f"`/cache {words}`" for words in diagnosis.offers)
    return (Note(prose(f"The incident has moved on since. Offered then: {offered}.")),)
