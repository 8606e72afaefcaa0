"""A small real bot to be served: `python -m tests.bot.small_bot PORT MODE DIRECTORY`.

MODE is one of `ready`, `busy` (a thread that never ends), `stuck` (stopping never ends),
`settings`, `in-use` and `broken` (each of these three fails while it is built).
"""

import os
import sys
import threading
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from flask import Flask
from slack_bolt import Ack, App
from slack_bolt.authorization import AuthorizeResult

from bot.logs import LogFormat, LogLevel, set_up_logging
from bot.server import Address, WebRuntime, serve
from bot.web import Front, create_web
from core.errors import SettingsError
from core.store.database import Database, open_database

BOT_TOKEN = "xoxb-of-this-test"  # noqa: S105 - of this test only
SIGNING_SECRET = "a-signing-secret-for-tests"  # noqa: S105 - of this test only


@dataclass(frozen=True, slots=True)
class SmallBot:
    """Holds a database, as the real one does, and marks in a file that it was stopped."""

    web: Flask
    database: Database
    mode: str
    directory: Path

    def stop(self) -> None:
        """Close the database and leave a mark."""
        if self.mode == "stuck":
            threading.Event().wait()
        self.database.close()
        (self.directory / "stopped").write_text("yes")


def bolt_app() -> App:
    """Return an app that answers `/cache` with what it was told, and asks Slack nothing."""
    app = App(
        signing_secret=SIGNING_SECRET,
        authorize=lambda: AuthorizeResult(enterprise_id=None, team_id="T0", bot_token=BOT_TOKEN),
    )

    def answer(ack: Ack, body: dict[str, Any]) -> None:
        ack(text=f"heard: {body.get('text', '')}")

    def clicked(ack: Ack) -> None:
        ack()

    app.command("/cache")(answer)
    app.action("say")(clicked)
    app.event("app_mention")(clicked)
    return app


def build(mode: str, directory: Path) -> WebRuntime:
    """Build the bot, or fail in the way that the mode names."""
    if mode == "settings":
        raise SettingsError(("CACHEBOT_PROJECT is missing.", "CACHEBOT_PROT is no setting."))
    if mode == "broken":
        raise RuntimeError("a defect")
    database = open_database(f"sqlite:///{directory}/bot.sqlite")
    if mode == "in-use":
        open_database(f"sqlite:///{directory}/bot.sqlite")
    if mode == "busy":
        threading.Thread(target=threading.Event().wait, daemon=False).start()
    noted = directory / "worker.new"
    noted.write_text(str(os.getpid()))
    noted.rename(directory / "worker")  # whoever reads it reads all of it
    return SmallBot(
        create_web(Front(bolt_app(), SIGNING_SECRET, _no_problems)), database, mode, directory
    )


def _no_problems() -> Sequence[str]:
    return ()


if __name__ == "__main__":
    port, mode, directory = int(sys.argv[1]), sys.argv[2], Path(sys.argv[3])
    set_up_logging(LogFormat.JSON, LogLevel.INFO, (SIGNING_SECRET,))
    sys.exit(serve(Address("127.0.0.1", port, 8), lambda: build(mode, directory)))
