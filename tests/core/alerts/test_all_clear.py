"""Properties of all-clears: known by where the word stands, matched by name or id."""

import pytest

from core.alerts.all_clear import is_over, tells_of

LOW = "Tabular Low Cache Hit Rate"


@pytest.mark.parametrize(
    "text",
    [
        f"Resolved: {LOW}",
        f"[RESOLVED] {LOW}",
        f":white_check_mark: *Closed* {LOW}",
        f"{LOW}\nIncident 0.opqiw61fsv7p has been resolved",
        f"The incident is closed: {LOW}",
        f"Alert recovered - {LOW}",
        f"{LOW}\n*State*: CLOSED",
        f"Recovered {LOW}",
        "closed",
    ],
)
def test_an_all_clear_is_known_by_its_first_words(text: str) -> None:
    """Whatever marks stand around them."""
    assert is_over(text)


@pytest.mark.parametrize(
    "text",
    [
        "Tabular: connection closed",
        "Tabular sync: the stream was closed by the peer",
        "Closed connections of Tabular above 5",
        "Alert: Tabular has not recovered",
        "Tabular: unresolved names",
        f"{LOW}\nopen\nRunbook: close it once it is resolved",
        "",
    ],
)
def test_an_alert_may_hold_the_same_words(text: str) -> None:
    """It is then no all-clear, and nothing is dropped in silence."""
    assert not is_over(text)


def test_an_all_clear_is_about_the_alert_of_its_name_or_id() -> None:
    """Words for the state are no part of the name; ids, where both have one, decide."""
    assert tells_of(f"[RESOLVED] {LOW}", f"[FIRING] {LOW}\n0.5 < 0.9")
    assert tells_of(f"Alert closed\n{LOW}", LOW)
    assert not tells_of(f"Resolved: {LOW} (staging)", LOW)
    assert not tells_of("Resolved", "Firing")
    one, other = "incident 0.opqiw61fsv7p", "incident 0.nqwertz1abcd"
    assert tells_of(f"Resolved {one}", f"{LOW}\n{one}")
    assert not tells_of(f"Resolved: {LOW}\n{other}", f"{LOW}\n{one}")
