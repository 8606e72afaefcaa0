"""The models that the manifest names, and whether their files are really there."""

from core.cache.model_files import ModelKind, ModelState
from core.cache.objects import total_bytes
from core.inspection.models import ModelsReport
from handlers.blocks.card import Bullets, Card, Code, Line, Mark, Part, Row, Rows
from handlers.blocks.prose import prose
from handlers.blocks.quantities import count, size

_KINDS = {ModelKind.OLLAMA: "language model", ModelKind.EMBEDDING: "embedding model"}
_SHOWN = 3


def card_of_models(report: ModelsReport) -> Card:
    """Render the models, each with its size and everything that is missing."""
    parts: list[Part] = []
    if report.models:
        parts.append(Rows(tuple(map(_row, report.models))))
    if report.problems:
        parts.append(Bullets(tuple(prose(problem.text) for problem in report.problems)))
    return Card("Cache models", _mark(report), _headline(report), tuple(parts))


def _mark(report: ModelsReport) -> Mark:
    if report.version is None:
        return Mark.UNKNOWN
    if not all(model.present for model in report.models) or not report.models:
        return Mark.FAILING
    if not report.problems:
        return Mark.OK
    return Mark.WARNING if report.stub else Mark.FAILING


def _headline(report: ModelsReport) -> Line:
    if report.version is None:
        return ("Without a readable manifest it is not known which models belong here.",)
    broken = [model for model in report.models if not model.present]
    if not report.models:
        return ("The manifest ", Code(report.version), " names no model.")
    if broken:
        one = "is incomplete" if len(broken) == 1 else "are incomplete"
        told = f"{len(broken)} of {count(len(report.models), 'model')} {one}. Run "
        return (told, Code("/cache sync"), " to fetch what is missing.")
    files = [stored for model in report.models for stored in model.files]
    number = count(len(report.models), "model")
    verb = "is" if len(report.models) == 1 else "are"
    return (
        f"{number} of version ",
        Code(report.version),
        f" {verb} complete: {size(total_bytes(files))} in {count(len(files), 'file')}.",
    )


def _row(model: ModelState) -> Row:
    held = f"{size(model.size_bytes)} in {count(len(model.files), 'file')}"
    line = f"{_KINDS[model.kind]}, {held}."
    if model.present:
        return Row(Mark.OK, model.name, (line,))
    texts = [problem.text for problem in model.problems[:_SHOWN]]
    more = len(model.problems) - _SHOWN
    if more > 0:
        texts.append(f"{count(more, 'more problem')}.")
    return Row(
        Mark.FAILING,
        model.name,
        prose(f"{line} {' '.join(texts)}"),
    )
