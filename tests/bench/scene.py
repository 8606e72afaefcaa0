"""Where the measuring takes place: a stage, the bot on it, and channels of one's own."""

import json
import threading
import time
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

    def answered(self) -> set[str]:
        """Return the channels in which the bot has said more than that it is looking."""
        everything = self.stage.slack.workspace.everything()
        return {one.channel for one in everything if one.bot_id and is_finished(one)}

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

    def line_of_call(self, channel: str) -> Mapping[str, Any]:
        """Wait for the bot's log line about the call from a channel, and read it.

        Raises:
            BenchError: there is none.
        """
        pause, ends = threading.Event(), time.monotonic() + PATIENCE
        while time.monotonic() < ends:
            lines = self.bot.log.read_text().splitlines(keepends=True)
            whole = [json.loads(one) for one in lines if one[:1] == "{" and one[-1:] == "\n"]
            calls = [one for one in whole if one["logger"] == "cachebot.calls"]
            found = [one for one in calls if one["channel_id"] == channel]
            if found:
                return dict(found[0])
            pause.wait(0.02)
        raise BenchError(f"the log tells of no call from {channel}")


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
