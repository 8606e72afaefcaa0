"""Tellings: a message and its pictures, wanted at once, or with what they tell of.

A telling that is kept in the transaction that records its reason is told exactly if that is
recorded: whoever dies in between has done neither.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection
from sqlalchemy.exc import IntegrityError

from core.call import Place
from core.store.database import Database
from core.store.messages import want_message
from core.store.pictures import WantedPicture, want_pictures


@dataclass(frozen=True, slots=True)
class Telling:
    """A message that is to be told under `key`; it replaces what that key said before."""

    key: str
    place: Place
    content: str
    pictures: Sequence[WantedPicture] = ()


def keep_telling(connection: Connection, telling: Telling, now: datetime) -> None:
    """Want it told, in the transaction that records why."""
    want_pictures(connection, telling.key, telling.pictures, now)
    want_message(connection, telling.key, telling.place, now, telling.content)


def tell(database: Database, telling: Telling, now: datetime) -> None:
    """Want it told, whatever else happens."""
    try:
        with database.begin() as connection:
            keep_telling(connection, telling, now)
    except IntegrityError:  # another process wanted the same at this moment; it is there now
        with database.begin() as connection:
            keep_telling(connection, telling, now)
