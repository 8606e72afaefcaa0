"""Proposals: plans that wait for somebody's yes, each decided once."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import NewType

from core.call import Actor, Place
from core.operations import OperationId
from core.plans import EXACT_SET, Plan

ProposalId = NewType("ProposalId", str)
"""Such as `disable-k3f9q2`; the operation that it becomes has the same id."""


class ProposalState(StrEnum):
    """Where a proposal stands; only an open one can be decided."""

    OPEN = "open"
    CONFIRMED = "confirmed"
    DECLINED = "cancelled"
    EXPIRED = "expired"
    SUPERSEDED = "superseded"


@dataclass(frozen=True, slots=True)
class Proposal:
    """A plan shown to people. `words` is the command that asks for the same plan again.

    `decided_call` is the request that decided it: sent again, it means the same decision.
    """

    id: ProposalId
    plan: Plan
    words: str
    actor: Actor
    place: Place
    state: ProposalState
    created_at: datetime
    expires_at: datetime
    decided_by: str = ""
    decided_at: datetime | None = None
    decided_call: str = ""
    changes: tuple[str, ...] = ()

    @property
    def operation_id(self) -> OperationId:
        """The operation that it becomes when it is confirmed."""
        return OperationId(self.id)

    @property
    def word(self) -> str:
        """The word that has to be typed with a yes; empty where a click is enough."""
        return self.plan.ask.typed if self.plan.ask is not None else ""

    @property
    def yes(self) -> str:
        """The command that says yes to it."""
        return f"confirm {self.id} {self.word}".rstrip()


def changed_facts(before: Plan, after: Plan) -> tuple[str, ...]:
    """Say which facts of a plan are not what they were, one sentence each."""
    names = dict.fromkeys((*before.facts, *after.facts))
    changed = [name for name in names if before.facts.get(name) != after.facts.get(name)]
    if changed == [EXACT_SET]:
        return ("Some of the versions that the plan was made from are others now.",)
    return tuple(
        f"{name}: was {before.facts.get(name, 'nothing')}, is {after.facts.get(name, 'nothing')}"
        for name in changed
        if name != EXACT_SET
    )
