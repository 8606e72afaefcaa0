"""Properties of the look after a restore: what is whole is left alone, anything else is synced."""

from collections.abc import Mapping
from dataclasses import replace

import pytest

from core.cache.consistency import read_manifest
from core.cache.inventory import Inventory, take_inventory
from core.cache.manifest import Manifest
from core.cache.objects import live_by_name
from core.outcomes import Done
from core.plans import AwaitExecution, RunSync, SaveInventory, VerifySync
from core.remedies import ProveWhole
from sandbox.cloud import disasters
from sandbox.cloud.service_disasters import set_service_variable
from sandbox.cloud.tabular_service import LLM_NAME
from tests.core.steps.recovering import Recovering
from tests.core.steps.recovery_scene import Scene

_SYNC = (RunSync, AwaitExecution, VerifySync)


def kept(scene: Scene) -> dict[str, Inventory]:
    """Take the inventory of what is live under its own version."""
    manifest = read_manifest(scene.cloud)
    assert isinstance(manifest, Manifest)
    live = live_by_name(scene.cloud.objects()).values()
    return {manifest.version: take_inventory(manifest.version, manifest.generation, live)}


def looked(recovery: Recovering) -> Done:
    """Restore, and return what the look after it has found."""
    outcomes = recovery.finish_remedies()
    assert isinstance(recovery.plan.steps[len(outcomes) - 1], ProveWhole)
    outcome = outcomes[-1]
    assert isinstance(outcome, Done)
    return outcome


def at(recovery: Recovering, kind: type) -> int:
    """Return the position of a kind of step."""
    return next(at for at, one in enumerate(recovery.plan.steps) if isinstance(one, kind))


@pytest.mark.parametrize("listed", [True, False])
def test_a_restored_bucket_that_is_whole_is_not_synced(scene: Scene, *, listed: bool) -> None:
    """By the list that was kept, or by its manifest where the service names the same models."""
    inventories, executions = kept(scene), scene.cloud.executions()
    (version,) = inventories
    disasters.delete_bucket(scene.project)
    recovery = replace(scene.recovering(inventories), kept=inventories if listed else {})
    found = looked(recovery)
    assert f"whole at version {version}" in found.note
    assert ("list that was kept" in found.note) is listed
    assert found.evidence["after_version"] == version
    for kind in _SYNC:
        outcome = recovery.finish(at(recovery, kind))
        assert isinstance(outcome, Done)
        assert "Not needed" in outcome.note
    assert SaveInventory in [type(one) for one in recovery.plan.steps]
    assert scene.cloud.executions() == executions


def test_a_restored_bucket_that_lacks_a_file_of_the_list_is_synced(scene: Scene) -> None:
    """Only the list knows each file: its manifest alone may look right."""
    inventories = kept(scene)
    ((version, whole),) = inventories.items()
    more = replace(whole.items[0], name="sbert/once-there")
    listed: Mapping[str, Inventory] = {version: replace(whole, items=(*whole.items, more))}
    disasters.delete_bucket(scene.project)
    found = looked(replace(scene.recovering(inventories), kept=listed))
    assert "1 lack" in found.note
    assert found.evidence == {}


def test_models_that_the_service_does_not_ask_for_are_not_taken_for_whole(scene: Scene) -> None:
    """Without a list nothing says that they are what was there last."""
    disasters.delete_bucket(scene.project)
    set_service_variable(scene.project, LLM_NAME, "llama3.2:3b")
    found = looked(scene.recovering())
    assert "the service names other models" in found.note
    assert found.evidence == {}


def test_an_incomplete_version_is_synced_and_a_writer_is_followed(scene: Scene) -> None:
    """What is not whole is never called so, and a running sync may change it any moment."""
    disasters.delete_bucket(scene.project)
    recovery = scene.recovering()
    looked(recovery)
    disasters.remove_done(scene.project)
    found = recovery.take(at(recovery, ProveWhole))
    assert isinstance(found, Done)
    assert "so the models are downloaded" in found.note
    assert found.evidence == {}
    rival = disasters.start_rival_execution(scene.project)
    again = recovery.take(at(recovery, ProveWhole))
    assert isinstance(again, Done)
    assert f"{rival} is writing" in again.note
