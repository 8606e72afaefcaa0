"""`/cache disable` and `/cache enable`: one variable of the service, and the proof that it took."""

from core.cloud import Reader
from core.deployment import Deployment
from core.errors import NothingToDo, OpsError
from core.plans import (
    Asking,
    AwaitReady,
    CheckService,
    Plan,
    SetServiceEnv,
)
from core.policy import Role
from core.procedures.durations import READY, USUAL
from core.procedures.sync import plan_sync
from core.services import Service

_DISABLED = (
    (
        "Without the volume every start downloads its models before it listens. Where memory or "
        "the startup probe do not allow that, the new revision does not become ready, and the "
        "present one goes on serving."
    ),
    "The bucket stays mounted: a missing bucket still breaks every start.",
    "The next `terraform apply` may switch it on again.",
)


def plan_disable(reason: str, reader: Reader, deployment: Deployment) -> Plan:
    """Plan to switch the shared volume off.

    Raises:
        NothingToDo: it is off already.
        OpsError: it cannot be switched, or the switch would reach nobody.
    """
    service = _switchable(reader, deployment)
    if not service.enabled:
        raise NothingToDo(
            f"The shared volume is off already ({_variable(service, deployment)}).",
            "`/cache enable` switches it on.",
        )
    stop = "" if reason.endswith((".", "!", "?")) else "."
    because = f" Reason: {reason}{stop}" if reason else ""
    return Plan(
        verb="disable",
        summary=f"Switch the shared volume off in {service.name}.{because}",
        facts=_facts(service, deployment, "false"),
        steps=(_set(service, deployment, "false"), AwaitReady(READY)),
        closing=(CheckService(),),
        warnings=_DISABLED,
        reminders=_DISABLED[1:],
        undo="undo {id}",
        expected=USUAL,
        ask=Asking(Role.OPERATOR, danger=True),
    )


def plan_enable(reader: Reader, deployment: Deployment) -> Plan:
    """Plan to sync, prove the cache, and only then switch the shared volume on.

    Raises:
        NothingToDo: it is on already.
        OpsError: it cannot be switched, or the switch would reach nobody.
    """
    service = _switchable(reader, deployment)
    if service.enabled:
        raise NothingToDo(
            f"The shared volume is on already ({_variable(service, deployment)}).",
            "`/cache health` shows whether it works.",
        )
    sync = plan_sync(reader)
    return Plan(
        verb="enable",
        summary=f"Sync, prove the cache, then switch the shared volume on in {service.name}.",
        facts={**sync.facts, **_facts(service, deployment, "true")},
        steps=(*sync.steps, _set(service, deployment, "true"), AwaitReady(READY)),
        closing=(*sync.closing, CheckService()),
        warnings=(*sync.warnings, "Where a step before the switch fails, nothing is switched."),
        undo="undo {id}",
        expected=sync.expected + USUAL,
        again="enable",
        ask=Asking(Role.OPERATOR),
    )


def _switchable(reader: Reader, deployment: Deployment) -> Service:
    service = reader.service()
    if service.toggle_from_secret:
        raise OpsError(
            f"{deployment.variables.toggle} takes its value from Secret Manager, so I cannot "
            "switch it.",
            "Change the secret's value and deploy, or make it a plain variable.",
        )
    refuse_pinned(service)
    return service


def refuse_pinned(service: Service) -> None:
    """Refuse to change a service whose new revisions reach nobody.

    Raises:
        OpsError: its traffic is pinned.
    """
    if service.pinned:
        parts = ", ".join(f"{one.percent} % to {one.revision}" for one in service.traffic)
        raise OpsError(
            f"The traffic of {service.name} is pinned ({parts}), so a new revision would get "
            "none and nothing would change.",
            "Send the traffic to the latest revision first, then ask again.",
        )


def _set(service: Service, deployment: Deployment, value: str) -> SetServiceEnv:
    name = deployment.variables.toggle
    return SetServiceEnv(before={name: service.toggle}, after={name: value})


def _facts(service: Service, deployment: Deployment, value: str) -> dict[str, str]:
    return {
        "service": service.name,
        "revision now": service.latest_ready_revision,
        "variable": f"{_variable(service, deployment)} → {value}",
    }


def _variable(service: Service, deployment: Deployment) -> str:
    shown = "absent" if service.toggle is None else service.toggle
    return f"{deployment.variables.toggle}={shown}"
