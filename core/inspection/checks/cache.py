"""Checks of what the cache holds: the manifest, the `.done` marker, the models."""

from core.cache.consistency import (
    CacheState,
    ManifestReading,
    done_problems,
    inspect_cache,
    is_empty,
    manifest_problems,
    read_done,
    read_manifest,
)
from core.cache.manifest import Manifest
from core.cache.model_files import ModelState
from core.cache.objects import DONE, live_by_name
from core.cache.problems import Problem
from core.errors import NotFound
from core.inspection.checks.storage import no_bucket
from core.inspection.findings import Judgement, Scene, Verdict
from core.parallel import Known, ask
from core.quantities import count_text, duration_text, size_text

_SYNC = "Run /cache sync."
_RECOVER = "Run /cache recover: it restores what was deleted, where it can without a download."
_NOT_CHECKED = "The manifest names no embedding model, so none was looked for."


def check_manifest(scene: Scene) -> Judgement:
    """Judge the manifest by itself; its age is judged with the sync runs."""
    manifest = read_manifest(scene.reader)
    if not isinstance(manifest, Manifest):
        return _no_manifest(scene, manifest)
    age = duration_text(scene.now - manifest.written_at)
    if manifest.stub:
        return Judgement(
            Verdict.WARNING,
            f"Version {manifest.version} is a stub that a startup wrote {age} ago after a miss;"
            " it has no checksums and no embedding model.",
            "Run /cache sync to write a full manifest.",
        )
    problems = manifest_problems(manifest)
    if problems:
        return Judgement(Verdict.FAILING, _listed(problems), _SYNC)
    named = [model.name for model in (manifest.ollama, manifest.embedding) if model]
    return Judgement(
        Verdict.OK, f"Version {manifest.version}, written {age} ago: {' and '.join(named)}."
    )


def check_done(scene: Scene) -> Judgement:
    """Judge whether `.done` equals the manifest's version.

    A stub never does, which is a warning only: a startup replaced the manifest, but the last
    full sync may still be there.
    """
    marker = ask(DONE, lambda: read_done(scene.reader))
    manifest = read_manifest(scene.reader)
    done = marker.answer()
    problems = done_problems(manifest, done)
    if problems and done is None:
        return no_bucket(scene) or Judgement(
            Verdict.FAILING,
            problems[0].text,
            _mending(scene, "Look at /cache history, then run /cache sync."),
        )
    if not isinstance(manifest, Manifest):
        return Judgement(
            Verdict.FAILING,
            f"The marker says {done}, but there is no readable manifest to compare it with.",
            _SYNC,
        )
    if problems and manifest.stub:
        return Judgement(
            Verdict.WARNING,
            f"The marker still names {done}: a startup replaced the manifest after that sync.",
            _SYNC,
        )
    if problems:
        return Judgement(
            Verdict.FAILING,
            f"{problems[0].text} A sync is under way or broke off.",
            "Look at /cache history, then run /cache sync.",
        )
    return Judgement(Verdict.OK, f"It equals the manifest's version {manifest.version}.")


def check_models(scene: Scene) -> Judgement:
    """Judge whether the files of every named model are there, in the declared sizes."""
    try:
        state = inspect_cache(scene.reader)
    except NotFound:
        missing = no_bucket(scene)
        if missing is None:
            raise
        return missing
    if state.manifest is None:
        return Judgement(
            Verdict.UNKNOWN,
            "Without a manifest it is not known which models belong here.",
            _RECOVER if state.empty else _SYNC,
        )
    return _judge_models(state)


def _judge_models(state: CacheState) -> Judgement:
    models = state.consistency.models
    problems = [problem for model in models for problem in model.problems]
    if problems:
        return Judgement(
            Verdict.FAILING, _listed(problems), "Run /cache sync to fetch what is missing."
        )
    if not models:
        return Judgement(Verdict.UNKNOWN, "The manifest names no model to look for.", _SYNC)
    present = " and ".join(_described(model) for model in models)
    if state.manifest is None or state.manifest.embedding is None:
        return Judgement(Verdict.WARNING, f"{present} is complete. {_NOT_CHECKED}", _SYNC)
    verb = "is" if len(models) == 1 else "are"
    return Judgement(Verdict.OK, f"{present} {verb} complete.")


def _described(model: ModelState) -> str:
    files = count_text(len(model.files), "file")
    return f"{model.name} ({size_text(model.size_bytes)}, {files})"


def _listed(problems: tuple[Problem, ...] | list[Problem]) -> str:
    shown = " ".join(problem.text for problem in problems[:2])
    more = len(problems) - 2
    return f"{shown} {count_text(more, 'more problem')}." if more > 0 else shown


def _no_manifest(scene: Scene, manifest: ManifestReading) -> Judgement:
    text = manifest_problems(manifest)[0].text
    missing = no_bucket(scene) if manifest is None else None
    step = "Run /cache sync to write it."
    return missing or Judgement(
        Verdict.FAILING,
        f"{text} Startups find nothing to use.",
        _mending(scene, step) if manifest is None else step,
    )


def _mending(scene: Scene, otherwise: str) -> str:
    """Return the next step where something is missing: what was wiped is restored, not fetched."""
    listing = ask("objects", scene.reader.objects).reading(scene.patience)
    wiped = isinstance(listing, Known) and is_empty(live_by_name(listing.value))
    return _RECOVER if wiped else otherwise
