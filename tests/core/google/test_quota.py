"""Tests of the budget of requests."""

import threading
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.errors import QuotaExceeded
from core.google.quota import TokenBucket


class _Time:
    """A clock that only sleeping and the test move."""

    def __init__(self) -> None:
        self.seconds = 0.0
        self.slept: list[float] = []

    def now(self) -> float:
        """Return the present moment."""
        return self.seconds

    def sleep(self, seconds: float) -> None:
        """Pass the time."""
        self.slept.append(seconds)
        self.seconds += seconds


def _bucket(time: _Time, patience: timedelta = timedelta(seconds=3)) -> TokenBucket:
    return TokenBucket(patience=patience, clock=time.now, sleep=time.sleep)


def test_a_burst_goes_without_waiting() -> None:
    """A report's few requests are never slowed down."""
    time = _Time()
    bucket = _bucket(time)
    for _ in range(20):
        bucket.take()
    assert time.slept == []


def test_a_short_wait_is_waited_out() -> None:
    """Two seconds are better than an error."""
    time = _Time()
    bucket = _bucket(time)
    for _ in range(21):
        bucket.take()
    assert time.slept == pytest.approx([2.0])


def test_a_long_wait_is_refused_at_once() -> None:
    """Nobody is kept waiting for a minute: the error says how long it would have been."""
    time = _Time()
    bucket = _bucket(time, patience=timedelta(seconds=1))
    for _ in range(20):
        bucket.take()
    with pytest.raises(QuotaExceeded) as caught:
        bucket.take()
    assert time.slept == []
    assert caught.value.hint == "Nothing was sent; try again in 2 s."


def test_a_refusal_costs_nothing() -> None:
    """Whoever asks too often does not push the next chance further away."""
    time = _Time()
    bucket = _bucket(time, patience=timedelta())
    for _ in range(20):
        bucket.take()
    for _ in range(100):
        with pytest.raises(QuotaExceeded):
            bucket.take()
    time.seconds += 2
    bucket.take()


@given(pauses=st.lists(st.floats(min_value=0, max_value=5), min_size=60, max_size=200))
def test_no_minute_holds_more_than_the_projects_quota(pauses: list[float]) -> None:
    """Whatever the rhythm, at most 50 of the project's 60 requests a minute are the bot's."""
    time = _Time()
    bucket = _bucket(time)
    sent: list[float] = []
    for pause in pauses:
        time.seconds += pause
        try:
            bucket.take()
        except QuotaExceeded:
            continue
        sent.append(time.seconds)
    assert all(sum(0 <= other - start < 60 for other in sent) <= 50 for start in sent)


def test_threads_share_one_budget() -> None:
    """Twenty go, whichever threads they come from; the others are refused."""
    time = _Time()
    bucket = _bucket(time, patience=timedelta())
    outcomes: list[bool] = []
    together = threading.Barrier(8)

    def spend() -> None:
        together.wait(timeout=30)
        for _ in range(10):
            try:
                bucket.take()
            except QuotaExceeded:
                outcomes.append(False)
            else:
                outcomes.append(True)

    threads = [threading.Thread(target=spend) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=30)
    assert outcomes.count(True) == 20
    assert outcomes.count(False) == 60
