"""The check of the service: its switch, its readiness, its traffic and its mount."""

from collections.abc import Iterator

from core.errors import NotFound
from core.inspection.findings import Judgement, Scene, Verdict, combined
from core.services import Service


def check_service(scene: Scene) -> Judgement:
    """Judge whether the newest revision serves, and uses the shared volume."""
    try:
        service = scene.reader.service()
    except NotFound:
        return Judgement(
            Verdict.NOT_CONFIGURED,
            f"There is no service {scene.deployment.service} in {scene.deployment.region}.",
            "Check the name of the service in the bot's settings.",
        )
    found = [*_serving(service), *_switch(service, scene)]
    if found:
        return combined(found)
    return Judgement(
        Verdict.OK,
        f"{service.latest_ready_revision} is ready with all of the traffic, shared volume on.",
    )


def _serving(service: Service) -> Iterator[Judgement]:
    if not service.ready:
        message = service.message.rstrip(".") or "a change is still being rolled out"
        yield Judgement(
            Verdict.FAILING, f"It is not ready: {message}.", "Look at /cache logs service errors."
        )
    if service.pinned:
        yield Judgement(
            Verdict.WARNING,
            "Its traffic is pinned to a revision, so a new one would get none.",
            "Send traffic to the latest revision in Cloud Run.",
        )
    elif service.ready and not service.serving_latest:
        yield Judgement(
            Verdict.WARNING,
            f"{service.latest_created_revision} does not get all of the traffic.",
            "Send traffic to the latest revision in Cloud Run.",
        )


def _switch(service: Service, scene: Scene) -> Iterator[Judgement]:
    name = scene.deployment.variables.toggle
    if service.toggle_from_secret:
        yield Judgement(
            Verdict.UNKNOWN,
            f"{name} comes from a secret, so it is not known whether the shared volume is on.",
            f"Set {name} as a plain value, so that the bot can read and change it.",
        )
        return
    if not service.enabled:
        said = "is not set" if service.toggle is None else f'is "{service.toggle}"'
        yield Judgement(
            Verdict.WARNING,
            f"The shared volume is off ({name} {said}): each start downloads its models itself.",
            "Run /cache enable.",
        )
        return
    if service.mounts_bucket != scene.deployment.bucket:
        mounts = service.mounts_bucket or "no bucket"
        yield Judgement(
            Verdict.WARNING,
            f"It mounts {mounts}, not {scene.deployment.bucket}.",
            "Check the volumes of the service and the bot's bucket setting.",
        )
