"""The versions that can be restored, and why one cannot."""

from collections.abc import Sequence

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
    rows = _one_each(report.rows)
    good = sum(row.restorability.restorable for row in rows)
    shown = count(len(rows), "version")
    more = report.total - len(report.rows)
    note = (Note((f"{count(more, 'older version')} not looked at.",)),) if more > 0 else ()
    return Card(
        "Cache versions",
        Mark.INFO,
        (f"{good} of the newest {shown} can be restored.",),
        (Bullets(tuple(map(_line, rows))), *note),
    )


def _one_each(rows: Sequence[VersionRow]) -> list[VersionRow]:
    """Show each version once: as it is live, else as it can be restored, else the newest.

    After a rollback the same version is there in several generations.
    """
    best: dict[str, VersionRow] = {}
    for row in rows:
        name = row.version if row.version and not row.stub else f"generation {row.generation}"
        known = best.setdefault(name, row)
        if (
            not known.current
            and not known.restorability.restorable
            and row.restorability.restorable
        ):
            best[name] = row
    return list(best.values())


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
