"""What the bot itself has switched off and nobody back on: the nightly trigger, the volume."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime

from core.cache.evidence import CHANGED_SERVICE
from core.cloud import Reader
from core.deployment import Deployment
from core.errors import NotFound
from core.operations import Operation, OperationId, StepRecord, StepState
from core.plans import SetServiceEnv, SwitchNightly
from core.remedies import DisableVolume
from core.services import TriggerState
from core.store.operations import OperationStore

_LOOKED_AT = 20
"""Operations; the newest one that switched it decides."""


@dataclass(frozen=True, slots=True)
class SwitchedOff:
    """The operation that switched something off, and when its step was done."""

    operation: Operation
    at: datetime


def paused_nightly(reader: Reader, operations: OperationStore) -> SwitchedOff | None:
    """Return which operation has paused the nightly trigger, if it is paused and one has.

    Raises:
        CloudError: the trigger could not be read.
    """
    try:
        if reader.nightly().state is not TriggerState.PAUSED:
            return None
    except NotFound:
        return None
    switched = _newest(operations.holding("switch_nightly", _LOOKED_AT), _switches_nightly)
    return None if switched is None or _resumes(switched[1]) else _found(switched)


def disabled_volume(
    reader: Reader, operations: OperationStore, deployment: Deployment
) -> SwitchedOff | None:
    """Return which operation has switched the shared volume off, if it is off and one has.

    Raises:
        CloudError: the service could not be read.
    """
    try:
        service = reader.service()
    except NotFound:
        return None
    if service.enabled or service.toggle_from_secret:
        return None
    name = deployment.variables.toggle
    switched = _newest_of_volume(operations, name)
    return None if switched is None or _enables(switched[1], name) else _found(switched)


def last_switches(operations: OperationStore, deployment: Deployment) -> frozenset[OperationId]:
    """Return the operations that have last switched the trigger and the volume, on or off.

    What is off by one of them is reminded of however long ago that was.
    """
    nightly = _newest(operations.holding("switch_nightly", _LOOKED_AT), _switches_nightly)
    volume = _newest_of_volume(operations, deployment.variables.toggle)
    return frozenset(one[0].id for one in (nightly, volume) if one is not None)


_Switched = tuple[Operation, StepRecord]


def _found(switched: _Switched) -> SwitchedOff:
    operation, record = switched
    return SwitchedOff(operation, record.finished_at or operation.created_at)


def _newest_of_volume(operations: OperationStore, toggle: str) -> _Switched | None:
    known = (
        *operations.holding("set_service_env", _LOOKED_AT),
        *operations.holding("disable_volume", _LOOKED_AT),
    )
    return _newest(known, lambda record: _switches_volume(record, toggle))


def _newest(
    operations: Iterable[Operation], switches: Callable[[StepRecord], bool]
) -> _Switched | None:
    done = (
        (operation, record)
        for operation in operations
        for record in operation.steps
        if record.state is StepState.DONE and switches(record)
    )
    return max(done, key=lambda one: one[1].finished_at or one[0].created_at, default=None)


def _switches_nightly(record: StepRecord) -> bool:
    return isinstance(record.step, SwitchNightly)


def _resumes(record: StepRecord) -> bool:
    return isinstance(record.step, SwitchNightly) and record.step.resume


def _switches_volume(record: StepRecord, toggle: str) -> bool:
    if isinstance(record.step, DisableVolume):
        return CHANGED_SERVICE in record.evidence
    return isinstance(record.step, SetServiceEnv) and toggle in record.step.after


def _enables(record: StepRecord, toggle: str) -> bool:
    value = record.step.after.get(toggle) if isinstance(record.step, SetServiceEnv) else None
    return (value or "").strip().lower() == "true"
