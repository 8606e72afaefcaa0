"""Properties of recurring chores: done again and again, whatever breaks and however time jumps."""

import threading
from datetime import timedelta

import pytest

from bot.recurring import Recurring
from tests.waiting import eventually

SOON = timedelta(seconds=0.01)
NEVER = timedelta(hours=1)


def test_a_chore_is_done_at_the_start_and_again(caplog: pytest.LogCaptureFixture) -> None:
    """Also after it broke, which is logged; a slow one holds up none of the others."""
    done, go_on = [0], threading.Event()

    def breaks() -> None:
        done[0] += 1
        raise ConnectionError("the database is away")

    recurring = Recurring()
    recurring.every(NEVER, go_on.wait)
    recurring.every(SOON, breaks)
    recurring.start()
    assert eventually(lambda: done[0] > 3)
    recurring.stop()
    go_on.set()
    assert "the database is away" in caplog.text


def test_what_comes_after_a_while_is_not_done_before(caplog: pytest.LogCaptureFixture) -> None:
    """Stopped in that time, it is never done."""
    first, second = threading.Event(), threading.Event()
    recurring = Recurring()
    recurring.every(SOON, second.set, after=NEVER)
    recurring.every(NEVER, first.set)
    recurring.start()
    assert first.wait(30)
    recurring.stop()
    recurring.stop()
    assert eventually(lambda: all(one.name != "recurring" for one in threading.enumerate()))
    assert not second.is_set()
    assert caplog.records == []
