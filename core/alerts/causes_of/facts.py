"""What every subject looks at: the bucket, the cache, the service, the job and its executions."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from typing import TypeVar

from core.alerts.causes_of.seen import Part, unread_of
from core.alerts.incidents import KnownIncident
from core.cache.buckets import Binding, DeletedBucket
from core.cache.consistency import CacheState, inspect_cache
from core.cache.inventory import Inventory
from core.cache.model_files import ollama_manifest_name
from core.cache.objects import BucketSettings
from core.deployment import Deployment, Expectations
from core.errors import NotFound
from core.executions import Execution, SyncJob
from core.inspection.findings import Check, Judgement, Scene
from core.inspection.history import HistoryReport, report_history
from core.inspection.versions import VersionRow, VersionsReport, report_versions
from core.operations import Operation
from core.parallel import Known, Reading, Unknown, ask
from core.procedures.health import CHECKS
from core.services import Service
from core.snapshot import Snapshot

T = TypeVar("T")
_VERSIONS = 6
_SHOWN = 10


@dataclass(frozen=True, slots=True)
class Case:
    """An incident with what it is judged by; `operations` are the bot's last ones, newest first.

    Every question has an answer or none `within`.
    """

    known: KnownIncident
    reader: Snapshot
    deployment: Deployment
    expectations: Expectations
    inventories: Mapping[str, Inventory]
    operations: Sequence[Operation]
    now: datetime
    within: timedelta

    @property
    def check_timeout(self) -> timedelta:
        """How long the checks that are shared with the health report wait for their facts."""
        return self.within

    @property
    def nightly_switches(self) -> Sequence[Operation]:
        """The operations, those that switched the nightly trigger among them."""
        return self.operations

    @property
    def opened_at(self) -> datetime:
        """When the incident was opened, by Monitoring's own word where it gave one."""
        return self.known.notice.opened_at or self.known.received_at


@dataclass(frozen=True, slots=True)
class Facts:
    """What was read, each part by itself; `judged` is what the health report would say."""

    case: Case
    bucket: Reading[BucketSettings]
    lost: Reading[Sequence[DeletedBucket]]
    cache: Reading[CacheState]
    access: Reading[Sequence[Binding]]
    service: Reading[Service]
    job: Reading[SyncJob]
    syncs: Reading[HistoryReport]
    versions: Reading[VersionsReport]
    judged: Mapping[Check, Reading[Judgement]]

    @property
    def bucket_name(self) -> str:
        """The bucket's name."""
        return self.case.deployment.bucket

    @property
    def bucket_gone(self) -> bool:
        """Whether it is known that there is no live bucket."""
        return isinstance(self.bucket, Unknown) and isinstance(self.bucket.error, NotFound)

    @property
    def running(self) -> Execution | None:
        """The newest execution that has not ended, if any."""
        history = known(self.syncs)
        return history.running[0] if history and history.running else None

    @property
    def broken(self) -> bool:
        """Whether it is known that the content of the cache is not consistent."""
        state = known(self.cache)
        return state is not None and not state.consistency.consistent

    def holds(self, llm: str) -> bool:
        """Whether that language model is known to lie in the bucket, by its own manifest."""
        state = known(self.cache)
        return state is not None and ollama_manifest_name(llm) in state.live

    @property
    def restorable(self) -> VersionRow | None:
        """The newest version that can be restored and would change what is live."""
        report = known(self.versions)
        rows = report.rows if report else ()
        fit = (row for row in rows if row.restorability.restorable)
        return next((row for row in fit if self.broken or not row.current), None)

    @property
    def unread(self) -> dict[Part, str]:
        """What could not be read, but for what is known not to be there."""
        parts: list[tuple[Part, Reading[object]]] = [
            (Part.BUCKET, self.bucket),
            (Part.CACHE, self.cache),
            (Part.ACCESS, self.access),
            (Part.SERVICE, self.service),
            (Part.JOB, self.job),
            (Part.SYNCS, self.syncs),
            (Part.VERSIONS, self.versions),
        ]
        if self.bucket_gone:
            parts.insert(1, (Part.LOST, self.lost))
        return unread_of(parts)

    def applying(self, *offers: str) -> tuple[str, ...]:
        """Return those that can be begun now: beside a running sync only what joins it."""
        wanted = tuple(dict.fromkeys(one for one in offers if one))
        if self.running is None:
            return wanted
        return tuple(one for one in wanted if one in ("sync", "enable", "recover"))


def read_facts(case: Case, checks: Sequence[Check]) -> Facts:
    """Ask everything at the same time."""
    reader = case.reader
    scene = Scene(reader, case, case.now - timedelta(days=1), case.now)
    bucket = ask("bucket", reader.bucket)
    lost = ask("soft-deleted buckets", reader.soft_deleted_buckets)
    cache = ask("cache", lambda: inspect_cache(reader))
    access = ask("bindings", reader.bindings)
    service = ask("service", reader.service)
    job = ask("job", reader.job)
    syncs = ask("executions", lambda: report_history(reader, _SHOWN, case.now))
    versions = ask("versions", lambda: report_versions(reader, case.inventories, _VERSIONS))
    judged = {check: ask(check, partial(CHECKS[check], scene)) for check in checks}
    return Facts(
        case,
        bucket.reading(case.within),
        lost.reading(case.within),
        cache.reading(case.within),
        access.reading(case.within),
        service.reading(case.within),
        job.reading(case.within),
        syncs.reading(case.within),
        versions.reading(case.within),
        {check: one.reading(case.within) for check, one in judged.items()},
    )


def known(reading: Reading[T]) -> T | None:
    """Return what was read, None where nothing was."""
    return reading.value if isinstance(reading, Known) else None
