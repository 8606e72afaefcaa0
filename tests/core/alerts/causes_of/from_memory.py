"""Diagnoses of what a reader in memory says, of incidents that open now or have opened before."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import cast

from core.alerts.causes import Diagnosis
from core.alerts.diagnose import diagnose
from core.alerts.incidents import IncidentId, IncidentState, KnownIncident, Notice, Source, Subject
from core.cache.objects import Generation, StoredObject
from core.cloud import Cloud
from core.signals import Startup
from core.store.database import Database
from tests.core.reader import MemoryReader
from tests.core.small_desk import Watch, desk_on
from tests.core.whole_cache import NOW


def diagnosed(
    records: Database,
    reader: MemoryReader,
    subject: Subject = Subject.HIT_RATE,
    opened: datetime = NOW,
    threshold: str = "",
) -> Diagnosis:
    """Diagnose an incident as the reader stands at NOW."""
    desk = desk_on(records, cast("Cloud", reader), None, Watch(NOW))
    notice = Notice(
        IncidentId("0.a"),
        IncidentState.OPEN,
        "Hits",
        Source.WEBHOOK,
        threshold=threshold,
        opened_at=opened,
    )
    return diagnose(KnownIncident(notice, subject, IncidentState.OPEN, NOW, NOW), reader, desk)


def beside(reader: MemoryReader, *objects: tuple[str, int, datetime]) -> Sequence[StoredObject]:
    """Return what the bucket holds with objects more: name, bytes, and when they were written."""
    more = (
        StoredObject(name, Generation(10_000 + number), size_bytes, "AAAAAA==", at)
        for number, (name, size_bytes, at) in enumerate(objects)
    )
    return (*reader.stored, *more)


def started(*shapes: tuple[int, bool, str]) -> list[Startup]:
    """Return startups by how many minutes ago, whether they hit, and of which revision."""
    return [
        Startup(
            NOW - timedelta(minutes=ago),
            f"i{ago}",
            revision,
            hit,
            "" if hit else "manifest_missing",
        )
        for ago, hit, revision in shapes
    ]
