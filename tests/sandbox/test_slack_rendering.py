"""Messages as HTML: escaped whatever they hold, and mistakes of the author made visible."""

import re
from html.parser import HTMLParser
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sandbox.clock import Clock
from sandbox.slack.directory import Manifest
from sandbox.slack.live_mentions import live_mentions
from sandbox.slack.messages import Content, Draft, Message
from sandbox.slack.rendering.blocks import blocks_html
from sandbox.slack.rendering.markdown import markdown_html
from sandbox.slack.rendering.mrkdwn import mrkdwn_html, readable
from sandbox.slack.rendering.names import Names
from sandbox.slack.rendering.screens import content_html, message_html
from sandbox.slack.workspace import Workspace
from tests.sandbox.slack_fixtures import Json, actions, button, mrkdwn, plain, section, text_input

NAMES = Names({"U0ANNA": "Anna"}, {"C0CACHE": "ml-cache"}, {"S0ONCALL": "ml-oncall"})
OUTWARD = 'target="_blank" rel="noopener noreferrer"'
HOSTILE = "<img src=x onerror=alert(1)>\"'&<javascript:alert(1)|click>&lt;script&gt;"
ALLOWED = re.compile(
    "a|b|blockquote|br|button|caption|code|del|div|em|h3|h4|hr|img|input|label|li|ol|option|pre|"
    "rect|select|small|span|strong|svg|table|td|textarea|time|tr|u|ul"
)


class _Tags(HTMLParser):
    """Collects tags, and attributes that could run a script."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.tags: set[str] = set()
        self.dangers: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Take note of a tag."""
        self.tags.add(tag)
        for name, value in attrs:
            if name.startswith("on") or name == "style":
                self.dangers.append(name)
            if name in {"href", "src"} and not re.match(r"(https?:)?/", value or ""):
                self.dangers.append(str(value))


def dangers(html: str) -> list[str]:
    """Return what does not belong into a rendered message."""
    parser = _Tags()
    parser.feed(html)
    parser.close()
    strangers = [tag for tag in parser.tags if not ALLOWED.fullmatch(tag)]
    return [*strangers, *parser.dangers]


@pytest.mark.parametrize(
    ("text", "html"),
    [
        ("*b* _i_ ~s~ `c`", "<strong>b</strong> <em>i</em> <del>s</del> <code>c</code>"),
        ("snake_case_name 2*3*4", "snake_case_name 2*3*4"),
        ("`*not bold* &lt;b&gt;`", "<code>*not bold* &lt;b&gt;</code>"),
        ("```\na *b*\n```", "<pre>a *b*</pre>"),
        ("a\n&gt; q\nb", "a<blockquote>q</blockquote>b"),
        ("a &amp; b &lt; c", "a &amp; b &lt; c"),
        ("<@U0ANNA>", '<span class="mention live">@Anna</span>'),
        ("<!here>", '<span class="mention live">@here</span>'),
        ("<!subteam^S0ONCALL>", '<span class="mention live">@ml-oncall</span>'),
        ("<#C0CACHE|x>", '<span class="mention">#ml-cache</span>'),
        ("<!date^0^{date_num} {time}|then>", "1970-01-01 00:00 UTC"),
        ("<!date^soon^{time}|then>", "then"),
        (":x: :no_such_emoji:", "\u274c :no_such_emoji:"),
        ("<javascript:alert(1)|x>", "x (javascript:alert(1))"),
        (
            "<https://a.example/?a=1&amp;b=2|see *this*>",
            f'<a href="https://a.example/?a=1&amp;b=2" {OUTWARD}>see *this*</a>',
        ),
        (
            "<https://sandbox.slack.com/archives/C0CACHE/p1|there>",
            '<a href="/archives/C0CACHE/p1">there</a>',
        ),
    ],
)
def test_mrkdwn_reads_as_in_slack(text: str, html: str) -> None:
    """Formatting, control sequences, entities and links come out as Slack shows them."""
    assert mrkdwn_html(text, NAMES, auto_parse=False) == html


def test_auto_parsing_makes_mistakes_visible() -> None:
    """Without `verbatim` bare @here, #channel and links come alive; with it they stay text."""
    text = "log: @here #ml-cache #nowhere https://evil.example/x, me@here.example"
    careless = blocks_html([{"type": "section", "text": {"type": "mrkdwn", "text": text}}], NAMES)
    careful = blocks_html([section(text)], NAMES)
    assert '<span class="mention live">@here</span>' in careless
    assert '<span class="mention">#ml-cache</span> #nowhere' in careless
    assert '<a href="https://evil.example/x"' in careless
    assert "me@here.example" in careless
    assert text in careful


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (Content("<!channel> <@U0ANNA>"), {"channel", "U0ANNA"}),
        (Content("@here"), set()),
        (Content("@here", link_names=True), {"here"}),
        (Content(blocks=(section("@here &lt;!here&gt;"),)), set()),
        (Content(blocks=({"type": "section", "text": mrkdwn("@here", verbatim=False)},)), {"here"}),
        (Content(blocks=(section("<!subteam^S0ONCALL>"),)), {"S0ONCALL"}),
        (Content(blocks=({"type": "header", "text": plain("<!here> @channel")},)), set()),
        (
            Content(blocks=({"elements": [{"type": "broadcast", "range": "everyone"}]},)),
            {"everyone"},
        ),
    ],
)
def test_live_mentions_are_what_slack_would_notify(content: Content, expected: set[str]) -> None:
    """Control sequences notify, bare words only where they are auto-parsed."""
    assert live_mentions(content) == expected


CONFIRM_WORDS = ("title", "text", "confirm", "deny")
HOSTILE_OPTION = {"text": plain(HOSTILE), "value": HOSTILE}
EVERYTHING: list[Json] = [
    section(HOSTILE),
    {"type": "section", "text": mrkdwn(HOSTILE, verbatim=False), "fields": [plain(HOSTILE)]},
    {"type": "section", "text": plain("x"), "accessory": button(HOSTILE, HOSTILE, value=HOSTILE)},
    {"type": "header", "text": plain(HOSTILE)},
    {"type": "context", "elements": [mrkdwn(HOSTILE), plain(HOSTILE)]},
    {"type": "image", "image_url": 'https://a.example/"onerror="x', "alt_text": HOSTILE},
    {"type": "image", "slack_file": {"id": "F1"}, "alt_text": HOSTILE, "title": plain(HOSTILE)},
    {"type": "divider"},
    {"type": "markdown", "text": f"# {HOSTILE}\n- **x** [{HOSTILE}](javascript:alert(1))"},
    {
        "type": "rich_text",
        "elements": [
            {
                "type": "rich_text_section",
                "elements": [
                    {"type": "text", "text": HOSTILE, "style": {"bold": True, "code": True}},
                    {"type": "link", "url": "javascript:alert(1)", "text": HOSTILE},
                    {"type": "user", "user_id": HOSTILE},
                    {"type": "emoji", "name": HOSTILE},
                ],
            },
            {"type": "rich_text_preformatted", "elements": [{"type": "text", "text": HOSTILE}]},
        ],
    },
    {"type": "table", "rows": [[{"type": "raw_text", "text": HOSTILE}]]},
    {
        "type": "data_visualization",
        "title": HOSTILE,
        "chart": {"type": "pie", "segments": [{"label": HOSTILE, "value": 1}]},
    },
    {"type": "card", "title": mrkdwn(HOSTILE), "body": plain(HOSTILE)},
    {"type": "plan", "title": HOSTILE, "tasks": [{"task_id": "1", "title": HOSTILE}]},
    {"type": "alert", "text": mrkdwn(HOSTILE)},
    {"type": "container", "title": plain(HOSTILE), "child_blocks": [section(HOSTILE)]},
    actions(
        button(HOSTILE, "a", confirm=dict.fromkeys(CONFIRM_WORDS, plain(HOSTILE))),
        {"type": "overflow", "action_id": "b", "options": [HOSTILE_OPTION]},
        {"type": "users_select", "action_id": "c", "placeholder": plain(HOSTILE)},
    ),
    text_input("b", initial_value=HOSTILE, placeholder=plain(HOSTILE), multiline=True),
]


def workspace() -> Workspace:
    """Return a workspace without servers."""
    return Workspace(Clock(), Manifest())


def message(**fields: Any) -> tuple[Workspace, Message]:
    """Return a posted message and its workspace."""
    state = workspace()
    content = Content(**fields)
    return state, state.post(Draft("C0CACHE", "U0CACHEBOT", content, username=HOSTILE))


@pytest.mark.parametrize("block", EVERYTHING, ids=lambda block: block["type"])
def test_no_block_can_inject_anything(block: Json) -> None:
    """Hostile text in any place of any block stays text."""
    state, posted = message(text=HOSTILE, blocks=(block,))
    html = message_html(state, posted, in_thread=False)
    assert dangers(html) == []
    assert "<script" not in html


@pytest.mark.parametrize("focus", [True, False])
def test_an_input_takes_the_focus_where_it_asks_for_it(*, focus: bool) -> None:
    """Whoever opens a modal types at once."""
    html = blocks_html([text_input("b", focus_on_load=focus)], NAMES)
    assert ("autofocus" in html) is focus


def test_attachments_cannot_inject_anything() -> None:
    """Hostile colour, title and text of an attachment stay text."""
    attachment = {"color": '"><script>', "title": HOSTILE, "text": HOSTILE}
    assert dangers(content_html(Content(attachments=(attachment,)), NAMES)) == []


@given(st.text(alphabet=st.sampled_from("<>&*_~`|!@#^:/\\\"' \nab1\ue000\ue001"), max_size=60))
def test_no_text_at_all_can_inject_anything(text: str) -> None:
    """Whatever characters come in whatever order, only known tags come out."""
    assert dangers(mrkdwn_html(text, NAMES, auto_parse=True)) == []
    assert dangers(markdown_html(text)) == []


@given(st.text(max_size=80))
def test_escaped_text_reads_as_it_was(text: str) -> None:
    """What an author escaped, a reader sees unchanged."""
    escaped = text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    assert readable(escaped, NAMES) == text


def test_a_message_shows_its_state() -> None:
    """Author, APP badge, "(edited)", reactions and the number of replies are on the screen."""
    state = workspace()
    posted = state.post(Draft("C0CACHE", "U0CACHEBOT", Content("one"), bot_id="B0CACHEBOT"))
    state.edit(posted, Content("two"), mark=True)
    state.post(Draft("C0CACHE", "U0OLGA", Content("reply"), thread_ts=posted.ts))
    posted.reactions["eyes"] = ["U0OLGA"]
    html = message_html(state, posted, in_thread=False)
    for expected in ("<b>cachebot</b>", "APP", "two", "(edited)", "\U0001f440 1", "1 reply"):
        assert expected in html
    private = Draft("C0CACHE", "U0CACHEBOT", Content("psst"), private_to="U0OLGA")
    assert "Only visible to you" in message_html(state, state.post(private), in_thread=False)
