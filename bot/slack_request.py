"""What is let in: a request signed by Slack, fresh, and in one of the shapes that Slack sends."""

import json
import re
from collections.abc import Mapping
from typing import Annotated, Any
from urllib.parse import parse_qsl

from pydantic import BaseModel, Field, ValidationError
from slack_sdk.signature import SignatureVerifier

from bot.plain_http import Refused

_TIMESTAMP = re.compile(r"[0-9]{1,12}")
_SIGNATURE = re.compile(r"v0=[0-9a-f]{64}")
_MOST_FIELDS = 100

Payload = dict[str, Any]
"""A raw Slack payload, handed to Bolt as it came."""


class _Whatever(BaseModel):
    """What Bolt takes for objects in every payload that has them."""

    event: dict[str, Any] = Field(default_factory=dict)
    view: dict[str, Any] = Field(default_factory=dict)


class _Thing(BaseModel):
    id: str


class _Message(BaseModel):
    ts: str = ""
    thread_ts: str = ""


class _Action(BaseModel):
    action_id: str
    block_id: str
    action_ts: str
    value: str = ""


class _Clicked(BaseModel):
    user: _Thing
    actions: Annotated[list[_Action], Field(min_length=1)]
    channel: _Thing | None = None
    team: _Thing | None = None
    message: _Message | None = None


class _View(BaseModel):
    callback_id: str


class _Submitted(BaseModel):
    user: _Thing
    view: _View


class _Chosen(BaseModel):
    user: _Thing
    callback_id: str


class _Suggesting(BaseModel):
    user: _Thing
    action_id: str


class _Event(BaseModel):
    type: str


class _Mention(BaseModel):
    channel: str
    ts: str
    text: str = ""
    user: str = ""
    thread_ts: str = ""


class _Delivery(BaseModel):
    event_id: str
    event: _Event


class _Notice(BaseModel):
    pass


class _Command(BaseModel):
    command: str
    user_id: str
    channel_id: str
    trigger_id: str


_INTERACTIONS: Mapping[str, type[BaseModel]] = {
    "block_actions": _Clicked,
    "block_suggestion": _Suggesting,
    "message_action": _Chosen,
    "shortcut": _Chosen,
    "view_closed": _Submitted,
    "view_submission": _Submitted,
}
"""docs.slack.dev/reference/interaction-payloads"""

_DELIVERIES: Mapping[str, type[BaseModel]] = {
    "app_rate_limited": _Notice,
    "event_callback": _Delivery,
    "url_verification": _Notice,
}
"""docs.slack.dev/apis/events-api"""


def verified(body: bytes, headers: Mapping[str, str], verifier: SignatureVerifier) -> str:
    """Return the body as text, once its signature and its age are as they should be.

    The two headers are looked at before the library is asked, because it raises on what is
    no number and on what is not ASCII.
    Source: docs.slack.dev/authentication/verifying-requests-from-slack

    Raises:
        Refused: 401.
    """
    timestamp = headers.get("X-Slack-Request-Timestamp", "")
    signature = headers.get("X-Slack-Signature", "")
    if not _TIMESTAMP.fullmatch(timestamp) or not _SIGNATURE.fullmatch(signature):
        raise Refused(401, "The request is not signed by Slack.")
    try:
        text = body.decode()
    except UnicodeDecodeError:
        raise Refused(401, "The request is not signed by Slack.") from None
    if not verifier.is_valid(text, timestamp, signature):
        raise Refused(401, "The signature is wrong or too old.")
    return text


def payload_of(text: str, content_type: str) -> Payload:
    """Read a body into the payload that Bolt works on.

    Bolt's own reading is not used: it takes every form that contains the word "payload", such
    as `/cache disable the payload is wrong`, for an interaction without one, and drops it.

    Raises:
        Refused: 400, or 415 for a content type that Slack does not send.
    """
    match content_type:
        case "application/json":
            delivery = _json(text)
            _check(delivery, _DELIVERIES.get(str(delivery.get("type"))))
            event = delivery.get("event")
            if isinstance(event, dict) and event.get("type") == "app_mention":
                _check(event, _Mention)
            return delivery
        case "application/x-www-form-urlencoded":
            form = _form(text)
            if "payload" in form:
                interaction = _json(form["payload"])
                _check(interaction, _INTERACTIONS.get(str(interaction.get("type"))))
                return interaction
            _check(form, _Notice if "ssl_check" in form else _Command)
            return form
        case _:
            raise Refused(415, "The body is neither a form nor JSON.")


def _form(text: str) -> Payload:
    try:
        return dict(parse_qsl(text, keep_blank_values=True, max_num_fields=_MOST_FIELDS))
    except ValueError:
        raise Refused(400, "The form has too many fields.") from None


def _json(text: str) -> Payload:
    try:
        value = json.loads(text)
        json.dumps(value, ensure_ascii=False).encode()  # half a surrogate pair fails here
    except (ValueError, RecursionError):
        raise Refused(400, "The JSON cannot be read.") from None
    if not isinstance(value, dict):
        raise Refused(400, "The JSON is not an object.")
    return value


def _check(payload: Payload, shape: type[BaseModel] | None) -> None:
    """Refuse what lacks a field that Slack always sends, or has another kind of value there."""
    try:
        if shape is not None:
            _Whatever.model_validate(payload)
            shape.model_validate(payload)
            return
    except ValidationError:
        pass
    raise Refused(400, "This is nothing that Slack sends.")
