"""Trigger ids: a person's act lets the app open one view, once, within three seconds.

docs.slack.dev/surfaces/modals
"""

import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta

from sandbox.clock import Clock
from sandbox.slack.changes import Changes
from sandbox.slack.wire import ApiError

LIFE = timedelta(seconds=3)


@dataclass(slots=True)
class _Trigger:
    user: str
    issued_at: datetime
    spent: bool = False


class Triggers:
    """The trigger ids handed out so far."""

    def __init__(self, clock: Clock, changes: Changes) -> None:
        self._clock = clock
        self._changes = changes
        self._issued: dict[str, _Trigger] = {}

    def issue(self, user: str) -> str:
        """Return a new trigger id for what `user` has just done."""
        trigger_id = (
            f"{secrets.randbelow(10**13)}.{secrets.randbelow(10**10)}.{secrets.token_hex(16)}"
        )
        with self._changes.lock:
            self._issued[trigger_id] = _Trigger(user, self._clock.now())
        return trigger_id

    def spend(self, trigger_id: str) -> str:
        """Use a trigger id up and return the user it belongs to.

        Raises:
            ApiError: `invalid_trigger_id`, `expired_trigger_id` or `exchanged_trigger_id`.
        """
        with self._changes.lock:
            trigger = self._issued.get(trigger_id)
            if trigger is None:
                raise ApiError("invalid_trigger_id")
            if trigger.spent:
                raise ApiError("exchanged_trigger_id")
            if self._clock.now() - trigger.issued_at > LIFE:
                raise ApiError("expired_trigger_id")
            trigger.spent = True
            return trigger.user
