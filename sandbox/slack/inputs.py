"""What a person has typed or chosen in the inputs of a view or a message: `state.values`.

docs.slack.dev/reference/interaction-payloads/view-interactions-payload
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sandbox.slack.block_ids import acting_elements
from sandbox.slack.wire import Json

REQUIRED = "Please complete this required field."


@dataclass(frozen=True, slots=True)
class _Kind:
    """Where an element type keeps its value, in the state and as sent by the app."""

    field: str
    initial: str
    many: bool = False
    options: bool = False


_TYPED = _Kind("value", "initial_value")
_OPTION = _Kind("selected_option", "initial_option", options=True)
_OPTIONS = _Kind("selected_options", "initial_options", many=True, options=True)
_KINDS = {
    "plain_text_input": _TYPED,
    "email_text_input": _TYPED,
    "url_text_input": _TYPED,
    "number_input": _TYPED,
    "rich_text_input": _Kind("rich_text_value", "initial_value"),
    "file_input": _Kind("files", "initial_files", many=True),
    "static_select": _OPTION,
    "external_select": _OPTION,
    "radio_buttons": _OPTION,
    "overflow": _OPTION,
    "checkboxes": _OPTIONS,
    "multi_static_select": _OPTIONS,
    "multi_external_select": _OPTIONS,
    "users_select": _Kind("selected_user", "initial_user"),
    "conversations_select": _Kind("selected_conversation", "initial_conversation"),
    "channels_select": _Kind("selected_channel", "initial_channel"),
    "multi_users_select": _Kind("selected_users", "initial_users", many=True),
    "multi_conversations_select": _Kind(
        "selected_conversations", "initial_conversations", many=True
    ),
    "multi_channels_select": _Kind("selected_channels", "initial_channels", many=True),
    "datepicker": _Kind("selected_date", "initial_date"),
    "timepicker": _Kind("selected_time", "initial_time"),
    "datetimepicker": _Kind("selected_date_time", "initial_date_time"),
}
_STATELESS = frozenset({"overflow"})


class NoSuchInputError(LookupError):
    """The view has no input, or the input no option, of that name."""


def initial_state(blocks: Sequence[Json]) -> Json:
    """Return the state of untouched inputs: an initial value counts as typed."""
    return filled_state(blocks, {})


def filled_state(blocks: Sequence[Json], answers: Mapping[str, Any]) -> Json:
    """Return the state after a person filled in `answers`, by action_id, block_id or both.

    Options are named by their value or their text.

    Raises:
        NoSuchInputError: an answer names nothing on the screen.
    """
    state: Json = {}
    unused = set(answers)
    for block, element in _stateful(blocks):
        value = initial_value(element)
        block_id, action_id = block["block_id"], element["action_id"]
        for name in (block_id, action_id, f"{block_id}/{action_id}"):
            if name in answers:
                value = chosen(element, answers[name])
                unused.discard(name)
        kept = {"type": element["type"], _KINDS[element["type"]].field: value}
        state.setdefault(block_id, {})[action_id] = kept
    if unused:
        raise NoSuchInputError(f"no input named {', '.join(sorted(unused))}")
    return state


def initial_value(element: Json) -> Any:
    """Return the value of an untouched element: None or [] where it is empty."""
    kind = _KINDS[element["type"]]
    return element.get(kind.initial, [] if kind.many else None)


def chosen(element: Json, value: Any) -> Any:
    """Return a person's answer as the state holds it."""
    kind = _KINDS[element["type"]]
    if not kind.options:
        return value
    if kind.many:
        return [_option(element, each) for each in value]
    return None if value is None else _option(element, value)


def acted(element: Json, value: Any) -> Json:
    """Return the fields that an action payload adds for this element; a button has none here."""
    kind = _KINDS.get(element["type"])
    return {} if kind is None else {kind.field: chosen(element, value)}


def mistakes(blocks: Sequence[Json], state: Json) -> dict[str, str]:
    """Return what Slack itself tells before anything is sent, by block_id."""
    found: dict[str, str] = {}
    for block, element in _stateful(blocks):
        if block["type"] != "input":
            continue
        kept = state[block["block_id"]][element["action_id"]]
        value = kept[_KINDS[element["type"]].field]
        if not value:
            if not block.get("optional", False):
                found[block["block_id"]] = REQUIRED
        elif isinstance(value, str):
            low, high = element.get("min_length", 0), element.get("max_length", 3000)
            if not low <= len(value) <= high:
                found[block["block_id"]] = f"Please enter {low} to {high} characters."
    return found


def _stateful(blocks: Sequence[Json]) -> Iterator[tuple[Json, Json]]:
    for block in blocks:
        for element in acting_elements(block):
            if element["type"] in _KINDS and element["type"] not in _STATELESS:
                yield block, element


def _option(element: Json, name: str) -> Json:
    groups = element.get("option_groups", [])
    options = [
        *element.get("options", []),
        *(each for group in groups for each in group["options"]),
    ]
    for option in options:
        if name in (option["value"], option["text"]["text"]):
            return dict(option)
    raise NoSuchInputError(f"no option named {name}")
