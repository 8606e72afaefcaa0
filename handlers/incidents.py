"""Telling incidents: each gets its thread, its diagnosis, its close."""

import logging
import secrets
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field

from core.alerts.causes import Diagnosis
from core.alerts.incidents import IncidentState, KnownIncident
from core.alerts.threads import Rules
from core.desk import Desk
from core.errors import OpsError
from core.store.diagnoses import DiagnosisStore, Wanted
from core.store.threads import ThreadStore
from handlers.outbox import Outbox

_log = logging.getLogger(__name__)

Diagnose = Callable[[KnownIncident], Diagnosis]
"""Finds out what an incident comes from, within some ten seconds."""

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
