"""A cloud that answers and changes nothing, to be taught by each test what it needs changed."""

from dataclasses import dataclass, fields

from core.cache.buckets import BucketRepair, BucketSpec, Grant
from core.cache.objects import Generation, StoredObject
from core.executions import ExecutionName, JobChange
from core.services import ServiceChange
from tests.core.reader import MemoryReader


@dataclass(frozen=True)
class RefusingCloud(MemoryReader):
    """Every change that no test expects is an error."""

    def run_job(self) -> ExecutionName:
        """Refuse."""
        raise AssertionError("run_job")

    def cancel_execution(self, name: ExecutionName) -> None:
        """Refuse."""
        raise AssertionError(name)

    def change_service(self, change: ServiceChange) -> None:
        """Refuse."""
        raise AssertionError(change)

    def change_job(self, change: JobChange) -> None:
        """Refuse."""
        raise AssertionError(change)

    def restore_object(self, source: StoredObject, onto: Generation | None) -> None:
        """Refuse."""
        raise AssertionError(source, onto)

    def write_object(self, name: str, content: bytes, onto: Generation | None) -> None:
        """Refuse."""
        raise AssertionError(name, content, onto)

    def retire_object(self, name: str, generation: Generation) -> None:
        """Refuse."""
        raise AssertionError(name, generation)

    def delete_generation(self, name: str, generation: Generation, *, live: bool) -> None:
        """Refuse."""
        raise AssertionError(name, generation, live)

    def pause_nightly(self) -> None:
        """Refuse."""
        raise AssertionError("paused")

    def resume_nightly(self) -> None:
        """Refuse."""
        raise AssertionError("resumed")

    def restore_deleted(self, source: StoredObject, onto: Generation | None) -> None:
        """Refuse."""
        raise AssertionError((source, onto))

    def restore_bucket(self, generation: Generation) -> None:
        """Refuse."""
        raise AssertionError(generation)

    def create_bucket(self, spec: BucketSpec) -> None:
        """Refuse."""
        raise AssertionError(spec)

    def repair_bucket(self, repair: BucketRepair) -> None:
        """Refuse."""
        raise AssertionError(repair)

    def grant(self, grant: Grant) -> None:
        """Refuse."""
        raise AssertionError(grant)


def refusing(reader: MemoryReader) -> RefusingCloud:
    """Return a cloud that answers as `reader` does and changes nothing."""
    return RefusingCloud(**{one.name: getattr(reader, one.name) for one in fields(reader)})
