"""Stories of a newcomer: the demonstration and its tour do what they promise."""

import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from typing import Any

import pytest
import requests

_ADDRESS = re.compile(r"http://127\.0\.0\.1:\d+/")
_PAGE = {"X-Sandbox": "page"}
_NO_REPORT = "CACHEBOT_WEEKLY_REPORT="


@pytest.fixture
def demo() -> Iterator[tuple[subprocess.Popen[str], str]]:
    """The demonstration as a process, and the address that it prints."""
    process = subprocess.Popen(
        [sys.executable, "-m", "sandbox", "--speed", "200", "--set", _NO_REPORT],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    assert process.stdout is not None
    said = ""
    for line in process.stdout:
        said += line
        found = _ADDRESS.search(line)
        if found:
            break
    else:
        pytest.fail(f"the demonstration ended: {said}")
    yield process, found[0]
    if process.poll() is None:
        process.send_signal(signal.SIGINT)  # killed, it would leave its bot behind
    try:
        process.wait(60)
    finally:
        process.kill()


def test_the_page_answers_a_typed_command_and_breaks_things(
    demo: tuple[subprocess.Popen[str], str],
) -> None:
    """A person types, presses a button of the drawer, asks again, and ends it by Ctrl-C."""
    process, address = demo
    assert "Pretend Slack" in requests.get(address, timeout=10).text
    act(
        address, {"kind": "type", "as": "U0OLGA", "channel": "C0INCIDENTS", "text": "/cache health"}
    )
    until_shown(address, "all 13 checks are ok")
    assert "blob" in act(address, {"kind": "panel", "id": "blob"})["shown"]
    assert "Monitoring" in act(address, {"kind": "panel", "id": "alert-hits"})["shown"]
    assert "started again" in act(address, {"kind": "panel", "id": "kill"})["shown"]
    act(
        address, {"kind": "type", "as": "U0OLGA", "channel": "C0INCIDENTS", "text": "/cache models"}
    )
    until_shown(address, "missing")
    process.send_signal(signal.SIGINT)
    assert process.wait(30) == 0


def test_everything_about_alerts_and_schedules_can_be_tried(
    demo: tuple[subprocess.Popen[str], str],
) -> None:
    """Another app's alert, the menu of a message, a storm, and settings given from outside."""
    _, address = demo
    act(address, {"kind": "panel", "id": "foreign"})
    shown = until_shown(address, "data-shortcut=", "C0MONITORING")
    alert = next(one for one in shown["messages"] if "Firing" in one["html"])
    until_shown(address, "1 reply", "C0MONITORING")
    act(address, {"kind": "panel", "id": "foreign-over"})
    until_shown(address, "has moved on", "C0MONITORING", alert["ts"])
    act(
        address,
        {"kind": "shortcut", "as": "U0OLGA", "channel": "C0MONITORING", "ts": alert["ts"],
         "name": "diagnose_message"},
    )  # fmt: skip
    until_shown(address, "2 replies", "C0MONITORING")
    act(address, {"kind": "panel", "id": "alert-storm"})
    until_shown(address, "Many alerts")
    act(
        address,
        {"kind": "type", "as": "U0OLGA", "channel": "C0INCIDENTS", "text": "/cache schedule"},
    )
    until_shown(address, "CACHEBOT_WEEKLY_REPORT is empty")


def test_a_setting_that_the_bot_does_not_know_is_told() -> None:
    """By the bot's own words, without a traceback of the demonstration."""
    done = subprocess.run(
        [sys.executable, "-m", "sandbox", "--set", "CACHEBOT_REMINDER=x"],
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert done.returncode == 2
    assert "CACHEBOT_REMINDERS" in done.stderr
    assert "Traceback" not in done.stderr


def test_the_tour_plays_to_its_end() -> None:
    """Health, sync, kill -9, the same message done, history: or exit code 1."""
    done = subprocess.run(
        [sys.executable, "-m", "sandbox", "--tour"],
        capture_output=True,
        text=True,
        check=False,
        timeout=180,
    )
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr
    assert "All of it happened" in done.stdout
    assert "<@U" not in done.stdout


def act(address: str, what: dict[str, str]) -> dict[str, str]:
    """Do what a click or a key press on the page does."""
    answer = requests.post(f"{address}page/act", json=what, headers=_PAGE, timeout=90)
    answer.raise_for_status()
    return dict(answer.json())


def until_shown(
    address: str, text: str, channel: str = "C0INCIDENTS", thread: str = ""
) -> dict[str, Any]:
    """Wait until the page's screen shows a text; each look waits for a change by itself."""
    deadline = time.monotonic() + 60
    version, screen = -1, ""
    while time.monotonic() < deadline:
        query = {"as": "U0OLGA", "channel": channel, "thread": thread, "since": str(version)}
        answer = requests.get(f"{address}page/state", params=query, timeout=60)
        version, screen = answer.json()["version"], answer.text
        if text in screen:
            return dict(answer.json())
    pytest.fail(f"{text!r} is not shown: {screen[-2000:]}")
