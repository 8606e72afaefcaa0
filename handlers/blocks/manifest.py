"""What manifest.json and .done say, and whether they agree."""

from core.cache.manifest import Manifest, Model
from core.cache.problems import ProblemKind
from core.inspection.manifest import ManifestReport
from handlers.blocks.card import Bullets, Card, Code, Facts, Line, Mark, Moment, Paragraph, Part
from handlers.blocks.prose import prose
from handlers.blocks.quantities import duration

_IN_HEADLINE = (ProblemKind.MANIFEST_MISSING, ProblemKind.MANIFEST_STUB)
_NEXT = Paragraph(("Run ", Code("/cache sync"), " to put it right."))


def card_of_manifest(report: ManifestReport) -> Card:
    """Render the manifest; what is wrong comes before what it says."""
    parts: list[Part] = []
    if report.problems:
        told = [one for one in report.problems if one.kind not in _IN_HEADLINE]
        parts += [Bullets(tuple(prose(problem.text) for problem in told)), _NEXT]
    if report.manifest is not None:
        parts.append(_facts(report.manifest, report.done))
    return Card("Cache manifest", _mark(report), _headline(report), tuple(parts))


def _mark(report: ManifestReport) -> Mark:
    if not report.problems:
        return Mark.OK
    return Mark.WARNING if report.manifest and report.manifest.stub else Mark.FAILING


def _headline(report: ManifestReport) -> Line:
    if report.manifest is None:
        return ("There is no readable manifest.json, so startups find nothing to use.",)
    age = f", written {duration(report.age)} ago" if report.age is not None else ""
    version = Code(report.manifest.version)
    if not report.problems:
        return ("Version ", version, f"{age}; the .done marker agrees.")
    if report.manifest.stub:
        return (
            "Version ",
            version,
            f"{age}, is a stub that a startup wrote after a miss, no full manifest.",
        )
    return ("Version ", version, f"{age}, but something is wrong.")


def _facts(manifest: Manifest, done: str | None) -> Facts:
    return Facts(
        (
            ("Version", (Code(manifest.version),)),
            (".done marker", (Code(done),) if done is not None else ("missing",)),
            ("Language model", _model(manifest.ollama)),
            ("Embedding model", _model(manifest.embedding)),
            ("Written", (Moment(manifest.written_at),)),
            ("Generation", (Code(str(manifest.generation)),)),
        )
    )


def _model(model: Model | None) -> Line:
    if model is None:
        return ("not named",)
    if not model.checksum:
        return (Code(model.name), ", no checksum")
    return (Code(model.name), ", checksum ", Code(model.checksum[:19]))
