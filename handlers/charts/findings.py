"""What a chart shows, in a sentence: its title, and all that a screen reader gets of it."""

from collections import Counter
from collections.abc import Sequence
from datetime import date, timedelta
from itertools import pairwise
from statistics import median
from typing import assert_never

from core.executions import ExecutionState
from core.quantities import count_text, duration_text, share_text, size_text
from core.samples import HitCounts, SyncRun
from core.trends import ByteDay, ByteTrend, HitDay, HitTrend, SyncTrend

Chart = HitTrend | ByteTrend | SyncTrend
"""What can be drawn."""

SHOWN_RUNS = 20
_FALL = 0.05
"""From one day with startups to the next; less is ordinary."""

_NAMED = 3
_REASON = 28


def finding_of(chart: Chart) -> str:
    """State the finding; empty where there is nothing to draw."""
    match chart:
        case HitTrend():
            return _finding_of_hits(chart)
        case ByteTrend():
            return _finding_of_bytes(chart)
        case SyncTrend():
            return _finding_of_syncs(chart)
        case _:
            assert_never(chart)


def nothing_of(chart: Chart) -> str:
    """Say why there is no picture."""
    match chart:
        case HitTrend():
            return "There is no picture yet: no whole day with startups is known."
        case ByteTrend():
            return "There is no picture yet: no day's bytes are known."
        case SyncTrend():
            return "There is no picture yet: no sync has finished."
        case _:
            assert_never(chart)


def day_text(day: date) -> str:
    """Write a day as "22 Nov"."""
    return f"{day.day} {day:%b}"


def rate_text(counts: HitCounts) -> str:
    """Write a hit rate in whole percent, rounded down."""
    return f"{counts.hits * 100 // counts.startups} %"


def reason_text(reason: str) -> str:
    """Write a reason as a log line gave it, in one short line of letters that can be drawn."""
    line = "".join(letter if letter.isprintable() else " " for letter in reason)
    line = " ".join(line.split()) or "unknown"
    return line if len(line) <= _REASON else f"{line[: _REASON - 1]}\u2026"


def _finding_of_hits(trend: HitTrend) -> str:
    known = [(one.day, one.counts) for one in trend.days if one.counts and one.counts.startups]
    if not known:
        return ""
    target = f"{trend.target * 100:.0f} %"
    day, counts = known[-1]
    low = [one for _, one in known if not _reaches(one, trend.target)]
    fall = _fall(known, trend.target)
    if fall is not None:
        (_, before), (on, after) = fall
        told = f"Hit rate fell from {rate_text(before)} to {rate_text(after)} on {day_text(on)}"
        told += f"; {_misses(after)}"
        told += "" if on == day else f". It is {rate_text(counts)} on {day_text(day)}"
    elif not _reaches(counts, trend.target):
        told = f"Hit rate is {rate_text(counts)} on {day_text(day)}, below {target}"
        told += f"; {_misses(counts)}"
    elif low:
        told = f"Hit rate is {rate_text(counts)} on {day_text(day)}"
        told += f"; it was below {target} on {len(low)} of {count_text(len(known), 'day')}"
    else:
        told = f"Hit rate never fell below {target}; {rate_text(counts)} on {day_text(day)}"
    return f"{told}.{_gaps(trend.days)}"


def _reaches(counts: HitCounts, target: float) -> bool:
    return counts.hits >= target * counts.startups


def _fall(
    known: Sequence[tuple[date, HitCounts]], target: float
) -> tuple[tuple[date, HitCounts], tuple[date, HitCounts]] | None:
    """Return the steepest fall to below the target, with the day before it; the last of equals."""
    falls = [
        (before[1].hits / before[1].startups - after[1].hits / after[1].startups, before, after)
        for before, after in pairwise(known)
        if not _reaches(after[1], target)
    ]
    steepest = max(reversed(falls), key=lambda fall: fall[0], default=None)
    return None if steepest is None or steepest[0] < _FALL else steepest[1:]


def _misses(counts: HitCounts) -> str:
    number = sum(counts.misses.values())
    told = f"{number:,} {'miss' if number == 1 else 'misses'}"
    ((reason, most), *others) = Counter(counts.misses).most_common()
    if not others:
        return f"{told}, {'all ' if number > 1 else ''}{reason_text(reason)}"
    return f"{told}, {most:,} of them {reason_text(reason)}"


def _gaps(days: Sequence[HitDay] | Sequence[ByteDay]) -> str:
    gaps = sum((one.counts if isinstance(one, HitDay) else one.held) is None for one in days)
    return f" No data for {count_text(gaps, 'day')}." if gaps else ""


def _finding_of_bytes(trend: ByteTrend) -> str:
    known = [(one.day, one.held) for one in trend.days if one.held is not None]
    if not known:
        return ""
    (first, began), (last, held) = known[0], known[-1]
    share = share_text(held.counted, trend.capacity_bytes)
    told = f"{size_text(held.counted)} on {day_text(last)}, {share} of"
    told += f" {size_text(trend.capacity_bytes)}"
    if held.counted > trend.capacity_bytes:
        told += ": above the capacity"
    elif held.counted >= trend.usage * trend.capacity_bytes:
        told += f": above the {trend.usage * 100:.0f} % line"
    more = held.counted - began.counted
    if first != last and more:
        told += f"; {size_text(abs(more))} {'more' if more > 0 else 'less'}"
        told += f" than on {day_text(first)}"
    told += "."
    if trend.reached_on is not None:
        told += f" At this pace it is full on {far_day_text(trend.reached_on, last)}."
    return told + _gaps(trend.days)


def far_day_text(day: date, today: date) -> str:
    """Write a day with its year where that is another one."""
    return day_text(day) if day.year == today.year else f"{day_text(day)} {day.year}"


def _finding_of_syncs(trend: SyncTrend) -> str:
    runs = trend.runs[-SHOWN_RUNS:]
    if not runs:
        return ""
    good = [run for run in runs if run.state is ExecutionState.SUCCEEDED]
    failed = [run for run in runs if run.state is ExecutionState.FAILED]
    stopped = [run for run in runs if run.state is ExecutionState.CANCELLED]
    if len(good) == len(runs):
        told = f"The last {count_text(len(runs), 'sync')} succeeded"
        told = told if len(runs) > 1 else "The only sync succeeded"
    else:
        told = f"{len(good)} of {count_text(len(runs), 'sync')} succeeded"
    for ended, word in ((failed, "failed"), (stopped, "cancelled")):
        told += f", {len(ended)} {word} ({_days(ended)})" if ended else ""
    if not good:
        return f"{told}."
    usual = timedelta(seconds=median(run.took.total_seconds() for run in good))
    longest = max(run.took for run in good)
    return (
        f"{told}. A good one took {duration_text(usual)} as a rule,"
        f" {duration_text(longest)} at the most."
    )


def _days(runs: Sequence[SyncRun]) -> str:
    days = list(dict.fromkeys(day_text(run.at.date()) for run in runs))
    earlier = len(days) - _NAMED
    shown = ", ".join(days[-_NAMED:])
    return f"{shown} and {earlier} earlier" if earlier > 0 else shown
