"""A stage for threads of incidents: the stores that a change of an incident goes through."""

from dataclasses import replace
from datetime import datetime, timedelta

from core.alerts.incidents import IncidentId, IncidentState, KnownIncident, Notice, Source, Subject
from core.alerts.threads import Rules
from core.store.database import Database
from core.store.diagnoses import DiagnosisStore
from core.store.incidents import IncidentStore
from core.store.messages import MessageStore
from core.store.threads import ThreadStore
from tests.core.small_desk import NOW, about

RULES = Rules("C0CACHE", timedelta(minutes=30), 3)


class Stage:
    """The stores that a change of an incident goes through."""

    def __init__(self, database: Database) -> None:
        self.incidents = IncidentStore(database)
        self.threads = ThreadStore(database)
        self.messages = MessageStore(database, "me")
        self.diagnoses = DiagnosisStore(database)

    def take(self, identity: str, at: datetime = NOW, policy: str = "", **more: object) -> None:
        """Hear of an incident, and follow it."""
        notice = Notice(
            IncidentId(identity), IncidentState.OPEN, policy or identity, Source.WEBHOOK,
            opened_at=at,
        )  # fmt: skip
        notice = replace(notice, **more)  # type: ignore[arg-type]  # a test's own fields
        self.incidents.take(notice, about(Subject.HIT_RATE), at)
        for one in self.threads.behind():
            assert self.threads.follow(one, RULES, at)

    def close(self, identity: str, at: datetime, policy: str = "") -> None:
        """Hear that it has closed."""
        known = self.incidents.get(IncidentId(identity))
        source = Source.WEBHOOK if known is None else known.notice.source
        self.take(identity, at, policy, state=IncidentState.CLOSED, closed_at=at, source=source)

    def known(self, identity: str) -> KnownIncident:
        """Return what is known of it."""
        found = self.incidents.get(IncidentId(identity))
        assert found is not None
        return found

    def wanted(self, key: str) -> int:
        """Return how often a message was wanted, 0 where it never was."""
        told = self.messages.get(key)
        return 0 if told is None else told.wanted
