"""`/cache pause nightly` and `/cache resume nightly`: the trigger of the nightly sync."""

from collections.abc import Iterable
from datetime import timedelta

from core.cloud import Reader
from core.errors import NotFound, NothingToDo, OpsError
from core.operations import Operation
from core.pauses import holds_back, paused_by
from core.plans import Asking, Plan, SwitchNightly
from core.policy import Role
from core.services import TriggerState


def plan_nightly(reader: Reader, switches: Iterable[Operation], *, resume: bool) -> Plan:
    """Plan to pause or resume the trigger.

    `switches` are the operations that switched it before, newest first: resuming asks first
    where the pause protects a rollback.

    Raises:
        NothingToDo: it is in that state already.
        OpsError: there is none.
    """
    try:
        trigger = reader.nightly()
    except NotFound as exc:
        raise OpsError(
            "There is no nightly trigger.",
            "Set enable_model_sync_schedule = true in Terraform if nightly syncs are wanted.",
        ) from exc
    wanted = TriggerState.ENABLED if resume else TriggerState.PAUSED
    if trigger.state is wanted:
        raise NothingToDo(f"{trigger.name} is {wanted.value} already.", "Nothing was changed.")
    verb = "resume" if resume else "pause"
    pause = paused_by(switches) if resume else None
    protected = pause is not None and holds_back(pause)
    return Plan(
        verb=verb,
        summary=f"{verb.capitalize()} {trigger.name}.",
        facts={
            "trigger": trigger.name,
            "state": f"{trigger.state.value} → {wanted.value}",
            "schedule": f"{trigger.schedule} ({trigger.time_zone})",
            **({"paused by": pause.id} if pause else {}),
        },
        steps=(SwitchNightly(resume),),
        warnings=_warnings(pause, resume=resume),
        undo="pause nightly" if resume else "resume nightly",
        expected=timedelta(seconds=5),
        ask=None if resume and not protected else Asking(Role.OPERATOR),
    )


def _warnings(pause: Operation | None, *, resume: bool) -> tuple[str, ...]:
    if not resume:
        return ("A running sync goes on. CI may still start syncs of its own.",)
    if pause is None or not holds_back(pause):
        return ()
    undoes = f"undoes the {pause.plan.verb} where their names stand for newer files by now"
    return (f"{pause.id} paused it on purpose: the next nightly sync {undoes}.",)
