"""A snapshot asks each question once."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from threading import Event

import pytest

from core.cache.objects import Generation
from core.cloud import Reader
from core.errors import Unavailable
from core.executions import ExecutionName
from core.parallel import ask
from core.rights import Resource
from core.signals import Incident, LogQuery, LogSource
from core.snapshot import Snapshot
from tests.core.reader import LONGEST, as_reader
from tests.core.whole_cache import NOW, whole_cache

_HOUR = timedelta(hours=1)
_QUERY = LogQuery(LogSource.SYNC, NOW - _HOUR)

QUESTIONS: dict[str, Callable[[Reader], object]] = {
    "bucket": lambda reader: reader.bucket(),
    "held_permissions": lambda reader: reader.held_permissions(Resource.BUCKET, ("a", "b")),
    "objects": lambda reader: reader.objects(),
    "soft_deleted": lambda reader: reader.soft_deleted(),
    "soft_deleted_buckets": lambda reader: reader.soft_deleted_buckets(),
    "bindings": lambda reader: reader.bindings(),
    "read": lambda reader: reader.read("manifest.json"),
    "job": lambda reader: reader.job(),
    "executions": lambda reader: reader.executions(),
    "execution": lambda reader: reader.execution(ExecutionName("tabular-model-sync-aaaaa")),
    "service": lambda reader: reader.service(),
    "nightly": lambda reader: reader.nightly(),
    "startups": lambda reader: reader.startups(NOW - _HOUR, NOW),
    "log_lines": lambda reader: reader.log_lines(_QUERY),
    "missing_metrics": lambda reader: reader.missing_metrics(),
    "stored_bytes": lambda reader: reader.stored_bytes(),
    "alert_policies": lambda reader: reader.alert_policies(),
    "open_incidents": lambda reader: reader.open_incidents(),
    "closed_incidents": lambda reader: reader.closed_incidents(NOW - _HOUR),
    "incident": lambda reader: reader.incident("0.abc"),
}


def test_every_question_of_a_reader_is_tried_here() -> None:
    """A method that is added to the protocol cannot be forgotten."""
    methods = {name for name in vars(Reader) if not name.startswith("_")}
    assert methods == set(QUESTIONS)


@pytest.mark.parametrize("name", QUESTIONS)
def test_the_same_question_is_asked_once(name: str) -> None:
    """Asking twice reads once, gives the reader's own answer both times and is timed."""
    question = QUESTIONS[name]
    reader = replace(whole_cache(), incidents=(Incident("projects/p/alerts/0.abc", "Low", NOW),))
    snapshot = Snapshot(reader)
    first, second = question(snapshot), question(snapshot)
    assert first is second
    assert len(reader.questions()) == 1
    assert first == question(as_reader(reader))
    assert len(snapshot.timings()) == 1


def test_different_arguments_are_different_questions() -> None:
    """Another generation, limit, window or query is read for itself."""
    reader = whole_cache()
    snapshot = Snapshot(reader)
    current = next(one for one in reader.stored if one.name == ".done" and one.live)
    older = next(one for one in reader.stored if one.name == ".done" and not one.live)
    assert snapshot.read(".done")[1] == current
    assert snapshot.read(".done", Generation(older.generation))[1] == older
    assert (len(snapshot.executions(1)), len(snapshot.executions())) == (1, 2)
    assert snapshot.startups(NOW - _HOUR, NOW) != snapshot.startups(NOW, NOW + _HOUR)
    snapshot.log_lines(_QUERY)
    snapshot.log_lines(replace(_QUERY, errors_only=True))
    assert len(reader.questions()) == 8


def test_threads_that_ask_together_share_one_answer() -> None:
    """While the first reads, the others wait; all get the same object."""
    gate = Event()
    reader = replace(whole_cache(), gates={"objects": gate})
    snapshot = Snapshot(reader)
    asked = [ask(f"asker {number}", snapshot.objects) for number in range(8)]
    assert reader.asked.get(timeout=LONGEST.total_seconds()) == "objects"
    gate.set()
    answers = [one.answer() for one in asked]
    assert all(answer is answers[0] for answer in answers)
    assert not reader.questions()


def test_an_error_is_shared_too() -> None:
    """A question that failed is not asked again: each asker gets the same error."""
    error = Unavailable("The cloud is away.")
    reader = replace(whole_cache(), errors={"service": error})
    snapshot = Snapshot(reader)
    for _ in range(2):
        with pytest.raises(Unavailable) as caught:
            snapshot.service()
        assert caught.value is error
    assert reader.questions() == ["service"]


def test_a_waiting_question_does_not_hold_up_others() -> None:
    """While one question hangs, another is answered."""
    gate = Event()
    snapshot = Snapshot(replace(whole_cache(), gates={"objects": gate}))
    hanging = ask("objects", snapshot.objects)
    assert snapshot.service().ready
    gate.set()
    assert hanging.answer()
