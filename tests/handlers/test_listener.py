"""Properties of the seam: what was asked is answered, once, to those whom it concerns."""

import logging
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from core.call import Door, Place
from core.errors import Unavailable
from core.operations import OperationId
from core.proposals import ProposalId
from core.store.database import Database
from core.store.proposals import proposal_key
from sandbox.faults import Fault, LoseReply, Refuse
from sandbox.slack.slack import PretendSlack
from tests.core.small_desk import ANNA, NOW, OLGA, VIC, call_of
from tests.handlers.listener_stage import RANDOM, Stage


@pytest.fixture
def stage(slack: PretendSlack, file_database: Database, tmp_path: Path) -> Iterator[Stage]:
    """A stage with one listener, on which the cloud answers at once."""
    made = Stage(slack, file_database, tmp_path)
    made.gate.set()
    made.listener()
    yield made
    made.gate.set()
    for listener in made.listeners:
        listener.pool.shutdown(wait=True)
        listener.outbox.stop()


def test_a_question_is_answered_in_the_channel_and_recorded(stage: Stage) -> None:
    """In one message, which at first said that it was looked at."""
    assert stage.answer(call_of("ops")) == "answered"
    (message,) = stage.public()
    assert "no operation yet" in message.text
    assert stage.audit()["1"].answered_at == NOW
    assert [one.word for one in stage.logged] == ["answered"]


def test_the_same_request_is_answered_once(stage: Stage) -> None:
    """Slack may deliver it again, at the same time or much later."""
    call = call_of("ops")
    for _ in range(5):
        stage.listeners[0].receive(call)
    stage.answer(call)
    stage.answer(call)
    stage.answer(call_of("ops", "2"))
    assert len(stage.public()) == 2
    assert len(stage.logged) == 2


@pytest.mark.parametrize(
    ("words", "user", "outcome", "said"),
    [
        ("sync", VIC, "refused", "needs the role operator"),
        ("snyc", OLGA, "not understood", "Did you mean"),
        ("", OLGA, "answered", "/cache sync"),
        ("x" * 40_000, OLGA, "not understood", "40,000 characters"),
        ("status \x07", OLGA, "not understood", "control characters"),
        ("status \0", OLGA, "not understood", "control characters"),
        ("status \ud800", OLGA, "not understood", "control characters"),
    ],
)
def test_what_concerns_the_asker_alone_is_told_to_them_alone(
    stage: Stage, words: str, user: str, outcome: str, said: str
) -> None:
    """The channel does not hear of mistakes and refusals; the audit does."""
    assert stage.answer(call_of(words, user=user)) == outcome
    (told,) = stage.private(user)
    assert said in told.replace("`", "")
    assert stage.public() == []
    assert stage.slack.rejections() == []


@pytest.mark.parametrize("door", [Door.SLASH, Door.MENTION, Door.BUTTON])
def test_hostile_words_come_back_harmless_through_every_door(stage: Stage, door: Door) -> None:
    """No mention, no link, and no limit of Slack's is broken."""
    hostile = "<!channel>&<@U0ANNA>*`_~<https://evil.example|x>" + "\u202e" * 50 + "é" * 500
    call = replace(call_of(hostile), door=door)
    assert stage.answer(call) == "not understood"
    assert stage.slack.rejections() == []
    (told,) = stage.private()
    assert "<!channel>" not in told


def test_a_cloud_that_is_away_is_said_where_it_was_asked(stage: Stage) -> None:
    """As the answer, in the cloud's words and without a traceback."""
    stage.trouble["executions"] = Unavailable("Cloud Run is away.", "Try again in a minute.")
    assert stage.answer(call_of("history")) == "error: Unavailable"
    assert "Cloud Run is away." in stage.public()[0].text


def test_a_fault_of_our_own_is_told_by_one_number_and_logged_under_it(
    stage: Stage, caplog: pytest.LogCaptureFixture
) -> None:
    """In place of the answer: everybody sees that it failed, nobody sees how."""
    stage.trouble["executions"] = ZeroDivisionError("secret detail")
    with caplog.at_level(logging.ERROR):
        outcome = stage.answer(call_of("history"))
    number = outcome.removeprefix("internal error ")
    (message,) = stage.public()
    assert number in message.text
    assert "secret detail" not in message.text
    assert stage.private() == []
    logged = [one for one in caplog.records if "internal error" in one.getMessage()]
    assert [one for one in logged if number in one.getMessage()] == logged
    assert logged[0].exc_info is not None


def test_a_database_that_is_away_is_said_plainly(stage: Stage) -> None:
    """It is no fault of ours, and somebody can do something about it."""
    with stage.without("operations"):
        assert stage.answer(call_of("ops")) == "error: DatabaseAway"
    assert "My database does not answer" in stage.public()[0].text


def test_a_fault_in_starting_something_is_told_to_the_asker(stage: Stage) -> None:
    """By the number, privately, as there is no message that could say it."""
    stage.trouble["job"] = ZeroDivisionError("secret detail")
    outcome = stage.answer(call_of("sync"))
    number = outcome.removeprefix("internal error ")
    (told,) = stage.private()
    assert number in told
    assert "secret detail" not in told
    assert stage.public() == []


def test_a_sync_is_started_with_its_message_in_the_channel(stage: Stage) -> None:
    """The audit knows which operation it was."""
    assert stage.answer(call_of("sync")) == "started"
    (message,) = stage.public()
    assert stage.audit()["1"].operation_id in message.text
    assert stage.engine.known == [stage.audit()["1"].operation_id]


@pytest.mark.parametrize(
    "trouble", [Refuse(429), Refuse(503), Refuse("missing_scope"), LoseReply()]
)
def test_a_sync_does_not_fail_because_slack_stumbles(
    stage: Stage, trouble: Refuse | LoseReply
) -> None:
    """Whether the bot may post is asked first; without an answer it is tried."""
    stage.slack.faults.add(Fault("conversations.info", trouble, times=1))
    assert stage.answer(call_of("sync")) == "started"
    assert len(stage.public()) == 1


def test_where_the_bot_sees_nothing_nothing_is_started(stage: Stage) -> None:
    """A sync that nobody can follow helps nobody; its asker learns what to do."""
    url = stage.slack.response_urls.issue(OLGA, RANDOM.channel_id)
    call = replace(call_of("sync"), place=Place("C0SECRET"), response_url=url)
    assert stage.answer(call) == "error: OpsError"
    assert "/invite" in stage.private()[0]
    assert stage.engine.known == []


def test_a_yes_to_a_plan_that_stands_in_the_channel_costs_no_question(stage: Stage) -> None:
    """Fifty clicks at once would use up what Slack allows; elsewhere it is asked as ever."""
    call = replace(call_of("confirm sync-abc"), door=Door.BUTTON)
    store = stage.listeners[0].outbox.store
    key = proposal_key(ProposalId("sync-abc"))
    store.put(key, call.place, NOW, "{}")
    store.claim(key, NOW)
    store.posted(key, "1764.0001")
    stage.answer(call)
    assert stage.slack.faults.seen("conversations.info") == []
    url = stage.slack.response_urls.issue(OLGA, RANDOM.channel_id)
    stage.answer(replace(call, request_id="2", place=Place("C0SECRET"), response_url=url))
    assert len(stage.slack.faults.seen("conversations.info")) == 1
    assert "/invite" in stage.private()[-1]


@pytest.mark.parametrize("words", ["ops", "audit", "history"])
@pytest.mark.parametrize("_turn", range(2))
def test_an_answer_that_its_channel_does_not_take_is_told_to_the_asker(
    stage: Stage, words: str, _turn: int
) -> None:
    """However quick the answer is and however slowly Slack refuses its forerunner."""
    url = stage.slack.response_urls.issue(OLGA, RANDOM.channel_id)
    call = replace(call_of(words), place=RANDOM, response_url=url)
    stage.listeners[0].outbox.start()
    assert stage.answer(call) == "answered"
    hint, told = stage.private()
    assert "/invite" in hint
    assert told != ""
    assert stage.public(RANDOM.channel_id) == []


def test_an_operation_whose_channel_takes_no_message_is_shown_to_its_asker(stage: Stage) -> None:
    """Slack did not say so before; the asker sees how it stands and how to follow."""
    stage.slack.faults.add(Fault("conversations.info", Refuse(429), times=1))
    url = stage.slack.response_urls.issue(OLGA, RANDOM.channel_id)
    call = replace(call_of("sync"), place=RANDOM, response_url=url)
    assert stage.answer(call) == "started"
    hint, card = stage.private()
    assert "/invite" in hint
    assert stage.audit()["1"].operation_id in card


def test_a_running_operation_can_be_stopped_from_anywhere(stage: Stage) -> None:
    """Also where the bot may not post: the answer is private."""
    stage.answer(call_of("sync"))
    url = stage.slack.response_urls.issue(OLGA, RANDOM.channel_id)
    secret = replace(call_of("cancel", "2"), place=Place("C0SECRET"), response_url=url)
    assert stage.answer(secret) == "answered"
    assert "stops at its next safe point" in stage.private()[0]


def test_a_refusal_that_cannot_be_told_is_still_a_refusal_in_the_audit(stage: Stage) -> None:
    """With the remark that its asker does not know."""
    stage.slack.faults.add(Fault("chat.postEphemeral", Refuse(500)))
    assert stage.answer(call_of("sync", user=VIC)) == "refused, not told"


def test_a_busy_cache_is_told_to_the_asker_with_who_holds_it(stage: Stage) -> None:
    """And nothing of the refused operation is left."""
    stage.answer(call_of("sync"))
    holder = stage.engine.known[0]
    assert stage.answer(call_of("sync", "2", ANNA)) == "error: Busy"
    assert str(holder) in stage.private("U0ANNA")[0]
    kept = stage.listeners[0].desk.records.operations
    assert [one.id for one in kept.latest(10)] == [OperationId(holder)]
