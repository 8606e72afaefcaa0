"""The interaction payloads of clicks and choices, on messages and in views.

docs.slack.dev/reference/interaction-payloads/block_actions-payload
"""

from sandbox.slack.acts import Screen
from sandbox.slack.inputs import initial_state
from sandbox.slack.messages import Message, View
from sandbox.slack.payloads import Doing, interaction_payload
from sandbox.slack.shapes import message_json, view_json
from sandbox.slack.wire import Json
from sandbox.slack.workspace import Workspace

_CARRIED = ("text", "value", "style", "url")


def action_json(block: Json, element: Json, chosen: Json, action_ts: str) -> Json:
    """Return one entry of `actions`; `chosen` holds what was selected, `action_ts` is its own."""
    carried: Json = {name: element[name] for name in _CARRIED if name in element}
    return {
        "type": element["type"],
        "action_id": element["action_id"],
        "block_id": block["block_id"],
        "action_ts": action_ts,
        **carried,
        **chosen,
    }


def block_actions(workspace: Workspace, doing: Doing, screen: Screen, action: Json) -> Json:
    """Return the payload of an action; one in a view carries the view and no channel."""
    if isinstance(screen, View):
        fields = _view_fields(screen)
    else:
        fields = _message_fields(workspace, screen)
    return interaction_payload(doing, "block_actions", actions=[action], **fields)


def _view_fields(view: View) -> Json:
    return {
        "container": {"type": "view", "view_id": view.id},
        "view": view_json(view, initial_state(view.blocks)),
    }


def _message_fields(workspace: Workspace, message: Message) -> Json:
    """Return where the message is; a private one is not itself in the payload."""
    container: Json = {
        "type": "message",
        "message_ts": message.ts,
        "channel_id": message.channel,
        "is_ephemeral": message.private_to is not None,
    }
    if message.thread_ts is not None:
        container["thread_ts"] = message.thread_ts
    fields: Json = {"container": container, "state": {"values": initial_state(message.blocks)}}
    if message.private_to is None:
        fields["message"] = message_json(workspace, message)
    return fields
