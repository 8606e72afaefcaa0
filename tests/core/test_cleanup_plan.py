"""Properties of the plan of a cleanup: an exact set, told honestly, or a plain no."""

from dataclasses import replace
from datetime import timedelta

import pytest

from core.cache.objects import SBERT
from core.commands import Cleanup
from core.doomed import DeleteGenerations, VerifyDeletion, each
from core.errors import NothingToDo, OpsError, PermissionDenied, Unavailable
from core.executions import ExecutionState
from core.plans import (
    CheckConsistency,
    Plan,
    plan_from_json,
    plan_to_json,
)
from core.policy import Role
from core.procedures.cleanup import MOST, Terms, plan_cleanup
from core.snapshot import Snapshot
from tests.core.reader import MemoryReader
from tests.core.whole_cache import (
    BUCKET,
    NOW,
    Write,
    blob_writes,
    cache_after,
    execution,
    sync_writes,
    two_syncs,
    without,
)

DAY = timedelta(days=1)
TERMS = Terms(BUCKET, 3, {}, NOW)
GIGABYTES = 2_200_000_000


def twelve_nights() -> MemoryReader:
    """Return a cache without lifecycle rules: every night has left its waste, one died."""
    writes = [*blob_writes(NOW - 20 * DAY), Write(".tmp/sbert-dead/x", NOW - 9 * DAY, GIGABYTES)]
    for night in range(12):
        at = NOW - (19 - night) * DAY
        version = f"{at:%Y%m%d-%H%M%S}"
        download = f".tmp/sbert-{version}/x"
        writes += [
            Write(download, at - timedelta(minutes=3), GIGABYTES),
            Write(download, at - timedelta(minutes=2), None),
            *sync_writes(version, at),
        ]
    return cache_after(writes)


def planned(command: Cleanup, reader: MemoryReader, terms: Terms = TERMS) -> Plan:
    """Make a plan, as it comes back from the database."""
    plan = plan_cleanup(command, Snapshot(reader), terms)
    assert plan_from_json(plan_to_json(plan)) == plan
    return plan


def names(plan: Plan) -> list[str]:
    """Return what the plan deletes, a name for each version."""
    (step,) = [one for one in plan.steps if isinstance(one, DeleteGenerations)]
    return [name for (name, _), _ in each(step.objects)]


def test_by_default_only_what_a_plain_listing_shows_goes() -> None:
    """Live leftovers by generation; nothing outside `.tmp/`, and old versions only if asked."""
    plan = planned(Cleanup(), twelve_nights())
    assert names(plan) == [".tmp/sbert-dead/x"]
    assert plan.facts[".tmp/ live"] == "1 version, 2.2 GB"
    assert plan.facts["older versions"] == "all kept"
    assert "12 noncurrent versions (26.4 GB)" in plan.warnings[-1]
    assert "`/cache cleanup 7d versions`" in plan.warnings[-1]


def test_with_versions_what_the_newest_three_need_stays() -> None:
    """The three are named, the bytes told apart by folder and kind, manifests go first."""
    reader = twelve_nights()
    plan = planned(Cleanup(versions=True), reader)
    assert plan.facts["versions kept"] == "20251113-093000, 20251112-093000, 20251111-093000"
    assert plan.facts[".tmp/ noncurrent"] == "12 versions, 26.4 GB"
    assert names(plan)[:9] == ["manifest.json"] * 9
    kept = [one for one in reader.stored if one.name.startswith(SBERT)]
    assert len(kept) - sum(name.startswith(SBERT) for name in names(plan)) >= 3
    assert "GB live and" in plan.summary


def test_somebody_has_to_type_the_buckets_name() -> None:
    """It destroys data: an operator, the name of what it destroys, and no undo."""
    plan = planned(Cleanup(), twelve_nights())
    assert plan.ask is not None
    assert (plan.ask.role, plan.ask.typed, plan.ask.danger) == (Role.OPERATOR, BUCKET, True)
    assert plan.undo == ""
    assert plan.again == "cleanup 7d"
    assert [type(step) for step in plan.steps] == [DeleteGenerations, VerifyDeletion]
    assert plan.closing == (CheckConsistency(),)


def test_soft_delete_decides_what_is_said_of_a_way_back() -> None:
    """On: until when and at what price; off: that it is final. Either is a fact of the plan."""
    on = planned(Cleanup(), twelve_nights())
    assert on.warnings[0].startswith("I cannot bring it back. Until about 2025-11-28 09:30 UTC")
    assert "and bills it" in on.warnings[0]
    assert on.warnings[0] in on.reminders
    reader = twelve_nights()
    assert reader.settings is not None
    off = planned(Cleanup(), replace(reader, settings=replace(reader.settings, soft_delete=None)))
    assert "can never be had back" in off.warnings[0]
    assert (on.facts["soft delete"], off.facts["soft delete"]) == ("7 days", "off")


def test_the_same_state_is_the_same_plan_and_time_alone_changes_nothing() -> None:
    """Versions grow old by the hour, and the card shows which; so a yes has time to come."""
    later = replace(TERMS, now=NOW + timedelta(minutes=10))
    probes = [
        Write(".tmp/probe", NOW - 7 * DAY - timedelta(minutes=m), m % 2 or None) for m in range(90)
    ]
    reader = cache_after([*two_syncs(), *reversed(probes)])
    first = planned(Cleanup(versions=True), reader)
    assert planned(Cleanup(versions=True), reader, later).facts_hash == first.facts_hash
    assert "written before 2025-11-14 09:00 UTC" in first.summary
    next_hour = replace(TERMS, now=NOW + timedelta(minutes=30))
    assert len(names(planned(Cleanup(versions=True), reader, next_hour))) > len(names(first))
    first = planned(Cleanup(versions=True), twelve_nights())
    less = without(twelve_nights(), ".tmp/sbert-dead/x")
    assert planned(Cleanup(versions=True), less).facts_hash != first.facts_hash


@pytest.mark.parametrize("state", [ExecutionState.RUNNING, ExecutionState.PENDING])
def test_beside_a_sync_nothing_is_planned(state: ExecutionState) -> None:
    """What looks like a leftover may be what it is just downloading."""
    reader = replace(twelve_nights(), runs=(execution("zzzzz", NOW, state),))
    with pytest.raises(OpsError, match="tabular-model-sync-zzzzz is running"):
        planned(Cleanup(), reader)


def test_nothing_to_clean_is_said_with_what_there_is() -> None:
    """How much there is, how old, and what keeps it."""
    young = Write(".tmp/sbert-1/x", NOW - timedelta(hours=2), GIGABYTES)
    reader = cache_after([*two_syncs(), young])
    with pytest.raises(NothingToDo) as caught:
        planned(Cleanup(), reader)
    assert "no leftovers older than 7 days, written before 2025-11-14 09" in caught.value.message
    assert ".tmp/ holds 1 live object (2.2 GB, the oldest 2 h old)." in caught.value.hint
    with pytest.raises(NothingToDo) as caught:
        planned(Cleanup(timedelta(hours=20), versions=True), reader)
    assert "10 are needed by kept versions" in caught.value.hint
    with pytest.raises(NothingToDo, match="nothing to clean"):
        planned(Cleanup(), cache_after([]))


def test_where_nothing_is_old_enough_the_age_that_would_free_something_is_named() -> None:
    """Health sends people here: the way on is a command that does free what it says."""
    with pytest.raises(NothingToDo) as caught:
        planned(Cleanup(30 * DAY), twelve_nights())
    assert "`/cache cleanup 7d` would free 2.2 GB." in caught.value.hint
    assert caught.value.offers == ("cleanup 7d", "cleanup 7d versions")
    freed = planned(Cleanup(7 * DAY, versions=True), twelve_nights()).summary
    told = caught.value.hint.partition("`/cache cleanup 7d versions` would free ")[2]
    assert f"({told.removesuffix('.')}:" in freed


def test_where_no_age_frees_anything_that_is_said() -> None:
    """All that is there is needed: nobody should go on trying."""
    with pytest.raises(NothingToDo) as caught:
        planned(Cleanup(timedelta(hours=1), versions=True), cache_after(two_syncs()))
    assert caught.value.hint.endswith("No other age would free anything.")
    assert caught.value.offers == ()


def test_what_cannot_be_read_is_no_advice() -> None:
    """The plain cleanup reads no versions, and says as much as it knows."""
    errors = {"read manifest.json": Unavailable("Away.")}
    young = Write(".tmp/sbert-1/x", NOW - timedelta(hours=9), GIGABYTES)
    with pytest.raises(NothingToDo) as caught:
        planned(Cleanup(), replace(cache_after([*two_syncs(), young]), errors=errors))
    assert caught.value.offers == ("cleanup 6h",)


def test_a_broken_cache_can_be_cleaned_and_is_told() -> None:
    """A full bucket may be what broke it; the proof then compares with what was wrong before."""
    plan = planned(Cleanup(), without(twelve_nights(), ".done"))
    assert any("There is no .done marker" in warning for warning in plan.warnings)
    (proof,) = [one for one in plan.steps if isinstance(one, VerifyDeletion)]
    assert proof.problems == (
        "There is no .done marker, so startups treat the cache as unfinished.",
    )


def test_one_plan_takes_only_so_many() -> None:
    """What is more is told; the card and its row stay small."""
    writes = [Write(f".tmp/sbert-{number}/x", NOW - 9 * DAY, 1) for number in range(MOST + 2)]
    plan = planned(Cleanup(), cache_after([*two_syncs(), *writes]))
    assert len(names(plan)) == MOST
    assert any("2 more versions could go too" in warning for warning in plan.warnings)
    assert len(plan_to_json(plan)) < 100 * MOST


@pytest.mark.parametrize("question", ["objects", "executions", "bucket", "read manifest.json"])
@pytest.mark.parametrize("error", [Unavailable("Away."), PermissionDenied("It may not.")])
def test_what_cannot_be_read_is_not_taken_for_waste(question: str, error: Exception) -> None:
    """Unknown means no."""
    with pytest.raises(type(error)):
        planned(Cleanup(versions=True), replace(twelve_nights(), errors={question: error}))


def test_without_a_sync_job_the_waste_goes_and_that_is_told() -> None:
    """None runs then; but the job's name may be set wrongly, so a person should know."""
    plan = planned(Cleanup(), replace(twelve_nights(), sync_job=None))
    assert names(plan) == [".tmp/sbert-dead/x"]
    assert any("There is no sync job of the name" in warning for warning in plan.warnings)
    assert plan.facts["running execution"] == "no sync job"
