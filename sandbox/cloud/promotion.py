"""How the pretend sync job makes a download live: step by step, and not atomically.

The old sbert/ is deleted before the new one is moved in, the manifest follows, .done is last.
Whoever dies in between leaves the cache broken, with the previous .done still there.
"""

import json
from datetime import datetime

from sandbox.cloud.embedding import EmbeddingModel
from sandbox.cloud.ollama import OllamaModel
from sandbox.cloud.sync_download import StepFailed, SyncRun
from sandbox.cloud.sync_script import Cause

_LIVE = "sbert/"


def clear_sbert(run: SyncRun) -> None:
    """Do `rm -rf /models/sbert`, object by object."""
    run.attempt.voice.text("rm -rf /models/sbert")
    for path in run.mount.paths(_LIVE):
        run.mount.remove(path)
        run.attempt.work(0.3)


def move_sbert(run: SyncRun) -> None:
    """Do `mv /models/.tmp/sbert-<version> /models/sbert`, object by object."""
    staging = run.staging.rstrip("/")
    run.attempt.voice.text(f"mv /models/{staging} /models/sbert")
    if run.hits(Cause.DEATH_IN_PROMOTION):
        raise StepFailed(
            f"mv: cannot move '/models/{staging}' to '/models/sbert': Too many open files"
        )
    for path in run.mount.paths(run.staging):
        run.mount.rename(path, _LIVE + path.removeprefix(run.staging))
        run.attempt.work(1.2)


def manifest_document(
    version: str, llm: OllamaModel, embedding: EmbeddingModel, now: datetime
) -> dict[str, object]:
    """Return the manifest of a sync: names and checksums, but no list of files."""
    moment = now.strftime("%Y-%m-%dT%H:%M:%SZ")
    return {
        "version": version,
        "created_at": moment,
        "models": {
            "ollama": {"name": llm.name, "checksum": llm.short_id, "path": "/models/ollama"},
            "embedding": {
                "name": embedding.name,
                "checksum": embedding.weights.hash,
                "path": "/models/sbert",
            },
        },
        "sync_job": {"version": version, "status": "completed", "timestamp": moment},
    }


def write_manifest(run: SyncRun, document: dict[str, object]) -> None:
    """Write the manifest aside and move it over the live one."""
    aside = f".tmp/manifest-{run.version}.json"
    run.mount.write(aside, json.dumps(document, indent=2).encode() + b"\n")
    run.attempt.work(2)
    run.mount.rename(aside, "manifest.json")


def mark_done(run: SyncRun) -> None:
    """Write .done, which says that the version is complete."""
    run.attempt.work(1)
    run.mount.write(".done", f"{run.version}\n".encode())
