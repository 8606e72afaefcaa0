"""How fast an app may call: Slack's tiers per method, and one message a second a channel.

docs.slack.dev/apis/web-api/rate-limits
"""

import math
from collections import deque
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import IntEnum

from sandbox.clock import Clock
from sandbox.slack.changes import Changes

WINDOW = timedelta(minutes=1)
POST_BURST = 10  # "bursts over the limit for short periods are allowed": how short is our guess


class Tier(IntEnum):
    """Calls per minute that a method takes."""

    TWO = 20
    THREE = 50
    FOUR = 100
    SPECIAL = 600  # "several hundred a minute"


@dataclass(slots=True)
class _Bucket:
    """Allows a burst, and refills by one token a second."""

    tokens: float
    at: datetime


@dataclass(slots=True)
class Pace:
    """Counts calls and says how long a caller must wait; switched off it lets all through."""

    clock: Clock
    changes: Changes
    enforced: bool = True
    _calls: dict[str, deque[datetime]] = field(default_factory=dict)
    _channels: dict[str, _Bucket] = field(default_factory=dict)

    def wait_seconds(self, method: str, tier: Tier, channel: str | None = None) -> int:
        """Count a call and return 0, or the whole seconds of Retry-After and count nothing.

        A `channel` is held to one message a second besides.
        """
        if not self.enforced:
            return 0
        with self.changes.lock:
            wait = self._tier_wait(method, tier)
            if wait == 0 and channel is not None:
                wait = self._channel_wait(channel)
            if wait == 0:
                self._calls[method].append(self.clock.now())
            return wait

    def _tier_wait(self, method: str, tier: Tier) -> int:
        calls, now = self._calls.setdefault(method, deque()), self.clock.now()
        while calls and now - calls[0] >= WINDOW:
            calls.popleft()
        if len(calls) < tier:
            return 0
        return math.ceil((WINDOW - (now - calls[0])).total_seconds())

    def _channel_wait(self, channel: str) -> int:
        now = self.clock.now()
        bucket = self._channels.setdefault(channel, _Bucket(POST_BURST, now))
        refilled = bucket.tokens + (now - bucket.at).total_seconds()
        bucket.tokens, bucket.at = min(POST_BURST, refilled), now
        if bucket.tokens < 1:
            return math.ceil(1 - bucket.tokens)
        bucket.tokens -= 1
        return 0
