"""Properties of the outbox's table: told in order, by one teller at a time, never forgotten."""

from datetime import UTC, datetime, timedelta

from core.call import Place
from core.store.database import Database
from core.store.messages import CLAIM, MessageStore, touch

NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
PLACE = Place("C0INCIDENTS", "1.2")


def test_a_wanted_message_is_stale_until_it_is_told(database: Database) -> None:
    """Telling ends it; a touch makes it stale again."""
    store = MessageStore(database, "a")
    store.put("k", PLACE, NOW)
    assert store.stale(NOW) == ["k"]
    claimed = store.claim("k", NOW)
    assert claimed is not None
    assert claimed.place == PLACE
    store.told("k", claimed.wanted, NOW)
    assert store.stale(NOW) == []
    with database.begin() as connection:
        touch(connection, "k")
    assert store.stale(NOW) == ["k"]


def test_one_teller_at_a_time(database: Database) -> None:
    """A claimed message is nobody else's, until the claim has run out."""
    mine, other = MessageStore(database, "a"), MessageStore(database, "b")
    mine.put("k", PLACE, NOW)
    assert mine.claim("k", NOW) is not None
    assert other.claim("k", NOW) is None
    assert other.claim("k", NOW + CLAIM + timedelta(seconds=1)) is not None


def test_a_teller_whose_claim_ran_out_changes_nothing(database: Database) -> None:
    """A frozen teller that wakes up must not undo what its successor recorded."""
    late, next_one = MessageStore(database, "a"), MessageStore(database, "b")
    late.put("k", PLACE, NOW)
    late.claim("k", NOW)
    next_one.claim("k", NOW + CLAIM + timedelta(seconds=1))
    next_one.posted("k", "77.1")
    late.posted("k", "66.6")
    told = next_one.get("k")
    assert told is not None
    assert told.ts == "77.1"


def test_a_change_while_telling_is_told_after(database: Database) -> None:
    """What was wanted later than what was told leaves the message stale."""
    store = MessageStore(database, "a")
    store.put("k", PLACE, NOW, "first")
    claimed = store.claim("k", NOW)
    assert claimed is not None
    store.put("k", PLACE, NOW, "second")
    store.told("k", claimed.wanted, NOW)
    again = store.claim("k", NOW)
    assert again is not None
    assert again.content == "second"


def test_a_message_put_off_waits_its_time(database: Database) -> None:
    """Slack's Retry-After is honoured by not looking at the message before."""
    store = MessageStore(database, "a")
    store.put("k", PLACE, NOW)
    store.claim("k", NOW)
    store.put_off("k", NOW + timedelta(seconds=30), troubles=1)
    assert store.stale(NOW + timedelta(seconds=29)) == []
    assert store.stale(NOW + timedelta(seconds=30)) == ["k"]


def test_the_claims_of_the_dead_are_given_back(database: Database) -> None:
    """A restarted bot goes on at once instead of waiting for a claim to run out."""
    dead, me = MessageStore(database, "dead"), MessageStore(database, "me")
    dead.put("k", PLACE, NOW)
    dead.claim("k", NOW)
    dead.about_to_post("k", NOW)
    me.release(frozenset({"dead"}))
    claimed = me.claim("k", NOW)
    assert claimed is not None
    assert claimed.posting, "the dead may have posted it: look before posting again"


def test_a_teller_whose_claim_was_taken_may_not_post(database: Database) -> None:
    """Frozen before it posted, it wakes up to a message that its successor posts."""
    late, next_one = MessageStore(database, "a"), MessageStore(database, "b")
    late.put("k", PLACE, NOW)
    late.claim("k", NOW)
    after = NOW + CLAIM + timedelta(seconds=1)
    assert next_one.claim("k", after) is not None
    assert not late.about_to_post("k", after)
    assert next_one.about_to_post("k", after)


def test_a_claim_is_renewed_before_posting(database: Database) -> None:
    """Looking for the message first may have used up most of it."""
    mine, other = MessageStore(database, "a"), MessageStore(database, "b")
    mine.put("k", PLACE, NOW)
    mine.claim("k", NOW)
    mine.about_to_post("k", NOW + CLAIM)
    assert other.claim("k", NOW + CLAIM + timedelta(seconds=1)) is None


def test_only_who_has_claimed_something_is_an_owner(database: Database) -> None:
    """By this list it is decided whose claims are given back."""
    mine, other = MessageStore(database, "a"), MessageStore(database, "b")
    for store, key in ((mine, "k"), (other, "l")):
        store.put(key, PLACE, NOW)
        store.claim(key, NOW)
    other.told("l", 1, NOW)
    assert mine.owners() == {"a"}
    claims = [told.claimed for key in ("k", "l") if (told := mine.get(key))]
    assert claims == [True, False]
