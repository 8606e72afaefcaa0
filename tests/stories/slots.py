"""Slots of schedules in stories: what the bot's database says of them, and what Slack shows."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import TypeVar

from sqlalchemy.exc import SQLAlchemyError

from core.schedules.schedule import ScheduleName, slot_key
from core.schedules.slots import KnownSlot
from core.store.database import DatabaseAway, peek_database
from core.store.slots import SlotStore
from sandbox.stage import Stage
from tests.stories.conftest import CACHE

MANY = 500
T = TypeVar("T")


def begun(stage: Stage, schedule: ScheduleName) -> list[KnownSlot]:
    """Return the slots of a schedule, oldest first; none before there are tables."""
    return _asked(stage, lambda store: store.recent(schedule, MANY)[::-1]) or []


def since_when(stage: Stage, schedule: ScheduleName) -> datetime | None:
    """Return since when a schedule has had its line; None before the bot has read it."""
    return _asked(stage, lambda store: store.since(schedule))


def _asked(stage: Stage, question: Callable[[SlotStore], T]) -> T | None:
    try:
        database = peek_database(stage.environment()["CACHEBOT_DATABASE_URL"])
    except DatabaseAway:
        return None
    if database is None:
        return None
    try:
        return question(SlotStore(database, "reader"))
    except SQLAlchemyError:
        return None
    finally:
        database.close()


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
