"""The diagnosis of an incident: the most probable cause, its evidence, what to do now.

How a lost or broken bucket is examined before a recovery is `core.cache.examination`.
"""

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from typing import assert_never

from core.alerts.causes import Diagnosis
from core.alerts.causes_of.facts import Case
from core.alerts.causes_of.hit_rate import diagnose_hit_rate
from core.alerts.causes_of.other import diagnose_other
from core.alerts.causes_of.sync_failures import diagnose_sync_failures
from core.alerts.causes_of.usage import diagnose_usage
from core.alerts.incidents import KnownIncident, Subject
from core.cloud import Reader
from core.desk import Desk
from core.operations import Operation
from core.snapshot import Snapshot

WITHIN = timedelta(seconds=9)
"""A diagnosis is promised within ten seconds."""

_OPERATIONS = 20
_LOOKS = frozenset(("health", "history", "logs", "show", "status", "versions"))
"""Commands that change nothing, and so never wait for an operation."""


def diagnose(
    known: KnownIncident, reader: Reader, desk: Desk, within: timedelta = WITHIN
) -> Diagnosis:
    """Look at everything at the same time and conclude; never raises for what the cloud says.

    Logs are read in two requests at the most. What could not be read in time is told.
    """
    case = Case(
        known=known,
        reader=Snapshot(reader),
        deployment=desk.deployment,
        expectations=desk.expectations,
        inventories=desk.records.inventories.all(),
        operations=desk.records.operations.latest(_OPERATIONS),
        now=desk.clock(),
        within=within,
    )
    return beside_work(_concluded(case), case.operations)


def _concluded(case: Case) -> Diagnosis:
    match case.known.subject:
        case Subject.HIT_RATE:
            return diagnose_hit_rate(case)
        case Subject.SYNC_FAILURES:
            return diagnose_sync_failures(case)
        case Subject.USAGE:
            return diagnose_usage(case)
        case Subject.OTHER:
            return diagnose_other(case)
        case _:
            assert_never(case.known.subject)


def beside_work(found: Diagnosis, operations: Sequence[Operation]) -> Diagnosis:
    """Offer nothing beside an operation of the bot's own: one acts at a time."""
    at_work = next((one for one in operations if not one.state.finished), None)
    if at_work is None:
        return found
    by = at_work.actor.name or at_work.actor.user_id
    told = f"{at_work.id}, asked for by {by}, is at work: nothing else can begin beside it."
    looks = tuple(one for one in found.offers if one.split()[0] in _LOOKS)
    evidence = (told, *found.evidence)
    return replace(found, evidence=evidence, offers=(f"show {at_work.id}", *looks))
