"""The health report: the verdict in one sentence, what is wrong with its next step, what is ok."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import timedelta

from core.inspection.findings import Finding, Verdict
from core.procedures.health import HealthReport
from handlers.blocks.card import Card, Mark, Moment, Note, Part, Row, Rows
from handlers.blocks.prose import prose
from handlers.blocks.quantities import count

MARKS = {
    Verdict.OK: Mark.OK,
    Verdict.WARNING: Mark.WARNING,
    Verdict.FAILING: Mark.FAILING,
    Verdict.NOT_CONFIGURED: Mark.NOT_CONFIGURED,
    Verdict.UNKNOWN: Mark.UNKNOWN,
}

ORDER = (
    Verdict.FAILING,
    Verdict.UNKNOWN,
    Verdict.WARNING,
    Verdict.NOT_CONFIGURED,
    Verdict.OK,
)
_MEANING = {
    Verdict.OK: "The cache is healthy",
    Verdict.WARNING: "The cache works, but something needs attention",
    Verdict.FAILING: "The cache is not right",
    Verdict.UNKNOWN: "Not everything could be looked at",
    Verdict.NOT_CONFIGURED: "Nothing here is configured",
}
_SAID = {
    Verdict.FAILING: ("fails", "fail"),
    Verdict.UNKNOWN: ("could not be answered", "could not be answered"),
    Verdict.WARNING: ("warns", "warn"),
    Verdict.NOT_CONFIGURED: ("is not configured", "are not configured"),
    Verdict.OK: ("is ok", "are ok"),
}


def card_of_health(report: HealthReport) -> Card:
    """Render a health report; what needs somebody comes first, what is ok is one line each."""
    ordered = worst_first(report.findings)
    wrong = [finding for finding in ordered if finding.verdict is not Verdict.OK]
    fine = [finding for finding in ordered if finding.verdict is Verdict.OK]
    groups: list[Part] = [rows_of_findings(group) for group in (wrong, fine) if group]
    return Card(
        "Cache health",
        MARKS[report.verdict],
        (sentence_of(report),),
        (*groups, _footnote(report)),
    )


def rows_of_findings(findings: Sequence[Finding]) -> Rows:
    """Render checks with their next steps, but no step that a row above says already.

    One fault shows in many checks.
    """
    said: set[str] = set()
    rows: list[Row] = []
    for finding in findings:
        again = finding.next_step in said
        said.add(finding.next_step)
        rows.append(row_of_finding(replace(finding, next_step="") if again else finding))
    return Rows(tuple(rows))


def worst_first(findings: Iterable[Finding]) -> list[Finding]:
    """Sort by what needs somebody soonest."""
    return sorted(findings, key=lambda finding: ORDER.index(finding.verdict))


def sentence_of(report: HealthReport) -> str:
    """Say how all the checks stand, in one sentence."""
    counts = Counter(finding.verdict for finding in report.findings)
    total = count(len(report.findings), "check")
    if counts[Verdict.OK] == len(report.findings) > 0:
        return f"{_MEANING[report.verdict]}: all {total} are ok."
    order = sorted(ORDER, key=lambda verdict: verdict is not report.verdict)
    first, *rest = [_counted(verdict, counts[verdict]) for verdict in order if counts[verdict]]
    number, said = first.split(" ", 1)
    return f"{_MEANING[report.verdict]}: {', '.join((f'{number} of {total} {said}', *rest))}."


def _counted(verdict: Verdict, number: int) -> str:
    one, several = _SAID[verdict]
    return f"{number} {one if number == 1 else several}"


def row_of_finding(finding: Finding) -> Row:
    """Render one check with its next step."""
    return Row(MARKS[finding.verdict], finding.title, prose(finding.why), prose(finding.next_step))


def _footnote(report: HealthReport) -> Note:
    took = f"read in {_seconds(report.took)}"
    slowest = max(report.findings, key=lambda finding: finding.took, default=None)
    told = f"; slowest: {slowest.title}, {_seconds(slowest.took)}" if slowest else ""
    return Note(("As of ", Moment(report.at), f", {took}{told}."))


def _seconds(took: timedelta) -> str:
    return f"{took.total_seconds():.1f} s"
