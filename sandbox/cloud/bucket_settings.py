"""What an administrator sets on a bucket."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from sandbox.cloud.lifecycle import DEFAULT_LIFECYCLE, LifecycleRule

DEFAULT_SOFT_DELETE_SECONDS = 604800


@dataclass(frozen=True, slots=True)
class BucketSettings:
    """The editable part of a bucket's resource; the defaults are the model cache's own."""

    location: str = "EUROPE-WEST1"
    versioning: bool = True
    lifecycle: tuple[LifecycleRule, ...] = DEFAULT_LIFECYCLE
    soft_delete_seconds: int = DEFAULT_SOFT_DELETE_SECONDS
    uniform_access: bool = True
    public_access_prevention: str = "inherited"
    labels: Mapping[str, str] = field(default_factory=dict)
