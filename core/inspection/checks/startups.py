"""The check of the hit rate."""

from core.inspection.findings import Judgement, Scene, Verdict
from core.inspection.hits import HitsReport, report_hits
from core.quantities import count_text, share_text, window_text
from core.rates import reaches

_TELLING_SAMPLE = 3
"""Fewer misses than this in a row may be one bad instance, not a broken cache."""


def check_hits(scene: Scene) -> Judgement:
    """Judge the hit rate of the window.

    A window without startups is no data: it is neither 0 % nor 100 %, and it is ok because
    an idle service is nothing wrong. Only logs that cannot be read make it unknown.
    """
    report = report_hits(scene.reader, scene.since, scene.now)
    window = window_text(scene.now - scene.since)
    if report.rate is None:
        return Judgement(
            Verdict.OK, f"No data: nothing started with the shared volume in the last {window}."
        )
    cut = "" if report.complete else " (only the newest part could be read)"
    why = (
        f"{share_text(report.hits, report.startups)}: {report.hits} of"
        f" {count_text(report.startups, 'startup')} in the last {window} hit{cut}.{_misses(report)}"
    )
    if reaches(report.hits, report.startups, scene.expectations.hit_rate):
        return Judgement(Verdict.OK, why)
    step = "Look at /cache models and /cache hits 7d; /cache sync repairs the cache."
    if report.hits == 0 and report.startups >= _TELLING_SAMPLE:
        return Judgement(Verdict.FAILING, why, step)
    return Judgement(Verdict.WARNING, why, step)


def _misses(report: HitsReport) -> str:
    if not report.reasons:
        return ""
    listed = ", ".join(f"{count} {reason}" for reason, count in report.reasons)
    return f" Misses: {listed}."
