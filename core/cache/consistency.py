"""Whether the cache is whole: manifest, `.done` marker and models tell the same story.

Promotion is not atomic and a startup may overwrite the manifest, so this is looked at after
every sync, and above all after a failed or cancelled one.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import partial

from core.cache.manifest import Manifest, UnreadableManifest, parse_done, parse_manifest
from core.cache.model_files import (
    ModelState,
    check_embedding,
    check_ollama,
    ollama_manifest_name,
    revision_name,
)
from core.cache.objects import DONE, MANIFEST, OLLAMA, SBERT, Generation, StoredObject, live_by_name
from core.cache.problems import Problem, ProblemKind
from core.cloud import Reader
from core.errors import NotFound
from core.parallel import ask

ManifestReading = Manifest | UnreadableManifest | None
"""What `manifest.json` says, why it cannot be read, or None where there is none."""


@dataclass(frozen=True, slots=True)
class Evidence:
    """What the check decides on. `live` is the set of objects by name that is judged.

    `done` is the text of `.done`, `model_manifest` the Ollama model's own manifest and
    `revision` the text of the embedding model's `refs/main`; each None where it is missing.
    """

    manifest: ManifestReading
    done: str | None
    live: Mapping[str, StoredObject]
    model_manifest: bytes | None = None
    revision: str | None = None


@dataclass(frozen=True, slots=True)
class Consistency:
    """The verdict: everything that is wrong, and how each named model lies in the bucket."""

    version: str | None
    problems: tuple[Problem, ...]
    models: tuple[ModelState, ...]

    @property
    def consistent(self) -> bool:
        """Whether nothing at all is wrong."""
        return not self.problems


@dataclass(frozen=True, slots=True)
class CacheState:
    """One look at the cache; `manifest` is None where it is missing or unreadable."""

    manifest: Manifest | None
    done: str | None
    consistency: Consistency
    live: Mapping[str, StoredObject]

    @property
    def empty(self) -> bool:
        """Whether there is no manifest and no model file: not broken, but wiped or never filled."""
        return is_empty(self.live)


def is_empty(names: Iterable[str]) -> bool:
    """Tell whether none of the live objects is the manifest or a file of a model."""
    return not any(name == MANIFEST or name.startswith((OLLAMA, SBERT)) for name in names)


def check_consistency(evidence: Evidence) -> Consistency:
    """Decide whether the cache is whole."""
    models = check_models(evidence)
    problems = (
        *manifest_problems(evidence.manifest),
        *done_problems(evidence.manifest, evidence.done),
        *(problem for model in models for problem in model.problems),
    )
    version = evidence.manifest.version if isinstance(evidence.manifest, Manifest) else None
    return Consistency(version, problems, models)


def check_models(evidence: Evidence) -> tuple[ModelState, ...]:
    """Check each model that the manifest names; none where there is no manifest."""
    manifest = evidence.manifest
    if not isinstance(manifest, Manifest):
        return ()
    models: list[ModelState] = []
    if manifest.ollama:
        models.append(check_ollama(manifest.ollama.name, evidence.model_manifest, evidence.live))
    if manifest.embedding:
        models.append(check_embedding(manifest.embedding.name, evidence.revision, evidence.live))
    return tuple(models)


def manifest_problems(manifest: ManifestReading) -> tuple[Problem, ...]:
    """Return what is wrong with the manifest itself."""
    if manifest is None:
        text = "There is no manifest.json."
        return (Problem(ProblemKind.MANIFEST_MISSING, text, MANIFEST),)
    if isinstance(manifest, UnreadableManifest):
        return (Problem(ProblemKind.MANIFEST_UNREADABLE, manifest.message, MANIFEST),)
    if manifest.stub:
        text = f"manifest.json ({manifest.version}) is a stub that a startup wrote after a miss."
        return (Problem(ProblemKind.MANIFEST_STUB, text, MANIFEST),)
    named = (("language model", manifest.ollama), ("embedding model", manifest.embedding))
    return tuple(
        Problem(ProblemKind.MODEL_NOT_NAMED, f"manifest.json names no {what}.", MANIFEST)
        for what, model in named
        if model is None
    )


def done_problems(manifest: ManifestReading, done: str | None) -> tuple[Problem, ...]:
    """Return what is wrong with the `.done` marker, as far as the manifest can tell."""
    if done is None:
        text = "There is no .done marker, so startups treat the cache as unfinished."
        return (Problem(ProblemKind.DONE_MISSING, text, DONE),)
    if not isinstance(manifest, Manifest) or manifest.version == done:
        return ()
    said = f'"{done[:40]}"' if done else "nothing"
    text = f"The .done marker says {said}, but manifest.json has version {manifest.version}."
    return (Problem(ProblemKind.DONE_MISMATCH, text, DONE),)


def read_manifest(reader: Reader, generation: Generation | None = None) -> ManifestReading:
    """Read `manifest.json`, the live one or one generation; None where it is not there."""
    found = _read_if_there(reader, MANIFEST, generation)
    if found is None:
        return None
    try:
        return parse_manifest(*found)
    except UnreadableManifest as exc:
        return exc


def read_done(reader: Reader) -> str | None:
    """Read the version that `.done` holds; None where there is no marker."""
    found = _read_if_there(reader, DONE)
    return None if found is None else parse_done(found[0])


def read_model_facts(
    reader: Reader, manifest: ManifestReading, chosen: Mapping[str, Generation] | None = None
) -> tuple[bytes | None, str | None]:
    """Read the model's own manifest and the embedding's revision, at the same time.

    `chosen` gives the generations of another time by name; a name that is not in it was not
    there. Without it the live objects are read.
    """
    if not isinstance(manifest, Manifest):
        return None, None
    names = (
        ollama_manifest_name(manifest.ollama.name) if manifest.ollama else "",
        revision_name(manifest.embedding.name) if manifest.embedding else "",
    )
    asked = [ask(name, partial(_read_chosen, reader, name, chosen)) for name in names]
    model_manifest, revision = (one.answer() for one in asked)
    return model_manifest, None if revision is None else parse_done(revision)


def inspect_cache(reader: Reader) -> CacheState:
    """Look at the cache in two rounds of calls, and judge it.

    Raises:
        NotFound: there is no bucket.
        CloudError: something could not be read; nothing is concluded from a part.
    """
    listing = ask("objects", reader.objects)
    marker = ask(DONE, lambda: read_done(reader))
    manifest = read_manifest(reader)
    model_manifest, revision = read_model_facts(reader, manifest)
    live = live_by_name(listing.answer())
    evidence = Evidence(manifest, marker.answer(), live, model_manifest, revision)
    consistency = check_consistency(evidence)
    known = manifest if isinstance(manifest, Manifest) else None
    return CacheState(known, evidence.done, consistency, live)


def _read_chosen(
    reader: Reader, name: str, chosen: Mapping[str, Generation] | None
) -> bytes | None:
    if not name or (chosen is not None and name not in chosen):
        return None
    found = _read_if_there(reader, name, None if chosen is None else chosen[name])
    return None if found is None else found[0]


def _read_if_there(
    reader: Reader, name: str, generation: Generation | None = None
) -> tuple[bytes, StoredObject] | None:
    try:
        return reader.read(name, generation)
    except NotFound:
        return None
