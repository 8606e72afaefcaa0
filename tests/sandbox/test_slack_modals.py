"""Modals: what is typed, what the app answers, and which are on the screen."""

from collections.abc import Callable, Iterator
from datetime import timedelta

import pytest
from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError

from sandbox.slack.acts import TROUBLE, NotOnScreenError
from sandbox.slack.inputs import REQUIRED
from sandbox.slack.messages import View
from sandbox.slack.slack import PretendSlack
from tests.sandbox.slack_fixtures import (
    Json,
    answering_link,
    client_of,
    modal,
    plain,
    running_slack,
    section,
    text_input,
)

CACHE, OLGA, ANNA = "C0CACHE", "U0OLGA", "U0ANNA"


@pytest.fixture
def slack() -> Iterator[PretendSlack]:
    """A pretend Slack without an app."""
    with running_slack() as running:
        yield running


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


def test_slack_checks_required_inputs_itself(slack: PretendSlack) -> None:
    """An empty required input or a text of the wrong length never reaches the app."""
    view = opened(slack, modal(text_input("name", min_length=3, max_length=5)))
    olga = slack.as_user(OLGA)
    with answering_link(slack) as heard:
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
    with answering_link(slack) as heard:
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
    with answering_link(slack, lambda _payload: steps.pop(0)):
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
    with answering_link(slack, lambda _payload: answer):
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
    with answering_link(slack) as heard:
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
    with answering_link(slack) as heard:
        slack.as_user(OLGA).submit(view)
    (place,) = heard[0]["response_urls"]
    assert (place["channel_id"], place["action_id"]) == (CACHE, "where")
    assert place["response_url"].startswith(slack.web_url)
