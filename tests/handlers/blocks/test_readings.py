"""Properties of telling what was observed: "below" is said only of what is below."""

import pytest

from core.incidents import IncidentId, IncidentState, KnownIncident, Notice, Source, Subject
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
