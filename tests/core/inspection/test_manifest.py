"""`/cache manifest`."""

from dataclasses import replace
from datetime import timedelta
from threading import Event

import pytest

from core.cache.problems import ProblemKind
from core.errors import Unavailable
from core.inspection.manifest import report_manifest
from core.parallel import ask
from tests.core.reader import LONGEST
from tests.core.whole_cache import (
    NEWER,
    NOW,
    WEIGHTS,
    Write,
    cache_after,
    stub_text,
    two_syncs,
    whole_cache,
    without,
)


def test_manifest_and_marker_are_reported() -> None:
    """Version, age and marker are told; that models are missing is not this report's matter."""
    report = report_manifest(without(whole_cache(), WEIGHTS), NOW)
    assert report.manifest is not None
    assert report.manifest.version == report.done == NEWER
    assert report.age == timedelta(hours=7, seconds=1)
    assert report.problems == ()


def test_a_missing_manifest_is_a_report_too() -> None:
    """No manifest is an answer with its problems, not an error."""
    report = report_manifest(replace(whole_cache(), stored=()), NOW)
    assert (report.manifest, report.done, report.age) == (None, None, None)
    assert [problem.kind for problem in report.problems] == [
        ProblemKind.MANIFEST_MISSING,
        ProblemKind.DONE_MISSING,
    ]


def test_a_stub_is_reported_as_one() -> None:
    """The stub is shown, with what is wrong about it."""
    reader = cache_after([*two_syncs(), Write("manifest.json", NOW, stub_text("20251121-093000"))])
    report = report_manifest(reader, NOW)
    assert report.manifest is not None
    assert report.manifest.stub
    assert ProblemKind.MANIFEST_STUB in {problem.kind for problem in report.problems}


def test_both_are_read_together() -> None:
    """The two reads do not wait for one another."""
    gates = {"read manifest.json": Event(), "read .done": Event()}
    reader = replace(whole_cache(), gates=gates)
    report = ask("report", lambda: report_manifest(reader, NOW))
    asked = {reader.asked.get(timeout=LONGEST.total_seconds()) for _ in gates}
    assert asked == set(gates)
    for gate in gates.values():
        gate.set()
    assert report.answer().done == NEWER


@pytest.mark.parametrize("question", ["read manifest.json", "read .done"])
def test_what_cannot_be_read_is_raised(question: str) -> None:
    """An answer that does not come is not reported as a missing object."""
    with pytest.raises(Unavailable):
        report_manifest(replace(whole_cache(), errors={question: Unavailable("away")}), NOW)
