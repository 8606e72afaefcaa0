"""What a chart shows, in a sentence: its title, and all that a screen reader gets of it."""

from collections import Counter
from collections.abc import Sequence
from datetime import date, timedelta
from itertools import pairwise
from statistics import median
from typing import assert_never

from core.executions import ExecutionState
from core.quantities import count_text, duration_text, share_text, size_text
from core.rates import reaches, wanted_text
from core.series.samples import HitCounts, SyncRun, day_of
from core.series.trends import ByteTrend, HitDay, HitTrend, SyncTrend

Chart = HitTrend | ByteTrend | SyncTrend
"""What can be drawn."""

SHOWN_RUNS = 20
_FALL = 0.05
"""From one day with startups to the next; less is ordinary."""

_TELLING = 10
"""Startups; today is no fall before it has as many, as its first one alone is all or nothing."""

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
    known = [one for one in _started(trend.days) if one is not None]
    if not known:
        return ""
    today, wanted = trend.days[-1].day, wanted_text(trend.target)
    day, counts = known[-1]
    low = [one for _, one in known if not _reaches(one, trend.target)]
    now = f"{'is' if day == today else 'was'} {_rate(counts)} {_on(day, today)}"
    if (fall := _fall(trend)) is not None:
        before, (on, after) = fall
        told = f"Hit rate fell from {rate_text(before)} to {_rate(after)} {_on(on, today)}"
        told += f"; {_misses(after)}"
        told += "" if on == day else f". It {now}"
    elif not _reaches(counts, trend.target):
        told = f"Hit rate {now}, below {wanted}; {_misses(counts)}"
    elif low:
        told = f"Hit rate {now}; it was below {wanted} on {len(low)} of"
        told += f" {count_text(len(known), 'day')} with startups"
    else:
        told = f"Hit rate never fell below {wanted}{_as_far_as_known(trend.days)}; it {now}"
    return f"{told}.{_gaps(trend.days)}"


def fall_of(trend: HitTrend) -> date | None:
    """Return the day of the fall that the finding tells of; None where it tells of none."""
    fall = _fall(trend)
    return None if fall is None else fall[1][0]


_Started = tuple[date, HitCounts]


def _started(days: Sequence[HitDay]) -> list[_Started | None]:
    """Return the days with startups; None stands for a day that nobody knows of."""
    return [
        None if one.counts is None else (one.day, one.counts)
        for one in days
        if one.counts is None or one.counts.startups
    ]


def _reaches(counts: HitCounts, target: float) -> bool:
    return reaches(counts.hits, counts.startups, target)


def _fall(trend: HitTrend) -> tuple[HitCounts, _Started] | None:
    """Return the steepest fall to below the target, after what it was; the last of equals.

    It leads from one day with startups to the next, and over no day that is unknown.
    """
    today = trend.days[-1].day
    falls = [
        (before[1].hits / before[1].startups - after[1].hits / after[1].startups, before[1], after)
        for before, after in pairwise(_started(trend.days))
        if before is not None
        and after is not None
        and not _reaches(after[1], trend.target)
        and (after[0] != today or after[1].startups >= _TELLING)
    ]
    steepest = max(reversed(falls), key=lambda fall: fall[0], default=None)
    return None if steepest is None or steepest[0] < _FALL else steepest[1:]


def _rate(counts: HitCounts) -> str:
    return f"{rate_text(counts)} ({counts.hits:,} of {counts.startups:,})"


def _on(day: date, today: date) -> str:
    return f"on {day_text(day)}{' so far' if day == today else ''}"


def _as_far_as_known(days: Sequence[HitDay]) -> str:
    known = sum(one.counts is not None for one in days)
    if known == len(days):
        return ""
    return " on the one day that is known" if known == 1 else f" on the {known} days that are known"


def _misses(counts: HitCounts) -> str:
    number = sum(counts.misses.values())
    told = f"{number:,} {'miss' if number == 1 else 'misses'}"
    ((reason, most), *others) = Counter(counts.misses).most_common()
    if not others:
        return f"{told}, {'all ' if number > 1 else ''}{reason_text(reason)}"
    return f"{told}, {most:,} of them {reason_text(reason)}"


def _gaps(days: Sequence[HitDay]) -> str:
    """Tell days that nobody knows of from those on which nothing started."""
    told = _unknown(sum(one.counts is None for one in days))
    idle = sum(one.idle for one in days)
    if not idle:
        return told
    said = f"no startups on {count_text(idle, 'day')}."
    return f"{told[:-1]}, {said}" if told else f" {said.capitalize()}"


def _unknown(days: int) -> str:
    return f" No data for {count_text(days, 'day')}." if days else ""


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
    elif reaches(held.counted, trend.capacity_bytes, trend.usage):
        told += f": above the {wanted_text(trend.usage)} line"
    more = held.counted - began.counted
    if first != last and more:
        told += f"; {size_text(abs(more))} {'more' if more > 0 else 'less'}"
        told += f" than on {day_text(first)}"
    told += "."
    if trend.reached_on is not None:
        told += f" At this pace it is full on {far_day_text(trend.reached_on, last)}."
    return told + _unknown(len(trend.days) - len(known))


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
    days = list(dict.fromkeys(day_text(day_of(run.at)) for run in runs))
    earlier = len(days) - _NAMED
    shown = ", ".join(days[-_NAMED:])
    return f"{shown} and {earlier} earlier" if earlier > 0 else shown
