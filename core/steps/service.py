"""Changing the service and its trigger: set to a state, then proven by looking.

A change of the service leaves a stamp on the new revision's template. A try that finds its
own stamp has nothing left to do, so a lost reply or a crash costs nothing.
"""

from datetime import datetime
from functools import partial

from core.cache.evidence import CHANGED_SERVICE, NIGHTLY
from core.context import Context
from core.deployment import Deployment
from core.errors import Conflict, Unavailable
from core.outcomes import Done, Failed, Outcome, Pending, Stopped, Unclear
from core.plans import AwaitReady, SetServiceEnv, SwitchNightly
from core.services import Service, ServiceChange, TriggerState
from core.steps.variables import change_told, changed_since


def set_service_env(step: SetServiceEnv, context: Context) -> Outcome:
    """Set the variables, unless somebody has changed them since they were planned."""
    service = context.cloud.service()
    stamp = context.stamp_of(step)
    notes = context.memory.recall()
    if service.stamp == stamp:
        return _set_by_us(step, notes.get("revision", ""))
    if notes and context.clock() - datetime.fromisoformat(notes["since"]) > context.pace.grace:
        return Unclear(
            f"Changing the service got no clear answer, and {service.latest_created_revision} "
            "does not show the change.",
            "Look at `/cache status` in a minute, then ask again.",
        )
    if context.stopping and not notes:
        return Stopped("Nothing was changed in the service.")
    values = partial(current_value, service, deployment=context.deployment)
    if problem := changed_since(step.before, values):
        return Failed(problem, "Ask again: the plan is then made from what is there now.")
    since = notes.get("since", context.clock().isoformat())
    context.memory.remember({"revision": service.latest_created_revision, "since": since})
    try:
        context.cloud.change_service(ServiceChange(step.before, step.after, stamp))
    except Conflict as exc:
        return _conflict(step, context, stamp, exc)
    except Unavailable:
        return Pending("The reply was lost; looking whether it was applied.", context.pace.poll)
    return _set_by_us(step, service.latest_created_revision)


def _set_by_us(step: SetServiceEnv, revision_before: str) -> Done:
    evidence = {"revision_before": revision_before, CHANGED_SERVICE: "yes"}
    return Done(f"{_told(step)}.", evidence)


def _conflict(step: SetServiceEnv, context: Context, stamp: str, conflict: Conflict) -> Outcome:
    """Tell our own change, whose reply was lost and that came late, from somebody else's."""
    if context.cloud.service().stamp == stamp:
        return _set_by_us(step, context.memory.recall().get("revision", ""))
    return Failed(
        f"Somebody else changed the service at the same moment. {conflict.message}",
        "Nothing was overwritten. Ask again in a minute.",
    )


def await_ready(step: AwaitReady, context: Context) -> Outcome:
    """Look once whether the new revision is ready and has all of the traffic.

    A revision that is not ready is no end by itself: Cloud Run goes on with the last good
    one, so it is an end only when Cloud Run has stopped trying.
    """
    service = context.cloud.service()
    newest, old = service.latest_created_revision, context.operation.evidence["revision_before"]
    if service.ready and newest != old and service.serving_latest:
        return Done(f"{newest} is ready and receives all of the traffic.", {"revision": newest})
    if service.ready and newest != old and service.pinned:
        return Failed(
            f"{newest} is ready, but the traffic is pinned to other revisions, so it gets none.",
            "Send the traffic to the latest revision, or take the change back.",
        )
    if not service.reconciling and not service.ready and newest != old:
        return Failed(
            f"{newest} did not become ready: {service.message} "
            f"{service.latest_ready_revision} goes on serving.",
            "Take the change back, so that the next deployment does not inherit it.",
        )
    begun = next(one.started_at for one in context.operation.steps if one.step == step)
    if begun is not None and context.clock() - begun > step.longest:
        return Failed(
            f"{newest} is still not ready: {service.message}",
            "Cloud Run goes on trying. `/cache status` tells how it stands.",
        )
    return Pending(service.message or "Waiting for the new revision.", context.pace.poll)


def switch_nightly(step: SwitchNightly, context: Context) -> Outcome:
    """Set the trigger to the wanted state and read it back."""
    wanted = TriggerState.ENABLED if step.resume else TriggerState.PAUSED
    if context.cloud.nightly().state is not wanted:
        if context.stopping and not step.resume:
            return Stopped("The nightly trigger was left as it is.")
        if step.resume:
            context.cloud.resume_nightly()
        else:
            context.cloud.pause_nightly()
    state = context.cloud.nightly().state
    if state is not wanted:
        return Failed(f"The nightly trigger is {state.value}.", "`/cache health` shows it.")
    return Done(f"The nightly trigger is {state.value}.", {NIGHTLY: state.value})


def check_service(context: Context) -> Outcome:
    """Say what the service runs now."""
    service = context.cloud.service()
    volume = "on" if service.enabled else "off"
    if service.ready and service.serving_latest:
        return Done(f"{service.latest_ready_revision} serves, with the shared volume {volume}.")
    return Done(
        f"{service.latest_ready_revision} serves. The newest revision, "
        f"{service.latest_created_revision}, would have the shared volume {volume}."
    )


def current_value(service: Service, name: str, deployment: Deployment) -> str | None:
    """Return a variable's value as the service has it, None where it is not there."""
    if name == deployment.variables.toggle:
        return service.toggle
    return service.env.get(name)


def _told(step: SetServiceEnv) -> str:
    return change_told(step.before, step.after) or "A new revision was asked for"
