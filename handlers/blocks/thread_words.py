"""Messages for threads, where slash commands do not exist: they name the way by a mention.

Source: docs.slack.dev/interactivity/implementing-slash-commands (not in threads)
"""

import re
from dataclasses import replace

from core.verbs import VERBS
from handlers.blocks import limits
from handlers.blocks.escape import units
from handlers.blocks.kit import Block
from handlers.blocks.slack import Message

_COMMAND = re.compile(rf"(?<![\w/.-])/cache (?=(?:{'|'.join(VERBS)})\b)")
_MENTION = "@cachebot "
_FENCE = "```"
_WORDED = ("text", "fields", "elements")


def for_thread(message: Message) -> Message:
    """Write the commands that a message names as one types them in a thread.

    Fenced text, such as log lines, stays as it is, and so does a text that has no room left.
    """
    blocks = [_reworded(block) for block in message.blocks]
    return replace(message, text=_COMMAND.sub(_MENTION, message.text), blocks=blocks)


def _reworded(block: Block) -> Block:
    if block["type"] not in ("section", "context"):
        return block
    most = limits.FIELD if "fields" in block else limits.SECTION
    return {**block, **{name: _within(block[name], most) for name in _WORDED if name in block}}


def _within(value: object, most: int) -> object:
    """Reword text objects, however they are listed."""
    if isinstance(value, list):
        return [_within(one, most) for one in value]
    text = value.get("text") if isinstance(value, dict) else None
    if not isinstance(value, dict) or not isinstance(text, str) or text.startswith(_FENCE):
        return value
    said = _COMMAND.sub(_MENTION, text)
    return {**value, "text": said} if units(said) <= most else value
