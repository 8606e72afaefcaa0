"""Properties of rates: a rate reaches what is wanted exactly where its numbers do."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.rates import reaches, wanted_text


@given(st.integers(0, 1000), st.integers(1, 1000), st.integers(0, 1000))
def test_a_rate_is_compared_by_whole_numbers(part: int, whole: int, permille: int) -> None:
    """Whatever floats make of it: 55 of 100 is not below 55 %."""
    assert reaches(part, whole, permille / 1000) == (part * 1000 >= permille * whole)


@pytest.mark.parametrize(("wanted", "text"), [(0.9, "90 %"), (0.55, "55 %"), (0.925, "92.5 %")])
def test_what_is_wanted_is_written_as_it_was_set(wanted: float, text: str) -> None:
    """Neither rounded nor with the tail of a float."""
    assert wanted_text(wanted) == text
