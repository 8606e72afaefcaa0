"""What the pretend cloud holds, as text that is equal for two stages that fared alike.

What differs from stage to stage is replaced by what it stands for: a version by its number, a
time by "a moment", an operation by its procedure.
"""

import re
from collections import Counter
from collections.abc import Iterator
from typing import Any

from google.cloud import run_v2

from core.google.services import STAMP
from sandbox.cloud.deployment import JOB, SERVICE
from sandbox.cloud.project import Project
from sandbox.cloud.scheduler_api import NIGHTLY
from sandbox.cloud.versions import NoSuchBucket, Version

_STAMP = re.compile(r"\b\d{8}-\d{6}\b")
_MOMENT = re.compile(r"\d{4}-\d\d-\d\dT[\d:.]+Z")
_TOLD_BY_VERSION = ("manifest.json", ".done")
_MADE_UP = ("revision", "client", "client_version")


def fingerprint(project: Project) -> dict[str, object]:
    """Return the parts by name, so that a difference is told where it is."""
    return {**_service(project), **_job(project), **_bucket(project), **_nightly(project)}


def _service(project: Project) -> dict[str, object]:
    service = project.state.services.get(SERVICE)
    template = dict(_plain(run_v2.Service, service)["template"])
    changed_by = template["annotations"].pop(STAMP, "nobody")
    for name in _MADE_UP:
        template.pop(name, None)
    return {
        "template": template,
        "changed by": re.sub(r"-[a-z0-9]+(?=\.)", "", changed_by),
        "revisions": len(project.state.revisions_of(SERVICE)),
        "newest serves": service.latest_ready_revision == service.latest_created_revision,
        "traffic": _plain(run_v2.Service, service)["traffic"],
    }


def _job(project: Project) -> dict[str, object]:
    executions = project.state.executions.all()
    return {
        "job": _plain(run_v2.Job, project.state.jobs.get(JOB))["template"],
        "executions": [(one.succeeded_count, one.failed_count) for one in executions],
    }


def _bucket(project: Project) -> dict[str, object]:
    try:
        bucket = project.bucket
    except NoSuchBucket:
        return {"bucket": "none"}
    kept = [*bucket.list(versions=True), *bucket.list(soft_deleted=True)]
    numbers = _numbers(kept)

    def told(text: str) -> str:
        known = _STAMP.sub(lambda found: numbers.get(found[0], "a version"), text)
        return _MOMENT.sub("a moment", known)

    return {
        "objects": {told(one.name): told(_content(one)) for one in bucket.list()},
        "times written": Counter(told(one.name) for one in kept),
        "settings": bucket.settings,
        "policy": bucket.policy,
    }


def _nightly(project: Project) -> dict[str, object]:
    return {"nightly": project.schedules.get(NIGHTLY).state.name}


def _numbers(kept: list[Version]) -> dict[str, str]:
    """Number the versions that manifests tell of, in their own order."""
    stamps = {stamp for one in kept if one.name == "manifest.json" for stamp in _stamps(one)}
    return {stamp: f"version {number}" for number, stamp in enumerate(sorted(stamps))}


def _stamps(one: Version) -> Iterator[str]:
    return (found[0] for found in _STAMP.finditer(_text(one)))


def _content(one: Version) -> str:
    """Return what tells an object's content from another one's."""
    return _text(one) if one.name in _TOLD_BY_VERSION else f"{one.size_bytes} {one.crc32c}"


def _text(one: Version) -> str:
    return one.content.read(0, one.size_bytes).decode()


def _plain(kind: Any, resource: Any) -> dict[str, Any]:
    """Return a resource as plain values."""
    return dict(kind.to_dict(resource))
