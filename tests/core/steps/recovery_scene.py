"""The scene of a recovery: the default deployment on a pretend cloud, and the bot's adapters."""

from collections.abc import Mapping
from dataclasses import dataclass

from core.cache.inventory import Inventory, take_inventory
from core.cache.objects import MANIFEST, live_by_name
from core.google.google_cloud import GoogleCloud
from core.remedies import RestoreLost
from sandbox.cloud.cloud import PretendCloud
from sandbox.cloud.project import Project
from tests.core.google.conftest import deployment_of
from tests.core.steps.recovering import Recovering

_WRITES = ("insert", "restore", "patch", "setIamPolicy", "rewrite", "delete")


@dataclass(frozen=True)
class Scene:
    """The pretend cloud after a week of syncs, and the adapters connected to it."""

    pretend: PretendCloud
    cloud: GoogleCloud

    @property
    def project(self) -> Project:
        """What is served."""
        return self.pretend.project

    def inventory(self) -> dict[str, Inventory]:
        """Take the inventory of what is live, as a sync saves it."""
        live = live_by_name(self.cloud.objects())
        return {"v": take_inventory("v", live[MANIFEST].generation, live.values())}

    def recovering(self, inventories: dict[str, Inventory] | None = None) -> Recovering:
        """Plan a recovery from what is there now."""
        return Recovering(self.cloud, deployment_of(self.pretend), inventories or {})

    def contents(self) -> Mapping[str, object]:
        """Return what is live, by name, but for what syncs leave behind."""
        live = self.project.bucket.list()
        return {one.name: one.content for one in live if not one.name.startswith(".tmp/")}

    def state(self) -> object:
        """Return what a recovery is to bring back: content, settings, access."""
        bucket = self.project.bucket
        return self.contents(), bucket.settings, set(bucket.policy.bindings)

    def writes(self) -> int:
        """Count the calls on buckets and objects that write."""
        return sum(len(self.pretend.faults.seen(f"storage.*.{verb}")) for verb in _WRITES)


def restoring(recovery: Recovering) -> int:
    """Return the position of the step that restores what is lost."""
    steps = recovery.plan.steps
    return next(at for at, step in enumerate(steps) if isinstance(step, RestoreLost))
