"""A bucket with a history of its own, and rollbacks planned and run in this process.

The bucket is a pretend one, reached through Google's own client; syncs are lived through.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from core.cache.consistency import inspect_cache
from core.cache.inventory import Inventory, take_inventory
from core.cache.objects import OLLAMA, SBERT
from core.call import Actor, Place
from core.commands import Cleanup
from core.context import Context, Pace
from core.errors import OpsError, QuotaExceeded, Unavailable
from core.google.google_cloud import GoogleCloud
from core.operations import Operation, OperationId, OperationState, StepRecord, StepState
from core.outcomes import Done, Outcome, Pending
from core.perform import perform
from core.plans import Plan
from core.procedures.cleanup import Terms, plan_cleanup
from core.procedures.rollback import plan_rollback
from core.procedures.rollback_scene import choose, look_around
from core.snapshot import Snapshot
from sandbox.clock import Clock
from sandbox.cloud import disasters
from sandbox.cloud.cloud import PretendCloud
from sandbox.cloud.deployment import EMBEDDING, JOB
from sandbox.cloud.project import Layout, create_project
from sandbox.cloud.service_disasters import set_job_variable
from tests.core.google.conftest import deployment_of, endpoints_of
from tests.core.steps.running import Notes

_SPEED = 1_000_000.0
WRITES = ("storage.objects.rewrite", "storage.objects.insert", "storage.objects.delete")


@dataclass
class History:
    """What happened to the bucket, and what each version must hold: contents by name."""

    pretend: PretendCloud
    cloud: GoogleCloud
    versions: dict[str, dict[str, tuple[int, str, str]]] = field(default_factory=dict)
    inventories: dict[str, Inventory] = field(default_factory=dict)
    takes_inventories: bool = True
    stopping: bool = False

    def sync(self, *, llm: str = "", publish: bool = False) -> str:
        """Live through a sync, and note what it left; return its version."""
        project = self.pretend.project
        if llm:
            set_job_variable(project, "LLM_MODEL_NAME", llm)
        if publish:
            project.registry.publish(EMBEDDING)
        project.executions.live_through(project.state.job(JOB), "dana@example.com")
        state = inspect_cache(self.cloud)
        assert state.manifest is not None
        assert state.consistency.problems == ()
        version = state.manifest.version
        needed = {one.name for model in state.consistency.models for one in model.files}
        self.versions[version] = {
            name: one.content
            for name, one in state.live.items()
            if name in needed or name == "manifest.json"
        }
        if self.takes_inventories:
            generation = state.manifest.generation
            self.inventories[version] = take_inventory(version, generation, state.live.values())
        return version

    def stub(self) -> None:
        """Let a startup overwrite the manifest."""
        disasters.stub_out_manifest(self.pretend.project)

    def clean_up(self, older_than: timedelta, kept_versions: int) -> None:
        """Clean up as the bot does: what is old and needed by none of the newest versions."""
        command = Cleanup(older_than, versions=True)
        terms = Terms(
            self.pretend.project.bucket_name,
            kept_versions,
            self.inventories,
            self.pretend.project.clock.now(),
        )
        try:
            plan = plan_cleanup(command, Snapshot(self.cloud), terms)
        except OpsError:
            return
        assert isinstance(self.run(plan), Done)

    def lose_noncurrent(self, picks: list[int]) -> None:
        """Delete some noncurrent versions for good, as somebody careless does."""
        if not self.takes_inventories:
            return
        bucket = self.pretend.project.bucket
        for pick in picks:
            gone = [
                one
                for one in bucket.list(versions=True)
                if not one.is_live and one.name.startswith((OLLAMA, SBERT, "manifest.json"))
            ]
            if gone:
                one = gone[pick % len(gone)]
                bucket.delete(one.name, one.generation)

    def lose_live(self, pick: int) -> None:
        """Delete a live object of the models."""
        bucket = self.pretend.project.bucket
        live = [one.name for one in bucket.list() if one.name.startswith((OLLAMA, SBERT))]
        if live:
            bucket.delete(live[pick % len(live)])

    def days_pass(self, days: int) -> None:
        """Move the clock on; lifecycle runs as often as it would have."""
        self.pretend.project.clock.advance(timedelta(days=days))
        self.pretend.project.bucket.run_lifecycle()

    def writes(self) -> int:
        """Count the writes to objects so far."""
        return sum(len(self.pretend.project.faults.seen(method)) for method in WRITES)

    def plan(self, version: str) -> Plan:
        """Plan a rollback. Raises OpsError where it is refused."""
        scene = look_around(self.cloud, self.inventories)
        return plan_rollback(choose(version, scene), scene, deployment_of(self.pretend))

    def rolled_back(self, version: str) -> Outcome | None:
        """Roll back; return how the steps on the bucket ended, None where it was refused."""
        try:
            plan = self.plan(version)
        except OpsError:
            return None
        return self.run(plan)

    def run(self, plan: Plan) -> Outcome:
        """Take the plan's steps up to the proof of the result."""
        outcome: Outcome = Done("")
        for position, step in enumerate(plan.steps):
            notes = Notes()
            if step.kind in ("set_job_env", "set_service_env", "await_ready", "switch_nightly"):
                continue
            for _ in range(200):
                outcome = self._tried_with_patience(plan, position, notes)
                if not isinstance(outcome, Pending):
                    break
            if not isinstance(outcome, Done):
                return outcome
            if step.kind == "verify_restored":
                return outcome
        return outcome

    def tried(self, plan: Plan, position: int, notes: Notes | None = None) -> Outcome:
        """Try a step once, without any memory of earlier tries where none is handed in."""
        return perform(plan.steps[position], self._context(plan, position, notes or Notes()))

    def _tried_with_patience(self, plan: Plan, position: int, notes: Notes) -> Outcome:
        """Try it as the runner does, for which no clear answer is one to come."""
        try:
            return self.tried(plan, position, notes)
        except (Unavailable, QuotaExceeded) as exc:
            return Pending(exc.message, timedelta())

    def get(self, version: str) -> Inventory | None:
        """Return what was kept."""
        return self.inventories.get(version)

    def save(self, inventory: Inventory, _at: datetime) -> None:
        """Keep an inventory, as the plan's own step asks; the first one stays."""
        self.inventories.setdefault(inventory.version, inventory)

    def differences(self, version: str) -> list[str]:
        """Compare what is live with what the version held; models that lie beside it may stay."""
        live = {one.name: one for one in self.cloud.objects() if one.live}
        wanted = self.versions[version]
        wrong = [name for name, content in wanted.items()
                 if name not in live or live[name].content != content]  # fmt: skip
        extra = [
            name
            for name in live
            if name.startswith(SBERT) and not name.endswith("/") and name not in wanted
        ]
        done = self.pretend.project.bucket.get(".done").content.read(0, 100).decode().strip()
        return [*wrong, *extra, *([] if done == version else [f".done says {done}"])]

    def _context(self, plan: Plan, position: int, notes: Notes) -> Context:
        steps = tuple(
            StepRecord(at, step, StepState.RUNNING if at == position else StepState.WAITING)
            for at, step in enumerate(plan.steps)
        )
        operation = Operation(
            OperationId("rollback-abc234"),
            plan,
            Actor("U0OLGA"),
            Place("C0INCIDENTS"),
            OperationState.RUNNING,
            steps,
            datetime.now(UTC),
            stop_asked_by="U0OLGA" if self.stopping else "",
        )
        return Context(
            operation,
            self.cloud,
            deployment_of(self.pretend),
            notes,
            self,
            self.pretend.project.clock.now,
            Pace(),
        )


@contextmanager
def history(*, inventories: bool) -> Iterator[History]:
    """Serve a bucket that nothing has happened to yet."""
    with PretendCloud(create_project(Clock(_SPEED), Layout(history=False))) as pretend:
        cloud = GoogleCloud.connect(deployment_of(pretend), endpoints_of(pretend))
        try:
            yield History(pretend, cloud, takes_inventories=inventories)
        finally:
            cloud.close()
