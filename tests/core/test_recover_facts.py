"""Properties of the facts of a recovery: all that it relies on, nothing that moves by itself."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest

from core.cache.objects import MANIFEST, BucketSettings
from core.errors import NotFound
from core.executions import ExecutionState
from core.plans import Plan, RunSync
from core.services import Service
from tests.core.reader import MemoryReader
from tests.core.recover_cases import LOST, deployed, kinds, plan, whole, wiped
from tests.core.whole_cache import (
    NOW,
    Write,
    execution,
    stub_text,
    two_syncs,
    without,
)

CHANGES: dict[str, Callable[[MemoryReader], MemoryReader]] = {
    "another bucket": lambda it: replace(it, settings=_settings(it, generation=9)),
    "another setting": lambda it: replace(it, settings=_settings(it, metageneration=9)),
    "access lost": lambda it: replace(it, access=()),
    "content changed": lambda it: replace(it, dropped=it.dropped[:-1]),
    "account changed": lambda it: replace(it, access=(), tabular=_service(it, "x@p")),
    "job renamed": lambda it: replace(it, errors={"job": NotFound("There is no job.")}),
    "bucket deleted": lambda it: replace(it, settings=None, buckets_lost=(LOST,)),
    "sync started": lambda it: replace(it, runs=(execution("z", NOW, ExecutionState.RUNNING),)),
}


@pytest.mark.parametrize("change", CHANGES)
def test_everything_that_the_plan_relies_on_is_in_its_facts(change: str) -> None:
    """A yes to one plan is no yes to another; the same state is the same plan."""
    before = plan(wiped())
    assert plan(wiped()).facts_hash == before.facts_hash
    assert plan(CHANGES[change](wiped())).facts_hash != before.facts_hash


@pytest.mark.parametrize("proven", [True, False])
def test_a_startups_stub_makes_it_no_other_plan(proven: bool) -> None:
    """A broken cache lets every startup write one; a yes is no less a yes for that."""
    blob = next(one.name for one in whole().stored if "ollama/blobs" in one.name)

    def broken(*stubs: int) -> Plan:
        writes = [
            Write(MANIFEST, NOW + timedelta(minutes=at), stub_text(f"20251121-09{at}000"))
            for at in stubs
        ]
        reader = deployed([*two_syncs(), *writes])
        return plan(reader if proven else without(reader, blob))

    first = broken(1)
    assert (RunSync in kinds(first)) is not proven
    assert broken(1, 2).facts_hash == first.facts_hash
    assert broken(1, 2, 3).facts_hash == first.facts_hash


def _settings(reader: MemoryReader, **changed: int) -> BucketSettings:
    assert reader.settings is not None
    return replace(reader.settings, **changed)  # type: ignore[arg-type]  # both are numbers


def _service(reader: MemoryReader, account: str) -> Service:
    assert reader.tabular is not None
    return replace(reader.tabular, service_account=account)
