"""Waiting for what happens in another thread or process and announces itself to nobody."""

import time
from collections.abc import Callable

PATIENCE = 60.0
"""Seconds; generous, since a loaded machine is no failure."""


def eventually(condition: Callable[[], object], seconds: float = PATIENCE) -> bool:
    """Wait until the condition holds; False where it does not in time."""
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.02)
    return True
