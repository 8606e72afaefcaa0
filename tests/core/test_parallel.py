"""Questions asked at the same time."""

import logging
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from contextvars import ContextVar
from datetime import timedelta
from functools import partial
from threading import Barrier, Event, current_thread
from time import monotonic

import pytest

from core.errors import Unavailable
from core.parallel import Asked, Known, Unknown, ask, ask_all

_AMPLE = timedelta(seconds=30)
_SHORT = timedelta(milliseconds=50)
_WHO: ContextVar[str] = ContextVar("who", default="nobody")


@pytest.fixture
def gate() -> Iterator[Event]:
    """Return an event that is open at the end, so that no thread waits on."""
    event = Event()
    yield event
    event.set()


def _refuse() -> str:
    raise Unavailable("The cloud is away.", "Wait for it.")


def _break() -> str:
    raise ZeroDivisionError("ours")


def _wait(gate: Event) -> str:
    gate.wait(_AMPLE.total_seconds())
    return "late"


def test_questions_are_answered_at_the_same_time() -> None:
    """Three questions that each wait for the other two are all answered."""
    barrier = Barrier(3)
    question = partial(barrier.wait, _AMPLE.total_seconds())
    readings = ask_all({"a": question, "b": question, "c": question}, _AMPLE)
    assert sorted(reading.value for reading in readings.values() if isinstance(reading, Known)) == [
        0,
        1,
        2,
    ]


def test_readings_keep_the_order_of_the_questions() -> None:
    """The readings come in the order in which the questions were given."""
    questions: dict[str, Callable[[], str]] = {"c": str, "a": str, "b": str}
    assert list(ask_all(questions, _AMPLE)) == ["c", "a", "b"]


def test_a_hanging_question_costs_the_others_nothing(gate: Event) -> None:
    """One hangs and reads unknown with the deadline; the others read what they answer."""
    questions: dict[str, Callable[[], str]] = {
        "hangs": partial(_wait, gate),
        "fails": _refuse,
        "works": lambda: "fine",
    }
    readings = ask_all(questions, _SHORT)
    hanging, failing, working = (readings[name] for name in ("hangs", "fails", "works"))
    assert isinstance(hanging, Unknown)
    assert hanging.reason == "no answer within 0 s"
    assert hanging.took == _SHORT
    assert isinstance(failing, Unknown)
    assert (failing.reason, failing.hint) == ("The cloud is away.", "Wait for it.")
    assert isinstance(working, Known)
    assert working.value == "fine"


def test_the_deadline_runs_from_the_asking() -> None:
    """A question that was asked long ago gets no further time, only its answer if it has one."""
    now = monotonic()
    asked: Asked[str] = Asked("asked an hour ago", now - 3600, Future())
    reading = asked.reading(_AMPLE)
    assert isinstance(reading, Unknown)
    assert monotonic() - now < _AMPLE.total_seconds() / 2


def test_an_error_of_ours_is_logged_in_full(caplog: pytest.LogCaptureFixture) -> None:
    """What is no OpsError reads "internal error" to people, and its traceback is logged once."""
    with caplog.at_level(logging.ERROR, "core.parallel"):
        reading = ask("breaks", _break).reading(_AMPLE)
    assert isinstance(reading, Unknown)
    assert (reading.reason, reading.hint) == ("internal error", "")
    assert [bool(record.exc_info) for record in caplog.records] == [True]
    assert "ZeroDivisionError: ours" in caplog.text


def test_an_expected_error_is_not_logged(caplog: pytest.LogCaptureFixture) -> None:
    """What a person can act on is told to that person, not to the log."""
    with caplog.at_level(logging.ERROR, "core.parallel"):
        ask("fails", _refuse).reading(_AMPLE)
    assert not caplog.records


def test_an_answer_raises_the_questions_own_error() -> None:
    """Who waits for the answer itself gets the very error that the question raised."""
    with pytest.raises(Unavailable, match="The cloud is away"):
        ask("fails", _refuse).answer()
    assert ask("works", lambda: "fine").answer() == "fine"


def test_a_question_never_keeps_the_process_alive() -> None:
    """The thread is a daemon, so one that hangs for ever does not hold up the end."""
    assert ask("daemon", lambda: current_thread().daemon).answer()


def test_a_question_sees_the_context_of_who_asks() -> None:
    """Context variables, such as the id of a request in log lines, are those of the asker."""
    token = _WHO.set("the operator")
    try:
        assert ask("who", _WHO.get).answer() == "the operator"
    finally:
        _WHO.reset(token)
