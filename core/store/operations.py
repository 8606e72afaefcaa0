"""Operations and the record of their steps; each change also marks their message as stale."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy import ColumnElement, Row, Select, insert, select, update
from sqlalchemy.exc import IntegrityError

from core.call import Actor
from core.operations import (
    Operation,
    OperationId,
    OperationState,
    StepRecord,
    StepState,
)
from core.store.database import Database
from core.store.messages import touch
from core.store.operation_rows import load_operation, operation_row
from core.store.tables import operations, proposals, steps
from core.store.threads import touch_roots

_ENDED = [state.value for state in OperationState if state.finished]


def message_key(operation: OperationId) -> str:
    """Name the message that tells of an operation."""
    return f"operation:{operation}"


def operation_of(key: str) -> OperationId:
    """Return the operation that a message's key names."""
    return OperationId(key.removeprefix("operation:"))


@dataclass(frozen=True, slots=True)
class OperationStore:
    """The `operations` and `operation_steps` tables."""

    database: Database

    def create(self, operation: Operation) -> bool:
        """Keep a new operation; return False where it is there already."""
        try:
            with self.database.begin() as connection:
                connection.execute(insert(operations).values(operation_row(operation)))
                for record in operation.steps:
                    connection.execute(
                        insert(steps).values(
                            operation_id=operation.id,
                            position=record.position,
                            state=record.state.value,
                        )
                    )
        except IntegrityError:
            return False
        return True

    def forget(self, operation: OperationId) -> None:
        """Remove an operation that was refused before it began."""
        with self.database.begin() as connection:
            connection.execute(steps.delete().where(steps.c.operation_id == operation))
            connection.execute(operations.delete().where(operations.c.id == operation))

    def get(self, operation: OperationId) -> Operation | None:
        """Read one operation with its steps."""
        found = self._read(select(operations).where(operations.c.id == operation))
        return found[0] if found else None

    def latest(self, limit: int) -> list[Operation]:
        """Return the newest operations first."""
        query = select(operations).order_by(operations.c.created_at.desc()).limit(limit)
        return self._read(query)

    def begun_since(self, moment: datetime) -> list[Operation]:
        """Return the operations that were asked for since then, oldest first."""
        query = (
            select(operations)
            .where(operations.c.created_at >= moment)
            .order_by(operations.c.created_at)
        )
        return self._read(query)

    def ended_since(self, moment: datetime, kind: str) -> list[Operation]:
        """Return the operations that ended since then and whose plan has a step of this kind."""
        query = (
            select(operations)
            .where(operations.c.finished_at >= moment, _has_step(kind))
            .order_by(operations.c.finished_at)
        )
        return self._read(query)

    def holding(self, kind: str, limit: int) -> list[Operation]:
        """Return the newest operations whose plan has a step of this kind, newest first."""
        query = (
            select(operations)
            .where(_has_step(kind))
            .order_by(operations.c.created_at.desc())
            .limit(limit)
        )
        return self._read(query)

    def unfinished(self) -> list[Operation]:
        """Return the operations that have not ended, oldest first."""
        query = (
            select(operations)
            .where(operations.c.state.not_in(_ENDED))
            .order_by(operations.c.created_at)
        )
        return self._read(query)

    def ask_stop(self, operation: OperationId, by: str) -> bool:
        """Ask an operation to stop; return False where it has ended or was asked before."""
        with self.database.begin() as connection:
            changed = connection.execute(
                update(operations)
                .where(
                    operations.c.id == operation,
                    operations.c.stop_asked_by == "",
                    operations.c.state.in_(
                        (OperationState.WAITING.value, OperationState.RUNNING.value)
                    ),
                )
                .values(stop_asked_by=by, state=OperationState.STOPPING.value)
            )
            touch(connection, message_key(operation))
        return changed.rowcount == 1

    def begin_step(self, operation: OperationId, position: int, at: datetime) -> None:
        """Record that a step is under way; a step begun before keeps its first time."""
        with self.database.begin() as connection:
            connection.execute(
                update(operations)
                .where(
                    operations.c.id == operation,
                    operations.c.state == OperationState.WAITING.value,
                )
                .values(state=OperationState.RUNNING.value, started_at=at)
            )
            connection.execute(
                update(steps)
                .where(_is(operation, position), steps.c.started_at.is_(None))
                .values(state=StepState.RUNNING.value, started_at=at)
            )
            touch(connection, message_key(operation))

    def record_step(self, operation: OperationId, record: StepRecord, *, troubles: int = 0) -> None:
        """Record how a step stands; evidence is added to what is there."""
        with self.database.begin() as connection:
            kept = connection.execute(
                select(steps.c.evidence).where(_is(operation, record.position))
            ).scalar_one()
            evidence = {**json.loads(kept), **record.evidence}
            connection.execute(
                update(steps)
                .where(_is(operation, record.position))
                .values(
                    state=record.state.value,
                    note=record.note,
                    hint=record.hint,
                    foreign_text=record.foreign,
                    ratio=record.ratio,
                    evidence=json.dumps(evidence),
                    finished_at=record.finished_at,
                    troubles=troubles,
                )
            )
            touch(connection, message_key(operation))

    def finish(self, operation: OperationId, state: OperationState, at: datetime) -> None:
        """Record the end, the first one for good; steps never begun read "not done".

        Incidents that closed while it ran name it on their roots, with what came of it.
        """
        with self.database.begin() as connection:
            connection.execute(
                update(operations)
                .where(operations.c.id == operation, operations.c.state.not_in(_ENDED))
                .values(state=state.value, finished_at=at)
            )
            connection.execute(
                update(steps)
                .where(steps.c.operation_id == operation, steps.c.state == StepState.WAITING.value)
                .values(state=StepState.SKIPPED.value)
            )
            touch(connection, message_key(operation))
            began = select(operations.c.created_at).where(operations.c.id == operation)
            if (since := connection.execute(began).scalar()) is not None:
                touch_roots(connection, since)

    def troubles(self, operation: OperationId, position: int) -> int:
        """Return how many tries of a step in a row ended without an answer."""
        query = select(steps.c.troubles).where(_is(operation, position))
        with self.database.begin() as connection:
            return int(connection.execute(query).scalar_one())

    def recall(self, operation: OperationId, position: int) -> dict[str, str]:
        """Return what an earlier try of a step wrote down; empty where there was none."""
        query = select(steps.c.memory).where(_is(operation, position))
        with self.database.begin() as connection:
            memory = connection.execute(query).scalar_one()
        return dict(json.loads(memory)) if memory else {}

    def remember(self, operation: OperationId, position: int, memory: Mapping[str, str]) -> None:
        """Write down what a later try of a step has to know, before acting."""
        with self.database.begin() as connection:
            connection.execute(
                update(steps)
                .where(_is(operation, position))
                .values(memory=json.dumps(dict(memory)))
            )

    def _read(self, query: Select[tuple[object, ...]]) -> list[Operation]:
        """Read operations with their steps, passing over those forgotten in between.

        Plans may be large, so they are parsed only after the database was let go.
        """
        with self.database.begin() as connection:
            rows = connection.execute(query).all()
            found = [
                (
                    row,
                    connection.execute(_steps_of(row.id)).all(),
                    connection.execute(_asker_of(row.id)).first(),
                )
                for row in rows
            ]
        return [
            replace(load_operation(row, found_steps), asked_by=_actor(asker))
            for row, found_steps, asker in found
            if found_steps
        ]


def _asker_of(operation: str) -> Select[tuple[str, str, str]]:
    """Ask who wanted the plan that an operation came from; the two have the same id."""
    kept = proposals.c
    return select(kept.actor_id, kept.team_id, kept.actor_name).where(kept.id == operation)


def _actor(row: Row[tuple[str, str, str]] | None) -> Actor | None:
    return None if row is None else Actor(row.actor_id, row.team_id, row.actor_name)


def _steps_of(operation: str) -> Select[tuple[object, ...]]:
    return select(steps).where(steps.c.operation_id == operation).order_by(steps.c.position)


def _is(operation: OperationId, position: int) -> ColumnElement[bool]:
    return (steps.c.operation_id == operation) & (steps.c.position == position)


def _has_step(kind: str) -> ColumnElement[bool]:
    return operations.c.plan.contains(f'"kind":"{kind}"', autoescape=True)
