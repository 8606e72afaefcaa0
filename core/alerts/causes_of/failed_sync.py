"""What a failed execution of the sync job says for itself: of what it failed, and in which line."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum

from core.executions import Execution, ExecutionState
from core.signals import LogLine

_LONGEST = 220


class Failure(StrEnum):
    """What an execution can fail of."""

    PROMOTION = "promotion"
    PERMISSION = "permission"
    MODEL_UNKNOWN = "unknown model"
    NO_BUCKET = "no bucket"
    DISK = "disk"
    MEMORY = "memory"
    REGISTRY = "registry"
    TIMEOUT = "time-out"
    CANCELLED = "cancelled"
    UNKNOWN = "unknown"


_SIGNS = {
    Failure.PROMOTION: r"\bmv: cannot (move|stat|create|overwrite)",
    Failure.PERMISSION: r"permission.{0,20}denied|error 403|does not have storage\.",
    Failure.MODEL_UNKNOWN: (
        r"pull model manifest: file does not exist|RepositoryNotFound|Repository Not Found"
        r"|model .{1,80} not found|GatedRepo"
    ),
    Failure.NO_BUCKET: r"bucket doesn't exist|bucket does not exist",
    Failure.DISK: r"no space left on device|errno 28|disk quota",
    Failure.MEMORY: r"memory limit of .* exceeded|out of memory|\boom\b|exit code:? 137",
    Failure.REGISTRY: (
        r"i/o timeout|dial tcp|TLS handshake|read timed out|connect ?timeout|connection reset"
        r"|name resolution|no such host|too many requests|bad gateway|service unavailable"
        r"|gateway time-?out|: 50[234]: |\b(error|http|status|code)\b\W{0,3}\b50[234]\b"
        r"|\b50[234] server error"
    ),
    Failure.TIMEOUT: r"(configured|maximum) timeout|timeout was reached",
}
"""What the lines say of each, the most telling first.

Sources: github.com/ollama/ollama (server/images.go), huggingface_hub.errors, cloud.google.com/
run/docs/troubleshooting, errno(3).
"""

_PATTERNS = {failure: re.compile(sign, re.IGNORECASE) for failure, sign in _SIGNS.items()}
_WRAPPED = re.compile(r"[\w ]{1,60} \(error: (.*?)(?:, (?:reason|model|exit_code): [^,()]*)*\)")
"""A structured line, as it is told with the fields that say why: only the error is quoted."""

_EMBEDDING = re.compile(r"hugging|repository|sentence.?transformers", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class FailedSync:
    """One execution that did not succeed, why, and the line that says so (untrusted)."""

    execution: Execution
    failure: Failure
    line: str
    attempts: int

    @property
    def of_embedding(self) -> bool:
        """Whether the line speaks of the embedding model rather than the language model."""
        return _EMBEDDING.search(self.line) is not None

    @property
    def told(self) -> str:
        """The execution, its attempts and its line as a sentence."""
        one = self.execution
        at = f"{one.finished_at or one.created_at:%Y-%m-%d %H:%M} UTC"
        did = "was cancelled" if self.failure is Failure.CANCELLED else "failed"
        tries = f" after {self.attempts} attempts" if self.attempts > 1 else ""
        said = f': "{self.line}"' if self.line else "."
        return f"{one.name} {did} at {at}{tries}{said}"


def read_failure(execution: Execution, lines: Sequence[LogLine]) -> FailedSync:
    """Judge an execution by its own lines, newest first, and by the platform's last word."""
    own = [one for one in lines if one.execution in ("", execution.name)]
    attempts = max((one.attempt or 1 for one in own), default=1)
    if execution.retried:
        attempts = max(attempts, 2)
    if execution.state is ExecutionState.CANCELLED:
        return FailedSync(execution, Failure.CANCELLED, "", attempts)
    texts = [_line(one.text) for one in own]
    failure, line = _recognised([*texts, _line(execution.message)])
    if failure is Failure.UNKNOWN:
        line = next((text for text in texts if text), _line(execution.message))
    return FailedSync(execution, failure, line, attempts)


def _recognised(texts: Iterable[str]) -> tuple[Failure, str]:
    for text in texts:
        for failure, pattern in _PATTERNS.items():
            if pattern.search(text):
                return failure, text
    return Failure.UNKNOWN, ""


def _line(text: str) -> str:
    line = " ".join(text.split()).replace('"', "'")
    wrapped = _WRAPPED.fullmatch(line)
    line = wrapped[1] if wrapped else line
    return line if len(line) <= _LONGEST else f"{line[: _LONGEST - 1]}…"
