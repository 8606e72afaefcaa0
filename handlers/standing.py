"""How the bot stands with Slack: its token, its scopes, the channels that it is to speak in."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

from slack_sdk import WebClient

from core.inspection.findings import Judgement, Verdict, combined
from handlers.chat import PUBLIC, Chat, ChatError, ChatRefused, scopes_in, translated

SCOPES: Mapping[str, str] = {
    "commands": "/cache",
    "app_mentions:read": "commands in threads",
    "chat:write": "every answer",
    PUBLIC: "answers in channels that I was not invited to",
    "channels:history": "finding my message again after a lost reply",
    "groups:history": "the same in private channels",
    "im:history": "the same in direct messages",
    "im:write": "direct messages",
    "channels:read": "whether I may post in a channel",
    "groups:read": "the same for private channels",
    "users:read": "who somebody is",
    "usergroups:read": "roles that user groups have",
    "files:write": "charts",
    "files:read": "charts",
}
"""The scopes of the app's manifest, and what fails without each."""

_REINSTALL = (
    "Compare the app with the manifest in deploy/ on its page App Manifest, then install it again."
)
_MEND_IT = (
    "Put the Bot User OAuth Token of the app's page OAuth & Permissions into "
    "CACHEBOT_SLACK_BOT_TOKEN."
)
_UNANSWERED = "See slack-status.com, and ask again in a minute."


@dataclass(frozen=True, slots=True)
class Standing:
    """Asks Slack. `channels` are those that the bot posts in by itself, with their settings.

    In `watched` it has to be a member, or it hears of nothing there.
    """

    client: WebClient
    channels: Mapping[str, str]
    watched: frozenset[str] = frozenset()

    def checks(self) -> Mapping[str, Callable[[], Judgement]]:
        """Return what to ask, by title."""
        return {
            "Slack token": self.judge_token,
            "Slack scopes": self.judge_scopes,
            "Slack channels": self.judge_channels,
        }

    def judge_token(self) -> Judgement:
        """Ask who the bot is (docs.slack.dev/reference/methods/auth.test)."""
        try:
            with translated():
                answer = self.client.auth_test()
        except ChatRefused as exc:
            return Judgement(Verdict.FAILING, f"Slack refuses it: {exc.code}.", _MEND_IT)
        except ChatError as exc:
            return _unanswered(exc)
        return Judgement(
            Verdict.OK, f"I am {answer.get('user')} in the workspace {answer.get('team')}."
        )

    def judge_scopes(self) -> Judgement:
        """Compare the scopes that Slack names with every answer with those that are needed."""
        try:
            with translated():
                answer = self.client.auth_test()
        except ChatError as exc:
            return _unanswered(exc)
        held = scopes_in(answer.headers)
        if held is None:
            return Judgement(Verdict.UNKNOWN, "Slack did not say which there are.", _UNANSWERED)
        lacking = [scope for scope in SCOPES if scope not in held]
        if not lacking:
            return Judgement(Verdict.OK, f"All {len(SCOPES)} are there.")
        told = ", ".join(f"{scope} ({SCOPES[scope]})" for scope in lacking)
        return Judgement(Verdict.WARNING, f"Not there: {told}.", _REINSTALL)

    def judge_channels(self) -> Judgement:
        """Look whether the bot can speak where it is to, and hears what it is to hear."""
        judged = list(self._each_channel())
        if judged:
            return combined(judged)
        return Judgement(
            Verdict.NOT_CONFIGURED,
            "I post nothing by myself: no channel for alerts or reports is set.",
            "Set CACHEBOT_ALERT_CHANNEL and CACHEBOT_REPORT_CHANNEL.",
        )

    def _each_channel(self) -> Iterator[Judgement]:
        for channel, setting in self.channels.items():
            yield self._judge_channel(channel, setting, must_be_member=channel in self.watched)
        for channel in sorted(self.watched - set(self.channels)):
            yield self._judge_channel(channel, "CACHEBOT_WATCHED_CHANNELS", must_be_member=True)

    def _judge_channel(self, channel: str, setting: str, *, must_be_member: bool) -> Judgement:
        invite = "Write `/invite @cachebot` there."
        try:
            found = Chat(self.client).conversation(channel)
        except ChatRefused as exc:
            why = f"{channel} of {setting} cannot be read: {exc.code}."
            return Judgement(
                Verdict.FAILING, why, f"Check the id in {setting}. If it is private: {invite}"
            )
        except ChatError as exc:
            return _unanswered(exc)
        name = f"#{found.name}"
        if found.archived:
            return Judgement(
                Verdict.FAILING, f"{name} of {setting} is archived.", f"Change {setting}."
            )
        if not found.takes_posts or (must_be_member and not found.member):
            return Judgement(Verdict.FAILING, f"I am not in {name} of {setting}.", invite)
        return Judgement(Verdict.OK, f"I can post in {name}.")


def judge_socket(client: WebClient, app_token: str) -> Judgement:
    """Ask for a connection and leave it alone; Slack lets it lapse.

    Source: docs.slack.dev/reference/methods/apps.connections.open
    """
    try:
        with translated():
            client.apps_connections_open(app_token=app_token)
    except ChatRefused as exc:
        return Judgement(
            Verdict.FAILING,
            f"Slack refuses it: {exc.code}.",
            "Make one with the scope connections:write on the app's page Basic Information, and "
            "put it into CACHEBOT_SLACK_APP_TOKEN.",
        )
    except ChatError as exc:
        return _unanswered(exc)
    return Judgement(Verdict.OK, "Slack opens connections for it.")


def _unanswered(exc: ChatError) -> Judgement:
    return Judgement(Verdict.UNKNOWN, f"Slack did not answer: {exc}.", _UNANSWERED)
