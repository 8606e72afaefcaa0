"""`/cache undo`: another plan, that puts back what an operation changed in the service."""

from dataclasses import replace
from datetime import timedelta

from core.cloud import Reader
from core.deployment import Deployment
from core.errors import OpsError
from core.operations import Operation, StepState
from core.plans import (
    Asking,
    AwaitReady,
    CheckService,
    Plan,
    SaveInventory,
    SetServiceEnv,
    SwitchNightly,
    VerifyRestored,
)
from core.policy import Role
from core.steps.service import current_value


def plan_undo(operation: Operation, reader: Reader, deployment: Deployment) -> Plan:
    """Plan to put the variables back that an operation has set.

    Raises:
        OpsError: there is nothing to take back, or somebody has changed it since.
    """
    done = [
        record.step
        for record in operation.steps
        if isinstance(record.step, SetServiceEnv) and record.state is StepState.DONE
    ]
    if not operation.state.finished:
        raise OpsError(f"{operation.id} still runs.", "`/cache cancel` stops it.")
    if not done:
        raise OpsError(
            f"{operation.id} changed nothing that could be put back.",
            f"`/cache show {operation.id}` tells what it did.",
        )
    step = done[-1]
    service = reader.service()
    changed = [
        name
        for name, value in step.after.items()
        if current_value(service, name, deployment) != value
    ]
    if changed:
        raise OpsError(
            f"{', '.join(changed)} was changed again since {operation.id}.",
            "Nothing was put back. `/cache status` shows what is there now.",
        )
    told = ", ".join(
        f"{name} back to {'absent' if value is None else value}"
        for name, value in step.before.items()
    )
    return Plan(
        verb="undo",
        summary=f"Take back {operation.id}: set {told} in {service.name}.",
        facts={
            "operation": operation.id,
            "service": service.name,
            "revision now": service.latest_ready_revision,
            "variables": told,
        },
        steps=(
            SetServiceEnv(before=step.after, after=step.before),
            AwaitReady(timedelta(minutes=10)),
        ),
        closing=(CheckService(),),
        undo="undo {id}",
        expected=timedelta(minutes=1),
        ask=Asking(Role.OPERATOR, danger=True),
    )


def version_before(operation: Operation) -> str:
    """Return the version that an operation has replaced object by object, empty if none.

    It saved that version's inventory first, so that one can come back to it with proof.
    """
    steps = [record.step for record in operation.steps]
    restored = any(isinstance(step, VerifyRestored) for step in steps)
    saved = (step.version for step in steps if isinstance(step, SaveInventory) and step.version)
    return next(saved, "") if restored else ""


def plan_back(operation: Operation, plan: Plan) -> Plan:
    """Make an undo of the rollback that leads back: what was paused is resumed at its end.

    Raises:
        OpsError: the operation still runs.
    """
    if not operation.state.finished:
        raise OpsError(f"{operation.id} still runs.", "`/cache cancel` stops it.")
    paused = any(
        record.step == SwitchNightly(resume=False) and record.state is StepState.DONE
        for record in operation.steps
    )
    resume = (SwitchNightly(resume=True),) if paused else ()
    facts = {"operation": operation.id, **plan.facts}
    if paused:
        facts |= {"nightly trigger at the end": "enabled"}
    return replace(
        plan,
        verb="undo",
        summary=f"Take back {operation.id}. {plan.summary}",
        facts=facts,
        steps=(*plan.steps, *resume),
        again=f"undo {operation.id}",
    )
