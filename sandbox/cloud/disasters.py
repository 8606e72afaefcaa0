"""What a person can break in the pretend project, one function each: demo buttons and tests."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

from sandbox.cloud.bucket import BucketSettings
from sandbox.cloud.content import Literal, Seeded
from sandbox.cloud.deployment import COMMIT, JOB, LLM, SERVICE
from sandbox.cloud.iam_policy import IamPolicy
from sandbox.cloud.project import Project
from sandbox.cloud.revision_script import Fate
from sandbox.cloud.run_state import Resource, is_finished, short_name
from sandbox.cloud.scheduler_api import NIGHTLY, STATES
from sandbox.cloud.service_disasters import CI, deploy, set_variable
from sandbox.cloud.service_life import pinned_traffic
from sandbox.cloud.startup_log import MissReason, Outcome, Startup
from sandbox.cloud.sync_script import Cause, SyncScript
from sandbox.cloud.tabular_service import TOGGLE, stub_manifest

_LEFTOVER_BYTES = 2_293_000_000  # what a sync that died leaves in .tmp/
_SLOW_STARTUP = timedelta(minutes=2)  # by then even a miss has logged its last line


def fail_next_sync(project: Project, cause: Cause, *, attempts: int | None = None) -> None:
    """Let the next execution fail of `cause`: in all attempts, or in that many first ones."""
    script = SyncScript(cause) if attempts is None else SyncScript(cause, attempts)
    project.scripts.next(script)


def die_half_way_through_promotion(project: Project) -> None:
    """Let the next execution die after it has deleted sbert/, the old .done still there."""
    fail_next_sync(project, Cause.DEATH_IN_PROMOTION)


def start_rival_execution(project: Project, creator: str = "") -> str:
    """Start somebody else's execution, by default the CI's; return its short name."""
    creator = creator or project.place.account("ci-deployer")
    return short_name(project.executions.launch(project.state.job(JOB), creator))


def delete_newest_syncs(project: Project, younger_than: timedelta = timedelta(days=3)) -> None:
    """Delete the finished executions of the last days: no good sync is known of them."""
    shelf, since = project.state.executions, project.clock.now() - younger_than
    for execution in shelf.all():
        if is_finished(execution) and execution.create_time > since:
            shelf.remove(short_name(execution))


def delete_bucket(project: Project) -> None:
    """Delete the bucket with all that is in it."""
    project.buckets.delete(project.bucket_name)


def delete_bucket_for_good(project: Project) -> None:
    """Delete the bucket, and let its soft deletion be over: there is none to restore."""
    delete_bucket(project)
    project.buckets.forget(project.bucket_name)


def empty_bucket(project: Project) -> None:
    """Delete every object; all of them are noncurrent from now on."""
    for version in project.bucket.list():
        project.bucket.delete(version.name)


def wipe_bucket(project: Project) -> None:
    """Delete every version of every object; they are soft-deleted, and nothing else is left."""
    for version in project.bucket.list(versions=True):
        project.bucket.delete(version.name, version.generation)


def drop_bindings(project: Project) -> None:
    """Take all roles on the bucket from service accounts; the project's own people keep theirs."""
    kept = tuple(
        binding
        for binding in project.bucket.policy.bindings
        if not any(member.startswith("serviceAccount:") for member in binding.members)
    )
    project.bucket.set_policy(IamPolicy(kept))


def take_right_to_change_service(project: Project) -> None:
    """Take from everybody, the bot as well, the permission to change the service."""
    project.state.rights.deny("run.services.update")


def fill_bucket(project: Project, leftovers: int = 3) -> None:
    """Leave the downloads of that many dead syncs in .tmp/, written now: 2.3 GB each.

    Move the clock on to make them old: a bucket's history is never written backwards.
    """
    for _ in range(leftovers):
        folder = f".tmp/sbert-{project.program.versions.next()}/models--BAAI--bge-m3/blobs/"
        content = Seeded(folder, _LEFTOVER_BYTES)
        project.bucket.put(f"{folder}{project.state.ids.suffix(40)}", content)


def stub_out_manifest(project: Project) -> None:
    """Overwrite manifest.json by the stub that a startup writes; .done stays."""
    stub = Literal(stub_manifest(LLM, project.clock.now()))
    project.bucket.put("manifest.json", stub)


def remove_done(project: Project) -> None:
    """Delete the .done marker."""
    project.bucket.delete(".done")


def lose_blob(project: Project) -> str:
    """Delete the biggest blob of the LLM and return its name; its manifest stays."""
    blobs = project.bucket.list("ollama/blobs/")
    name = max(blobs, key=lambda version: version.size_bytes).name
    project.bucket.delete(name)
    return name


def lose_sbert(project: Project) -> None:
    """Delete the whole embedding model."""
    for version in project.bucket.list("sbert/"):
        project.bucket.delete(version.name)


def suspend_versioning(project: Project) -> None:
    """Switch object versioning off."""
    _change_bucket(project, lambda settings: replace(settings, versioning=False))


def remove_lifecycle(project: Project) -> None:
    """Remove all lifecycle rules."""
    _change_bucket(project, lambda settings: replace(settings, lifecycle=()))


def deny_permissions(project: Project, *permissions: str) -> None:
    """Take IAM permissions on the bucket from everybody, by default all writing ones."""
    writing = ("storage.objects.create", "storage.objects.delete")
    project.bucket.deny(*(permissions or writing))


def drop_hit_rate(project: Project, misses: int = 12) -> None:
    """Let that many startups of the last hour have missed the cache, in the logs only."""
    lay_startups(project, hits=0, misses=misses)


def lay_startups(
    project: Project, *, hits: int, misses: int, over: timedelta = timedelta(hours=1)
) -> None:
    """Log startups spread evenly `over` the time until now, misses first, nothing else."""
    count = hits + misses
    step = (over - 2 * _SLOW_STARTUP) / count
    last = project.clock.now() - _SLOW_STARTUP
    reasons = (MissReason.MODEL_NOT_FOUND, MissReason.MANIFEST_MISSING)
    for index in range(count):
        at = last - step * (count - 1 - index)
        instance_id = project.state.ids.instance_id()
        if index < misses:
            startup = Startup(at, instance_id, Outcome.MISS, reasons[index % 2])
        else:
            startup = Startup(at, instance_id, Outcome.HIT)
        project.service.log([startup])


def start_instances(project: Project, count: int = 1) -> list[Startup]:
    """Start instances of the service now, one after the other."""
    return [project.service.start_instance(project.clock.now()) for _ in range(count)]


def pin_traffic(project: Project) -> str:
    """Send all traffic to the revision before the latest, and return its name."""
    revision = short_name(project.state.revisions_of(SERVICE)[-2])

    def change(service: Resource) -> None:
        service.traffic = pinned_traffic(revision)

    deploy(project, change)
    return revision


def make_revision_unready(project: Project) -> str:
    """Let a new revision fail its health check, the old one serving on; return the new name."""

    def change(service: Resource) -> None:
        service.template.annotations[COMMIT] = project.state.ids.suffix(7)

    return deploy(project, change, CI, Fate.FAILS_HEALTH_CHECK)


def next_revision_fails(project: Project, fate: Fate = Fate.FAILS_HEALTH_CHECK) -> None:
    """Let the next revision fail: its health check, or for want of memory."""
    project.rollouts.scripts.next(fate)


def next_revision_hangs(project: Project) -> None:
    """Let the next revision neither start nor fail until `release_revisions`."""
    project.rollouts.scripts.next(Fate.HANGS)


def release_revisions(project: Project) -> None:
    """Let the revisions that hang start."""
    project.rollouts.scripts.release()


def disable_flag(project: Project) -> None:
    """Switch the shared volume off by hand, in a new revision that is Ready."""
    deploy(project, lambda service: set_variable(service.template, TOGGLE, "false"))


def remove_scheduler(project: Project) -> None:
    """Delete the nightly trigger."""
    project.schedules.remove(NIGHTLY)


def pause_scheduler(project: Project) -> None:
    """Pause the nightly trigger."""

    def edit(trigger: Resource) -> None:
        project.schedules.turn(trigger, STATES.PAUSED)

    project.schedules.change(NIGHTLY, edit)


def remove_metrics(project: Project) -> None:
    """Delete the log-based metrics."""
    for metric in project.metrics.log_metrics():
        project.metrics.remove(metric.name)


def remove_policies(project: Project) -> None:
    """Delete the alert policies; open incidents stay."""
    project.policies.clear()


def _change_bucket(project: Project, edit: Callable[[BucketSettings], BucketSettings]) -> None:
    project.bucket.change(edit(project.bucket.settings))
