"""What is to happen to the next revisions of the service: they start, fail, or keep on starting."""

import threading
from enum import StrEnum

_POLL_SECONDS = 0.005


class Fate(StrEnum):
    """How the first instance of a new revision fares."""

    STARTS = "starts"  # as its template and the cache allow
    FAILS_HEALTH_CHECK = "fails_health_check"
    RUNS_OUT_OF_MEMORY = "runs_out_of_memory"
    HANGS = "hangs"  # neither ready nor failed until it is released, then it starts


class RevisionScripts:
    """The fates of the revisions to come, in order."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._coming: list[Fate] = []
        self._hanging: set[str] = set()

    def next(self, *fates: Fate) -> None:
        """Let the next revisions fare so, one each; those after them start."""
        with self._lock:
            self._coming.extend(fates)

    def deal(self, revision: str) -> Fate:
        """Return the fate of a revision just made."""
        with self._lock:
            fate = self._coming.pop(0) if self._coming else Fate.STARTS
            if fate is Fate.HANGS:
                self._hanging.add(revision)
            return fate

    def release(self) -> None:
        """Let every revision that hangs go on, and start."""
        with self._lock:
            self._hanging.clear()

    def hang(self, revision: str, stop: threading.Event) -> bool:
        """Wait until a revision is released; return False where `stop` came first."""
        while self._hangs(revision):
            if stop.wait(_POLL_SECONDS):
                return False
        return True

    def _hangs(self, revision: str) -> bool:
        with self._lock:
            return revision in self._hanging
