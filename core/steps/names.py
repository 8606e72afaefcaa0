"""Proving that the cache, the sync job and the service name the same models."""

from core.cache.consistency import read_manifest
from core.cache.manifest import Manifest
from core.cache.model_files import embedding_folder, ollama_manifest_name
from core.context import Context
from core.outcomes import Done, Failed, Outcome
from core.plans import VerifyNames


def verify_names(step: VerifyNames, context: Context) -> Outcome:
    """Compare the three with what was wanted; an empty name is not compared."""
    manifest = read_manifest(context.cloud)
    if not isinstance(manifest, Manifest):
        return Failed("There is no readable manifest to compare with.", _NEXT)
    variables = context.deployment.variables
    job, service = context.cloud.job(), context.cloud.service()
    ollama, embedding = manifest.ollama, manifest.embedding
    named = (
        ("manifest", ollama.name if ollama else "", embedding.name if embedding else ""),
        ("sync job", job.llm_model, job.embedding_model),
        (
            "service",
            service.env.get(variables.llm_model, ""),
            service.env.get(variables.embedding_model, ""),
        ),
    )
    wrong = [
        f"The {who} names {found or 'none'} where {wanted} was wanted."
        for who, llm_found, embedding_found in named
        for wanted, found, same in (
            (step.llm_model, llm_found, _same_llm(step.llm_model, llm_found)),
            (step.embedding_model, embedding_found, _same_repo(step, embedding_found)),
        )
        if wanted and not same
    ]
    if wrong:
        return Failed(" ".join(wrong), _NEXT)
    agreed = " and ".join(name for name in (step.llm_model, step.embedding_model) if name)
    return Done(f"Manifest, sync job and service all name {agreed}.")


def _same_llm(wanted: str, found: str) -> bool:
    """Compare as the files that names stand for: `llama3.2` is `llama3.2:latest`."""
    return bool(found) and ollama_manifest_name(wanted) == ollama_manifest_name(found)


def _same_repo(step: VerifyNames, found: str) -> bool:
    return bool(found) and embedding_folder(step.embedding_model) == embedding_folder(found)


_NEXT = "Somebody else changed it meanwhile. `/cache health` shows what each of them names now."
