"""Whom a message really notifies, whatever its author meant."""

from collections.abc import Iterator

from sandbox.slack.messages import Content
from sandbox.slack.rendering.mrkdwn import mentions


def live_mentions(content: Content) -> frozenset[str]:
    """Return the ids and broadcasts ("here", "U0ANNA", "S0ONCALL") that a content notifies."""
    found = set(mentions(content.text, auto_parse=content.link_names))
    for value in (*content.blocks, *content.attachments):
        found.update(_mentioned(value))
    return frozenset(found)


def _mentioned(value: object) -> Iterator[str]:
    if isinstance(value, list):
        for each in value:
            yield from _mentioned(each)
    elif isinstance(value, dict):
        kind, text = value.get("type"), value.get("text")
        if kind == "mrkdwn" and isinstance(text, str):
            yield from mentions(text, auto_parse=not value.get("verbatim", False))
        for named in ("user_id", "usergroup_id", "range"):
            if kind in {"user", "usergroup", "broadcast"} and named in value:
                yield str(value[named])
        for each in value.values():
            yield from _mentioned(each)
