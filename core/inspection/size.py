"""`/cache size`: the bytes of the bucket by folder and by kind, against the capacity."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from core.cache.model_files import is_file_in
from core.cache.objects import OLLAMA, SBERT, TEMPORARY, StoredObject, total_bytes
from core.cloud import Reader
from core.parallel import PATIENCE, Known, Reading, Unknown, ask
from core.series.samples import BytesHeld
from core.series.trends import ByteTrend


class Folder(StrEnum):
    """The parts of the bucket, by prefix; OTHER is everything else."""

    OLLAMA = OLLAMA
    SBERT = SBERT
    TEMPORARY = TEMPORARY
    OTHER = "other"


@dataclass(frozen=True, slots=True)
class FolderSize:
    """What one folder holds, live and noncurrent told apart."""

    folder: Folder
    live_bytes: int
    live_objects: int
    noncurrent_bytes: int
    noncurrent_objects: int


@dataclass(frozen=True, slots=True)
class SizeReport:
    """The bytes of the bucket. Live and noncurrent bytes count against the capacity.

    Soft-deleted bytes are billed too, but leave by themselves and cannot be freed earlier, so
    they are told apart and not counted; `soft_deleted_bytes` is unknown where they could not
    be listed. `oldest_temporary` is the age of the oldest file version under `.tmp/`.
    Source: cloud.google.com/storage/docs/soft-delete
    """

    at: datetime
    folders: tuple[FolderSize, ...]
    soft_deleted_bytes: Reading[int]
    capacity_bytes: int
    oldest_temporary: timedelta | None
    trend: ByteTrend | None = None

    @property
    def live_bytes(self) -> int:
        """Bytes that plain reads return."""
        return sum(folder.live_bytes for folder in self.folders)

    @property
    def noncurrent_bytes(self) -> int:
        """Bytes of replaced or deleted versions that versioning keeps."""
        return sum(folder.noncurrent_bytes for folder in self.folders)

    @property
    def counted_bytes(self) -> int:
        """What counts against the capacity."""
        return self.live_bytes + self.noncurrent_bytes

    @property
    def share(self) -> float:
        """The counted bytes as a share of the capacity; may exceed 1.0."""
        return self.counted_bytes / self.capacity_bytes

    @property
    def held(self) -> BytesHeld:
        """The bytes by kind."""
        dropped = self.soft_deleted_bytes
        known = dropped.value if isinstance(dropped, Known) else None
        return BytesHeld(self.live_bytes, self.noncurrent_bytes, known)


def report_size(
    reader: Reader, capacity_bytes: int, now: datetime, patience: timedelta = PATIENCE
) -> SizeReport:
    """List both kinds of versions at the same time. Raises NotFound where there is no bucket."""
    asked = ask("soft-deleted objects", reader.soft_deleted)
    objects = reader.objects()
    soft_deleted = asked.reading(patience)
    temporary = [now - one.created_at for one in objects if is_file_in(TEMPORARY, one.name)]
    return SizeReport(
        at=now,
        folders=measure_folders(objects),
        soft_deleted_bytes=_added_up(soft_deleted),
        capacity_bytes=capacity_bytes,
        oldest_temporary=max(temporary, default=None),
    )


def measure_folders(objects: Iterable[StoredObject]) -> tuple[FolderSize, ...]:
    """Add up every version by folder; each folder appears, even an empty one."""
    inside: dict[Folder, list[StoredObject]] = {folder: [] for folder in Folder}
    for one in objects:
        inside[folder_of(one.name)].append(one)
    return tuple(_measured(folder, versions) for folder, versions in inside.items())


def folder_of(name: str) -> Folder:
    """Return the folder that an object belongs to."""
    for folder in (Folder.OLLAMA, Folder.SBERT, Folder.TEMPORARY):
        if name.startswith(folder):
            return folder
    return Folder.OTHER


def _measured(folder: Folder, versions: Iterable[StoredObject]) -> FolderSize:
    live: list[StoredObject] = []
    noncurrent: list[StoredObject] = []
    for one in versions:
        (live if one.live else noncurrent).append(one)
    return FolderSize(
        folder, total_bytes(live), len(live), total_bytes(noncurrent), len(noncurrent)
    )


def _added_up(soft_deleted: Reading[Sequence[StoredObject]]) -> Reading[int]:
    if isinstance(soft_deleted, Unknown):
        return soft_deleted
    return Known(total_bytes(soft_deleted.value), soft_deleted.took)
