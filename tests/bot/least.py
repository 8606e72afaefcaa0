"""The least environment that the bot starts with, and reading it with changes."""

import pytest

from bot.settings import Settings, read_settings
from core.errors import SettingsError

BOT_TOKEN = "xoxb-bot-token-of-tests"  # noqa: S105 - of this test only
APP_TOKEN = "xapp-app-token-of-tests"  # noqa: S105 - of this test only
SIGNING_SECRET = "0123456789abcdef0123456789abcdef"  # noqa: S105 - of this test only
LEAST = {
    "CACHEBOT_PROJECT": "my-project",
    "CACHEBOT_SLACK_BOT_TOKEN": BOT_TOKEN,
    "CACHEBOT_SLACK_APP_TOKEN": APP_TOKEN,
}


def read(**changes: str) -> Settings:
    """Read the least environment with some variables changed."""
    return read_settings({**LEAST, **changes})


def problems_of(environ: dict[str, str], *, slack: bool = True) -> tuple[str, ...]:
    """Return the problems that reading the environment reports."""
    with pytest.raises(SettingsError) as caught:
        read_settings(environ, slack=slack)
    return caught.value.problems
