"""Questions: each read-only command to the report that answers it."""

from core.answers import Answer, AuditReport, HelpReport, OpsReport, ShowReport
from core.call import Call
from core.commands import (
    Alerts,
    Audit,
    Doctor,
    Health,
    Help,
    History,
    Hits,
    Logs,
    Manifest,
    Models,
    Ops,
    Query,
    Schedule,
    Show,
    Size,
    Status,
    Versions,
)
from core.desk import Desk
from core.errors import UsageError
from core.inspection.alerts import report_alerts
from core.inspection.doctor import report_doctor
from core.inspection.history import report_history
from core.inspection.logs import report_logs
from core.inspection.manifest import report_manifest
from core.inspection.models import report_models
from core.inspection.schedule import report_schedule
from core.inspection.status import report_status
from core.inspection.trends import hits_by_day, remember, size_by_day
from core.inspection.versions import report_versions
from core.launch import find
from core.procedures.health import report_health
from core.signals import LogQuery
from core.snapshot import Snapshot
from core.verbs import VERBS


def look(query: Query, call: Call, desk: Desk) -> Answer:
    """Answer a question, out of the bot's own records or from one snapshot of the cache."""
    match query:
        case Help(word):
            return _help(word, call, desk)
        case Ops(limit):
            return OpsReport(tuple(desk.records.operations.latest(limit)))
        case Show(operation_id):
            return ShowReport(find(operation_id, desk))
        case Audit(limit):
            return _audit(limit, call, desk)
        case Schedule():
            return report_schedule(desk, desk.clock())
        case Alerts():
            return report_alerts(desk, call.actor.team_id)
        case Doctor():
            return report_doctor(Snapshot(desk.cloud), desk, desk.clock())
        case _:
            return _look_at_cache(query, desk)


def _audit(limit: int, call: Call, desk: Desk) -> AuditReport:
    """List the requests before this one, which is not answered yet."""
    entries = desk.records.calls.audit(limit + 1)
    before = [entry for entry in entries if entry.call.request_id != call.request_id]
    return AuditReport(tuple(before[:limit]))


def _look_at_cache(
    query: Status | Health | History | Logs | Manifest | Models | Versions | Hits | Size,
    desk: Desk,
) -> Answer:
    reader, now = Snapshot(desk.cloud), desk.clock()
    match query:
        case Status():
            return report_status(reader, now)
        case Health(window):
            return report_health(reader, desk, window, now)
        case History(limit):
            return report_history(reader, limit, now)
        case Logs(source, errors_only, window):
            return report_logs(reader, LogQuery(source, now - window, errors_only))
        case Manifest():
            return report_manifest(reader, now)
        case Models():
            return report_models(reader)
        case Versions():
            return report_versions(reader, desk.records.inventories.all())
        case Hits(window):
            return hits_by_day(reader, remember(desk, now), now - window, now)
        case Size():
            return size_by_day(reader, remember(desk, now), now)


def _help(word: str, call: Call, desk: Desk) -> HelpReport:
    role = desk.policy.known_role_of(call.actor, call.door)
    if word and word.lower() not in VERBS:
        raise UsageError(f'There is no command "{word[:40]}".', "`/cache help` lists them all.")
    allowed = tuple(verb for verb in VERBS.values() if verb.role <= role)
    return HelpReport(role, allowed, word.lower())
