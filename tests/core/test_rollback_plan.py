"""Properties of the plan of a rollback to the version that is live: only what is left."""

from dataclasses import replace
from datetime import timedelta

import pytest

from core.errors import NothingToDo
from core.plans import Plan, RestoreObjects, SetJobEnv, SetServiceEnv, WriteDone
from core.procedures.rollback import plan_rollback
from core.procedures.rollback_scene import choose, look_around
from tests.core.reader import MemoryReader
from tests.core.whole_cache import MEASURE, NEWER, NOW, OLDER, whole_cache, without


def planned(reader: MemoryReader, version: str = NEWER) -> Plan:
    """Plan to roll back to the version that is live as a whole."""
    scene = look_around(reader, {})
    return plan_rollback(choose(version, scene), scene, MEASURE.deployment)


def serving_since(age: timedelta) -> MemoryReader:
    """Return the cache with its service last changed so long ago."""
    reader = whole_cache()
    service = reader.tabular
    assert service is not None
    return replace(reader, tabular=replace(service, changed_at=NOW - age))


def test_a_live_version_is_finished_by_the_revision_that_is_left() -> None:
    """No object is written; the service gets its new revision, which reads the version."""
    plan = planned(serving_since(timedelta(days=30)))
    assert not [step for step in plan.steps if isinstance(step, RestoreObjects | WriteDone)]
    assert any(isinstance(step, SetServiceEnv) for step in plan.steps)
    assert plan.summary.startswith(f"Finish the rollback to version {NEWER}")


def test_a_live_version_is_finished_by_the_job_that_is_left() -> None:
    """A job that names another model would bring it back at its next run."""
    reader = serving_since(timedelta())
    job = reader.job()
    plan = planned(replace(reader, sync_job=replace(job, llm_model="llama3.2:3b")))
    assert any(isinstance(step, SetJobEnv) for step in plan.steps)
    assert not any(isinstance(step, SetServiceEnv) for step in plan.steps)


def test_a_live_version_is_refused_where_nothing_is_left() -> None:
    """The service was changed after the version came, and the job names its models."""
    with pytest.raises(NothingToDo) as caught:
        planned(serving_since(timedelta()))
    assert "nothing is left to do" in caught.value.message


def test_a_rollback_either_has_a_way_back_or_says_why_there_is_none() -> None:
    """From a whole cache one can come back; a broken one is nothing to come back to."""
    whole = planned(whole_cache(), OLDER)
    assert (whole.undo, whole.no_undo) == ("undo {id}", "")
    broken = planned(without(whole_cache(), ".done"), OLDER)
    assert broken.undo == ""
    assert "cannot be undone: the cache before it was not whole" in broken.no_undo
