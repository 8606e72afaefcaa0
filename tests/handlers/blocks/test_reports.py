"""What people read, kept as files: run with REWRITE_SNAPSHOTS=1 to accept what has changed."""

import os
from pathlib import Path
from typing import get_args

import pytest

from core.answers import Answer
from core.errors import (
    Busy,
    Conflict,
    Decided,
    NotAllowed,
    NotFound,
    NothingToDo,
    OpsError,
    PermissionDenied,
    QuotaExceeded,
    Rejected,
    SettingsError,
    Unavailable,
    UsageError,
)
from core.verbs import VERBS
from handlers.blocks.card import ButtonStyle, Card
from handlers.blocks.diagnosis import card_of_diagnosis
from handlers.blocks.errors import card_of_error, card_of_internal_error
from handlers.blocks.reports import card_of, working_card
from handlers.blocks.slack import Message, to_slack
from handlers.blocks.text import to_text
from handlers.blocks.weekly import card_of_weekly
from sandbox.slack.block_kit.blocks import Surface
from sandbox.slack.limits import check_blocks
from sandbox.slack.live_mentions import live_mentions
from sandbox.slack.messages import Content
from tests.handlers.blocks.diagnosis_samples import DIAGNOSES
from tests.handlers.blocks.incident_samples import INCIDENTS
from tests.handlers.blocks.operation_samples import NOW
from tests.handlers.blocks.samples import SAMPLES
from tests.handlers.blocks.weekly_samples import WEEKS

_SNAPSHOTS = Path(__file__).parent / "snapshots"
_REWRITE = os.environ.get("REWRITE_SNAPSHOTS") == "1"
_ERRORS: tuple[OpsError, ...] = (
    UsageError('I do not know the word "helth".', "Did you mean `/cache health`?"),
    NotAllowed("`/cache sync` needs the role operator; you have viewer.", "Ask somebody."),
    Busy(
        "sync-k3f9q2 is already running, started by",
        "`/cache cancel` stops it.",
        by="U777",
        name="Ada",
    ),
    Decided("U777", "was faster: disable-k3f9q2 is confirmed already.", "`/cache show` tells."),
    SettingsError(("CACHEBOT_PROJECT is missing.", "CACHEBOT_BUKET is unknown.")),
    NotFound("There is no bucket tabular-model-cache.", "Run `/cache recover`."),
    PermissionDenied("run.jobs.run is missing on tabular-model-sync."),
    Rejected("INVALID_ARGUMENT: <!channel> is no filter."),
    Conflict("manifest.json has changed since it was read.", "Ask again."),
    QuotaExceeded("60 reads of the logs a minute are used up.", "Wait a minute."),
    Unavailable("Cloud Run did not answer within 10 s.", "Ask again in a minute."),
    NothingToDo("No operation is running.", "`/cache ops` lists the last ones."),
    OpsError("There is no bucket, so a sync has nowhere to put the models.", "`/cache recover`."),
)


def _said(value: object) -> list[str]:
    """Return the texts of a block in the order in which they are read."""
    if isinstance(value, list):
        return [text for inner in value for text in _said(inner)]
    if not isinstance(value, dict):
        return []
    if "text" in value and isinstance(value["text"], str):
        return [value["text"]]
    return [text for inner in value.values() for text in _said(inner)]


def _shown(block: dict[str, object]) -> str:
    texts = "\n".join(_said(block))
    return f"[{block['type']} {block['block_id']}]\n{texts}"


def _snapshot(card: Card, message: Message) -> str:
    blocks = "\n".join(map(_shown, message.blocks))
    return (
        f"=== terminal ===\n{to_text(card)}\n\n=== Slack, aloud ===\n{message.text}\n\n"
        f"=== Slack ===\n{blocks}\n"
    )


def _compare(name: str, card: Card) -> None:
    message = to_slack(card)
    assert check_blocks(message.blocks, Surface.MESSAGE) == []
    path = _SNAPSHOTS / f"{name}.txt"
    now = _snapshot(card, message)
    if _REWRITE:
        path.write_text(now, encoding="utf-8")
    assert now == path.read_text(encoding="utf-8")


@pytest.mark.parametrize("name", SAMPLES)
def test_answers_read_as_they_were_approved(name: str) -> None:
    """Each answer says, in Slack and on a terminal, what its snapshot says."""
    _compare(name, card_of(SAMPLES[name], NOW))


@pytest.mark.parametrize("name", WEEKS)
def test_weekly_reports_read_as_they_were_approved(name: str) -> None:
    """The verdict first, then each change against the week before, then what is not ok."""
    _compare(name, card_of_weekly(WEEKS[name]))


@pytest.mark.parametrize("name", INCIDENTS)
def test_incidents_read_as_they_were_approved(name: str) -> None:
    """What is wrong since when, in words, and nothing of an alert's text notifies anybody."""
    _compare(name, INCIDENTS[name])
    said = to_slack(INCIDENTS[name])
    assert live_mentions(Content(said.text, tuple(said.blocks))) <= {"U777"}, "who did what"


@pytest.mark.parametrize("error", _ERRORS, ids=lambda error: type(error).__name__)
def test_errors_read_as_they_were_approved(error: OpsError) -> None:
    """Each kind of error has a title of its own, its message and its hint verbatim."""
    _compare(f"error_{type(error).__name__}", card_of_error(error))


@pytest.mark.parametrize("name", DIAGNOSES)
def test_diagnoses_read_as_they_were_approved(name: str) -> None:
    """The cause comes first, and what is read aloud holds all that is shown."""
    card = card_of_diagnosis(DIAGNOSES[name])
    _compare(name, card)
    told = DIAGNOSES[name]
    assert len((*told.evidence, *told.unchecked)) == to_slack(card).text.count("\n- ")


def test_an_internal_error_is_told_by_number() -> None:
    """A fault of the bot's own shows its number and nothing of the inside."""
    _compare("error_internal", card_of_internal_error("a1b2c3"))


def test_each_kind_of_answer_has_a_sample() -> None:
    """No kind of answer can be added without somebody reading what it says."""
    assert {type(answer) for answer in SAMPLES.values()} == set(get_args(Answer))


@pytest.mark.parametrize("word", VERBS)
def test_each_word_says_that_it_works_on_it(word: str) -> None:
    """While an answer is made, a short message says so."""
    message = to_slack(working_card(VERBS[word]))
    assert check_blocks(message.blocks, Surface.MESSAGE) == []
    assert VERBS[word].summary in message.text


def test_no_snapshot_is_left_over() -> None:
    """Each snapshot belongs to a test; a renamed answer leaves none behind."""
    errors = {f"error_{type(error).__name__}" for error in _ERRORS} | {"error_internal"}
    expected = {*SAMPLES, *INCIDENTS, *WEEKS, *DIAGNOSES, *errors}
    assert {path.stem for path in _SNAPSHOTS.iterdir()} == expected


def test_the_newest_log_lines_stay() -> None:
    """Where not all lines fit, the oldest are left out, and the message says how many."""
    text = str(to_slack(card_of(SAMPLES["logs_many"], NOW)).blocks)
    assert "line 00 " in text
    assert "line 49 " not in text
    assert "older lines do not fit" in text


def test_what_an_error_offers_becomes_buttons_that_say_the_words() -> None:
    """The next step is one tap away, and each button is a whole command."""
    offers = ("rollback v1", "cleanup 7d versions", "health")
    error = OpsError("It is gone.", "Download it anew.", offers=offers)
    buttons = card_of_error(error).buttons
    assert [(one.label, one.value) for one in buttons] == [
        ("Roll back to v1", "rollback v1"),
        ("Clean up: 7d versions", "cleanup 7d versions"),
        ("Check health", "health"),
    ]
    assert [one.style for one in buttons] == [
        ButtonStyle.PRIMARY,
        ButtonStyle.PLAIN,
        ButtonStyle.PLAIN,
    ]
