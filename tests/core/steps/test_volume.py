"""Properties of the last resort: the volume goes off where it helps, and that is told."""

from core.cache.evidence import CHANGED_SERVICE
from core.outcomes import Done, Failed, Pending
from sandbox.cloud import disasters
from sandbox.cloud.content import Literal
from sandbox.cloud.deployment import SERVICE
from sandbox.cloud.project import Project
from sandbox.faults import Fault, LoseReply
from tests.core.steps.recovering import Recovering
from tests.core.steps.recovery_scene import Scene

UPDATE = "google.cloud.run.v2.Services/UpdateService"


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
