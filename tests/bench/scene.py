"""Where the measuring takes place: a stage, the bot on it, and channels of one's own."""

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from sandbox.bot_process import BotProcess
from sandbox.slack.directory import BOT_USER, Channel
from sandbox.slack.messages import Message
from sandbox.stage import Setup, Stage

PEOPLE = ("U0OLGA", "U0ANNA", "U0VIC", "U0EXT")
PATIENCE = 90.0
"""Seconds to wait for what has to happen before the bench gives up."""


class BenchError(Exception):
    """Something did not happen at all, so that there is nothing to measure."""


@dataclass(frozen=True, slots=True)
class Scene:
    """A stage and the bot on it, which writes its log as JSON."""

    stage: Stage
    bot: BotProcess

    def channel(self, name: str) -> str:
        """Add a channel with everybody and the bot in it, and return its id."""
        channel = Channel(f"C0{name.upper()}", name, {*PEOPLE, BOT_USER})
        self.stage.slack.workspace.channels[channel.id] = channel
        return channel.id

    def told(self, channel: str) -> list[Message]:
        """Return what the bot has said there, to everybody or to one person alone."""
        everything = self.stage.slack.workspace.everything()
        return [one for one in everything if one.channel == channel and one.bot_id]

    def answer(self, channel: str) -> Message:
        """Wait for the finished answer in a channel in which one thing was asked.

        Raises:
            BenchError: it did not come.
        """

        def finished() -> Message | None:
            return next((one for one in self.told(channel) if is_finished(one)), None)

        try:
            found = self.stage.slack.wait_for(finished, PATIENCE)
        except TimeoutError as exc:
            raise BenchError(f"no answer in {channel}: {exc}") from exc
        if found is None:
            raise BenchError(f"no answer in {channel}")
        return found

    def calls(self) -> Mapping[str, Mapping[str, Any]]:
        """Read the bot's line about each call out of its log, by channel."""
        lines = self.bot.log.read_text().splitlines()
        objects = [json.loads(line) for line in lines if line.startswith("{")]
        return {one["channel_id"]: one for one in objects if one["logger"] == "cachebot.calls"}


def is_finished(message: Message) -> bool:
    """Tell whether a message is an answer, and not the word that one is being looked for."""
    return "Looking:" not in message.text


@contextmanager
def scene(setup: Setup) -> Iterator[Scene]:
    """Start a stage and a bot, and stop both afterwards."""
    with TemporaryDirectory(prefix="cachebot-bench-") as folder:
        logging = replace(setup, settings={**setup.settings, "CACHEBOT_LOG_FORMAT": "json"})
        stage = Stage(Path(folder), logging).start()
        try:
            bot = stage.start_bot()
            try:
                yield Scene(stage, bot)
            finally:
                bot.kill()
        finally:
            stage.stop()
