"""A cloud from which versions really leave, for tests of what a cleanup takes."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, fields
from typing import cast

from core.cache.objects import Generation, StoredObject, VersionKey
from core.cloud import Cloud
from tests.core.reader import MemoryReader


@dataclass(frozen=True)
class DeletingCloud(MemoryReader):
    """Holds `kept` in place of `stored`; `deleted` notes each call that removed something.

    The answers of `refusals` are raised, one a call, instead of deleting that object; a None
    among them lets the call pass.
    """

    kept: list[StoredObject] = field(default_factory=list)
    deleted: list[VersionKey] = field(default_factory=list)
    calls: list[VersionKey] = field(default_factory=list)
    refusals: dict[str, list[Exception | None]] = field(default_factory=dict)

    def objects(self) -> Sequence[StoredObject]:
        """List what is left."""
        return tuple(self.kept)

    def delete_generation(self, name: str, generation: Generation, *, live: bool) -> None:
        """Delete one version, or refuse; nothing happens where it is gone."""
        self.calls.append((name, generation))
        answers = self.refusals.get(name)
        refusal = answers.pop(0) if answers else None
        if refusal is not None:
            raise refusal
        for one in list(self.kept):
            if one.key == (name, generation):
                assert one.live is live
                self.kept.remove(one)
                self.deleted.append(one.key)


def deleting(reader: MemoryReader, without: Iterable[VersionKey] = ()) -> DeletingCloud:
    """Return the same deployment as one from which versions can be deleted."""
    gone = set(without)
    taken = {one.name: getattr(reader, one.name) for one in fields(MemoryReader)}
    kept = [one for one in reader.stored if one.key not in gone]
    return DeletingCloud(**{**taken, "stored": kept}, kept=kept)


def as_cloud(cloud: DeletingCloud) -> Cloud:
    """Return it as a cloud; whoever asks it for another change fails."""
    return cast("Cloud", cloud)
