"""Reading the pretend cache as a tester does: manifest, marker, models and log lines."""

import json
from typing import Any

from sandbox.cloud.project import Project
from sandbox.cloud.run_state import short_name
from sandbox.cloud.versions import NoSuchObject

Document = dict[str, Any]


def read(project: Project, name: str) -> bytes:
    """Return the bytes of a small live object."""
    content = project.bucket.get(name).content
    return content.read(0, content.size_bytes)


def manifest(project: Project) -> Document:
    """Return the live manifest."""
    document: Document = json.loads(read(project, "manifest.json"))
    return document


def done(project: Project) -> str:
    """Return the version in .done, empty where there is none."""
    try:
        return read(project, ".done").decode().strip()
    except NoSuchObject:
        return ""


def names(project: Project, prefix: str) -> set[str]:
    """Return the live names under a prefix, folders left out."""
    return {v.name for v in project.bucket.list(prefix) if not v.name.endswith("/")}


def ollama_is_whole(project: Project, path: str) -> bool:
    """Tell whether all blobs that a tag's manifest lists are there, in their sizes."""
    document = json.loads(read(project, path))
    sizes = {v.name: v.size_bytes for v in project.bucket.list("ollama/blobs/")}
    listed = [document["config"], *document["layers"]]
    return all(
        sizes.get(f"ollama/blobs/{blob['digest'].replace(':', '-')}") == blob["size"]
        for blob in listed
    )


def sbert_is_whole(project: Project) -> bool:
    """Tell whether every link of every snapshot leads to a blob."""
    blobs = {name.rpartition("/")[2] for name in names(project, "sbert/") if "/blobs/" in name}
    links = [v for v in project.bucket.list("sbert/") if "/snapshots/" in v.name]
    targets = [v.metadata["gcsfuse_symlink_target"] for v in links if not v.name.endswith("/")]
    return bool(targets) and all(target.rpartition("/")[2] in blobs for target in targets)


def lines_of(project: Project, execution: Any) -> list[Any]:
    """Return an execution's log entries in order."""
    label = "run.googleapis.com/execution_name"
    return [e for e in project.logs.entries() if e.labels.get(label) == short_name(execution)]


def said(entry: Any) -> str:
    """Return what an entry says: its text, or its payload's message and error."""
    if entry.text_payload:
        return str(entry.text_payload)
    payload = dict(entry.json_payload.items())
    return " ".join(str(payload.get(key, "")) for key in ("message", "error")).strip()
