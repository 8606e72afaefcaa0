"""What a person can and cannot do in channels, with an app that is a bare function."""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest
from slack_sdk.errors import SlackApiError

from sandbox.slack.acts import NotOnScreenError
from sandbox.slack.directory import User
from sandbox.slack.inputs import NoSuchInputError
from sandbox.slack.messages import Content, Draft, Message, View
from sandbox.slack.slack import PretendSlack
from tests.sandbox.slack_fixtures import (
    Json,
    actions,
    answering_link,
    button,
    client_of,
    plain,
    running_slack,
)

CACHE, OLGA, ANNA = "C0CACHE", "U0OLGA", "U0ANNA"


@pytest.fixture
def slack() -> Iterator[PretendSlack]:
    """A pretend Slack without an app."""
    with running_slack() as running:
        yield running


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
    with answering_link(slack) as heard:
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
    with answering_link(slack) as heard:
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
    with answering_link(slack) as heard:
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
    with answering_link(slack) as heard:
        with pytest.raises(NotOnScreenError):
            olga.click(card, "confirm")
        assert olga.click(card, "confirm", as_seen=card.revisions[0]).acked
    assert heard[0]["actions"][0]["value"] == "1"
    assert heard[0]["message"]["text"] == "decided"


def test_a_button_can_be_for_some_people_only(slack: PretendSlack) -> None:
    """visible_to_user_ids hides a button from others."""
    card = posted(slack, actions(button("Approve", "approve", visible_to_user_ids=[ANNA])))
    with answering_link(slack):
        assert slack.as_user(ANNA).click(card, "approve").acked
        with pytest.raises(NotOnScreenError):
            slack.as_user(OLGA).click(card, "approve")


def test_equal_action_ids_are_told_apart_by_their_block(slack: PretendSlack) -> None:
    """`block_id/action_id` names one button among several of the same action_id."""
    rows = [{**actions(button("Undo", "undo", value=n)), "block_id": n} for n in ("one", "two")]
    card = posted(slack, *rows)
    with answering_link(slack) as heard:
        slack.as_user(OLGA).click(card, "two/undo")
    assert heard[0]["actions"][0]["value"] == "two"


def test_menus_send_the_chosen_option(slack: PretendSlack) -> None:
    """An option goes by its value or its text; one that is not there cannot be chosen."""
    options = [{"text": plain("One day"), "value": "1d"}, {"text": plain("A week"), "value": "7d"}]
    menu = {"type": "static_select", "action_id": "span", "options": options}
    card = posted(slack, actions(menu))
    with answering_link(slack) as heard:
        slack.as_user(OLGA).choose(card, "span", "A week")
        with pytest.raises(NoSuchInputError):
            slack.as_user(OLGA).choose(card, "span", "30d")
    assert heard[0]["actions"][0]["selected_option"]["value"] == "7d"


def test_a_click_on_a_private_message_says_so(slack: PretendSlack) -> None:
    """The payload of an ephemeral has a container but no message."""
    client = client_of(slack)
    blocks = [actions(button("Again", "again"))]
    client.chat_postEphemeral(channel=CACHE, user=OLGA, text="psst", blocks=blocks)
    with answering_link(slack) as heard:
        slack.as_user(OLGA).click(slack.ephemerals(OLGA)[0], "again")
    assert heard[0]["container"]["is_ephemeral"] is True
    assert "message" not in heard[0]


def test_waiting_fails_with_what_was_said(slack: PretendSlack) -> None:
    """A condition that never holds ends in TimeoutError with the transcript."""
    slack.workspace.post(Draft(CACHE, OLGA, Content("so far &amp; so good, <@U0ANNA>")))
    with pytest.raises(TimeoutError, match="Olga: so far & so good, @Anna"):
        slack.wait_for(lambda: False, timeout=0.05)


def test_the_transcript_tells_words_and_deeds(slack: PretendSlack) -> None:
    """Messages, private ones, replies, edits and clicks stand in order of time."""
    card = posted(slack, actions(button("Confirm", "confirm")))
    client = client_of(slack)
    with answering_link(slack):
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


def test_each_click_is_one_of_its_own(slack: PretendSlack) -> None:
    """However fast somebody clicks, no two clicks share a timestamp."""
    with answering_link(slack) as heard:
        card = posted(slack, actions(button("go", "Go")))
        with ThreadPoolExecutor(8) as pool:
            list(pool.map(lambda _: slack.as_user(OLGA).click(card, "go"), range(40)))
    stamps = [one["actions"][0]["action_ts"] for one in heard]
    assert len(set(stamps)) == len(stamps) == 40


def test_who_is_welcomed_sees_the_channels_and_is_in_the_group(slack: PretendSlack) -> None:
    """A workspace of any size can be played."""
    slack.workspace.welcome(User("U0NEW", "new", "New"), "S0ONCALL")
    assert slack.as_user("U0NEW").say(CACHE, "hello").message is not None
    assert "U0NEW" in client_of(slack).usergroups_users_list(usergroup="S0ONCALL")["users"]
