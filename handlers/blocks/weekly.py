"""The weekly report: the verdict, what has changed, what is not ok with its next step, pictures."""

from collections import Counter, defaultdict
from collections.abc import Sequence

from core.executions import ExecutionState
from core.inspection.findings import Verdict
from core.inspection.hits import HitsReport
from core.inspection.weekly import EXECUTIONS, WeekBefore, WeeklyReport
from core.operations import Operation, OperationState
from core.parallel import Reading, Unknown
from core.series.samples import SyncRun
from handlers.blocks.card import Card, Code, Facts, Line, Moment, Note, Part, Person
from handlers.blocks.health import MARKS, rows_of_findings, sentence_of, worst_first
from handlers.blocks.pictures import parts_of_trend
from handlers.blocks.quantities import count, percent, share, size

_UNKNOWN_BEFORE = "the week before is unknown"
_PEOPLE = 10
_UNDER_WAY = "not over yet"


def card_of_weekly(report: WeeklyReport) -> Card:
    """Render the week; each change is set against the week before, where that is known."""
    health = report.health
    wrong = [one for one in worst_first(health.findings) if one.verdict is not Verdict.OK]
    fine = [one.title for one in health.findings if one.verdict is Verdict.OK]
    parts: list[Part] = [
        Facts(
            (
                ("Hit rate", (_hits(report.hits, report.before),)),
                ("Size", (_size(report),)),
                ("Syncs", (_syncs(report),)),
                ("Versions", _versions(report)),
                ("Operations", _operations(report.operations)),
            )
        )
    ]
    if wrong:
        parts.append(rows_of_findings(wrong))
    if fine:
        parts.append(Note((f"Ok: {', '.join(fine)}.",)))
    for reading in (report.hits, report.size, report.history):
        if not isinstance(reading, Unknown):
            parts.extend(parts_of_trend(reading.value.trend))
    parts.append(Note(("The week from ", Moment(report.since), " to ", Moment(report.at), ".")))
    return Card(
        "Weekly report of the model cache",
        MARKS[report.verdict],
        (sentence_of(health),),
        tuple(parts),
    )


def _hits(reading: Reading[HitsReport], before: WeekBefore) -> str:
    if isinstance(reading, Unknown):
        return f"unknown: {reading.reason}"
    hits = reading.value
    told = share(hits.hits, hits.startups, "startup")
    if not hits.complete:
        return f"{told}, of the newest part of the week only: there were too many to read them all."
    return f"{told}; {_hits_before(before)}."


def _hits_before(before: WeekBefore) -> str:
    if before.hits is None:
        return _UNKNOWN_BEFORE
    if not before.hits.startups:
        return "nothing started in the week before"
    days = "" if before.hit_days == 7 else f", of {count(before.hit_days, 'day')} that are known"
    return f"{percent(before.hits.hits, before.hits.startups)} in the week before{days}"


def _size(report: WeeklyReport) -> str:
    if isinstance(report.size, Unknown):
        return f"unknown: {report.size.reason}"
    now, before = report.size.value, report.before.held
    used = percent(now.counted_bytes, now.capacity_bytes)
    told = f"{size(now.counted_bytes)}, {used} of {size(now.capacity_bytes)}"
    if before is None:
        return f"{told}; {_UNKNOWN_BEFORE}."
    more = now.counted_bytes - before.counted
    if not more:
        return f"{told}; as much as a week ago."
    return f"{told}; {size(abs(more))} {'more' if more > 0 else 'less'} than a week ago."


def _syncs(report: WeeklyReport) -> str:
    if report.syncs is None:
        if isinstance(report.history, Unknown):
            return f"unknown: {report.history.reason}"
        return f"unknown: there were more than {EXECUTIONS}; /cache history shows the newest."
    told = _ended(report.syncs)
    before = report.before.syncs
    if before is None:
        return f"{told}; {_UNKNOWN_BEFORE}."
    return f"{told}; {_ended(before)} in the week before."


def _ended(runs: Sequence[SyncRun]) -> str:
    if not runs:
        return "none"
    states = Counter(run.state for run in runs)
    good = f"{states[ExecutionState.SUCCEEDED]} good"
    others = (ExecutionState.FAILED, ExecutionState.CANCELLED)
    return ", ".join([good, *(f"{states[one]} {one.value}" for one in others if states[one])])


def _versions(report: WeeklyReport) -> Line:
    before = report.before.version
    if not report.versions:
        return ("unknown.",)
    newest, earlier = Code(report.versions[-1]), [Code(one) for one in report.versions[:-1]]
    if not before and not earlier:
        return (newest, f"; {_UNKNOWN_BEFORE}.")
    if before == newest.text and not earlier:
        return (newest, ", as a week ago.")
    line: list[str | Code] = [newest]
    for one in reversed(earlier[-3:]):
        line += [", before it ", one]
    if before and before not in report.versions:
        line += [", a week ago ", Code(before)]
    return (*line, ".")


def _operations(operations: Sequence[Operation]) -> Line:
    if not operations:
        return ("none.",)
    asked: defaultdict[tuple[str, str, str], list[OperationState]] = defaultdict(list)
    for one in operations:
        asked[one.actor.user_id, one.actor.name, one.plan.verb].append(one.state)
    often = sorted(asked.items(), key=lambda item: len(item[1]), reverse=True)
    line: list[str | Person] = []
    for (user_id, name, verb), states in often[:_PEOPLE]:
        times = f" {count(len(states), 'time')}" if len(states) > 1 else ""
        line += [f"{', ' if line else ''}{verb}{times} by ", Person(user_id, name), _became(states)]
    left = len(often) - _PEOPLE
    return (*line, f" and {left} more." if left > 0 else ".")


def _became(states: Sequence[OperationState]) -> str:
    """Say which of the operations did not end well, or not yet; nothing where all are done."""
    counted = Counter(state.value if state.finished else _UNDER_WAY for state in states)
    del counted[OperationState.DONE.value]
    ordered = sorted(counted.items(), key=lambda item: (item[0] == _UNDER_WAY, item[0]))
    if not ordered:
        return ""
    if len(states) == 1:
        return f" ({ordered[0][0]})"
    return f" ({', '.join(f'{number} {word}' for word, number in ordered)})"
