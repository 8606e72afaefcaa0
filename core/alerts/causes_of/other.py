"""Incidents of policies that are not known: a look at the cache as a whole, and no cause."""

from datetime import timedelta

from core.alerts.causes import Diagnosis
from core.alerts.causes_of.facts import Case
from core.alerts.incidents import Notice, Source
from core.inspection.findings import Finding, Verdict
from core.procedures.health import HealthReport, report_health
from core.quantities import count_text

_WINDOW = timedelta(days=1)
_WRONG = (Verdict.FAILING, Verdict.WARNING)


def diagnose_other(case: Case) -> Diagnosis:
    """Tell how the cache stands, without a word on what opened the incident."""
    report = report_health(case.reader, case, _WINDOW, case.now)
    wrong = sorted(_those(report, *_WRONG), key=lambda one: _WRONG.index(one.verdict))
    return Diagnosis(
        cause=f"{_unknown(case.known.notice)} {_stands(report, len(wrong))}",
        evidence=tuple(_told(one) for one in wrong),
        unchecked=tuple(_told(one) for one in _those(report, Verdict.UNKNOWN)),
        offers=("health",),
    )


def _unknown(notice: Notice) -> str:
    """Say that the causes are not known; of a message, whose words may be about anything, why."""
    if notice.source is Source.CHANNEL:
        return (
            "This message is no alert that I know: I look for the causes of those about the hit "
            "rate, failed syncs and the size of the bucket."
        )
    return f"{notice.policy or 'This policy'} is no policy that I know the causes of."


def _stands(report: HealthReport, wrong: int) -> str:
    if wrong:
        need = "needs" if wrong == 1 else "need"
        return f"{count_text(wrong, 'check')} of the cache {need} attention."
    if report.verdict is Verdict.UNKNOWN:
        return "Nothing is wrong with the cache, as far as it could be read."
    return "The cache itself is healthy."


def _those(report: HealthReport, *verdicts: Verdict) -> list[Finding]:
    return [one for one in report.findings if one.verdict in verdicts]


def _told(finding: Finding) -> str:
    return f"{finding.title}: {finding.why}"
