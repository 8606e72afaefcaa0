"""Where models lie in the bucket, and whether their files are really there.

The service mounts the bucket and points OLLAMA_MODELS at `ollama/` and the Hugging Face hub
cache at `sbert/`, so the layouts are those of Ollama and of huggingface_hub.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from posixpath import basename, dirname, isabs, join, normpath

from core.cache.objects import OLLAMA, SBERT, StoredObject, total_bytes
from core.cache.problems import Problem, ProblemKind

_REGISTRY = "registry.ollama.ai"
_WEIGHTS = (".safetensors", ".bin")
_TOKENIZERS = ("tokenizer.json", "tokenizer_config.json", "vocab.txt", "sentencepiece.bpe.model")
_LONGEST_LINK_BYTES = 4096
_LEAST_WEIGHTS_BYTES = 10**6


class ModelKind(StrEnum):
    """What a model is for: the language model or the embeddings."""

    OLLAMA = "ollama"
    EMBEDDING = "embedding"


@dataclass(frozen=True, slots=True)
class ModelState:
    """One model as it lies in the bucket: the files that are there and what is wrong."""

    kind: ModelKind
    name: str
    files: tuple[StoredObject, ...]
    problems: tuple[Problem, ...]

    @property
    def present(self) -> bool:
        """Whether every file that the model needs is there."""
        return not self.problems

    @property
    def size_bytes(self) -> int:
        """The bytes of the files that are there."""
        return total_bytes(self.files)


def ollama_manifest_name(model: str) -> str:
    """Return the object name of an Ollama model's own manifest.

    A name reads `[[host/]namespace/]model[:tag]`; the namespace defaults to `library`, the
    tag to `latest`. Source: github.com/ollama/ollama/blob/main/types/model/name.go
    """
    path, _, last = model.rpartition("/")
    name, _, tag = last.partition(":")
    parts = path.split("/") if path else ["library"]
    if len(parts) == 1:
        parts.insert(0, _REGISTRY)
    return f"{OLLAMA}manifests/{'/'.join(parts)}/{name}/{tag or 'latest'}"


def embedding_folder(model: str) -> str:
    """Return the folder of an embedding model, with its trailing slash.

    A name without an organisation is one of `sentence-transformers`.
    Source: huggingface.co/docs/huggingface_hub/guides/manage-cache
    """
    full = model if "/" in model else f"sentence-transformers/{model}"
    return f"{SBERT}models--{full.replace('/', '--')}/"


def revision_name(model: str) -> str:
    """Return the object that holds the revision which an embedding model is loaded from."""
    return f"{embedding_folder(model)}refs/main"


def is_file_in(folder: str, name: str) -> bool:
    """Tell files apart from a mounted bucket's folders, empty objects that end with a slash.

    Source: github.com/GoogleCloudPlatform/gcsfuse/blob/master/docs/semantics.md
    """
    return name.startswith(folder) and not name.endswith("/")


def check_ollama(model: str, content: bytes | None, live: Mapping[str, StoredObject]) -> ModelState:
    """Check a language model by its own manifest (`content`, None where there is none).

    The manifest names a config and layers by digest and size; each lies in
    `ollama/blobs/sha256-<hex>`.
    """
    name = ollama_manifest_name(model)
    stored = live.get(name)
    files = [stored] if stored else []
    if content is None:
        text = f"{model} is not in the bucket: it has no model manifest."
        problem = Problem(ProblemKind.MODEL_MANIFEST_MISSING, text, name)
        return ModelState(ModelKind.OLLAMA, model, tuple(files), (problem,))
    blobs = _declared_blobs(content)
    if blobs is None:
        text = f"The model manifest of {model} cannot be read."
        problem = Problem(ProblemKind.MODEL_MANIFEST_UNREADABLE, text, name)
        return ModelState(ModelKind.OLLAMA, model, tuple(files), (problem,))
    problems: list[Problem] = []
    for blob_name, size_bytes in blobs.items():
        blob = live.get(blob_name)
        if blob is None:
            text = f"A blob of {model} is missing: {_short(blob_name)}."
            problems.append(Problem(ProblemKind.BLOB_MISSING, text, blob_name))
            continue
        files.append(blob)
        if blob.size_bytes != size_bytes:
            text = (
                f"A blob of {model} has {blob.size_bytes} bytes, not {size_bytes}:"
                f" {_short(blob_name)}."
            )
            problems.append(Problem(ProblemKind.BLOB_WRONG_SIZE, text, blob_name))
    return ModelState(ModelKind.OLLAMA, model, tuple(files), tuple(problems))


def check_embedding(
    model: str, revision: str | None, live: Mapping[str, StoredObject]
) -> ModelState:
    """Check an embedding model by the snapshot that `refs/main` (`revision`) points to."""
    folder = embedding_folder(model)
    files = tuple(live[name] for name in sorted(live) if is_file_in(folder, name))
    if not files:
        problem = Problem(
            ProblemKind.EMBEDDING_MISSING, f"{model} is not in the bucket: {folder} is empty."
        )
        return ModelState(ModelKind.EMBEDDING, model, (), (problem,))
    missing = _missing_parts(folder, revision, files)
    problems = tuple(
        Problem(ProblemKind.EMBEDDING_INCOMPLETE, f"{model} is incomplete: {what}.", name)
        for what, name in missing
    )
    return ModelState(ModelKind.EMBEDDING, model, files, problems)


def _missing_parts(
    folder: str, revision: str | None, files: tuple[StoredObject, ...]
) -> list[tuple[str, str]]:
    """Return what is missing in words, each with the object or folder that is meant."""
    if not revision:
        return [("refs/main does not name a revision", f"{folder}refs/main")]
    snapshot = f"{folder}snapshots/{revision}/"
    inside = [one for one in files if one.name.startswith(snapshot)]
    if not inside:
        return [(f"revision {revision[:12]} has no files", snapshot)]
    missing: list[tuple[str, str]] = []
    if not any(one.name == f"{snapshot}config.json" for one in inside):
        missing.append(("config.json is missing", f"{snapshot}config.json"))
    weights = [one for one in inside if one.name.endswith(_WEIGHTS)]
    if not weights:
        missing.append(("its weights are missing", snapshot))
    elif not any(_plausible(one, folder, files) for one in weights):
        missing.append(("its weights are empty", weights[0].name))
    if not any(one.name.endswith(_TOKENIZERS) for one in inside):
        missing.append(("its tokenizer is missing", snapshot))
    return missing + _dead_links(folder, inside, files)


def _dead_links(
    folder: str, inside: list[StoredObject], files: tuple[StoredObject, ...]
) -> list[tuple[str, str]]:
    """Return the links whose target is missing, as far as they stay in the model's folder."""
    names = {one.name for one in files}
    targets = [
        (one, normpath(join(dirname(one.name), one.link)))
        for one in inside
        if one.link and not isabs(one.link)
    ]
    return [
        (f"{basename(one.name)} leads nowhere", target)
        for one, target in targets
        if target.startswith(folder) and target not in names
    ]


def _plausible(weights: StoredObject, folder: str, files: tuple[StoredObject, ...]) -> bool:
    """Tell whether a weights file has content, of its own or through a link into `blobs/`.

    A mounted bucket keeps a symbolic link as an object that is empty or holds the target
    path, so what is shorter than the longest path says nothing by itself.
    Source: github.com/GoogleCloudPlatform/gcsfuse/releases/tag/v3.9.0
    """
    if weights.size_bytes >= _LONGEST_LINK_BYTES:
        return True
    blobs = f"{folder}blobs/"
    return any(
        one.size_bytes >= _LEAST_WEIGHTS_BYTES for one in files if one.name.startswith(blobs)
    )


def _short(blob_name: str) -> str:
    """Return as much of a blob's name as a person can compare, such as `sha256-5cf42672a8ae`."""
    return blob_name.rsplit("/", 1)[-1][:19]


def _declared_blobs(content: bytes) -> dict[str, int] | None:
    """Return sizes by object name as a model manifest declares them, None where unreadable."""
    try:
        document = json.loads(content)
    except (ValueError, RecursionError):
        return None
    if not isinstance(document, dict) or not isinstance(document.get("layers"), list):
        return None
    blobs: dict[str, int] = {}
    for entry in (document.get("config"), *document["layers"]):
        if not isinstance(entry, dict):
            return None
        digest, size_bytes = entry.get("digest"), entry.get("size")
        if not isinstance(digest, str) or not isinstance(size_bytes, int):
            return None
        blobs[f"{OLLAMA}blobs/{digest.replace(':', '-')}"] = size_bytes
    return blobs
