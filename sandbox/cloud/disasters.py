"""What a person can break in the pretend project, one function each: demo buttons and tests."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

from google.cloud import run_v2, scheduler_v1

from sandbox.cloud.bucket import BucketSettings
from sandbox.cloud.content import Literal, Seeded
from sandbox.cloud.deployment import JOB, LLM, SERVICE
from sandbox.cloud.project import Project
from sandbox.cloud.run_state import Resource, short_name
from sandbox.cloud.scheduler_api import NIGHTLY
from sandbox.cloud.startup_log import MissReason, Outcome, Startup
from sandbox.cloud.sync_script import Cause, SyncScript
from sandbox.cloud.tabular_service import TOGGLE, stub_manifest

_LEFTOVER_BYTES = 2_293_000_000  # what a sync that died leaves in .tmp/
_SLOW_STARTUP = timedelta(minutes=2)  # by then even a miss has logged its last line
_STATES = run_v2.Condition.State
_ALLOCATIONS = run_v2.TrafficTargetAllocationType


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


def delete_bucket(project: Project) -> None:
    """Delete the bucket with all that is in it."""
    project.buckets.delete(project.bucket_name)


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
    revision = _revision(project, -1)
    to_revision = _ALLOCATIONS.TRAFFIC_TARGET_ALLOCATION_TYPE_REVISION

    def edit(service: Resource) -> None:
        target = {"type_": to_revision, "revision": revision, "percent": 100}
        service.traffic = [run_v2.TrafficTarget(target)]
        service.traffic_statuses = [run_v2.TrafficTargetStatus(target)]
        _count_generation(service)

    project.state.services.change(SERVICE, edit)
    return revision


def make_revision_unready(project: Project) -> str:
    """Let a new revision fail its health check, the old one serving on; return the new name."""
    revision = _revision(project, 1)
    message = (
        f"Revision '{revision}' is not ready and cannot serve traffic. The user-provided container "
        "failed the configured startup probe checks. Logs for this revision might contain more "
        "information."
    )
    failed = run_v2.Condition(
        type_="Ready",
        state=_STATES.CONDITION_FAILED,
        message=message,
        revision_reason=run_v2.Condition.RevisionReason.HEALTH_CHECK_CONTAINER_ERROR,
        last_transition_time=project.clock.now(),
    )

    def edit(service: Resource) -> None:
        service.generation += 1
        service.latest_created_revision = f"{service.name}/revisions/{revision}"
        service.terminal_condition = failed

    project.state.services.change(SERVICE, edit)
    return revision


def disable_flag(project: Project) -> None:
    """Switch the shared volume off by hand, in a new revision that is Ready."""
    revision = _revision(project, 1)

    def edit(service: Resource) -> None:
        (container,) = service.template.containers
        for variable in container.env:
            if variable.name == TOGGLE:
                variable.value = "false"
        service.latest_created_revision = f"{service.name}/revisions/{revision}"
        service.latest_ready_revision = service.latest_created_revision
        _count_generation(service)

    project.state.services.change(SERVICE, edit)


def remove_scheduler(project: Project) -> None:
    """Delete the nightly trigger."""
    project.schedules.remove(NIGHTLY)


def pause_scheduler(project: Project) -> None:
    """Pause the nightly trigger."""

    def edit(trigger: Resource) -> None:
        trigger.state = scheduler_v1.Job.State.PAUSED
        trigger.schedule_time = None

    project.schedules.change(NIGHTLY, edit)


def remove_metrics(project: Project) -> None:
    """Delete the log-based metrics."""
    for metric in project.metrics.log_metrics():
        project.metrics.remove(metric.name)


def remove_policies(project: Project) -> None:
    """Delete the alert policies; open incidents stay."""
    project.policies.clear()


def _revision(project: Project, steps: int) -> str:
    """Return a name for the revision so many steps from the latest."""
    latest = str(project.state.services.get(SERVICE).latest_created_revision)
    number = int(latest.split("-")[-2]) + steps
    return f"{SERVICE}-{number:05}-{project.state.ids.suffix(3)}"


def _change_bucket(project: Project, edit: Callable[[BucketSettings], BucketSettings]) -> None:
    project.bucket.change(edit(project.bucket.settings))


def _count_generation(service: Resource) -> None:
    service.generation += 1
    service.observed_generation = service.generation
