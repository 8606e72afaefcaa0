"""What Slack refuses in a message or a view, limit by limit, before anybody sees it.

Numbers: docs.slack.dev/reference/block-kit, /surfaces/modals, /reference/methods/chat.update.
"""

import json
from collections.abc import Iterator
from typing import Any

from sandbox.slack.block_kit.blocks import BLOCKS, MARKDOWN_LIMIT, Surface
from sandbox.slack.block_kit.objects import identifier, plain_text
from sandbox.slack.block_kit.schema import Check, Problem, array, choice, flag, record, string
from sandbox.slack.wire import Json

MESSAGE_BLOCKS = 50
VIEW_BLOCKS = 100
ATTACHMENTS = 100
POSTED_TEXT = 40_000  # chat.postMessage cuts longer texts
UPDATED_TEXT = 4_000  # chat.update answers msg_too_long above it
VIEW_BYTES = 250_000
VIEW_STACK = 3

_VIEW: dict[str, Check] = {
    "callback_id": string(0, 255),
    "external_id": identifier,
    "private_metadata": string(0, 3000),
}
_MODAL = record(
    {"type": choice("modal"), "title": plain_text(24), "blocks": lambda _value, _at: iter(())},
    {
        **_VIEW,
        "submit": plain_text(24),
        "close": plain_text(24),
        "clear_on_close": flag,
        "notify_on_close": flag,
        "submit_disabled": flag,
    },
)
_HOME = record({"type": choice("home"), "blocks": lambda _value, _at: iter(())}, _VIEW)


def check_blocks(blocks: Any, surface: Surface, pointer: str = "/blocks") -> list[Problem]:
    """Return what is wrong with a list of blocks on a surface; empty means Slack takes it."""
    high = MESSAGE_BLOCKS if surface is Surface.MESSAGE else VIEW_BLOCKS
    problems = list(array(BLOCKS[surface], 0, high)(blocks, pointer))
    if not problems:
        problems += _repeated_ids(blocks, pointer)
    if not problems and surface is Surface.MESSAGE:
        problems += _once_a_message(blocks, pointer)
    return problems


def check_attachments(attachments: Any) -> list[Problem]:
    """Return what is wrong with a message's legacy attachments and the blocks in them."""
    problems = list(array(_attachment, 0, ATTACHMENTS)(attachments, "/attachments"))
    if problems:
        return problems
    for index, each in enumerate(attachments):
        if "blocks" in each:
            pointer = f"/attachments/{index}/blocks"
            problems += check_blocks(each["blocks"], Surface.MESSAGE, pointer)
    return problems


def _attachment(value: Any, at: str) -> Iterator[Problem]:
    """Check the shape of what is shown of an attachment; its other fields are let through."""
    if not isinstance(value, dict):
        yield Problem(at, "must provide an object")
        return
    for name in ("color", "title", "text", "fallback", "pretext"):
        if name in value:
            yield from string()(value[name], f"{at}/{name}")


def check_view(view: Any, surface: Surface) -> list[Problem]:
    """Return what is wrong with a modal or a Home view; pointers start at `/view`."""
    problems = list((_MODAL if surface is Surface.MODAL else _HOME)(view, "/view"))
    if not isinstance(view, dict) or "blocks" not in view:
        return problems
    problems += check_blocks(view["blocks"], surface, "/view/blocks")
    if isinstance(view["blocks"], list):
        inputs = any(
            isinstance(each, dict) and each.get("type") == "input" for each in view["blocks"]
        )
        if surface is Surface.MODAL and inputs and "submit" not in view:
            problems.append(Problem("/view", "missing required field: submit"))
        if surface is Surface.MODAL and not view["blocks"]:
            problems.append(Problem("/view/blocks", "no fewer than 1 items allowed"))
    return problems


def is_too_large(view: Json) -> bool:
    """Tell whether a view is over the 250 kB that views.open accepts."""
    return len(json.dumps(view).encode()) > VIEW_BYTES


def elements_of(block: Json) -> list[Json]:
    """Return the elements of a valid block that may carry an `action_id`, nested ones too."""
    single = [block[name] for name in ("accessory", "element") if name in block]
    nested = [child for name in ("child_blocks", "elements") for child in block.get(name, [])]
    inner = [each for child in nested for each in elements_of(child)]
    return [*block.get("elements", []), *single, *block.get("actions", []), *inner]


def _repeated_ids(blocks: list[Json], pointer: str) -> Iterator[Problem]:
    """block_id is unique in a message or view, action_id within its block."""
    seen: set[str] = set()
    for index, block in enumerate(blocks):
        block_id = block.get("block_id")
        if isinstance(block_id, str):
            if block_id in seen:
                yield Problem(
                    f"{pointer}/{index}/block_id", f"`block_id` already exists: {block_id}"
                )
            seen.add(block_id)
        actions = [each["action_id"] for each in elements_of(block) if "action_id" in each]
        for action_id in sorted({each for each in actions if actions.count(each) > 1}, key=str):
            yield Problem(f"{pointer}/{index}", f"`action_id` already exists: {action_id}")


def _once_a_message(blocks: list[Json], pointer: str) -> Iterator[Problem]:
    """Rules that count blocks over a whole message."""
    kinds = [block.get("type") for block in blocks]
    if kinds.count("table") + kinds.count("data_table") > 1:
        yield Problem(pointer, "only_one_table_allowed")
    if kinds.count("data_visualization") > 2:
        yield Problem(pointer, "no more than 2 data_visualization blocks allowed")
    if "plan" in kinds and "task_card" in kinds:
        yield Problem(pointer, "plan and task_card cannot be used together")
    texts = [block.get("text") for block in blocks if block.get("type") == "markdown"]
    if sum(len(text) for text in texts if isinstance(text, str)) > MARKDOWN_LIMIT:
        yield Problem(pointer, f"markdown must be less than {MARKDOWN_LIMIT + 1} characters in all")
