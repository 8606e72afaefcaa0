"""Composition objects: texts, confirmation dialogs, options, filters and file references.

Limits: docs.slack.dev/reference/block-kit/composition-objects
"""

from collections.abc import Iterator
from typing import Any

from sandbox.slack.block_kit.schema import (
    Check,
    Problem,
    array,
    choice,
    exactly_one,
    flag,
    record,
    string,
    tagged,
    url,
)

ID_LIMIT = 255
TEXT_LIMIT = 3000


def plain_text(high: int = TEXT_LIMIT) -> Check:
    """Check a `plain_text` object of 1..`high` characters."""
    return tagged({"plain_text": record({"text": string(1, high)}, {"emoji": flag})})


def any_text(high: int = TEXT_LIMIT) -> Check:
    """Check a `plain_text` or `mrkdwn` object of 1..`high` characters."""
    return tagged(
        {
            "plain_text": record({"text": string(1, high)}, {"emoji": flag}),
            "mrkdwn": record({"text": string(1, high)}, {"verbatim": flag}),
        }
    )


def string_or_plain_text(value: Any, at: str) -> Iterator[Problem]:
    """Check a title that may be a bare string or a `plain_text` object."""
    yield from (string(1) if isinstance(value, str) else plain_text())(value, at)


identifier = string(1, ID_LIMIT)
style = choice("primary", "danger")
placeholder = plain_text(150)
confirm = record(
    {
        "title": plain_text(100),
        "text": any_text(300),
        "confirm": plain_text(30),
        "deny": plain_text(30),
    },
    {"style": style},
)
option = record({"text": plain_text(75), "value": string(1, 150)}, {"description": plain_text(75)})
overflow_option = record(
    {"text": plain_text(75), "value": string(1, 150)},
    {"description": plain_text(75), "url": url()},
)
rich_option = record({"text": any_text(75), "value": string(1, 150)}, {"description": any_text(75)})
option_group = record({"label": plain_text(75), "options": array(option, 1, 100)}, {})
slack_file = record({}, {"id": string(1), "url": url()}, exactly_one("id", "url"))
dispatch_action_config = record(
    {"trigger_actions_on": array(choice("on_enter_pressed", "on_character_entered"), 1, 2)}, {}
)
conversation_filter = record(
    {},
    {
        "include": array(choice("im", "mpim", "private", "public"), 1),
        "exclude_external_shared_channels": flag,
        "exclude_bot_users": flag,
    },
)
