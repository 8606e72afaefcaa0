"""The health of the cache: every check at the same time, each by a deadline."""

import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from time import monotonic

from core.cloud import Reader
from core.inspection.checks.alerts import check_incidents, check_metrics, check_policies
from core.inspection.checks.cache import check_done, check_manifest, check_models
from core.inspection.checks.names import check_names
from core.inspection.checks.service import check_service
from core.inspection.checks.startups import check_hits
from core.inspection.checks.storage import check_bucket, check_size
from core.inspection.checks.syncs import check_nightly, check_syncs
from core.inspection.findings import (
    Check,
    Finding,
    Judgement,
    Scene,
    Verdict,
    Yardstick,
    exit_code_of,
    worst,
)
from core.parallel import Reading, Unknown, ask_all
from core.snapshot import Snapshot

CHECKS: Mapping[Check, Callable[[Scene], Judgement]] = {
    Check.MODELS: check_models,
    Check.HITS: check_hits,
    Check.NAMES: check_names,
    Check.DONE: check_done,
    Check.SYNCS: check_syncs,
    Check.INCIDENTS: check_incidents,
    Check.SIZE: check_size,
    Check.SERVICE: check_service,
    Check.NIGHTLY: check_nightly,
    Check.MANIFEST: check_manifest,
    Check.BUCKET: check_bucket,
    Check.POLICIES: check_policies,
    Check.METRICS: check_metrics,
}
"""Every check, in the order in which they are started: the longest roads first."""

_LONGEST_LINE = 300
_AGAIN = "Run /cache health again in a minute."
_logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class HealthReport:
    """The findings in the order of `Check`. Hits are those of the `window` before `at`."""

    at: datetime
    window: timedelta
    findings: tuple[Finding, ...]
    took: timedelta

    @property
    def verdict(self) -> Verdict:
        """The worst verdict; what is not configured does not count as wrong."""
        return worst(finding.verdict for finding in self.findings)

    @property
    def exit_code(self) -> int:
        """0 where nothing is wrong, 1 for a warning or something unknown, 2 for a failure."""
        return exit_code_of(self.verdict)


def report_health(
    reader: Reader, yardstick: Yardstick, window: timedelta, now: datetime
) -> HealthReport:
    """Run every check in parallel on one snapshot; never raises for what the cloud answers.

    Each check has `yardstick.check_timeout`; one that fails or is late reads unknown and
    costs the others nothing. Logs are read in one request, for the startups.
    """
    begun = monotonic()
    snapshot = Snapshot(reader)
    scene = Scene(snapshot, yardstick, now - window, now)
    readings = ask_all(
        {check: partial(judge, scene) for check, judge in CHECKS.items()},
        yardstick.check_timeout,
    )
    findings = tuple(_finding(check, readings[check]) for check in Check)
    _logger.debug("health read: %s", snapshot.timings())
    return HealthReport(now, window, findings, timedelta(seconds=monotonic() - begun))


def _finding(check: Check, reading: Reading[Judgement]) -> Finding:
    if isinstance(reading, Unknown):
        step = reading.hint.replace("`", "") or _AGAIN
        judgement = Judgement(Verdict.UNKNOWN, reading.reason, step)
    else:
        judgement = reading.value
    return Finding(
        check=check,
        title=check.heading,
        verdict=judgement.verdict,
        why=_one_line(judgement.why),
        next_step=_one_line(judgement.next_step),
        took=reading.took,
    )


def _one_line(text: str) -> str:
    """Keep what Google said, of any length, to what a phone shows at a glance."""
    line = " ".join(text.split())
    return line if len(line) <= _LONGEST_LINE else f"{line[: _LONGEST_LINE - 1]}…"
