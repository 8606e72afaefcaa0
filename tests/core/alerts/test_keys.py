"""Properties of the keys of incidents' messages: short, one for each, and read back as written."""

from dataclasses import replace

from core.alerts.keys import (
    PAGE,
    Flap,
    diagnosis_key,
    flap_key,
    flap_of,
    page_key,
    page_of,
    root_key,
    storm_key,
)
from tests.core.alerts.test_threads import known


def test_keys_fit_into_their_column_whatever_the_id() -> None:
    """An id is untrusted and may be long; two long ones stay two."""
    long, other = known("x" * 255, opens=100), known("x" * 254 + "y", opens=100)
    thread = f"storm:{root_key(long)}"
    keys = (
        root_key(long),
        diagnosis_key(long),
        flap_key(replace(long, thread=root_key(long), position=10**5), 10**6),
        page_key(thread, 10**5),
    )
    assert max(map(len, keys)) <= 128
    assert root_key(long) != root_key(other)
    flap = flap_key(replace(long, thread="incident:0.a:2", position=4), 3)
    assert flap_of(flap) == Flap("incident:0.a:2", 4, 3)


def test_an_id_that_looks_like_a_page_makes_no_page() -> None:
    """A slash tells a page of a storm's list from the list; an id may hold one."""
    slashed = known("projects/p/alerts/9")
    storm = storm_key(slashed)
    assert "/" not in storm
    assert "/" not in root_key(slashed)
    assert storm != storm_key(known("projects/p/alerts/8"))


def test_a_storms_list_has_pages() -> None:
    """The first is the root itself; a thread of its own has none, however often it flaps."""
    assert page_key("storm:0.a", PAGE - 1) == "storm:0.a"
    assert page_key("storm:0.a", PAGE) == "storm:0.a/1"
    assert page_key("incident:0.a", PAGE) == "incident:0.a"
    assert page_of("storm:0.a/1") == ("storm:0.a", 1)
    assert page_of("storm:0.a") == ("storm:0.a", 0)
    assert page_of("incident:a/b") == ("incident:a/b", 0)
