"""Properties of the pace: alerts come one by one in each channel, people never wait for them."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

from core.call import Place
from core.store.database import Database, open_database
from core.store.messages import MessageStore, want_alert
from core.store.pace import TURN
from tests.core.small_desk import NOW
from tests.postgres import fresh_database

HERE, THERE = Place("C0HERE"), Place("C0THERE")


def alert(database: Database, key: str, place: Place = HERE, parent: str = "") -> None:
    """Want an alert told."""
    with database.begin() as connection:
        want_alert(connection, key, place, NOW, parent)


def tell(store: MessageStore, key: str, after: timedelta) -> bool:
    """Tell a message if it is its turn."""
    told = store.claim(key, NOW + after)
    if told is None:
        return False
    store.about_to_post(key, NOW + after)
    store.posted(key, f"1.{key}")
    store.told(key, told.wanted, NOW + after)
    return True


def test_alerts_take_turns_in_each_channel(database: Database) -> None:
    """The second waits for the first one's turn to be over; another channel does not."""
    store = MessageStore(database, "me")
    for key, place in (("a", HERE), ("b", HERE), ("c", THERE)):
        alert(database, key, place)
    assert store.stale(NOW) == ["a", "c"]
    assert tell(store, "a", timedelta())
    assert not tell(store, "b", timedelta())
    assert tell(store, "c", timedelta())
    assert store.stale(NOW) == []
    assert store.stale(NOW + TURN) == ["b"]
    assert tell(store, "b", TURN)


def test_people_do_not_wait_and_alerts_fall_back(database: Database) -> None:
    """Answers are listed first, go at once, and take the turns of the alerts."""
    store = MessageStore(database, "me")
    alert(database, "alert")
    for number in range(3):
        store.put(f"answer{number}", HERE, NOW + timedelta(seconds=number), "{}")
    assert store.stale(NOW)[:3] == ["answer0", "answer1", "answer2"]
    assert all(tell(store, f"answer{number}", timedelta()) for number in range(3))
    assert not tell(store, "alert", TURN * 2)
    assert tell(store, "alert", TURN * 3)


def test_edits_of_alerts_come_after_those_not_posted_yet(database: Database) -> None:
    """A list that grows is told again when everything else is told once."""
    store = MessageStore(database, "me")
    alert(database, "list")
    assert tell(store, "list", timedelta())
    alert(database, "list")
    alert(database, "new")
    assert store.stale(NOW + TURN) == ["new"]
    assert tell(store, "new", TURN)
    assert tell(store, "list", TURN * 2)


def test_a_reply_waits_for_its_root_and_goes_into_its_thread(database: Database) -> None:
    """Wanted together, told in order; the thread is that of the root as it was posted."""
    store = MessageStore(database, "me")
    alert(database, "reply", HERE, parent="root")
    alert(database, "root")
    assert store.stale(NOW) == ["root"]
    assert tell(store, "root", timedelta())
    assert store.stale(NOW + TURN) == ["reply"]
    claimed = store.claim("reply", NOW + TURN)
    assert claimed is not None
    assert claimed.place == Place("C0HERE", "1.root")


def test_a_held_channel_takes_no_alert(database: Database) -> None:
    """Slack's Retry-After is for the channel, not for the one message that met it."""
    store = MessageStore(database, "me")
    alert(database, "a")
    store.hold("C0HERE", NOW + timedelta(seconds=30))
    store.hold("C0HERE", NOW + timedelta(seconds=10))
    assert store.stale(NOW + timedelta(seconds=29)) == []
    assert tell(store, "a", timedelta(seconds=30))


def test_replicas_share_the_pace(postgres: str) -> None:
    """Eight at once on one database: the channel's turn is one alert's."""
    database = open_database(fresh_database(postgres))
    for number in range(8):
        alert(database, f"a{number}")
    stores = [MessageStore(database, f"me{number}") for number in range(8)]
    with ThreadPoolExecutor(8) as pool:
        told = list(pool.map(lambda n: stores[n].claim(f"a{n}", NOW), range(8)))
    assert sum(one is not None for one in told) == 1
    database.close()
