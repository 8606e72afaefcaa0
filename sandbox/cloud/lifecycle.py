"""Object lifecycle rules: which versions a bucket deletes by itself, and how rules look in JSON.

Conditions as docs.cloud.google.com/storage/docs/lifecycle describes them.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sandbox.cloud.versions import Version


@dataclass(frozen=True, slots=True)
class LifecycleRule:
    """Delete what meets all the conditions that are set.

    `num_newer_versions` counts newer versions with the live one among them, so 3 keeps the
    live version and two noncurrent ones. `is_live` None means either.
    """

    age_days: int | None = None
    num_newer_versions: int | None = None
    matches_prefix: tuple[str, ...] = ()
    is_live: bool | None = None

    def __post_init__(self) -> None:
        if not self.condition():
            raise ValueError("a lifecycle rule needs at least one condition")

    def condition(self) -> dict[str, object]:
        """Return the rule's condition as the JSON API shows it."""
        conditions: dict[str, object] = {}
        if self.age_days is not None:
            conditions["age"] = self.age_days
        if self.is_live is not None:
            conditions["isLive"] = self.is_live
        if self.matches_prefix:
            conditions["matchesPrefix"] = list(self.matches_prefix)
        if self.num_newer_versions is not None:
            conditions["numNewerVersions"] = self.num_newer_versions
        return conditions

    def applies(self, version: Version, newer_versions: int, now: datetime) -> bool:
        """Tell whether a version with that many newer ones is to be deleted now."""
        if self.num_newer_versions is not None and newer_versions < self.num_newer_versions:
            return False
        if self.age_days is not None and now - version.time_created < timedelta(self.age_days):
            return False
        if self.matches_prefix and not version.name.startswith(self.matches_prefix):
            return False
        return self.is_live is None or self.is_live == version.is_live


DEFAULT_LIFECYCLE = (
    LifecycleRule(num_newer_versions=3),
    LifecycleRule(age_days=7, matches_prefix=(".tmp/", "tmp/")),
)


def due(
    rules: Sequence[LifecycleRule], timeline: Sequence[Version], now: datetime
) -> list[Version]:
    """Return the versions of one object (given oldest first) that the rules delete now."""
    newest = len(timeline) - 1
    return [
        version
        for index, version in enumerate(timeline)
        if any(rule.applies(version, newest - index, now) for rule in rules)
    ]


def lifecycle_resource(rules: Sequence[LifecycleRule]) -> dict[str, object]:
    """Return the `lifecycle` part of a bucket resource."""
    return {"rule": [{"action": {"type": "Delete"}, "condition": r.condition()} for r in rules]}
