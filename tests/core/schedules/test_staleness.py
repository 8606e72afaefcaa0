"""Properties of the staleness check: silence is told, and a healthy cache is not."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from core.alerts.incidents import IncidentId, IncidentState, Notice, Source, Subject
from core.desk import Desk
from core.errors import PermissionDenied
from core.inspection.findings import Verdict
from core.plans import SwitchNightly
from core.schedules.staleness import Stale, look_for_staleness
from core.services import TriggerState
from core.signals import Incident
from core.stocktaking import take_stock
from core.store.database import open_database
from tests.core.reader import MemoryReader
from tests.core.refusing_cloud import refusing
from tests.core.small_desk import Watch, about, desk_on
from tests.core.switching import switched
from tests.core.whole_cache import NOW, whole_cache

HOUR, DAY = timedelta(hours=1), timedelta(days=1)


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    """A desk that keeps the list of the version that is live."""
    database = open_database(f"sqlite:///{tmp_path / 'bot.sqlite'}")
    made = desk_on(database, refusing(whole_cache()), None, Watch(NOW))
    take_stock(made)
    yield made
    database.close()


def incident(name: str, age: timedelta) -> Incident:
    """Make an incident that Monitoring has open."""
    return Incident(f"projects/p/alerts/{name}", "Tabular Low Cache Hit Rate", NOW - age)


def notice(name: str, source: Source = Source.WEBHOOK, *, test: bool = False) -> Notice:
    """Make a notice that an incident has opened."""
    return Notice(
        IncidentId(name), IncidentState.OPEN, "Tabular Low Cache Hit Rate", source, test=test
    )


def paused(reader: MemoryReader) -> MemoryReader:
    """Pause the trigger."""
    assert reader.trigger is not None
    return replace(reader, trigger=replace(reader.trigger, state=TriggerState.PAUSED))


def test_nothing_is_stale_in_a_healthy_cache(desk: Desk) -> None:
    """Nor where there is no job and no trigger at all: health says "not configured" of that."""
    assert look_for_staleness(whole_cache(), desk, NOW).found == ()
    bare = replace(whole_cache(), sync_job=None, trigger=None, tabular=None)
    assert look_for_staleness(bare, desk, NOW).found == ()


def no_good_sync(desk: Desk) -> MemoryReader:
    """Have no sync be known to have gone well."""
    del desk
    return replace(whole_cache(), runs=())


def forgotten_pause(desk: Desk) -> MemoryReader:
    """Have an operation have paused the trigger longer ago than syncs may be old."""
    switched(desk, SwitchNightly(resume=False), NOW - 2 * DAY)
    return paused(whole_cache())


def paused_elsewhere(desk: Desk) -> MemoryReader:
    """Have somebody have paused the trigger in the console, and no sync go well since."""
    del desk
    return replace(paused(whole_cache()), runs=())


def unheard(desk: Desk) -> MemoryReader:
    """Have an incident be open that no notice came of."""
    del desk
    return replace(whole_cache(), incidents=[incident("0.abc", 2 * HOUR)])


def left_open(desk: Desk) -> MemoryReader:
    """Have an incident be closed that no notice came of."""
    desk.records.incidents.take(notice("0.abc"), about(Subject.HIT_RATE), NOW - 2 * HOUR)
    return whole_cache()


def unlisted(desk: Desk) -> MemoryReader:
    """Have the list of the version be gone."""
    with desk.records.inventories.database.begin() as connection:
        connection.exec_driver_sql("delete from inventories")
    return whole_cache()


def unreadable(desk: Desk) -> MemoryReader:
    """Have Monitoring refuse to say which incidents are open."""
    del desk
    denied = PermissionDenied("monitoring.alerts.list is missing.", "Grant it.")
    return replace(whole_cache(), errors={"open_incidents": denied})


@pytest.mark.parametrize(
    ("happens", "title", "said", "offer"),
    [
        (no_good_sync, "Last good sync", "No good sync is known", "sync"),
        (forgotten_pause, "Nightly sync", "paused it. That was 2 d ago.", "resume nightly"),
        (paused_elsewhere, "Nightly sync", "It is paused: no nightly sync", "resume nightly"),
        (unheard, "Alerts", "1 open incident that I do not know", "health"),
        (left_open, "Alerts", "1 open one that it has not", "health"),
        (unlisted, "Inventory", "No list of the objects of version", "health"),
        (unreadable, "Alerts", "monitoring.alerts.list is missing", ""),
    ],
    ids=lambda value: value.__name__ if callable(value) else "",
)
def test_each_silence_is_told_with_its_next_step(
    desk: Desk, happens: Callable[[Desk], MemoryReader], title: str, said: str, offer: str
) -> None:
    """One line each, and nothing else."""
    (found,) = look_for_staleness(happens(desk), desk, NOW).found
    assert isinstance(found, Stale)
    assert (found.title, found.offer) == (title, offer)
    assert said in found.why
    assert found.next_step
    assert found.verdict is (Verdict.WARNING if offer else Verdict.UNKNOWN)


def test_a_good_sync_that_is_too_old_is_told_by_its_age(desk: Desk) -> None:
    """Where a trigger should have started one since."""
    found = look_for_staleness(whole_cache(), desk, NOW + 2 * DAY).found
    assert "ago; 1 d 2 h is expected." in found[0].why


def test_syncs_that_are_not_meant_to_come_by_themselves_do_not_grow_stale(desk: Desk) -> None:
    """Without a trigger, which is Terraform's default, they are somebody's to start."""
    by_hand = replace(whole_cache(), trigger=None)
    assert look_for_staleness(by_hand, desk, NOW + 30 * DAY).found == ()
    assert look_for_staleness(replace(by_hand, runs=()), desk, NOW).found == ()


def test_a_pause_that_protects_a_rollback_is_told_and_not_to_be_lifted(desk: Desk) -> None:
    """Neither a sync nor the trigger is offered: both would undo what somebody wanted."""
    switched(desk, SwitchNightly(resume=False), NOW - 2 * DAY, verb="rollback")
    (found,) = look_for_staleness(replace(paused(whole_cache()), runs=()), desk, NOW).found
    assert "paused it on purpose" in found.why
    assert "so undo the rollback. That was 2 d ago." in found.why
    assert found.next_step.startswith("Leave it so;")
    assert found.offer == ""


def test_what_may_still_be_on_its_way_is_not_stale(desk: Desk) -> None:
    """A pause of today, and incidents of the last hour on either side."""
    switched(desk, SwitchNightly(resume=False), NOW - HOUR)
    desk.records.incidents.take(notice("0.new"), about(Subject.HIT_RATE), NOW - HOUR / 2)
    young = replace(paused(whole_cache()), incidents=[incident("0.other", HOUR / 2)])
    assert look_for_staleness(young, desk, NOW).found == ()


def test_what_monitoring_does_not_list_is_not_missed(desk: Desk) -> None:
    """An incident of somebody else's policy, and one that has another id there."""
    foreign = replace(notice("0.wiki"), policy="Disk of the wiki")
    for one in (foreign, notice("0.abc")):
        desk.records.incidents.take(one, about(Subject.OTHER), NOW - 2 * HOUR)
    listed = replace(whole_cache(), incidents=[incident("abc", 3 * HOUR)])
    assert look_for_staleness(listed, desk, NOW).found == ()


def test_what_monitoring_cannot_know_is_not_compared(desk: Desk) -> None:
    """A test notification, and what was read in a channel; what both know agrees."""
    for one in (notice("0.test", test=True), notice("C1:1", Source.CHANNEL), notice("0.both")):
        desk.records.incidents.take(one, about(Subject.HIT_RATE), NOW - 2 * HOUR)
    both = replace(whole_cache(), incidents=[incident("0.both", 3 * HOUR)])
    assert look_for_staleness(both, desk, NOW).found == ()
