"""What each chart says: the sentence that is its title and its alternative text."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.series.samples import HitCounts
from core.series.trends import HitTrend
from handlers.charts.findings import Chart, finding_of, nothing_of, reason_text
from tests.handlers.charts.trends import TRENDS, hits

FINDINGS = {
    "hits_fell": "Hit rate fell from 97 % to 71 % (30 of 42) on 22 Nov; 12 misses, all"
    " model_not_found. It is 94 % (18 of 19) on 23 Nov so far.",
    "hits_below": "Hit rate is 80 % (12 of 15) on 23 Nov so far, below 90 %; 3 misses, 2 of them"
    " model_not_found. No data for 3 days, no startups on 1 day.",
    "hits_gaps": "Hit rate is 100 % (9 of 9) on 23 Nov so far; it was below 90 % on 2 of 8 days"
    " with startups. No data for 5 days, no startups on 1 day.",
    "hits_first_minutes": "Hit rate is 0 % (0 of 1) on 23 Nov so far, below 90 %; 1 miss,"
    " model_not_found.",
    "hits_unknown_days": "Hit rate never fell below 90 % on the 4 days that are known; it was"
    " 100 % (31 of 31) on 22 Nov. No data for 3 days, no startups on 1 day.",
    "hits_one_known": "Hit rate never fell below 90 % on the one day that is known; it was"
    " 96 % (24 of 25) on 22 Nov. No data for 1 day.",
    "hits_weekend": "Hit rate fell from 100 % to 50 % (10 of 20) on 23 Nov so far; 10 misses,"
    " all x. No startups on 2 days.",
    "hits_twice_as_low": "Hit rate fell from 100 % to 85 % (17 of 20) on 20 Nov; 3 misses, all x."
    " It is 100 % (20 of 20) on 23 Nov so far. No startups on 1 day.",
    "hits_one_day": "Hit rate never fell below 90 %; it is 100 % (7 of 7) on 23 Nov so far.",
    "hits_week": "Hit rate never fell below 90 %; it is 100 % (40 of 40) on 23 Nov so far.",
    "hits_fell_last": "Hit rate fell from 100 % to 50 % (20 of 40) on 22 Nov; 20 misses, all x."
    " It is 100 % (40 of 40) on 23 Nov so far.",
    "hits_dip_last": "Hit rate fell from 100 % to 87 % (35 of 40) on 22 Nov; 5 misses, all x."
    " It is 90 % (36 of 40) on 23 Nov so far.",
    "hits_fell_first": "Hit rate is 100 % (40 of 40) on 23 Nov so far; it was below 90 % on 1 of"
    " 14 days with startups.",
    "hits_none": "",
    "bytes_fills": "8.8 GB on 23 Nov, 87.8 % of 10.0 GB: above the 80 % line; 4.0 GB more than"
    " on 4 Nov. At this pace it is full on 28 Nov.",
    "bytes_gaps": "5.6 GB on 23 Nov, 56 % of 10.0 GB; 200.0 MB less than on 15 Nov."
    " No data for 5 days.",
    "bytes_over": "11.4 GB on 23 Nov, 114 % of 10.0 GB: above the capacity; 2.8 GB more than"
    " on 16 Nov.",
    "bytes_one_day": "3.6 GB on 23 Nov, 36 % of 10.0 GB.",
    "bytes_dropped": "4.9 GB on 23 Nov, 49 % of 10.0 GB; 300.0 MB more than on 8 Nov.",
    "bytes_dropped_before": "4.6 GB on 23 Nov, 46 % of 10.0 GB.",
    "bytes_dropped_fills": "8.8 GB on 23 Nov, 88 % of 10.0 GB: above the 80 % line; 2.2 GB more"
    " than on 12 Nov. At this pace it is full on 29 Nov.",
    "bytes_far": "7.9 GB on 23 Nov, 79 % of 10.0 GB; 1.3 GB more than on 10 Nov. At this pace it"
    " is full on 14 Dec.",
    "bytes_flood": "47.6 GB on 23 Nov, 476 % of 10.0 GB: above the capacity; 8.0 GB more than on"
    " 15 Nov.",
    "bytes_young": "8.9 GB on 23 Nov, 89 % of 10.0 GB: above the 80 % line; 900.0 MB more than on"
    " 21 Nov. At this pace it is full on 25 Nov.",
    "bytes_none": "",
    "syncs_mixed": "5 of 8 syncs succeeded, 2 failed (19 Nov, 20 Nov), 1 cancelled (22 Nov)."
    " A good one took 7 min 24 s as a rule, 8 min 12 s at the most.",
    "syncs_good": "The last 20 syncs succeeded. A good one took 8 min as a rule, 9 min at the"
    " most.",
    "syncs_failing": "0 of 5 syncs succeeded, 5 failed (21 Nov, 22 Nov, 23 Nov and 2 earlier).",
    "syncs_one": "The only sync succeeded. A good one took 6 s as a rule, 6 s at the most.",
    "syncs_often": "The last 20 syncs succeeded. A good one took 7 min 30 s as a rule,"
    " 7 min 30 s at the most.",
    "syncs_bursts": "The last 20 syncs succeeded. A good one took 3 min as a rule, 3 min at the"
    " most.",
    "syncs_none": "",
}


@pytest.mark.parametrize("name", TRENDS)
def test_a_finding_says_what_the_chart_shows(name: str) -> None:
    """In one or two sentences, with its numbers and days; nothing where there is no data."""
    assert finding_of(TRENDS[name]) == FINDINGS[name]


@pytest.mark.parametrize("chart", [one for name, one in TRENDS.items() if name.endswith("_none")])
def test_where_there_is_no_data_a_sentence_says_so(chart: Chart) -> None:
    """A chart without a point would look like a zero."""
    assert nothing_of(chart).startswith("There is no picture yet: ")


_counts = st.none() | st.builds(
    HitCounts, st.integers(0, 500), st.dictionaries(st.text(max_size=40), st.integers(1, 99))
)


@given(st.lists(_counts, min_size=1, max_size=14))
def test_no_hit_rate_is_rounded_up(days: list[HitCounts | None]) -> None:
    """A rate of 89.9 % never reads 90 %, and the sentence is short whatever the logs hold."""
    base = hits(*[(1, {})] * len(days))
    series = tuple(replace(day, counts=counts) for day, counts in zip(base.days, days, strict=True))
    told = finding_of(HitTrend(series, 0.9))
    known = [counts for counts in days if counts is not None and counts.startups]
    assert bool(told) == bool(known)
    assert len(told) < 250
    if known:
        assert f"{known[-1].hits * 100 // known[-1].startups} %" in told


@given(st.text())
def test_a_reason_is_one_short_line(reason: str) -> None:
    """Whatever a log line held."""
    told = reason_text(reason)
    assert 0 < len(told) <= 28
    assert told.isprintable()
