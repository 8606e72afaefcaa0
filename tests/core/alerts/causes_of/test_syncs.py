"""Why syncs fail, concluded from what a reader in memory says."""

from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from core.alerts.causes import Diagnosis
from core.alerts.incidents import Subject
from core.cache.buckets import JOB_ROLE, Binding
from core.errors import Unavailable
from core.executions import ExecutionState, TaskCounts
from core.services import TriggerState
from core.signals import LogLine
from core.store.database import Database
from tests.core.alerts.causes_of.from_memory import beside, diagnosed
from tests.core.reader import MemoryReader
from tests.core.whole_cache import NOW, WEIGHTS, execution, whole_cache, without

_ACCOUNT = "sync@p.iam.gserviceaccount.com"
_UNKNOWN_MODEL = "Error: pull model manifest: file does not exist"
_NAME = "tabular-model-sync-fffff"


def _of_syncs(records: Database, reader: MemoryReader, opened: datetime = NOW) -> Diagnosis:
    return diagnosed(records, reader, Subject.SYNC_FAILURES, opened)


def _failed(line: str, message: str = "") -> MemoryReader:
    """Return a whole cache whose last execution failed ten minutes ago, with that line."""
    healthy, at = whole_cache(), NOW - timedelta(minutes=10)
    last = execution("fffff", at, ExecutionState.FAILED, message)
    lines = [LogLine(at, "ERROR", line, _NAME, 1)] if line else []
    assert healthy.sync_job is not None
    return replace(
        healthy,
        runs=(last, *healthy.runs),
        lines=lines,
        sync_job=replace(healthy.sync_job, service_account=_ACCOUNT),
        access=(Binding(role=JOB_ROLE, members=(f"serviceAccount:{_ACCOUNT}",)),),
    )


def test_a_failure_that_a_good_sync_followed_is_over_before_the_alert_is_heard(
    records: Database,
) -> None:
    """Monitoring counts some minutes late, so the good sync may be older than the alert."""
    healthy = whole_cache()
    good = execution("ggggg", NOW - timedelta(minutes=5))
    bad = execution("fffff", NOW - timedelta(minutes=20), ExecutionState.FAILED)
    found = _of_syncs(records, replace(healthy, runs=(good, bad, *healthy.runs)))
    assert found.cause == (
        f"The failures are over: tabular-model-sync-ggggg succeeded 5 min ago, after {_NAME} had "
        "failed."
    )
    assert (found.offers, found.certain) == ((), True)


def test_an_attempt_that_failed_in_a_running_sync_is_told(records: Database) -> None:
    """The alert counts attempts; the execution goes on, and may succeed yet."""
    healthy = whole_cache()
    running = replace(
        execution("fffff", NOW, ExecutionState.RUNNING),
        created_at=NOW - timedelta(minutes=20),
        started_at=NOW - timedelta(minutes=20),
        counts=TaskCounts(running=1, retried=1),
    )
    lines = [LogLine(NOW - timedelta(minutes=5), "ERROR", "TLS handshake timeout", _NAME, 1)]
    found = _of_syncs(records, replace(healthy, runs=(running, *healthy.runs), lines=lines))
    assert found.cause == (
        f'An attempt of {_NAME} failed, and it is trying again, for 20 min by now: "TLS handshake '
        'timeout"'
    )
    assert found.offers == ("sync",)


def test_a_name_that_was_put_right_since_is_not_called_wrong(records: Database) -> None:
    """The job names what a sync has fetched before: it may have named another model then."""
    found = _of_syncs(records, _failed(_UNKNOWN_MODEL))
    assert found.cause == (
        f"{_NAME} failed since the registry did not know its language model. The sync job names "
        "llama3.2:1b now, which a sync has fetched before."
    )
    assert (found.offers, found.certain) == (("sync",), False)


def test_a_model_that_is_kept_behind_a_gate_is_not_called_unknown(records: Database) -> None:
    """Its name is right, and a token is what is missing."""
    line = "huggingface_hub.errors.GatedRepoError: 403 Client Error."
    found = _of_syncs(records, _failed(line))
    assert found.cause == (
        'The embedding model "BAAI/bge-m3" is gated: Hugging Face gives it only to accounts that '
        "were let in. Give the sync job a token of one, or use another model."
    )


@pytest.mark.parametrize(
    ("line", "certain"),
    [
        ("googleapi: Error 403: sync does not have storage.objects.create access", True),
        ("mkdir: cannot create directory '/models/.tmp': Permission denied", True),
        ("urllib.error.HTTPError: HTTP Error 403: Forbidden", False),
    ],
)
def test_a_refusal_is_the_buckets_only_where_the_line_says_so(
    records: Database, line: str, certain: bool
) -> None:
    """Others refuse too, and no role on the bucket helps against them."""
    found = _of_syncs(records, _failed(line))
    assert found.certain is certain
    assert ("although it has" in found.cause) is certain
    assert certain or "HTTP Error 403" in found.cause


def test_no_room_is_the_jobs_own_and_leftovers_are_told_beside_it(records: Database) -> None:
    """A bucket is never full: files are staged in the job's memory before they reach it."""
    full = _failed("OSError: [Errno 28] No space left on device: '/models/.tmp/x'")
    stored = beside(full, (".tmp/sbert-1/x", 2_000_000_000, NOW - timedelta(hours=2)))
    found = _of_syncs(records, replace(full, stored=stored))
    assert found.cause.startswith(f"{_NAME} ran out of disk under .tmp/.")
    assert "give the sync job more memory" in found.cause
    assert "1 leftover file (2.0 GB)" in found.cause
    assert (found.offers, found.certain) == (("cleanup 1h",), True)


def test_a_log_that_could_not_be_read_is_not_called_silent(records: Database) -> None:
    """Whether a reason was logged is not known."""
    silent = _failed("")
    assert _of_syncs(records, silent).cause.endswith("and logged no reason.")
    away = replace(silent, errors={"log_lines": Unavailable("Logging is down.")})
    assert _of_syncs(records, away).cause.endswith("and its log could not be read.")


def test_a_broken_cache_without_a_failed_sync_is_only_probable(records: Database) -> None:
    """It is told, but no execution has failed of it."""
    found = _of_syncs(records, without(whole_cache(), ".done"))
    assert found.cause.startswith(
        "No execution has failed since tabular-model-sync-aaaaa succeeded"
    )
    assert "ago, but the cache is not whole. There is no .done marker" in found.cause
    assert not found.certain


@pytest.mark.parametrize("line", ["wrote 503 objects", "checked 502 of 504 files"])
def test_a_number_is_no_status(records: Database, line: str) -> None:
    """Only a server's answer tells of the registry."""
    assert "registry" not in _of_syncs(records, _failed(line)).cause


def test_that_no_execution_has_failed_is_the_conclusion(records: Database) -> None:
    """The alert counts what the executions do not show: the log is where to look."""
    found = _of_syncs(records, whole_cache())
    assert found.cause == (
        "No execution has failed since tabular-model-sync-aaaaa succeeded 7 h ago: see in its log "
        "what the alert has counted, a failed attempt or an older sync."
    )
    assert (found.offers, found.certain) == (("logs sync errors", "history"), True)


def test_a_paused_trigger_is_named_where_no_execution_has_failed(records: Database) -> None:
    """What is abnormal stands in the conclusion, with the command that lifts it."""
    healthy = whole_cache()
    assert healthy.trigger is not None
    paused = replace(healthy.trigger, state=TriggerState.PAUSED)
    found = _of_syncs(records, replace(healthy, trigger=paused))
    assert found.cause == (
        "No execution has failed since tabular-model-sync-aaaaa succeeded 7 h ago. What is "
        "abnormal is the nightly sync. It is paused: no nightly sync starts."
    )
    assert found.offers == ("resume nightly", "logs sync errors")


def test_syncs_that_do_not_come_are_named_where_none_has_failed(records: Database) -> None:
    """A last good sync of two days ago is no fault of an execution, and still no good state."""
    healthy = whole_cache()
    old = execution("aaaaa", NOW - timedelta(days=2))
    found = _of_syncs(records, replace(healthy, runs=(old,)))
    assert "succeeded 2 d ago, but none has come in time either" in found.cause
    assert found.offers == ("sync", "history")


def test_what_is_missing_is_told_once(records: Database) -> None:
    """The conclusion names it: no sentence below says the same under another heading."""
    found = _of_syncs(records, without(whole_cache(), ".done"))
    assert sum("There is no .done marker" in one for one in (found.cause, *found.evidence)) == 1


def test_a_name_that_no_sync_has_fetched_is_told_where_the_log_says_nothing(
    records: Database,
) -> None:
    """Another sync would ask for the same model: the one that the cache holds comes first."""
    reader = _failed("")
    assert reader.sync_job is not None
    wrong = replace(reader.sync_job, llm_model="lama3.2:1b")
    errors = {"log_lines": Unavailable("Logging is down.")}
    found = _of_syncs(records, replace(reader, sync_job=wrong, errors=errors))
    assert "The sync job asks for lama3.2:1b, which no sync has fetched" in found.cause
    assert found.offers == ("update llm=llama3.2:1b", "logs sync errors")
    assert not found.certain


@pytest.mark.parametrize(
    ("gone", "told"), [("", "the cache is whole all the same."), (WEIGHTS, "the cache is not")]
)
def test_how_a_death_half_way_has_left_the_cache_is_told(
    records: Database, gone: str, told: str
) -> None:
    """What is known of the cache is said, and not what may be."""
    died = _failed("mv: cannot move '/models/.tmp/sbert-1' to '/models/sbert': Too many open files")
    found = _of_syncs(records, without(died, gone))
    lead = f"{_NAME} died half-way while it made its download live: "
    assert found.cause.startswith(f"{lead}{told}")
