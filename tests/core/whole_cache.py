"""A cache in perfect order after two syncs, to be changed in one point by each test."""

import base64
import json
import zlib
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

from core.cache.objects import BucketSettings, Generation, LifecycleRule, StoredObject
from core.deployment import Deployment, Expectations
from core.executions import Execution, ExecutionName, ExecutionState, SyncJob, TaskCounts
from core.inspection.findings import Judgement, Scene
from core.operations import Operation
from core.services import NightlyTrigger, Service, Traffic, TriggerState
from core.signals import AlertPolicy, Startup
from core.snapshot import Snapshot
from tests.core.reader import LONGEST, MemoryReader

NOW = datetime(2025, 11, 21, 9, 30, tzinfo=UTC)
OLDER, NEWER = "20251120-020000", "20251121-020000"
LLM, EMBEDDING = "llama3.2:1b", "BAAI/bge-m3"
REVISION = "5617a9f61b028005a4858fdac845db406aefb181"
MODEL_MANIFEST = "ollama/manifests/registry.ollama.ai/library/llama3.2/1b"
FOLDER = "sbert/models--BAAI--bge-m3/"
SNAPSHOT = f"{FOLDER}snapshots/{REVISION}/"
WEIGHTS = f"{FOLDER}blobs/{'b5' * 32}"
CONFIG_BLOB = f"ollama/blobs/sha256-{'0c' * 32}"
LAYER_BLOBS = (f"ollama/blobs/sha256-{'74' * 32}", f"ollama/blobs/sha256-{'96' * 32}")
BUCKET = "tabular-model-cache"
_BLOB_SIZES = {CONFIG_BLOB: 485, LAYER_BLOBS[0]: 1_321_082_688, LAYER_BLOBS[1]: 1429}


@dataclass(frozen=True, slots=True)
class Measure:
    """What reports are measured by."""

    deployment: Deployment
    expectations: Expectations
    check_timeout: timedelta
    nightly_switches: tuple[Operation, ...] = ()


MEASURE = Measure(Deployment(project="p"), Expectations(), LONGEST)


@dataclass(frozen=True, slots=True)
class Write:
    """An object is written with content (or so many bytes), or deleted where that is None."""

    name: str
    at: datetime
    content: bytes | int | None


def sync_writes(version: str, at: datetime, revision: str = REVISION) -> list[Write]:
    """Return what a successful sync writes, ending at `at` with the `.done` marker."""
    snapshot = f"{FOLDER}snapshots/{revision}/"
    early, late = at - timedelta(minutes=5), at - timedelta(minutes=1)
    return [
        Write(MODEL_MANIFEST, early, model_manifest()),
        Write("sbert/", late, b""),
        Write(FOLDER, late, b""),
        Write(f"{FOLDER}refs/main", late, revision.encode()),
        Write(WEIGHTS, late, 2_271_145_830),
        *(
            Write(f"{snapshot}{name}", late, b"")  # links, as a mounted bucket keeps them
            for name in ("config.json", "pytorch_model.bin", "tokenizer.json")
        ),
        Write("manifest.json", at - timedelta(seconds=1), manifest_text(version)),
        Write(".done", at, f"{version}\n".encode()),
    ]


def blob_writes(at: datetime) -> list[Write]:
    """Return the pull of the language model's blobs, which later syncs find in place."""
    return [Write(name, at, size_bytes) for name, size_bytes in _BLOB_SIZES.items()]


def model_manifest() -> bytes:
    """Return the Ollama model's own manifest."""
    entries = [
        {"digest": name.removeprefix("ollama/blobs/").replace("-", ":"), "size": size_bytes}
        for name, size_bytes in _BLOB_SIZES.items()
    ]
    return json.dumps({"schemaVersion": 2, "config": entries[0], "layers": entries[1:]}).encode()


def manifest_text(version: str, llm: str = LLM, embedding: str = EMBEDDING) -> bytes:
    """Return manifest.json as the sync job writes it."""
    return json.dumps(
        {
            "version": version,
            "models": {
                "ollama": {"name": llm, "checksum": "baf6a787fdff", "path": "/models/ollama"},
                "embedding": {"name": embedding, "checksum": "b5e0", "path": "/models/sbert"},
            },
            "sync_job": {"version": "1.0", "status": "completed"},
        }
    ).encode()


def stub_text(version: str) -> bytes:
    """Return manifest.json as a startup writes it after a miss."""
    ollama = {"name": LLM, "updated_by": "startup"}
    return json.dumps({"version": version, "models": {"ollama": ollama}}).encode()


def stored_by(
    writes: Iterable[Write],
) -> tuple[tuple[StoredObject, ...], dict[tuple[str, int], bytes]]:
    """Return every version that the writes leave in a versioned bucket, with small contents."""
    live: dict[str, StoredObject] = {}
    kept: list[StoredObject] = []
    contents: dict[tuple[str, int], bytes] = {}
    for number, write in enumerate(sorted(writes, key=lambda write: write.at), start=1):
        replaced = live.pop(write.name, None)
        if replaced:
            kept.append(replace(replaced, deleted_at=write.at))
        if write.content is None:
            continue
        if isinstance(write.content, bytes):
            contents[write.name, number] = write.content
        live[write.name] = StoredObject(
            name=write.name,
            generation=Generation(number),
            size_bytes=write.content if isinstance(write.content, int) else len(write.content),
            crc32c=_checksum(write.content),
            created_at=write.at,
        )
    return (*kept, *live.values()), contents


def two_syncs() -> list[Write]:
    """Return the writes of the two syncs."""
    first = NOW - timedelta(days=1, hours=7)
    return [
        *blob_writes(first - timedelta(minutes=10)),
        *sync_writes(OLDER, first),
        *sync_writes(NEWER, NOW - timedelta(hours=7)),
    ]


def cache_after(writes: Iterable[Write]) -> MemoryReader:
    """Return a healthy deployment whose bucket holds what the writes left."""
    stored, contents = stored_by(writes)
    return MemoryReader(
        settings=BucketSettings(
            name=BUCKET,
            location="EUROPE-WEST1",
            versioning=True,
            lifecycle=(
                LifecycleRule(newer_versions=3),
                LifecycleRule(age=timedelta(days=7), prefixes=(".tmp/", "tmp/")),
            ),
            soft_delete=timedelta(days=7),
        ),
        stored=stored,
        contents=contents,
        sync_job=SyncJob(
            "tabular-model-sync",
            LLM,
            EMBEDDING,
            timedelta(minutes=15),
            2,
            env={"LLM_MODEL_NAME": LLM, "EMBEDDING_MODEL_NAME": EMBEDDING},
        ),
        runs=(
            execution("aaaaa", NOW - timedelta(hours=7)),
            execution("bbbbb", NOW - timedelta(days=1, hours=7)),
        ),
        tabular=Service(
            name="tabular-service",
            ready=True,
            message="",
            latest_created_revision="tabular-service-00042-abc",
            latest_ready_revision="tabular-service-00042-abc",
            traffic=(Traffic("", 100, latest=True),),
            pinned=False,
            toggle="true",
            env={"LLM_MODEL_NAME": LLM, "EMBEDDING_MODEL_NAME": EMBEDDING},
            mounts_bucket=BUCKET,
        ),
        trigger=NightlyTrigger(
            name="tabular-model-sync-nightly",
            state=TriggerState.ENABLED,
            schedule="0 2 * * *",
            time_zone="Etc/UTC",
            last_attempt_at=NOW - timedelta(hours=7),
            next_at=NOW + timedelta(hours=17),
        ),
        starts=startups(hits=19, misses=1),
        policies=(AlertPolicy("projects/p/alertPolicies/1", "Low Cache Hit Rate", enabled=True),),
    )


def whole_cache() -> MemoryReader:
    """Return the deployment in perfect order."""
    return cache_after(two_syncs())


def without(reader: MemoryReader, name: str) -> MemoryReader:
    """Return the deployment without that object."""
    return replace(reader, stored=[one for one in reader.stored if one.name != name])


def judged(
    check: Callable[[Scene], Judgement], reader: MemoryReader, measure: Measure = MEASURE
) -> Judgement:
    """Return what one check concludes, for a window of a week."""
    return check(Scene(Snapshot(reader), measure, NOW - timedelta(days=7), NOW))


def execution(
    suffix: str, at: datetime, state: ExecutionState = ExecutionState.SUCCEEDED, message: str = ""
) -> Execution:
    """Return an execution that ended at `at` after ten minutes, or has not yet ended."""
    return Execution(
        name=ExecutionName(f"tabular-model-sync-{suffix}"),
        state=state,
        created_at=at - timedelta(minutes=10),
        started_at=at - timedelta(minutes=10),
        finished_at=at if state.finished else None,
        counts=TaskCounts(retried=1),
        message=message,
    )


def startups(hits: int, misses: int, reason: str = "model_not_found") -> list[Startup]:
    """Return startups of the last hours, hits first."""
    return [
        Startup(
            at=NOW - timedelta(minutes=number + 1),
            instance_id=f"i{number}",
            revision="tabular-service-00042-abc",
            hit=number < hits,
            miss_reason="" if number < hits else reason,
        )
        for number in range(hits + misses)
    ]


def _checksum(content: bytes | int) -> str:
    data = content if isinstance(content, bytes) else str(content).encode()
    return base64.b64encode(zlib.crc32(data).to_bytes(4, "big")).decode()
