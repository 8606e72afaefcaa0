"""Telling incidents: each gets its thread, its diagnosis, its close; rendered from the records."""

import logging
import secrets
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from datetime import datetime

from core.causes import Diagnosis
from core.desk import Desk, Records
from core.errors import OpsError
from core.incident_threads import Flap, Rules, flap_of, is_storm
from core.incident_words import words_for
from core.incidents import IncidentState, KnownIncident
from core.operations import Operation
from core.store.diagnoses import DiagnosisStore, Wanted
from core.store.threads import ThreadStore
from handlers.blocks.card import Card, Note
from handlers.blocks.diagnosis import card_of_diagnosis
from handlers.blocks.incident import card_of_flap, card_of_incident
from handlers.blocks.prose import prose
from handlers.blocks.storm import card_of_page, card_of_storm
from handlers.outbox import Outbox

_log = logging.getLogger(__name__)

Diagnose = Callable[[KnownIncident], Diagnosis]
"""Finds out what an incident comes from, within some ten seconds."""

_OPERATIONS = 50
_AT_ONCE = 4


@dataclass(frozen=True, slots=True)
class IncidentTeller:
    """Tells what has changed of incidents. Any number may run: each change is told once.

    Diagnoses have threads of their own, so that no root message waits for one.
    """

    desk: Desk
    outbox: Outbox
    rules: Rules
    diagnose: Diagnose
    _woken: threading.Event = field(default_factory=threading.Event)
    _one: ThreadPoolExecutor = field(
        default_factory=lambda: ThreadPoolExecutor(1, thread_name_prefix="incidents")
    )
    _several: ThreadPoolExecutor = field(
        default_factory=lambda: ThreadPoolExecutor(_AT_ONCE, thread_name_prefix="diagnose")
    )

    def wake(self) -> None:
        """Look for changes soon; returns at once, and ten thousand times are as one."""
        if not self._woken.is_set():
            self._woken.set()
            self._soon(self._one, self._follow_safely)

    def leave(self) -> None:
        """Tell nothing more; what is not told yet is for the next process."""
        for pool in (self._one, self._several):
            pool.shutdown(wait=False, cancel_futures=True)

    def follow(self) -> None:
        """Have told what has changed, and the diagnoses made that are wanted."""
        threads = ThreadStore(self.desk.records.incidents.database)
        while behind := threads.behind():
            for incident in behind:
                threads.follow(incident, self.rules, self.desk.clock())
            self.outbox.wake()
        for _ in range(min(self._diagnoses().waiting(self.desk.clock()), _AT_ONCE)):
            self._soon(self._several, self._conclude_safely)

    def conclude(self, wanted: Wanted) -> None:
        """Make a diagnosis and have it told, unless the incident has moved on meanwhile."""
        known = self.desk.records.incidents.get(wanted.incident)
        if known is None or known.state is IncidentState.CLOSED or known.opens != wanted.opens:
            self._diagnoses().drop(wanted, self.desk.clock())
            return
        diagnosis = self._diagnosed(known)
        self._diagnoses().conclude(wanted, diagnosis, known, self.desk.clock())
        self.outbox.wake()

    def _diagnosed(self, known: KnownIncident) -> Diagnosis:
        try:
            return self.diagnose(known)
        except OpsError as exc:
            return Diagnosis(f"I could not find out why: {exc}", offers=("health",), certain=False)
        except Exception:  # noqa: BLE001 - the seam: shown by number, logged in full
            number = secrets.token_hex(3)
            _log.exception("internal error %s diagnosing %s", number, known.id)
            cause = f"I could not find out why: internal error `{number}`, the fault is mine."
            return Diagnosis(cause, offers=("health",), certain=False)

    def _diagnoses(self) -> DiagnosisStore:
        return DiagnosisStore(self.desk.records.incidents.database)

    def _soon(self, pool: ThreadPoolExecutor, work: Callable[[], None]) -> None:
        try:
            pool.submit(work)
        except RuntimeError:
            _log.info("incidents are told by the next process: this one ends")

    def _follow_safely(self) -> None:
        self._woken.clear()
        try:
            self.follow()
        except Exception:  # noqa: BLE001 - a thread's edge: what is behind is found again
            _log.exception("incidents could not be followed")

    def _conclude_safely(self) -> None:
        try:
            while (wanted := self._diagnoses().take(self.desk.clock())) is not None:
                self.conclude(wanted)
        except Exception:  # noqa: BLE001 - a thread's edge: it is taken up again
            _log.exception("a diagnosis could not be told")


def is_of_incidents(key: str) -> bool:
    """Whether a message tells of an incident."""
    return key.split(":", 1)[0] in ("incident", "diagnosis", "flap", "storm")


def card_of_key(key: str, records: Records, now: datetime) -> Card | None:
    """Render what a message of an incident says now; None where nothing is to be said any more."""
    threads = ThreadStore(records.incidents.database)
    kind = key.split(":", 1)[0]
    if kind == "flap":
        return _flap_card(flap_of(key), threads)
    if kind == "diagnosis":
        return _diagnosis_card(key, records)
    thread, _, page = key.partition("/") if kind == "storm" else (key, "", "")
    members = threads.members(thread)
    if not members:
        return None
    if is_storm(thread):
        return card_of_page(members, int(page)) if page else card_of_storm(members, now)
    return card_of_incident(members, _meanwhile(members, records, now))


def _flap_card(flap: Flap, threads: ThreadStore) -> Card | None:
    found = [one for one in threads.members(flap.thread) if one.position == flap.position]
    return card_of_flap(found[0], flap.openings) if found else None


def _meanwhile(
    members: Sequence[KnownIncident], records: Records, now: datetime
) -> tuple[Operation, ...]:
    """Return the operations that were set going while an incident of these was open."""
    began = min(one.began for one in members)
    ended = max(one.ended or now for one in members)
    latest = records.operations.latest(_OPERATIONS)
    return tuple(one for one in reversed(latest) if began <= one.created_at <= ended)


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
