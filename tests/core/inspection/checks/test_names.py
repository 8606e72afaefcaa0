"""The check that everybody names the same models."""

from dataclasses import replace

import pytest

from core.errors import Unavailable
from core.executions import ExecutionState
from core.inspection.checks.names import ModelNames, check_names, differences
from core.inspection.findings import Verdict
from tests.core.reader import MemoryReader
from tests.core.whole_cache import (
    EMBEDDING,
    LLM,
    NOW,
    Write,
    cache_after,
    execution,
    judged,
    stub_text,
    two_syncs,
    whole_cache,
)


def _job_asks(llm: str, embedding: str = EMBEDDING) -> MemoryReader:
    job = whole_cache().sync_job
    assert job is not None
    changed = replace(job, llm_model=llm, embedding_model=embedding)
    return replace(whole_cache(), sync_job=changed)


def _service_asks(**env: str) -> MemoryReader:
    service = whole_cache().tabular
    assert service is not None
    return replace(whole_cache(), tabular=replace(service, env=env))


def test_a_sync_that_has_just_failed_is_not_advised_again() -> None:
    """Names that the last sync could not fetch are to be looked at, not fetched once more."""
    failed = execution("zzzzz", NOW, ExecutionState.FAILED)
    reader = _job_asks("llama3.2:3bb")
    judgement = judged(check_names, replace(reader, runs=(failed, *reader.runs)))
    assert "the last sync failed" in judgement.why
    assert "/cache sync " not in judgement.next_step


@pytest.mark.parametrize(
    ("reader", "verdict", "words"),
    [
        (
            _job_asks("llama3.2:3b"),
            Verdict.WARNING,
            "The next sync will fetch llama3.2:3b, the cache holds llama3.2:1b.",
        ),
        (_job_asks(LLM, "BAAI/bge-small"), Verdict.WARNING, "BAAI/bge-small"),
        (
            _service_asks(LLM_MODEL_NAME="llama3.2:3b"),
            Verdict.FAILING,
            "The service asks for llama3.2:3b, the cache holds llama3.2:1b.",
        ),
        (_service_asks(EMBEDDING_MODEL_NAME="x/y"), Verdict.FAILING, "asks for x/y"),
        (_service_asks(), Verdict.OK, "agree on llama3.2:1b and BAAI/bge-m3"),
    ],
)
def test_another_name_is_told_with_its_consequence(
    reader: MemoryReader, verdict: Verdict, words: str
) -> None:
    """A service that asks for what is not there fails, a job that will fetch it warns."""
    judgement = judged(check_names, reader)
    assert judgement.verdict is verdict
    assert words in judgement.why


@pytest.mark.parametrize(
    ("wanted", "cached", "differ"),
    [
        (ModelNames("llama3.2", ""), ModelNames("llama3.2:latest", ""), False),
        (ModelNames("library/llama3.2", ""), ModelNames("llama3.2", ""), False),
        (ModelNames("llama3.2:1b", ""), ModelNames("llama3.2:3b", ""), True),
        (ModelNames("", "all-MiniLM"), ModelNames("", "sentence-transformers/all-MiniLM"), False),
        (ModelNames("", ""), ModelNames("a", "b"), False),
        (ModelNames("a", "b"), ModelNames("", ""), False),
    ],
)
def test_names_are_compared_as_what_they_stand_for(
    wanted: ModelNames, cached: ModelNames, *, differ: bool
) -> None:
    """Spellings of one model are the same; what is not named is not compared."""
    assert bool(differences(wanted, cached)) is differ


def test_absent_components_are_left_out() -> None:
    """Without a service the job is compared alone; without both there is nothing to compare."""
    reader = replace(whole_cache(), tabular=None)
    assert judged(check_names, reader).why.startswith("Manifest and sync job agree on")
    neither = judged(check_names, replace(reader, sync_job=None))
    assert neither.verdict is Verdict.NOT_CONFIGURED


def test_one_that_cannot_be_read_does_not_hide_a_difference() -> None:
    """The job's other name is told although the service did not answer."""
    reader = replace(_job_asks("llama3.2:3b"), errors={"service": Unavailable("Away.")})
    judgement = judged(check_names, reader)
    assert judgement.verdict is Verdict.WARNING
    assert "llama3.2:3b" in judgement.why
    assert "The service could not be read: Away." in judgement.why


def test_a_stub_is_compared_by_what_it_names() -> None:
    """A stub's language model is compared, its missing embedding model is not."""
    stub = Write("manifest.json", NOW, stub_text("20251121-093000"))
    judgement = judged(check_names, cache_after([*two_syncs(), stub]))
    assert judgement.verdict is Verdict.OK
    assert judgement.why.endswith(f"agree on {LLM}; the manifest names no embedding model.")


def test_without_a_manifest_nothing_is_compared() -> None:
    """No manifest: unknown, and a sync writes one."""
    judgement = judged(check_names, replace(whole_cache(), stored=()))
    assert (judgement.verdict, judgement.next_step) == (Verdict.UNKNOWN, "Run /cache sync.")
