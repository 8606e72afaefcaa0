"""Properties of the remedies: the same end whatever happens to a call, and nothing buried."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from threading import Lock

import pytest

from core.evidence import CHANGED_SERVICE
from core.outcomes import Done, Failed, Pending, Stopped
from core.plans import RunSync
from core.remedies import CreateBucket, RestoreBucket
from sandbox.cloud import disasters
from sandbox.cloud.buckets import BucketSettings
from sandbox.cloud.content import Literal, Seeded
from sandbox.cloud.deployment import SERVICE
from sandbox.cloud.project import Project
from sandbox.cloud.sync_script import Stage
from sandbox.cloud.versions import NoSuchBucket
from sandbox.faults import Fault, Kind, LoseReply, Phase, Refuse
from tests.core.steps.recovering import Recovering
from tests.core.steps.recovery_scene import Scene, restoring

UPDATE = "google.cloud.run.v2.Services/UpdateService"


def lose_settings(project: Project) -> None:
    """Take versioning, rules and roles."""
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
        (disasters.drop_bindings, "storage.buckets.setIamPolicy"),
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


def test_the_volume_is_switched_off_only_where_it_is_needed_and_helps(scene: Scene) -> None:
    """Off behind a broken cache, left alone behind a whole one, or while a mount would fail."""
    disasters.wipe_bucket(scene.project)
    recovery = scene.recovering()
    last = len(recovery.records) - 1
    disasters.delete_bucket(scene.project)
    outcome = recovery.finish(last)
    assert isinstance(outcome, Failed)
    assert "fail with the volume switched off as well" in outcome.why
    assert scene.pretend.faults.seen(UPDATE) == []
    scene.project.buckets.create(scene.project.bucket_name)
    scene.pretend.faults.add(Fault(UPDATE, LoseReply(), times=1))
    off = _until_over(recovery, last)
    assert isinstance(off, Done)
    assert "serves without it" in off.note
    assert "every start fails" in off.note
    assert len(scene.pretend.faults.seen(UPDATE)) == 1
    service = scene.project.state.services.get(SERVICE)
    values = {one.name: one.value for one in service.template.containers[0].env}
    assert values["SHARED_MODEL_VOLUME_ENABLED"] == "false"


def test_a_stop_denies_nothing_that_was_switched_off(scene: Scene) -> None:
    """Switched off already it is followed to its end; not yet, and it is left on."""
    disasters.wipe_bucket(scene.project)
    disasters.next_revision_hangs(scene.project)
    recovery = scene.recovering()
    last = len(recovery.records) - 1
    recovery.stopped_by = "U0ANNA"
    left = recovery.take(last)
    assert isinstance(left, Done)
    assert "left as it is" in left.note
    recovery.stopped_by = ""
    assert isinstance(recovery.take(last), Pending)
    recovery.stopped_by = "U0ANNA"
    assert isinstance(recovery.take(last), Pending)
    disasters.release_revisions(scene.project)
    off = _until_over(recovery, last)
    assert isinstance(off, Done)
    assert off.evidence == {CHANGED_SERVICE: "yes"}


def test_behind_a_consistent_cache_the_volume_stays_on(scene: Scene) -> None:
    """A step that failed late has left nothing broken; neither has one that a person stopped."""
    disasters.remove_done(scene.project)
    recovery = scene.recovering()
    scene.project.bucket.put(".done", _marker(scene.project))
    outcome = recovery.finish(len(recovery.records) - 1)
    assert isinstance(outcome, Done)
    assert "left as it is" in outcome.note
    assert scene.pretend.faults.seen(UPDATE) == []


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


def _until_over(recovery: Recovering, position: int) -> object:
    """Try it until the pretend Cloud Run, which takes its time, is done."""
    for _ in range(30):
        outcome = recovery.take(position)
        if not isinstance(outcome, Pending):
            return outcome
    return recovery.finish(position)


def _marker(project: Project) -> Literal:
    newest = project.bucket.list(".done", versions=True)[-1].content
    return Literal(newest.read(0, newest.size_bytes))
