"""A stage for launching: a desk with a noted engine, on a cloud on which a sync happens."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from core.answers import Answer, Started
from core.call import Call
from core.desk import Desk
from core.mending import mend
from core.operations import Operation, OperationId
from core.ops import admit, carry_out
from core.store.operations import message_key
from tests.core.small_desk import NOW, NotedEngine, Watch, call_of
from tests.core.sync_cloud import SyncCloud

SECOND = timedelta(seconds=1)


@dataclass
class Stage:
    """A desk on a cloud, with the engine and the clock at hand."""

    desk: Desk
    cloud: SyncCloud
    engine: NotedEngine
    watch: Watch
    trouble: list[Exception]

    def carry_out(self, call: Call) -> Answer:
        """Take the whole road of a command."""
        return carry_out(admit(call, self.desk), call, self.desk)

    def start(self, request_id: str = "1") -> Operation:
        """Ask for a sync."""
        answer = self.carry_out(call_of("sync", request_id, at=self.watch.now))
        assert isinstance(answer, Started)
        return answer.operation

    def unfinished(self) -> list[OperationId]:
        """Return the names of the operations that have not ended."""
        return [one.id for one in self.desk.records.operations.unfinished()]

    def read(self, wanted: OperationId) -> Operation | None:
        """Read an operation."""
        return self.desk.records.operations.get(wanted)

    def message_wanted(self, wanted: OperationId) -> bool:
        """Whether a message is to tell of the operation."""
        return self.desk.records.messages.get(message_key(wanted)) is not None

    def mend(self) -> None:
        """Do upkeep's chore once."""
        for operation in self.desk.records.operations.unfinished():
            mend(operation, self.engine, self.desk)


def renamed(operation: Operation, wanted: OperationId, at: datetime = NOW) -> Operation:
    """Return the same operation by another name."""
    return replace(operation, id=wanted, created_at=at)
