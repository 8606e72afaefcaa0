"""Properties of reminders: of what the bot itself has switched off, until it is on again."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta

import pytest

from core.cache.evidence import CHANGED_SERVICE
from core.desk import Desk
from core.errors import Unavailable
from core.operations import StepState
from core.plans import SetServiceEnv, SwitchNightly
from core.remedies import DisableVolume
from core.schedules.reminders import Reminders, look_for_reminders
from core.services import TriggerState
from core.store.database import memory_database
from tests.core.reader import MemoryReader
from tests.core.refusing_cloud import refusing
from tests.core.small_desk import NOW, Watch, desk_on
from tests.core.switching import switched
from tests.core.whole_cache import whole_cache

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
TOGGLE = "SHARED_MODEL_VOLUME_ENABLED"
OFF, ON = SetServiceEnv({TOGGLE: "true"}, {TOGGLE: "false"}), SetServiceEnv({}, {TOGGLE: "true"})
PAUSE, RESUME = SwitchNightly(resume=False), SwitchNightly(resume=True)
LAST_RESORT = DisableVolume(timedelta(minutes=10))


@pytest.fixture
def desk() -> Iterator[Desk]:
    """A desk without a record of anything."""
    database = memory_database()
    yield desk_on(database, refusing(MemoryReader()), None, Watch())
    database.close()


def all_off() -> MemoryReader:
    """Return a cache of which the trigger is paused and the volume switched off."""
    cache = whole_cache()
    assert cache.trigger is not None
    assert cache.tabular is not None
    return replace(
        cache,
        trigger=replace(cache.trigger, state=TriggerState.PAUSED),
        tabular=replace(cache.tabular, toggle="false"),
    )


def test_what_operations_have_switched_off_is_reminded_of_with_who_and_when(desk: Desk) -> None:
    """The newest one of each counts, whatever else its operation or others did."""
    switched(desk, RESUME, NOW - 9 * DAY)
    paused = switched(desk, PAUSE, NOW - HOUR)
    disabled = switched(desk, OFF, NOW - 2 * DAY)
    switched(desk, SetServiceEnv({}, {"LLM_MODEL_NAME": "x"}), NOW - DAY)
    found = look_for_reminders(all_off(), desk, NOW)
    assert found.nightly is not None
    assert found.volume is not None
    assert (found.nightly.operation.id, found.nightly.at) == (paused.id, NOW - HOUR)
    assert (found.volume.operation.id, found.volume.at) == (disabled.id, NOW - 2 * DAY)
    assert found.volume.operation.actor.name == "olga"


def test_what_is_on_again_is_not_reminded_of(desk: Desk) -> None:
    """Whoever has switched it on, in whatever way."""
    switched(desk, PAUSE, NOW - DAY)
    switched(desk, OFF, NOW - 2 * DAY)
    assert look_for_reminders(whole_cache(), desk, NOW).empty


def test_what_somebody_else_has_switched_off_is_theirs(desk: Desk) -> None:
    """The last word of the bot was on, or a step that failed, or none; health tells of it."""
    assert look_for_reminders(all_off(), desk, NOW).empty
    switched(desk, PAUSE, NOW - 3 * DAY)
    switched(desk, RESUME, NOW - 2 * DAY)
    switched(desk, OFF, NOW - 5 * DAY)
    switched(desk, ON, NOW - 4 * DAY)
    switched(desk, PAUSE, NOW - DAY - HOUR, state=StepState.FAILED)
    switched(desk, OFF, NOW - DAY - 2 * HOUR, state=StepState.FAILED)
    assert look_for_reminders(all_off(), desk, NOW).empty


def test_a_volume_is_left_a_day_before_anybody_is_reminded(desk: Desk) -> None:
    """It was switched off for a reason, just now; the trigger is told of at once."""
    switched(desk, OFF, NOW - 23 * HOUR)
    assert look_for_reminders(all_off(), desk, NOW).volume is None


def test_a_recovery_that_has_switched_the_volume_off_counts(desk: Desk) -> None:
    """One that has left it as it was does not."""
    switched(desk, LAST_RESORT, NOW - 3 * DAY)
    assert look_for_reminders(all_off(), desk, NOW).volume is None
    switched(desk, LAST_RESORT, NOW - 2 * DAY, evidence={CHANGED_SERVICE: "yes"})
    assert look_for_reminders(all_off(), desk, NOW).volume is not None


def test_what_is_not_there_is_not_off(desk: Desk) -> None:
    """Neither a trigger nor a service: there is nothing to switch on."""
    switched(desk, PAUSE, NOW - DAY)
    switched(desk, OFF, NOW - 2 * DAY)
    assert look_for_reminders(MemoryReader(), desk, NOW) == Reminders(NOW, None, None)


def test_what_cannot_be_read_is_tried_again(desk: Desk) -> None:
    """It is neither on nor off."""
    away = replace(all_off(), errors={"nightly": Unavailable("No answer.")})
    with pytest.raises(Unavailable):
        look_for_reminders(away, desk, NOW)
