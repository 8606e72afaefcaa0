"""What the cache's logs, metrics and alerts say: startups, log lines, policies, incidents."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


@dataclass(frozen=True, slots=True)
class Startup:
    """One startup of a service instance with the shared volume enabled.

    `miss_reason` is empty on a hit, and "unknown" where a miss logged no reason.
    """

    at: datetime
    instance_id: str
    revision: str
    hit: bool
    miss_reason: str = ""
    manifest_version: str = ""


@dataclass(frozen=True, slots=True)
class Startups:
    """The startups in [since, until), newest first.

    `complete` is False where a page limit cut the reading short: the sample then is the
    newest part of the window.
    """

    since: datetime
    until: datetime
    rows: tuple[Startup, ...]
    complete: bool = True

    @property
    def known_since(self) -> datetime:
        """From when on every startup is among the rows."""
        if self.complete:
            return self.since
        return min((row.at for row in self.rows), default=self.until)

    def after(self, since: datetime) -> "Startups":
        """Return the part of the reading from then on."""
        rows = tuple(row for row in self.rows if row.at >= since)
        return Startups(since, self.until, rows, self.known_since <= since)


_MILD = frozenset(("warning", "info", "low"))


def is_mild(severity: str) -> bool:
    """Whether a policy calls its incidents a mere warning; where it says nothing it is no."""
    return severity.lower() in _MILD


class LogSource(StrEnum):
    """Whose log lines."""

    SYNC = "sync"
    SERVICE = "service"


@dataclass(frozen=True, slots=True)
class LogQuery:
    """Which log lines: newest `limit` of `source` since `since`, errors only if asked.

    `execution` narrows sync lines to one execution by its short name, `containing` to lines with
    that text in any field, in any case.
    """

    source: LogSource
    since: datetime
    errors_only: bool = False
    execution: str = ""
    limit: int = 50
    containing: str = ""


@dataclass(frozen=True, slots=True)
class LogLine:
    """One log entry as a person would read it; `text` is untrusted."""

    at: datetime
    severity: str
    text: str
    execution: str = ""
    attempt: int | None = None


@dataclass(frozen=True, slots=True)
class AlertPolicy:
    """An alert policy. `enabled` is None where Monitoring does not say.

    `condition` is the name of its only condition, empty where it has several.
    """

    name: str
    display_name: str
    enabled: bool | None
    problem: str = ""
    condition: str = ""


@dataclass(frozen=True, slots=True)
class Incident:
    """An incident of an alert policy; open where `closed_at` is None.

    `policy` is the policy's resource name, `policy_name` the one that people read.
    """

    name: str
    policy_name: str
    opened_at: datetime
    url: str = ""
    closed_at: datetime | None = None
    severity: str = ""
    resource: str = ""
    policy: str = ""

    @property
    def id(self) -> str:
        """Return the last part of its name."""
        return self.name.rsplit("/", 1)[-1]


@dataclass(frozen=True, slots=True)
class StoredBytes:
    """Daily samples of the bucket's bytes by type, as Monitoring measures them once a day."""

    measured_at: datetime
    by_type: dict[str, int]
