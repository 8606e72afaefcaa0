"""Object lifecycle rules: which versions a bucket deletes by itself.

Conditions as docs.cloud.google.com/storage/docs/lifecycle describes them.
"""

from collections.abc import Sequence
from dataclasses import astuple, dataclass
from datetime import UTC, date, datetime, time, timedelta

from sandbox.cloud.versions import Version


@dataclass(frozen=True, slots=True)
class LifecycleRule:
    """Delete what meets all the conditions that are set.

    `num_newer_versions` counts newer versions with the live one among them, so 3 keeps the
    live version and two noncurrent ones. `is_live` None means either; days begin at midnight
    UTC.
    """

    age_days: int | None = None
    num_newer_versions: int | None = None
    matches_prefix: tuple[str, ...] = ()
    is_live: bool | None = None
    matches_suffix: tuple[str, ...] = ()
    created_before: date | None = None
    noncurrent_days: int | None = None
    noncurrent_before: date | None = None

    def __post_init__(self) -> None:
        if all(value is None or value == () for value in astuple(self)):
            raise ValueError("a lifecycle rule needs at least one condition")

    def applies(self, version: Version, newer_versions: int, now: datetime) -> bool:
        """Tell whether a version with that many newer ones is to be deleted now."""
        if self.num_newer_versions is not None and newer_versions < self.num_newer_versions:
            return False
        if self.matches_prefix and not version.name.startswith(self.matches_prefix):
            return False
        if self.matches_suffix and not version.name.endswith(self.matches_suffix):
            return False
        if self.is_live is not None and self.is_live != version.is_live:
            return False
        return self._is_old(version, now) and self._is_noncurrent(version, now)

    def _is_old(self, version: Version, now: datetime) -> bool:
        created = version.time_created
        if self.age_days is not None and now - created < timedelta(self.age_days):
            return False
        return self.created_before is None or created < _midnight(self.created_before)

    def _is_noncurrent(self, version: Version, now: datetime) -> bool:
        """Tell whether the conditions on the time that it became noncurrent, if any, hold."""
        if self.noncurrent_days is None and self.noncurrent_before is None:
            return True
        since = version.time_deleted
        if since is None:
            return False
        if self.noncurrent_days is not None and now - since < timedelta(self.noncurrent_days):
            return False
        return self.noncurrent_before is None or since < _midnight(self.noncurrent_before)


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


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(), UTC)
