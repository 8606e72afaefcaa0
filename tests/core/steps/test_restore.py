"""Properties of restoring objects: bounded, resumable object by object, never burying a write."""

import threading
from collections.abc import Iterator

import pytest

from core.cache.objects import Generation
from core.errors import OpsError
from core.outcomes import Done, Failed, Outcome, Pending, Stopped
from core.plans import Plan, Restored, RestoreObjects, RetireObjects, WriteDone
from sandbox.cloud import disasters
from sandbox.cloud.content import Literal, Seeded
from sandbox.cloud.sync_script import Stage
from sandbox.faults import Delay, Fault, LoseReply, Phase, Refuse
from tests.core.rollback_history import History, history

COUNT, SIZE_BYTES = 200, 10_000_000
REWRITE = "storage.objects.rewrite"


@pytest.fixture
def past() -> Iterator[History]:
    """A bucket with nothing in it yet."""
    with history(inventories=False) as made:
        yield made


def overwritten(past: History, count: int) -> Plan:
    """Write so many objects of 10 MB twice, and plan to restore the first of each."""
    bucket = past.pretend.project.bucket
    for number in range(count):
        bucket.put(f"sbert/{number:03}", Seeded(f"old {number}", SIZE_BYTES))
    for number in range(count):
        bucket.put(f"sbert/{number:03}", Seeded(f"new {number}", SIZE_BYTES))
    objects = past.cloud.objects()
    live = {one.name: one.generation for one in objects if one.live}
    items = tuple(
        Restored(one.name, one.generation, *one.content, live[one.name])
        for one in objects
        if not one.live
    )
    return Plan("rollback", "Restore them.", {}, (RestoreObjects(items),))


def live_contents(past: History) -> set[str]:
    """Return the seeds of what is live, such as "old 7"."""
    return {str(one.content).split("'")[1] for one in past.pretend.project.bucket.list("sbert/")}


def test_two_hundred_objects_are_restored_each_once_and_sixteen_at_a_time(past: History) -> None:
    """Every try is another process that knows nothing but the plan and the bucket."""
    plan = overwritten(past, COUNT)
    under_way, most, lock = 0, 0, threading.Lock()

    def count(method: str, phase: Phase) -> None:
        nonlocal under_way, most
        if method == REWRITE:
            with lock:
                under_way += 1 if phase is Phase.BEFORE else -1
                most = max(most, under_way)

    past.pretend.project.faults.add(Fault(REWRITE, Delay(0.02)))
    past.pretend.project.faults.watch(count)
    tries: list[Outcome] = [past.tried(plan, 0)]
    while isinstance(tries[-1], Pending):
        tries.append(past.tried(plan, 0))
    notes = [one.note for one in tries if isinstance(one, Pending)]
    assert notes[0] == "160 of 200 objects restored, 1.6 GB of 2.0 GB."
    assert isinstance(tries[-1], Done)
    assert len(tries) < COUNT // 48
    assert len(past.pretend.project.faults.seen(REWRITE)) == COUNT
    assert 8 <= most <= 16
    assert live_contents(past) == {f"old {number}" for number in range(COUNT)}


@pytest.mark.parametrize("kind", [Refuse(503), LoseReply(), Refuse(412), Refuse(429)])
def test_an_answer_that_says_nothing_is_looked_after(
    past: History, kind: Refuse | LoseReply
) -> None:
    """Applied or not, the bucket tells; nothing is taken for a conflict that is none."""
    plan = overwritten(past, 5)
    past.pretend.project.faults.add(Fault(REWRITE, kind, times=3))
    assert isinstance(past.run(plan), Done)
    assert live_contents(past) == {f"old {number}" for number in range(5)}


def test_trouble_that_stays_is_an_error_that_is_tried_again(past: History) -> None:
    """The runner counts such tries and gives up after many; here nothing was written."""
    plan = overwritten(past, 2)
    past.pretend.project.faults.add(Fault(REWRITE, Refuse(503)))
    with pytest.raises(OpsError) as caught:
        past.tried(plan, 0)
    assert "Nothing was done" in caught.value.message


def test_what_may_not_be_written_ends_it_with_the_missing_right(past: History) -> None:
    """Trying again would not help."""
    plan = overwritten(past, 2)
    past.pretend.project.bucket.deny("storage.objects.create")
    outcome = past.tried(plan, 0)
    assert isinstance(outcome, Failed)
    assert "storage.objects.create" in outcome.hint


def test_somebody_elses_object_and_a_vanished_source_end_it(past: History) -> None:
    """Each is told by name, and nothing of theirs is replaced."""
    plan = overwritten(past, 3)
    bucket = past.pretend.project.bucket
    bucket.put("sbert/001", Literal(b"theirs"))
    outcome = past.tried(plan, 0)
    assert isinstance(outcome, Failed)
    assert "sbert/001 was changed by somebody else" in outcome.why
    plan = overwritten(past, 1)
    gone = next(iter(bucket.list("sbert/000", versions=True)))
    bucket.delete(gone.name, gone.generation)
    outcome = past.tried(plan, 0)
    assert isinstance(outcome, Failed)
    assert past.pretend.project.faults.seen(REWRITE) == []


def test_what_does_not_belong_goes_and_what_was_changed_stays(past: History) -> None:
    """An object that is gone already counts as removed."""
    bucket = past.pretend.project.bucket
    kept = [bucket.put(f"sbert/{name}", Literal(b"x")).generation for name in "abc"]
    items = tuple((f"sbert/{name}", Generation(at)) for name, at in zip("abc", kept, strict=True))
    plan = Plan("rollback", "", {}, (RetireObjects(items),))
    bucket.delete("sbert/a")
    assert isinstance(past.run(plan), Done)
    assert bucket.list("sbert/") == []
    bucket.put("sbert/b", Literal(b"theirs"))
    outcome = past.tried(plan, 0)
    assert isinstance(outcome, Failed)
    assert "sbert/b was changed" in outcome.why


def test_the_marker_is_written_once_and_never_over_somebody_elses(past: History) -> None:
    """Written already is done; another one than was planned from is a conflict."""
    plan = Plan("rollback", "", {}, (WriteDone("v1", None),))
    past.pretend.project.faults.add(Fault("storage.objects.insert", LoseReply(), times=1))
    with pytest.raises(OpsError):
        past.tried(plan, 0)
    assert isinstance(past.tried(plan, 0), Done)
    past.pretend.project.bucket.put(".done", Literal(b"theirs\n"))
    assert isinstance(past.tried(plan, 0), Failed)


def test_nothing_begins_while_a_sync_runs(past: History) -> None:
    """It may overwrite what is restored."""
    plan = overwritten(past, 2)
    project = past.pretend.project
    project.scripts.hold(Stage.STARTING)
    disasters.start_rival_execution(project)
    outcome = past.tried(plan, 0)
    project.scripts.release()
    assert isinstance(outcome, Failed)
    assert "may overwrite" in outcome.why
    assert project.faults.seen(REWRITE) == []


def test_a_stop_is_heard_before_the_first_write_and_not_after_it(past: History) -> None:
    """Nothing was restored, or all of it: stopping in between would leave a mix."""
    plan = overwritten(past, 60)
    past.stopping = True
    assert isinstance(past.tried(plan, 0), Stopped)
    assert past.pretend.project.faults.seen(REWRITE) == []
    past.stopping = False
    assert isinstance(past.tried(plan, 0), Pending)
    past.stopping = True
    assert isinstance(past.run(plan), Done)
    assert live_contents(past) == {f"old {number}" for number in range(60)}
