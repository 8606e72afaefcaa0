"""Blocks as safe HTML: a small, strict picture of what Slack would show."""

import re
from collections.abc import Callable, Iterable
from html import escape
from urllib.parse import quote

from sandbox.slack.rendering.elements import element_html
from sandbox.slack.rendering.markdown import markdown_html
from sandbox.slack.rendering.names import Names
from sandbox.slack.rendering.rich_text import rich_text_html
from sandbox.slack.rendering.texts import plain_html, text_html
from sandbox.slack.wire import Json

_STATUS = {
    "pending": "\u25cb",
    "in_progress": "\u25d4",
    "complete": "\u2714",
    "error": "\u2718",
}


def blocks_html(blocks: Iterable[Json], names: Names) -> str:
    """Return blocks, each in a `div` of its kind."""
    return "".join(
        f'<div class="block {escape(block["type"])}">{_block_html(block, names)}</div>'
        for block in blocks
    )


def _block_html(block: Json, names: Names) -> str:
    return _KINDS.get(block["type"], _other)(block, names)


def _header(block: Json, _names: Names) -> str:
    return f"<h3>{plain_html(block['text'])}</h3>"


def _divider(_block: Json, _names: Names) -> str:
    return "<hr>"


def _image_block(block: Json, _names: Names) -> str:
    return f"{_image(block)}<small>{plain_html(block.get('title'))}</small>"


def _context(block: Json, names: Names) -> str:
    return "".join(_context_element(each, names) for each in block["elements"])


def _actions(block: Json, names: Names) -> str:
    return "".join(element_html(each, block, names, acts=True) for each in block["elements"])


def _markdown(block: Json, _names: Names) -> str:
    return markdown_html(block["text"])


def _section(block: Json, names: Names) -> str:
    text = f'<div class="text">{text_html(block.get("text"), names)}</div>'
    fields = "".join(f"<div>{text_html(each, names)}</div>" for each in block.get("fields", []))
    body = text + (f'<div class="fields">{fields}</div>' if fields else "")
    accessory = block.get("accessory")
    if accessory is None:
        return body
    if accessory["type"] == "image":
        side = _image(accessory)
    else:
        side = element_html(accessory, block, names, acts=True)
    return f'<div class="body">{body}</div><div class="accessory">{side}</div>'


def _context_element(element: Json, names: Names) -> str:
    if element["type"] == "image":
        return _image(element)
    return f"<span>{text_html(element, names)}</span>"


def _input(block: Json, names: Names) -> str:
    label = plain_html(block["label"]) + (" (optional)" if block.get("optional", False) else "")
    acts = block.get("dispatch_action", False)
    control = element_html(block["element"], block, names, acts=acts)
    hint = plain_html(block.get("hint"))
    hint = f"<small>{hint}</small>" if hint else ""
    error = f'<small class="error" data-error="{escape(block["block_id"])}"></small>'
    tag = "div" if block["element"]["type"] in {"checkboxes", "radio_buttons"} else "label"
    return f'<{tag} class="field"><b>{label}</b>{control}</{tag}>{hint}{error}'


def _image(image: Json) -> str:
    """Show an image by its address, or by the file that was uploaded."""
    alt = escape(image["alt_text"])
    if "image_url" in image:
        return f'<img src="{escape(image["image_url"])}" alt="{alt}">'
    return file_html(_file_id(image["slack_file"]), image["alt_text"])


def file_html(file_id: str, alt_text: str) -> str:
    """Return an uploaded picture."""
    return f'<img src="/files/{quote(file_id)}" alt="{escape(alt_text)}">'


def _file_id(reference: Json) -> str:
    """Return the id in a slack_file; its url names the file as `T..-F..` or `/F../`."""
    named = reference.get("id") or reference.get("url", "")
    found = re.search(r"\bF[A-Z0-9]+\b", named)
    return found[0] if found else ""


def _table(block: Json, names: Names) -> str:
    caption = f"<caption>{plain_html(block['caption'])}</caption>" if "caption" in block else ""
    settings = block.get("column_settings", [])
    rows = "".join(
        "<tr>"
        + "".join(_cell(cell, _align(settings, at), names) for at, cell in enumerate(row))
        + "</tr>"
        for row in block["rows"]
    )
    return f'<div class="scroll"><table>{caption}{rows}</table></div>'


def _align(settings: list[Json | None], column: int) -> str:
    setting = settings[column] if column < len(settings) else None
    return escape((setting or {}).get("align", "left"))


def _cell(cell: Json, align: str, names: Names) -> str:
    if cell["type"] == "rich_text":
        inner = rich_text_html(cell, names)
    else:
        inner = plain_html(str(cell.get("text", cell.get("value", ""))))
    return f'<td class="{align}">{inner}</td>'


def _other(block: Json, names: Names) -> str:
    """Return the newer blocks as their words: title, texts, steps, points and buttons."""
    parts = [
        f"<div class='{name}'>{_words(block[name], names)}</div>"
        for name in ("title", "subtitle", "body", "text")
        if name in block
    ]
    parts += [_task(task) for task in _tasks(block)]
    parts += [blocks_html(block[name], names) for name in ("child_blocks",) if name in block]
    if block["type"] == "carousel":
        parts += [f'<div class="card">{_other(card, names)}</div>' for card in block["elements"]]
    parts += [element_html(each, block, names, acts=True) for each in block.get("actions", [])]
    parts += [_chart(block["chart"]) for name in ("chart",) if name in block]
    return "".join(parts) or f"<em>{escape(block['type'])}</em>"


def _words(text: Json | str, names: Names) -> str:
    return plain_html(text) if isinstance(text, str) else text_html(text, names)


def _tasks(block: Json) -> list[Json]:
    return [block] if block["type"] == "task_card" else list(block.get("tasks", []))


def _task(task: Json) -> str:
    status = task.get("status", "pending")
    return f'<div class="task {escape(status)}">{_STATUS[status]} {plain_html(task["title"])}</div>'


def _chart(chart: Json) -> str:
    """Return a chart as the table of its numbers."""
    series = chart.get("series") or [{"name": "", "data": chart["segments"]}]
    rows = "".join(
        f"<tr><td>{plain_html(each['name'])}</td><td>{plain_html(point['label'])}</td>"
        f"<td class='right'>{escape(str(point['value']))}</td></tr>"
        for each in series
        for point in each["data"]
    )
    return f"<table>{rows}</table>"


_KINDS: dict[str, Callable[[Json, Names], str]] = {
    "section": _section,
    "header": _header,
    "divider": _divider,
    "image": _image_block,
    "context": _context,
    "actions": _actions,
    "context_actions": _actions,
    "input": _input,
    "rich_text": rich_text_html,
    "markdown": _markdown,
    "table": _table,
    "data_table": _table,
}
