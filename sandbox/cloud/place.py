"""Where things are in the pretend project: full resource names, made and read."""

import re
from dataclasses import dataclass

import grpc

from sandbox.cloud.status import StatusError

_ID = r"[^/]+"


@dataclass(frozen=True, slots=True)
class Place:
    """A region of a project; names may say the project by id or by number."""

    project: str = "sandbox-project"
    number: int = 123456789012
    region: str = "europe-west1"

    @property
    def parent(self) -> str:
        """The `projects/.../locations/...` that all resources of this region start with."""
        return f"projects/{self.project}/locations/{self.region}"

    def name(self, *segments: str) -> str:
        """Return the full name of a resource of this region."""
        return "/".join((self.parent, *segments))

    def account(self, short: str) -> str:
        """Return the email address of one of the project's service accounts."""
        return f"{short}@{self.project}.iam.gserviceaccount.com"

    def ids(self, name: str, *collections: str) -> tuple[str, ...]:
        """Read `.../jobs/a/executions/b` with collections jobs, executions as ("a", "b").

        Raises:
            StatusError: INVALID_ARGUMENT where the form is another, NOT_FOUND where it is a
                resource of another project or region.
        """
        tail = "".join(f"/{collection}/({_ID})" for collection in collections)
        found = re.fullmatch(f"projects/({_ID})/locations/({_ID}){tail}", name)
        if found is None:
            wanted = "".join(f"/{collection}/*" for collection in collections)
            raise StatusError(
                grpc.StatusCode.INVALID_ARGUMENT,
                f"Invalid resource name '{name}', expected projects/*/locations/*{wanted}.",
            )
        project, region, *ids = found.groups()
        if project not in {self.project, str(self.number)} or region != self.region:
            raise missing(ids[-1], collections[-1], region, project)
        return tuple(ids)

    def not_found(self, short: str, collection: str) -> StatusError:
        """Return Cloud Run's answer for a resource that does not exist here."""
        return missing(short, collection, self.region, self.project)


def missing(short: str, collection: str, region: str, project: str) -> StatusError:
    """Return NOT_FOUND in Cloud Run's words."""
    kind = collection.removesuffix("s").upper()
    return StatusError(
        grpc.StatusCode.NOT_FOUND,
        f"Resource '{short}' of kind '{kind}' in region '{region}' "
        f"in project '{project}' does not exist.",
    )
