"""The store of log entries."""

import threading
from datetime import UTC, datetime, timedelta

import pytest
from google.protobuf.json_format import MessageToDict  # type: ignore[import-untyped]  # no stubs

from sandbox.clock import Clock
from sandbox.cloud.logs import Logs

NOON = datetime(2026, 11, 1, 12, tzinfo=UTC)


def write(logs: Logs, text: str, at: datetime | None = None) -> None:
    """Write a plain line of the service."""
    logs.write(
        log_id="run.googleapis.com/stdout",
        resource_type="cloud_run_revision",
        resource_labels={"service_name": "tabular-service"},
        labels={"instanceId": "00aa"},
        severity="ERROR",
        text=text,
        at=at,
    )


def texts(logs: Logs) -> list[str]:
    """Return the text payloads in order."""
    return [entry.text_payload for entry in logs.entries()]


def test_an_entry_has_every_field_it_was_written_with() -> None:
    """What is written comes back in Google's own message, the log id escaped in its name."""
    logs = Logs(Clock())
    logs.write(
        log_id="run.googleapis.com/stderr",
        resource_type="cloud_run_job",
        resource_labels={"job_name": "sync"},
        labels={"run.googleapis.com/execution_name": "sync-abc12"},
        severity="WARNING",
        payload={"message": "hi", "count": 3, "flag": True, "nested": {"list": [1, "a", None]}},
        at=NOON,
        trace="projects/sandbox-project/traces/1",
    )
    (entry,) = logs.entries()
    found = MessageToDict(entry)
    assert found.pop("receiveTimestamp")
    assert found.pop("insertId")
    assert found == {
        "logName": "projects/sandbox-project/logs/run.googleapis.com%2Fstderr",
        "resource": {"type": "cloud_run_job", "labels": {"job_name": "sync"}},
        "labels": {"run.googleapis.com/execution_name": "sync-abc12"},
        "severity": "WARNING",
        "jsonPayload": {
            "message": "hi",
            "count": 3.0,
            "flag": True,
            "nested": {"list": [1.0, "a", None]},
        },
        "timestamp": "2026-11-01T12:00:00Z",
        "trace": "projects/sandbox-project/traces/1",
    }


def test_entries_are_ordered_by_time_whenever_they_were_written() -> None:
    """A late line stands where its time puts it, equal times in the order they were written."""
    logs = Logs(Clock())
    for text, minutes in [("c", 2), ("a", 0), ("d", 2), ("b", 1)]:
        write(logs, text, NOON + timedelta(minutes=minutes))
    assert texts(logs) == ["a", "b", "c", "d"]
    assert logs.entries()[2].insert_id < logs.entries()[3].insert_id


def test_the_time_is_the_clocks_where_none_is_given() -> None:
    """An entry without a time gets the sandbox's present, moved clock included."""
    clock = Clock()
    clock.advance(timedelta(days=3))
    logs = Logs(clock)
    write(logs, "now")
    written = logs.entries()[0].timestamp.ToDatetime(UTC)
    assert timedelta() <= clock.now() - written < timedelta(minutes=1)


def test_a_snapshot_does_not_change() -> None:
    """What `entries` returned stays as it was when more is written or all is cleared."""
    logs = Logs(Clock())
    write(logs, "first")
    snapshot = logs.entries()
    write(logs, "second")
    assert [entry.text_payload for entry in snapshot] == ["first"]
    logs.clear()
    assert len(snapshot) == 1
    assert not logs.entries()


def test_between_takes_both_ends() -> None:
    """The entries at either bound are inside, no bound means no limit."""
    logs = Logs(Clock())
    for minutes in range(5):
        write(logs, str(minutes), NOON + timedelta(minutes=minutes))
    one, three = NOON + timedelta(minutes=1), NOON + timedelta(minutes=3)
    assert [entry.text_payload for entry in logs.between(one, three)] == ["1", "2", "3"]
    assert len(logs.between(None, three)) == 4
    assert len(logs.between(one, None)) == 4


@pytest.mark.parametrize("payload", [{}, {"text": "a", "payload": {"b": 1}}])
def test_an_entry_has_exactly_one_payload(payload: dict[str, object]) -> None:
    """Neither no payload nor two are taken."""
    with pytest.raises(ValueError, match="either a text or a JSON payload"):
        Logs(Clock()).write(
            log_id="x",
            resource_type="global",
            resource_labels={},
            **payload,  # type: ignore[arg-type]  # wrong on purpose
        )


def test_naive_times_and_unknown_severities_are_refused() -> None:
    """A time without a zone and a severity that Google has not are mistakes of the caller."""
    with pytest.raises(ValueError, match="aware"):
        write(Logs(Clock()), "a", NOON.replace(tzinfo=None))
    with pytest.raises(ValueError, match="LOUD"):
        Logs(Clock()).write(
            log_id="x", resource_type="global", resource_labels={}, severity="LOUD", text="a"
        )


def test_many_threads_write_at_once() -> None:
    """Nothing is lost, and insert ids are unique, when eight threads write together."""
    logs = Logs(Clock())

    def write_many() -> None:
        for index in range(200):
            write(logs, "line", NOON + timedelta(seconds=index % 7))

    threads = [threading.Thread(target=write_many) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    entries = logs.entries()
    assert len({entry.insert_id for entry in entries}) == 1600
    times = [entry.timestamp.ToNanoseconds() for entry in entries]
    assert times == sorted(times)
