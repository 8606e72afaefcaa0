"""The intake: a notice that came in is kept, and those who tell of incidents are woken."""

import logging
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta

from core.alerts.incidents import Notice
from core.alerts.subjects import Subjects
from core.context import Clock
from core.store.incidents import IncidentStore

_log = logging.getLogger(__name__)

REMEMBERED = timedelta(days=31)
"""How long a message of Pub/Sub is known again: a subscription keeps it no longer.

Source: cloud.google.com/pubsub/docs/subscription-properties, "Message retention duration"
"""


def _nobody() -> None:
    """Wake nobody."""


@dataclass(frozen=True, slots=True)
class Intake:
    """Takes notices from every door. `changed` is called after each, and must return at once."""

    incidents: IncidentStore
    clock: Clock
    subjects: Subjects = field(default_factory=Subjects)
    changed: Callable[[], None] = _nobody

    def receive(self, notice: Notice, message: str = "") -> None:
        """Keep a notice; once this has returned it outlives the process.

        `message` is the id under which it was delivered: the same one again is not counted.

        Raises:
            DatabaseAway: it is not kept; whoever sent it has to send it again.
        """
        changed = self.incidents.take(notice, self.subjects.of, self.clock(), message)
        _log.info(
            "%s incident %s by %s: %s, about %s%s",
            notice.state.value,
            notice.incident,
            notice.source.value,
            notice.policy,
            self.subjects.of(notice).value,
            "" if changed else ", known already",
        )
        self.changed()

    def forget(self) -> None:
        """Forget the messages that can come no more."""
        self.incidents.forget_messages(self.clock() - REMEMBERED)
