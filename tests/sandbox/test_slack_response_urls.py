"""Response URLs: how often, how long, where to and what about."""

from collections.abc import Iterator
from datetime import timedelta

import pytest
from slack_sdk.webhook import WebhookClient

from sandbox.faults import Fault, Refuse
from sandbox.slack.messages import Message
from sandbox.slack.slack import PretendSlack
from tests.sandbox.slack_fixtures import client_of, running_slack, section

CACHE, OLGA = "C0CACHE", "U0OLGA"


@pytest.fixture
def slack() -> Iterator[PretendSlack]:
    """A pretend Slack without an app."""
    with running_slack() as running:
        yield running


def hook(
    slack: PretendSlack, channel: str = CACHE, original: Message | None = None
) -> WebhookClient:
    """Return Slack's own client for a new response URL of Olga's."""
    return WebhookClient(slack.response_urls.issue(OLGA, channel, original))


def posted(slack: PretendSlack) -> Message:
    """Post a message of the app."""
    client_of(slack).chat_postMessage(channel=CACHE, text="card", blocks=[section("card")])
    return slack.messages(CACHE)[-1]


def test_an_answer_is_private_unless_it_says_otherwise(slack: PretendSlack) -> None:
    """Ephemeral is the default, in_channel is seen by all, even where the bot is not."""
    url = hook(slack, "C0RANDOM")
    assert url.send(text="psst").status_code == 200
    assert url.send(text="all", response_type="in_channel").status_code == 200
    assert [each.text for each in slack.ephemerals(OLGA)] == ["psst"]
    assert [each.text for each in slack.messages("C0RANDOM")] == ["all"]


def test_the_sixth_use_is_refused(slack: PretendSlack) -> None:
    """Five answers, not more."""
    url = hook(slack)
    codes = [url.send(text=str(number)).status_code for number in range(6)]
    assert codes == [200] * 5 + [404]
    assert len(slack.ephemerals(OLGA)) == 5
    assert [each.error for each in slack.rejections()] == ["used_url"]


def test_it_ends_after_thirty_minutes(slack: PretendSlack) -> None:
    """Within 30 minutes it works, after them it has expired."""
    url = hook(slack)
    slack.clock.advance(timedelta(minutes=29))
    assert url.send(text="in time").status_code == 200
    slack.clock.advance(timedelta(minutes=2))
    answer = url.send(text="late")
    assert (answer.status_code, "expired_url" in answer.body) == (404, True)


def test_the_original_can_be_replaced_and_deleted(slack: PretendSlack) -> None:
    """replace_original edits the message that was acted on, delete_original takes it away."""
    card = posted(slack)
    url = hook(slack, original=card)
    url.send(text="replaced", replace_original=True)
    assert (card.text, card.blocks) == ("replaced", ())
    url.send(delete_original=True)
    assert slack.messages(CACHE) == []


def test_what_was_typed_is_not_touched(slack: PretendSlack) -> None:
    """Without an original, replacing posts an answer and deleting does nothing."""
    url = hook(slack)
    url.send(text="instead", replace_original=True)
    url.send(delete_original=True)
    assert [each.text for each in slack.ephemerals(OLGA)] == ["instead"]


def test_a_thread_needs_all_three_words(slack: PretendSlack) -> None:
    """thread_ts counts with in_channel and an explicit replace_original only."""
    card = posted(slack)
    url = hook(slack, original=card)
    body = {"text": "reply", "response_type": "in_channel", "thread_ts": card.ts}
    url.send_dict(body)
    url.send_dict({**body, "replace_original": False})
    assert [each.thread_ts for each in slack.messages(CACHE)] == [None, None, card.ts]


@pytest.mark.parametrize(
    ("body", "error"),
    [
        ({"text": ""}, "no_text"),
        ({"blocks": [{"type": "hologram"}]}, "invalid_blocks"),
    ],
)
def test_limits_hold_here_too(slack: PretendSlack, body: dict[str, object], error: str) -> None:
    """An empty or invalid answer is refused by name and shows nothing."""
    answer = hook(slack).send_dict(body)
    assert (answer.status_code, error in answer.body) == (400, True)
    assert slack.ephemerals(OLGA) == []


def test_an_unknown_address_is_refused(slack: PretendSlack) -> None:
    """An invented token leads nowhere."""
    url = slack.response_urls.issue(OLGA, CACHE)
    assert WebhookClient(url + "x").send(text="hello").status_code == 404


def test_faults_reach_response_urls(slack: PretendSlack) -> None:
    """A fault named response_url is answered, and the use does not count."""
    slack.faults.add(Fault("response_url", Refuse(429, retry_after_seconds=3), times=1))
    url = hook(slack)
    answer = url.send(text="x")
    assert (answer.status_code, answer.headers["Retry-After"]) == (429, "3")
    assert [url.send(text="y").status_code for _ in range(5)] == [200] * 5
