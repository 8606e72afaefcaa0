"""Properties of the proof of a sync: the job's own word is not taken for it."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import cast

import pytest

from core.cache.inventory import Inventory
from core.call import Actor, Place
from core.cloud import Cloud
from core.context import Context, Pace
from core.deployment import Deployment
from core.errors import OpsError, Unavailable
from core.operations import Operation, OperationId, OperationState, StepRecord
from core.outcomes import Done, Failed
from core.plans import CheckConsistency, Plan, RunSync, SaveInventory, VerifySync
from core.steps.proof import check_consistency, save_inventory, verify_sync
from tests.core.reader import MemoryReader
from tests.core.whole_cache import (
    EMBEDDING,
    LAYER_BLOBS,
    LLM,
    NEWER,
    NOW,
    OLDER,
    WEIGHTS,
    Write,
    cache_after,
    manifest_text,
    stub_text,
    two_syncs,
    whole_cache,
    without,
)

STEP = VerifySync(LLM, EMBEDDING)
PLAN = Plan("sync", "Start it.", {}, (RunSync(), STEP, SaveInventory()), (CheckConsistency(),))
EXECUTION = "tabular-model-sync-aaaaa"


@dataclass
class Kept:
    """The inventories that were saved."""

    inventories: list[Inventory] = field(default_factory=list)

    def save(self, inventory: Inventory, at: datetime) -> None:
        """Keep it."""
        assert at == NOW
        self.inventories.append(inventory)

    def get(self, version: str) -> Inventory | None:
        """Return one that was saved."""
        return next((one for one in self.inventories if one.version == version), None)


class NoNotes:
    """A memory that these steps have no use for."""

    def recall(self) -> dict[str, str]:
        """Refuse."""
        raise AssertionError("a proof is made from what is there")

    def remember(self, notes: Mapping[str, str]) -> None:
        """Refuse."""
        raise AssertionError(f"a proof needs no notes: {notes}")


def context(reader: MemoryReader, kept: Kept | None = None, version: str = NEWER) -> Context:
    """Make the context after the newest execution of `whole_cache`."""
    evidence = {"execution": EXECUTION, "after_version": version}
    operation = Operation(
        id=OperationId("sync-abc234"),
        plan=PLAN,
        actor=Actor("U0OLGA"),
        place=Place("C0INCIDENTS"),
        state=OperationState.RUNNING,
        steps=(StepRecord(0, RunSync(), evidence=evidence),),
        created_at=NOW,
    )
    # The proof only reads, whatever else a cloud may do.
    cloud = cast("Cloud", reader)
    inventories = kept or Kept()
    return Context(operation, cloud, Deployment("p"), NoNotes(), inventories, lambda: NOW, Pace())


def test_a_whole_cache_is_proven_with_its_evidence() -> None:
    """Version, generation and bytes, to be compared by anybody."""
    outcome = verify_sync(STEP, context(whole_cache()))
    assert isinstance(outcome, Done)
    assert outcome.evidence["after_version"] == NEWER
    assert outcome.evidence["after_generation"].isdigit()
    assert int(outcome.evidence["after_bytes"]) > 3_500_000_000


WRONG = {
    "no manifest": without(whole_cache(), "manifest.json"),
    "no marker": without(whole_cache(), ".done"),
    "a blob is missing": without(whole_cache(), LAYER_BLOBS[0]),
    "the weights are missing": without(whole_cache(), WEIGHTS),
    "a stub": cache_after([*two_syncs(), Write("manifest.json", NOW, stub_text(NEWER))]),
    "another marker": cache_after([*two_syncs(), Write(".done", NOW, OLDER.encode())]),
    "no JSON": cache_after([*two_syncs(), Write("manifest.json", NOW, b"{")]),
    "another language model": cache_after(
        [*two_syncs(), Write("manifest.json", NOW, manifest_text(NEWER, llm="llama3.2:3b"))]
    ),
    "another embedding model": cache_after(
        [*two_syncs(), Write("manifest.json", NOW, manifest_text(NEWER, embedding="a/b"))]
    ),
}


@pytest.mark.parametrize("what", WRONG)
def test_what_is_not_right_is_no_success(what: str) -> None:
    """The job said that it succeeded; the message says what is wrong all the same."""
    outcome = verify_sync(STEP, context(WRONG[what]))
    assert isinstance(outcome, Failed)
    assert outcome.why.startswith("The job succeeded, but the cache is not right. ")
    assert len(outcome.why) > len("The job succeeded, but the cache is not right. ")
    assert "/cache sync" in outcome.hint


def test_a_manifest_from_before_the_execution_proves_nothing() -> None:
    """The execution ended well and wrote nothing: the old manifest is still there."""
    later = replace(whole_cache().runs[0], started_at=NOW - timedelta(minutes=5), finished_at=NOW)
    outcome = verify_sync(STEP, context(replace(whole_cache(), runs=(later,))))
    assert isinstance(outcome, Failed)
    assert f"still version {NEWER}" in outcome.why


def test_a_job_that_names_no_model_is_not_compared() -> None:
    """An unset variable is the job's own default, which only the job knows."""
    assert isinstance(verify_sync(VerifySync("", ""), context(whole_cache())), Done)


def test_what_cannot_be_read_is_neither_proven_nor_disproven() -> None:
    """The runner asks again."""
    away = context(replace(whole_cache(), errors={"objects": Unavailable("Away.")}))
    with pytest.raises(Unavailable):
        verify_sync(STEP, away)
    with pytest.raises(Unavailable):
        check_consistency(away)


def test_a_bucket_that_is_gone_fails_the_proof() -> None:
    """With the cloud's own words, which the runner shows."""
    gone = replace(whole_cache(), settings=None)
    with pytest.raises(OpsError):
        verify_sync(STEP, context(gone))
    outcome = check_consistency(context(gone))
    assert isinstance(outcome, Failed)
    assert "The cache is gone." in outcome.why


def test_the_inventory_lists_every_object_of_the_version() -> None:
    """Models and manifest by generation and checksum; the marker says nothing of its own."""
    kept = Kept()
    assert isinstance(save_inventory(SaveInventory(), context(whole_cache(), kept)), Done)
    (inventory,) = kept.inventories
    live = {one.name: one for one in whole_cache().stored if one.live}
    assert {item.name for item in inventory.items} == set(live) - {".done"}
    assert all(item.generation == live[item.name].generation for item in inventory.items)
    assert inventory.manifest_generation == live["manifest.json"].generation


@pytest.mark.parametrize("what", ["a blob is missing", "no marker", "no manifest"])
def test_a_cache_that_changed_since_the_proof_is_not_recorded(what: str) -> None:
    """An inventory of a broken cache would be offered for restoring some day."""
    kept = Kept()
    assert isinstance(save_inventory(SaveInventory(), context(WRONG[what], kept)), Failed)
    assert kept.inventories == []


def test_another_version_than_the_proven_one_is_not_recorded() -> None:
    """Another sync came in between."""
    kept = Kept()
    outcome = save_inventory(SaveInventory(), context(whole_cache(), kept, version=OLDER))
    assert isinstance(outcome, Failed)
    assert OLDER in outcome.why
    assert kept.inventories == []


def test_the_last_word_on_a_consistent_cache_names_its_version() -> None:
    """After a failed sync the reader wants to know whether the old version still serves."""
    outcome = check_consistency(context(whole_cache()))
    assert isinstance(outcome, Done)
    assert NEWER in outcome.note


@pytest.mark.parametrize("what", ["no manifest", "no marker", "a blob is missing", "a stub"])
def test_the_last_word_on_a_broken_cache_says_what_is_broken(what: str) -> None:
    """In the same words as the health report, with the way out."""
    outcome = check_consistency(context(WRONG[what]))
    assert isinstance(outcome, Failed)
    assert outcome.why.startswith("The cache is inconsistent. ")
    assert "/cache sync" in outcome.hint
