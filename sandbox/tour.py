"""The tour: the main job played over the real wire, and proven, without a browser.

health -> sync with live progress -> the bot killed in mid-sync -> started again -> the same
message reaches "done" -> history. Whatever does not happen ends the tour with exit code 1.
"""

import re
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import TextIO

from sandbox.bot_process import BotDiedError, BotProcess
from sandbox.slack.messages import Message
from sandbox.stage import Setup, Stage

_OLGA, _INCIDENTS = "U0OLGA", "C0INCIDENTS"
_RUN_JOB = "google.cloud.run.v2.Jobs/RunJob"
_INDENT = " " * 4
_MENTION = re.compile(r"<@(\w+)>")


class TourFailedError(AssertionError):
    """Something that the tour promises did not happen."""


@dataclass(slots=True)
class Tour:
    """One walk through the demonstration, printing what a person would read."""

    stage: Stage
    bot: BotProcess
    began: float = field(default_factory=time.monotonic)

    def play(self) -> None:
        """Play every scene.

        Raises:
            TourFailedError: something did not happen.
        """
        self._health()
        before = self._executions()
        sync = self._sync()
        self._kill_and_restart(sync)
        self._finish(sync, before)
        self._history()
        self._expect(not self.stage.slack.rejections(), "Slack took every message")

    def _health(self) -> None:
        self._tell("Olga types /cache health in #incidents.")
        message = self._ask("/cache health")
        self._show(message)
        self._expect("Cache health" in message.text, "the health report arrived")

    def _sync(self) -> Message:
        self._tell("She types /cache sync.")
        message = self._ask("/cache sync", finished=lambda text: "%" in text)
        self._show(message)
        seen = len(message.revisions)
        self.stage.slack.wait_for(lambda: len(message.revisions) >= seen + 2, timeout=40)
        self._show(message)
        self._expect("running" in message.text.lower(), "the sync is followed live")
        return message

    def _kill_and_restart(self, sync: Message) -> None:
        self._tell("In mid-sync the bot is killed: kill -9, no warning.")
        self.bot.kill()
        self._expect(not self.bot.running, "the bot is dead")
        self._expect(bool(self._unfinished()), "the execution on Google Cloud goes on without it")
        self._tell("It starts again.")
        seen = len(sync.revisions)
        self.bot.start()
        self.stage.connect(self.bot)
        self.stage.slack.wait_for(lambda: len(sync.revisions) > seen, timeout=40)
        self._show(sync)

    def _finish(self, sync: Message, before: int) -> None:
        self.stage.slack.wait_for(lambda: "done" in sync.text.splitlines()[0].lower(), timeout=60)
        self._tell("The same message reaches its end.")
        self._show(sync)
        started = self._executions() - before
        self._expect(started == 1, f"exactly one execution was started ({started})")
        calls = len(self.stage.faults.seen(_RUN_JOB))
        self._expect(calls == 1, f"RunJob was called once ({calls})")
        about = [one for one in self._messages() if one.text.startswith(sync.text.splitlines()[0])]
        self._expect(len(about) == 1, "one message tells of the sync from beginning to end")

    def _history(self) -> None:
        self._tell("She types /cache history.")
        message = self._ask("/cache history")
        self._show(message)
        newest = self._newest_execution()
        self._expect(newest in message.text, f"the history names {newest}")

    def _ask(
        self, typed: str, finished: Callable[[str], bool] = lambda text: "Looking:" not in text
    ) -> Message:
        known = {one.ts for one in self._messages()}
        outcome = self.stage.slack.as_user(_OLGA).slash(_INCIDENTS, typed)
        acked = outcome.ack is not None and outcome.ack.ok
        self._expect(acked, f"{typed} was acknowledged in time")

        def answer() -> Message | None:
            new = [one for one in self._messages() if one.ts not in known]
            return next((one for one in new if finished(one.text)), None)

        found = self.stage.slack.wait_for(answer, timeout=40)
        if found is None:
            raise TourFailedError(f"{typed} was not answered")
        return found

    def _messages(self) -> list[Message]:
        return [one for one in self.stage.slack.messages(_INCIDENTS) if one.bot_id]

    def _executions(self) -> int:
        return len(self.stage.project.state.executions.all())

    def _unfinished(self) -> list[str]:
        executions = self.stage.project.state.executions.all()
        return [one.name for one in executions if not one.completion_time]

    def _newest_execution(self) -> str:
        executions = self.stage.project.state.executions.all()
        newest = max(executions, key=lambda one: one.create_time)
        return str(newest.name).rpartition("/")[2]

    def _expect(self, happened: bool, what: str) -> None:
        if not happened:
            raise TourFailedError(what)
        _say(f"  [ok] {what}")

    def _tell(self, sentence: str) -> None:
        _say(f"\n{time.monotonic() - self.began:5.1f} s  {sentence}")

    def _show(self, message: Message) -> None:
        lines = message.text.splitlines()
        edits = len(message.revisions) - 1
        mark = f" (edited {edits}x)" if edits else ""
        _say(f"\n{_INDENT}#incidents  cachebot{mark}")
        for line in lines:
            _say(f"{_INDENT}| {self._named(line)}")

    def _named(self, line: str) -> str:
        """Put names in the place of user ids, as Slack does."""
        users = self.stage.slack.workspace.users
        return _MENTION.sub(lambda found: f"@{users[found[1]].name}", line)


def run_tour(folder: Path, setup: Setup) -> int:
    """Play the tour; return 0 only if all of it really happened."""
    stage = Stage(folder, setup).start()
    bot = stage.bot()
    try:
        bot.start()
        stage.connect(bot)
        tour = Tour(stage, bot)
        tour.play()
        _say(f"\nAll of it happened, in {time.monotonic() - tour.began:.0f} s.")
    except (TourFailedError, TimeoutError, BotDiedError) as exc:
        _say(f"\nThe tour failed: {exc}", sys.stderr)
        _say(bot.log.read_text(errors="replace")[-3000:], sys.stderr)
        return 1
    else:
        return 0
    finally:
        bot.kill()
        stage.stop()


def _say(line: str, stream: TextIO | None = None) -> None:
    print(line, file=stream or sys.stdout, flush=True)
