"""`/cache models`: the models that the manifest names, and whether they are really there."""

from dataclasses import dataclass

from core.cache.consistency import inspect_cache
from core.cache.model_files import ModelState
from core.cache.problems import Problem
from core.cloud import Reader


@dataclass(frozen=True, slots=True)
class ModelsReport:
    """Each named model with its files, sizes and problems.

    `problems` are those of the manifest and the marker, which say what should be there.
    """

    version: str | None
    stub: bool
    models: tuple[ModelState, ...]
    problems: tuple[Problem, ...]


def report_models(reader: Reader) -> ModelsReport:
    """Check every model file. Raises NotFound where there is no bucket."""
    state = inspect_cache(reader)
    models = state.consistency.models
    of_models = {problem for model in models for problem in model.problems}
    others = tuple(one for one in state.consistency.problems if one not in of_models)
    stub = state.manifest is not None and state.manifest.stub
    return ModelsReport(state.consistency.version, stub, models, others)
