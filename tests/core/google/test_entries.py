"""Tests of how a log entry is read."""

from datetime import UTC, datetime
from typing import Any

import pytest
from google.cloud.audit.audit_log_pb2 import AuditLog
from google.cloud.logging_v2.types import LogEntry
from google.logging.type.http_request_pb2 import HttpRequest
from google.protobuf import any_pb2, struct_pb2  # type: ignore[import-untyped]  # no stubs
from google.rpc.status_pb2 import Status

from core.google.entries import Entry, entry_of

_AT = datetime(2026, 1, 31, 2, tzinfo=UTC)


def _read(**fields: Any) -> Entry:
    return entry_of(LogEntry(timestamp=_AT, **fields))


def _json(**payload: Any) -> struct_pb2.Struct:
    struct = struct_pb2.Struct()
    struct.update(payload)
    return struct


def test_a_text_line_is_its_text() -> None:
    """A program that only prints has no severity."""
    entry = _read(text_payload="pulling manifest")
    assert (entry.text, entry.severity, entry.at) == ("pulling manifest", "DEFAULT", _AT)
    assert dict(entry.payload) == {}


@pytest.mark.parametrize(
    ("payload", "text"),
    [
        ({"message": "Startup complete", "cache_hit": True}, "Startup complete"),
        (
            {"message": "Sync job failed", "error": "disk full", "exit_code": 1},
            "Sync job failed (error: disk full, exit_code: 1)",
        ),
        ({"msg": "ready"}, "ready"),
        ({"progress": 0.5}, '{"progress": 0.5}'),
    ],
)
def test_a_json_line_is_its_message_and_why(payload: dict[str, Any], text: str) -> None:
    """Fields that explain are told; a payload without a message is shown whole."""
    assert _read(json_payload=_json(**payload)).text == text


def test_a_request_is_told_by_its_line() -> None:
    """Cloud Run's request log has no payload at all."""
    request = HttpRequest(request_method="GET", request_url="https://x/api", status=503)
    assert _read(http_request=request).text == "GET https://x/api 503"


def test_an_audit_line_is_told_by_method_and_status() -> None:
    """The platform's own events come as audit logs."""
    audit = AuditLog(method_name="/Jobs.RunJob", status=Status(message="Execution x has failed."))
    packed = any_pb2.Any()
    packed.Pack(audit)
    assert _read(proto_payload=packed).text == "/Jobs.RunJob: Execution x has failed."
    other = any_pb2.Any(type_url="type.googleapis.com/google.appengine.logging.v1.RequestLog")
    assert _read(proto_payload=other).text == "google.appengine.logging.v1.RequestLog"


def test_an_entry_without_anything_is_empty() -> None:
    """Nothing is made up."""
    assert _read().text == ""


@pytest.mark.parametrize(("label", "attempt"), [("0", 1), ("2", 3), ("", None), ("x", None)])
def test_attempts_are_counted_from_one(label: str, attempt: int | None) -> None:
    """Cloud Run's label counts from zero."""
    labels = {
        "run.googleapis.com/execution_name": "sync-1",
        "run.googleapis.com/task_attempt": label,
    }
    entry = _read(labels=labels, severity="ERROR")
    assert (entry.execution, entry.attempt) == ("sync-1", attempt)
    assert entry.severity == "ERROR"
