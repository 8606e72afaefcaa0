"""One log entry, taken out of Google's message: its labels, its payload, and its text."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from google.cloud.audit.audit_log_pb2 import AuditLog
from google.cloud.logging_v2.types import LogEntry
from google.logging.type.log_severity_pb2 import LogSeverity
from google.protobuf.json_format import (  # type: ignore[import-untyped]  # no stubs
    MessageToDict,
    MessageToJson,
)

from core.google.times import moment_of

EXECUTION_LABEL = "run.googleapis.com/execution_name"
_ATTEMPT_LABEL = "run.googleapis.com/task_attempt"
_TOLD_FIELDS = ("error", "reason", "cache_miss_reason", "model", "exit_code")


@dataclass(frozen=True, slots=True)
class Entry:
    """A log entry. `payload` is empty unless it is JSON; numbers in it are floats."""

    at: datetime
    insert_id: str
    severity: str
    labels: Mapping[str, str]
    resource_labels: Mapping[str, str]
    payload: Mapping[str, Any]
    text: str

    @property
    def execution(self) -> str:
        """The short name of the execution that wrote it, empty where none did."""
        return self.labels.get(EXECUTION_LABEL, "")

    @property
    def attempt(self) -> int | None:
        """The attempt that wrote it, from 1; Cloud Run's label counts from 0.

        Source: cloud.google.com/run/docs/container-contract#jobs-env-vars
        """
        label = self.labels.get(_ATTEMPT_LABEL, "")
        return int(label) + 1 if label.isdecimal() else None


def entry_of(message: LogEntry) -> Entry:
    """Read Google's message."""
    raw = LogEntry.pb(message)
    payload = MessageToDict(raw.json_payload) if raw.WhichOneof("payload") == "json_payload" else {}
    return Entry(
        at=moment_of(message.timestamp),
        insert_id=raw.insert_id,
        severity=LogSeverity.Name(raw.severity)
        if raw.severity in LogSeverity.values()
        else str(raw.severity),
        labels=dict(raw.labels),
        resource_labels=dict(raw.resource.labels),
        payload=payload,
        text=_text(raw, payload),
    )


def _text(raw: Any, payload: Mapping[str, Any]) -> str:
    match raw.WhichOneof("payload"):
        case "text_payload":
            return str(raw.text_payload)
        case "json_payload":
            return _payload_text(raw, payload)
        case "proto_payload":
            return _audit_text(raw.proto_payload)
    request = raw.http_request
    return f"{request.request_method} {request.request_url} {request.status or ''}".strip()


def _payload_text(raw: Any, payload: Mapping[str, Any]) -> str:
    """Return the message, with the fields that say why; else the whole payload as JSON."""
    message = payload.get("message") or payload.get("msg")
    if not message:
        return str(MessageToJson(raw.json_payload, indent=None))
    told = [f"{key}: {_shown(payload[key])}" for key in _TOLD_FIELDS if payload.get(key)]
    return f"{message} ({', '.join(told)})" if told else str(message)


def _shown(value: Any) -> str:
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value)


def _audit_text(payload: Any) -> str:
    audit = AuditLog()
    if not payload.Unpack(audit):
        return str(payload.type_url.rpartition("/")[2])
    return f"{audit.method_name}: {audit.status.message}".rstrip(": ")
