"""Properties of telling what was observed: "below" is said only of what is below."""

from datetime import timedelta

import pytest

from core.alerts.incidents import IncidentId, IncidentState, KnownIncident, Notice, Source, Subject
from handlers.blocks.readings import observed_line
from tests.core.small_desk import NOW


@pytest.mark.parametrize(
    ("policy", "observed", "threshold", "told"),
    [
        ("Low Cache Hit Rate", "0.83", "0.9", "The hit rate is 83 %, below the threshold of 90 %."),
        ("Low Cache Hit Rate", "0.97", "0.9", "The hit rate is 97 %; the threshold is 90 %."),
        ("Cache Miss Rate", "0.4", "0.1", "The miss rate is 40 %; the threshold is 10 %."),
    ],
)
def test_a_rate_is_told_as_what_it_is(
    policy: str, observed: str, threshold: str, told: str
) -> None:
    """The subject is the same for hits and misses: the policy's name tells them apart."""
    notice = Notice(
        IncidentId("0.a"), IncidentState.OPEN, policy, Source.WEBHOOK,
        observed=observed, threshold=threshold,
    )  # fmt: skip
    known = KnownIncident(notice, Subject.HIT_RATE, IncidentState.OPEN, NOW, NOW)
    assert observed_line(known) == (told,)


@pytest.mark.parametrize(
    ("subject", "observed", "threshold", "hours", "told"),
    [
        (Subject.HIT_RATE, "0.625", "0.9", 1,
         "The hit rate over 1 h is 62.5 %, below the threshold of 90 %."),
        (Subject.SYNC_FAILURES, "2.000", "1", 25,
         "2 failed syncs were counted within 25 h, more than the threshold of 1."),
        (Subject.SYNC_FAILURES, "1", "1", 0,
         "1 failed sync was counted; the threshold is 1."),
        (Subject.USAGE, "8.9e9", "8e9", 24,
         "8.9 GB are stored, measured over 24 h; the threshold is 8.0 GB."),
    ],
)  # fmt: skip
def test_a_value_is_told_with_its_window(
    subject: Subject, observed: str, threshold: str, hours: int, told: str
) -> None:
    """Others count the same over another time: without its window a value contradicts theirs."""
    notice = Notice(
        IncidentId("0.a"), IncidentState.OPEN, "A policy", Source.WEBHOOK,
        observed=observed, threshold=threshold, window=timedelta(hours=hours) or None,
    )  # fmt: skip
    known = KnownIncident(notice, subject, IncidentState.OPEN, NOW, NOW)
    assert observed_line(known) == (told,)
