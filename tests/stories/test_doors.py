"""Stories of the doors: both transports, many at once, a Slack that is slow, strict or away."""

import json
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.client import HTTPConnection
from itertools import pairwise
from pathlib import Path
from urllib.parse import urlencode, urlsplit

import pytest

from sandbox.faults import Fault, Hang, Refuse
from sandbox.slack.request_url import signed_headers
from sandbox.stage import Setup, Stage
from tests.bench.acks import AT_ONCE, one_round
from tests.bench.scene import Scene
from tests.stories.conftest import BRISK, CACHE, INCIDENTS, PATIENCE, RUN_JOB, Story
from tests.waiting import eventually

AWAY = ("auth.test", "apps.connections.open", "chat.*")
"""What the bot asks of Slack in these stories; all of it refused, Slack is down."""


@contextmanager
def a_stage(folder: Path, *, http: bool, speed: float = 400) -> Iterator[Stage]:
    """A stage without a bot; whichever bots come and go, none may leave a traceback."""
    stage = Stage(folder, Setup(speed=speed, http=http, settings=BRISK)).start()
    try:
        yield stage
    finally:
        stage.stop()
    for log in folder.glob("*.log"):
        assert "Traceback" not in log.read_text(), log.read_text()[-5000:]


@contextmanager
def a_bot(stage: Stage) -> Iterator[Story]:
    """A bot on a stage, killed at the end."""
    bot = stage.start_bot()
    try:
        yield Story(stage, bot)
    finally:
        bot.kill()


@contextmanager
def a_lonely_bot(stage: Stage) -> Iterator[Story]:
    """The same before Slack can reach it."""
    bot = stage.bot()
    bot.start()
    try:
        yield Story(stage, bot)
    finally:
        bot.kill()


@pytest.fixture(params=["socket", "http"])
def stage(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Stage]:
    """A stage for each of the two transports."""
    with a_stage(tmp_path, http=request.param == "http") as made:
        yield made


@pytest.fixture(params=["socket", "http"])
def slow_stage(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Stage]:
    """The same with a sync of some five seconds, to act in the middle of it."""
    with a_stage(tmp_path, http=request.param == "http", speed=100) as made:
        yield made


@pytest.fixture
def socket_story(tmp_path: Path) -> Iterator[Story]:
    """A bot on Socket Mode, with a sync of some five seconds."""
    with a_stage(tmp_path, http=False, speed=100) as made, a_bot(made) as story:
        yield story


@pytest.fixture
def http_story(tmp_path: Path) -> Iterator[Story]:
    """A bot that Slack reaches by signed HTTP."""
    with a_stage(tmp_path, http=True) as made, a_bot(made) as story:
        yield story


def test_the_main_job_is_done_over_signed_http(http_story: Story) -> None:
    """Commands, mentions and clicks take the same road as over Socket Mode."""
    slack = http_story.stage.slack
    assert "all 13 checks are ok" in http_story.ask("health").text
    sync = http_story.ask("sync")
    assert http_story.until_ended(sync).startswith("Sync of the model cache: done")
    known = {one.ts for one in http_story.public()}
    http_story.person().mention(INCIDENTS, "history", thread_ts=sync.ts)
    assert http_story.answer(known).thread_ts == sync.ts
    assert [one.ack.status for one in slack.delivery.log() if not one.ack.ok] == []
    assert slack.sockets.connected == 0


def test_fifty_commands_at_once_are_acknowledged_and_answered_once_each(stage: Stage) -> None:
    """Whoever asks hears in time that it arrived, and hears the answer, and hears it once."""
    with a_bot(stage) as story:
        asked = one_round(Scene(stage, story.bot), 0)
        assert max(asked.acks) < 3, "nobody was shown operation_timeout"
        assert story.bot.stop() == 0, "nothing more can come"
        told = [len(Scene(stage, story.bot).told(channel)) for channel in asked.channels]
        assert told == [1] * AT_ONCE


def test_the_first_command_is_acknowledged_while_slack_is_slow(stage: Stage) -> None:
    """The bot learns who it is beside the requests: none waits for what Slack does not say."""
    stage.faults.add(Fault("auth.test", Hang()))
    with a_bot(stage) as story:
        assert "are complete" in story.ask("models").text
        assert stage.faults.seen("auth.test"), "it was asked, and has not answered yet"
        stage.faults.clear()


def test_what_slack_did_not_send_is_refused_and_the_bot_goes_on(http_story: Story) -> None:
    """401 for what is not signed just now, 400 for what nobody can read, never a 500."""
    url = f"{http_story.bot.url}/slack/events"
    body = urlencode({"command": "/cache", "text": "health"})
    good = signed_headers(body)
    stamp = "X-Slack-Request-Timestamp"
    for headers in (
        {},
        {**good, "X-Slack-Signature": "v0=" + "0" * 64},
        {**good, "X-Slack-Signature": "nonsense"},
        {**good, stamp: str(int(time.time()) - 3600)},
        {**good, stamp: "yesterday"},
        {**good, stamp: "1e400"},
    ):
        assert post(url, body, headers) == 401, headers
    for unreadable in ("{", "[]", '"x"', "null", '{"type": "event_callback"}', ""):
        headers = {**signed_headers(unreadable), "Content-Type": "application/json"}
        assert post(url, unreadable, headers) == 400, unreadable
    for payload in ("{", "[]", json.dumps({"type": "block_actions", "actions": []})):
        form = urlencode({"payload": payload})
        assert post(url, form, signed_headers(form)) == 400, payload
    assert http_story.public() == []
    assert "all 13 checks are ok" in http_story.ask("health").text


def test_a_cut_socket_is_not_ready_until_it_is_back(socket_story: Story) -> None:
    """No command can come in and the platform is told so; the sync under way goes on."""
    slack, faults = socket_story.stage.slack, socket_story.stage.faults
    await_ready(socket_story)
    sync = socket_story.ask("sync")
    faults.add(Fault("apps.connections.open", Refuse(503)))
    slack.sockets.drop_links()
    assert eventually(lambda: readiness(socket_story)[0] == 503)
    assert "Socket Mode is not connected" in readiness(socket_story)[1]
    assert get(socket_story, "/healthz") == (200, "alive\n")
    assert "done" in socket_story.until_ended(sync).splitlines()[0]
    faults.clear()
    await_ready(socket_story)
    assert "are complete" in socket_story.ask("models").text


def test_a_bot_started_while_slack_is_down_works_and_tells_afterwards(stage: Stage) -> None:
    """The sync needs Google only; its message, and readiness, come when there is a Slack."""
    before = len(stage.project.state.executions.all())
    with a_bot(stage) as story:
        stage.faults.add(Fault("chat.*", Refuse(503)))
        story.person().slash(INCIDENTS, "/cache sync")
        stage.slack.wait_for(lambda: stage.faults.seen(RUN_JOB), PATIENCE)
    for method in AWAY:
        stage.faults.add(Fault(method, Refuse(503)))
    with a_lonely_bot(stage) as story:
        assert eventually(lambda: "Slack" in readiness(story)[1])
        assert readiness(story)[0] == 503
        assert get(story, "/healthz")[0] == 200
        executions = stage.project.state.executions
        assert eventually(lambda: all(one.completion_time for one in executions.all()))
        assert story.public() == []
        stage.faults.clear()
        stage.connect(story.bot)
        assert "done" in story.until_ended(story.answer(set())).splitlines()[0]
        assert len(story.public()) == 1
        await_ready(story)
        assert "are complete" in story.ask("models").text
        assert len(executions.all()) == before + 1


@pytest.mark.parametrize(
    ("method", "words"), [("chat.update", "sync"), ("chat.postMessage", "status")]
)
def test_a_rate_limit_is_waited_out_and_the_last_state_is_told(
    http_story: Story, method: str, words: str
) -> None:
    """Slack says how long to wait: nothing is sent sooner, and nothing is lost."""
    faults = http_story.stage.faults
    faults.add(Fault(method, Refuse(429, retry_after_seconds=2), times=2))
    message = http_story.ask(words)
    if words == "sync":
        assert "done" in http_story.until_ended(message).splitlines()[0]
    times = [call.at for call in faults.seen(method)]
    waits = [(later - earlier).total_seconds() for earlier, later in pairwise(times)]
    assert min(waits[:2]) >= 2
    assert len(http_story.public()) == 1


def test_a_socket_renewed_in_mid_sync_loses_nothing(socket_story: Story) -> None:
    """The sync goes on, an event that met no socket comes again, the next command works."""
    slack = socket_story.stage.slack
    before = socket_story.executions()
    sync = socket_story.ask("sync")
    slack.wait_for(lambda: "%" in sync.text, PATIENCE)
    slack.sockets.refresh_links()
    socket_story.person().mention(CACHE, "models")
    assert "are complete" in socket_story.answer(set(), CACHE).text
    assert "Cache manifest" in socket_story.ask("manifest").text
    assert "done" in socket_story.until_ended(sync).splitlines()[0]
    assert len(socket_story.public(CACHE)) == 1
    assert len(socket_story.public()) == 2
    assert socket_story.executions() == before + 1


def test_a_bot_told_to_stop_leaves_its_sync_to_the_next_one(slow_stage: Stage) -> None:
    """SIGTERM ends it within seconds and with 0; the next bot finishes the same message."""
    before = len(slow_stage.project.state.executions.all())
    with a_bot(slow_stage) as story:
        sync = story.ask("sync")
        slow_stage.slack.wait_for(lambda: "%" in sync.text, PATIENCE)
        assert story.bot.stop(patience_seconds=10) == 0
    with a_bot(slow_stage) as story:
        assert "done" in story.until_ended(sync).splitlines()[0]
        assert len(story.public()) == 1
    assert len(slow_stage.project.state.executions.all()) == before + 1
    assert len(slow_stage.faults.seen(RUN_JOB)) == 1


def post(url: str, body: str, headers: dict[str, str]) -> int:
    """Post a form, or what the headers say, and return the status."""
    address = urlsplit(url)
    connection = HTTPConnection(address.hostname or "", address.port, timeout=PATIENCE)
    form = {"Content-Type": "application/x-www-form-urlencoded"}
    try:
        connection.request("POST", address.path, body.encode(), {**form, **headers})
        return connection.getresponse().status
    finally:
        connection.close()


def get(story: Story, path: str) -> tuple[int, str]:
    """Ask the bot's own web server."""
    address = urlsplit(story.bot.url)
    connection = HTTPConnection(address.hostname or "", address.port, timeout=PATIENCE)
    try:
        connection.request("GET", path)
        response = connection.getresponse()
        return response.status, response.read().decode()
    finally:
        connection.close()


def readiness(story: Story) -> tuple[int, str]:
    """Ask whether the bot is ready, and why not."""
    return get(story, "/readyz")


def await_ready(story: Story) -> None:
    """Wait until the bot says that it is ready."""
    assert eventually(lambda: readiness(story)[0] == 200)
