"""Who is answered when, while many ask at once."""

from dataclasses import dataclass, field

import pytest

from handlers.rush import PATIENCE, QUIET, Rush

QUIET_SECONDS, PATIENCE_SECONDS = QUIET.total_seconds(), PATIENCE.total_seconds()


@dataclass
class Door:
    """A rush on a clock of its own; `later` are the moments at which others come."""

    later: list[float] = field(default_factory=list)
    time: float = 100.0
    rush: Rush = field(init=False)

    def __post_init__(self) -> None:
        self.rush = Rush(lambda: self.time, self.pass_time)

    def pass_time(self, seconds: float) -> None:
        """Let time pass, and those come whose moment it is."""
        end = self.time + seconds
        while self.later and self.later[0] <= end:
            self.time = self.later.pop(0)
            self.rush.arrive()
        self.time = end


def test_whoever_asks_alone_is_answered_at_once() -> None:
    """Nobody waits for a rush that is not there, even where others came just before."""
    door = Door()
    door.rush.arrive()
    door.rush.let_in(door.rush.arrive())
    assert door.time == 100.0


def test_an_answer_waits_until_nobody_has_come_for_a_while() -> None:
    """Each newcomer in time holds the answers back anew."""
    door = Door(later=[100.02, 100.06])
    first = door.rush.arrive()
    door.pass_time(0.03)
    door.rush.let_in(first)
    assert door.time == pytest.approx(100.06 + QUIET_SECONDS)


def test_a_rush_without_end_holds_nobody_back_for_ever() -> None:
    """Patience ends, counted from when one came and not from when one began to wait."""
    door = Door(later=[100 + number / 50 for number in range(1, 200)])
    first = door.rush.arrive()
    door.pass_time(0.1)
    door.rush.let_in(first)
    assert door.time == pytest.approx(100 + PATIENCE_SECONDS)


def test_a_rush_that_is_over_holds_nobody_back() -> None:
    """Who has waited for a free thread long enough starts at once."""
    door = Door()
    first = door.rush.arrive()
    door.rush.arrive()
    door.pass_time(QUIET_SECONDS)
    door.rush.let_in(first)
    assert door.time == 100.0 + QUIET_SECONDS
