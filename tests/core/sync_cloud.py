"""A cloud on which a sync really happens, kept in a folder so that processes can share it.

Nothing finishes by itself: the test says when an execution succeeds, fails or is cancelled.
"""

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import cast

from core.cache.objects import BucketSettings, Generation, StoredObject
from core.cloud import Cloud
from core.errors import NotFound
from core.executions import Execution, ExecutionName, ExecutionState, SyncJob, TaskCounts
from core.signals import LogLine, LogQuery
from tests.core.reader import MemoryReader
from tests.core.whole_cache import EMBEDDING, LLM, cache_after, sync_writes, two_syncs

JOB = SyncJob("tabular-model-sync", LLM, EMBEDDING, timedelta(minutes=15), 2)
NEWEST = "20261123-020000"
TOOK = timedelta(minutes=10)


def utc_now() -> datetime:
    """Tell the time."""
    return datetime.now(UTC)


@dataclass(frozen=True)
class SyncCloud:
    """What the steps and the plan of a sync ask of a cloud, and nothing else.

    `before` is called with the name of each question before it is answered, and may raise.
    """

    folder: Path
    clock: Callable[[], datetime] = utc_now
    before: Callable[[str], None] = lambda _: None

    def end(self, state: ExecutionState = ExecutionState.SUCCEEDED) -> None:
        """Have every execution end so, those to come as well."""
        (self.folder / "end").write_text(state.value)

    def asked(self, question: str) -> int:
        """Count how often something was asked for or done."""
        return self._lines("asked").count(question)

    def bucket(self) -> BucketSettings:
        """Answer as a healthy cache."""
        return self._cache("bucket").bucket()

    def objects(self) -> Sequence[StoredObject]:
        """List what the syncs that have succeeded left behind."""
        return self._cache("objects").objects()

    def read(self, name: str, generation: Generation | None = None) -> tuple[bytes, StoredObject]:
        """Read an object of that list."""
        return self._cache("read").read(name, generation)

    def job(self) -> SyncJob:
        """Read the job."""
        self._ask("job")
        return JOB

    def executions(self, limit: int = 50) -> Sequence[Execution]:
        """List the executions that were started, newest first."""
        self._ask("executions")
        return self._runs()[:limit]

    def execution(self, name: ExecutionName) -> Execution:
        """Read one of them."""
        self._ask("execution")
        found = next((one for one in self._runs() if one.name == name), None)
        if found is None:
            raise NotFound(f"There is no execution {name}.")
        return found

    def run_job(self) -> ExecutionName:
        """Start one; `before("run_job:applied")` is where its reply may get lost."""
        self._ask("run_job")
        name = f"{JOB.name}-{len(self._lines('started'))}"
        self._add("started", json.dumps([name, self.clock().isoformat()]))
        self.before("run_job:applied")
        return ExecutionName(name)

    def cancel_execution(self, name: ExecutionName) -> None:
        """Cancel one that has not ended."""
        self._ask("cancel_execution")
        if not self.execution(name).state.finished:
            self.end(ExecutionState.CANCELLED)

    def log_lines(self, query: LogQuery) -> Sequence[LogLine]:
        """Answer one line."""
        self._ask("log_lines")
        severity = "ERROR" if query.errors_only else "INFO"
        return [LogLine(self.clock(), severity, "pulling 74c9ae6e3c4d")]

    def _ask(self, question: str) -> None:
        self._add("asked", question)
        self.before(question)

    def _cache(self, question: str) -> MemoryReader:
        self._ask(question)
        writes = two_syncs()
        for run in self._runs():
            if run.state is ExecutionState.SUCCEEDED:
                writes += sync_writes(NEWEST, run.created_at + TOOK)
        return cache_after(writes)

    def _runs(self) -> list[Execution]:
        ended = self.folder / "end"
        state = ExecutionState(ended.read_text()) if ended.exists() else ExecutionState.RUNNING
        started = [json.loads(line) for line in self._lines("started")]
        return [_run(name, datetime.fromisoformat(at), state) for name, at in reversed(started)]

    def _lines(self, name: str) -> list[str]:
        kept = self.folder / name
        return kept.read_text().splitlines() if kept.exists() else []

    def _add(self, name: str, line: str) -> None:
        with (self.folder / name).open("a") as kept:
            kept.write(f"{line}\n")


def as_cloud(cloud: SyncCloud) -> Cloud:
    """Return it as a cloud; whoever asks it for more than a sync does fails."""
    return cast("Cloud", cloud)


def _run(name: str, at: datetime, state: ExecutionState) -> Execution:
    return Execution(
        name=ExecutionName(name),
        state=state,
        created_at=at,
        started_at=at,
        finished_at=at + TOOK if state.finished else None,
        counts=TaskCounts(total=1),
    )
