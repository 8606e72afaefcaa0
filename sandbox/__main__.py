"""`python -m sandbox`: the demonstration, or with --tour the tour. `scripts/demo` calls it."""

import argparse
import sys
import tempfile
from pathlib import Path

from sandbox.demo import run_demo
from sandbox.stage import Setup
from sandbox.tour import run_tour


def main() -> int:
    """Read the arguments and play."""
    parser = argparse.ArgumentParser(
        prog="scripts/demo",
        description="cachebot against a pretend Google Cloud and a pretend Slack, on loopback.",
    )
    parser.add_argument("--tour", action="store_true", help="play the main job and exit")
    parser.add_argument("--http", action="store_true", help="use signed HTTP, not Socket Mode")
    parser.add_argument(
        "--port", type=int, default=0, help="port of the page (default: a free one)"
    )
    parser.add_argument(
        "--speed", type=float, default=20.0, help="how much faster a sync runs (default 20)"
    )
    parser.add_argument(
        "--set", type=_setting, action="append", default=[], metavar="CACHEBOT_NAME=VALUE",
        help="a setting for the bot, as in docs/settings.md; may be given several times",
    )  # fmt: skip
    given = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="cachebot-demo-") as folder:
        settings = dict(given.set)
        setup = Setup(speed=given.speed, http=given.http, port=given.port, settings=settings)
        play = run_tour if given.tour else run_demo
        return play(Path(folder), setup)


def _setting(text: str) -> tuple[str, str]:
    """Read one setting. The bot gets none of the caller's own: they may be those of a real one."""
    name, sign, value = text.partition("=")
    if not name.startswith("CACHEBOT_") or not sign:
        raise argparse.ArgumentTypeError(f"{text!r} is not of the form CACHEBOT_NAME=VALUE")
    return name, value


if __name__ == "__main__":
    sys.exit(main())
