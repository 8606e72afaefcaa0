"""Reads the text, blocks and attachments of a call, and refuses what breaks a limit."""

from typing import Any

from sandbox.slack.block_kit.blocks import Surface
from sandbox.slack.files import Files
from sandbox.slack.limits import POSTED_TEXT, check_attachments, check_blocks
from sandbox.slack.messages import Content
from sandbox.slack.plain import plain_of_blocks
from sandbox.slack.wire import ApiError, Arguments


def read_content(files: Files, arguments: Arguments) -> Content:
    """Return the content of a call.

    Without `text` Slack builds one from the blocks, and so does this. Text over 40,000
    characters is cut (docs.slack.dev/reference/methods/chat.postMessage).

    Raises:
        ApiError: `no_text`, `invalid_blocks`, `invalid_blocks_format`, `invalid_attachments`.
    """
    text = arguments.text("text") or ""
    blocks = _listed(arguments.parsed("blocks", "invalid_blocks_format"), "invalid_blocks")
    attachments = _listed(arguments.parsed("attachments", "invalid_json"), "invalid_attachments")
    if not text and not blocks and not attachments:
        raise ApiError("no_text")
    problems = check_blocks(blocks, Surface.MESSAGE)
    if problems:
        raise ApiError("invalid_blocks", [str(each) for each in problems])
    files.refuse_unready(blocks)
    problems = check_attachments(attachments)
    if problems:
        raise ApiError("invalid_attachments", [str(each) for each in problems])
    return Content(
        text=text[:POSTED_TEXT] or plain_of_blocks(blocks),
        blocks=tuple(blocks),
        attachments=tuple(attachments),
        link_names=arguments.flag("link_names"),
    )


def _listed(value: Any, error: str) -> list[Any]:
    if value is None:
        return []
    if not isinstance(value, list):
        raise ApiError(error, ["must provide an array"])
    return value
