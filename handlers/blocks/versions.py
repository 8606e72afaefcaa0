"""The versions that can be restored, and why one cannot."""

from core.inspection.versions import VersionRow, VersionsReport
from handlers.blocks.card import Bullets, Card, Code, Line, Mark, Moment, Note, Span, Strong
from handlers.blocks.prose import prose
from handlers.blocks.quantities import count


def card_of_versions(report: VersionsReport) -> Card:
    """Render the generations of the manifest, newest first."""
    if not report.rows:
        return Card(
            "Cache versions",
            Mark.WARNING,
            prose("There is no version: no manifest was ever kept. `/cache sync` makes one."),
        )
    good = sum(row.restorability.restorable for row in report.rows)
    shown = count(len(report.rows), "version")
    more = report.total - len(report.rows)
    note = (Note((f"{count(more, 'older version')} not looked at.",)),) if more > 0 else ()
    return Card(
        "Cache versions",
        Mark.INFO,
        (f"{good} of the newest {shown} can be restored.",),
        (Bullets(tuple(map(_line, report.rows))), *note),
    )


def _line(row: VersionRow) -> Line:
    name: Span = Code(row.version) if row.version else f"generation {row.generation}"
    current = ", live now" if row.current else ""
    stub = ", a stub" if row.stub else ""
    can = "can be restored" if row.restorability.restorable else "cannot be restored"
    return (
        name,
        f"{current}{stub}, written ",
        Moment(row.written_at),
        ": ",
        Strong(can),
        ". ",
        *prose(row.restorability.why),
    )
