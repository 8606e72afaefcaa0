"""Properties of putting notices together: nothing that was told is lost, whoever tells it first."""

from dataclasses import replace
from datetime import timedelta

import pytest

from core.alerts.incident_notices import added, closed, first, is_late, is_repeat, opened_anew
from core.alerts.incidents import IncidentId, IncidentState, KnownIncident, Notice, Source, Subject
from tests.core.small_desk import NOW

MINUTE = timedelta(minutes=1)
LISTED = Notice(
    IncidentId("0.a"), IncidentState.OPEN, "Alert 7", Source.MONITORING, severity="warning",
    opened_at=NOW,
)  # fmt: skip
HEARD = replace(
    LISTED, source=Source.WEBHOOK, condition="hit rate < 90%", observed="0.83", threshold="0.9",
    summary="It is below.", service="tabular",
)  # fmt: skip
CLOSED = replace(
    HEARD, state=IncidentState.CLOSED, observed="0.97", summary="It is back.",
    closed_at=NOW + 9 * MINUTE,
)  # fmt: skip


def known(notice: Notice) -> KnownIncident:
    """Return what is known after that notice."""
    return KnownIncident(notice, Subject.HIT_RATE, notice.state, NOW, NOW)


def test_what_the_list_does_not_say_is_added_by_the_notification() -> None:
    """Also the other way round, where the list comes second and has nothing to add."""
    assert added(LISTED, HEARD) == HEARD
    assert added(HEARD, LISTED) == HEARD


def test_a_close_leaves_what_was_observed_at_the_opening() -> None:
    """Its own values are those of the end, in whichever order the two come."""
    both = closed(HEARD, CLOSED)
    assert both == replace(CLOSED, observed="0.83", summary="It is below.")
    alone = first(CLOSED)
    assert (alone.observed, alone.summary) == ("", "")
    assert added(alone, HEARD) == both


def test_a_close_of_the_list_keeps_what_was_told() -> None:
    """The notification's close that follows it changes nothing but who has said so."""
    listed = replace(LISTED, state=IncidentState.CLOSED, closed_at=CLOSED.closed_at)
    found_out = closed(HEARD, listed)
    assert found_out.observed == "0.83"
    assert added(found_out, CLOSED) == replace(found_out, source=Source.WEBHOOK)


def test_opened_anew_it_keeps_what_lasts() -> None:
    """The condition stays; what was observed the last time is over."""
    again = opened_anew(CLOSED, replace(LISTED, opened_at=NOW + 20 * MINUTE), NOW + 21 * MINUTE)
    assert (again.condition, again.threshold, again.observed) == ("hit rate < 90%", "0.9", "")
    assert again.opened_at == NOW + 20 * MINUTE
    assert opened_anew(CLOSED, replace(HEARD, opened_at=None), NOW + MINUTE).opened_at == (
        NOW + MINUTE
    )


@pytest.mark.parametrize(
    ("before", "notice", "repeat"),
    [
        (HEARD, HEARD, True),
        (LISTED, HEARD, False),
        (HEARD, LISTED, False),
        (LISTED, LISTED, False),
        (HEARD, replace(HEARD, source=Source.PUBSUB), False),
        (HEARD, CLOSED, False),
    ],
)
def test_only_a_notifier_repeats_itself(before: Notice, notice: Notice, *, repeat: bool) -> None:
    """Nobody else does: replicas that find out the same, a second notifier, the other state."""
    assert is_repeat(notice, known(before)) is repeat


UNTIMED = replace(CLOSED, closed_at=None)
AT_ONCE = replace(CLOSED, closed_at=NOW)


@pytest.mark.parametrize(
    ("before", "begun", "heard", "late"),
    [
        (CLOSED, 0, 10, True),
        (CLOSED, 15, 15, False),
        (UNTIMED, 0, 15, True),
        (UNTIMED, 15, 15, False),
        (replace(UNTIMED, opened_at=None), 5, 15, True),
        (replace(UNTIMED, opened_at=None), 15, 15, False),
        (CLOSED, None, 10, True),
        (CLOSED, None, 15, False),
        (AT_ONCE, 0, 10, True),
        (HEARD, 15, 15, False),
    ],
)
def test_an_open_is_late_where_its_close_was_heard_before(
    before: Notice, begun: int | None, heard: int, *, late: bool
) -> None:
    """By Monitoring's times where it gave them, else by when the bot has heard; closed at nine."""
    opened_at = None if begun is None else NOW + begun * MINUTE
    one = replace(known(before), changed_at=NOW + 9 * MINUTE)
    assert is_late(replace(HEARD, opened_at=opened_at), one, NOW + heard * MINUTE) is late
    assert not is_late(CLOSED, one, NOW)
