"""Properties of an incident's buttons: they count while it stands as it did, and never later."""

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from core.alerts.incidents import IncidentId, IncidentState, Notice, Source, Subject
from core.alerts.words import bare, words_for
from core.call import Door
from core.commands import Disable, Sync
from core.desk import Desk
from core.errors import NotAllowed, OpsError
from core.ops import admit
from core.store.database import Database
from tests.core.small_desk import NOW, VIC, NotedEngine, Watch, about, call_of, desk_on
from tests.core.sync_cloud import SyncCloud, as_cloud

OPEN = Notice(IncidentId("0.a b#c"), IncidentState.OPEN, "Low", Source.WEBHOOK, opened_at=NOW)
CLOSED = replace(OPEN, state=IncidentState.CLOSED, closed_at=NOW + timedelta(minutes=3))


@pytest.fixture
def desk(database: Database, tmp_path: Path) -> Desk:
    """A desk that knows one open incident."""
    made = desk_on(database, as_cloud(SyncCloud(tmp_path)), NotedEngine(), Watch())
    made.records.incidents.take(OPEN, about(Subject.HIT_RATE), NOW)
    return made


def offered(desk: Desk, words: str) -> str:
    """Return what a button says that is offered now."""
    known = desk.records.incidents.get(OPEN.incident)
    assert known is not None
    return words_for(known, known.opens, words)


def test_a_button_means_its_words_while_the_incident_is_open(desk: Desk) -> None:
    """Whatever the id holds, the words come out as they went in."""
    said = offered(desk, "disable for #3: good")
    assert bare(said) == "disable for #3: good"
    assert admit(call_of(said), desk) == Disable("for #3: good")


def test_after_the_close_it_is_refused_and_the_words_still_work(desk: Desk) -> None:
    """The reader learns when it closed and what to type."""
    said = offered(desk, "sync")
    desk.records.incidents.take(CLOSED, about(Subject.HIT_RATE), NOW)
    with pytest.raises(OpsError, match="was closed at 2026-11-23 09:03 UTC") as caught:
        admit(call_of(said), desk)
    assert "`/cache sync` still works" in caught.value.hint
    assert admit(call_of(bare(said)), desk) == Sync()


def test_opened_anew_it_is_refused_too(desk: Desk) -> None:
    """What was concluded the first time may be wrong the second time."""
    said = offered(desk, "sync")
    again = replace(OPEN, opened_at=NOW + timedelta(minutes=9))
    for notice in (CLOSED, again):
        desk.records.incidents.take(notice, about(Subject.HIT_RATE), NOW)
    with pytest.raises(OpsError, match="has opened again"):
        admit(call_of(said), desk)
    assert admit(call_of(offered(desk, "sync")), desk) == Sync()


def test_an_unknown_incident_is_refused(desk: Desk) -> None:
    """Forgotten long ago, or typed by hand."""
    with pytest.raises(OpsError, match="do not know this incident"):
        admit(call_of("for 0.other#1: sync"), desk)


def test_the_policy_is_asked_first(desk: Desk) -> None:
    """A button in an alert's thread gives nobody a role."""
    with pytest.raises(NotAllowed):
        admit(replace(call_of(offered(desk, "sync"), user=VIC), door=Door.BUTTON), desk)
