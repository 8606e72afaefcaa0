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
    given = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="cachebot-demo-") as folder:
        setup = Setup(speed=given.speed, http=given.http, port=given.port)
        play = run_tour if given.tour else run_demo
        return play(Path(folder), setup)


if __name__ == "__main__":
    sys.exit(main())
