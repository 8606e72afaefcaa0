"""Logs: one line each, in two forms, and never a secret."""

import io
import json
import logging
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from slack_bolt.middleware.request_verification import RequestVerification
from slack_bolt.request import BoltRequest
from slack_bolt.response import BoltResponse

from bot.logs import LogFormat, LogLevel, log_call, set_up_logging
from core.call import Actor, Call, Door, Place
from core.inspection.findings import Check, Finding, Verdict

SECRET = "a-signing-secret"  # noqa: S105 - of this test only
BOT_TOKEN = "xoxb-1234-abcdef"  # noqa: S105 - of this test only
RESPONSE_URL = "https://hooks.slack.com/commands/T0/1/abcdef"


@dataclass(frozen=True, slots=True)
class Said:
    """What came of a call."""

    word: str
    operation_id: str = ""
    slowest: Finding | None = None


@contextmanager
def logging_to(stream: io.StringIO, form: LogFormat, level: LogLevel) -> Iterator[None]:
    """Set logging up as the bot does, and put everything back afterwards."""
    touched = [logging.getLogger(), logging.getLogger("dbos")]
    before = [(one, one.handlers[:], one.level, one.propagate) for one in touched]
    set_up_logging(form, level, (SECRET,), stream)
    try:
        yield
    finally:
        logging.captureWarnings(capture=False)
        for logger, handlers, old_level, propagate in before:
            logger.handlers[:], logger.propagate = handlers, propagate
            logger.setLevel(old_level)


@pytest.fixture
def stream() -> io.StringIO:
    """Return a stream to log to."""
    return io.StringIO()


def lines_of(stream: io.StringIO) -> list[dict[str, Any]]:
    """Read the JSON lines back."""
    return [json.loads(line) for line in stream.getvalue().splitlines()]


def test_json_lines_have_googles_field_names(stream: io.StringIO) -> None:
    """A line is one object with severity, time, message and what was given extra."""
    with logging_to(stream, LogFormat.JSON, LogLevel.INFO):
        logging.getLogger("x").warning("two\nlines of %s", "text", extra={"operation_id": "op-1"})
    (line,) = lines_of(stream)
    assert line.pop("time").endswith("Z")
    assert line == {
        "severity": "WARNING",
        "logger": "x",
        "message": "two\nlines of text",
        "operation_id": "op-1",
    }


def test_json_lines_carry_the_traceback_in_one_field(stream: io.StringIO) -> None:
    """An exception stays on its line, where Error Reporting looks for it."""
    with logging_to(stream, LogFormat.JSON, LogLevel.INFO):
        try:
            int(BOT_TOKEN)
        except ValueError:
            logging.getLogger("x").exception("it broke")
    (line,) = lines_of(stream)
    assert line["severity"] == "ERROR"
    assert "ValueError: invalid literal" in line["stack_trace"]
    assert BOT_TOKEN not in line["stack_trace"]


@pytest.mark.parametrize("form", [LogFormat.JSON, LogFormat.PRETTY])
def test_secrets_never_reach_a_line(stream: io.StringIO, form: LogFormat) -> None:
    """Known secrets, anything shaped like a token, and addresses that let one post are hidden."""
    database = "postgresql://bot:hunter2@db/cachebot"
    with logging_to(stream, form, LogLevel.INFO):
        logging.getLogger("x").error(
            "%s %s", SECRET, RESPONSE_URL, extra={"token": BOT_TOKEN, "nested": [database]}
        )
    text = stream.getvalue()
    for secret in (SECRET, BOT_TOKEN, RESPONSE_URL, "hunter2"):
        assert secret not in text
    assert "***" in text


def test_pretty_lines_cannot_be_forged(stream: io.StringIO) -> None:
    """A line break or a terminal code from outside stays visible text on one line."""
    with logging_to(stream, LogFormat.PRETTY, LogLevel.INFO):
        logging.getLogger("x").info("said %s", "a\n12:00:00 INFO root: forged\x1b[31m\u2028")
    (line,) = stream.getvalue().splitlines()
    assert line.endswith(r"said a\n12:00:00 INFO root: forged\x1b[31m\u2028")


def test_off_a_terminal_auto_means_json(stream: io.StringIO) -> None:
    """What is not a terminal is taken for the cloud."""
    with logging_to(stream, LogFormat.AUTO, LogLevel.INFO):
        logging.getLogger("x").info("hello")
    assert lines_of(stream)[0]["message"] == "hello"


def test_libraries_that_repeat_payloads_are_kept_quiet(stream: io.StringIO) -> None:
    """Bolt's line about a wrong signature, which holds the whole body, is not logged.

    Bolt gives its loggers the root's level when it makes them, so a level set on
    "slack_bolt" would not stop it.
    """
    with logging_to(stream, LogFormat.JSON, LogLevel.DEBUG):
        check = RequestVerification(SECRET)
        request = BoltRequest(body="text=what-somebody-typed", headers={})
        answer = BoltResponse(status=200)
        check.process(req=request, resp=answer, next=lambda: answer)
        logging.getLogger("slack_sdk.web.base_client").debug("what-somebody-typed")
        logging.getLogger("apscheduler.executors").info("ran what-somebody-typed")
        logging.getLogger("slack_bolt.App").warning("still heard")
    assert [line["message"] for line in lines_of(stream)] == ["still heard"]


def test_a_call_leaves_one_line(stream: io.StringIO) -> None:
    """The line of a call says who, where, the words, the operation, the outcome and how long."""
    call = Call(
        request_id="slash:1",
        actor=Actor("U0OLGA", "T0TEAM"),
        door=Door.SLASH,
        place=Place("C0INCIDENTS", "1.2"),
        words="sync " + "x" * 40_000,
        at=datetime(2026, 11, 23, tzinfo=UTC),
        response_url=RESPONSE_URL,
    )
    with logging_to(stream, LogFormat.JSON, LogLevel.INFO):
        log_call(call, Said("started", "op-1"), 12.345)
    (line,) = lines_of(stream)
    assert line["message"].endswith(": started in 12 ms")
    assert len(line["words"]) == 300
    told = {name: line[name] for name in line.keys() - {"time", "words", "message"}}
    assert told == {
        "severity": "INFO",
        "logger": "cachebot.calls",
        "request_id": "slash:1",
        "door": "slash",
        "user_id": "U0OLGA",
        "team_id": "T0TEAM",
        "channel_id": "C0INCIDENTS",
        "thread_ts": "1.2",
        "operation_id": "op-1",
        "outcome": "started",
        "milliseconds": 12.3,
    }


def test_the_line_of_a_report_names_its_longest_check(stream: io.StringIO) -> None:
    """What a report's time is compared with is in the log, unrounded."""
    call = Call("slash:1", Actor("U0OLGA"), Door.SLASH, Place("C0"), "health", datetime.now(UTC))
    took = timedelta(milliseconds=123.44)
    finding = Finding(Check.MODELS, "Models", Verdict.OK, "Fine.", "", took)
    with logging_to(stream, LogFormat.JSON, LogLevel.INFO):
        log_call(call, Said("answered", slowest=finding), 150.0)
    (line,) = lines_of(stream)
    assert (line["slowest_check"], line["slowest_check_ms"]) == ("models", 123.4)
