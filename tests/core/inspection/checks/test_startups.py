"""The check of the hit rate."""

from dataclasses import replace

import pytest

from core.errors import QuotaExceeded
from core.inspection.checks.startups import check_hits
from core.inspection.findings import Verdict
from tests.core.whole_cache import MEASURE, judged, startups, whole_cache


@pytest.mark.parametrize(
    ("hits", "misses", "verdict", "start"),
    [
        (10, 0, Verdict.OK, "100 %: 10 of 10 startups"),
        (9, 1, Verdict.OK, "90 %: 9 of 10 startups"),
        (8, 1, Verdict.WARNING, "88.8 %: 8 of 9 startups"),
        (1, 9, Verdict.WARNING, "10 %: 1 of 10 startups"),
        (0, 1, Verdict.WARNING, "0 %: 0 of 1 startup in"),
        (0, 2, Verdict.WARNING, "0 %: 0 of 2 startups"),
        (0, 3, Verdict.FAILING, "0 %: 0 of 3 startups"),
    ],
)
def test_the_rate_is_judged_with_its_sample(
    hits: int, misses: int, verdict: Verdict, start: str
) -> None:
    """90 % is enough, less warns, none of a telling sample fails; misses come with reasons."""
    judgement = judged(check_hits, replace(whole_cache(), starts=startups(hits, misses)))
    assert judgement.verdict is verdict
    assert judgement.why.startswith(start)
    assert (f"Misses: {misses} model_not_found." in judgement.why) is bool(misses)


def test_a_rate_that_is_just_what_is_wanted_is_ok() -> None:
    """Whatever the wanted rate is as a float."""
    wanted = replace(MEASURE, expectations=replace(MEASURE.expectations, hit_rate=0.55))
    judgement = judged(check_hits, replace(whole_cache(), starts=startups(55, 45)), wanted)
    assert judgement.verdict is Verdict.OK


def test_no_startups_are_no_data_and_nothing_wrong() -> None:
    """An idle window is ok and claims no rate at all."""
    judgement = judged(check_hits, replace(whole_cache(), starts=()))
    assert judgement.verdict is Verdict.OK
    assert judgement.why.startswith("No data: ")
    assert "%" not in judgement.why


def test_a_cut_sample_is_said_to_be_cut() -> None:
    """Where not all of the window was read, the line says so."""
    judgement = judged(check_hits, replace(whole_cache(), starts_complete=False))
    assert "(only the newest part could be read)" in judgement.why


def test_unreadable_logs_are_raised() -> None:
    """Only logs that cannot be read leave the rate unknown; the report says why."""
    reader = replace(whole_cache(), errors={"startups": QuotaExceeded("too many")})
    with pytest.raises(QuotaExceeded):
        judged(check_hits, reader)
