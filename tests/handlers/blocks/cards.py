"""Arbitrary cards for property tests, with the texts that have broken chat bots before."""

from datetime import UTC, datetime

from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

from handlers.blocks.card import (
    Bullets,
    Button,
    ButtonStyle,
    Card,
    Code,
    Facts,
    Line,
    Link,
    Mark,
    Moment,
    Note,
    Paragraph,
    Part,
    Person,
    Preformatted,
    Progress,
    Question,
    Row,
    Rows,
    Span,
    Strong,
    Table,
)

NASTY = (
    "<!channel>",
    "@here @everyone #general",
    "<@U123ABC>",
    "<!subteam^S1|ops>",
    "<!date^1^{date}|x>",
    "<https://evil.example|click>",
    "&lt;!here&gt; &amp;amp;",
    "*bold* _it_ ~no~ `code` ```fence```",
    ":rotating_light: :100:",
    "> quoted",
    "\x1b[31mred\x1b[0m \x1b]0;title\x07 \x9b2J",
    "null\x00byte\x07",
    "lone \ud800 surrogate \udfff",
    "\u202eright to left\u202c \u05e9\u05dc\u05d5\u05dd \u0645\u0631\u062d\u0628\u0627",
    "\U0001f525" * 50,
    "line\nline\r\nline\rline\u2028line",
    "\u200b\u2060\ufeff",
    "   ",
    "",
)
LONG = tuple(
    piece * (40_000 // len(piece)) for piece in ("x", "<", "&", "`", "\U0001f525", "a\n", "<!here>")
)

texts = st.one_of(
    st.text(st.characters(), max_size=60),
    st.sampled_from(NASTY),
    st.lists(st.sampled_from(NASTY), min_size=2, max_size=4).map("".join),
)
rarely_long = st.integers(0, 40).flatmap(lambda n: st.sampled_from(LONG) if n == 0 else texts)
members = st.sampled_from(["U777", "W9", "u1", "<!here>", "U1>", "", "U" + "A" * 300])
urls = st.sampled_from(
    [
        "https://console.cloud.google.com/run?a=1&b=2",
        "http://127.0.0.1:8080/x",
        "https://host/a|b>c<d",
        "javascript:alert(1)",
        "https://good.example@evil.example/",
        "https://",
        "http://[::1",
        "https://host/" + "&" * 2_000,
        "https://host/\u202efdp.exe",
        "https://host/a b",
    ]
)
moments = st.datetimes(datetime(1971, 1, 1), datetime(2200, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001 - hypothesis takes naive bounds

spans: SearchStrategy[Span] = st.one_of(
    rarely_long,
    st.builds(Code, rarely_long),
    st.builds(Strong, texts),
    st.builds(Person, members, texts),
    st.builds(Link, urls, texts),
    st.builds(Moment, moments),
)
lines: SearchStrategy[Line] = st.lists(spans, max_size=5).map(tuple)
words = st.lists(texts, max_size=6).map(tuple)
rows = st.builds(Row, st.sampled_from(Mark), rarely_long, lines, lines)

parts: SearchStrategy[Part] = st.one_of(
    st.builds(Paragraph, lines),
    st.builds(Bullets, st.lists(lines, max_size=8).map(tuple)),
    st.builds(Facts, st.lists(st.tuples(texts, lines), max_size=14).map(tuple)),
    st.builds(Rows, st.lists(rows, max_size=6).map(tuple)),
    st.builds(Table, words, st.lists(words, max_size=8).map(tuple)),
    st.builds(Preformatted, rarely_long),
    st.builds(Note, lines),
    st.builds(Progress, st.floats(allow_nan=True, allow_infinity=True), texts),
)
questions = st.builds(Question, texts, rarely_long, texts, texts)
buttons = st.builds(
    Button,
    st.one_of(st.sampled_from(["confirm", "cancel", "", "x" * 300]), texts),
    texts,
    rarely_long,
    st.sampled_from(ButtonStyle),
    st.none() | questions,
    texts,
)
cards = st.builds(
    Card,
    rarely_long,
    st.sampled_from(Mark),
    lines,
    st.lists(parts, max_size=8).map(tuple),
    st.lists(buttons, max_size=5).map(tuple),
)

_ROW = Row(Mark.FAILING, "Check <!channel>", ("why & wherefore " * 20,), (Code("/cache sync"),))
GIANTS = (
    Card("200 rows", Mark.FAILING, (), (Rows((_ROW,) * 200),)),
    Card("200 parts", Mark.OK, ("x",), tuple(Paragraph((f"part {n}",)) for n in range(200))),
    Card("20,000 log lines", Mark.INFO, (), (Preformatted("a <b> & c\n" * 20_000), Note(("n",)))),
    Card("5,000 table rows", Mark.OK, (), (Table(("a",) * 40, (("1",) * 40,) * 5_000),)),
    Card("300 facts", Mark.OK, (), (Facts((("label", ("<" * 3_000,)),) * 300),)),
    Card("300 bullets", Mark.OK, (), (Bullets((("<" * 300,),) * 300), Note(("last",)))),
    Card("x" * 40_000, Mark.WARNING, ("<" * 40_000,), (Paragraph(("&" * 40_000,)),)),
    Card("60 buttons", Mark.OK, (), (), tuple(Button(f"b{n}", f"B {n}") for n in range(60))),
    Card("same buttons", Mark.OK, (), (), (Button("b", "B", value="v" * 2_000),) * 60),
    Card("", Mark.INFO, ()),
)
