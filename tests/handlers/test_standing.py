"""How the bot stands with a pretend Slack, over the wire."""

from collections.abc import Callable
from dataclasses import replace

import pytest
import yaml  # type: ignore[import-untyped]  # read here only, not worth its stubs
from slack_sdk import WebClient

from core.inspection.findings import Verdict
from handlers.chat import PUBLIC, slack_client
from handlers.standing import SCOPES, Standing, judge_socket
from sandbox.faults import Fault, Refuse
from sandbox.slack.directory import APP_TOKEN, BOT_USER, Channel
from sandbox.slack.slack import PretendSlack
from tests.test_guards import MANIFESTS

CHANNEL = "C0CACHE"


def standing(client: WebClient, *channels: str, watched: str = "") -> Standing:
    """Make one whose channels are those of the alerts."""
    posts = dict.fromkeys(channels, "CACHEBOT_ALERT_CHANNEL")
    return Standing(client, posts, frozenset(filter(None, [watched])))


def test_the_scopes_are_those_of_the_manifests() -> None:
    """A scope that the app asks for is looked for, and the other way round."""
    for path in MANIFESTS:
        asked = yaml.safe_load(path.read_text())["oauth_config"]["scopes"]["bot"]
        assert set(SCOPES) == set(asked)


def test_a_good_token_says_who_the_bot_is(client: WebClient) -> None:
    """And where it is at home."""
    judged = standing(client).judge_token()
    assert judged.verdict is Verdict.OK
    assert "cachebot" in judged.why


def test_a_wrong_token_is_told_with_where_to_find_the_right_one(slack: PretendSlack) -> None:
    """By Slack's own word for it; the scopes are unknown then."""
    wrong = standing(slack_client("xoxb-wrong", slack.api_url))
    judged = wrong.judge_token()
    assert judged.verdict is Verdict.FAILING
    assert "invalid_auth" in judged.why
    assert "CACHEBOT_SLACK_BOT_TOKEN" in judged.next_step
    assert wrong.judge_scopes().verdict is Verdict.UNKNOWN


def test_a_scope_that_is_lacking_is_named_with_what_fails(
    client: WebClient, slack: PretendSlack
) -> None:
    """So that one knows whether it matters."""
    manifest = slack.workspace.manifest
    slack.workspace.manifest = replace(manifest, scopes=frozenset(SCOPES) - {"files:write"})
    judged = standing(client).judge_scopes()
    assert judged.verdict is Verdict.WARNING
    assert judged.why == "Not there: files:write (charts)."
    assert "install it again" in judged.next_step
    slack.workspace.manifest = replace(manifest, scopes=frozenset(SCOPES))
    assert standing(client).judge_scopes().verdict is Verdict.OK


def test_no_channel_is_not_configured(client: WebClient) -> None:
    """Neither right nor wrong."""
    assert standing(client).judge_channels().verdict is Verdict.NOT_CONFIGURED


@pytest.mark.parametrize(
    ("channel", "said"),
    [
        (Channel("C0X", "x", {"U0OLGA"}), ""),
        (Channel("C0X", "x", {"U0OLGA", BOT_USER}, is_private=True), ""),
        (Channel("C0X", "x", {"U0OLGA"}, is_private=True), "cannot be read"),
        (Channel("C0X", "x", {"U0OLGA", BOT_USER}, is_archived=True), "is archived"),
        (None, "cannot be read: channel_not_found"),
    ],
)
def test_a_channel_that_cannot_be_posted_in_is_told(
    client: WebClient, slack: PretendSlack, channel: Channel | None, said: str
) -> None:
    """A public one needs no invitation, with the scopes of the app's manifest."""
    slack.workspace.manifest = replace(slack.workspace.manifest, scopes=frozenset(SCOPES))
    if channel is not None:
        slack.workspace.channels["C0X"] = channel
    judged = standing(client, "C0X").judge_channels()
    assert judged.verdict is (Verdict.FAILING if said else Verdict.OK)
    assert said in judged.why
    assert judged.next_step or not said


def test_a_watched_channel_needs_an_invitation(client: WebClient, slack: PretendSlack) -> None:
    """Slack sends what is posted there to members alone."""
    slack.workspace.channels["C0X"] = Channel("C0X", "x", {"U0OLGA"})
    judged = standing(client, CHANNEL, watched="C0X").judge_channels()
    assert judged.verdict is Verdict.FAILING
    assert "I am not in #x" in judged.why
    assert "/invite" in judged.next_step


def test_a_public_channel_without_the_scope_for_it_is_told(
    client: WebClient, slack: PretendSlack
) -> None:
    """By the same rule by which the bot itself decides whether it can post."""
    slack.workspace.channels["C0X"] = Channel("C0X", "x", {"U0OLGA"})
    manifest = slack.workspace.manifest
    for scopes, verdict in ((SCOPES, Verdict.OK), ({*SCOPES} - {PUBLIC}, Verdict.FAILING)):
        slack.workspace.manifest = replace(manifest, scopes=frozenset(scopes))
        assert standing(client, "C0X").judge_channels().verdict is verdict


def test_a_channel_for_alerts_that_is_watched_too_needs_an_invitation(
    client: WebClient, slack: PretendSlack
) -> None:
    """That the bot can post there does not let it hear."""
    slack.workspace.channels["C0X"] = Channel("C0X", "x", {"U0OLGA"})
    judged = standing(client, "C0X", watched="C0X").judge_channels()
    assert judged.verdict is Verdict.FAILING


Ask = Callable[[WebClient], Verdict]


@pytest.mark.parametrize(
    "ask",
    [
        lambda client: standing(client).judge_token().verdict,
        lambda client: standing(client).judge_scopes().verdict,
        lambda client: standing(client, CHANNEL).judge_channels().verdict,
        lambda client: judge_socket(client, APP_TOKEN).verdict,
    ],
)
def test_a_slack_that_does_not_answer_is_unknown(
    client: WebClient, slack: PretendSlack, ask: Ask
) -> None:
    """Nothing is blamed on the settings then."""
    slack.faults.add(Fault("*", Refuse(500)))
    assert ask(client) is Verdict.UNKNOWN


def test_the_app_token_is_tried(client: WebClient) -> None:
    """A wrong one is told with where to make another."""
    assert judge_socket(client, APP_TOKEN).verdict is Verdict.OK
    judged = judge_socket(client, "xapp-wrong")
    assert judged.verdict is Verdict.FAILING
    assert "CACHEBOT_SLACK_APP_TOKEN" in judged.next_step
