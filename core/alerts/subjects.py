"""What an incident is about: told by its policy's name, by patterns that are settings."""

import re
from dataclasses import dataclass

from core.alerts.incidents import Notice, Subject

HIT_RATE = "(?i)hit.?rate|cache.?(hit|miss)"
SYNC_FAILURES = "(?i)sync.{0,40}fail|fail.{0,40}sync"
OURS = "(?i)tabular"
USAGE = "(?i)usage|capacity|bucket.{0,40}(full|size|bytes)"


@dataclass(frozen=True, slots=True)
class Subjects:
    """A regular expression for each subject that has a diagnosis, and `ours` for the service."""

    hit_rate: str = HIT_RATE
    sync_failures: str = SYNC_FAILURES
    usage: str = USAGE
    ours: str = OURS

    def of(self, notice: Notice) -> Subject:
        """Return what a notice is about, by the policy's name, else by the condition's.

        A policy whose label `service` names somebody else's service is none of ours, whatever
        its name: what opened it is not looked for, only how the cache stands is told.
        """
        if notice.service and not self._ours(notice):
            return Subject.OTHER
        for text in (notice.policy, notice.condition):
            for pattern, subject in (
                (self.sync_failures, Subject.SYNC_FAILURES),
                (self.hit_rate, Subject.HIT_RATE),
                (self.usage, Subject.USAGE),
            ):
                if re.search(pattern, text):
                    return subject
        return Subject.OTHER

    def _ours(self, notice: Notice) -> bool:
        return any(re.search(self.ours, text) for text in (notice.service, notice.policy))
