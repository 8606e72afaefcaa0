"""Operations on their way and at their end, and the bot's other records, for snapshots."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from core.answers import (
    Answer,
    AuditReport,
    Declined,
    OpsReport,
    PlanReport,
    Proposed,
    ShowReport,
    Started,
    StopAsked,
)
from core.call import Actor, Call, Door, Place
from core.doomed import DeleteGenerations, Share, VerifyDeletion
from core.operations import Operation, OperationId, OperationState, StepRecord, StepState
from core.plans import (
    Asking,
    AwaitExecution,
    AwaitReady,
    CheckConsistency,
    CheckService,
    Plan,
    RunSync,
    SaveInventory,
    SetServiceEnv,
    VerifySync,
)
from core.policy import Role
from core.proposals import Proposal, ProposalId, ProposalState
from core.store.calls import AuditEntry

NOW = datetime(2026, 11, 23, 15, 36, tzinfo=UTC)

_PLAN = Plan(
    verb="sync",
    summary="Start tabular-model-sync, follow it, and prove its result.",
    facts={"version before": "20261122-020540", "language model": "llama3.2:1b"},
    steps=(
        RunSync(),
        AwaitExecution(timedelta(minutes=45), timedelta(minutes=6)),
        VerifySync("llama3.2:1b", "BAAI/bge-m3"),
        SaveInventory(),
    ),
    closing=(CheckConsistency(),),
    again="sync",
    warnings=("The last sync failed; `/cache logs sync errors` says why.",),
    expected=timedelta(minutes=6),
)


def _operation(state: OperationState, *steps: StepRecord) -> Operation:
    return Operation(
        OperationId("sync-k3f9q2"),
        _PLAN,
        Actor("U777", "T1", "Ada"),
        Place("C1"),
        state,
        steps,
        NOW - timedelta(minutes=4, seconds=20),
        finished_at=NOW if state.finished else None,
    )


_BEGUN = StepRecord(
    0,
    _PLAN.steps[0],
    StepState.DONE,
    "Started tabular-model-sync-k3f9q.",
    evidence={"execution": "tabular-model-sync-k3f9q"},
    started_at=NOW - timedelta(minutes=4),
    finished_at=NOW - timedelta(minutes=3),
)
_FOLLOWING = _operation(
    OperationState.RUNNING,
    _BEGUN,
    StepRecord(
        1,
        _PLAN.steps[1],
        StepState.RUNNING,
        "tabular-model-sync-k3f9q runs.",
        foreign="pulling 74701a8c35f6... <!channel> 62 %",
        ratio=0.62,
        started_at=NOW - timedelta(minutes=3),
    ),
    StepRecord(2, _PLAN.steps[2]),
    StepRecord(3, _PLAN.steps[3]),
    StepRecord(4, _PLAN.closing[0]),
)

_PROOF = {"after_version": "20261123-020612", "after_generation": "1795399440000001"}
_ENDED = tuple(
    StepRecord(position, step, StepState.DONE, "As planned.", evidence=_PROOF)
    for position, step in enumerate(_PLAN.steps, start=1)
)
_BROKEN_OFF = StepRecord(
    1,
    _PLAN.steps[1],
    StepState.FAILED,
    "tabular-model-sync-k3f9q failed after retries. "
    'The last errors, in attempt 3: "disk full <!channel>".',
    "`/cache logs sync errors` shows more. `/cache sync` tries again.",
)
_SEEN = StepRecord(4, _PLAN.closing[0], StepState.DONE, "The cache is consistent at version X.")
_UNDONE = (
    StepRecord(2, _PLAN.steps[2], StepState.SKIPPED),
    StepRecord(3, _PLAN.steps[3], StepState.SKIPPED),
)
_ENTRY = AuditEntry(
    Call("r1", Actor("U777", "T1", "Ada"), Door.SLASH, Place("C1"), "sync", NOW),
    "started",
    "sync-k3f9q2",
    NOW,
    "done",
)
_TOO_LATE = replace(_ENTRY, outcome="error: Decided", operation_id="", became="")

_DISABLING = Plan(
    verb="disable",
    summary="Switch the shared volume off in tabular-service. Reason: <!channel> is slow",
    facts={"service": "tabular-service", "variable": "ENABLED=true -> false"},
    steps=(
        SetServiceEnv(before={"ENABLED": "true"}, after={"ENABLED": "false"}),
        AwaitReady(timedelta(minutes=10)),
    ),
    closing=(CheckService(),),
    warnings=("The next `terraform apply` may switch it on again.",),
    undo="undo {id}",
    expected=timedelta(minutes=1),
    ask=Asking(Role.OPERATOR, danger=True),
)
PROPOSAL = Proposal(
    ProposalId("disable-k3f9q2"),
    _DISABLING,
    "disable <!channel> is slow",
    Actor("U777", "T1", "Ada"),
    Place("C1"),
    ProposalState.OPEN,
    NOW,
    NOW + timedelta(minutes=10),
    changes=("revision now: was tabular-service-00001, is tabular-service-00002",),
)
TYPED_PROPOSAL = replace(
    PROPOSAL,
    plan=replace(_DISABLING, ask=Asking(Role.APPROVER, typed="tabular-model-cache", danger=True)),
    changes=(),
)

_CLEANING = Plan(
    verb="cleanup",
    summary="Delete 4 versions (6.9 GB: 2.3 GB live and 4.6 GB noncurrent) from my-bucket.",
    facts={"older than": "7 days", "versions kept": "20261122-020540, 20261121-020540"},
    steps=(
        DeleteGenerations(
            (),
            (
                Share(".tmp/", True, 1, 2_293_000_000, NOW - timedelta(days=9)),
                Share("sbert/", False, 3, 4_586_000_000, NOW - timedelta(days=30)),
            ),
            NOW,
            timedelta(days=7),
        ),
        VerifyDeletion("d", 185, NOW, (), {"live": 17 * 10**9, "noncurrent": 21 * 10**9}),
    ),
    closing=(CheckConsistency(),),
    warnings=("I cannot bring it back.",),
    reminders=("I cannot bring it back.",),
    again="cleanup 7d versions",
    expected=timedelta(seconds=5),
    ask=Asking(Role.OPERATOR, typed="my-bucket", danger=True),
)
_LEFT = {
    "deleted": "3",
    "deleted_bytes": "4586000000",
    "restorable_until": (NOW + timedelta(days=7)).isoformat(),
    "remaining": "The bot's account may not delete the version.\n.tmp/<!here>/x#1795399440000001",
}
_CLEANUP_BROKEN_OFF = replace(
    _operation(
        OperationState.FAILED,
        StepRecord(
            0,
            _CLEANING.steps[0],
            StepState.FAILED,
            "3 of 4 versions deleted (4.6 GB). 1 remains (2.3 GB): "
            "`.tmp/<!here>/x#1795399440000001`. The bot's account may not delete the version.",
            "Ask for the cleanup again: it then finds what is left.",
            evidence=_LEFT,
        ),
        StepRecord(1, _CLEANING.steps[1], StepState.SKIPPED),
        StepRecord(2, _CLEANING.closing[0], StepState.DONE, "The cache is consistent."),
    ),
    id=OperationId("cleanup-k3f9q2"),
    plan=_CLEANING,
    asked_by=Actor("U999", "T1", "Olga"),
)
_CLEANED = {
    "deleted": "4",
    "deleted_bytes": "6879000000",
    "restorable_until": (NOW + timedelta(days=7)).isoformat(),
    "bytes_after_live": "14700000000",
    "bytes_after_noncurrent": "16400000000",
}
_CLEANUP_DONE = replace(
    _CLEANUP_BROKEN_OFF,
    state=OperationState.DONE,
    steps=(
        StepRecord(0, _CLEANING.steps[0], StepState.DONE, "4 versions deleted, 6.9 GB."),
        StepRecord(1, _CLEANING.steps[1], StepState.DONE, "Untouched.", evidence=_CLEANED),
        StepRecord(2, _CLEANING.closing[0]),
    ),
)
OPERATIONS: dict[str, Answer] = {
    "ops": OpsReport((_FOLLOWING,)),
    "show": ShowReport(_FOLLOWING),
    "audit": AuditReport((_ENTRY, _TOO_LATE)),
    "plan": PlanReport(_PLAN),
    "started": Started(_FOLLOWING),
    "started_then_done": Started(_operation(OperationState.DONE, _BEGUN, *_ENDED[1:])),
    "started_then_failed": Started(
        _operation(OperationState.FAILED, _BEGUN, _BROKEN_OFF, *_UNDONE, _SEEN)
    ),
    "stop_asked": StopAsked(_FOLLOWING),
    "proposed": Proposed(PROPOSAL),
    "proposed_typed": Proposed(TYPED_PROPOSAL),
    "proposed_then_confirmed": Proposed(
        replace(
            PROPOSAL, state=ProposalState.CONFIRMED, decided_by="U888", decided_at=NOW, changes=()
        )
    ),
    "cleanup_plan": PlanReport(_CLEANING),
    "cleanup_proposed": Proposed(
        replace(PROPOSAL, id=ProposalId("cleanup-k3f9q2"), plan=_CLEANING, changes=())
    ),
    "cleanup_done": Started(_CLEANUP_DONE),
    "cleanup_failed": ShowReport(_CLEANUP_BROKEN_OFF),
    "declined": Declined(PROPOSAL),
}
