"""The check that manifest, sync job and service name the same models."""

from collections.abc import Iterator
from dataclasses import dataclass

from core.cache.consistency import read_manifest
from core.cache.manifest import Manifest
from core.cache.model_files import embedding_folder, ollama_manifest_name
from core.errors import NotFound
from core.executions import SyncJob, failures_in_a_row
from core.inspection.checks.storage import no_bucket
from core.inspection.findings import Judgement, Scene, Verdict, combined
from core.parallel import Known, Reading, Unknown, ask
from core.services import Service


@dataclass(frozen=True, slots=True)
class ModelNames:
    """The models that somebody names; empty where none is named as a plain value."""

    llm: str
    embedding: str


def check_names(scene: Scene) -> Judgement:
    """Judge by those that could be read; an absent job or service is left to its own check."""
    job_asked = ask("job", scene.reader.job)
    service_asked = ask("service", scene.reader.service)
    manifest = read_manifest(scene.reader)
    if not isinstance(manifest, Manifest):
        return no_bucket(scene) or Judgement(
            Verdict.UNKNOWN, "There is no readable manifest to compare with.", "Run /cache sync."
        )
    cached = names_in_manifest(manifest)
    job = job_asked.reading(scene.patience)
    service = service_asked.reading(scene.patience)
    found = [*_unread("sync job", job), *_unread("service", service)]
    if isinstance(job, Known):
        found.extend(_judge_job(names_in_job(job.value), cached, _last_failed(scene)))
    if isinstance(service, Known):
        found.extend(_judge_service(names_in_service(service.value, scene), cached))
    if found:
        return combined(found)
    compared = [
        who
        for who, reading in (("sync job", job), ("service", service))
        if isinstance(reading, Known)
    ]
    if not compared:
        return Judgement(Verdict.NOT_CONFIGURED, "There is no sync job and no service to compare.")
    named = " and ".join(name for name in (cached.llm, cached.embedding) if name)
    told = f"{_listed('Manifest', *compared)} agree on {named or 'no model'}"
    kinds = (("language", cached.llm), ("embedding", cached.embedding))
    unnamed = " and ".join(kind for kind, name in kinds if not name)
    less = f"; the manifest names no {unnamed} model" if unnamed else ""
    return Judgement(Verdict.OK, f"{told}{less}.")


def names_in_manifest(manifest: Manifest) -> ModelNames:
    """Return what the manifest says is in the cache."""
    return ModelNames(
        manifest.ollama.name if manifest.ollama else "",
        manifest.embedding.name if manifest.embedding else "",
    )


def names_in_job(job: SyncJob) -> ModelNames:
    """Return what the next sync will fetch."""
    return ModelNames(job.llm_model, job.embedding_model)


def names_in_service(service: Service, scene: Scene) -> ModelNames:
    """Return what a starting instance asks for."""
    variables = scene.deployment.variables
    return ModelNames(
        service.env.get(variables.llm_model, ""), service.env.get(variables.embedding_model, "")
    )


def differences(wanted: ModelNames, cached: ModelNames) -> list[tuple[str, str]]:
    """Return pairs (wanted, cached) that differ; what either does not name is not compared.

    Names are compared as the files that they stand for: `llama3.2` is `llama3.2:latest`.
    """
    pairs: list[tuple[str, str]] = []
    if wanted.llm and cached.llm:
        same = ollama_manifest_name(wanted.llm) == ollama_manifest_name(cached.llm)
        pairs.extend([] if same else [(wanted.llm, cached.llm)])
    if wanted.embedding and cached.embedding:
        same = embedding_folder(wanted.embedding) == embedding_folder(cached.embedding)
        pairs.extend([] if same else [(wanted.embedding, cached.embedding)])
    return pairs


def _listed(*names: str) -> str:
    return f"{', '.join(names[:-1])} and {names[-1]}"


def _last_failed(scene: Scene) -> bool:
    """Tell whether the last sync is known to have failed: another one may fail alike."""
    reading = ask("executions", scene.reader.executions).reading(scene.patience)
    return isinstance(reading, Known) and failures_in_a_row(reading.value) > 0


def _judge_job(wanted: ModelNames, cached: ModelNames, failed: bool) -> Iterator[Judgement]:
    for want, have in differences(wanted, cached):
        if failed:
            yield Judgement(
                Verdict.WARNING,
                f"The sync job names {want}, the cache holds {have}, and the last sync failed.",
                "Look at /cache logs sync errors; /cache update puts the right names back.",
            )
            continue
        yield Judgement(
            Verdict.WARNING,
            f"The next sync will fetch {want}, the cache holds {have}.",
            "Run /cache sync to fetch it, or /cache update to change the names.",
        )


def _judge_service(wanted: ModelNames, cached: ModelNames) -> Iterator[Judgement]:
    for want, have in differences(wanted, cached):
        yield Judgement(
            Verdict.FAILING,
            f"The service asks for {want}, the cache holds {have}.",
            "Run /cache update to bring both to the same model.",
        )


def _unread(who: str, reading: Reading[SyncJob] | Reading[Service]) -> Iterator[Judgement]:
    if isinstance(reading, Unknown) and not isinstance(reading.error, NotFound):
        yield Judgement(
            Verdict.UNKNOWN,
            f"The {who} could not be read: {reading.reason}",
            "Run /cache health again in a minute.",
        )
