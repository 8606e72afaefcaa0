"""The bot in several lives: each but the last is ended by SIGKILL at its boundary.

The boundaries are the arguments. Each life is forked from a process that has loaded the code
and done nothing else, which saves a second of loading; it shares nothing with the others but
the database. After each death the log says where it was.
"""

import os
import signal
import sys
from functools import partial

from bot.serve import serve_bot
from bot.settings import read_settings

DEATH = "killed at "


def main() -> int:
    """Die at each boundary in turn, then run on."""
    for boundary in sys.argv[1:]:
        _live_until(boundary)
        sys.stdout.write(f"{DEATH}{boundary}\n")
        sys.stdout.flush()
    return serve_bot(read_settings(os.environ))


def _live_until(boundary: str) -> None:
    """Run the bot, which is a server and its worker, until it passes that boundary.

    Both hold the writing end of a pipe: it ends for the reader when both are dead.
    """
    reading, writing = os.pipe()
    server = os.fork()
    if server == 0:
        os._exit(serve_bot(read_settings(os.environ), partial(_die, boundary)))
    os.close(writing)
    _, status = os.waitpid(server, 0)
    if os.waitstatus_to_exitcode(status) != -signal.SIGKILL:
        raise RuntimeError(f"the bot ended by itself before {boundary}")
    os.read(reading, 1)
    os.close(reading)


def _die(boundary: str, passed: str) -> None:
    """Kill the server and this worker of it at that boundary."""
    if passed == boundary:
        os.kill(os.getppid(), signal.SIGKILL)
        os.kill(os.getpid(), signal.SIGKILL)


if __name__ == "__main__":
    sys.exit(main())
