"""Logs: one JSON object a line for Cloud Logging, or lines for people, never a secret."""

import json
import logging
import re
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from typing import Protocol, TextIO, cast

from core.call import Call
from core.inspection.findings import Finding

_KEPT = {
    "slack_bolt": logging.WARNING,  # at INFO it repeats request bodies
    "slack_sdk": logging.INFO,  # at DEBUG it repeats payloads
    "dbos": logging.WARNING,
    "apscheduler": logging.WARNING,
    "sqlalchemy": logging.WARNING,
    "alembic": logging.WARNING,
    "gunicorn": logging.WARNING,
    "werkzeug": logging.WARNING,
    "google": logging.WARNING,
    "urllib3": logging.WARNING,
    "matplotlib": logging.WARNING,
}
"""The least severity of what libraries say, whatever level they set for themselves."""

_OWN_HANDLERS = ("dbos",)
_SECRETS = re.compile(
    r"xox[a-z](?:\.xox[a-z])?-[\w-]+"
    r"|xapp-[\w-]+"
    r"|https://hooks\.slack(?:-gov)?\.com/[^\s\"'<>]+"  # a response_url lets anybody post
    r"|(?<=://)[^\s/@]+:[^\s/@]+(?=@)"
)
_HIDDEN = "***"
_STANDARD = frozenset(vars(logging.makeLogRecord({}))) | {"message", "asctime", "taskName"}
_WORDS_LENGTH = 300
_FORMATTER = logging.Formatter()
_COLOURS = {"WARNING": "\x1b[33m", "ERROR": "\x1b[31m", "CRITICAL": "\x1b[31m"}
_PLAIN = "\x1b[0m"


class LogFormat(StrEnum):
    """How a line looks."""

    AUTO = "auto"
    JSON = "json"
    PRETTY = "pretty"


class LogLevel(StrEnum):
    """The least severity that is logged."""

    DEBUG = "DEBUG"
    INFO = "INFO"
    WARNING = "WARNING"
    ERROR = "ERROR"


class Outcome(Protocol):
    """What came of a call: one word, the operation it started, its longest check, if any."""

    @property
    def word(self) -> str:
        """Return the word, such as `answered` or `refused`."""
        ...

    @property
    def operation_id(self) -> str:
        """Return the operation's id, empty where there is none."""
        ...

    @property
    def slowest(self) -> Finding | None:
        """Return the check that took longest, None where nothing was checked."""
        ...


def set_up_logging(
    form: LogFormat,
    level: LogLevel,
    secrets: Sequence[str] = (),
    stream: TextIO | None = None,
) -> None:
    """Send every log line to `stream` (stderr), in one form, with `secrets` hidden."""
    target = sys.stderr if stream is None else stream
    terminal = target.isatty()
    if form is LogFormat.AUTO:
        form = LogFormat.PRETTY if terminal else LogFormat.JSON
    hide = _hider(secrets)
    shape = JsonLines(hide) if form is LogFormat.JSON else PrettyLines(hide, terminal)
    handler = logging.StreamHandler(target)
    # A handler only ever calls `format` of it.
    handler.setFormatter(cast("logging.Formatter", shape))
    handler.addFilter(_wanted)
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level.value)
    for name in _OWN_HANDLERS:  # a library that finds a handler of its own adds none
        logger = logging.getLogger(name)
        logger.handlers[:] = [handler]
        logger.propagate = False
    logging.captureWarnings(capture=True)


def log_call(call: Call, outcome: Outcome, milliseconds: float) -> None:
    """Write the one line that every call leaves behind."""
    words = call.words[:_WORDS_LENGTH]
    logging.getLogger("cachebot.calls").info(
        "%s: %s in %.0f ms",
        words or "(nothing)",
        outcome.word,
        milliseconds,
        extra={
            "request_id": call.request_id,
            "door": call.door.value,
            "user_id": call.actor.user_id,
            "team_id": call.actor.team_id,
            "channel_id": call.place.channel_id,
            "thread_ts": call.place.thread_ts,
            "words": words,
            "operation_id": outcome.operation_id,
            "outcome": outcome.word,
            "milliseconds": round(milliseconds, 1),
            **_check_fields(outcome.slowest),
        },
    )


def _check_fields(slowest: Finding | None) -> Mapping[str, object]:
    if slowest is None:
        return {}
    milliseconds = slowest.took.total_seconds() * 1000
    return {"slowest_check": slowest.check.value, "slowest_check_ms": round(milliseconds, 1)}


@dataclass(frozen=True, slots=True)
class JsonLines:
    """Google's structured logging: cloud.google.com/logging/docs/structured-logging."""

    hide: Callable[[str], str]

    def format(self, record: logging.LogRecord) -> str:
        """Render one record as one line of ASCII."""
        line: dict[str, object] = {
            "severity": record.levelname,
            "time": _time_of(record).isoformat().replace("+00:00", "Z"),
            "logger": record.name,
            "message": self.hide(record.getMessage()),
            **{name: self._safe(value) for name, value in _extras(record).items()},
        }
        if trace := _trace_of(record):
            line["stack_trace"] = self.hide(trace)
        return json.dumps(line)

    def _safe(self, value: object) -> object:
        return value if isinstance(value, bool | int | float | None) else self.hide(str(value))


@dataclass(frozen=True, slots=True)
class PrettyLines:
    """Lines for people; what came from outside cannot break a line or colour a terminal."""

    hide: Callable[[str], str]
    coloured: bool = False

    def format(self, record: logging.LogRecord) -> str:
        """Render one record; a traceback follows on lines of its own."""
        extras = "".join(
            f" {name}={value}" for name, value in _extras(record).items() if value not in ("", None)
        )
        said = _printable(self.hide(f"{record.getMessage()}{extras}"))
        level = f"{record.levelname:<8}"
        if self.coloured and record.levelname in _COLOURS:
            level = f"{_COLOURS[record.levelname]}{level}{_PLAIN}"
        line = f"{_time_of(record):%H:%M:%S} {level} {record.name}: {said}"
        trace = _trace_of(record)
        return "\n".join((line, _printable(self.hide(trace), keep="\n"))) if trace else line


def _wanted(record: logging.LogRecord) -> bool:
    return record.levelno >= _KEPT.get(record.name.partition(".")[0], logging.NOTSET)


def _hider(secrets: Sequence[str]) -> Callable[[str], str]:
    known = sorted(filter(None, secrets), key=len, reverse=True)

    def hide(text: str) -> str:
        for secret in known:
            text = text.replace(secret, _HIDDEN)
        return _SECRETS.sub(_HIDDEN, text)

    return hide


def _extras(record: logging.LogRecord) -> Mapping[str, object]:
    return {name: value for name, value in vars(record).items() if name not in _STANDARD}


def _time_of(record: logging.LogRecord) -> datetime:
    return datetime.fromtimestamp(record.created, UTC)


def _trace_of(record: logging.LogRecord) -> str:
    parts = [_FORMATTER.formatException(record.exc_info)] if record.exc_info else []
    if record.stack_info:
        parts.append(record.stack_info)
    return "\n".join(parts)


def _printable(text: str, keep: str = "") -> str:
    return "".join(
        one if one.isprintable() or one in keep else one.encode("unicode_escape").decode()
        for one in text
    )
