"""Properties of handing over: what one process leaves unanswered, another one answers, once."""

import logging
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import nullcontext
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text

from core.errors import Unavailable
from core.store.calls import CallStore
from core.store.database import Database
from handlers.listener import TOO_OLD
from sandbox.faults import Fault, Refuse
from sandbox.slack.slack import PretendSlack
from tests.core.small_desk import NOW, OLGA, call_of
from tests.handlers.listener_stage import PATIENCE, Stage
from tests.waiting import eventually


@pytest.fixture
def stage(slack: PretendSlack, file_database: Database, tmp_path: Path) -> Iterator[Stage]:
    """A stage with one listener, on which the cloud answers at once."""
    made = Stage(slack, file_database, tmp_path)
    made.gate.set()
    made.listener()
    yield made
    made.gate.set()
    for listener in made.listeners:
        listener.pool.shutdown(wait=True)
        listener.outbox.stop()


def test_what_is_too_old_is_not_acted_on(stage: Stage) -> None:
    """The bot was away for long; its asker hears that, though the response URL has expired."""
    url = stage.slack.response_urls.issue(OLGA, "C0INCIDENTS")
    old = replace(call_of("sync", at=NOW - TOO_OLD - timedelta(minutes=10)), response_url=url)
    stage.slack.faults.add(Fault("response_url", Refuse(404)))
    stage.answer(old)
    assert "too old to act on" in stage.private()[0]
    assert stage.engine.known == []


def test_what_dead_processes_left_is_answered_once_by_the_others(stage: Stage) -> None:
    """Two of them notice at the same moment."""
    others = [stage.listener(f"other-{number}") for number in range(3)]
    left = [call_of("ops", f"left-{number}") for number in range(8)]
    for call in left:
        CallStore(stage.database, "dead").receive(call)
    with ThreadPoolExecutor(3) as pool:
        list(pool.map(lambda one: one.take_over(frozenset({"dead"})), others))
    assert eventually(lambda: all(stage.outcome(call) for call in left), PATIENCE)
    assert len(stage.logged) == len(left)
    assert len(stage.public()) == len(left)


def test_a_sync_that_was_begun_and_not_answered_is_not_begun_again(stage: Stage) -> None:
    """The process died right after starting it; its successor answers with the same one."""
    call = call_of("sync")
    stage.answer(call)
    with stage.database.begin() as connection:
        connection.execute(text("update calls set answered_at=null, outcome='', owner='dead'"))
    stage.trouble["job"] = Unavailable("Cloud Run is away.")
    stage.listeners[0].take_over(frozenset({"dead"}))
    assert eventually(lambda: stage.outcome(call) == "started", PATIENCE)
    assert len(stage.engine.known) == 1
    assert len(stage.public()) == 1


def test_who_leaves_answers_nothing_more_and_loses_nothing(stage: Stage) -> None:
    """What is under way, what waits and what still comes is for the next process."""
    stage.gate.clear()
    leaving = stage.listener("leaving")
    calls = [call_of(words, f"r-{words}") for words in ("history", "sync", "manifest")]
    for call in calls:
        leaving.receive(call)
    assert eventually(lambda: len(stage.public()) >= 1, PATIENCE)
    leaving.leave()
    late = call_of("ops", "late")
    leaving.receive(late)
    stage.trouble["executions"] = RuntimeError("the channel is closed")
    stage.gate.set()
    leaving.pool.shutdown(wait=True)
    assert not any(stage.outcome(call) for call in (*calls, late))
    assert "nternal error" not in "".join(one.text for one in stage.public())
    stage.trouble.clear()
    stage.listeners[0].take_over(frozenset({"leaving"}))
    assert eventually(lambda: all(stage.outcome(call) for call in (*calls, late)), PATIENCE)
    assert {stage.outcome(call) for call in (*calls, late)} == {"answered", "started"}


def test_an_outcome_that_cannot_be_recorded_is_logged_and_stays_unanswered(
    stage: Stage, caplog: pytest.LogCaptureFixture
) -> None:
    """The database goes away between the answer and its record."""
    stage.gate.clear()
    call = call_of("history")
    stage.listeners[0].receive(call)
    with caplog.at_level(logging.ERROR), stage.without("calls"):
        stage.gate.set()
        assert eventually(lambda: "could not be recorded" in caplog.text, PATIENCE)
    assert stage.outcome(call) == ""
    stage.listeners[0].take_over(frozenset({"me"}))
    assert eventually(lambda: stage.outcome(call) == "answered", PATIENCE)
    assert len(stage.public()) == 1


class ClosingPool(ThreadPoolExecutor):
    """Is closed in the very moment in which somebody hands it work."""

    def __init__(self, leave: Callable[[], None]) -> None:
        super().__init__(1)
        self.leave = leave

    def submit(self, *_work: Any, **_named: Any) -> Future[Any]:
        """Close, and refuse as a closed pool does."""
        self.leave()
        raise RuntimeError("cannot schedule new futures after shutdown")


@pytest.mark.parametrize("leaving", [True, False])
def test_what_comes_in_the_very_moment_of_leaving_is_kept(stage: Stage, *, leaving: bool) -> None:
    """Its asker must not be told that nothing was done; a pool that just broke is a fault."""
    made = stage.listener("leaving")
    pool = ClosingPool(made.leave if leaving else lambda: None)
    closing = replace(made, pool=pool)
    call = call_of("ops")
    with nullcontext() if leaving else pytest.raises(RuntimeError):
        closing.receive(call)
    stage.listeners[0].take_over(frozenset({"leaving"}))
    assert eventually(lambda: stage.outcome(call) == "answered", PATIENCE)
