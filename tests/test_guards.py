"""Guards: what belongs together stays together, and nobody can forget a place."""

import ast
import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import cast

import pytest
import yaml  # type: ignore[import-untyped]  # it publishes no type information
from alembic.config import Config
from alembic.script import ScriptDirectory

import core.store.database
from bot.schedule_settings import Settings
from core.call import Call, Door
from core.cloud import Cloud
from core.commands import Action, Query
from core.desk import Desk
from core.errors import OpsError
from core.executions import SyncJob
from core.ops import admit, carry_out
from core.services import Service
from core.store.database import memory_database
from core.verbs import VERBS, parse, verb_of
from handlers.blocks.errors import card_of_error
from handlers.blocks.guide import GUIDE
from handlers.blocks.reports import card_of, working_card
from handlers.blocks.slack import to_slack
from handlers.blocks.text import to_text
from sandbox.slack.directory import Manifest
from tests.core.small_desk import NotedEngine, Watch, call_of, desk_on
from tests.core.whole_cache import whole_cache

ROOT = Path(__file__).parents[1]
ROOMS = ("bot", "handlers", "core", "sandbox", "deploy", "tests")
MODULES = sorted(path for room in ROOMS for path in (ROOT / room).rglob("*.py"))
MANIFESTS = sorted((ROOT / "deploy").glob("slack-manifest.*.yaml"))
LONGEST_MODULE = 300

TYPED = {
    "confirm": "confirm sync-abc234",
    "decline": "decline sync-abc234",
    "pause": "pause nightly",
    "resume": "resume nightly",
    "show": "show sync-abc234",
    "undo": "undo sync-abc234",
    "update": "update llm=llama3.2:3b",
}
"""What to type for the words that want more than themselves."""


def typed(word: str, door: Door = Door.CLI) -> Call:
    """Ask for a word as somebody who may do everything."""
    call = call_of(TYPED.get(word, word))
    return Call(call.request_id, call.actor, door, call.place, call.words, call.at)


@pytest.fixture
def desk() -> Iterator[Desk]:
    """A desk before a healthy cache that can only be read."""
    database = memory_database()
    yield desk_on(database, cast("Cloud", whole_cache()), NotedEngine(), Watch())
    database.close()


@pytest.mark.parametrize("word", VERBS)
def test_every_word_is_read_as_its_own_command(word: str) -> None:
    """A word that parses into another one's command would do something else."""
    command = parse(TYPED.get(word, word))
    assert verb_of(command).word == word
    assert isinstance(command, Action | Query)
    assert VERBS[word].usage.startswith(f"/cache {word}")


@pytest.mark.parametrize("word", VERBS)
def test_every_word_is_answered_or_refused_with_a_reason(word: str, desk: Desk) -> None:
    """In Slack and on a terminal."""
    call = typed(word)
    try:
        card = card_of(carry_out(admit(call, desk), call, desk), desk.clock())
    except OpsError as exc:
        card = card_of_error(exc)
    for shown in (to_slack(card).text, to_text(card)):
        assert len(shown) > 20
        assert "nternal error" not in shown
    assert to_slack(working_card(VERBS[word])).blocks


def test_help_shows_every_word(desk: Desk) -> None:
    """To somebody who may do everything."""
    call = typed("help")
    shown = to_text(card_of(carry_out(parse("help"), call, desk), desk.clock()), width=200)
    for word in VERBS:
        assert f"/cache {word}" in shown, word


@pytest.mark.parametrize("word", sorted(VERBS))
def test_every_word_is_in_the_readme(word: str) -> None:
    """With its own line in the table of commands."""
    readme = (ROOT / "README.md").read_text()
    assert re.search(rf"`/cache {word}\b", readme), f"README.md does not tell of {word}"


def test_the_readme_promises_no_word_that_is_unknown() -> None:
    """Neither a mistyped one nor one that was renamed."""
    readme = (ROOT / "README.md").read_text()
    promised = set(re.findall(r"`/cache ([a-z]+)", readme)) | set(
        re.findall(r"`cachebot ([a-z]+)", readme)
    )
    assert promised <= {*VERBS, "serve"}


@pytest.mark.parametrize("path", MANIFESTS, ids=lambda path: path.name)
def test_slack_is_told_of_the_command_and_of_words_that_exist(path: Path) -> None:
    """What the composer hints at can be typed."""
    (command,) = yaml.safe_load(path.read_text())["features"]["slash_commands"]
    assert command["command"] == Settings.model_fields["slash_command"].default
    hinted = set(re.findall(r"[a-z]+", command["usage_hint"]))
    assert hinted
    assert hinted <= set(VERBS)


def test_the_pretend_slack_hints_at_words_that_exist() -> None:
    """The demonstration's composer is no different."""
    (command,) = Manifest().commands
    assert command.command == Settings.model_fields["slash_command"].default
    hinted = set(re.findall(r"[a-z]+", command.usage_hint)) | set(command.words)
    assert hinted <= set(VERBS)


def test_the_pretend_slack_grants_no_scope_that_the_real_one_would_not() -> None:
    """A method that works only in the sandbox would be found out in production."""
    for path in MANIFESTS:
        asked = set(yaml.safe_load(path.read_text())["oauth_config"]["scopes"]["bot"])
        used = {"chat:write", "channels:read", "channels:history", "usergroups:read", "commands"}
        assert used <= asked
        assert used <= Manifest().scopes


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(ROOT)))
def test_every_module_says_what_it_is_for_and_stays_readable(path: Path) -> None:
    """One sentence at its head, at most 300 lines, nothing put off for later."""
    source = path.read_text()
    assert source.count("\n") <= LONGEST_MODULE
    assert not re.search(r"\b(TODO|FIXME|XXX)\b", source) or path == Path(__file__)
    if source.strip():
        said = ast.get_docstring(ast.parse(source))
        assert said, "it does not say what it is for"
        assert said.splitlines()[0].endswith((".", "!", "?")), said


@pytest.mark.parametrize("seen", [whole_cache().tabular, whole_cache().sync_job])
def test_what_variables_hold_stays_out_of_logs(seen: object) -> None:
    """Of the service's and the job's environment nobody knows what it holds."""
    secret = "hunter2"  # noqa: S105 - of this test only
    assert isinstance(seen, Service | SyncJob)
    assert secret not in repr(replace(seen, env={"PASSWORD": secret}))


def test_the_migrations_are_one_line() -> None:
    """Two heads would leave it open which tables a database has."""
    config = Config()
    folder = Path(core.store.database.__file__).parent / "migrations"
    config.set_main_option("script_location", str(folder))
    assert len(ScriptDirectory.from_config(config).get_heads()) == 1


@pytest.mark.parametrize("word", VERBS)
def test_every_word_has_a_guide_whose_example_can_be_typed(word: str) -> None:
    """Help on a word is more than its line in the list, and its example is the word's own."""
    entry = GUIDE[word]
    assert verb_of(parse(entry.example)).word == word
    assert entry.does.endswith(".")
    looks = isinstance(parse(entry.example), Query)
    assert looks is (entry.back == "")


def test_no_guide_is_left_over() -> None:
    """A word that is gone leaves no help behind."""
    assert GUIDE.keys() == VERBS.keys()
