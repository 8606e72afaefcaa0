"""`/cache hits`."""

from dataclasses import replace
from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st

from core.inspection.hits import count_hits, report_hits
from core.signals import Startups
from tests.core.whole_cache import NOW, startups, whole_cache

_SINCE = NOW - timedelta(days=1)


def test_nine_hits_of_ten_are_ninety_percent() -> None:
    """Each startup counts once, however many lines it logged."""
    reader = replace(whole_cache(), starts=startups(hits=9, misses=1))
    report = report_hits(reader, _SINCE, NOW)
    assert (report.startups, report.hits, report.misses, report.rate) == (10, 9, 1, 0.9)
    assert reader.questions() == ["startups"]


def test_no_startups_are_no_data() -> None:
    """A window without startups has no rate: neither 0 % nor 100 %."""
    assert report_hits(replace(whole_cache(), starts=()), _SINCE, NOW).rate is None


def test_a_cut_sample_says_so() -> None:
    """Where only the newest part could be read, the report knows."""
    report = report_hits(replace(whole_cache(), starts_complete=False), _SINCE, NOW)
    assert not report.complete


@given(st.lists(st.sampled_from(["", "manifest_missing", "model_not_found", "hit"])))
def test_the_reasons_add_up_to_the_misses(kinds: list[str]) -> None:
    """Every miss has one reason, "unknown" where none was logged; most frequent first."""
    rows = tuple(
        replace(startups(1, 0)[0], hit=kind == "hit", miss_reason="" if kind == "hit" else kind)
        for kind in kinds
    )
    report = count_hits(Startups(_SINCE, NOW, rows))
    counts = [count for _, count in report.reasons]
    assert sum(counts) == report.misses == len([kind for kind in kinds if kind != "hit"])
    assert counts == sorted(counts, reverse=True)
    assert dict(report.reasons).get("unknown", 0) == kinds.count("")
