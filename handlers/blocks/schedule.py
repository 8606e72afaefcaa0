"""The schedules: for each the last time and what came of it, the next one, and what was missed."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import assert_never
from zoneinfo import ZoneInfo

from core.inspection.schedule import Delivery, ScheduleReport, ScheduleRow
from core.schedules.schedule import REMEMBERED
from core.schedules.slots import KnownSlot, SlotState
from handlers.blocks.card import Card, Line, Mark, Note, Row, Rows
from handlers.blocks.prose import prose
from handlers.blocks.quantities import count, duration

_SEVERITY = (
    Mark.NOT_CONFIGURED,
    Mark.INFO,
    Mark.OK,
    Mark.RUNNING,
    Mark.WAITING,
    Mark.WARNING,
    Mark.FAILED,
)
_HEADLINES = {
    Mark.FAILED: "Something that was due did not go out.",
    Mark.WARNING: "Something was late, missed or not posted.",
    Mark.WAITING: "Something is tried again.",
}

_DELIVERED = {
    Delivery.NONE: (Mark.OK, "{when}"),
    Delivery.POSTED: (Mark.OK, "{when}, posted"),
    Delivery.WAITING: (Mark.WAITING, "made {when}, but not posted yet"),
    Delivery.REFUSED: (Mark.WARNING, "made {when}, but Slack does not take it"),
}
_TOO_LATE = timedelta(minutes=10)
"""From here on it is a warning; a restart is none."""

_NAMED = 5
"""So many missed ones are named."""


def card_of_schedule(report: ScheduleReport) -> Card:
    """Render the schedules; the worst row gives the card its mark."""
    rows = tuple(map(_row, report.rows))
    worst = max((row.mark for row in rows), key=_SEVERITY.index, default=Mark.INFO)
    zones = sorted({row.schedule.zone.key for row in report.rows})
    running = sum(not row.schedule.off for row in report.rows)
    told = (
        f"{count(running, 'schedule')} of {len(report.rows)} {'is' if running == 1 else 'are'} on."
    )
    return Card(
        "Schedules",
        worst if worst in _HEADLINES else Mark.OK if running else Mark.NOT_CONFIGURED,
        (" ".join(filter(None, (_HEADLINES.get(worst, ""), told))),),
        (Rows(rows), Note((f"Times are those of {' and '.join(zones)}.",))),
    )


def time_in(at: datetime, zone: ZoneInfo) -> str:
    """Write a time as the clocks of a zone show it; which zone that is, is said once for all."""
    return f"{at.astimezone(zone):%a %Y-%m-%d %H:%M}"


def times_in(missed: Sequence[KnownSlot], zone: ZoneInfo) -> str:
    """Name the newest of the slots that were missed, and say how many more there are."""
    named = ", ".join(time_in(one.slot.due, zone) for one in missed[:_NAMED])
    more = len(missed) - _NAMED
    if more <= 0:
        return named
    return f"{named} and {'at least ' if len(missed) >= REMEMBERED else ''}{more} more"


def _row(row: ScheduleRow) -> Row:
    schedule = row.schedule
    if schedule.off:
        return Row(
            Mark.NOT_CONFIGURED, schedule.name.heading, (f"Off: {schedule.off}",), _setting(row)
        )
    mark, last = _last(row)
    following = "never" if row.next_due is None else time_in(row.next_due, schedule.zone)
    line = [*last, f" Next: {following}."]
    if row.missed:
        mark = max(mark, Mark.WARNING, key=_SEVERITY.index)
        line.append(f" Missed: {times_in(row.missed, schedule.zone)}.")
    if row.left_out is not None:
        past = time_in(row.left_out, schedule.zone)
        line.append(f" Left out: {past}, which was past when it got its present times.")
    return Row(mark, schedule.name.heading, tuple(line), _next_step(row))


def _last(row: ScheduleRow) -> tuple[Mark, Line]:
    known = row.last
    if known is None:
        return Mark.INFO, ("It was never done." if row.missed else "It has not been due yet.",)
    due = f"Last: {time_in(known.slot.due, row.schedule.zone)}, "
    match known.state:
        case SlotState.RUNNING:
            return Mark.RUNNING, (due, "under way.")
        case SlotState.WAITING:
            return Mark.WAITING, (due, "tried again: ", *prose(_sentence(known)))
        case SlotState.FAILED:
            return Mark.FAILED, (due, "did not go out: ", *prose(_sentence(known)))
        case SlotState.DONE | SlotState.MISSED:
            mark, told = _DELIVERED[row.delivery]
            if known.late >= _TOO_LATE:
                mark = max(mark, Mark.WARNING, key=_SEVERITY.index)
            when = f"{duration(known.late)} late" if known.late else "on time"
            return mark, (due, *prose(f"{told.format(when=when)}: {known.outcome}."))
        case _:
            assert_never(known.state)


def _sentence(known: KnownSlot) -> str:
    return known.outcome if known.outcome.endswith((".", "!", "?")) else f"{known.outcome}."


def _next_step(row: ScheduleRow) -> Line:
    if row.delivery is Delivery.REFUSED:
        return prose(
            "Invite me to the channel of CACHEBOT_REPORT_CHANNEL: `/invite @cachebot`. I try again "
            "every few minutes."
        )
    if row.last is not None and row.last.state is SlotState.FAILED:
        return prose("Run /cache health to look now; my log has the rest.")
    return ()


def _setting(row: ScheduleRow) -> Line:
    return (f"Set it to have the {row.schedule.name.heading.lower()}.",)
