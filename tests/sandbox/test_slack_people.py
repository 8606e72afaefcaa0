"""What a person can and cannot do, with an app that is a bare function."""

import json
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import timedelta

import pytest
from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError
from websockets.sync.client import ClientConnection

from sandbox.slack.acts import TROUBLE, NotOnScreenError
from sandbox.slack.inputs import REQUIRED, NoSuchInputError
from sandbox.slack.messages import Content, Draft, Message, View
from sandbox.slack.slack import PretendSlack
from tests.sandbox.slack_fixtures import (
    Json,
    actions,
    button,
    client_of,
    modal,
    plain,
    raw_link,
    running_slack,
    section,
    text_input,
)

CACHE, OLGA, ANNA = "C0CACHE", "U0OLGA", "U0ANNA"
Answer = Callable[[Json], Json]


@pytest.fixture
def slack() -> Iterator[PretendSlack]:
    """A pretend Slack without an app."""
    with running_slack() as running:
        yield running


@contextmanager
def app(slack: PretendSlack, answer: Answer = lambda _payload: {}) -> Iterator[list[Json]]:
    """Acknowledge each delivery with `answer(payload)`; yield the payloads heard."""
    heard: list[Json] = []
    with raw_link(slack) as link, ThreadPoolExecutor(1) as pool:
        served = pool.submit(_serve, link, answer, heard)
        yield heard
        link.close()
        served.result(10)


def _serve(link: ClientConnection, answer: Answer, heard: list[Json]) -> None:
    for text in link:
        envelope = json.loads(text)
        heard.append(envelope["payload"])
        reply = {"envelope_id": envelope["envelope_id"], "payload": answer(envelope["payload"])}
        link.send(json.dumps(reply))


def posted(slack: PretendSlack, *blocks: Json) -> Message:
    """Post a message of the app."""
    client_of(slack).chat_postMessage(channel=CACHE, text="card", blocks=list(blocks))
    return slack.messages(CACHE)[-1]


def opened(slack: PretendSlack, view: Json, user: str = OLGA) -> View:
    """Open a modal for a person."""
    trigger = slack.workspace.triggers.issue(user)
    client_of(slack).views_open(trigger_id=trigger, view=view)
    top = slack.workspace.views.top(user)
    assert top is not None
    return top


def refusal(call: Callable[[], object]) -> str:
    """Return the name of the error that a call is answered with."""
    with pytest.raises(SlackApiError) as caught:
        call()
    return str(caught.value.response["error"])


def test_slash_commands_do_not_work_in_threads(slack: PretendSlack) -> None:
    """In a thread the person is told so, there, and the app hears nothing."""
    with app(slack) as heard:
        olga = slack.as_user(OLGA)
        root = olga.say(CACHE, "hello").message
        assert root is not None
        outcome = olga.slash(CACHE, "/cache health", root.ts)
    assert outcome.shown == "/cache is not supported in threads. Sorry!"
    assert outcome.ack is None
    assert heard == []
    assert slack.ephemerals(OLGA)[0].thread_ts == root.ts


def test_an_unknown_command_goes_nowhere(slack: PretendSlack) -> None:
    """A command that the app has not declared is refused by Slack itself."""
    assert slack.as_user(OLGA).slash(CACHE, "/cash").shown == "/cash is not a valid command."


def test_a_mention_where_the_bot_is_not_is_not_heard(slack: PretendSlack) -> None:
    """In a channel without the bot the person is told, and no event is sent."""
    with app(slack) as heard:
        outcome = slack.as_user(OLGA).mention("C0RANDOM", "health")
        slack.as_user(OLGA).slash(CACHE, "/cache")
    assert "not in this channel" in outcome.shown
    assert outcome.message is not None
    assert [each.get("type") for each in heard] == [None]


def test_names_are_encoded_as_slack_does(slack: PretendSlack) -> None:
    """People, groups, broadcasts, channels and links become control sequences; < & > entities."""
    typed = "@anna @ml-oncall @here #ml-cache https://a.example/?x=1&y=2 a<b @nobody #nothing"
    message = slack.as_user(OLGA).say(CACHE, typed).message
    assert message is not None
    assert message.text == (
        "<@U0ANNA> <!subteam^S0ONCALL> <!here> <#C0CACHE|ml-cache> "
        "<https://a.example/?x=1&amp;y=2> a&lt;b @nobody #nothing"
    )


def test_a_confirmation_dialog_can_be_declined(slack: PretendSlack) -> None:
    """The dialog is shown; "no" sends nothing, "yes" sends the plain payload."""
    words = {name: plain(name) for name in ("title", "text", "confirm", "deny")}
    card = posted(slack, actions(button("Delete", "delete", confirm=words)))
    with app(slack) as heard:
        declined = slack.as_user(OLGA).click(card, "delete", accept=False)
        accepted = slack.as_user(OLGA).click(card, "delete")
    assert declined.confirm == accepted.confirm == words
    assert (declined.ack, accepted.acked) == (None, True)
    assert len(heard) == 1
    assert "confirm" not in heard[0]["actions"][0]


def test_only_what_is_on_the_screen_can_be_clicked(slack: PretendSlack) -> None:
    """A button that an edit took away cannot be clicked, unless the screen was behind."""
    card = posted(slack, actions(button("Confirm", "confirm", value="1")))
    client_of(slack).chat_update(channel=CACHE, ts=card.ts, text="decided")
    olga = slack.as_user(OLGA)
    with app(slack) as heard:
        with pytest.raises(NotOnScreenError):
            olga.click(card, "confirm")
        assert olga.click(card, "confirm", as_seen=card.revisions[0]).acked
    assert heard[0]["actions"][0]["value"] == "1"
    assert heard[0]["message"]["text"] == "decided"


def test_a_button_can_be_for_some_people_only(slack: PretendSlack) -> None:
    """visible_to_user_ids hides a button from others."""
    card = posted(slack, actions(button("Approve", "approve", visible_to_user_ids=[ANNA])))
    with app(slack):
        assert slack.as_user(ANNA).click(card, "approve").acked
        with pytest.raises(NotOnScreenError):
            slack.as_user(OLGA).click(card, "approve")


def test_equal_action_ids_are_told_apart_by_their_block(slack: PretendSlack) -> None:
    """`block_id/action_id` names one button among several of the same action_id."""
    rows = [{**actions(button("Undo", "undo", value=n)), "block_id": n} for n in ("one", "two")]
    card = posted(slack, *rows)
    with app(slack) as heard:
        slack.as_user(OLGA).click(card, "two/undo")
    assert heard[0]["actions"][0]["value"] == "two"


def test_menus_send_the_chosen_option(slack: PretendSlack) -> None:
    """An option goes by its value or its text; one that is not there cannot be chosen."""
    options = [{"text": plain("One day"), "value": "1d"}, {"text": plain("A week"), "value": "7d"}]
    menu = {"type": "static_select", "action_id": "span", "options": options}
    card = posted(slack, actions(menu))
    with app(slack) as heard:
        slack.as_user(OLGA).choose(card, "span", "A week")
        with pytest.raises(NoSuchInputError):
            slack.as_user(OLGA).choose(card, "span", "30d")
    assert heard[0]["actions"][0]["selected_option"]["value"] == "7d"


def test_a_click_on_a_private_message_says_so(slack: PretendSlack) -> None:
    """The payload of an ephemeral has a container but no message."""
    client = client_of(slack)
    blocks = [actions(button("Again", "again"))]
    client.chat_postEphemeral(channel=CACHE, user=OLGA, text="psst", blocks=blocks)
    with app(slack) as heard:
        slack.as_user(OLGA).click(slack.ephemerals(OLGA)[0], "again")
    assert heard[0]["container"]["is_ephemeral"] is True
    assert "message" not in heard[0]


def test_slack_checks_required_inputs_itself(slack: PretendSlack) -> None:
    """An empty required input or a text of the wrong length never reaches the app."""
    view = opened(slack, modal(text_input("name", min_length=3, max_length=5)))
    olga = slack.as_user(OLGA)
    with app(slack) as heard:
        assert olga.submit(view).errors == {"name": REQUIRED}
        assert olga.submit(view, {"name": "ab"}).errors == {
            "name": "Please enter 3 to 5 characters."
        }
        assert heard == []
        assert olga.submit(view, {"name": "abc"}).acked


def test_untouched_inputs_send_their_initial_values(slack: PretendSlack) -> None:
    """An initial value counts as typed; an untouched optional input sends null or []."""
    option = {"text": plain("Full"), "value": "full"}
    element = {"type": "checkboxes", "action_id": "boxes", "options": [option]}
    boxes = {"type": "input", "block_id": "how", "label": plain("How"), "element": element}
    empty = {**text_input("why"), "optional": True}
    view = opened(
        slack, modal(text_input("name", initial_value="abc"), {**boxes, "optional": True}, empty)
    )
    with app(slack) as heard:
        slack.as_user(OLGA).submit(view)
    values = heard[0]["view"]["state"]["values"]
    assert values["name"]["value"] == {"type": "plain_text_input", "value": "abc"}
    assert values["how"]["boxes"] == {"type": "checkboxes", "selected_options": []}
    assert values["why"]["value"]["value"] is None


def test_an_answer_may_change_push_or_clear_modals(slack: PretendSlack) -> None:
    """Update replaces the modal, push puts one on top, clear takes all away."""
    olga, views = slack.as_user(OLGA), slack.workspace.views
    steps: list[Json] = [
        {"response_action": "update", "view": modal(section("two"))},
        {"response_action": "push", "view": modal(section("three"))},
        {"response_action": "clear"},
    ]
    first = opened(slack, modal(section("one")))
    with app(slack, lambda _payload: steps.pop(0)):
        olga.submit(first)
        assert (views.top(OLGA), first.blocks[0]["text"]["text"]) == (first, "two")
        olga.submit(first)
        second = views.top(OLGA)
        assert second is not None
        assert (second.previous_id, second.root_id) == (first.id, first.id)
        with pytest.raises(NotOnScreenError):
            olga.submit(first)
        olga.submit(second)
    assert views.top(OLGA) is None


@pytest.mark.parametrize(
    "answer",
    [
        {"response_action": "errors", "errors": {"nowhere": "x"}},
        {"response_action": "errors"},
        {"response_action": "update", "view": {"type": "modal"}},
        {"response_action": "explode"},
    ],
    ids=["unknown block", "no errors", "invalid view", "unknown action"],
)
def test_a_wrong_answer_leaves_the_modal_open(slack: PretendSlack, answer: Json) -> None:
    """Errors for no input, an invalid view or an unknown action read as trouble."""
    view = opened(slack, modal(text_input("name", initial_value="abc")))
    with app(slack, lambda _payload: answer):
        outcome = slack.as_user(OLGA).submit(view)
    assert outcome.shown == TROUBLE
    assert slack.workspace.views.top(OLGA) is view
    assert [each.method for each in slack.rejections()] == ["ack"]


def test_a_fourth_modal_is_refused(slack: PretendSlack) -> None:
    """At most three modals stand on one another."""
    client, issue = client_of(slack), slack.workspace.triggers.issue
    opened(slack, modal(section("one")))
    for _ in range(2):
        client.views_push(trigger_id=issue(OLGA), view=modal(section("more")))
    error = refusal(lambda: client.views_push(trigger_id=issue(OLGA), view=modal(section("four"))))
    assert error == "push_limit_reached"


def test_a_trigger_works_once_within_three_seconds(slack: PretendSlack) -> None:
    """A used, an old and an invented trigger id are refused, each by its name."""
    client, issue = client_of(slack), slack.workspace.triggers.issue

    def attempt(trigger: str) -> str:
        return refusal(lambda: client.views_open(trigger_id=trigger, view=modal(section("x"))))

    used, old = issue(OLGA), issue(OLGA)
    client.views_open(trigger_id=used, view=modal(section("x")))
    slack.clock.advance(timedelta(seconds=3.1))
    assert attempt(used) == "exchanged_trigger_id"
    assert attempt(old) == "expired_trigger_id"
    assert attempt("1.2.3") == "invalid_trigger_id"


def test_a_view_that_has_changed_is_protected_by_its_hash(slack: PretendSlack) -> None:
    """views.update with a stale hash is refused; with the present one it is taken."""
    client: WebClient = client_of(slack)
    view = opened(slack, modal(section("one")))
    stale = view.hash
    client.views_update(view_id=view.id, hash=stale, view=modal(section("two")))
    again = refusal(
        lambda: client.views_update(view_id=view.id, hash=stale, view=modal(section("three")))
    )
    assert again == "hash_conflict"
    assert view.blocks[0]["text"]["text"] == "two"


def test_a_view_can_be_found_by_its_own_name(slack: PretendSlack) -> None:
    """external_id finds an open view and must be new."""
    client, issue = client_of(slack), slack.workspace.triggers.issue
    view = opened(slack, modal(section("one"), external_id="plan-1"))
    client.views_update(external_id="plan-1", view=modal(section("two"), external_id="plan-1"))
    assert view.blocks[0]["text"]["text"] == "two"
    other = modal(section("x"), external_id="plan-1")
    error = refusal(lambda: client.views_push(trigger_id=issue(OLGA), view=other))
    assert error == "duplicate_external_id"


def test_closing_is_told_where_asked_for(slack: PretendSlack) -> None:
    """view_closed is sent with notify_on_close only, and says whether all were cleared."""
    olga = slack.as_user(OLGA)
    with app(slack) as heard:
        olga.close(opened(slack, modal(section("quiet"))))
        olga.close(opened(slack, modal(section("told"), notify_on_close=True)), everything=True)
    assert [(each["type"], each["is_cleared"]) for each in heard] == [("view_closed", True)]
    assert slack.workspace.views.top(OLGA) is None


def test_a_chosen_conversation_brings_a_response_url(slack: PretendSlack) -> None:
    """response_url_enabled in a modal yields a URL that posts to the chosen channel."""
    element = {
        "type": "conversations_select",
        "action_id": "where",
        "response_url_enabled": True,
        "initial_conversation": CACHE,
    }
    block = {"type": "input", "block_id": "b", "label": plain("Where"), "element": element}
    view = opened(slack, modal(block))
    with app(slack) as heard:
        slack.as_user(OLGA).submit(view)
    (place,) = heard[0]["response_urls"]
    assert (place["channel_id"], place["action_id"]) == (CACHE, "where")
    assert place["response_url"].startswith(slack.web_url)


def test_waiting_fails_with_what_was_said(slack: PretendSlack) -> None:
    """A condition that never holds ends in TimeoutError with the transcript."""
    slack.workspace.post(Draft(CACHE, OLGA, Content("so far &amp; so good, <@U0ANNA>")))
    with pytest.raises(TimeoutError, match="Olga: so far & so good, @Anna"):
        slack.wait_for(lambda: False, timeout=0.05)


def test_the_transcript_tells_words_and_deeds(slack: PretendSlack) -> None:
    """Messages, private ones, replies, edits and clicks stand in order of time."""
    card = posted(slack, actions(button("Confirm", "confirm")))
    client = client_of(slack)
    with app(slack):
        slack.as_user(ANNA).click(card, "confirm")
    client.chat_update(channel=CACHE, ts=card.ts, text="confirmed")
    client.chat_postMessage(channel=CACHE, text="details", thread_ts=card.ts)
    client.chat_postEphemeral(channel=CACHE, user=OLGA, text="psst")
    lines = [line.partition(" ")[2] for line in slack.transcript().splitlines()]
    assert lines == [
        "#ml-cache cachebot (edited 1x): confirmed",
        "#ml-cache * Anna used [Confirm]",
        "#ml-cache     cachebot: details",
        "#ml-cache cachebot (only visible to Olga): psst",
    ]
