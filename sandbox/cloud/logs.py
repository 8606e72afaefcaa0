"""The project's log entries, in Google's own message type, kept in order of time."""

import threading
from bisect import bisect_left, bisect_right
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from google.api import monitored_resource_pb2
from google.cloud.logging_v2.types import LogEntry
from google.logging.type import log_severity_pb2

from sandbox.clock import Clock

# A raw google.logging.v2.LogEntry protobuf message; the library publishes no types for it.
Entry = Any

_ENTRY = LogEntry.pb()
_NO_LABELS: Mapping[str, str] = {}


class Logs:
    """A store of log entries that any thread may write to and read from.

    Entries stay sorted by timestamp, then by the order they were written in, which is
    also the order of their insert ids: the order that ListLogEntries answers in
    (docs.cloud.google.com/logging/docs/reference/v2/rest/v2/entries/list).
    """

    def __init__(self, clock: Clock, project: str = "sandbox-project") -> None:
        self._clock = clock
        self._project = project
        self._lock = threading.Lock()
        self._written = 0
        self._times: list[datetime] = []
        self._entries: list[Entry] = []
        self._snapshot: tuple[Entry, ...] | None = ()

    def write(  # noqa: PLR0913 - the fields of a log entry, all by name
        self,
        *,
        log_id: str,
        resource_type: str,
        resource_labels: Mapping[str, str],
        labels: Mapping[str, str] = _NO_LABELS,
        severity: str = "DEFAULT",
        text: str | None = None,
        payload: Mapping[str, object] | None = None,
        at: datetime | None = None,
        trace: str = "",
    ) -> None:
        """Add one entry with a text payload or a JSON payload, `at` the present by default."""
        if (text is None) == (payload is None):
            raise ValueError("an entry has either a text or a JSON payload")
        if at is not None and at.tzinfo is None:
            raise ValueError("`at` must be an aware datetime")
        now = self._clock.now()
        entry = _ENTRY(
            log_name=f"projects/{self._project}/logs/{log_id.replace('/', '%2F')}",
            resource=monitored_resource_pb2.MonitoredResource(
                type=resource_type, labels=dict(resource_labels)
            ),
            labels=dict(labels),
            severity=log_severity_pb2.LogSeverity.Value(severity),
            trace=trace,
        )
        if text is not None:
            entry.text_payload = text
        else:
            entry.json_payload.update(dict(payload or {}))
        entry.timestamp.FromDatetime(at or now)
        entry.receive_timestamp.FromDatetime(now)
        self._insert(at or now, entry)

    def entries(self) -> Sequence[Entry]:
        """Return all entries, oldest first; later writes do not change what was returned."""
        with self._lock:
            if self._snapshot is None:
                self._snapshot = tuple(self._entries)
            return self._snapshot

    def between(self, start: datetime | None, end: datetime | None) -> Sequence[Entry]:
        """Return the entries with `start` <= timestamp <= `end`, oldest first."""
        with self._lock:
            low = 0 if start is None else bisect_left(self._times, start)
            high = len(self._times) if end is None else bisect_right(self._times, end)
            return self._entries[low:high]

    def clear(self) -> None:
        """Forget every entry, as a log bucket past its retention does."""
        with self._lock:
            self._times.clear()
            self._entries.clear()
            self._snapshot = ()

    def _insert(self, at: datetime, entry: Entry) -> None:
        with self._lock:
            self._written += 1
            entry.insert_id = f"{self._written:016x}"
            place = bisect_right(self._times, at)
            self._times.insert(place, at)
            self._entries.insert(place, entry)
            self._snapshot = None
