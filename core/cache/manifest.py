"""The cache's manifest: the sync job's full form, and the stub that a startup may write.

A service startup that misses pulls the model itself and overwrites `manifest.json` by a
stub without checksums, `created_at` or embedding model. A stub is recognised, reported and
never offered as a rollback target.
"""

import json
from dataclasses import dataclass
from datetime import datetime

from core.cache.objects import Generation, StoredObject
from core.errors import OpsError


class UnreadableManifest(OpsError):
    """`manifest.json` is there but is no manifest."""


@dataclass(frozen=True, slots=True)
class Model:
    """One model that the manifest names. `checksum` is the job's own, not Cloud Storage's."""

    name: str
    checksum: str = ""


@dataclass(frozen=True, slots=True)
class Manifest:
    """One generation of `manifest.json`. `ollama` and `embedding` are None where not named."""

    version: str
    generation: Generation
    written_at: datetime
    ollama: Model | None
    embedding: Model | None
    stub: bool


def parse_manifest(content: bytes, stored: StoredObject) -> Manifest:
    """Read `manifest.json` as stored in `stored`.

    Raises:
        UnreadableManifest: it is no JSON object with a version.
    """
    try:
        document = json.loads(content)
        json.dumps(document, ensure_ascii=False).encode()  # half a surrogate pair fails here
    except (ValueError, RecursionError) as exc:
        raise UnreadableManifest(
            "manifest.json is not valid JSON.", "Run `/cache sync` to write it anew."
        ) from exc
    if not isinstance(document, dict) or not isinstance(document.get("version"), str):
        raise UnreadableManifest(
            "manifest.json has no version.", "Run `/cache sync` to write it anew."
        )
    models = document.get("models")
    models = models if isinstance(models, dict) else {}
    ollama = models.get("ollama")
    by_startup = isinstance(ollama, dict) and ollama.get("updated_by") == "startup"
    return Manifest(
        version=document["version"],
        generation=stored.generation,
        written_at=stored.created_at,
        ollama=_model(ollama),
        embedding=_model(models.get("embedding")),
        stub=by_startup or "sync_job" not in document,
    )


def parse_done(content: bytes) -> str:
    """Return the version that `.done` holds, without its newline."""
    return content.decode("utf-8", errors="replace").strip()


def _model(entry: object) -> Model | None:
    if not isinstance(entry, dict) or not isinstance(entry.get("name"), str):
        return None
    return Model(entry["name"], str(entry.get("checksum") or ""))
