"""Where model files lie and when they are complete."""

import json
from collections.abc import Iterable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.cache.model_files import (
    check_embedding,
    check_ollama,
    embedding_folder,
    ollama_manifest_name,
)
from core.cache.objects import StoredObject, live_by_name
from core.cache.problems import ProblemKind
from tests.core.whole_cache import (
    CONFIG_BLOB,
    EMBEDDING,
    FOLDER,
    LAYER_BLOBS,
    LLM,
    MODEL_MANIFEST,
    NOW,
    REVISION,
    SNAPSHOT,
    WEIGHTS,
    Write,
    model_manifest,
    stored_by,
    whole_cache,
)


def _live(contents: Iterable[tuple[str, bytes | int]]) -> dict[str, StoredObject]:
    stored, _ = stored_by(Write(name, NOW, content) for name, content in contents)
    return live_by_name(stored)


def _direct(weights: str = "model.safetensors", size_bytes: int = 90_868_376) -> dict[str, int]:
    """Return an embedding model whose snapshot holds files instead of links."""
    return {
        f"{FOLDER}refs/main": 40,
        f"{SNAPSHOT}config.json": 687,
        f"{SNAPSHOT}tokenizer.json": 17_098_108,
        f"{SNAPSHOT}{weights}": size_bytes,
    }


@pytest.mark.parametrize(
    ("model", "path"),
    [
        ("llama3.2:1b", "registry.ollama.ai/library/llama3.2/1b"),
        ("llama3.2", "registry.ollama.ai/library/llama3.2/latest"),
        ("someone/model:q4", "registry.ollama.ai/someone/model/q4"),
        ("hf.co/someone/model:Q4_K_M", "hf.co/someone/model/Q4_K_M"),
        ("localhost:5000/library/m", "localhost:5000/library/m/latest"),
    ],
)
def test_an_ollama_name_has_defaults(model: str, path: str) -> None:
    """Host, namespace and tag default to Ollama's registry, its library and latest."""
    assert ollama_manifest_name(model) == f"ollama/manifests/{path}"


@pytest.mark.parametrize(
    ("model", "folder"),
    [
        ("BAAI/bge-m3", "sbert/models--BAAI--bge-m3/"),
        ("all-MiniLM-L6-v2", "sbert/models--sentence-transformers--all-MiniLM-L6-v2/"),
    ],
)
def test_an_embedding_name_has_a_default_organisation(model: str, folder: str) -> None:
    """A bare name is one of sentence-transformers."""
    assert embedding_folder(model) == folder


def test_a_whole_language_model_lists_its_files() -> None:
    """The model's manifest and every blob that it declares are its files."""
    state = check_ollama(LLM, model_manifest(), live_by_name(whole_cache().stored))
    assert state.present
    assert {one.name for one in state.files} == {MODEL_MANIFEST, CONFIG_BLOB, *LAYER_BLOBS}
    assert state.size_bytes == 485 + 1_321_082_688 + 1429 + len(model_manifest())


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"[]",
        b"{}",
        b"[" * 100_000,
        b'{"layers": 3}',
        b'{"config": null, "layers": []}',
        b'{"config": {"digest": 1, "size": 2}, "layers": []}',
        b'{"config": {"digest": "sha256:00", "size": "2"}, "layers": []}',
        b"\xff\xfe",
    ],
)
def test_a_strange_model_manifest_is_told_apart(content: bytes) -> None:
    """What is no model manifest is unreadable: neither a crash nor a model without blobs."""
    state = check_ollama(LLM, content, {})
    assert [problem.kind for problem in state.problems] == [ProblemKind.MODEL_MANIFEST_UNREADABLE]


@given(st.binary(max_size=200))
def test_any_bytes_as_a_model_manifest_are_survived(content: bytes) -> None:
    """No content makes the check crash or pass in an empty bucket."""
    assert not check_ollama(LLM, content, {}).present


@given(st.sets(st.sampled_from((CONFIG_BLOB, *LAYER_BLOBS))), st.data())
def test_each_lost_or_cut_blob_is_reported(lost: set[str], data: st.DataObject) -> None:
    """Exactly the blobs that are missing or of another size are problems, by their kind."""
    left = sorted({CONFIG_BLOB, *LAYER_BLOBS} - lost)
    cut = set(data.draw(st.lists(st.sampled_from(left)))) if left else set()
    document = json.loads(model_manifest())
    sizes = {
        f"ollama/blobs/{entry['digest'].replace(':', '-')}": entry["size"]
        for entry in (document["config"], *document["layers"])
    }
    live = _live((name, sizes[name] - (name in cut)) for name in left)
    state = check_ollama(LLM, model_manifest(), live)
    found = {(problem.kind, problem.object_name) for problem in state.problems}
    assert found == {(ProblemKind.BLOB_MISSING, name) for name in lost} | {
        (ProblemKind.BLOB_WRONG_SIZE, name) for name in cut
    }


@pytest.mark.parametrize(
    "weights", ["model.safetensors", "pytorch_model.bin", "0_Transformer/model.safetensors"]
)
def test_a_snapshot_of_files_is_complete(weights: str) -> None:
    """Files in place of links serve as well, wherever the weights lie in the snapshot."""
    state = check_embedding(EMBEDDING, REVISION, _live(_direct(weights).items()))
    assert state.present
    assert state.size_bytes == sum(_direct(weights).values())


@pytest.mark.parametrize("link_bytes", [0, 76])
def test_a_snapshot_of_links_needs_their_blobs(link_bytes: int) -> None:
    """A link, empty or holding its target, counts as weights only while a big blob is there."""
    files = _direct(size_bytes=link_bytes)
    dangling = check_embedding(EMBEDDING, REVISION, _live(files.items()))
    assert [problem.text for problem in dangling.problems] == [
        "BAAI/bge-m3 is incomplete: its weights are empty."
    ]
    small = files | {f"{FOLDER}blobs/4a": 687}
    assert not check_embedding(EMBEDDING, REVISION, _live(small.items())).present
    whole = files | {WEIGHTS: 90_868_376}
    assert check_embedding(EMBEDDING, REVISION, _live(whole.items())).present


@pytest.mark.parametrize(
    ("lost", "what"),
    [
        (f"{SNAPSHOT}config.json", "config.json is missing"),
        (f"{SNAPSHOT}model.safetensors", "its weights are missing"),
        (f"{SNAPSHOT}tokenizer.json", "its tokenizer is missing"),
    ],
)
def test_each_lost_part_is_named(lost: str, what: str) -> None:
    """A snapshot without its configuration, weights or tokenizer is incomplete by that."""
    files = {name: size for name, size in _direct().items() if name != lost}
    state = check_embedding(EMBEDDING, REVISION, _live(files.items()))
    assert [(problem.kind, problem.text) for problem in state.problems] == [
        (ProblemKind.EMBEDDING_INCOMPLETE, f"BAAI/bge-m3 is incomplete: {what}.")
    ]


@pytest.mark.parametrize("revision", [None, "", "0" * 40])
def test_a_revision_must_lead_to_files(revision: str | None) -> None:
    """Without refs/main, or with one that leads nowhere, the model cannot be loaded."""
    state = check_embedding(EMBEDDING, revision, _live(_direct().items()))
    assert [problem.kind for problem in state.problems] == [ProblemKind.EMBEDDING_INCOMPLETE]


def test_folders_are_no_files() -> None:
    """What a mounted bucket keeps of an emptied folder does not stand for a model."""
    state = check_embedding(EMBEDDING, None, _live([(FOLDER, b""), (f"{FOLDER}refs/", b"")]))
    assert [problem.kind for problem in state.problems] == [ProblemKind.EMBEDDING_MISSING]
    assert state.files == ()
