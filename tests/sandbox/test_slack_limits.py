"""Each limit of Block Kit: what just keeps it passes, what just breaks it is named."""

import pytest
from slack_sdk.models import blocks as sdk

from sandbox.slack.block_kit.blocks import Surface
from sandbox.slack.limits import check_attachments, check_blocks, check_view
from tests.sandbox.slack_blocks import (
    card,
    chart,
    container,
    data_table,
    entry,
    plan,
    section,
    table,
    text,
)
from tests.sandbox.slack_fixtures import Json, actions, button, modal, text_input
from tests.sandbox.slack_limit_table import LIMITS

MESSAGE, MODAL, HOME = Surface.MESSAGE, Surface.MODAL, Surface.HOME


@pytest.mark.parametrize(
    ("kept", "broken", "where"), [row[1:] for row in LIMITS], ids=[row[0] for row in LIMITS]
)
def test_a_limit_holds_exactly(kept: Json, broken: Json, where: str) -> None:
    """What just keeps a limit is taken; one more is refused at its JSON pointer."""
    assert check_blocks([kept], MESSAGE) == []
    pointers = [problem.pointer for problem in check_blocks([broken], MESSAGE)]
    assert any(pointer.endswith(where) for pointer in pointers), pointers


@pytest.mark.parametrize(("surface", "most"), [(MESSAGE, 50), (MODAL, 100), (HOME, 100)])
def test_blocks_are_counted_by_surface(surface: Surface, most: int) -> None:
    """A message takes 50 blocks, a modal and a Home tab 100."""
    assert check_blocks([{"type": "divider"}] * most, surface) == []
    problems = check_blocks([{"type": "divider"}] * (most + 1), surface)
    assert [str(each) for each in problems] == [
        f"no more than {most} items allowed [json-pointer:/blocks]"
    ]


@pytest.mark.parametrize(
    ("block", "surfaces"),
    [
        (section(), {MESSAGE, MODAL, HOME}),
        (entry(), {MESSAGE, MODAL, HOME}),
        ({"type": "alert", "text": text(200)}, {MODAL}),
        ({"type": "markdown", "text": "x"}, {MESSAGE}),
        (table(1), {MESSAGE}),
        (data_table(2), {MESSAGE}),
        (chart(), {MESSAGE}),
        (container(1), {MESSAGE}),
        (plan(1), {MESSAGE}),
        (card(), {MESSAGE, HOME}),
        ({"type": "carousel", "elements": [card()]}, {MESSAGE, HOME}),
        ({"type": "hologram"}, set()),
    ],
    ids=lambda value: value.get("type") if isinstance(value, dict) else None,
)
def test_a_block_is_taken_only_on_its_surfaces(block: Json, surfaces: set[Surface]) -> None:
    """Each block type is refused where Slack does not show it, and an unknown one everywhere."""
    assert {each for each in Surface if not check_blocks([block], each)} == surfaces


def test_an_alert_has_a_limit_of_its_own() -> None:
    """The text of an alert ends at 200 characters."""
    assert check_blocks([{"type": "alert", "text": text(201)}], MODAL)


@pytest.mark.parametrize(
    ("blocks", "words"),
    [
        ([table(1), data_table(2)], "only_one_table_allowed"),
        ([chart()] * 3, "no more than 2 data_visualization"),
        ([{"type": "markdown", "text": "x" * 6001}] * 2, "markdown must be less than 12001"),
        ([plan(1), {"type": "task_card", "task_id": "t", "title": "t"}], "plan and task_card"),
        ([section(block_id="b"), section(block_id="b")], "`block_id` already exists"),
        ([actions(button("x", "same"), button("y", "same"))], "`action_id` already exists"),
    ],
    ids=["tables", "charts", "markdown", "plan and task card", "block_id", "action_id"],
)
def test_rules_over_a_whole_message(blocks: list[Json], words: str) -> None:
    """Some rules count or compare blocks over the message."""
    problems = check_blocks(blocks, MESSAGE)
    assert len(problems) == 1
    assert words in problems[0].text


def test_an_action_id_may_return_in_another_block() -> None:
    """action_id is unique inside its block only."""
    assert check_blocks([actions(button("x", "same")), actions(button("y", "same"))], MESSAGE) == []


def test_a_chart_must_cover_its_categories() -> None:
    """Every series has one point for each category, and a name of its own."""
    holes = chart(series=2, points=2)
    holes["chart"]["series"][1] = {"name": "s0", "data": [{"label": "p0", "value": 1}]}
    words = [problem.text for problem in check_blocks([holes], MESSAGE)]
    assert words == ["series names must be unique", "every series must cover every category"]


@pytest.mark.parametrize(
    ("name", "most"),
    [("title", 24), ("submit", 24), ("close", 24)],
    ids=["title", "submit", "close"],
)
def test_the_words_of_a_modal_are_short(name: str, most: int) -> None:
    """Title, submit and close end at 24 characters."""
    assert check_view(modal(section(), **{name: text(most)}), MODAL) == []
    assert check_view(modal(section(), **{name: text(most + 1)}), MODAL)


@pytest.mark.parametrize(("name", "most"), [("private_metadata", 3000), ("callback_id", 255)])
def test_the_hidden_fields_of_a_view_are_bounded(name: str, most: int) -> None:
    """private_metadata ends at 3000 characters, callback_id at 255."""
    assert check_view(modal(section(), **{name: "x" * most}), MODAL) == []
    assert check_view(modal(section(), **{name: "x" * (most + 1)}), MODAL)


def test_a_modal_with_an_input_needs_submit() -> None:
    """An input without a submit button is refused."""
    view = modal(text_input("name"))
    del view["submit"]
    assert [problem.text for problem in check_view(view, MODAL)] == [
        "missing required field: submit"
    ]


@pytest.mark.parametrize("wrong", [None, 3, "blocks", [None], [[]], [{"type": []}], [{}]])
def test_nonsense_is_a_problem_and_never_a_crash(wrong: object) -> None:
    """Anything at all may stand where blocks belong."""
    assert check_blocks(wrong, MESSAGE)
    assert check_view({"type": "modal", "blocks": wrong}, MODAL)


def test_attachments_are_counted_and_their_blocks_checked() -> None:
    """A message takes 100 attachments, and blocks in them keep the limits too."""
    assert check_attachments([{"text": "x"}] * 100) == []
    assert check_attachments([{"text": "x"}] * 101)
    assert check_attachments([3])
    assert check_attachments([{"color": 3}])
    problems = check_attachments([{"blocks": [section(text=text(3001))]}])
    assert [each.pointer for each in problems] == ["/attachments/0/blocks/0/text/text"]


def test_what_slack_sdk_itself_builds_is_taken() -> None:
    """Blocks from the models of Slack's own SDK pass: the two agree on names and shapes."""
    accept = sdk.ConfirmObject(title="t", text="t", confirm="y", deny="n")
    pick = sdk.StaticSelectElement(
        action_id="s", placeholder="p", options=[sdk.Option(value="1", label="one")]
    )
    built = [
        sdk.HeaderBlock(text="x" * 150),
        sdk.SectionBlock(text="x" * 3000, accessory=sdk.ButtonElement(text="b", confirm=accept)),
        sdk.SectionBlock(fields=["a", "b"]),
        sdk.DividerBlock(),
        sdk.ContextBlock(elements=[sdk.MarkdownTextObject(text="x", verbatim=True)]),
        sdk.ActionsBlock(elements=[pick, sdk.UserSelectElement(action_id="u", placeholder="p")]),
        sdk.ImageBlock(image_url="https://a.example/b.png", alt_text="a"),
        sdk.InputBlock(label="l", element=sdk.PlainTextInputElement(action_id="v", multiline=True)),
        sdk.MarkdownBlock(text="**x**"),
        sdk.RichTextBlock(
            elements=[
                sdk.RichTextSectionElement(
                    elements=[sdk.RichTextElementParts.Text(text="x", style={"bold": True})]
                )
            ]
        ),
    ]
    assert check_blocks([block.to_dict() for block in built], MESSAGE) == []
