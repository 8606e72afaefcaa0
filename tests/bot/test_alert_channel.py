"""Properties of the watch over the alert channel: said once, and readiness tells it."""

import logging

import pytest

from bot.alert_channel import AlertChannel
from handlers.chat import Chat, slack_client
from sandbox.slack.directory import BOT_USER
from tests.sandbox.slack_fixtures import running_slack


def test_a_channel_that_takes_no_alerts_is_a_problem_until_it_does(
    caplog: pytest.LogCaptureFixture,
) -> None:
    """Logged once with what to do, and over once the bot is invited; archived is as bad."""
    with running_slack() as slack:
        channel = slack.workspace.channels["C0RANDOM"]
        channel.is_private = True
        watched = AlertChannel(Chat(slack_client(slack.bot_token, slack.api_url)), channel.id)
        with caplog.at_level(logging.INFO, "bot"):
            for _ in range(3):
                watched.look()
        (problem,) = watched.problems()
        said = [one.message for one in caplog.records if one.name == "bot.alert_channel"]
        assert said == [problem]
        assert "/invite @cachebot" in problem
        channel.members.add(BOT_USER)
        watched.look()
        assert watched.problems() == []
        channel.is_archived = True
        watched.look()
        assert watched.problems() == [problem]


def test_nothing_is_asked_without_a_channel_or_an_answer() -> None:
    """Where Slack does not say, it is no problem of the channel."""
    away = Chat(slack_client("xoxb-none", "http://127.0.0.1:1/"))
    for channel in ("", "C0CACHE"):
        watched = AlertChannel(away, channel)
        watched.look()
        assert watched.problems() == []
