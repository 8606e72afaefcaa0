"""The examination before a recovery: what was read of the bucket, and what each reading says.

Why an incident is open is another question: `core.alerts.diagnose` answers that one.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from core.cache.buckets import (
    JOB_ROLE,
    SERVICE_ROLE,
    Binding,
    DeletedBucket,
    Grant,
    member_of,
    roles_of,
)
from core.cache.buckets import suffices as roles_suffice
from core.cache.consistency import CacheState, inspect_cache
from core.cache.lifecycle import lacking_rules
from core.cache.objects import BucketSettings
from core.cache.symptoms import Condition, Symptom
from core.cloud import Reader
from core.deployment import Deployment, Expectations
from core.errors import NotFound
from core.executions import SyncJob
from core.parallel import Reading, Unknown, ask
from core.quantities import count_text
from core.services import NightlyTrigger, Service

_PATIENCE = timedelta(seconds=20)
_ROLES = {"service": SERVICE_ROLE, "sync job": JOB_ROLE}
_NOT_YET = "To be looked at once there is a bucket."


@dataclass(frozen=True, slots=True)
class Readings:
    """What was read, or why it could not be; each part stands by itself."""

    settings: Reading[BucketSettings]
    lost: Reading[Sequence[DeletedBucket]]
    cache: Reading[CacheState]
    access: Reading[Sequence[Binding]]
    service: Reading[Service]
    job: Reading[SyncJob]
    nightly: Reading[NightlyTrigger]

    @property
    def bucket_missing(self) -> bool:
        """Whether it is known that there is no live bucket."""
        return isinstance(self.settings, Unknown) and isinstance(self.settings.error, NotFound)


def read_all(reader: Reader) -> Readings:
    """Ask everything at once."""
    settings = ask("bucket", reader.bucket)
    lost = ask("soft-deleted buckets", reader.soft_deleted_buckets)
    cache = ask("cache", lambda: inspect_cache(reader))
    access = ask("bindings", reader.bindings)
    service = ask("service", reader.service)
    job = ask("job", reader.job)
    nightly = ask("nightly", reader.nightly)
    return Readings(
        settings.reading(_PATIENCE),
        lost.reading(_PATIENCE),
        cache.reading(_PATIENCE),
        access.reading(_PATIENCE),
        service.reading(_PATIENCE),
        job.reading(_PATIENCE),
        nightly.reading(_PATIENCE),
    )


@dataclass(frozen=True, slots=True)
class Examination:
    """Each part of the cache, as a row; `accounts` are the grants that the two accounts need."""

    bucket: Symptom
    content: Symptom
    versioning: Symptom
    lifecycle: Symptom
    accounts: tuple[tuple[Symptom, Grant | None], ...]

    @property
    def symptoms(self) -> tuple[Symptom, ...]:
        """Return all rows in the order in which they are shown."""
        rows = (self.bucket, self.content, self.versioning, self.lifecycle)
        return (*rows, *(symptom for symptom, _ in self.accounts))

    def those(self, condition: Condition) -> tuple[Symptom, ...]:
        """Return the rows that stand so."""
        return tuple(one for one in self.symptoms if one.condition is condition)


def examine(readings: Readings, deployment: Deployment, expectations: Expectations) -> Examination:
    """Conclude from the readings alone."""
    content = _content(readings)
    works = content.condition is Condition.OK
    return Examination(
        bucket=_bucket(readings, deployment.bucket),
        content=content,
        versioning=_setting("Versioning", readings, _versioning),
        lifecycle=_setting(
            "Lifecycle rules", readings, lambda settings: _lifecycle(settings, expectations)
        ),
        accounts=(
            _access("service", readings.service, readings, works=works),
            _access("sync job", readings.job, readings, works=works),
        ),
    )


def time_text(at: datetime) -> str:
    """Write a time as evidence has it."""
    return f"{at:%Y-%m-%d %H:%M} UTC"


def _bucket(readings: Readings, name: str) -> Symptom:
    title = "Bucket"
    if not isinstance(readings.settings, Unknown):
        where = readings.settings.value.location
        return Symptom(title, Condition.OK, f"{name} is live in {where}.")
    if not readings.bucket_missing:
        return Symptom(title, Condition.UNKNOWN, readings.settings.reason)
    if isinstance(readings.lost, Unknown):
        text = f"There is no bucket {name}, and whether it can be restored is not known"
        return Symptom(title, Condition.UNKNOWN, f"{text}: {readings.lost.reason}")
    if not readings.lost.value:
        text = f"{name} is gone, and no soft-deleted bucket is left to restore."
        return Symptom(title, Condition.WRONG, text)
    lost = readings.lost.value[0]
    text = f"{name} was deleted at {time_text(lost.deleted_at)} and can be restored until"
    return Symptom(title, Condition.WRONG, f"{text} {time_text(lost.gone_at)}.")


def _content(readings: Readings) -> Symptom:
    title = "Content"
    if readings.bucket_missing:
        return Symptom(title, Condition.UNKNOWN, _NOT_YET)
    if isinstance(readings.cache, Unknown):
        return Symptom(title, Condition.UNKNOWN, readings.cache.reason)
    state = readings.cache.value
    if state.consistency.consistent and state.manifest is not None:
        text = f"Version {state.manifest.version}: manifest, .done and all model files agree."
        return Symptom(title, Condition.OK, text)
    if state.empty:
        text = "The bucket is empty: no manifest, no model file."
        return Symptom(title, Condition.WRONG, text)
    problems = state.consistency.problems
    shown = " ".join(problem.text for problem in problems[:2])
    more = f" And {count_text(len(problems) - 2, 'more problem')}." if problems[2:] else ""
    return Symptom(title, Condition.WRONG, f"{shown}{more}")


def _setting(
    title: str, readings: Readings, judge: Callable[[BucketSettings], tuple[str, str]]
) -> Symptom:
    if readings.bucket_missing:
        return Symptom(title, Condition.UNKNOWN, _NOT_YET)
    if isinstance(readings.settings, Unknown):
        return Symptom(title, Condition.UNKNOWN, readings.settings.reason)
    wrong, right = judge(readings.settings.value)
    return Symptom(title, Condition.WRONG if wrong else Condition.OK, wrong or right)


def _versioning(settings: BucketSettings) -> tuple[str, str]:
    off = "Object versioning is off, so nothing can be rolled back."
    return ("" if settings.versioning else off), "Object versioning is on."


def _lifecycle(settings: BucketSettings, expectations: Expectations) -> tuple[str, str]:
    lacking = lacking_rules(settings.lifecycle, expectations)
    return " ".join(lacking), "Old versions and leftovers are deleted as they should be."


def _access(
    whose: str, runs: Reading[Service] | Reading[SyncJob], readings: Readings, *, works: bool
) -> tuple[Symptom, Grant | None]:
    """Judge the access of what runs as an account, and say what it needs at the least.

    Only the bucket's own policy is read: a role that comes from the project is not seen, nor
    what a custom role holds. So where the cache is whole, nothing is known to lack.
    """
    title, role = f"Access of the {whose}", _ROLES[whose]
    if isinstance(runs, Unknown):
        return Symptom(title, Condition.UNKNOWN, runs.reason), None
    account = runs.value.service_account
    if not account:
        text = f"{runs.value.name} runs as the project's default account, whose name is not told."
        return Symptom(title, Condition.UNKNOWN, text), None
    grant = Grant(role, member_of(account))
    if readings.bucket_missing:
        return Symptom(title, Condition.UNKNOWN, _NOT_YET), grant
    if isinstance(readings.access, Unknown):
        return Symptom(title, Condition.UNKNOWN, readings.access.reason), None
    roles = roles_of(grant.member, readings.access.value)
    if roles_suffice(roles):
        return Symptom(title, Condition.OK, f"{account} has {', '.join(roles)}."), None
    text = f"{account} has {_too_little(roles)} on the bucket."
    if works:
        text += f" The cache is whole, so what it needs may come from the project. {_if_not(role)}"
        return Symptom(title, Condition.UNKNOWN, text), None
    return Symptom(title, Condition.WRONG, text), grant


def _too_little(roles: Sequence[str]) -> str:
    if not roles:
        return "no role"
    custom = [one for one in roles if not one.startswith("roles/")]
    narrow = f"only {', '.join(roles)}"
    return f"{narrow}, a role of your own, which is not known to suffice," if custom else narrow


def _if_not(role: str) -> str:
    return f"If it is refused access, grant it {role} there by hand."
