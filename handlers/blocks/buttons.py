"""Buttons as actions blocks, with Slack's own question before a click where one is set."""

from collections.abc import Sequence

from handlers.blocks import limits
from handlers.blocks.card import Button, ButtonStyle, Question
from handlers.blocks.escape import one_line, plain, units
from handlers.blocks.kit import Block, Room, cost, cut_plain, unmarked

_FRAME = 60


def action_blocks(buttons: Sequence[Button], room: Room) -> tuple[list[Block], int]:
    """Return the actions blocks and how many buttons do not fit.

    An action_id is unique inside its block only, so one that repeats opens another block. A
    button whose id or value is too long is left out: cut, it would mean something else.
    """
    rows: list[list[Block]] = []
    left, missing = room.units, 0
    for button in buttons:
        element = _element(button)
        opens = not rows or _full(rows[-1], button.action_id)
        price = cost(element) + 2 + (_FRAME if opens else 0)
        if not _usable(button) or price > left or (opens and len(rows) == room.blocks):
            missing += 1
            continue
        left -= price
        if opens:
            rows.append([])
        rows[-1].append(element)
    return [{"type": "actions", "elements": row} for row in rows], missing


def _full(row: Sequence[Block], action_id: str) -> bool:
    taken = [element["action_id"] for element in row]
    return len(taken) == limits.ACTIONS or action_id in taken


def _usable(button: Button) -> bool:
    return (
        0 < units(button.action_id) <= limits.ACTION_ID
        and units(button.value) <= limits.BUTTON_VALUE
        and plain(button.action_id) == button.action_id
        and plain(button.value) == button.value
    )


def _element(button: Button) -> Block:
    element: Block = {
        "type": "button",
        "action_id": button.action_id,
        "text": unmarked(one_line(button.label), limits.BUTTON_LABEL),
    }
    if button.value:
        element["value"] = button.value
    if button.style is not ButtonStyle.PLAIN:
        element["style"] = button.style.value
    if button.question is not None:
        element["confirm"] = _dialog(button.question, button.style)
    if spoken := cut_plain(one_line(button.spoken), limits.BUTTON_SPOKEN):
        element["accessibility_label"] = spoken
    return element


def _dialog(question: Question, style: ButtonStyle) -> Block:
    dialog: Block = {
        "title": unmarked(one_line(question.title), limits.QUESTION_TITLE, "Are you sure?"),
        "text": unmarked(question.text, limits.QUESTION_TEXT, "Are you sure?"),
        "confirm": unmarked(one_line(question.yes), limits.QUESTION_ANSWER, "Yes"),
        "deny": unmarked(one_line(question.no), limits.QUESTION_ANSWER, "No"),
    }
    if style is ButtonStyle.DANGER:
        dialog["style"] = style.value
    return dialog
