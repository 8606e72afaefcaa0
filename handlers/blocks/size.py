"""The bytes of the bucket by folder and by kind, against the capacity."""

from core.inspection.size import Folder, FolderSize, SizeReport
from core.parallel import Unknown
from handlers.blocks.card import Card, Facts, Line, Mark, Moment, Note, Progress, Table
from handlers.blocks.pictures import parts_of_trend
from handlers.blocks.quantities import duration, percent, size

_FOLDERS = {
    Folder.OLLAMA: "ollama/",
    Folder.SBERT: "sbert/",
    Folder.TEMPORARY: ".tmp/",
    Folder.OTHER: "other",
}
_FOOTNOTE = "In brackets: how many objects. Live and noncurrent bytes count against the capacity."


def card_of_size(report: SizeReport) -> Card:
    """Render the bytes; live, noncurrent and soft-deleted are told apart."""
    held, capacity = size(report.counted_bytes), size(report.capacity_bytes)
    used = percent(report.counted_bytes, report.capacity_bytes)
    kinds = f"{size(report.live_bytes)} live and {size(report.noncurrent_bytes)} noncurrent"
    return Card(
        "Cache size",
        Mark.WARNING if report.share > 1 else Mark.INFO,
        (f"{held} are used, {used} of the planned {capacity}: {kinds}.",),
        (
            Progress(report.share, f"{held} of {capacity}", used),
            Table(("folder", "live", "noncurrent"), _rows(report)),
            Facts((("Soft-deleted", _soft_deleted(report)), ("Leftovers", _leftovers(report)))),
            *parts_of_trend(report.trend),
            Note(("As of ", Moment(report.at), f". {_FOOTNOTE}")),
        ),
    )


def _rows(report: SizeReport) -> tuple[tuple[str, ...], ...]:
    return tuple(_row(folder) for folder in report.folders)


def _row(folder: FolderSize) -> tuple[str, ...]:
    return (
        _FOLDERS[folder.folder],
        _bytes_of(folder.live_bytes, folder.live_objects),
        _bytes_of(folder.noncurrent_bytes, folder.noncurrent_objects),
    )


def _bytes_of(size_bytes: int, objects: int) -> str:
    return f"{size(size_bytes)} ({objects:,})"


def _soft_deleted(report: SizeReport) -> Line:
    known = report.soft_deleted_bytes
    if isinstance(known, Unknown):
        return (f"unknown: {known.reason}",)
    if not known.value:
        return ("none",)
    return (f"{size(known.value)}, billed until they expire, not counted",)


def _leftovers(report: SizeReport) -> Line:
    if report.oldest_temporary is None:
        return ("nothing under .tmp/",)
    return (f"the oldest under .tmp/ is {duration(report.oldest_temporary)} old",)
