"""The alerts: which policies are on, and which incidents are open, with links to their threads."""

from collections.abc import Sequence

from core.incidents import KnownIncident
from core.inspection.alerts import AlertsReport
from core.parallel import Unknown
from core.signals import AlertPolicy, Incident
from handlers.blocks.card import Card, Line, Link, Mark, Moment, Note, Part, Row, Rows
from handlers.blocks.prose import prose
from handlers.blocks.quantities import count, duration

_NAME = 100
_THREAD = "https://app.slack.com/client"
"""Where a thread is opened, in a browser or in Slack itself, by workspace, channel and root."""


def card_of_alerts(report: AlertsReport) -> Card:
    """Render the policies and the open incidents; the headline counts the latter."""
    opened = len(report.known) + len(report.unheard)
    policies = _policies(report)
    wrong = any(row.mark not in (Mark.OK, Mark.NOT_CONFIGURED) for row in policies)
    mark = Mark.FAILING if opened else Mark.WARNING if wrong else Mark.OK
    parts: list[Part] = []
    if opened:
        known = (_known(one, report) for one in report.known)
        parts.append(Rows((*known, *(_unheard(one, report) for one in report.unheard))))
    parts.append(Rows(policies))
    if isinstance(report.monitoring, Unknown):
        why = f"Whether more are open could not be read: {report.monitoring.reason}"
        parts.append(Note(prose(f"{why} {report.monitoring.hint}".strip())))
        mark = Mark.FAILING if opened else Mark.UNKNOWN
    none = "I know of no open incident." if mark is Mark.UNKNOWN else "No incident is open."
    headline = f"{count(opened, 'incident')} open." if opened else none
    return Card("Cache alerts", mark, (headline,), tuple(parts))


def _known(known: KnownIncident, report: AlertsReport) -> Row:
    since: Line = ("Open since ", Moment(known.began), f", for {duration(report.at - known.began)}")
    return Row(Mark.FAILING, known.notice.policy[:_NAME], (*since, ". ", *_thread(known, report)))


def _thread(known: KnownIncident, report: AlertsReport) -> Line:
    if not known.thread_ts or not report.team_id:
        return ("It has no thread yet.",) if not known.thread_ts else ()
    place = f"{known.channel_id}/thread/{known.channel_id}-{known.thread_ts}"
    return (Link(f"{_THREAD}/{report.team_id}/{place}", "Its thread"), ".")


def _unheard(incident: Incident, report: AlertsReport) -> Row:
    since: Line = ("Open since ", Moment(incident.opened_at), ". ")
    link: Line = (Link(incident.url, "In Cloud Monitoring"), ". ") if incident.url else ()
    told: Line = ("Nobody has told me of it", *_compared(report), ".")
    return Row(Mark.FAILING, incident.policy_name[:_NAME], (*since, *link, *told))


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
