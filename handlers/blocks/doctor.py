"""The doctor's answer: what is missing with its next step, what is there."""

from collections import Counter

from core.inspection.doctor import DoctorReport, Need
from core.inspection.findings import Verdict
from handlers.blocks.card import Card, Code, Moment, Note, Part, Row, Rows
from handlers.blocks.health import MARKS, ORDER
from handlers.blocks.prose import prose
from handlers.blocks.quantities import count

_MEANING = {
    Verdict.OK: "I have what I need",
    Verdict.WARNING: "I work, but not everything that you may ask for will",
    Verdict.FAILING: "I lack something that I need",
    Verdict.UNKNOWN: "Not everything could be looked at",
    Verdict.NOT_CONFIGURED: "Nothing is configured",
}


def card_of_doctor(report: DoctorReport) -> Card:
    """Render what the bot needs; what is missing comes first, the worst of it before all."""
    ordered = sorted(report.needs, key=lambda need: ORDER.index(need.judgement.verdict))
    wrong = [need for need in ordered if need.judgement.verdict is not Verdict.OK]
    fine = [need for need in ordered if need.judgement.verdict is Verdict.OK]
    groups: list[Part] = [Rows(tuple(map(_row, group))) for group in (wrong, fine) if group]
    foot = Note(
        (
            "As of ",
            Moment(report.at),
            ". What only shows by doing it was not tried. ",
            Code("/cache health"),
            " judges the cache itself.",
        )
    )
    return Card("Doctor", MARKS[report.verdict], (f"{_sentence(report)}.",), (*groups, foot))


def _sentence(report: DoctorReport) -> str:
    counts = Counter(need.judgement.verdict for need in report.needs)
    told = [
        f"{counts[verdict]} {'ok' if verdict is Verdict.OK else verdict.value}"
        for verdict in ORDER
        if counts[verdict]
    ]
    looked = count(len(report.needs), "thing")
    return f"{_MEANING[report.verdict]}: of {looked} {', '.join(told)}"


def _row(need: Need) -> Row:
    judged = need.judgement
    return Row(MARKS[judged.verdict], need.title, prose(judged.why), prose(judged.next_step))
