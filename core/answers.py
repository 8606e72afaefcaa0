"""What the core answers: reports, and what became of an operation. A closed union."""

from dataclasses import dataclass

from core.inspection.alerts import AlertsReport
from core.inspection.doctor import DoctorReport
from core.inspection.history import HistoryReport
from core.inspection.hits import HitsReport
from core.inspection.logs import LogsReport
from core.inspection.manifest import ManifestReport
from core.inspection.models import ModelsReport
from core.inspection.schedule import ScheduleReport
from core.inspection.size import SizeReport
from core.inspection.status import StatusReport
from core.inspection.versions import VersionsReport
from core.operations import Operation
from core.plans import Plan
from core.policy import Role
from core.procedures.health import HealthReport
from core.proposals import Proposal
from core.store.calls import AuditEntry
from core.verbs import Verb


@dataclass(frozen=True, slots=True)
class HelpReport:
    """The verbs that this actor may use; `word` where help on one was asked for."""

    role: Role
    verbs: tuple[Verb, ...]
    word: str = ""


@dataclass(frozen=True, slots=True)
class OpsReport:
    """The last operations, newest first."""

    operations: tuple[Operation, ...]


@dataclass(frozen=True, slots=True)
class ShowReport:
    """One operation in full."""

    operation: Operation


@dataclass(frozen=True, slots=True)
class AuditReport:
    """The last requests with what came of them, newest first."""

    entries: tuple[AuditEntry, ...]


@dataclass(frozen=True, slots=True)
class PlanReport:
    """A plan that was asked for with --dry-run: nothing will run."""

    plan: Plan


Report = (
    HelpReport
    | StatusReport
    | HealthReport
    | HistoryReport
    | LogsReport
    | ManifestReport
    | ModelsReport
    | VersionsReport
    | HitsReport
    | SizeReport
    | ScheduleReport
    | OpsReport
    | ShowReport
    | AuditReport
    | PlanReport
    | AlertsReport
    | DoctorReport
)


@dataclass(frozen=True, slots=True)
class Started:
    """An operation was set going; its own message tells how it goes."""

    operation: Operation


@dataclass(frozen=True, slots=True)
class StopAsked:
    """The operation was asked to stop; its own message tells how that ends."""

    operation: Operation


@dataclass(frozen=True, slots=True)
class Proposed:
    """A plan waits for somebody's yes; its own message shows it."""

    proposal: Proposal


@dataclass(frozen=True, slots=True)
class Declined:
    """A proposal was said no to; nothing was changed."""

    proposal: Proposal


Answer = Report | Started | StopAsked | Proposed | Declined
