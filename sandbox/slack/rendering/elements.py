"""Buttons, menus and inputs as HTML that the page's script understands.

A control names itself in `data-name` as `block_id/action_id`; one that acts at once has
`data-act`.
"""

import json
from html import escape
from typing import Any

from sandbox.slack.inputs import initial_value
from sandbox.slack.rendering.names import Names
from sandbox.slack.rendering.texts import plain_html, text_html
from sandbox.slack.wire import Json

_INPUT_TYPES = {
    "plain_text_input": "text",
    "email_text_input": "email",
    "url_text_input": "url",
    "number_input": "text",
    "datepicker": "date",
    "timepicker": "time",
    "datetimepicker": "number",
}


def element_html(element: Json, block: Json, names: Names, *, acts: bool) -> str:
    """Return one element; `acts` says that a change is sent to the app at once."""
    shared = _shared(element, block, names, acts=acts)
    kind = element["type"]
    if kind in {"button", "workflow_button", "icon_button"}:
        return _button(element, shared)
    if kind == "feedback_buttons":
        return "".join(
            _button(element[which], shared) for which in ("positive_button", "negative_button")
        )
    if kind in {"checkboxes", "radio_buttons"}:
        return _boxes(element, shared)
    if kind == "overflow" or kind.endswith("_select"):
        return _menu(element, shared, names)
    return _input(element, shared)


def _shared(element: Json, block: Json, names: Names, *, acts: bool) -> str:
    """Return the attributes that every control has."""
    name = f"{block['block_id']}/{element['action_id']}"
    attributes = f' data-name="{escape(name)}"'
    if acts:
        attributes += ' data-act="1"'
    if "confirm" in element:
        confirm = json.dumps(_confirm(element["confirm"], names))
        attributes += f' data-confirm="{escape(confirm)}"'
    if "accessibility_label" in element:
        attributes += f' aria-label="{escape(element["accessibility_label"])}"'
    return attributes


def _confirm(confirm: Json, names: Names) -> Json:
    """Return the words of a confirmation dialog as HTML, and its style."""
    texts = {name: text_html(confirm[name], names) for name in ("title", "text", "confirm", "deny")}
    return {**texts, "style": confirm.get("style", "primary")}


def _button(element: Json, shared: str) -> str:
    style = element.get("style", "plain")
    label = plain_html(element.get("text"))
    button = f'<button type="button" class="button {escape(style)}"{shared}>{label}</button>'
    url = element.get("url")
    if url is None:
        return button
    return f'<a href="{escape(url)}" target="_blank" rel="noopener noreferrer">{button}</a>'


def _boxes(element: Json, shared: str) -> str:
    kind = "checkbox" if element["type"] == "checkboxes" else "radio"
    start = initial_value(element) or []
    picked = [each["value"] for each in (start if isinstance(start, list) else [start])]
    name = escape(element["action_id"])
    boxes = "".join(
        f'<label><input type="{kind}" name="{name}" value="{escape(option["value"])}"'
        f"{' checked' if option['value'] in picked else ''}> {plain_html(option['text'])}</label>"
        for option in element["options"]
    )
    return f'<span class="boxes" data-many="{kind == "checkbox"}"{shared}>{boxes}</span>'


def _menu(element: Json, shared: str, names: Names) -> str:
    many = element["type"].startswith("multi_")
    start = initial_value(element) if element["type"] != "overflow" else None
    picked = {_value(each) for each in (start if isinstance(start, list) else [start]) if each}
    hint = plain_html(element.get("placeholder")) or ("\u22ef" if start is None else "Choose")
    options = "".join(
        f'<option value="{escape(value)}"{" selected" if value in picked else ""}>{label}</option>'
        for value, label in _choices(element, names)
    )
    first = "" if many else f'<option value="">{hint}</option>'
    return f"<select{' multiple' if many else ''}{shared}>{first}{options}</select>"


def _choices(element: Json, names: Names) -> list[tuple[str, str]]:
    if "users" in element["type"]:
        return [(each, escape(name)) for each, name in names.users.items()]
    if "conversations" in element["type"] or "channels" in element["type"]:
        return [(each, escape(f"#{name}")) for each, name in names.channels.items()]
    groups = element.get("option_groups", [])
    options = [
        *element.get("options", []),
        *(each for group in groups for each in group["options"]),
    ]
    return [(option["value"], plain_html(option["text"])) for option in options]


def _value(option: Any) -> str:
    return str(option["value"] if isinstance(option, dict) else option)


def _input(element: Json, shared: str) -> str:
    value = escape(str(initial_value(element) or ""))
    hint = plain_html(element.get("placeholder"))
    shared += " autofocus" if element.get("focus_on_load", False) else ""
    if element.get("multiline", False):
        return f'<textarea rows="4" placeholder="{hint}"{shared}>{value}</textarea>'
    kind = _INPUT_TYPES.get(element["type"])
    if kind is None:
        return f'<em class="unshown">{escape(element["type"])} is not shown here</em>'
    return f'<input type="{kind}" value="{value}" placeholder="{hint}"{shared}>'
