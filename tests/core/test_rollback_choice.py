"""Properties of choosing the version to roll back to: never a guess."""

from dataclasses import dataclass, fields

import pytest

from core.cache.objects import Generation, StoredObject
from core.errors import OpsError, Unavailable
from core.inspection.versions import VersionRow
from core.procedures.rollback_scene import choose, look_around
from tests.core.reader import MemoryReader
from tests.core.whole_cache import NEWER, OLDER, whole_cache


def chosen(reader: MemoryReader, wanted: str) -> VersionRow:
    """Choose from this cache, with no inventory saved."""
    return choose(wanted, look_around(reader, {}))


@dataclass(frozen=True)
class HalfDeafReader(MemoryReader):
    """Does not answer for one generation."""

    silent: int = 0

    def read(self, name: str, generation: Generation | None = None) -> tuple[bytes, StoredObject]:
        """Answer for all others."""
        if generation == self.silent:
            raise Unavailable("No answer.")
        return super().read(name, generation)


def unread_older() -> MemoryReader:
    """Return the cache whose older manifest does not answer."""
    reader = whole_cache()
    manifests = [one for one in reader.stored if one.name == "manifest.json"]
    older = min(manifests, key=lambda one: one.created_at)
    known = {one.name: getattr(reader, one.name) for one in fields(reader)}
    return HalfDeafReader(**known, silent=older.generation)


def test_previous_is_the_one_before_the_present() -> None:
    """And a version is found by its name, the live one as well."""
    assert chosen(whole_cache(), "previous").version == OLDER
    assert chosen(whole_cache(), NEWER).version == NEWER


@pytest.mark.parametrize("wanted", ["previous", OLDER])
def test_a_version_that_could_not_be_read_is_not_passed_over(wanted: str) -> None:
    """It may be the very one that is meant."""
    with pytest.raises(OpsError) as caught:
        chosen(unread_older(), wanted)
    assert "cannot tell which version is meant" in caught.value.message


def test_what_is_not_there_is_said_with_what_is() -> None:
    """The restorable versions are one tap away."""
    with pytest.raises(OpsError) as caught:
        chosen(whole_cache(), "20200101-000000")
    assert caught.value.offers == (f"rollback {OLDER}", "versions")
