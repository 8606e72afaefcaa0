"""An update of the models as it is asked for, as it ends well and as it fails, for snapshots."""

from datetime import UTC, datetime, timedelta

from core.answers import Answer, Proposed, Started
from core.cache.evidence import CACHE, CHANGED_JOB, CHANGED_SERVICE, CONSISTENT
from core.call import Actor, Place
from core.commands import Update
from core.deployment import Deployment
from core.operations import Operation, OperationId, OperationState, StepRecord, StepState
from core.procedures.update import plan_update
from core.proposals import Proposal, ProposalId, ProposalState
from tests.core.whole_cache import NEWER, whole_cache

_AT = datetime(2026, 11, 23, 15, 36, tzinfo=UTC)
_ADA = Actor("U777", "T1", "Ada")
_PLAN = plan_update(Update("llama3.2:3b"), whole_cache(), Deployment("p"))
_PROPOSAL = Proposal(
    ProposalId("update-k3f9q2"),
    _PLAN,
    "update llm=llama3.2:3b",
    _ADA,
    Place("C1"),
    ProposalState.OPEN,
    _AT,
    _AT + timedelta(minutes=10),
)
_EVIDENCE = {
    "after_version": "20261123-153800",
    "revision": "tabular-service-00043-xyz",
    "execution": "tabular-model-sync-k3f9q",
    CHANGED_JOB: "yes",
    CHANGED_SERVICE: "yes",
}
_BROKEN = StepRecord(
    3,
    _PLAN.steps[3],
    StepState.FAILED,
    'tabular-model-sync-k3f9q failed. The last errors, in attempt 3: "file does not exist".',
    "`/cache logs sync errors` shows more. `/cache undo update-k3f9q2` puts the job back.",
)


def _operation(state: OperationState, *steps: StepRecord) -> Operation:
    ended = _AT + timedelta(minutes=9)
    name = OperationId("update-k3f9q2")
    return Operation(name, _PLAN, _ADA, Place("C1"), state, steps, _AT, _AT, ended)


def _done(position: int, **evidence: str) -> StepRecord:
    return StepRecord(
        position, _PLAN.steps[position], StepState.DONE, "As planned.", evidence=evidence
    )


UPDATES: dict[str, Answer] = {
    "update_proposed": Proposed(_PROPOSAL),
    "update_done": Started(
        _operation(
            OperationState.DONE,
            *(_done(position) for position in range(len(_PLAN.steps) - 1)),
            _done(len(_PLAN.steps) - 1, **_EVIDENCE),
        )
    ),
    "update_failed": Started(
        _operation(
            OperationState.FAILED,
            _done(0),
            _done(1, **{CHANGED_JOB: "yes"}),
            _done(2),
            _BROKEN,
            *(
                StepRecord(position, step, StepState.SKIPPED)
                for position, step in enumerate(_PLAN.steps[4:], start=4)
            ),
            StepRecord(
                len(_PLAN.steps),
                _PLAN.closing[0],
                StepState.DONE,
                f"The cache is consistent at version {NEWER}.",
                evidence={CACHE: CONSISTENT},
            ),
        )
    ),
}
