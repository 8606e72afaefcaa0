"""`/cache models`."""

from core.cache.model_files import ModelKind
from core.cache.problems import ProblemKind
from core.inspection.models import report_models
from tests.core.whole_cache import (
    LAYER_BLOBS,
    NOW,
    Write,
    cache_after,
    stub_text,
    two_syncs,
    whole_cache,
    without,
)


def test_every_model_is_reported_with_its_files() -> None:
    """Both models are present, with sizes that add up over their files."""
    report = report_models(whole_cache())
    assert [(model.kind, model.present) for model in report.models] == [
        (ModelKind.OLLAMA, True),
        (ModelKind.EMBEDDING, True),
    ]
    for model in report.models:
        assert model.size_bytes == sum(one.size_bytes for one in model.files) > 10**9
    assert not report.stub
    assert report.problems == ()


def test_a_models_problem_is_its_own() -> None:
    """A lost blob makes its model absent and is not repeated among the others' problems."""
    report = report_models(without(whole_cache(), LAYER_BLOBS[0]))
    ollama, embedding = report.models
    assert [problem.object_name for problem in ollama.problems] == [LAYER_BLOBS[0]]
    assert not ollama.present
    assert embedding.present
    assert report.problems == ()


def test_a_stub_says_what_it_does_not_name() -> None:
    """Under a stub only the language model is known, and the report says so."""
    stub = Write("manifest.json", NOW, stub_text("20251121-093000"))
    report = report_models(cache_after([*two_syncs(), stub]))
    assert [model.kind for model in report.models] == [ModelKind.OLLAMA]
    assert report.stub
    assert ProblemKind.MANIFEST_STUB in {problem.kind for problem in report.problems}
