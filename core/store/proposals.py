"""Proposals; a decision is one conditional update, so that the first one wins everywhere."""

import json
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Row, insert, select, update
from sqlalchemy.exc import IntegrityError

from core.call import Actor, Call, Place
from core.plans import plan_from_json, plan_to_json
from core.proposals import Proposal, ProposalId, ProposalState
from core.store.database import Database
from core.store.messages import touch
from core.store.tables import operations, proposals


def proposal_key(proposal: ProposalId) -> str:
    """Name the message that shows a proposal."""
    return f"proposal:{proposal}"


def proposal_of(key: str) -> ProposalId:
    """Return the proposal that a message's key names."""
    return ProposalId(key.removeprefix("proposal:"))


@dataclass(frozen=True, slots=True)
class ProposalStore:
    """The `proposals` table."""

    database: Database

    def create(self, proposal: Proposal) -> bool:
        """Keep a new proposal; return False where it is there already."""
        row = {
            "id": proposal.id,
            "plan": plan_to_json(proposal.plan),
            "words": proposal.words,
            "actor_id": proposal.actor.user_id,
            "actor_name": proposal.actor.name,
            "team_id": proposal.actor.team_id,
            "channel_id": proposal.place.channel_id,
            "thread_ts": proposal.place.thread_ts,
            "state": proposal.state.value,
            "created_at": proposal.created_at,
            "expires_at": proposal.expires_at,
            "decided_by": "",
            "decided_call": "",
            "changes": json.dumps(proposal.changes),
        }
        try:
            with self.database.begin() as connection:
                connection.execute(insert(proposals).values(row))
        except IntegrityError:
            return False
        return True

    def get(self, proposal: ProposalId) -> Proposal | None:
        """Read one."""
        query = select(proposals).where(proposals.c.id == proposal)
        with self.database.begin() as connection:
            row = connection.execute(query).first()
        return None if row is None else _load(row)

    def decide(
        self, proposal: ProposalId, state: ProposalState, at: datetime, call: Call | None = None
    ) -> bool:
        """Decide an open proposal; return False where somebody else did, or it has expired.

        An expired one becomes EXPIRED only by that very state.
        """
        late = state is ProposalState.EXPIRED
        in_time = proposals.c.expires_at <= at if late else proposals.c.expires_at > at
        with self.database.begin() as connection:
            decided = connection.execute(
                update(proposals)
                .where(
                    proposals.c.id == proposal,
                    proposals.c.state == ProposalState.OPEN.value,
                    in_time,
                )
                .values(
                    state=state.value,
                    decided_by=call.actor.user_id if call else "",
                    decided_at=at,
                    decided_call=call.request_id if call else "",
                )
            )
            touch(connection, proposal_key(proposal))
        return decided.rowcount == 1

    def reopen(self, proposal: ProposalId) -> None:
        """Take back a confirmation that could not become an operation."""
        with self.database.begin() as connection:
            connection.execute(
                update(proposals)
                .where(
                    proposals.c.id == proposal,
                    proposals.c.state == ProposalState.CONFIRMED.value,
                )
                .values(
                    state=ProposalState.OPEN.value, decided_by="", decided_at=None, decided_call=""
                )
            )
            touch(connection, proposal_key(proposal))

    def forsaken(self, before: datetime) -> list[ProposalId]:
        """Return those confirmed before then that became no operation."""
        query = select(proposals.c.id).where(
            proposals.c.state == ProposalState.CONFIRMED.value,
            proposals.c.decided_at < before,
            proposals.c.id.not_in(select(operations.c.id)),
        )
        with self.database.begin() as connection:
            return [ProposalId(row.id) for row in connection.execute(query).all()]

    def expired(self, now: datetime) -> list[ProposalId]:
        """Return the open proposals whose time is over."""
        query = select(proposals.c.id).where(
            proposals.c.state == ProposalState.OPEN.value, proposals.c.expires_at <= now
        )
        with self.database.begin() as connection:
            return [ProposalId(row.id) for row in connection.execute(query).all()]


def _load(row: Row[tuple[object, ...]]) -> Proposal:
    return Proposal(
        id=ProposalId(row.id),
        plan=plan_from_json(row.plan),
        words=row.words,
        actor=Actor(row.actor_id, row.team_id, row.actor_name),
        place=Place(row.channel_id, row.thread_ts),
        state=ProposalState(row.state),
        created_at=row.created_at,
        expires_at=row.expires_at,
        decided_by=row.decided_by,
        decided_at=row.decided_at,
        decided_call=row.decided_call,
        changes=tuple(json.loads(row.changes)),
    )
