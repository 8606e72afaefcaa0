"""Foreign text is made harmless once, and cut only between what belongs together."""

import html
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from handlers.blocks.escape import (
    calm,
    code,
    cut,
    cut_counted,
    esc,
    fenced,
    link,
    plain,
    units,
    visible,
    web_address,
)

anything = st.text(st.characters())


@given(anything)
def test_escaping_is_undone_by_reading_it_once(text: str) -> None:
    """A reader sees exactly the harmless form of what was written."""
    assert html.unescape(esc(text).replace("&amp;", "&amp;")) == html.unescape(esc(text))
    shown = esc(text).replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")
    assert shown == plain(text)


@given(anything)
def test_plain_text_is_stable(text: str) -> None:
    """Text made harmless is not changed by making it harmless again."""
    assert plain(plain(text)) == plain(text)


@pytest.mark.parametrize(
    ("foreign", "shown"),
    [
        ("\x1b[1;31mERROR\x1b[0m disk full", "ERROR disk full"),
        ("\x1b]0;owned\x07title", "title"),
        ("a\x00b\x07c", "a\ufffdb\ufffdc"),
        ("lone \ud800", "lone \ufffd"),
        ("one\r\ntwo\rthree\u2028four", "one\ntwo\nthree\nfour"),
        ("tab\tstays", "tab\tstays"),
        ("abc\u202etxt.exe", "abctxt.exe"),
        ("zero\u200bwidth", "zerowidth"),
        ("\u05e9\u05dc\u05d5\u05dd", "\u05e9\u05dc\u05d5\u05dd"),
    ],
)
def test_control_characters_are_neutralised(foreign: str, shown: str) -> None:
    """Terminal sequences go, other control characters show as a box, letters stay."""
    assert plain(foreign) == shown


@pytest.mark.parametrize(
    ("foreign", "shown"),
    [
        ("*bold* and _it_ and ~no~", "\u2217bold\u2217 and \u02cdit\u02cd and \u223cno\u223c"),
        ("tabular_model_cache_hits", "tabular_model_cache_hits"),
        ("llama3.2:1b at 10:05:30", "llama3.2:1b at 10:05:30"),
        (":fire: :100: :+1:", "\u2236fire: \u2236100: \u2236+1:"),
        (":a:b:", "\u2236a\u2236b:"),
        ("> quoted\n> more", "\u203a quoted\n\u203a more"),
        ("a > b", "a > b"),
        ("`rm`", "\u02cbrm\u02cb"),
    ],
)
def test_formatting_marks_become_their_twins(foreign: str, shown: str) -> None:
    """What Slack would show as formatting is replaced; the same marks inside words stay."""
    assert calm(foreign) == shown


@given(anything)
def test_a_code_span_cannot_be_left(text: str) -> None:
    """No backtick or newline survives inside a code span, and it is never empty."""
    inner = code(text)
    assert not re.search("[`\n<>]", inner)
    assert visible(inner)


@given(st.text(st.sampled_from("`a\n<")))
def test_a_fence_cannot_be_left(text: str) -> None:
    """No fence survives inside a fence."""
    assert "```" not in fenced(text)


@given(anything, st.integers(1, 80))
def test_a_cut_falls_between_entities(text: str, limit: int) -> None:
    """Cut text keeps the limit and never ends in half an entity."""
    shown = cut(esc(text), limit)
    assert units(shown) <= limit
    assert not re.search("&(?!amp;|lt;|gt;)", shown)


@given(st.text(st.characters(), min_size=60), st.integers(60, 90))
def test_a_counted_cut_adds_up(text: str, limit: int) -> None:
    """Characters shown and characters said to be missing add up."""
    shown = cut_counted(esc(text), limit)
    assert units(shown) <= limit
    missing = re.search(r" \u2026 and ([\d,]+) more characters\Z", shown)
    if missing:
        kept = html.unescape(shown[: missing.start()].replace("&amp;", "&amp;amp;"))
        assert len(re.sub("&amp;", "&", kept)) + int(missing[1].replace(",", "")) == len(
            plain(text)
        )


@given(st.text(st.characters(), max_size=60))
def test_what_fits_is_not_cut(text: str) -> None:
    """Text within the limit stays whole, to the last character."""
    escaped = esc(text)
    assert cut(escaped, units(escaped)) == escaped
    assert cut_counted(escaped, max(60, units(escaped))) == escaped


@pytest.mark.parametrize(
    ("url", "address"),
    [
        ("https://console.cloud.google.com/run?a=1&b=2",) * 2,
        ("http://127.0.0.1:8080/x",) * 2,
        ("https://host/a|b>c", "https://host/a%7Cb%3Ec"),
        ("javascript:alert(1)", ""),
        ("https://good.example@evil.example/", ""),
        ("https:///nohost", ""),
        ("http://[::1", ""),
        ("https://host/a b", ""),
        ("https://host/\u202efdp.exe", ""),
        ("https://host/" + "a" * 3_000, ""),
        ("", ""),
    ],
)
def test_only_web_addresses_become_links(url: str, address: str) -> None:
    """Addresses that are no plain http or https ones are not followed."""
    assert web_address(url) == address


def test_link_labels_cannot_break_out() -> None:
    """A label loses what would end it or begin another sequence."""
    assert link("https://h/?a&b", "see|<!here>*") == "<https://h/?a&amp;b|see !here\u2217>"
    assert link("ftp://h", "see <x>") == "see x"
    assert link("https://h/", " ") == "<https://h/|https://h/>"


def test_an_emoji_counts_twice() -> None:
    """Characters beyond the first plane count as the two units that JavaScript sees."""
    assert units("a\U0001f525") == 3
