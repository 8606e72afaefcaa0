"""What a check finds: a verdict, one line why, and what to do next."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Protocol

from core.cloud import Reader
from core.deployment import Deployment, Expectations
from core.operations import Operation


class Verdict(StrEnum):
    """How something stands, as shown to people."""

    OK = "ok"
    WARNING = "warning"
    FAILING = "failing"
    NOT_CONFIGURED = "not configured"
    UNKNOWN = "unknown"


_SEVERITY = (
    Verdict.NOT_CONFIGURED,
    Verdict.OK,
    Verdict.UNKNOWN,
    Verdict.WARNING,
    Verdict.FAILING,
)

_EXIT_CODES = {Verdict.FAILING: 2, Verdict.WARNING: 1, Verdict.UNKNOWN: 1}


class Check(StrEnum):
    """The checks of the health report, in the order in which they are shown."""

    MANIFEST = "manifest"
    DONE = "done"
    MODELS = "models"
    NAMES = "names"
    SERVICE = "service"
    HITS = "hits"
    SYNCS = "syncs"
    NIGHTLY = "nightly"
    SIZE = "size"
    BUCKET = "bucket"
    INCIDENTS = "incidents"
    POLICIES = "policies"
    METRICS = "metrics"

    @property
    def heading(self) -> str:
        """The heading that people read."""
        return _TITLES[self]


_TITLES = {
    Check.MANIFEST: "Manifest",
    Check.DONE: "Done marker",
    Check.MODELS: "Models",
    Check.NAMES: "Model names",
    Check.SERVICE: "Service",
    Check.HITS: "Hit rate",
    Check.SYNCS: "Sync runs",
    Check.NIGHTLY: "Nightly sync",
    Check.SIZE: "Size",
    Check.BUCKET: "Bucket settings",
    Check.INCIDENTS: "Open incidents",
    Check.POLICIES: "Alert policies",
    Check.METRICS: "Log metrics",
}


@dataclass(frozen=True, slots=True)
class Judgement:
    """What a check concludes. `why` is one line, `next_step` one line or empty."""

    verdict: Verdict
    why: str
    next_step: str = ""


@dataclass(frozen=True, slots=True)
class Finding:
    """A check's judgement in a report, with how long it took."""

    check: Check
    title: str
    verdict: Verdict
    why: str
    next_step: str
    took: timedelta


class Yardstick(Protocol):
    """What a report is measured by: the names, the thresholds, the time for each check."""

    @property
    def deployment(self) -> Deployment:
        """Where every component is."""
        ...

    @property
    def expectations(self) -> Expectations:
        """The thresholds."""
        ...

    @property
    def check_timeout(self) -> timedelta:
        """How long one check may take before it reads "unknown"."""
        ...

    @property
    def nightly_switches(self) -> Sequence[Operation]:
        """The bot's last operations that switched the nightly trigger, newest first."""
        ...


@dataclass(frozen=True, slots=True)
class Scene:
    """What a check judges by. Hits are counted in [since, now)."""

    reader: Reader
    yardstick: Yardstick
    since: datetime
    now: datetime

    @property
    def deployment(self) -> Deployment:
        """Where every component is."""
        return self.yardstick.deployment

    @property
    def expectations(self) -> Expectations:
        """The thresholds."""
        return self.yardstick.expectations

    @property
    def patience(self) -> timedelta:
        """How long a check waits for a fact that it can do without, and still be in time."""
        return self.yardstick.check_timeout * 0.75


def exit_code_of(verdict: Verdict) -> int:
    """Return 0 where nothing is wrong, 1 for a warning or something unknown, 2 for a failure."""
    return _EXIT_CODES.get(verdict, 0)


def worst(verdicts: Iterable[Verdict]) -> Verdict:
    """Return the most severe verdict; not configured counts least, as nothing is wrong."""
    return max(verdicts, key=_SEVERITY.index, default=Verdict.NOT_CONFIGURED)


def combined(judgements: Iterable[Judgement]) -> Judgement:
    """Make one judgement of several: the worst verdict, all reasons, the worst's next step."""
    ordered = sorted(judgements, key=lambda one: _SEVERITY.index(one.verdict), reverse=True)
    steps = [one.next_step for one in ordered if one.next_step]
    return Judgement(
        ordered[0].verdict,
        " ".join(one.why for one in ordered),
        steps[0] if steps else "",
    )
