"""What Cloud Run refuses in the labels, annotations and containers of an update.

Each refusal is INVALID_ARGUMENT and names the field.
"""

import re
from collections import Counter

import grpc

from sandbox.cloud.run_state import Resource
from sandbox.cloud.status import StatusError

# "... and they will be rejected": cloud.google.com/run/docs/reference/rpc/google.cloud.run.v2
_RESERVED = frozenset(
    {"run.googleapis.com", "cloud.googleapis.com", "serving.knative.dev", "autoscaling.knative.dev"}
)
_LABEL_VALUE = re.compile(r"[\w-]{0,63}")


def check_keys(wanted: Resource, current: Resource, where: str) -> None:
    """Refuse keys in the system's own namespaces, unless they stand there already."""
    for kind in ("labels", "annotations"):
        standing = getattr(current, kind)
        for key, value in getattr(wanted, kind).items():
            if key.partition("/")[0] in _RESERVED and standing.get(key) != value:
                raise _violation(
                    f"{where}.{kind}[{key}]", f"system {kind} are not supported in Cloud Run API v2"
                )
    for value in wanted.labels.values():
        if not _LABEL_VALUE.fullmatch(value) or value != value.lower():
            raise StatusError(
                grpc.StatusCode.INVALID_ARGUMENT,
                "labels: At least one label does not conform to GCP naming style. Label value "
                f"'{value}' violates format constraints. The value can only contain lowercase "
                "letters, numeric characters, underscores and dashes. The value can be at most 63 "
                "characters long. International characters are allowed.",
            )


def check_containers(template: Resource, where: str) -> None:
    """Refuse a template without a container, variables twice, mounts without their volume."""
    if not template.containers:
        raise _violation(f"{where}.containers", "must contain at least one container")
    volumes = {volume.name for volume in template.volumes}
    for index, container in enumerate(template.containers):
        path = f"{where}.containers[{index}]"
        if not container.image:
            raise _violation(f"{path}.image", "must not be empty")
        for name, count in Counter(variable.name for variable in container.env).items():
            if not name or count > 1:
                why = f"'{name}' occurs {count} times" if name else "must not be empty"
                raise _violation(f"{path}.env.name", why)
        for mount in container.volume_mounts:
            if mount.name not in volumes:
                raise _violation(
                    f"{path}.volume_mounts.name", f"there is no volume named '{mount.name}'"
                )


def _violation(where: str, why: str) -> StatusError:
    return StatusError(grpc.StatusCode.INVALID_ARGUMENT, f"Violation in {where}: {why}.")
