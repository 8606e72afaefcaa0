"""Slots of schedules in stories: what the bot's database says of them, and what Slack shows."""

import threading
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from itertools import pairwise

from sqlalchemy.exc import SQLAlchemyError

from core.schedules import ScheduleName, Slot, slot_key
from core.slots import KnownSlot, SlotState
from core.store.database import DatabaseAway, peek_database
from core.store.slots import SlotStore
from sandbox.stage import Stage
from tests.stories.conftest import CACHE, PATIENCE

MANY = 500


def slots_of(stage: Stage, schedule: ScheduleName) -> list[KnownSlot]:
    """Return the slots of a schedule, oldest first; none before there are tables."""
    try:
        database = peek_database(stage.environment()["CACHEBOT_DATABASE_URL"])
    except DatabaseAway:
        return []
    if database is None:
        return []
    try:
        return SlotStore(database, "reader").recent(schedule, MANY)[::-1]
    except SQLAlchemyError:
        return []
    finally:
        database.close()


def until(condition: Callable[[], object]) -> bool:
    """Wait until something holds of the database, which tells nobody when it changes."""
    pause = threading.Event()
    for _ in range(int(PATIENCE / 0.1)):
        if condition():
            return True
        pause.wait(0.1)
    return False


def begun(stage: Stage, schedule: ScheduleName) -> list[KnownSlot]:
    """Return the slots since the bot came, oldest first."""
    return [one for one in slots_of(stage, schedule) if one.state is not SlotState.BEFORE]


def gaps(known: list[KnownSlot], span: timedelta) -> list[datetime]:
    """Return the times behind which the next slot is not there."""
    dues = [one.slot.due for one in known]
    return [due for due, following in pairwise(dues) if following - due != span]


def posted(stage: Stage, channel: str = CACHE) -> list[str]:
    """Return the keys of the messages that the bot has posted in a channel, one for each."""
    keys = []
    for message in stage.slack.messages(channel):
        if message.bot_id:
            assert message.metadata is not None
            payload = message.metadata["event_payload"]
            assert isinstance(payload, dict)
            keys.append(str(payload["key"]))
    return keys


def key_of(known: KnownSlot) -> str:
    """Name the message of a slot."""
    return slot_key(known.slot.id)


def minute_ago(minutes: int) -> str:
    """Return an hourly cron line that was due so many minutes ago."""
    then = datetime.now(UTC) - timedelta(minutes=minutes)
    return f"{then.minute} * * * *"


def earlier(slot: Slot, span: timedelta) -> Slot:
    """Return a slot so much earlier."""
    return Slot(slot.schedule, slot.due - span)
