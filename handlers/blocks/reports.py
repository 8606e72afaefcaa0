"""Answers of the core to cards: each kind of the closed union to its renderer."""

from datetime import datetime
from typing import assert_never

from core.answers import (
    Answer,
    AuditReport,
    Declined,
    HelpReport,
    OpsReport,
    PlanReport,
    Proposed,
    ShowReport,
    Started,
    StopAsked,
)
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
from core.procedures.health import HealthReport
from core.verbs import Verb
from handlers.blocks.alerts import card_of_alerts
from handlers.blocks.card import Card, Mark
from handlers.blocks.doctor import card_of_doctor
from handlers.blocks.health import card_of_health
from handlers.blocks.help import card_of_help
from handlers.blocks.history import card_of_history
from handlers.blocks.hits import card_of_hits
from handlers.blocks.logs import card_of_logs
from handlers.blocks.manifest import card_of_manifest
from handlers.blocks.models import card_of_models
from handlers.blocks.operation import card_of_operation
from handlers.blocks.proposal import card_of_proposal
from handlers.blocks.records import (
    card_of_audit,
    card_of_declined,
    card_of_ops,
    card_of_plan,
    card_of_show,
    card_of_stop,
)
from handlers.blocks.schedule import card_of_schedule
from handlers.blocks.size import card_of_size
from handlers.blocks.status import card_of_status
from handlers.blocks.versions import card_of_versions

_OfSignals = HitsReport | SizeReport | AlertsReport
_OfCache = (
    HealthReport
    | StatusReport
    | HistoryReport
    | LogsReport
    | ManifestReport
    | ModelsReport
    | VersionsReport
    | _OfSignals
)

_OfRecords = OpsReport | ShowReport | AuditReport | ScheduleReport | DoctorReport


def card_of(answer: Answer, now: datetime) -> Card:
    """Render an answer; what runs is told as it stands at `now`."""
    match answer:
        case HelpReport():
            return card_of_help(answer)
        case OpsReport() | ShowReport() | AuditReport() | ScheduleReport() | DoctorReport():
            return _card_of_records(answer, now)
        case PlanReport():
            return card_of_plan(answer)
        case Started(operation):
            return card_of_operation(operation, now)
        case StopAsked():
            return card_of_stop(answer)
        case Proposed(proposal):
            return card_of_proposal(proposal, now)
        case Declined():
            return card_of_declined(answer)
        case _:
            return _card_of_cache(answer)


def working_card(verb: Verb) -> Card:
    """Say that the answer is on its way."""
    return Card(f"Cache {verb.word}", Mark.RUNNING, (f"Looking: {verb.summary}.",))


def _card_of_records(report: _OfRecords, now: datetime) -> Card:
    match report:
        case OpsReport():
            return card_of_ops(report, now)
        case ShowReport():
            return card_of_show(report, now)
        case AuditReport():
            return card_of_audit(report)
        case ScheduleReport():
            return card_of_schedule(report)
        case DoctorReport():
            return card_of_doctor(report)
        case _:
            assert_never(report)


def _card_of_cache(report: _OfCache) -> Card:
    match report:
        case HealthReport():
            return card_of_health(report)
        case StatusReport():
            return card_of_status(report)
        case HistoryReport():
            return card_of_history(report)
        case LogsReport():
            return card_of_logs(report)
        case ManifestReport():
            return card_of_manifest(report)
        case ModelsReport():
            return card_of_models(report)
        case VersionsReport():
            return card_of_versions(report)
        case _:
            return _card_of_signals(report)


def _card_of_signals(report: _OfSignals) -> Card:
    match report:
        case HitsReport():
            return card_of_hits(report)
        case SizeReport():
            return card_of_size(report)
        case AlertsReport():
            return card_of_alerts(report)
        case _:
            assert_never(report)
