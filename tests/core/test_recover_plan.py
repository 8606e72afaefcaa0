"""Properties of the plan of a recovery: the least destructive road, from what is known alone."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest

from core.cache.buckets import JOB_ROLE, SERVICE_ROLE, Binding, BucketSpec
from core.cache.objects import Generation, LifecycleRule
from core.cache.symptoms import Condition
from core.errors import NothingToDo, OpsError, Unavailable
from core.executions import ExecutionState
from core.plans import CheckConsistency, RunSync, plan_from_json, plan_to_json
from core.remedies import (
    AddRules,
    CreateBucket,
    DisableVolume,
    GrantAccess,
    ProveWhole,
    RepairBucket,
    RestoreBucket,
    RestoreLost,
)
from core.services import TriggerState
from tests.core.reader import MemoryReader
from tests.core.recover_cases import (
    DENIED,
    GRANTS,
    LOST,
    deployed,
    emptied,
    gone,
    inventory,
    kinds,
    plan,
    whole,
    wiped,
)
from tests.core.whole_cache import (
    BUCKET,
    NOW,
    Write,
    execution,
    stub_text,
    two_syncs,
    without,
)


def test_nothing_wrong_means_no_plan() -> None:
    """A recovery that has nothing to do is not offered for a yes."""
    with pytest.raises(NothingToDo, match="nothing to recover"):
        plan(whole())


def test_a_soft_deleted_bucket_is_restored_and_never_made_anew() -> None:
    """The last one deleted, with its objects; what cannot be read now is looked at then."""
    older = replace(LOST, generation=Generation(3), deleted_at=NOW - timedelta(days=2))
    made = plan(gone(LOST, older))
    assert made.steps[0] == RestoreBucket(LOST.generation, LOST.gone_at)
    assert kinds(made)[1:5] == [RepairBucket, GrantAccess, RestoreLost, AddRules]
    assert kinds(made)[5:7] == [ProveWhole, RunSync]
    assert CreateBucket not in kinds(made)
    assert isinstance(made.closing[-1], DisableVolume)
    assert plan_from_json(plan_to_json(made)) == made


def test_a_bucket_gone_for_good_is_made_to_the_spec_with_both_accounts_roles() -> None:
    """In the service's region; the accounts are those that Cloud Run names."""
    made = plan(gone())
    assert isinstance(made.steps[0], CreateBucket)
    spec = made.steps[0].spec
    assert (spec.name, spec.location, spec.kept_versions) == (BUCKET, "europe-west1", 3)
    assert made.steps[1] == GrantAccess(GRANTS)
    assert RestoreLost not in kinds(made)
    assert RunSync in kinds(made)


def test_what_can_be_read_and_is_whole_is_restored_without_a_sync() -> None:
    """Noncurrent versions are proven beforehand, as those to roll back to are."""
    assert kinds(plan(emptied())) == [RestoreLost, CheckConsistency]
    stub = deployed([*two_syncs(), Write("manifest.json", NOW, stub_text("20251121-093000"))])
    assert kinds(plan(stub)) == [RestoreLost, CheckConsistency]


def test_what_cannot_be_read_is_proven_by_an_inventory_or_a_sync() -> None:
    """Soft-deleted versions have checksums in their listing, and nothing more."""
    assert kinds(plan(wiped()))[:3] == [RestoreLost, ProveWhole, RunSync]
    assert kinds(plan(wiped(), inventory())) == [RestoreLost, CheckConsistency]
    lost_one = replace(wiped(), dropped=wiped().dropped[:-2])
    assert RunSync in kinds(plan(lost_one, inventory()))


def test_what_is_left_but_not_whole_is_not_restored() -> None:
    """A version of which a model is gone for good is filled by a sync alone."""
    blob = next(one.name for one in whole().stored if "ollama/blobs" in one.name)
    made = plan(without(emptied(), blob))
    assert RestoreLost not in kinds(made)
    assert kinds(made)[0] is RunSync


@pytest.mark.parametrize("lost", [emptied, wiped])
def test_soft_deleted_versions_that_may_not_be_listed_are_told(
    lost: Callable[[], MemoryReader],
) -> None:
    """The newest complete version may be among them: the plan says so, and that it is not known."""
    made = plan(replace(lost(), errors={"soft_deleted": DENIED}))
    unknown = [one.title for one in made.symptoms if one.condition is Condition.UNKNOWN]
    assert unknown == ["Soft-deleted versions"]
    assert any("a newer version may be among them" in one for one in made.warnings)
    assert made.facts["soft-deleted versions"] == "could not be listed"
    assert (RestoreLost in kinds(made)) is (lost is emptied)
    with pytest.raises(OpsError, match="whether one can be restored is not known") as refused:
        plan(replace(wiped(), errors={"soft_deleted": DENIED}, sync_job=None, runs=()))
    assert refused.value.hint == DENIED.hint


def test_a_time_out_of_the_listing_makes_no_plan() -> None:
    """A free restore does not turn into a download because one answer was late."""
    late = Unavailable("Cloud Storage gave no answer.", "Try again in a minute.")
    with pytest.raises(Unavailable):
        plan(replace(wiped(), errors={"soft_deleted": late}))


def test_beside_a_running_sync_nothing_is_restored() -> None:
    """It is joined, and its result proven."""
    reader = emptied()
    running = execution("ccccc", NOW, ExecutionState.RUNNING)
    made = plan(replace(reader, runs=(running, *reader.runs)))
    assert kinds(made)[0] is RunSync
    assert made.facts["running execution"] == running.name


def test_settings_and_access_are_mended_without_touching_a_whole_cache() -> None:
    """No sync, no restore, and no volume is switched off behind a consistent cache."""
    reader = whole()
    assert reader.settings is not None
    bare = replace(reader.settings, versioning=False, lifecycle=())
    made = plan(replace(reader, settings=bare))
    assert kinds(made) == [RepairBucket, AddRules, CheckConsistency]
    assert made.closing == (CheckConsistency(),)
    made = plan(replace(emptied(), settings=bare, access=()))
    assert made.steps[1] == GrantAccess(GRANTS)
    assert kinds(made) == [RepairBucket, GrantAccess, RestoreLost, AddRules, CheckConsistency]


def test_exactly_the_rules_that_lack_are_added_and_shown() -> None:
    """Each stands in the plan and its facts; a rule of one's own that does the work stays alone."""
    reader = whole()
    assert reader.settings is not None
    ten, month = LifecycleRule(newer_versions=10), LifecycleRule(age=timedelta(days=30))
    made = plan(replace(reader, settings=replace(reader.settings, lifecycle=(ten, month))))
    assert kinds(made) == [RepairBucket, AddRules, CheckConsistency]
    temporary = BucketSpec("b", "l", 3, timedelta(days=7)).rules[1]
    assert made.steps[1] == AddRules((temporary,))
    assert made.facts["delete rules to add"] == "age 7 d in .tmp/, tmp/"
    assert made.facts["delete rules to remove"] == "age 30 d"
    settings = replace(reader.settings, versioning=False, lifecycle=(ten, temporary))
    made = plan(replace(reader, settings=settings))
    assert kinds(made) == [RepairBucket, CheckConsistency]
    assert "delete rules to add" not in made.facts


@pytest.mark.parametrize(
    ("access", "condition"),
    [
        (Binding("roles/storage.objectUser", (GRANTS[0].member,)), Condition.OK),
        (Binding("roles/storage.objectViewer", (GRANTS[0].member,)), Condition.WRONG),
        (Binding("projects/p/roles/mine", (GRANTS[0].member,)), Condition.WRONG),
        (Binding(SERVICE_ROLE, (GRANTS[0].member,), conditional=True), Condition.WRONG),
        (Binding(SERVICE_ROLE, ("serviceAccount:x@p",)), Condition.WRONG),
    ],
)
def test_only_a_role_that_does_for_sure_counts(access: Binding, condition: Condition) -> None:
    """A condition, a role of one's own or a narrow one may or may not do."""
    reader = replace(emptied(), access=(access, Binding(JOB_ROLE, (GRANTS[1].member,))))
    found = {one.title: one.condition for one in plan(reader).symptoms}
    assert found["Access of the service"] is condition
    assert found["Access of the sync job"] is Condition.OK


@pytest.mark.parametrize("access", [(), (Binding("projects/p/roles/mine", (GRANTS[0].member,)),)])
def test_access_that_works_is_not_known_to_be_missing(access: tuple[Binding, ...]) -> None:
    """Behind a whole cache the roles may come from the project: nobody is made admin for it."""
    reader = replace(whole(), access=access)
    with pytest.raises(OpsError, match=r"may come from the project") as refused:
        plan(reader)
    assert "If it is refused access, grant it roles/storage.admin there by hand" in str(refused)
    assert reader.settings is not None
    bare = replace(reader.settings, versioning=False)
    made = plan(replace(reader, settings=bare))
    assert kinds(made) == [RepairBucket, CheckConsistency]
    unknown = [one.title for one in made.symptoms if one.condition is Condition.UNKNOWN]
    assert unknown == ["Access of the service", "Access of the sync job"]


def test_a_custom_role_is_not_known_to_suffice() -> None:
    """What it holds is not read, so behind a broken cache the account gets one that does."""
    mine = Binding("projects/p/roles/mine", (GRANTS[0].member,))
    made = plan(replace(emptied(), access=(mine, Binding(JOB_ROLE, (GRANTS[1].member,)))))
    (told,) = [one.evidence for one in made.symptoms if one.title == "Access of the service"]
    assert "projects/p/roles/mine, a role of your own, which is not known to suffice" in told


def test_what_could_not_be_read_is_unknown_and_left_alone() -> None:
    """It is shown as unknown, told in a warning, and no step is planned for it."""
    made = plan(replace(emptied(), errors={"bindings": DENIED}))
    unknown = [one.title for one in made.symptoms if one.condition is Condition.UNKNOWN]
    assert unknown == ["Access of the service", "Access of the sync job"]
    assert GrantAccess not in kinds(made)
    assert any("Access of the service is not known" in one for one in made.warnings)
    with pytest.raises(OpsError, match="not everything could be read"):
        plan(replace(whole(), errors={"bindings": DENIED}))


@pytest.mark.parametrize("question", ["bucket", "soft_deleted_buckets"])
def test_a_bucket_of_which_nothing_is_known_is_not_planned_for(question: str) -> None:
    """To create one where one may be restored, or may be there, could destroy the rest."""
    reader = replace(gone(), errors={question: DENIED})
    with pytest.raises(OpsError, match="cannot tell what has become of the bucket") as refused:
        plan(reader)
    assert refused.value.hint == DENIED.hint


def test_without_a_sync_job_what_is_left_is_still_restored() -> None:
    """And where nothing is left, nothing is promised."""
    reader = replace(wiped(), sync_job=None, runs=())
    made = plan(reader)
    assert kinds(made) == [RestoreLost, CheckConsistency]
    assert any("no sync job" in one for one in made.warnings)
    with pytest.raises(OpsError, match="no complete version to restore and no sync job"):
        plan(replace(reader, dropped=()))


def test_an_account_that_is_not_told_is_unknown() -> None:
    """The project's default account has no name here, so it gets no role by a guess."""
    reader = gone()
    assert reader.tabular is not None
    made = plan(replace(reader, tabular=replace(reader.tabular, service_account="")))
    assert made.steps[1] == GrantAccess(GRANTS[1:])


def test_it_asks_for_the_buckets_name() -> None:
    """Whoever brings a bucket back should know which."""
    asking = plan(gone()).ask
    assert asking is not None
    assert (asking.typed, asking.danger) == (BUCKET, True)


def test_what_is_lost_for_good_is_told_before_and_after() -> None:
    """No version is left to roll back to; what comes back with its bucket is no loss."""
    made = plan(gone())
    assert "every earlier version is gone" in made.warnings[0]
    assert "no new revision is needed" in made.warnings[1]
    assert made.reminders == made.warnings[:2]
    for other in (gone(LOST), wiped()):
        assert plan(other).reminders == ()


@pytest.mark.parametrize("reader", [gone(), gone(LOST), emptied()])
def test_a_nightly_sync_that_is_paused_is_told(reader: MemoryReader) -> None:
    """A recovery does not resume it: who is called at night should know."""
    assert reader.trigger is not None
    paused = replace(reader, trigger=replace(reader.trigger, state=TriggerState.PAUSED))
    made = plan(paused)
    assert "The nightly sync is paused" in made.reminders[-1]
    assert made.reminders[-1] in made.warnings
    assert not any("nightly" in one for one in plan(reader).warnings)
