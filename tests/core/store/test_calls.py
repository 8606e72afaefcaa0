"""Properties of the kept requests."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import cast

import pytest
from sqlalchemy.exc import IntegrityError

from core.call import Actor, Call, Door, Place
from core.store.calls import CallStore
from core.store.database import Database

NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)


def call(request_id: str, minutes: int = 0) -> Call:
    """Make a request that came some minutes after nine."""
    return Call(
        request_id,
        Actor("U0OLGA", "T0", "olga"),
        Door.SLASH,
        Place("C0INCIDENTS"),
        "health",
        NOW + timedelta(minutes=minutes),
        "http://127.0.0.1/response",
    )


def test_the_same_request_is_kept_once(database: Database) -> None:
    """Slack may deliver a request again; it is one request."""
    store = CallStore(database, "a")
    assert store.receive(call("1"))
    assert not store.receive(call("1"))
    assert [entry.call for entry in store.latest(10)] == [call("1")]


def test_what_a_dead_process_left_goes_to_one_taker(database: Database) -> None:
    """Requests of the dead are taken over once, oldest first; those of the living are not."""
    CallStore(database, "dead").receive(call("2", minutes=2))
    CallStore(database, "dead").receive(call("1", minutes=1))
    CallStore(database, "living").receive(call("3"))
    taken = CallStore(database, "me").adopt_unanswered(frozenset({"dead"}))
    assert [one.request_id for one in taken] == ["1", "2"]
    assert CallStore(database, "other").adopt_unanswered(frozenset({"dead"})) == []


def test_an_answered_request_is_never_taken_over(database: Database) -> None:
    """Its outcome stays for the audit, and the response URL, a capability, is forgotten."""
    store = CallStore(database, "dead")
    store.receive(call("1"))
    store.answered("1", NOW, "refused", "sync-abc")
    assert CallStore(database, "me").adopt_unanswered(frozenset({"dead"})) == []
    (entry,) = store.latest(10)
    assert (entry.outcome, entry.operation_id, entry.answered_at) == ("refused", "sync-abc", NOW)
    assert entry.call.response_url == ""


def test_only_who_has_something_to_answer_is_an_owner(database: Database) -> None:
    """By this list it is decided who is missing, so nobody else may be on it."""
    busy, idle = CallStore(database, "busy"), CallStore(database, "idle")
    busy.receive(call("1"))
    idle.receive(call("2"))
    idle.answered("2", NOW, "answered")
    assert busy.owners() == {"busy"}


@pytest.mark.parametrize("words", ["a\0b", "half \ud800 a pair", "\x1b[31m"])
def test_any_words_can_be_kept(database: Database, words: str) -> None:
    """What a database cannot keep is replaced; the request is not lost for it."""
    store = CallStore(database, "a")
    assert store.receive(replace(call("1"), words=words))
    (entry,) = store.latest(1)
    assert len(entry.call.words) == len(words)
    assert "\0" not in entry.call.words


def test_a_request_that_lacks_something_is_not_taken_for_a_repeated_one(
    database: Database,
) -> None:
    """It is refused aloud: passed over in silence, it would be lost."""
    nobody = replace(call("1"), actor=Actor(cast("str", None)))
    with pytest.raises(IntegrityError):
        CallStore(database, "a").receive(nobody)
