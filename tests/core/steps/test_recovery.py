"""Properties of the remedies: the same end whatever happens to a call, and nothing buried."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from threading import Lock

import pytest

from core.cache.objects import StoredObject
from core.errors import PermissionDenied
from core.google.google_cloud import GoogleCloud
from core.outcomes import Done, Failed, Pending, Stopped
from core.plans import RunSync
from core.remedies import CreateBucket, RestoreBucket
from sandbox.cloud import disasters
from sandbox.cloud.buckets import BucketSettings
from sandbox.cloud.content import Seeded
from sandbox.cloud.project import Project
from sandbox.cloud.sync_script import Stage
from sandbox.cloud.versions import NoSuchBucket
from sandbox.faults import Fault, Kind, LoseReply, Phase, Refuse
from tests.core.google.conftest import deployment_of, endpoints_of
from tests.core.steps.recovery_scene import Scene, restoring


def lose_settings(project: Project) -> None:
    """Take versioning, rules and roles, and the marker: a whole cache has the roles it needs."""
    disasters.remove_done(project)
    disasters.drop_bindings(project)
    disasters.suspend_versioning(project)
    disasters.remove_lifecycle(project)


ROADS: dict[str, tuple[Callable[[Project], None], tuple[str, ...]]] = {
    "deleted": (disasters.delete_bucket, ("storage.buckets.restore", "storage.objects.restore")),
    "settings": (lose_settings, ("storage.buckets.patch", "storage.buckets.setIamPolicy")),
    "emptied": (disasters.empty_bucket, ("storage.objects.rewrite",)),
    "wiped": (disasters.wipe_bucket, ("storage.objects.restore",)),
}
TROUBLES: dict[str, Kind] = {
    "refused": Refuse(503), "reply lost": LoseReply(), "conflict": Refuse(412)
}  # fmt: skip


@pytest.mark.parametrize("trouble", TROUBLES)
@pytest.mark.parametrize("road", ROADS)
def test_trouble_with_any_write_leads_to_the_same_end(
    scene: Scene, road: str, trouble: str
) -> None:
    """Refused, applied without a reply, or in conflict: what is there at the end is the same."""
    before, inventories = scene.state(), scene.inventory()
    break_it, methods = ROADS[road]
    break_it(scene.project)
    recovery = scene.recovering(inventories)
    for method in methods:
        scene.pretend.faults.add(Fault(method, TROUBLES[trouble], times=1))
    outcomes = recovery.finish_remedies()
    assert all(isinstance(one, Done) for one in outcomes), outcomes
    assert scene.state() == before


@pytest.mark.parametrize("trouble", TROUBLES)
def test_a_bucket_is_created_to_the_spec_once(scene: Scene, trouble: str) -> None:
    """Whatever becomes of the call; its own reply lost is no stranger's bucket."""
    access = set(scene.project.bucket.policy.bindings)
    disasters.delete_bucket_for_good(scene.project)
    recovery = scene.recovering()
    for method in ("storage.buckets.insert", "storage.buckets.setIamPolicy"):
        scene.pretend.faults.add(Fault(method, TROUBLES[trouble], times=1))
    outcomes = recovery.finish_remedies()
    assert all(isinstance(one, Done) for one in outcomes), outcomes
    assert scene.state() == ({}, BucketSettings(), access)
    assert any(isinstance(step, RunSync) for step in recovery.plan.steps)


@pytest.mark.parametrize(
    ("settings", "differs"),
    [
        (BucketSettings(location="US"), "It is in US, not in europe-west1."),
        (BucketSettings(uniform_access=False), "Access to it is not uniform."),
        (BucketSettings(versioning=False), "Object versioning is off"),
    ],
)
def test_a_strangers_bucket_of_another_kind_is_not_taken_for_ours(
    scene: Scene, settings: BucketSettings, differs: str
) -> None:
    """To the spec means all of it, also what cannot be mended afterwards."""
    disasters.delete_bucket_for_good(scene.project)
    recovery = scene.recovering()
    scene.project.buckets.insert(scene.project.bucket_name, settings)
    outcome = recovery.finish(0)
    assert isinstance(outcome, Failed)
    assert differs in outcome.why


def test_two_hundred_objects_come_back_sixteen_at_a_time_and_the_marker_last(
    scene: Scene,
) -> None:
    """Each object is restored once, also where every try is made by another process."""
    bucket = scene.project.bucket
    for number in range(200):
        bucket.put(f"ollama/blobs/sha256-{number:03}", Seeded(f"{number}", 10_000_000))
    bucket.put("manifest.json", bucket.get("manifest.json").content)
    bucket.put(".done", bucket.get(".done").content)
    before = scene.contents()
    scene.project.clock.advance(timedelta(minutes=1))
    disasters.wipe_bucket(scene.project)
    flight = _Flight()
    scene.pretend.faults.watch(flight)
    for _ in range(50):
        recovery = scene.recovering()  # a process that knows nothing of the last one's tries
        outcome = recovery.take(restoring(recovery))
        assert isinstance(outcome, Pending)
        live = scene.contents()
        if ".done" in live:
            break
    assert live == before
    assert flight.most <= 16
    restored = scene.pretend.faults.seen("storage.objects.restore")
    assert len(restored) == len({call.detail for call in restored}) == len(before)


def test_what_the_plan_has_shown_is_restored_without_the_soft_deleted(scene: Scene) -> None:
    """Nothing of the set lies there, so it does not matter that nobody may look there."""
    before = scene.contents()
    disasters.empty_bucket(scene.project)
    scene.project.clock.advance(timedelta(minutes=1))
    with_rights = scene.recovering()
    blind = _Blind.connect(deployment_of(scene.pretend), endpoints_of(scene.pretend))
    recovery = replace(with_rights, cloud=blind)
    assert recovery.plan.facts["soft-deleted versions"] == "could not be listed"
    assert all(isinstance(one, Done) for one in recovery.finish_remedies())
    assert scene.contents() == before
    blind.close()


def test_a_set_of_which_something_is_gone_is_named(scene: Scene) -> None:
    """It is not replaced by another version that nobody was asked about."""
    bucket = scene.project.bucket
    bucket.change(replace(bucket.settings, soft_delete_seconds=0))
    disasters.empty_bucket(scene.project)
    recovery = scene.recovering()
    newest = bucket.list(".done", versions=True)[-1]
    bucket.delete(newest.name, newest.generation)
    outcome = recovery.finish(restoring(recovery))
    assert isinstance(outcome, Failed)
    assert "1 version to restore is gone, such as .done" in outcome.why


def test_a_strangers_bucket_is_never_touched(scene: Scene) -> None:
    """Neither deleted to make room nor taken for the one that was to be restored."""
    disasters.delete_bucket(scene.project)
    recovery = scene.recovering()
    assert isinstance(recovery.plan.steps[0], RestoreBucket)
    scene.project.buckets.create(scene.project.bucket_name)
    outcome = recovery.finish(0)
    assert isinstance(outcome, Failed)
    assert "another bucket of this name" in outcome.why
    assert scene.writes() == 0


def test_no_bucket_is_created_over_one_that_can_be_restored(scene: Scene) -> None:
    """One that turns up after the plan was made stops it: a new one would rule it out."""
    disasters.delete_bucket_for_good(scene.project)
    recovery = scene.recovering()
    assert isinstance(recovery.plan.steps[0], CreateBucket)
    scene.project.buckets.create(scene.project.bucket_name)
    disasters.delete_bucket(scene.project)
    outcome = recovery.finish(0)
    assert isinstance(outcome, Failed)
    assert "none was created" in outcome.why
    assert scene.writes() == 0


def test_a_running_sync_is_waited_for(scene: Scene) -> None:
    """Nothing is written beside it; a person who asks to stop is heard at once."""
    scene.project.scripts.hold(Stage.PULLING_LLM)
    disasters.wipe_bucket(scene.project)
    recovery = scene.recovering()
    name = disasters.start_rival_execution(scene.project)
    outcome = recovery.take(restoring(recovery))
    assert isinstance(outcome, Pending)
    assert name in outcome.note
    assert scene.pretend.faults.seen("storage.objects.restore") == []
    recovery.stopped_by = "U0ANNA"
    assert isinstance(recovery.take(restoring(recovery)), Stopped)
    scene.project.scripts.release()


def test_asked_to_stop_nothing_more_is_done(scene: Scene) -> None:
    """Every remedy hears it before it writes."""
    lose_settings(scene.project)
    recovery = scene.recovering()
    recovery.stopped_by = "U0ANNA"
    for position in range(len(recovery.plan.steps) - 1):
        assert isinstance(recovery.take(position), Stopped)
    assert scene.writes() == 0


@pytest.mark.parametrize(
    ("break_it", "permission"),
    [
        (disasters.delete_bucket, "storage.buckets.restore"),
        (disasters.wipe_bucket, "storage.objects.restore"),
        (disasters.empty_bucket, "storage.objects.create"),
        (lose_settings, "storage.buckets.setIamPolicy"),
        (disasters.remove_lifecycle, "storage.buckets.update"),
        (disasters.delete_bucket_for_good, "storage.buckets.create"),
    ],
)
def test_a_missing_right_ends_it_with_the_permission_to_grant(
    scene: Scene, break_it: Callable[[Project], None], permission: str
) -> None:
    """It is no trouble that passes, so it is not tried again and again."""
    break_it(scene.project)
    recovery = scene.recovering()
    scene.project.buckets.deny(permission)
    try:
        scene.project.bucket.deny(permission)
    except NoSuchBucket:
        assert permission.startswith("storage.buckets.")
    outcome = recovery.finish_remedies()[-1]
    assert isinstance(outcome, Failed)
    assert permission in outcome.hint


class _Blind(GoogleCloud):
    """A cloud whose soft-deleted versions may not be listed."""

    def soft_deleted(self) -> Sequence[StoredObject]:
        """Refuse."""
        raise PermissionDenied("The soft-deleted versions may not be listed.", "Grant it.")


@dataclass
class _Flight:
    """Counts the restores that are under way at the same time."""

    now: int = 0
    most: int = 0

    def __post_init__(self) -> None:
        self._lock = Lock()

    def __call__(self, method: str, phase: Phase) -> None:
        """Hear of a call."""
        if method == "storage.objects.restore":
            with self._lock:
                self.now += 1 if phase is Phase.BEFORE else -1
                self.most = max(self.most, self.now)
