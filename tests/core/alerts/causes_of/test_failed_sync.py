"""What failed executions say, told apart by the words of those who write them."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from core.alerts.causes_of.failed_sync import Failure, read_failure
from core.executions import Execution, ExecutionName, ExecutionState
from core.signals import LogLine

_AT = datetime(2026, 11, 23, 2, 10, tzinfo=UTC)
_FAILED = Execution(ExecutionName("sync-a"), ExecutionState.FAILED, _AT, finished_at=_AT)
_SAID = {
    "Error: pull model manifest: file does not exist": Failure.MODEL_UNKNOWN,
    "huggingface_hub.errors.RepositoryNotFoundError: 401 Client Error.": Failure.MODEL_UNKNOWN,
    "huggingface_hub.errors.GatedRepoError: 403 Client Error.": Failure.MODEL_UNKNOWN,
    "dial tcp 104.21.75.227:443: i/o timeout": Failure.REGISTRY,
    "net/http: TLS handshake timeout": Failure.REGISTRY,
    "Error: pull model manifest: 503: upstream connect error": Failure.REGISTRY,
    "requests.exceptions.HTTPError: 502 Server Error: for url: https://x": Failure.REGISTRY,
    "unexpected status code 504": Failure.REGISTRY,
    "copied 503 files": Failure.UNKNOWN,
    "requests.exceptions.ReadTimeout: Read timed out. (read timeout=10)": Failure.REGISTRY,
    "Temporary failure in name resolution": Failure.REGISTRY,
    "OSError: [Errno 28] No space left on device: '/models/.tmp/x'": Failure.DISK,
    "Memory limit of 4096 MiB exceeded with 4130 MiB used.": Failure.MEMORY,
    "mkdir: cannot create directory '/models/.tmp': Permission denied": Failure.PERMISSION,
    "googleapi: Error 403: a@b does not have storage.objects.create access": Failure.PERMISSION,
    "mv: cannot move '/models/.tmp/a' to '/models/sbert': Too many open files": Failure.PROMOTION,
    "Terminating task because it has reached the maximum timeout of 900 seconds": Failure.TIMEOUT,
    "mounting volume failed: bucket x: storage: bucket doesn't exist": Failure.NO_BUCKET,
    "Segmentation fault": Failure.UNKNOWN,
}


def _line(text: str, attempt: int = 1, execution: str = "sync-a") -> LogLine:
    return LogLine(_AT, "ERROR", text, execution, attempt)


@pytest.mark.parametrize("text", _SAID)
def test_a_line_is_recognised_by_its_own_words(text: str) -> None:
    """Each kind of trouble is told apart, and the line is what is quoted."""
    found = read_failure(_FAILED, [_line("Container called exit(1)."), _line(text, 3)])
    assert found.failure is _SAID[text]
    if found.failure is not Failure.UNKNOWN:
        assert (found.line, found.attempts) == (text, 3)


def test_the_lines_of_another_execution_do_not_count() -> None:
    """Two executions that fail of two things are not mixed."""
    found = read_failure(_FAILED, [_line("i/o timeout", execution="sync-b")])
    assert (found.failure, found.line) == (Failure.UNKNOWN, "")


def test_a_silent_execution_is_judged_by_the_platform() -> None:
    """Cloud Run's own last word on it stands in for the log."""
    found = read_failure(replace(_FAILED, message="The configured timeout was reached."), [])
    assert found.failure is Failure.TIMEOUT


def test_a_cancelled_execution_was_cancelled_whatever_it_said() -> None:
    """What a container prints while it is stopped is no cause."""
    cancelled = replace(_FAILED, state=ExecutionState.CANCELLED)
    assert read_failure(cancelled, [_line("i/o timeout")]).failure is Failure.CANCELLED


def test_only_the_error_of_a_structured_line_is_quoted() -> None:
    """The words that the bot itself put around it are left out, and a long one is cut."""
    line = _line("Sync job failed (error: Segmentation fault (core dumped), exit_code: 139)")
    assert read_failure(_FAILED, [line]).line == "Segmentation fault (core dumped)"
    assert len(read_failure(_FAILED, [_line("x" * 5_000)]).line) < 250


@pytest.mark.parametrize("text", ["a" * 60_000, "(error: " * 5_000, "model " * 10_000])
def test_a_hostile_line_costs_no_time(text: str) -> None:
    """Log lines are foreign text; none of the patterns runs away on one."""
    assert read_failure(_FAILED, [_line(text)]).failure is Failure.UNKNOWN
