"""Each limit of Block Kit: what just keeps it passes, what just breaks it is named."""

from typing import Any

import pytest
from slack_sdk.models import blocks as sdk

from sandbox.slack.block_kit.blocks import Surface
from sandbox.slack.limits import check_attachments, check_blocks, check_view
from tests.sandbox.slack_fixtures import Json, actions, button, modal, mrkdwn, plain, text_input

MESSAGE, MODAL, HOME = Surface.MESSAGE, Surface.MODAL, Surface.HOME


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


# name, what just keeps the limit, what just breaks it, where the problem is told
LIMITS: list[tuple[str, Json, Json, str]] = [
    ("text object", section(text=text(3000)), section(text=text(3001)), "/text/text"),
    ("text object empty", section(text=text(1)), section(text=text(0)), "/text/text"),
    ("fields", section(fields=[text(9)] * 10), section(fields=[text(9)] * 11), "/fields"),
    ("field", section(fields=[text(2000)]), section(fields=[text(2001)]), "/fields/0/text"),
    ("block_id", section(block_id="x" * 255), section(block_id="x" * 256), "/block_id"),
    (
        "header",
        {"type": "header", "text": text(150)},
        {"type": "header", "text": text(151)},
        "/text/text",
    ),
    (
        "header mrkdwn",
        {"type": "header", "text": plain("x")},
        {"type": "header", "text": mrkdwn("x")},
        "/text/type",
    ),
    (
        "context",
        {"type": "context", "elements": [plain("x")] * 10},
        {"type": "context", "elements": [plain("x")] * 11},
        "/elements",
    ),
    ("actions", actions(*buttons(25)), actions(*buttons(26)), "/elements"),
    ("action_id", pressed(action_id="x" * 255), pressed(action_id="x" * 256), "/0/action_id"),
    ("button text", pressed(text=text(75)), pressed(text=text(76)), "/0/text/text"),
    ("button value", pressed(value="x" * 2000), pressed(value="x" * 2001), "/0/value"),
    ("button url", pressed(url=address(3000)), pressed(url=address(3001)), "/0/url"),
    ("button style", pressed(style="danger"), pressed(style="warning"), "/0/style"),
    (
        "accessibility label",
        pressed(accessibility_label="x" * 75),
        pressed(accessibility_label="x" * 76),
        "/0/accessibility_label",
    ),
    (
        "agent prompt",
        pressed(agent_prompt="x" * 4000),
        pressed(agent_prompt="x" * 4001),
        "/0/agent_prompt",
    ),
    ("options", select(100), select(101), "/0/options"),
    ("no option", select(1), select(0), "/0/options"),
    ("option groups", groups(100), groups(101), "/0/option_groups"),
    ("options in a group", groups(1, 100), groups(1, 101), "/0/option_groups/0/options"),
    (
        "option text",
        select(0, options=[option(text=text(75))]),
        select(0, options=[option(text=text(76))]),
        "/0/options/0/text/text",
    ),
    (
        "option value",
        select(0, options=[option(value="x" * 150)]),
        select(0, options=[option(value="x" * 151)]),
        "/0/options/0/value",
    ),
    (
        "option description",
        select(0, options=[option(description=text(75))]),
        select(0, options=[option(description=text(76))]),
        "/0/options/0/description/text",
    ),
    (
        "placeholder",
        select(1, placeholder=text(150)),
        select(1, placeholder=text(151)),
        "/0/placeholder/text",
    ),
    ("overflow", overflow(5), overflow(6), "/0/options"),
    ("overflow empty", overflow(1), overflow(0), "/0/options"),
    ("checkboxes", boxes("checkboxes", 10), boxes("checkboxes", 11), "/0/options"),
    ("radio buttons", boxes("radio_buttons", 10), boxes("radio_buttons", 11), "/0/options"),
    (
        "confirm title",
        pressed(confirm=confirm(title=text(100))),
        pressed(confirm=confirm(title=text(101))),
        "/0/confirm/title/text",
    ),
    (
        "confirm text",
        pressed(confirm=confirm(text=text(300))),
        pressed(confirm=confirm(text=text(301))),
        "/0/confirm/text/text",
    ),
    (
        "confirm yes",
        pressed(confirm=confirm(confirm=text(30))),
        pressed(confirm=confirm(confirm=text(31))),
        "/0/confirm/confirm/text",
    ),
    (
        "confirm no",
        pressed(confirm=confirm(deny=text(30))),
        pressed(confirm=confirm(deny=text(31))),
        "/0/confirm/deny/text",
    ),
    (
        "confirm style",
        pressed(confirm=confirm(style="primary")),
        pressed(confirm=confirm(style="plain")),
        "/0/confirm/style",
    ),
    ("alt text", image(alt_text="x" * 2000), image(alt_text="x" * 2001), "/alt_text"),
    ("image url", image(image_url=address(3000)), image(image_url=address(3001)), "/image_url"),
    ("image title", image(title=text(2000)), image(title=text(2001)), "/title/text"),
    ("image source", image(), image(slack_file={"id": "F1"}), ""),
    (
        "slack_file source",
        {"type": "image", "alt_text": "a", "slack_file": {"id": "F1"}},
        {"type": "image", "alt_text": "a", "slack_file": {}},
        "/slack_file",
    ),
    ("input label", entry(label=text(2000)), entry(label=text(2001)), "/label/text"),
    ("input hint", entry(hint=text(2000)), entry(hint=text(2001)), "/hint/text"),
    (
        "max_length",
        entry(element={"type": "plain_text_input", "max_length": 3000}),
        entry(element={"type": "plain_text_input", "max_length": 3001}),
        "/element/max_length",
    ),
    (
        "markdown",
        {"type": "markdown", "text": "x" * 12_000},
        {"type": "markdown", "text": "x" * 12_001},
        "/text",
    ),
    ("table rows", table(100), table(101), "/rows"),
    ("table columns", table(1, 20), table(1, 21), "/rows/0"),
    ("data table rows", data_table(101), data_table(102), "/rows"),
    ("data table header", data_table(2), data_table(1), "/rows"),
    ("data table columns", data_table(2, 20), data_table(2, 21), "/rows/0"),
    ("page size", data_table(2, page_size=100), data_table(2, page_size=101), "/page_size"),
    ("data table caption", data_table(2), data_table(2, caption=""), "/caption"),
    (
        "rich text in a header row",
        data_table(2),
        {**data_table(2), "rows": [[{"type": "rich_text", "elements": []}]] * 2},
        "/rows/0/0/type",
    ),
    ("chart title", chart(title="x" * 50), chart(title="x" * 51), "/title"),
    ("chart series", chart(series=6), chart(series=7), "/chart/series"),
    ("chart points", chart(points=20), chart(points=21), "/chart/series/0/data"),
    ("pie segments", pie(6), pie(7), "/chart/segments"),
    ("pie value", pie(1, value=0.1), pie(1, value=0), "/chart/segments/0/value"),
    ("card title", card(title=text(150)), card(title=text(151)), "/title/text"),
    ("card body", card(body=text(200)), card(body=text(201)), "/body/text"),
    ("card actions", card(actions=buttons(3)), card(actions=buttons(4)), "/actions"),
    (
        "carousel",
        {"type": "carousel", "elements": [card()] * 10},
        {"type": "carousel", "elements": [card()] * 11},
        "/elements",
    ),
    ("container", container(10), container(11), "/child_blocks"),
    (
        "container title",
        container(1, title=text(150)),
        container(1, title=text(151)),
        "/title/text",
    ),
    ("plan", plan(50), plan(51), "/tasks"),
    (
        "task status",
        {"type": "task_card", "task_id": "t", "title": "t", "status": "complete"},
        {"type": "task_card", "task_id": "t", "title": "t", "status": "completed"},
        "/status",
    ),
    ("context actions", icons(5), icons(6), "/elements"),
    ("unknown key", section(), section(colour="red"), ""),
    ("unknown element", pressed(), actions({"type": "slider"}), "/0/type"),
    ("missing text", section(), {"type": "section"}, ""),
]


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
