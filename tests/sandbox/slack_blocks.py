"""Blocks of a chosen size, to stand just inside or just outside a limit."""

from typing import Any

from tests.sandbox.slack_fixtures import Json, actions, button, plain


def text(length: int) -> Json:
    """Return a plain text of that many characters."""
    return plain("x" * length)


def option(number: int = 0, **extra: Any) -> Json:
    """Return an option of a menu."""
    return {"text": plain("one"), "value": f"v{number}", **extra}


def confirm(**extra: Any) -> Json:
    """Return a confirmation dialog."""
    words = {"title": plain("t"), "text": plain("t"), "confirm": plain("y"), "deny": plain("n")}
    return {**words, **extra}


def section(**extra: Any) -> Json:
    """Return a section block."""
    return {"type": "section", "text": plain("x"), **extra}


def select(count: int, **extra: Any) -> Json:
    """Return a static select in an actions block."""
    options = [option(number) for number in range(count)]
    return actions({"type": "static_select", "action_id": "s", "options": options, **extra})


def boxes(kind: str, count: int) -> Json:
    """Return checkboxes or radio buttons in an actions block."""
    options = [option(number) for number in range(count)]
    return actions({"type": kind, "action_id": "s", "options": options})


def pressed(**extra: Any) -> Json:
    """Return an actions block with one button."""
    return actions({**button("b", "a"), **extra})


def table(rows: int, columns: int = 1) -> Json:
    """Return a table."""
    cells = [{"type": "raw_text", "text": "x"} for _ in range(columns)]
    return {"type": "table", "rows": [cells for _ in range(rows)]}


def data_table(rows: int, columns: int = 1, **extra: Any) -> Json:
    """Return a data table."""
    return {**table(rows, columns), "type": "data_table", "caption": "c", **extra}


def chart(series: int = 1, points: int = 1, **extra: Any) -> Json:
    """Return a line chart."""
    labels = [f"p{number}" for number in range(points)]
    data = [{"label": label, "value": 1} for label in labels]
    lines = [{"name": f"s{number}", "data": data} for number in range(series)]
    plotted = {"type": "line", "series": lines, "axis_config": {"categories": labels}}
    return {"type": "data_visualization", "title": "t", "chart": plotted, **extra}


def pie(segments: int, value: float = 1) -> Json:
    """Return a pie chart."""
    parts = [{"label": f"s{number}", "value": value} for number in range(segments)]
    return {"type": "data_visualization", "title": "t", "chart": {"type": "pie", "segments": parts}}


def card(**extra: Any) -> Json:
    """Return a card."""
    return {"type": "card", "title": plain("t"), **extra}


def buttons(count: int) -> list[Json]:
    """Return buttons with action_ids of their own."""
    return [button("b", f"a{number}") for number in range(count)]


def container(count: int, **extra: Any) -> Json:
    """Return a container with dividers in it."""
    children = [{"type": "divider"} for _ in range(count)]
    return {"type": "container", "title": plain("t"), "child_blocks": children, **extra}


def plan(tasks: int) -> Json:
    """Return a plan."""
    steps = [{"task_id": f"t{number}", "title": "step"} for number in range(tasks)]
    return {"type": "plan", "title": "p", "tasks": steps}


def image(**extra: Any) -> Json:
    """Return an image block."""
    return {"type": "image", "image_url": "https://a.example/b.png", "alt_text": "a", **extra}


def entry(**extra: Any) -> Json:
    """Return an input block."""
    element = {"type": "plain_text_input", "action_id": "v"}
    return {"type": "input", "label": plain("l"), "element": element, **extra}


def address(length: int) -> str:
    """Return an https address of that many characters."""
    return "https://a.example/".ljust(length, "x")


def overflow(count: int) -> Json:
    """Return an overflow menu in an actions block."""
    options = [option(number) for number in range(count)]
    return actions({"type": "overflow", "action_id": "o", "options": options})


def groups(count: int, options: int = 1) -> Json:
    """Return a static select with groups of options."""
    entries = [option(number) for number in range(options)]
    grouped = [{"label": plain("g"), "options": entries} for _ in range(count)]
    return actions({"type": "static_select", "action_id": "s", "option_groups": grouped})


def icons(count: int) -> Json:
    """Return icon buttons in a context_actions block."""
    icon = {"type": "icon_button", "icon": "trash", "text": plain("x")}
    return {
        "type": "context_actions",
        "elements": [icon | {"action_id": f"a{n}"} for n in range(count)],
    }
