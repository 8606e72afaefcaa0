"""Properties of deleting a set: exact, resumable, told to the last version."""

from dataclasses import replace
from datetime import timedelta

import pytest

from core.commands import Cleanup
from core.errors import CloudError, Conflict, PermissionDenied, QuotaExceeded, Unavailable
from core.executions import ExecutionState
from core.in_flight import WIDTH
from core.outcomes import Done, Pending, Stopped
from tests.core.cleaning_stage import LEFTOVERS, START, Cleaning, failed, leftover
from tests.core.whole_cache import NOW, execution


def test_the_set_goes_in_parts_and_nothing_else_does() -> None:
    """Each try deletes a part and tells how far it is; in the end exactly the set is gone."""
    cleaning = Cleaning()
    first = cleaning.take()
    assert isinstance(first, Pending)
    assert first.note == "128 of 300 versions deleted."
    assert first.ratio == pytest.approx(128 / 300)
    assert first.wait == timedelta()
    outcome = cleaning.until_over()
    assert isinstance(outcome, Done)
    assert outcome.note == "300 versions deleted, 300.0 MB."
    assert outcome.evidence["deleted"] == "300"
    assert outcome.evidence["restorable_until"] == (START + timedelta(days=7)).isoformat()
    assert set(cleaning.cloud.deleted) == cleaning.doomed
    assert len(cleaning.cloud.calls) == LEFTOVERS


def test_a_part_done_twice_is_done_once() -> None:
    """A process that died before it could note its part deletes it again, without harm."""
    cleaning = Cleaning()
    cleaning.take()
    cleaning.notes.remember({})
    assert isinstance(cleaning.until_over(), Done)
    assert len(cleaning.cloud.calls) == LEFTOVERS + 128
    assert set(cleaning.cloud.deleted) == cleaning.doomed


def test_what_others_deleted_counts_as_gone() -> None:
    """Lifecycle may be faster."""
    cleaning = Cleaning()
    cleaning.cloud.kept[:] = [one for one in cleaning.cloud.kept if one.key not in cleaning.doomed]
    outcome = cleaning.until_over()
    assert isinstance(outcome, Done)
    assert "300 versions deleted" in outcome.note


@pytest.mark.parametrize("error", [Unavailable("Away."), Conflict("412"), QuotaExceeded("429")])
def test_a_passing_trouble_is_overcome(error: CloudError) -> None:
    """What got no clear answer is asked for again, before anything new is."""
    cleaning = Cleaning()
    cleaning.cloud.refusals[leftover(7)] = [error, error]
    waiting = cleaning.take()
    assert isinstance(waiting, Pending)
    assert waiting.wait > timedelta()
    assert isinstance(cleaning.until_over(), Done)
    assert set(cleaning.cloud.deleted) == cleaning.doomed


def test_a_partial_failure_says_exactly_what_remains_and_why() -> None:
    """The first few by name, all of them in the evidence, the rest deleted all the same."""
    cleaning = Cleaning()
    refused = PermissionDenied("The bot's account may not delete it.", "Grant it.")
    for number in (3, 150, 151, 152):
        cleaning.cloud.refusals[leftover(number)] = [refused]
    cleaning.cloud.refusals[leftover(200)] = [Conflict("Something else changed it first.")] * 9
    outcome = failed(cleaning.until_over())
    assert outcome.why.startswith("295 of 300 versions deleted (295.0 MB). 5 remain (5.0 MB): ")
    assert f"`{leftover(3)}#" in outcome.why
    assert (
        "and 2 more. The bot's account may not delete it. Grant it. Something else" in outcome.why
    )
    lines = outcome.evidence["remaining"].splitlines()
    assert lines[0] == "The bot's account may not delete it. Grant it."
    assert [line.split("#")[0] for line in lines[1:5]] == [
        leftover(number) for number in (3, 150, 151, 152)
    ]
    assert lines[5] == "Something else changed it first."
    assert lines[6].startswith(leftover(200))
    assert len(cleaning.cloud.deleted) == LEFTOVERS - 5


def test_where_nothing_may_be_deleted_it_ends_at_once() -> None:
    """It does not ask 300 times to be refused 300 times."""
    cleaning = Cleaning()
    refused = PermissionDenied("It may not.", "Grant storage.objects.delete.")
    cleaning.cloud.refusals.update({leftover(n): [refused] for n in range(LEFTOVERS)})
    outcome = failed(cleaning.take())
    assert outcome.why.startswith("It may not. 0 of 300 versions deleted (0 B). 300 remain")
    assert outcome.hint.startswith("Grant storage.objects.delete.")
    assert len(cleaning.cloud.calls) == 128


def test_where_nothing_answers_the_runner_waits() -> None:
    """Then the same part is tried again, and no try counts against anything."""
    cleaning = Cleaning()
    away = Unavailable("Away.")
    cleaning.cloud.refusals.update({leftover(n): [away] * 9 for n in range(LEFTOVERS)})
    with pytest.raises(Unavailable):
        cleaning.take()
    assert cleaning.notes.notes == {}
    assert isinstance(cleaning.until_over(), Done)


def test_one_that_never_answers_does_not_hold_up_the_rest() -> None:
    """After a few tries it is told as what remains."""
    cleaning = Cleaning()
    cleaning.cloud.refusals[leftover(7)] = [Unavailable("No clear answer.")] * 99
    outcome = failed(cleaning.until_over())
    assert "299 of 300 versions deleted" in outcome.why
    assert "No clear answer." in outcome.why
    assert cleaning.cloud.calls.count(next(k for k in cleaning.doomed if k[0] == leftover(7))) == 5


def test_a_sync_that_begins_ends_it_between_two_parts() -> None:
    """Nothing is deleted beside a sync; what remains is told."""
    cleaning = Cleaning()
    cleaning.take()
    running = execution("zzzzz", NOW, ExecutionState.RUNNING)
    cleaning.cloud = replace(cleaning.cloud, runs=(running,))
    outcome = failed(cleaning.take())
    assert outcome.why.startswith("tabular-model-sync-zzzzz has begun meanwhile")
    assert "128 of 300 versions deleted" in outcome.why
    assert len(outcome.evidence["remaining"].splitlines()) == LEFTOVERS - 128 + 1
    assert len(cleaning.cloud.deleted) == 128


def test_a_stop_is_heard_between_two_parts() -> None:
    """It says how far it has come."""
    cleaning = Cleaning()
    cleaning.take()
    cleaning.stopped_by = "U0ANNA"
    outcome = cleaning.take()
    assert isinstance(outcome, Stopped)
    assert "128 of 300 versions deleted (128.0 MB). 172 remain (172.0 MB)" in outcome.note
    assert len(cleaning.cloud.deleted) == 128


def test_manifests_go_first_and_alone() -> None:
    """Where one cannot be deleted, nothing that it names is touched."""
    command = Cleanup(timedelta(hours=20), versions=True)
    cleaning = Cleaning(command)
    cleaning.cloud.refusals["manifest.json"] = [PermissionDenied("It may not."), None]
    outcome = failed(cleaning.until_over())
    assert {name for name, _ in cleaning.cloud.calls} == {"manifest.json"}
    assert cleaning.cloud.deleted == []
    assert "It may not." in outcome.why
    cleaning = Cleaning(command)
    assert isinstance(cleaning.until_over(), Done)
    assert [name for name, _ in cleaning.cloud.deleted].index("manifest.json") == 0


def test_without_a_sync_job_nothing_is_in_the_way() -> None:
    """As when it was planned: where there is no job, none can run."""
    cleaning = Cleaning()
    cleaning.cloud = replace(cleaning.cloud, sync_job=None)
    assert isinstance(cleaning.until_over(), Done)


def test_requests_in_flight_are_few() -> None:
    """The connections that the bot keeps to Cloud Storage suffice for them."""
    assert WIDTH <= 16
