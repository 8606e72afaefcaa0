"""The alerts: which policies are on, and which incidents are open, with links to their threads."""

from collections.abc import Sequence

from core.alerts.incidents import KnownIncident
from core.inspection.alerts import AlertsReport
from core.parallel import Unknown
from core.signals import AlertPolicy, Incident
from handlers.blocks.card import Card, Line, Link, Mark, Moment, Note, Part, Row, Rows
from handlers.blocks.incident import mark_of
from handlers.blocks.prose import prose
from handlers.blocks.quantities import count, duration

_NAME = 100
_WORST = (Mark.FAILING, Mark.WARNING, Mark.UNKNOWN)
_THREAD = "https://app.slack.com/client"
"""Where a thread is opened, in a browser or in Slack itself, by workspace, channel and root."""


def card_of_alerts(report: AlertsReport) -> Card:
    """Render the policies and the open incidents; the headline counts the latter."""
    known = (_known(one, report) for one in report.known)
    incidents = (*known, *(_unheard(one, report) for one in report.unheard))
    firing = {row.title for row in incidents}
    policies = tuple(
        row for row in _policies(report) if row.mark is not Mark.OK or row.title not in firing
    )
    marks = {row.mark for row in (*incidents, *policies)}
    mark = next((one for one in _WORST if one in marks), Mark.OK)
    parts: list[Part] = [Rows(rows) for rows in (incidents, policies) if rows]
    none = "No incident is open."
    if isinstance(report.monitoring, Unknown):
        why = f"Whether more are open could not be read: {report.monitoring.reason}"
        parts.append(Note(prose(f"{why} {report.monitoring.hint}".strip())))
        mark = mark if incidents else Mark.UNKNOWN
        none = "I know of no open incident."
    headline = f"{count(len(incidents), 'incident')} open." if incidents else none
    return Card("Cache alerts", mark, (headline,), tuple(parts))


def _known(known: KnownIncident, report: AlertsReport) -> Row:
    since: Line = ("Open since ", Moment(known.began), f", for {duration(report.at - known.began)}")
    mark = mark_of(known.notice.severity)
    return Row(mark, known.notice.policy[:_NAME], (*since, ". ", *_thread(known, report)))


def _thread(known: KnownIncident, report: AlertsReport) -> Line:
    if not known.thread_ts or not report.team_id:
        return ("It has no thread yet.",) if not known.thread_ts else ()
    place = f"{known.channel_id}/thread/{known.channel_id}-{known.thread_ts}"
    return (Link(f"{_THREAD}/{report.team_id}/{place}", "Its thread"), ".")


def _unheard(incident: Incident, report: AlertsReport) -> Row:
    since: Line = ("Open since ", Moment(incident.opened_at), ". ")
    link: Line = (Link(incident.url, "In Cloud Monitoring"), ". ") if incident.url else ()
    told: Line = ("Nobody has told me of it", *_compared(report), ".")
    mark = mark_of(incident.severity)
    return Row(mark, incident.policy_name[:_NAME], (*since, *link, *told))


def _compared(report: AlertsReport) -> Line:
    """Say whether the bot finds out by itself what it is not told."""
    if report.compared_at is None:
        return (", and I do not look for such by myself: set CACHEBOT_ALERT_CHANNEL for that",)
    return ("; I last looked for such by myself at ", Moment(report.compared_at))


def _policies(report: AlertsReport) -> tuple[Row, ...]:
    if isinstance(report.policies, Unknown):
        unread = report.policies
        return (Row(Mark.UNKNOWN, "Policies", prose(unread.reason), prose(unread.hint)),)
    policies: Sequence[AlertPolicy] = report.policies.value
    if not policies:
        hint = "Set enable_monitoring_alerts = true in Terraform if alerts are wanted."
        return (Row(Mark.NOT_CONFIGURED, "Policies", ("None watches this cache.",), (hint,)),)
    return tuple(_policy(policy) for policy in policies)


def _policy(policy: AlertPolicy) -> Row:
    name = policy.display_name[:_NAME]
    if policy.problem:
        why = f"It is invalid and never fires: {policy.problem.rstrip('.')}."
        return Row(Mark.FAILING, name, (why,), ("Correct it in Cloud Monitoring.",))
    if policy.enabled is None:
        return Row(Mark.UNKNOWN, name, ("Monitoring does not say whether it is on.",))
    if not policy.enabled:
        return Row(Mark.WARNING, name, ("Switched off.",), ("Switch it on in Cloud Monitoring.",))
    return Row(Mark.OK, name, ("Switched on.",))
