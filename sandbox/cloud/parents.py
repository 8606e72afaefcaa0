"""The project that Logging and Monitoring requests name as their parent."""

import grpc

from sandbox.cloud.place import Place
from sandbox.cloud.status import StatusError


def check_project(name: str, place: Place) -> None:
    """Accept `projects/P`, by id or by number, of the pretend project only.

    Raises:
        StatusError: INVALID_ARGUMENT where the form is another, PERMISSION_DENIED where it
            is another project, as for one that the caller may not see.
    """
    collection, _, project = name.partition("/")
    if collection != "projects" or not project or "/" in project:
        raise StatusError(
            grpc.StatusCode.INVALID_ARGUMENT,
            f"Name must be projects/PROJECT_ID, others are not supported: {name!r}.",
        )
    if project not in {place.project, str(place.number)}:
        raise StatusError(
            grpc.StatusCode.PERMISSION_DENIED,
            f"Permission denied on {name} (or it may not exist).",
        )
