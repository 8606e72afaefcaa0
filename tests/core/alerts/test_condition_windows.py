"""Properties of reading a condition's window: it is told only where there is one."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.alerts.condition_windows import window_of

_HITS = "increase(hits[1h])"
_ANY = st.recursive(
    st.none() | st.integers() | st.text() | st.sampled_from(["60s", "[5m]", "99999999s"]),
    lambda inner: (
        st.lists(inner)
        | st.dictionaries(st.sampled_from(["query", "aggregations", "alignmentPeriod"]), inner)
    ),
    max_leaves=8,
)


def threshold(*periods: object) -> dict[str, object]:
    """Return a condition on a threshold, with these alignment periods."""
    parts = [{"alignmentPeriod": one} for one in periods]
    return {"name": "c", "conditionThreshold": {"filter": "f", "aggregations": parts}}


def promql(query: str) -> dict[str, object]:
    """Return a condition in PromQL."""
    return {"conditionPrometheusQueryLanguage": {"query": query}}


@pytest.mark.parametrize(
    ("condition", "window"),
    [
        (threshold("90000s"), timedelta(hours=25)),
        (threshold("3600.000s", "3600s"), timedelta(hours=1)),
        (promql(f"{_HITS} / ({_HITS} + increase(misses[1h])) < 0.9"), timedelta(hours=1)),
        (promql("max_over_time(bytes[30m:1m]) > 5"), timedelta(minutes=30)),
        (threshold("60s", "3600s"), None),
        (promql("increase(hits[1h]) / increase(hits[1d]) < 0.9"), None),
        (promql("bytes > 5"), None),
        (threshold(), None),
        ({"conditionMatchedLog": {"filter": "x"}}, None),
        (None, None),
    ],
)
def test_a_window_is_read_where_all_parts_have_the_same(
    condition: object, window: timedelta | None
) -> None:
    """An alignment period or a range of PromQL is one; of two that differ none is told."""
    assert window_of(condition) == window


@given(st.dictionaries(st.text(), _ANY))
def test_nothing_that_is_sent_crashes_it(condition: dict[str, object]) -> None:
    """What is sent is untrusted: it is read or left."""
    window_of(condition)
