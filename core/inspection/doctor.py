"""`/cache doctor`: whether the bot has what it needs: names that exist, rights, the ways in.

Health judges the cache; this judges the bot. What is only shown by doing it, such as pausing the
nightly trigger, is not tried.
"""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial

from core.cloud import Reader
from core.desk import Desk
from core.errors import NotFound, PermissionDenied
from core.inspection.findings import Judgement, Verdict, exit_code_of, worst
from core.parallel import Reading, Unknown, ask_all
from core.policy import Grants, Policy
from core.rights import Resource, rights_on, words_without
from core.signals import LogQuery, LogSource

_LOOKED_BACK = timedelta(hours=1)
_AGAIN = "Ask again in a minute."
_ROLES = "docs/iam.md has the role for each, and how to bind it."


@dataclass(frozen=True, slots=True)
class Need:
    """Something that the bot needs, and how it stands."""

    title: str
    judgement: Judgement


@dataclass(frozen=True, slots=True)
class DoctorReport:
    """The needs in the order in which they are looked at: the cloud's, then the bot's own."""

    at: datetime
    needs: tuple[Need, ...]

    @property
    def verdict(self) -> Verdict:
        """The worst verdict; what is not configured does not count as wrong."""
        return worst(need.judgement.verdict for need in self.needs)

    @property
    def exit_code(self) -> int:
        """0 where nothing is missing, 1 for a warning or something unknown, 2 for a failure."""
        return exit_code_of(self.verdict)


def report_doctor(reader: Reader, desk: Desk, now: datetime) -> DoctorReport:
    """Look at everything at the same time; never raises for what is answered.

    What needs Slack or the bot's own process is in `desk.self_checks`.
    """
    checks: dict[str, Callable[[], Judgement]] = {
        **_names(reader, desk, now),
        **{f"Rights on the {one}": partial(_judge_rights, reader, one) for one in Resource},
        "People": partial(_judge_people, desk.policy),
        **desk.self_checks,
    }
    readings = ask_all(checks, desk.check_timeout)
    return DoctorReport(now, tuple(Need(name, _read(one)) for name, one in readings.items()))


def _read(reading: Reading[Judgement]) -> Judgement:
    if not isinstance(reading, Unknown):
        return reading.value
    if isinstance(reading.error, PermissionDenied):
        return Judgement(Verdict.FAILING, reading.reason, reading.hint)
    return Judgement(Verdict.UNKNOWN, reading.reason, reading.hint or _AGAIN)


def _names(reader: Reader, desk: Desk, now: datetime) -> Mapping[str, Callable[[], Judgement]]:
    """Try to read each component by the name that the settings give it."""
    names = desk.deployment
    there = partial(_judge_there, optional=False)
    may_be_absent = partial(_judge_there, optional=True)
    lines = LogQuery(LogSource.SYNC, now - _LOOKED_BACK)
    return {
        "Bucket": partial(there, reader.bucket, f"{names.bucket} is there."),
        "Service": partial(there, reader.service, f"{names.service} is there."),
        "Sync job": partial(there, reader.job, f"{names.job} is there."),
        "Executions": partial(there, lambda: reader.executions(1), "Syncs can be followed."),
        "Nightly trigger": partial(may_be_absent, reader.nightly, f"{names.nightly} is there."),
        "Logs": partial(there, lambda: reader.log_lines(lines), "They can be read."),
        "Log metrics": partial(_judge_metrics, reader),
        "Time series": partial(there, reader.stored_bytes, "They can be read."),
        "Alert policies": partial(_judge_policies, reader, names.policy_pattern),
        "Incidents": partial(there, reader.open_incidents, "They can be listed."),
    }


def _judge_there(read: Callable[[], object], fine: str, *, optional: bool) -> Judgement:
    try:
        read()
    except NotFound as exc:
        absent = Verdict.NOT_CONFIGURED if optional else Verdict.FAILING
        return Judgement(absent, exc.message, exc.hint)
    return Judgement(Verdict.OK, fine)


def _judge_metrics(reader: Reader) -> Judgement:
    missing = reader.missing_metrics()
    if not missing:
        return Judgement(Verdict.OK, "All four are there.")
    return Judgement(
        Verdict.NOT_CONFIGURED,
        f"Not there: {', '.join(missing)}. The hit rate is read from the logs instead.",
        "Check their names in the bot's settings, or have Terraform create them.",
    )


def _judge_policies(reader: Reader, pattern: str) -> Judgement:
    policies = reader.alert_policies()
    if policies:
        return Judgement(Verdict.OK, f"{len(policies)} watch this cache.")
    return Judgement(
        Verdict.NOT_CONFIGURED,
        f"No alert policy has a name that fits {pattern}.",
        "Check CACHEBOT_POLICY_PATTERN, or have Terraform create the policies.",
    )


def _judge_rights(reader: Reader, resource: Resource) -> Judgement:
    """Name what is lacking and what fails without it; to have little may be meant."""
    wanted = [right.permission for right in rights_on(resource)]
    try:
        held = reader.held_permissions(resource, wanted)
    except NotFound as exc:
        return Judgement(Verdict.UNKNOWN, f"{exc.message} Rights are had on what is there.")
    lacking = [permission for permission in wanted if permission not in held]
    if not lacking:
        return Judgement(Verdict.OK, f"All {len(wanted)} are there.")
    words = words_without(held, resource)
    reading = "health" in words or "status" in words
    fail = ", ".join(f"/cache {word}" for word in words)
    return Judgement(
        Verdict.FAILING if reading else Verdict.WARNING,
        f"The bot's account lacks {', '.join(lacking)}. These fail without it: {fail}.",
        _ROLES,
    )


def _judge_people(policy: Policy) -> Judgement:
    """Look whether anybody may say yes at all, and whether the groups can be read."""
    approvers = _how_many(policy.approvers, policy)
    operators = _how_many(policy.operators, policy)
    if not approvers and not operators:
        return Judgement(
            Verdict.WARNING,
            "Nobody may change anything: there is neither an operator nor an approver.",
            "Name people or user groups in CACHEBOT_OPERATORS and CACHEBOT_APPROVERS.",
        )
    if not approvers:
        return Judgement(
            Verdict.WARNING,
            "Nobody is an approver, so nobody can say yes to what destroys data; "
            f"operators: {_counted(operators)}.",
            "Name people or user groups in CACHEBOT_APPROVERS.",
        )
    told = f"Approvers: {_counted(approvers)}; operators: {_counted(operators)}."
    return Judgement(Verdict.OK, told)


def _how_many(grants: Grants, policy: Policy) -> Collection[str]:
    members = (policy.members(group) for group in sorted(grants.groups))
    return grants.users.union(*members)


def _counted(people: Collection[str]) -> str:
    return "everybody" if "*" in people else str(len(people))
