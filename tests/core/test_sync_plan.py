"""Properties of the plan of a sync: made from the live state, changing nothing."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta

import pytest

from core.errors import NotFound, OpsError, PermissionDenied, Unavailable
from core.executions import ExecutionState
from core.plans import (
    AwaitExecution,
    CheckConsistency,
    Plan,
    RunSync,
    SaveInventory,
    VerifySync,
    plan_from_json,
    plan_to_json,
)
from core.procedures.sync import expected_duration, plan_sync
from tests.core.reader import MemoryReader
from tests.core.whole_cache import (
    EMBEDDING,
    LLM,
    NEWER,
    NOW,
    Write,
    cache_after,
    execution,
    two_syncs,
    whole_cache,
    without,
)


def running(reader: MemoryReader, *suffixes: str) -> MemoryReader:
    """Return the cache with executions under way."""
    live = [execution(suffix, NOW, ExecutionState.RUNNING) for suffix in suffixes]
    return replace(reader, runs=(*live, *reader.runs))


def planned_facts(reader: MemoryReader) -> Mapping[str, str]:
    """Return the facts of the plan."""
    return plan_sync(reader).facts


def test_a_sync_is_started_followed_proven_and_kept() -> None:
    """The steps in this order, and a look at the cache where one of them fails."""
    plan = plan_sync(whole_cache())
    assert plan.steps == (
        RunSync(),
        AwaitExecution(longest=timedelta(minutes=45), expected=timedelta(minutes=10)),
        VerifySync(LLM, EMBEDDING),
        SaveInventory(),
    )
    assert plan.closing == (CheckConsistency(),)
    assert plan.warnings == ()
    assert plan_from_json(plan_to_json(plan)) == plan


def test_the_facts_say_what_the_cache_is_before() -> None:
    """The message compares them with what it is afterwards."""
    facts = planned_facts(whole_cache())
    assert facts["version before"] == NEWER
    assert facts["language model"] == LLM
    assert facts["embedding model"] == EMBEDDING
    assert facts["cache before"] == "consistent"
    assert facts["running execution"] == "none"
    assert facts["manifest generation before"].isdigit()


def test_a_running_execution_is_joined_by_name() -> None:
    """And it makes another plan: who confirmed the one did not confirm the other."""
    quiet, busy = plan_sync(whole_cache()), plan_sync(running(whole_cache(), "zzzzz"))
    assert busy.summary.startswith("Join tabular-model-sync-zzzzz")
    assert quiet.summary.startswith("Start tabular-model-sync")
    assert quiet.facts_hash != busy.facts_hash


def test_two_executions_at_once_are_a_warning() -> None:
    """They overwrite each other; both are named."""
    (warning,) = plan_sync(running(whole_cache(), "yyyyy", "zzzzz")).warnings
    assert "yyyyy" in warning
    assert "zzzzz" in warning


def test_a_broken_cache_can_be_synced() -> None:
    """That is what a sync is for: what is wrong is a fact, not an obstacle."""
    assert planned_facts(without(whole_cache(), ".done"))["cache before"] == (
        "inconsistent: There is no .done marker, so startups treat the cache as unfinished."
    )


@pytest.mark.parametrize(
    "content",
    [b"", b"{", b'{"version": "\\ud800"}', b"[" * 100_000, b"\xff\xfe", b'{"version": 7}'],
)
def test_an_unreadable_manifest_does_not_prevent_the_sync_that_replaces_it(
    content: bytes,
) -> None:
    """Whatever somebody wrote there, the plan can be made, shown and kept."""
    reader = cache_after([*two_syncs(), Write("manifest.json", NOW, content)])
    plan = plan_sync(reader)
    assert plan.facts["version before"] == "none"
    assert plan_from_json(plan_to_json(plan)) == plan


def test_without_a_job_there_is_no_plan() -> None:
    """Nothing could be started."""
    with pytest.raises(NotFound):
        plan_sync(replace(whole_cache(), sync_job=None))


def test_without_a_bucket_there_is_no_plan_but_the_way_to_one() -> None:
    """A download would have nowhere to go, and a recovery may need none."""
    reader = replace(whole_cache(), settings=None)
    with pytest.raises(OpsError, match="There is no bucket") as caught:
        plan_sync(reader)
    assert caught.value.offers == ("recover",)
    facts = plan_sync(replace(reader, stored=()), bucketless=True).facts
    assert (facts["cache before"], facts["version before"]) == ("no bucket", "none")


@pytest.mark.parametrize("question", ["job", "executions", "objects"])
@pytest.mark.parametrize("error", [Unavailable("Away."), PermissionDenied("It may not.")])
def test_what_cannot_be_read_is_said_and_not_guessed(question: str, error: Exception) -> None:
    """A plan made from half of the facts would lie."""
    with pytest.raises(type(error)):
        plan_sync(replace(whole_cache(), errors={question: error}))


def test_planning_changes_nothing() -> None:
    """Only questions are asked."""
    reader = whole_cache()
    plan_sync(reader)
    assert {question.split()[0] for question in reader.questions()} <= {
        "job",
        "executions",
        "objects",
        "read",
        "bucket",
    }


@pytest.mark.parametrize(
    ("minutes", "expected"),
    [((), 10), ((8,), 8), ((8, 2, 30), 8), ((5,) * 7 + (60,) * 20, 5)],
)
def test_the_usual_time_is_that_of_the_last_good_ones(
    minutes: tuple[int, ...], expected: int
) -> None:
    """One slow run does not count, nor do failed ones, nor those of long ago."""
    good = [
        replace(execution("a", NOW), started_at=NOW - timedelta(minutes=took)) for took in minutes
    ]
    bad = [execution("b", NOW, ExecutionState.FAILED), execution("c", NOW, ExecutionState.RUNNING)]
    assert expected_duration([*bad, *good]) == timedelta(minutes=expected)


def test_two_plans_from_the_same_state_are_the_same() -> None:
    """Only then can a change in between be noticed."""
    first: Plan = plan_sync(whole_cache())
    assert first.facts_hash == plan_sync(whole_cache()).facts_hash
