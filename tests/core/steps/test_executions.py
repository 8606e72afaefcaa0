"""Properties of following an execution to its end."""

from dataclasses import replace
from datetime import timedelta

import pytest

from core.cache.evidence import NEXT
from core.errors import Unavailable
from core.executions import ExecutionState
from core.outcomes import Failed, Pending, Stopped, Unclear
from core.plans import VerifySync
from core.signals import LogLine
from core.steps.executions import await_execution
from tests.core.steps.executions_stage import (
    NOW,
    STEP,
    cloud_with,
    context,
    run,
)
from tests.core.steps.running import Notes
from tests.core.whole_cache import Write, cache_after, manifest_text


def test_a_stop_cancels_the_execution_and_waits_for_its_end() -> None:
    """A stopped operation ends when the execution has ended, not before."""
    running = cloud_with(run("ours", ExecutionState.RUNNING, 1))
    asked = context(running, Notes(), stopping=True, execution="ours")
    assert isinstance(await_execution(STEP, asked), Pending)
    assert running.cancelled == ["ours"]
    ended = cloud_with(run("ours", ExecutionState.CANCELLED, 1))
    after = context(ended, Notes(), stopping=True, execution="ours")
    assert isinstance(await_execution(STEP, after), Stopped)


def test_a_cancelled_execution_is_no_success() -> None:
    """It ends without an error, which must not be taken for a good end."""
    cloud = cloud_with(run("ours", ExecutionState.CANCELLED, 1))
    outcome = await_execution(STEP, context(cloud, Notes(), execution="ours"))
    assert isinstance(outcome, Failed)
    assert "cancelled from outside" in outcome.why


def test_a_failed_execution_tells_its_last_errors() -> None:
    """The reason stands in the message, not behind a link; an unknown one in Google's words."""
    lines = (LogLine(NOW, "ERROR", "something odd: file does not exist"),)
    failed = replace(run("ours", ExecutionState.FAILED, 5), message="Task failed.")
    cloud = replace(cloud_with(failed), lines=lines)
    outcome = await_execution(STEP, context(cloud, Notes(), execution="ours"))
    assert isinstance(outcome, Failed)
    assert "Task failed." in outcome.why
    assert "file does not exist" in outcome.why


@pytest.mark.parametrize(
    ("line", "headline"),
    [
        (
            "pull model manifest: file does not exist",
            "The registry knows no language model of that name",
        ),
        ("RepositoryNotFoundError: 404", "The registry knows no embedding model of that name"),
        ("write: no space left on device", "The sync ran out of disk under .tmp/."),
        ("storage: permission denied", "The sync was refused access."),
        ("bucket doesn't exist", "The sync found no bucket."),
    ],
)
def test_a_cause_that_is_recognised_comes_first_in_words(line: str, headline: str) -> None:
    """Google's own text tells only that a container exited, and is left out."""
    failed = replace(run("ours", ExecutionState.FAILED, 5), message="Task failed.")
    cloud = replace(cloud_with(failed), lines=(LogLine(NOW, "ERROR", line),))
    outcome = await_execution(STEP, context(cloud, Notes(), execution="ours"))
    assert isinstance(outcome, Failed)
    assert outcome.why.startswith(headline)
    assert line in outcome.why
    assert "Task failed." not in outcome.why


@pytest.mark.parametrize(
    ("held", "hint", "evidence"),
    [
        ("llama3.2:1b", "`/cache update llm=llama3.2:1b` goes back", "update llm=llama3.2:1b"),
        ("lama3.2:1b", "the registry has known it: `/cache sync` tries again.", ""),
        ("", "`/cache update llm=NAME` sets the name of a model that there is.", "health"),
    ],
)
def test_a_name_that_nobody_knows_leads_on_by_no_other_sync(
    held: str, hint: str, evidence: str
) -> None:
    """The same sync would fail again, unless the cache holds that very model."""
    failed = run("ours", ExecutionState.FAILED, 5)
    line = LogLine(NOW, "ERROR", "pull model manifest: file does not exist")
    cloud = replace(cloud_with(failed), lines=(line,))
    if held:
        written = cache_after([Write("manifest.json", NOW, manifest_text("1", llm=held))])
        there = (written.settings, written.stored, written.contents)
        cloud = replace(cloud, settings=there[0], stored=there[1], contents=there[2])
    asked = context(cloud, Notes(), execution="ours")
    verify = VerifySync("lama3.2:1b", "BAAI/bge-m3")
    plan = replace(asked.operation.plan, steps=(*asked.operation.plan.steps, verify))
    asked = replace(asked, operation=replace(asked.operation, plan=plan))
    outcome = await_execution(STEP, asked)
    assert isinstance(outcome, Failed)
    assert outcome.hint.startswith("`/cache logs sync errors` shows more. ")
    assert hint in outcome.hint
    assert outcome.evidence.get(NEXT, "") == evidence


def test_log_lines_are_read_sparingly_and_never_decide() -> None:
    """Reads of the log are few a minute for the whole project; without them it goes on."""
    notes = Notes()
    cloud = replace(
        cloud_with(run("ours", ExecutionState.RUNNING, 1)),
        lines=(LogLine(NOW, "INFO", "pulling 40 %"),),
    )
    first = await_execution(STEP, context(cloud, notes, execution="ours"))
    again = context(cloud, notes, execution="ours", now=NOW + timedelta(seconds=5))
    second = await_execution(STEP, again)
    assert isinstance(first, Pending)
    assert isinstance(second, Pending)
    assert first.foreign == second.foreign == "pulling 40 %"
    assert cloud.questions().count("log_lines") == 1
    down = replace(cloud, errors={"log_lines": Unavailable("Logging is down.")})
    third = await_execution(STEP, context(down, Notes(), execution="ours"))
    assert isinstance(third, Pending)
    assert "Logging is down." in third.foreign


def test_an_execution_that_outlives_all_its_attempts_is_unclear() -> None:
    """Beyond every timeout nobody knows what it does."""
    cloud = cloud_with(run("ours", ExecutionState.RUNNING, 60))
    outcome = await_execution(STEP, context(cloud, Notes(), execution="ours"))
    assert isinstance(outcome, Unclear)
