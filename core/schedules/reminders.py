"""The daily reminder: what the bot has switched off for somebody and nobody has back on."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from core.cloud import Reader
from core.desk import Desk
from core.schedules.switched_off import SwitchedOff, disabled_volume, paused_nightly

_OVERNIGHT = timedelta(days=1)
"""A volume that is switched off for an incident is nobody's forgetting before that."""


@dataclass(frozen=True, slots=True)
class Reminders:
    """What to remind of; None where there is nothing."""

    at: datetime
    nightly: SwitchedOff | None
    volume: SwitchedOff | None

    @property
    def empty(self) -> bool:
        """Whether there is nothing to remind of."""
        return self.nightly is None and self.volume is None


def look_for_reminders(reader: Reader, desk: Desk, now: datetime) -> Reminders:
    """Look what is off and was switched off by an operation.

    Raises:
        CloudError: it could not be read.
    """
    operations = desk.records.operations
    volume = disabled_volume(reader, operations, desk.deployment)
    if volume is not None and now - volume.at < _OVERNIGHT:
        volume = None
    return Reminders(now, paused_nightly(reader, operations), volume)
