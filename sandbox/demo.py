"""The demonstration: pretend cloud, pretend Slack with its page, and the bot, until Ctrl-C."""

import signal
import sys
import threading
from dataclasses import replace
from pathlib import Path

from sandbox.bot_process import BotDiedError, BotProcess
from sandbox.foreign_alerts import MONITORING, add_watched_channel
from sandbox.panel import buttons, press
from sandbox.stage import Setup, Stage

_TRY = """
  cachebot runs. Open this page in a browser:

      {url}

  You are Olga, the operator on call. Type into #incidents:

      /cache health      every check, with a verdict and the next step
      /cache sync        a sync of the models, followed live and proven
      /cache rollback    a plan that asks for a word, and the way back
      /cache help        everything else

  The weekly report comes to #ml-cache, here every ten minutes, and so do reminders and what
  has gone stale, here looked for every five. Alerts of other apps are watched in #monitoring.
  The menu at the right of a message holds "Diagnose with cachebot".
  The drawer "Break things" breaks the pretend cloud, the wire or the bot, and fires alerts.
  Nothing leaves this machine. Ctrl-C ends it. The bot's log: {log}
"""


_SETTINGS = {
    "CACHEBOT_REPORT_CHANNEL": "C0CACHE",
    "CACHEBOT_WEEKLY_REPORT": "*/10 * * * *",
    "CACHEBOT_REMINDERS": "*/5 * * * *",
    "CACHEBOT_STALENESS_CHECK": "*/5 * * * *",
    "CACHEBOT_WATCHED_CHANNELS": MONITORING,
}
"""Nobody waits a week for the demonstration's weekly report."""


def run_demo(folder: Path, setup: Setup) -> int:
    """Start everything, print the address, wait for Ctrl-C or SIGTERM, and stop everything."""
    bots: list[BotProcess] = []

    def on_panel(button_id: str) -> str:
        return press(button_id, stage, bots[0])

    settings = {**_SETTINGS, **setup.settings}
    shown = replace(setup, panel=buttons(), on_panel=on_panel, settings=settings)
    stage = Stage(folder, shown)
    add_watched_channel(stage.slack)
    ended = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: ended.set())
    stage.start()
    try:
        bots.append(stage.start_bot())
        print(_TRY.format(url=stage.slack.web_url, log=bots[0].log), flush=True)  # noqa: T201 - the demo speaks here
        ended.wait()
    except BotDiedError as exc:
        print(f"The bot did not start:\n{exc}", file=sys.stderr)  # noqa: T201 - as above
        return 2
    finally:
        for bot in bots:
            bot.stop()
        stage.stop()
    return 0
