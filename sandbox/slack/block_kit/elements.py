"""Interactive elements and images, and which container takes which of them.

Limits: docs.slack.dev/reference/block-kit/block-elements
"""

from collections.abc import Iterator

from sandbox.slack.block_kit.objects import (
    confirm,
    conversation_filter,
    dispatch_action_config,
    identifier,
    option,
    option_group,
    overflow_option,
    placeholder,
    plain_text,
    rich_option,
    slack_file,
    style,
)
from sandbox.slack.block_kit.rich_text import rich_text
from sandbox.slack.block_kit.schema import (
    Check,
    Problem,
    array,
    choice,
    exactly_one,
    flag,
    matching,
    record,
    string,
    tagged,
    url,
    whole,
)
from sandbox.slack.wire import Json

_label = string(1, 75)
_value = string(1, 2000)
_user = matching(r"[UW][A-Z0-9]+", "a user id")
_conversation = matching(r"[CDG][A-Z0-9]+", "a conversation id")
_decimal = matching(r"-?[0-9]+(\.[0-9]+)?", "a number in a string")
_people = array(_user)

_OFFERED: dict[str, Check] = {"action_id": identifier, "confirm": confirm, "focus_on_load": flag}
_SELECT: dict[str, Check] = {**_OFFERED, "placeholder": placeholder}
_MULTI: dict[str, Check] = {**_SELECT, "max_selected_items": whole(1)}
_TYPED: dict[str, Check] = {
    "action_id": identifier,
    "initial_value": string(0, 3000),
    "placeholder": placeholder,
    "focus_on_load": flag,
    "dispatch_action_config": dispatch_action_config,
}
_FEEDBACK = record({"text": plain_text(75), "value": _value}, {"accessibility_label": _label})

image = record(
    {"alt_text": string(1, 2000)},
    {"image_url": url(), "slack_file": slack_file},
    exactly_one("image_url", "slack_file"),
)
button = record(
    {"text": plain_text(75)},
    {
        "action_id": identifier,
        "url": url(),
        "value": _value,
        "style": style,
        "confirm": confirm,
        "accessibility_label": _label,
        "agent_prompt": string(1, 4000),
        "agent_prompt_display": string(1),
        "visible_to_user_ids": _people,
    },
)


def _bounds(value: Json, at: str) -> Iterator[Problem]:
    low, high = value.get("min_length"), value.get("max_length")
    if isinstance(low, int) and isinstance(high, int) and low > high:
        yield Problem(at, "min_length must not be above max_length")


_options: dict[str, Check] = {
    "options": array(option, 1, 100),
    "option_groups": array(option_group, 1, 100),
}
_either = exactly_one("options", "option_groups")
_menus: dict[str, Check] = {
    "static_select": record({}, {**_SELECT, **_options, "initial_option": option}, _either),
    "external_select": record(
        {}, {**_SELECT, "initial_option": option, "min_query_length": whole()}
    ),
    "users_select": record({}, {**_SELECT, "initial_user": _user}),
    "conversations_select": record(
        {},
        {
            **_SELECT,
            "initial_conversation": _conversation,
            "default_to_current_conversation": flag,
            "response_url_enabled": flag,
            "filter": conversation_filter,
        },
    ),
    "channels_select": record(
        {}, {**_SELECT, "initial_channel": _conversation, "response_url_enabled": flag}
    ),
    "multi_static_select": record(
        {}, {**_MULTI, **_options, "initial_options": array(option, 1, 100)}, _either
    ),
    "multi_external_select": record(
        {}, {**_MULTI, "initial_options": array(option, 1, 100), "min_query_length": whole()}
    ),
    "multi_users_select": record({}, {**_MULTI, "initial_users": _people}),
    "multi_conversations_select": record(
        {},
        {
            **_MULTI,
            "initial_conversations": array(_conversation),
            "default_to_current_conversation": flag,
            "filter": conversation_filter,
        },
    ),
    "multi_channels_select": record({}, {**_MULTI, "initial_channels": array(_conversation)}),
}
_choosers: dict[str, Check] = {
    "checkboxes": record(
        {"options": array(rich_option, 1, 10)},
        {**_OFFERED, "initial_options": array(rich_option, 1, 10)},
    ),
    "radio_buttons": record(
        {"options": array(rich_option, 1, 10)}, {**_OFFERED, "initial_option": rich_option}
    ),
    "datepicker": record(
        {}, {**_SELECT, "initial_date": matching(r"\d{4}-\d\d-\d\d", "a date as YYYY-MM-DD")}
    ),
    "timepicker": record(
        {},
        {
            **_SELECT,
            "initial_time": matching(r"\d\d:\d\d", "a time as HH:mm"),
            "timezone": string(1),
        },
    ),
}
_datetimepicker = record({}, {**_OFFERED, "initial_date_time": whole(0, 9_999_999_999)})
_overflow = record(
    {"options": array(overflow_option, 1, 5)}, {"action_id": identifier, "confirm": confirm}
)
_workflow_button = record(
    {"text": plain_text(75), "workflow": record({"trigger": record({"url": url()}, {})}, {})},
    {"action_id": identifier, "style": style, "accessibility_label": _label},
)
_inputs: dict[str, Check] = {
    "plain_text_input": record(
        {},
        {**_TYPED, "multiline": flag, "min_length": whole(0, 3000), "max_length": whole(1, 3000)},
        _bounds,
    ),
    "email_text_input": record({}, _TYPED),
    "url_text_input": record({}, _TYPED),
    "number_input": record(
        {"is_decimal_allowed": flag},
        {**_TYPED, "initial_value": _decimal, "min_value": _decimal, "max_value": _decimal},
    ),
    "rich_text_input": record(
        {},
        {**_TYPED, "initial_value": rich_text, "min_lines": whole(1), "max_lines": whole(1)},
    ),
    "file_input": record(
        {}, {"action_id": identifier, "filetypes": array(string(1), 1), "max_files": whole(1, 10)}
    ),
}
_icon_button = record(
    {"icon": choice("trash"), "text": plain_text(75)},
    {
        "action_id": identifier,
        "value": _value,
        "confirm": confirm,
        "accessibility_label": _label,
        "visible_to_user_ids": _people,
    },
)
_feedback_buttons = record(
    {"positive_button": _FEEDBACK, "negative_button": _FEEDBACK}, {"action_id": identifier}
)
_pressed: dict[str, Check] = {
    "button": button,
    "workflow_button": _workflow_button,
    "overflow": _overflow,
}

action_element = tagged(
    {
        **_pressed,
        **_menus,
        **_choosers,
        "datetimepicker": _datetimepicker,
        "rich_text_input": _inputs["rich_text_input"],
    }
)
accessory = tagged({**_pressed, **_menus, **_choosers, "image": image})
input_element = tagged({**_inputs, **_menus, **_choosers, "datetimepicker": _datetimepicker})
context_action = tagged({"icon_button": _icon_button, "feedback_buttons": _feedback_buttons})
image_element = tagged({"image": image})
button_element = tagged({"button": button})
