"""Every block and the surfaces that take it.

Limits: docs.slack.dev/reference/block-kit/blocks
"""

from collections.abc import Iterator, Mapping
from enum import StrEnum
from typing import Any

from sandbox.slack.block_kit import data_blocks
from sandbox.slack.block_kit.elements import (
    accessory,
    action_element,
    button_element,
    context_action,
    image,
    image_element,
    input_element,
)
from sandbox.slack.block_kit.objects import (
    any_text,
    identifier,
    plain_text,
    slack_file,
    string_or_plain_text,
)
from sandbox.slack.block_kit.rich_text import rich_text, rich_text_fields
from sandbox.slack.block_kit.schema import (
    Check,
    Problem,
    any_of,
    array,
    choice,
    exactly_one,
    flag,
    record,
    string,
    tagged,
    url,
    whole,
)

MARKDOWN_LIMIT = 12_000


class Surface(StrEnum):
    """Where blocks are shown."""

    MESSAGE = "message"
    MODAL = "modal"
    HOME = "home"


def _block(required: Mapping[str, Check], optional: Mapping[str, Check], *rules: Check) -> Check:
    return record(required, {"block_id": identifier, **optional}, *rules)


def _context_element(value: Any, at: str) -> Iterator[Problem]:
    kind = value.get("type") if isinstance(value, dict) else None
    yield from (image_element if kind == "image" else any_text())(value, at)


_CLASSIC: dict[str, Check] = {
    "section": _block(
        {},
        {
            "text": any_text(3000),
            "fields": array(any_text(2000), 1, 10),
            "accessory": accessory,
            "expand": flag,
        },
        any_of("text", "fields"),
    ),
    "header": _block({"text": plain_text(150)}, {"level": whole(1, 4)}),
    "divider": _block({}, {}),
    "image": _block(
        {"alt_text": string(1, 2000)},
        {"image_url": url(), "slack_file": slack_file, "title": plain_text(2000)},
        exactly_one("image_url", "slack_file"),
    ),
    "context": _block({"elements": array(_context_element, 1, 10)}, {}),
    "actions": _block({"elements": array(action_element, 1, 25)}, {}),
    "input": _block(
        {"label": plain_text(2000), "element": input_element},
        {"hint": plain_text(2000), "optional": flag, "dispatch_action": flag},
    ),
    "rich_text": _block(rich_text_fields, {}),
    "video": _block(
        {
            "alt_text": string(1, 2000),
            "title": plain_text(200),
            "thumbnail_url": url(),
            "video_url": url(),
        },
        {
            "title_url": url(),
            "description": plain_text(200),
            "provider_icon_url": url(),
            "provider_name": string(1, 50),
            "author_name": string(1, 50),
        },
    ),
}
_TABLE = _block(data_blocks.table, data_blocks.table_optional)
_CARD = _block(
    {},
    {
        "hero_image": image,
        "icon": image,
        "title": any_text(150),
        "subtitle": any_text(150),
        "body": any_text(200),
        "actions": array(button_element, 1, 3),
    },
    any_of("hero_image", "title", "actions", "body"),
)
_TASK: dict[str, Check] = {
    "details": rich_text,
    "output": rich_text,
    "sources": array(tagged({"url": record({"url": url(), "text": string(1)}, {})})),
    "status": choice("pending", "in_progress", "complete", "error"),
}
_TASK_CARD = _block({"task_id": string(1), "title": string(1)}, _TASK)
_CONTAINER = _block(
    {"child_blocks": array(tagged({**_CLASSIC, "table": _TABLE}), 1, 10)},
    {
        "title": plain_text(150),
        "rich_text_title": rich_text,
        "subtitle": any_text(150),
        "icon": image,
        "width": choice("narrow", "standard", "wide", "full"),
        "is_collapsible": flag,
        "default_collapsed": flag,
        "has_header_divider": flag,
    },
    any_of("title", "rich_text_title"),
)
_MESSAGE_ONLY: dict[str, Check] = {
    "markdown": _block({"text": string(1, MARKDOWN_LIMIT)}, {}),
    "table": _TABLE,
    "data_table": _block(data_blocks.data_table, data_blocks.data_table_optional),
    "data_visualization": _block(data_blocks.data_visualization, {}),
    "container": _CONTAINER,
    "plan": _block({"title": string_or_plain_text}, {"tasks": array(_TASK_CARD, 0, 50)}),
    "task_card": _TASK_CARD,
    "context_actions": _block({"elements": array(context_action, 1, 5)}, {}),
}
_SHOWN: dict[str, Check] = {
    "card": _CARD,
    "carousel": _block({"elements": array(tagged({"card": _CARD}), 1, 10)}, {}),
}
_ALERT: dict[str, Check] = {
    "alert": _block(
        {"text": any_text(200)},
        {"level": choice("default", "info", "warning", "error", "success")},
    )
}

# Slack's own list also has table and data_table on Home and card in modals, but they are reported
# not to render there, so they are refused here.
BLOCKS: dict[Surface, Check] = {
    Surface.MESSAGE: tagged({**_CLASSIC, **_MESSAGE_ONLY, **_SHOWN}),
    Surface.MODAL: tagged({**_CLASSIC, **_ALERT}),
    Surface.HOME: tagged({**_CLASSIC, **_SHOWN}),
}
