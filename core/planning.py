"""From a command that changes something to its plan: one planner for each."""

from typing import assert_never

from core.cloud import Reader
from core.commands import (
    Cleanup,
    Disable,
    Enable,
    Mutation,
    Nightly,
    Recover,
    Rollback,
    Sync,
    Undo,
    Update,
)
from core.desk import Desk
from core.launch import find
from core.operations import Operation
from core.plans import Plan
from core.procedures.cleanup import Terms, plan_cleanup
from core.procedures.nightly import plan_nightly
from core.procedures.recover import plan_recover
from core.procedures.rollback import plan_rollback
from core.procedures.rollback_scene import choose, look_around
from core.procedures.sync import plan_sync
from core.procedures.toggle import plan_disable, plan_enable
from core.procedures.undo import plan_back, plan_undo, version_before
from core.procedures.update import plan_update
from core.snapshot import Snapshot


def plan_for(mutation: Mutation, reader: Snapshot, desk: Desk) -> Plan:
    """Make a plan from the live state; changes nothing.

    Raises:
        OpsError: it cannot or need not be done; the message says why.
    """
    match mutation:
        case Sync():
            return plan_sync(reader)
        case Disable(reason):
            return plan_disable(reason, reader, desk.deployment)
        case Enable():
            return plan_enable(reader, desk.deployment)
        case Nightly(action):
            return plan_nightly(reader, desk.nightly_switches, resume=action == "resume")
        case Undo(operation_id):
            return _plan_undo(find(operation_id, desk), reader, desk)
        case Rollback(version):
            scene = look_around(reader, desk.records.inventories.all())
            return plan_rollback(choose(version, scene), scene, desk.deployment)
        case Update():
            return plan_update(mutation, reader, desk.deployment)
        case Cleanup():
            return plan_cleanup(mutation, reader, _terms(desk))
        case Recover():
            saved = desk.records.inventories.all()
            return plan_recover(reader, desk.deployment, desk.expectations, saved)
        case _:
            assert_never(mutation)


def _plan_undo(operation: Operation, reader: Reader, desk: Desk) -> Plan:
    """Take back an operation: objects by another rollback, variables by setting them back."""
    back = version_before(operation)
    if not back:
        return plan_undo(operation, reader, desk.deployment)
    scene = look_around(reader, desk.records.inventories.all())
    plan = plan_rollback(choose(back, scene), scene, desk.deployment)
    return plan_back(operation, plan)


def _terms(desk: Desk) -> Terms:
    kept, inventories = desk.expectations.kept_versions, desk.records.inventories.all()
    return Terms(desk.deployment.bucket, kept, inventories, desk.clock())
