"""The bot, killed by itself (SIGKILL) at the boundary that is given as an argument."""

import os
import signal
import sys

from bot.serve import serve_bot
from bot.settings import read_settings


def main() -> int:
    """Run the bot until it passes that boundary."""
    crash_at = sys.argv[1]

    def at_boundary(boundary: str) -> None:
        if boundary == crash_at:
            os.killpg(os.getpgid(0), signal.SIGKILL)

    return serve_bot(read_settings(os.environ), at_boundary)


if __name__ == "__main__":
    sys.exit(main())
