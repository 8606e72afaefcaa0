"""Whether the cache is judged whole, and only when it is."""

from dataclasses import replace
from threading import Event

import pytest

from core.cache.consistency import (
    CacheState,
    Evidence,
    check_consistency,
    inspect_cache,
    read_manifest,
)
from core.cache.problems import ProblemKind
from core.errors import CloudError, NotFound, PermissionDenied, Unavailable
from core.parallel import ask
from tests.core.reader import LONGEST, MemoryReader
from tests.core.whole_cache import (
    CONFIG_BLOB,
    EMBEDDING,
    FOLDER,
    LAYER_BLOBS,
    LLM,
    MODEL_MANIFEST,
    NEWER,
    NOW,
    OLDER,
    SNAPSHOT,
    WEIGHTS,
    Write,
    cache_after,
    manifest_text,
    stub_text,
    two_syncs,
    whole_cache,
    without,
)


def _kinds(state: CacheState) -> list[ProblemKind]:
    return [problem.kind for problem in state.consistency.problems]


def _after(name: str, content: bytes | int | None) -> MemoryReader:
    """Return the cache after one more write, or a deletion where the content is None."""
    return cache_after([*two_syncs(), Write(name, NOW, content)])


def test_a_whole_cache_is_consistent() -> None:
    """After a good sync nothing is wrong, and everything that was looked at is handed on."""
    state = inspect_cache(whole_cache())
    assert state.consistency.consistent
    assert state.consistency.version == NEWER == state.done
    assert [model.name for model in state.consistency.models] == [LLM, EMBEDDING]
    assert state.manifest is not None
    assert state.live["manifest.json"].generation == state.manifest.generation


@pytest.mark.parametrize(
    ("lost", "kind"),
    [
        (".done", ProblemKind.DONE_MISSING),
        (MODEL_MANIFEST, ProblemKind.MODEL_MANIFEST_MISSING),
        (CONFIG_BLOB, ProblemKind.BLOB_MISSING),
        (LAYER_BLOBS[0], ProblemKind.BLOB_MISSING),
        (LAYER_BLOBS[1], ProblemKind.BLOB_MISSING),
        (f"{FOLDER}refs/main", ProblemKind.EMBEDDING_INCOMPLETE),
        (WEIGHTS, ProblemKind.EMBEDDING_INCOMPLETE),
        (f"{SNAPSHOT}config.json", ProblemKind.EMBEDDING_INCOMPLETE),
        (f"{SNAPSHOT}pytorch_model.bin", ProblemKind.EMBEDDING_INCOMPLETE),
        (f"{SNAPSHOT}tokenizer.json", ProblemKind.EMBEDDING_INCOMPLETE),
    ],
)
@pytest.mark.parametrize("kept_noncurrent", [True, False])
def test_any_lost_object_is_noticed(lost: str, kind: ProblemKind, *, kept_noncurrent: bool) -> None:
    """Without any one needed object there is exactly that problem, noncurrent copy or not."""
    reader = _after(lost, None) if kept_noncurrent else without(whole_cache(), lost)
    state = inspect_cache(reader)
    assert _kinds(state) == [kind]
    assert not state.consistency.consistent


def test_a_promotion_that_died_half_way_is_noticed() -> None:
    """The embeddings are gone, manifest and marker still agree: the marker proves nothing."""
    gone = {write.name for write in two_syncs() if write.name.startswith("sbert/")}
    died = cache_after([*two_syncs(), *(Write(name, NOW, None) for name in gone)])
    state = inspect_cache(died)
    assert state.done == state.consistency.version == NEWER
    assert _kinds(state) == [ProblemKind.EMBEDDING_MISSING]


def test_a_missing_manifest_is_the_problem() -> None:
    """Without a manifest no model is judged, but the marker is still looked for."""
    state = inspect_cache(_after("manifest.json", None))
    assert _kinds(state) == [ProblemKind.MANIFEST_MISSING]
    assert (state.manifest, state.consistency.models) == (None, ())
    assert _kinds(inspect_cache(without(_after("manifest.json", None), ".done"))) == [
        ProblemKind.MANIFEST_MISSING,
        ProblemKind.DONE_MISSING,
    ]


@pytest.mark.parametrize("content", [b"", b"not json", b"[]", b'{"version": 3}', b"\xff"])
def test_an_unreadable_manifest_is_told_apart(content: bytes) -> None:
    """What is no manifest is unreadable, which is not the same as missing."""
    state = inspect_cache(_after("manifest.json", content))
    assert _kinds(state) == [ProblemKind.MANIFEST_UNREADABLE]
    assert state.manifest is None


def test_a_stub_is_recognised() -> None:
    """A startup's stub is reported with the marker that it no longer equals."""
    state = inspect_cache(_after("manifest.json", stub_text("20251121-090000")))
    assert _kinds(state) == [ProblemKind.MANIFEST_STUB, ProblemKind.DONE_MISMATCH]
    assert [model.name for model in state.consistency.models] == [LLM]


def test_a_stub_that_equals_the_marker_is_still_a_stub() -> None:
    """Equal versions do not make a stub consistent."""
    state = inspect_cache(_after("manifest.json", stub_text(NEWER)))
    assert _kinds(state) == [ProblemKind.MANIFEST_STUB]


@pytest.mark.parametrize(
    ("done", "said"), [(f"{OLDER}\n".encode(), f'"{OLDER}"'), (b"", "nothing"), (b" \n", "nothing")]
)
def test_another_version_in_the_marker_is_a_mismatch(done: bytes, said: str) -> None:
    """The marker has to name the manifest's version; the text says what it names."""
    state = inspect_cache(_after(".done", done))
    assert _kinds(state) == [ProblemKind.DONE_MISMATCH]
    assert f"says {said}, but manifest.json has version {NEWER}" in (
        state.consistency.problems[0].text
    )


def test_a_full_manifest_has_to_name_both_models() -> None:
    """A manifest of the sync job that names no embedding model is a problem of its own."""
    text = manifest_text(NEWER).replace(b'"embedding"', b'"something"')
    assert _kinds(inspect_cache(_after("manifest.json", text))) == [ProblemKind.MODEL_NOT_NAMED]


def test_the_manifest_decides_which_model_is_looked_for() -> None:
    """A manifest that names another tag is not satisfied by the one that is there."""
    text = manifest_text(NEWER, llm="llama3.2:3b")
    state = inspect_cache(_after("manifest.json", text))
    assert _kinds(state) == [ProblemKind.MODEL_MANIFEST_MISSING]
    assert state.consistency.problems[0].object_name.endswith("/llama3.2/3b")


def test_nothing_at_all_is_judged_too() -> None:
    """An empty bucket is inconsistent, not a crash."""
    consistency = check_consistency(Evidence(None, None, {}))
    assert [problem.kind for problem in consistency.problems] == [
        ProblemKind.MANIFEST_MISSING,
        ProblemKind.DONE_MISSING,
    ]


def test_a_missing_bucket_is_no_empty_cache() -> None:
    """Where there is no bucket, NotFound is raised instead of a verdict."""
    with pytest.raises(NotFound):
        inspect_cache(replace(whole_cache(), settings=None))


@pytest.mark.parametrize("question", ["objects", "read manifest.json", "read .done"])
@pytest.mark.parametrize("error", [Unavailable("away"), PermissionDenied("no")])
def test_nothing_is_concluded_from_a_part(question: str, error: CloudError) -> None:
    """One answer that does not come is raised, never taken for an absence."""
    with pytest.raises(type(error)):
        inspect_cache(replace(whole_cache(), errors={question: error}))


def test_the_look_takes_two_rounds() -> None:
    """Listing, manifest and marker are asked together, the model's facts next; each once."""
    gates = {name: Event() for name in ("objects", "read manifest.json", "read .done")}
    reader = replace(whole_cache(), gates=gates)
    look = ask("look", lambda: inspect_cache(reader))
    first = {reader.asked.get(timeout=LONGEST.total_seconds()) for _ in gates}
    assert first == set(gates)
    gates["read manifest.json"].set()
    second = {reader.asked.get(timeout=LONGEST.total_seconds()) for _ in range(2)}
    assert second == {f"read {MODEL_MANIFEST}", f"read {FOLDER}refs/main"}
    gates["objects"].set()
    gates["read .done"].set()
    assert look.answer().consistency.consistent
    assert not reader.questions()


def test_a_generation_can_be_read() -> None:
    """An earlier manifest is read by its generation, with the time when it was written."""
    reader = whole_cache()
    older = next(one for one in reader.stored if one.name == "manifest.json" and not one.live)
    manifest = read_manifest(reader, older.generation)
    assert manifest is not None
    assert not isinstance(manifest, Exception)
    assert (manifest.version, manifest.written_at) == (OLDER, older.created_at)
