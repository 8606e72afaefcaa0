"""Plans: the steps that will run, as data, and the facts they were made from.

The card shows exactly these steps, one durable workflow runs them, and one function,
`core.perform.perform`, does each. A new procedure is a planner, never a new engine.
"""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Annotated, Literal

from pydantic import Field, TypeAdapter

from core.cache.inventory import Inventory
from core.cache.objects import Generation
from core.cache.symptoms import Symptom
from core.doomed import DeleteGenerations, VerifyDeletion
from core.policy import Role
from core.remedies import Remedy


@dataclass(frozen=True, slots=True)
class RunSync:
    """Join the running execution of the sync job, or start one.

    `join` is false where a running one may have begun with other models: it is waited for.
    """

    join: bool = True
    kind: Literal["run_sync"] = "run_sync"


@dataclass(frozen=True, slots=True)
class AwaitExecution:
    """Follow that execution until it has finished, at most `longest`."""

    longest: timedelta
    expected: timedelta
    kind: Literal["await_execution"] = "await_execution"


@dataclass(frozen=True, slots=True)
class VerifySync:
    """Prove the result: a new manifest, `.done`, every model, the job's own names."""

    llm_model: str
    embedding_model: str
    kind: Literal["verify_sync"] = "verify_sync"


@dataclass(frozen=True, slots=True)
class SaveInventory:
    """Record every object of a version, so that it can be restored with proof.

    Without `version` it is the one that an earlier step has verified.
    """

    version: str = ""
    kind: Literal["save_inventory"] = "save_inventory"


@dataclass(frozen=True, slots=True)
class Restored:
    """One object to restore: the version `generation` becomes live in place of `onto`.

    `onto` is None where nothing of that name is live. `crc32c` is base64, as Cloud Storage
    reports it, and with size and link tells whether the same content is live already.
    """

    name: str
    generation: Generation
    size_bytes: int
    crc32c: str
    link: str
    onto: Generation | None

    @property
    def content(self) -> tuple[int, str, str]:
        """What is live has this content once it is restored."""
        return self.size_bytes, self.crc32c, self.link


@dataclass(frozen=True, slots=True)
class CheckSources:
    """Make sure before the first write that every version to restore is there, and no sync runs."""

    kind: Literal["check_sources"] = "check_sources"


@dataclass(frozen=True, slots=True)
class RestoreObjects:
    """Restore objects, at most 16 at the same time."""

    items: tuple[Restored, ...]
    kind: Literal["restore_objects"] = "restore_objects"


@dataclass(frozen=True, slots=True)
class RetireObjects:
    """Delete live objects, each only where it is still that version."""

    items: tuple[tuple[str, Generation], ...]
    kind: Literal["retire_objects"] = "retire_objects"


@dataclass(frozen=True, slots=True)
class WriteDone:
    """Write the `.done` marker, which says that the version is complete; the last write of all."""

    version: str
    onto: Generation | None
    kind: Literal["write_done"] = "write_done"


@dataclass(frozen=True, slots=True)
class VerifyRestored:
    """Prove that what is live is the version, object by object."""

    inventory: Inventory
    kind: Literal["verify_restored"] = "verify_restored"


@dataclass(frozen=True, slots=True)
class WatchStartups:
    """Tell of the first startup on a version in the operation's thread, for at most `longest`."""

    version: str
    longest: timedelta
    kind: Literal["watch_startups"] = "watch_startups"


@dataclass(frozen=True, slots=True)
class SetServiceEnv:
    """Set variables of the service, each from the value it had when this was planned.

    None stands for a variable that is not there; setting to None removes it. Changing
    nothing still makes a new revision.
    """

    before: Mapping[str, str | None]
    after: Mapping[str, str | None]
    kind: Literal["set_service_env"] = "set_service_env"


@dataclass(frozen=True, slots=True)
class SetJobEnv:
    """Set variables of the sync job, each from the value it had when this was planned.

    None as with `SetServiceEnv`. Nothing is started; an execution under way keeps what it
    was started with.
    """

    before: Mapping[str, str | None]
    after: Mapping[str, str | None]
    kind: Literal["set_job_env"] = "set_job_env"


@dataclass(frozen=True, slots=True)
class AwaitReady:
    """Wait until the new revision is ready and receives all of the traffic."""

    longest: timedelta
    kind: Literal["await_ready"] = "await_ready"


@dataclass(frozen=True, slots=True)
class VerifyNames:
    """Prove that manifest, sync job and service name these models; empty is not compared."""

    llm_model: str
    embedding_model: str
    kind: Literal["verify_names"] = "verify_names"


@dataclass(frozen=True, slots=True)
class SwitchNightly:
    """Pause or resume the nightly trigger."""

    resume: bool
    kind: Literal["switch_nightly"] = "switch_nightly"


@dataclass(frozen=True, slots=True)
class CheckService:
    """Look what the service runs now."""

    kind: Literal["check_service"] = "check_service"


@dataclass(frozen=True, slots=True)
class CheckConsistency:
    """Look what state the cache is in now."""

    kind: Literal["check_consistency"] = "check_consistency"


Step = Annotated[
    RunSync
    | AwaitExecution
    | VerifySync
    | SaveInventory
    | CheckSources
    | RestoreObjects
    | RetireObjects
    | WriteDone
    | VerifyRestored
    | WatchStartups
    | SetServiceEnv
    | SetJobEnv
    | AwaitReady
    | VerifyNames
    | SwitchNightly
    | CheckService
    | CheckConsistency
    | DeleteGenerations
    | VerifyDeletion
    | Remedy,
    Field(discriminator="kind"),
]


EXACT_SET = "exact set"
"""The fact that is a digest of versions: compared like any other, and shown to nobody."""


@dataclass(frozen=True, slots=True)
class Asking:
    """That somebody has to say yes first: the least role, and a word to type if any."""

    role: Role
    typed: str = ""
    danger: bool = False


@dataclass(frozen=True, slots=True)
class Plan:
    """What an operation will do. `facts` is what it was decided on, in the operator's words.

    `closing` runs where a step failed or the operation was stopped, so that the last word
    says what state the cache was left in. `warnings` are told before and on the way, `reminders`
    at the end: what then still holds. `ask` is None where nobody has to confirm it.
    `undo` is the command that takes it back, with `{id}` for the operation's id, `no_undo` why
    there is none, `again` the one that asks for the same once more where it did not reach its
    goal. `tfvars` are the lines without which the next `terraform apply` takes it back,
    `symptoms` the diagnosis that it goes by, where there is one.
    """

    verb: str
    summary: str
    facts: Mapping[str, str]
    steps: tuple[Step, ...]
    closing: tuple[Step, ...] = ()
    warnings: tuple[str, ...] = ()
    reminders: tuple[str, ...] = ()
    undo: str = ""
    no_undo: str = ""
    again: str = ""
    tfvars: tuple[str, ...] = ()
    symptoms: tuple[Symptom, ...] = ()
    expected: timedelta = field(default=timedelta())
    ask: Asking | None = None

    @property
    def facts_hash(self) -> str:
        """Return a digest of the facts: a plan made from other facts is another plan."""
        canonical = json.dumps(dict(self.facts), sort_keys=True, separators=(",", ":"))
        return hashlib.sha256(canonical.encode()).hexdigest()[:16]


_PLAN = TypeAdapter(Plan)


def plan_to_json(plan: Plan) -> str:
    """Write a plan as JSON for the database."""
    return _PLAN.dump_json(plan).decode()


def plan_from_json(text: str) -> Plan:
    """Read a plan that `plan_to_json` wrote, by this version or an earlier one."""
    return _PLAN.validate_json(text)
