"""The ids that Slack makes up where an app left them out."""

import secrets
from collections.abc import Sequence
from copy import deepcopy

from sandbox.slack.limits import elements_of
from sandbox.slack.wire import Json

_PASSIVE = frozenset({"image", "plain_text", "mrkdwn", "card"})


def acting_elements(block: Json) -> list[Json]:
    """Return the elements of a block that a person can act on."""
    if block.get("type") == "rich_text":
        return []
    return [
        each
        for each in elements_of(block)
        if each.get("type") not in _PASSIVE and "elements" not in each and "block_id" not in each
    ]


def identified(blocks: Sequence[Json]) -> list[Json]:
    """Return copies in which blocks have a `block_id` and acting elements an `action_id`."""
    copies = [deepcopy(block) for block in blocks]
    for block in copies:
        block.setdefault("block_id", secrets.token_hex(3))
        for element in acting_elements(block):
            element.setdefault("action_id", secrets.token_hex(3))
    return copies
