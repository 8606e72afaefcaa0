"""`/cache pause nightly` and `/cache resume nightly`: the trigger of the nightly sync."""

from datetime import timedelta

from core.cloud import Reader
from core.errors import NotFound, OpsError
from core.plans import Asking, Plan, SwitchNightly
from core.policy import Role
from core.services import TriggerState


def plan_nightly(reader: Reader, *, resume: bool) -> Plan:
    """Plan to pause or resume the trigger.

    Raises:
        OpsError: there is none, or it is in that state already.
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
        raise OpsError(f"{trigger.name} is {wanted.value} already.", "Nothing was changed.")
    verb = "resume" if resume else "pause"
    warnings = () if resume else ("A running sync goes on. CI may still start syncs of its own.",)
    return Plan(
        verb=verb,
        summary=f"{verb.capitalize()} {trigger.name}.",
        facts={
            "trigger": trigger.name,
            "state": f"{trigger.state.value} → {wanted.value}",
            "schedule": f"{trigger.schedule} ({trigger.time_zone})",
        },
        steps=(SwitchNightly(resume),),
        warnings=warnings,
        undo="pause nightly" if resume else "resume nightly",
        expected=timedelta(seconds=5),
        ask=None if resume else Asking(Role.OPERATOR),
    )
