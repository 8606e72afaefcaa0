"""A recovery on its way and at its end, for snapshots."""

from dataclasses import replace
from datetime import timedelta

from core.answers import Answer, PlanReport, Proposed, Started
from core.cache.buckets import BucketSpec, Grant
from core.cache.objects import Generation
from core.cache.symptoms import Condition, Symptom
from core.call import Actor, Place
from core.operations import Operation, OperationId, OperationState, StepRecord, StepState
from core.plans import Asking, CheckConsistency, Plan
from core.policy import Role
from core.proposals import ProposalId
from core.remedies import (
    AddRules,
    CreateBucket,
    DisableVolume,
    GrantAccess,
    RepairBucket,
    RestoreBucket,
    RestoreLost,
)
from tests.handlers.blocks.operation_samples import NOW, PROPOSAL

_SPEC = BucketSpec("tabular-model-cache", "europe-west1", 3, timedelta(days=7))
_ACCOUNT = "serviceAccount:tabular-service@p.iam.gserviceaccount.com"
_PLAN = Plan(
    verb="recover",
    summary="Restore the deleted bucket, mend its settings and restore the newest version.",
    facts={"bucket": "soft-deleted, generation 1780069709696682"},
    steps=(
        RestoreBucket(Generation(1780069709696682), NOW + timedelta(days=6)),
        CreateBucket(_SPEC),
        RepairBucket(_SPEC),
        GrantAccess((Grant("roles/storage.objectAdmin", _ACCOUNT),)),
        RestoreLost(),
        AddRules(_SPEC.rules),
    ),
    closing=(CheckConsistency(), DisableVolume(timedelta(minutes=10))),
    warnings=("New roles may take some minutes to reach every part of Google Cloud.",),
    again="recover",
    symptoms=(
        Symptom("Bucket", Condition.WRONG, "tabular-model-cache was deleted."),
        Symptom("Content", Condition.UNKNOWN, "It cannot be looked at `yet`."),
        Symptom("Versioning", Condition.OK, "Object versioning is on."),
    ),
    expected=timedelta(minutes=7),
    ask=Asking(Role.OPERATOR, typed="tabular-model-cache", danger=True),
)
_ENDS = (
    (StepState.FAILED, "The bot's account may not restore it."),
    *[(StepState.SKIPPED, "")] * 5,
    (StepState.FAILED, "The cache is inconsistent. There is no manifest.json."),
    (StepState.DONE, "The shared volume is switched off: tabular-service-00043 serves without it."),
)
_FAILED = Operation(
    OperationId("recover-k3f9q2"),
    _PLAN,
    Actor("U777", "T1", "Ada"),
    Place("C1"),
    OperationState.FAILED,
    tuple(
        StepRecord(position, step, *end)
        for position, (step, end) in enumerate(
            zip((*_PLAN.steps, *_PLAN.closing), _ENDS, strict=True)
        )
    ),
    NOW - timedelta(minutes=4, seconds=20),
    finished_at=NOW,
)

RECOVERIES: dict[str, Answer] = {
    "proposed_recovery": Proposed(
        replace(PROPOSAL, id=ProposalId("recover-k3f9q2"), plan=_PLAN, changes=())
    ),
    "plan_of_a_recovery": PlanReport(_PLAN),
    "recovery_then_failed": Started(_FAILED),
}
