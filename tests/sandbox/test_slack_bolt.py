"""Round trips with Bolt over Socket Mode: commands, clicks, modals, mentions, Home."""

from collections.abc import Iterator

import pytest
from slack_bolt import Ack, App, Respond, Say
from slack_sdk import WebClient

from sandbox.slack.directory import Manifest
from sandbox.slack.slack import PretendSlack
from tests.sandbox.slack_fixtures import (
    Json,
    actions,
    bolt_app,
    button,
    client_of,
    modal,
    on_sockets,
    running_slack,
    section,
    text_input,
)

CACHE, OLGA = "C0CACHE", "U0OLGA"


@pytest.fixture
def slack() -> Iterator[PretendSlack]:
    """A pretend Slack in which events are retried without long pauses."""
    with running_slack(speed=2000) as running:
        yield running


@pytest.fixture
def app(slack: PretendSlack) -> App:
    """A Bolt app without listeners."""
    return bolt_app(slack)


def test_a_slash_command_is_acknowledged_and_answered(slack: PretendSlack, app: App) -> None:
    """The words and the place reach the app; its ack is timed, its post is shown."""
    heard: list[Json] = []

    @app.command("/cache")
    def cache(ack: Ack, command: Json, client: WebClient) -> None:
        heard.append(command)
        ack()
        client.chat_postMessage(channel=command["channel_id"], text="healthy")

    with on_sockets(slack, app):
        outcome = slack.as_user(OLGA).slash(CACHE, "/cache  health 7d ")
        slack.wait_for(lambda: slack.messages(CACHE))
    assert outcome.acked
    assert outcome.ack is not None
    assert 0 < outcome.ack.latency.total_seconds() < 3
    assert (heard[0]["text"], heard[0]["channel_name"]) == ("health 7d", "ml-cache")
    assert (heard[0]["user_id"], heard[0]["team_id"]) == (OLGA, "T0SANDBOX")
    assert slack.messages(CACHE)[0].text == "healthy"
    assert slack.rejections() == []


@pytest.mark.parametrize("visible", ["ephemeral", "in_channel"])
def test_an_ack_may_carry_the_answer(slack: PretendSlack, app: App, visible: str) -> None:
    """A text in the ack is private by default; in_channel also shows what was typed."""

    @app.command("/cache")
    def cache(ack: Ack) -> None:
        ack(text="two models", response_type=visible)

    with on_sockets(slack, app):
        outcome = slack.as_user(OLGA).slash(CACHE, "/cache models")
    private = [each.text for each in slack.ephemerals(OLGA)]
    public = [each.text for each in slack.messages(CACHE)]
    if visible == "ephemeral":
        assert (outcome.shown, private, public) == ("two models", ["two models"], [])
    else:
        assert (outcome.shown, private, public) == ("", [], ["/cache models", "two models"])


def test_a_click_changes_the_message(slack: PretendSlack, app: App) -> None:
    """A button's payload names message, value and person; chat.update follows."""
    clicked: list[Json] = []

    @app.action("confirm")
    def confirm(ack: Ack, body: Json, client: WebClient) -> None:
        clicked.append(body)
        ack()
        where = {"channel": body["channel"]["id"], "ts": body["message"]["ts"]}
        client.chat_update(**where, text="confirmed", blocks=[section("confirmed")])

    card = [section("Sure?"), actions(button("Confirm", "confirm", value="plan-1"))]
    with on_sockets(slack, app):
        client_of(slack).chat_postMessage(channel=CACHE, text="Sure?", blocks=card)
        message = slack.messages(CACHE)[0]
        outcome = slack.as_user("U0ANNA").click(message, "Confirm")
        slack.wait_for(lambda: message.text == "confirmed")
    (action,) = clicked[0]["actions"]
    assert outcome.acked
    assert (action["value"], clicked[0]["user"]["id"]) == ("plan-1", "U0ANNA")
    assert clicked[0]["container"]["message_ts"] == message.ts
    assert [each.content.text for each in message.revisions if each.content] == [
        "Sure?",
        "confirmed",
    ]


def test_a_modal_comes_up_and_is_submitted(slack: PretendSlack, app: App) -> None:
    """A command's trigger opens a modal; what is typed comes back; errors keep it open."""
    metadata: list[str] = []

    @app.command("/cache")
    def cache(ack: Ack, body: Json, client: WebClient) -> None:
        ack()
        view = modal(section("Type it"), text_input("name"), private_metadata="plan-1")
        client.views_open(trigger_id=body["trigger_id"], view=view)

    @app.view("form")
    def form(ack: Ack, view: Json) -> None:
        metadata.append(view["private_metadata"])
        if view["state"]["values"]["name"]["value"]["value"] == "bucket":
            ack()
        else:
            ack(response_action="errors", errors={"name": "That is not its name."})

    olga = slack.as_user(OLGA)
    with on_sockets(slack, app):
        olga.slash(CACHE, "/cache cleanup")
        view = slack.wait_for(lambda: slack.workspace.views.top(OLGA))
        assert view is not None
        wrong = olga.submit(view, {"name": "buckett"})
        assert wrong.errors == {"name": "That is not its name."}
        assert slack.workspace.views.top(OLGA) is view
        right = olga.submit(view, {"name": "bucket"})
    assert right.acked
    assert right.errors == {}
    assert slack.workspace.views.top(OLGA) is None
    assert metadata == ["plan-1", "plan-1"]


def test_a_mention_in_a_thread_is_answered_there(slack: PretendSlack, app: App) -> None:
    """app_mention carries the thread, and the text with the bot's id."""

    @app.event("app_mention")
    def mentioned(event: Json, say: Say) -> None:
        say(text=event["text"], thread_ts=event["thread_ts"])

    olga = slack.as_user(OLGA)
    with on_sockets(slack, app):
        root = olga.say(CACHE, "the cache is slow").message
        assert root is not None
        olga.mention(CACHE, "health & more", root.ts)
        slack.wait_for(lambda: len(slack.workspace.replies(root)) == 2)
    answer = slack.workspace.replies(root)[1]
    assert (answer.user, answer.text) == ("U0CACHEBOT", "<@U0CACHEBOT> health &amp; more")


def test_a_response_url_answers_privately_and_replaces(slack: PretendSlack, app: App) -> None:
    """respond() is private by default, and can replace the message that was clicked."""

    @app.action("more")
    def more(ack: Ack, respond: Respond) -> None:
        ack()
        respond(text="only for you", replace_original=False)
        respond(text="replaced", replace_original=True)

    with on_sockets(slack, app):
        blocks = [actions(button("More", "more"))]
        client_of(slack).chat_postMessage(channel=CACHE, text="card", blocks=blocks)
        message = slack.messages(CACHE)[0]
        slack.as_user(OLGA).click(message, "more")
        slack.wait_for(lambda: message.text == "replaced")
    assert [each.text for each in slack.ephemerals(OLGA)] == ["only for you"]
    assert message.blocks == ()


def test_the_home_tab_is_published_and_its_buttons_carry_the_view(
    slack: PretendSlack, app: App
) -> None:
    """app_home_opened leads to a Home tab; a click there has a view and no channel."""
    clicked: list[Json] = []

    @app.event("app_home_opened")
    def opened(event: Json, client: WebClient) -> None:
        blocks = [actions(button("Refresh", "refresh"))]
        client.views_publish(user_id=event["user"], view={"type": "home", "blocks": blocks})

    @app.action("refresh")
    def refresh(ack: Ack, body: Json) -> None:
        clicked.append(body)
        ack()

    olga = slack.as_user(OLGA)
    with on_sockets(slack, app):
        olga.open_home()
        home = slack.wait_for(lambda: slack.workspace.views.home(OLGA))
        assert home is not None
        assert olga.click(home, "refresh").acked
    assert clicked[0]["view"]["id"] == home.id
    assert "channel" not in clicked[0]
    assert "response_url" not in clicked[0]


def test_shortcuts_reach_the_app() -> None:
    """A message shortcut carries the message it was used on."""
    manifest = Manifest(shortcuts={"diagnose": "Diagnose"})
    with running_slack(manifest) as slack:
        app = bolt_app(slack)
        heard: list[Json] = []

        @app.shortcut("diagnose")
        def diagnose(ack: Ack, body: Json) -> None:
            heard.append(body)
            ack()

        with on_sockets(slack, app):
            message = slack.as_user(OLGA).say(CACHE, "look at this").message
            assert slack.as_user(OLGA).shortcut("diagnose", message).acked
    assert heard[0]["type"] == "message_action"
    assert heard[0]["message"]["text"] == "look at this"
