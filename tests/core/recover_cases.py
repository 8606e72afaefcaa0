"""Deployments in and out of order, and the plans of their recovery."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta

from core.cache.buckets import JOB_ROLE, SERVICE_ROLE, Binding, DeletedBucket, Grant
from core.cache.inventory import Inventory, take_inventory
from core.cache.objects import MANIFEST, Generation, live_by_name
from core.deployment import Deployment, Expectations
from core.errors import PermissionDenied
from core.plans import Plan
from core.procedures.recover import plan_recover
from tests.core.reader import MemoryReader
from tests.core.whole_cache import (
    BUCKET,
    NOW,
    Write,
    cache_after,
    two_syncs,
)

SERVICE, JOB = "service@p.iam.gserviceaccount.com", "job@p.iam.gserviceaccount.com"
GRANTS = (
    Grant(SERVICE_ROLE, f"serviceAccount:{SERVICE}"),
    Grant(JOB_ROLE, f"serviceAccount:{JOB}"),
)
LOST = DeletedBucket(
    BUCKET, Generation(7), "EUROPE-WEST1", NOW - timedelta(hours=1), NOW + timedelta(days=6)
)
DENIED = PermissionDenied("The bot's account may not do that.", "Grant the bot's account it.")


def deployed(writes: Sequence[Write]) -> MemoryReader:
    """Return a deployment whose accounts have their roles on the bucket."""
    reader = cache_after(writes)
    assert reader.tabular is not None
    assert reader.sync_job is not None
    return replace(
        reader,
        tabular=replace(reader.tabular, service_account=SERVICE),
        sync_job=replace(reader.sync_job, service_account=JOB),
        access=tuple(Binding(one.role, (one.member,)) for one in GRANTS),
    )


def whole() -> MemoryReader:
    """Return a deployment in perfect order."""
    return deployed(two_syncs())


def emptied() -> MemoryReader:
    """Return one whose objects are all noncurrent."""
    names = [one.name for one in whole().stored if one.live]
    return deployed([*two_syncs(), *(Write(name, NOW, None) for name in names)])


def wiped() -> MemoryReader:
    """Return one whose versions are all soft-deleted, so that nothing can be read."""
    at = NOW + timedelta(hours=1)
    reader = whole()
    dropped = [replace(one, deleted_at=one.deleted_at or at) for one in reader.stored]
    return replace(reader, stored=(), contents={}, dropped=dropped)


def gone(*lost: DeletedBucket) -> MemoryReader:
    """Return one without a bucket."""
    return replace(whole(), settings=None, stored=(), access=(), buckets_lost=lost)


def inventory() -> dict[str, Inventory]:
    """Return the inventory that was saved of the live version."""
    live = live_by_name(whole().stored)
    return {"v": take_inventory("v", live[MANIFEST].generation, live.values())}


def plan(reader: MemoryReader, inventories: dict[str, Inventory] | None = None) -> Plan:
    """Plan a recovery."""
    return plan_recover(reader, Deployment("p"), Expectations(), inventories or {})


def kinds(made: Plan) -> list[type]:
    """Return the kinds of its steps."""
    return [type(step) for step in made.steps]
