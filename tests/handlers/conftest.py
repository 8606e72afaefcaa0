"""A pretend Slack, spoken to over its real sockets, and the bot's hands in it."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from slack_sdk import WebClient

from core.store.database import Database, open_database
from handlers.chat import Chat, slack_client
from sandbox.slack.slack import PretendSlack
from tests.handlers.gallery_stage import Scene
from tests.handlers.outbox_stage import Stage
from tests.sandbox.slack_fixtures import running_slack


@pytest.fixture
def slack() -> Iterator[PretendSlack]:
    """A pretend Slack in which events are sent again without long pauses."""
    with running_slack(speed=2000) as running:
        yield running


@pytest.fixture
def client(slack: PretendSlack) -> WebClient:
    """The bot's client."""
    return slack_client(slack.bot_token, slack.api_url)


@pytest.fixture
def chat(client: WebClient) -> Chat:
    """The bot's hands."""
    return Chat(client)


@pytest.fixture
def file_database(tmp_path: Path) -> Iterator[Database]:
    """A database that several threads may use."""
    opened = open_database(f"sqlite:///{tmp_path / 'x.sqlite'}")
    yield opened
    opened.close()


@pytest.fixture
def scene(slack: PretendSlack, file_database: Database) -> Iterator[Scene]:
    """A scene of one's own."""
    made = Scene(Stage(slack, file_database))
    yield made
    for outbox in made.stage.started:
        outbox.stop()
