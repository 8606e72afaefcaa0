"""Properties of the list of versions."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from core.cache.manifest import Manifest
from core.cache.objects import Generation
from core.cache.restorable import Restorability
from core.inspection.versions import VersionRow, VersionsReport
from handlers.blocks.card import Bullets, Strong
from handlers.blocks.versions import card_of_versions

NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)


def row(generation: int, version: str, *, good: bool, current: bool = False) -> VersionRow:
    """Make a generation of the manifest, the higher the newer."""
    written = NOW + timedelta(minutes=generation)
    manifest = Manifest(version, Generation(generation), written, None, None, stub=False)
    judged = Restorability(good, "It is so.")
    return VersionRow(Generation(generation), written, current, manifest, judged)


def test_a_version_that_is_there_several_times_is_shown_once_as_it_is_best() -> None:
    """Rollbacks write the manifests of old versions again; stubs are told apart."""
    stub = row(3, "20261123-080000", good=False)
    assert stub.manifest is not None
    stubs = [
        replace(stub, manifest=replace(stub.manifest, stub=True), generation=Generation(at))
        for at in (3, 4)
    ]
    live = row(9, "A", good=False, current=True)
    rows = (live, row(8, "B", good=False), *stubs, row(2, "B", good=True), row(1, "A", good=True))
    card = card_of_versions(VersionsReport(rows, len(rows)))
    assert card.headline == ("1 of the newest 4 versions can be restored.",)
    (bullets,) = (part for part in card.parts if isinstance(part, Bullets))
    cannot, can = Strong("cannot be restored"), Strong("can be restored")
    assert [can in line for line in bullets.lines] == [False, True, False, False]
    assert [cannot in line for line in bullets.lines] == [True, False, True, True]
