"""The commands: a closed union, one frozen value for each word that a person may type."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Literal

from core.signals import LogSource


@dataclass(frozen=True, slots=True)
class Help:
    """What the bot can do; about one word where `word` is given."""

    word: str = ""


@dataclass(frozen=True, slots=True)
class Status:
    """One glance at the cache."""


@dataclass(frozen=True, slots=True)
class Health:
    """Every check, with a verdict each."""

    window: timedelta = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Sync:
    """Join the running execution of the sync job or start one, and follow it."""

    dry_run: bool = False


@dataclass(frozen=True, slots=True)
class History:
    """The last executions of the sync job."""

    limit: int = 10


@dataclass(frozen=True, slots=True)
class Logs:
    """Log lines of the sync job or of the service."""

    source: LogSource = LogSource.SYNC
    errors_only: bool = False
    window: timedelta = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Manifest:
    """What manifest.json and .done say."""


@dataclass(frozen=True, slots=True)
class Models:
    """The models in the bucket with their sizes."""


@dataclass(frozen=True, slots=True)
class Versions:
    """The versions that could be restored, and why one could not."""


@dataclass(frozen=True, slots=True)
class Hits:
    """The hit rate and the reasons of misses."""

    window: timedelta = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Size:
    """Live, noncurrent and soft-deleted bytes against the capacity."""


@dataclass(frozen=True, slots=True)
class Rollback:
    """Restore an earlier version; "previous" is the one before the present."""

    version: str = "previous"
    dry_run: bool = False


@dataclass(frozen=True, slots=True)
class Disable:
    """Switch the shared volume off in the service."""

    reason: str = ""
    dry_run: bool = False


@dataclass(frozen=True, slots=True)
class Enable:
    """Sync, verify, then switch the shared volume on."""

    dry_run: bool = False


@dataclass(frozen=True, slots=True)
class Cleanup:
    """Delete leftovers older than `older_than`, noncurrent versions only if asked."""

    older_than: timedelta = timedelta(days=7)
    versions: bool = False
    dry_run: bool = False


@dataclass(frozen=True, slots=True)
class Update:
    """Change the models; None leaves one as it is. Without either it only tells what is named."""

    llm: str | None = None
    embedding: str | None = None
    dry_run: bool = False


@dataclass(frozen=True, slots=True)
class Recover:
    """Look what is broken and take the least destructive road back."""

    dry_run: bool = False


@dataclass(frozen=True, slots=True)
class Cancel:
    """Stop the running operation; `operation_id` empty means the one that runs."""

    operation_id: str = ""


@dataclass(frozen=True, slots=True)
class Confirm:
    """Say yes to a proposal; `typed` is the word that it may ask for."""

    proposal_id: str
    typed: str = ""


@dataclass(frozen=True, slots=True)
class Decline:
    """Say no to a proposal."""

    proposal_id: str


@dataclass(frozen=True, slots=True)
class Undo:
    """Take back what an operation did."""

    operation_id: str
    dry_run: bool = False


@dataclass(frozen=True, slots=True)
class Ops:
    """The last operations."""

    limit: int = 10


@dataclass(frozen=True, slots=True)
class Show:
    """One operation in full."""

    operation_id: str


@dataclass(frozen=True, slots=True)
class Audit:
    """Who did what, refusals too."""

    limit: int = 20


@dataclass(frozen=True, slots=True)
class Schedule:
    """The bot's schedules: last, next, missed."""


@dataclass(frozen=True, slots=True)
class Nightly:
    """Pause or resume the nightly trigger."""

    action: Literal["pause", "resume"]
    dry_run: bool = False


@dataclass(frozen=True, slots=True)
class Alerts:
    """The alert policies and the open incidents."""


@dataclass(frozen=True, slots=True)
class Doctor:
    """A check of the bot's own scopes, permissions and names."""


Query = (
    Help | Status | Health | History | Logs | Manifest | Models | Versions | Hits | Size | Ops
    | Show | Audit | Schedule | Alerts | Doctor
)  # fmt: skip
Mutation = Sync | Rollback | Disable | Enable | Cleanup | Update | Recover | Nightly | Undo
"""What changes the cache: each becomes a plan first."""

Action = Mutation | Cancel | Confirm | Decline
Command = Query | Action
