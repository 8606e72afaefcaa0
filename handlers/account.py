"""The bot's own account in Slack, learnt beside the requests and never by one of them.

Left to itself Bolt asks `auth.test` when the first request comes, which then waits for the
answer; where Slack is slow with it, that request is not acknowledged in time.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from slack_bolt.authorization import AuthorizeResult


@dataclass(slots=True)
class Account:
    """Who the bot is. The ids are empty until Slack has told them, moments after the start."""

    user_id: str = ""
    bot_id: str = ""

    def learn(self, answer: Mapping[str, object]) -> None:
        """Take the ids from what `auth.test` answered."""
        self.user_id = str(answer.get("user_id") or "")
        self.bot_id = str(answer.get("bot_id") or "")


def authorizer(account: Account) -> Callable[[], AuthorizeResult]:
    """Return what tells Bolt who the bot is, by which it passes over the bot's own messages."""

    def authorize() -> AuthorizeResult:
        return AuthorizeResult(
            enterprise_id=None,
            team_id=None,
            bot_user_id=account.user_id or None,
            bot_id=account.bot_id or None,
        )

    return authorize
