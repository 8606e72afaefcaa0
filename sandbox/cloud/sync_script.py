"""What is to happen to the next executions of the sync job: trouble, and stages to hold at."""

import threading
from dataclasses import dataclass
from enum import StrEnum

from sandbox.cloud.attempt import Attempt, Stopped

_POLL_SECONDS = 0.005
_EVERY_ATTEMPT = 1000


class Stage(StrEnum):
    """How far an attempt of the sync job is, in order."""

    STARTING = "starting"
    PULLING_LLM = "pulling_llm"
    DOWNLOADING_EMBEDDING = "downloading_embedding"
    CLEARING_SBERT = "clearing_sbert"
    MOVING_SBERT = "moving_sbert"  # sbert/ is gone, .tmp/sbert-<version>/ not moved yet
    WRITING_MANIFEST = "writing_manifest"
    MARKING_DONE = "marking_done"  # the new manifest stands, .done is still the old one
    COMPLETED = "completed"


class Cause(StrEnum):
    """What an execution can fail of."""

    MODEL_NOT_FOUND = "model_not_found"
    REGISTRY_TIMEOUT = "registry_timeout"
    OUT_OF_DISK = "out_of_disk"
    OUT_OF_MEMORY = "out_of_memory"
    PERMISSION_DENIED = "permission_denied"
    DEATH_IN_PROMOTION = "death_in_promotion"
    ATTEMPT_TIMEOUT = "attempt_timeout"
    NON_ZERO_EXIT = "non_zero_exit"


@dataclass(frozen=True, slots=True)
class SyncScript:
    """How one execution goes: `cause` hits its first `attempts` attempts."""

    cause: Cause | None = None
    attempts: int = _EVERY_ATTEMPT

    def hits(self, attempt: Attempt, cause: Cause) -> bool:
        """Tell whether that trouble comes over this attempt."""
        return self.cause == cause and attempt.number < self.attempts


class Scripts:
    """The scripts of the executions to come, in order, and the stages where attempts wait."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._arrived = threading.Condition(self._lock)
        self._coming: list[SyncScript] = []
        self._otherwise = SyncScript()
        self._dealt: dict[str, SyncScript] = {}
        self._held: set[Stage] = set()
        self._reached: dict[str, Stage] = {}

    def next(self, *scripts: SyncScript) -> None:
        """Let the next executions go by these, one each."""
        with self._lock:
            self._coming.extend(scripts)

    def always(self, script: SyncScript) -> None:
        """Let every execution without a script of its own go by this one."""
        with self._lock:
            self._otherwise = script

    def of(self, execution: str) -> SyncScript:
        """Return the script of an execution, dealt to it the first time it asks."""
        with self._lock:
            if execution not in self._dealt:
                dealt = self._coming.pop(0) if self._coming else self._otherwise
                self._dealt[execution] = dealt
            return self._dealt[execution]

    def hold(self, stage: Stage) -> None:
        """Let attempts wait at the beginning of `stage` until it is released."""
        with self._lock:
            self._held.add(stage)

    def release(self) -> None:
        """Let every waiting attempt go on, and hold none any more."""
        with self._lock:
            self._held.clear()

    def enter(self, stage: Stage, execution: str, attempt: Attempt) -> None:
        """Note that an attempt has come to `stage`, and wait there while it is held."""
        with self._lock:
            self._reached[execution] = stage
            self._arrived.notify_all()
        while self._is_held(stage):
            if attempt.stop.wait(_POLL_SECONDS):
                raise Stopped

    def stage(self, execution: str) -> Stage | None:
        """Return how far an execution has come, None before its container starts."""
        with self._lock:
            return self._reached.get(execution)

    def wait_until(self, execution: str, stage: Stage, timeout_seconds: float) -> bool:
        """Wait until an execution is at `stage`; return False where time runs out first."""
        with self._lock:
            return self._arrived.wait_for(
                lambda: self._reached.get(execution) == stage, timeout_seconds
            )

    def _is_held(self, stage: Stage) -> bool:
        with self._lock:
            return stage in self._held
