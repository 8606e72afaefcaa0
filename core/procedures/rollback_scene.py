"""What a rollback is planned from: the versions that are kept, and everything that they touch."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TypeVar

from core.cache.consistency import CacheState, inspect_cache
from core.cache.inventory import Inventory
from core.cache.objects import DONE, StoredObject
from core.cloud import Reader
from core.errors import NotFound, OpsError
from core.executions import SyncJob
from core.inspection.versions import VersionRow, report_versions
from core.parallel import ask
from core.running import running_sync
from core.services import NightlyTrigger, Service

T = TypeVar("T")
_LOOKED_AT = 50
PREVIOUS = "previous"


@dataclass(frozen=True, slots=True)
class RollbackScene:
    """The cache as it is. `job`, `service` and `trigger` are None where they are not there.

    `running` names an unfinished execution of the sync job, if any; `older` counts the
    generations of the manifest beyond those in `rows`.
    """

    cache: CacheState
    rows: tuple[VersionRow, ...]
    older: int
    running: str
    job: SyncJob | None
    service: Service | None
    trigger: NightlyTrigger | None

    @property
    def live(self) -> Mapping[str, StoredObject]:
        """The live objects by name."""
        return self.cache.live

    @property
    def done(self) -> str | None:
        """What `.done` says."""
        return self.cache.done

    @property
    def version(self) -> str:
        """The version that the live manifest names, in words where there is none."""
        return self.cache.manifest.version if self.cache.manifest else "no version"

    @property
    def consistent_version(self) -> str:
        """The live version where the cache is consistent, so that one can come back to it."""
        whole = self.cache.manifest is not None and self.cache.consistency.consistent
        return self.version if whole else ""

    @property
    def restarts(self) -> bool:
        """Whether a new revision would make the service read the restored version."""
        return self.service is not None and not self.no_restart

    def restarted_on(self, version: str) -> bool:
        """Whether the service was changed after the marker of that version was written."""
        done = self.cache.live.get(DONE)
        changed = self.service.changed_at if self.service else None
        if done is None or changed is None:
            return False
        return self.done == version and changed > done.created_at

    @property
    def no_restart(self) -> str:
        """Why no new revision is made, where the service is there."""
        if self.service is None:
            return ""
        if not self.service.enabled:
            return (
                "The shared volume is off, so no new revision is made. `/cache enable` syncs "
                "first, which brings the job's own models back."
            )
        if self.service.pinned:
            return (
                "The traffic is pinned, so a new revision would get none and is not made: "
                "instances that run keep what they have loaded until they end."
            )
        return ""

    @property
    def service_told(self) -> str:
        """The service in a few words."""
        if self.service is None:
            return "not configured"
        volume = "on" if self.service.enabled else "off"
        pinned = ", traffic pinned" if self.service.pinned else ""
        return f"{self.service.latest_ready_revision}, volume {volume}{pinned}"


def look_around(reader: Reader, inventories: Mapping[str, Inventory]) -> RollbackScene:
    """Read everything at the same time.

    Raises:
        NotFound: there is no bucket.
        CloudError: something could not be read; nothing is planned from a part.
    """
    versions = ask("versions", lambda: report_versions(reader, inventories, _LOOKED_AT))
    running = ask("running sync", lambda: running_sync(reader))
    job = ask("job", lambda: _if_there(reader.job))
    service = ask("service", lambda: _if_there(reader.service))
    trigger = ask("nightly", lambda: _if_there(reader.nightly))
    cache = inspect_cache(reader)
    execution = running.answer()
    report = versions.answer()
    return RollbackScene(
        cache=cache,
        rows=report.rows,
        older=report.total - len(report.rows),
        running=execution.name if execution else "",
        job=job.answer(),
        service=service.answer(),
        trigger=trigger.answer(),
    )


def choose(wanted: str, scene: RollbackScene) -> VersionRow:
    """Find the version that is asked for; `previous` is the one before the present.

    Of several generations of the same version one that can be restored is taken.

    Raises:
        OpsError: there is none, or it cannot be told which it is.
    """
    full = [row for row in scene.rows if row.manifest and not row.stub]
    if wanted == PREVIOUS:
        present = scene.cache.manifest
        name = present.version if present and not present.stub else ""
        found = [row for row in full if row.version != name]
        found = [row for row in found if row.version == found[0].version]
        newer = [row for row in scene.rows if not found or row.written_at > found[0].written_at]
    else:
        found = [row for row in full if row.version == wanted]
        newer = [] if found else list(scene.rows)
    if unread := [row for row in newer if row.unread]:
        raise _cannot_tell(unread[0])
    if not found:
        raise _no_such_version(wanted, scene)
    return max(found, key=lambda row: row.restorability.restorable)


def _cannot_tell(row: VersionRow) -> OpsError:
    return OpsError(
        f"I cannot tell which version is meant: generation {row.generation} of manifest.json "
        f"could not be read. {row.unread}",
        "Try again in a moment, or name a version that `/cache versions` lists.",
        offers=("versions",),
    )


def _no_such_version(wanted: str, scene: RollbackScene) -> OpsError:
    restorable = [
        row.version for row in scene.rows if row.restorability.restorable and not row.current
    ]
    offers = tuple(f"rollback {version}" for version in dict.fromkeys(restorable))
    what = "earlier version" if wanted == PREVIOUS else f'version "{wanted[:40]}"'
    where = f"among the newest {len(scene.rows)} manifests" if scene.older else "in the bucket"
    return OpsError(
        f"There is no {what} {where}.",
        "`/cache versions` lists what can be restored.",
        offers=(*offers[:3], "versions"),
    )


def _if_there(read: Callable[[], T]) -> T | None:
    try:
        return read()
    except NotFound:
        return None
