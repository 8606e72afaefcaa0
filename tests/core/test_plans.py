"""Properties of plans as data."""

from datetime import UTC, datetime, timedelta
from typing import get_args

from core.cache.buckets import BucketSpec, Grant
from core.cache.inventory import Inventory, InventoryItem
from core.cache.objects import Generation, LifecycleRule
from core.cache.symptoms import Condition, Symptom
from core.doomed import DeleteGenerations, DoomedObject, DoomedVersion, Share, VerifyDeletion
from core.plans import (
    Asking,
    AwaitExecution,
    AwaitReady,
    CheckConsistency,
    CheckService,
    CheckSources,
    Plan,
    Restored,
    RestoreObjects,
    RetireObjects,
    RunSync,
    SaveInventory,
    SetJobEnv,
    SetServiceEnv,
    Step,
    SwitchNightly,
    VerifyNames,
    VerifyRestored,
    VerifySync,
    WatchStartups,
    WriteDone,
    plan_from_json,
    plan_to_json,
)
from core.policy import Role
from core.remedies import (
    AddRules,
    CreateBucket,
    DisableVolume,
    GrantAccess,
    ProveWhole,
    RepairBucket,
    RestoreBucket,
    RestoreLost,
)

NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)

SPEC = BucketSpec("b", "europe-west1", 3, timedelta(days=7))
PLAN = Plan(
    verb="sync",
    summary="Start it.",
    facts={"version before": "none"},
    steps=(
        RunSync(join=False),
        AwaitExecution(timedelta(minutes=45), timedelta(minutes=8)),
        VerifySync("llama3.2:1b", "BAAI/bge-m3"),
        SaveInventory("20251121-020000"),
        CheckSources(),
        RestoreObjects((Restored("sbert/a", Generation(1), 10, "AAAAAA==", "", Generation(2)),)),
        RetireObjects((("sbert/b", Generation(3)),)),
        WriteDone("20251121-020000", None),
        VerifyRestored(
            Inventory(
                "20251121-020000",
                Generation(4),
                (InventoryItem("sbert/a", Generation(1), 10, "AAAAAA=="),),
            )
        ),
        WatchStartups("20251121-020000", timedelta(hours=24)),
        SetServiceEnv({"A": None}, {"A": "true"}),
        SetJobEnv({"A": "old"}, {"A": "new"}),
        AwaitReady(timedelta(minutes=10)),
        VerifyNames("llama3.2:1b", "BAAI/bge-m3"),
        SwitchNightly(resume=True),
        DeleteGenerations(
            (DoomedObject(".tmp/x", (DoomedVersion(2**53 + 1, 7, live=True),)),),
            (Share(".tmp/", True, 1, 7, NOW),),
            NOW,
            timedelta(days=7),
        ),
        VerifyDeletion("digest", 3, NOW, ("It is broken.",), {"live": 7}),
        RestoreBucket(Generation(1), datetime(2025, 11, 28, 9, 30, tzinfo=UTC)),
        CreateBucket(SPEC),
        RepairBucket(SPEC, (LifecycleRule(age=timedelta(days=30)),)),
        AddRules(SPEC.rules),
        GrantAccess((Grant("roles/storage.admin", "serviceAccount:a@b.example"),)),
        RestoreLost((InventoryItem("sbert/a", Generation(1), 10, "AAAAAA==", "../x"),)),
        ProveWhole(),
    ),
    closing=(CheckService(), CheckConsistency(), DisableVolume(timedelta(minutes=10))),
    symptoms=(Symptom("Bucket", Condition.WRONG, "It is gone."),),
    expected=timedelta(minutes=8),
    tfvars=('a = "b"',),
    ask=Asking(Role.OPERATOR, "typed", danger=True),
)


def test_a_plan_survives_the_database() -> None:
    """What is read back is what was planned: a restart runs the same steps."""
    assert plan_from_json(plan_to_json(PLAN)) == PLAN


def test_this_plan_holds_every_kind_of_step() -> None:
    """A new kind of step has to be added here, so that its round trip is tested too."""
    union = get_args(get_args(Step)[0])
    assert {type(step) for step in (*PLAN.steps, *PLAN.closing)} == set(union)


def test_the_hash_is_of_the_facts_alone_and_in_any_order() -> None:
    """The same facts are the same plan; one changed fact is another."""
    one = Plan("sync", "", {"a": "1", "b": "2"}, ())
    same = Plan("sync", "another text", {"b": "2", "a": "1"}, ())
    other = Plan("sync", "", {"a": "1", "b": "3"}, ())
    assert one.facts_hash == same.facts_hash != other.facts_hash
