"""Stories of a newcomer: the demonstration and its tour do what they promise."""

import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator

import pytest
import requests

_ADDRESS = re.compile(r"http://127\.0\.0\.1:\d+/")
_PAGE = {"X-Sandbox": "page"}


@pytest.fixture
def demo() -> Iterator[tuple[subprocess.Popen[str], str]]:
    """The demonstration as a process, and the address that it prints."""
    process = subprocess.Popen(
        [sys.executable, "-m", "sandbox", "--speed", "200"],
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
        process.kill()
    process.wait(30)


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


def until_shown(address: str, text: str) -> None:
    """Wait until the page's screen shows a text; each look waits for a change by itself."""
    deadline = time.monotonic() + 60
    version, screen = -1, ""
    while time.monotonic() < deadline:
        query = {"as": "U0OLGA", "channel": "C0INCIDENTS", "since": str(version)}
        answer = requests.get(f"{address}page/state", params=query, timeout=60)
        version, screen = answer.json()["version"], answer.text
        if text in screen:
            return
    pytest.fail(f"{text!r} is not shown: {screen[-2000:]}")
