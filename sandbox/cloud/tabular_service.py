"""The pretend service: what an instance reads and writes in the shared cache when it starts."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sandbox.cloud import ollama, startup_log
from sandbox.cloud.attempt import STDOUT, SYSTEM
from sandbox.cloud.buckets import Buckets
from sandbox.cloud.logs import Logs
from sandbox.cloud.model_registry import ModelRegistry, UnknownModel
from sandbox.cloud.mount import Mount, MountError
from sandbox.cloud.run_state import Resource, RunState
from sandbox.cloud.startup_log import MissReason, Outcome, Startup

TOGGLE = "SHARED_MODEL_VOLUME_ENABLED"

_MANIFEST = "manifest.json"
_DONE = ".done"
_WRITE_TEST = ".write_test"


@dataclass(frozen=True, slots=True)
class TabularService:
    """Starts instances of the service `name`, one call each."""

    name: str
    state: RunState
    buckets: Buckets
    logs: Logs
    registry: ModelRegistry

    def start_instance(self, now: datetime) -> Startup:
        """Start one instance; a miss repairs the cache as the real one does, badly.

        It tests for a manifest, a .done and any tag of the model's family: a hit does not
        prove that the right model, or a whole one, is there.
        """
        env = self._env()
        instance_id = self.state.ids.instance_id()
        if env.get(TOGGLE, "").lower() == "true":
            startup = self._start_shared(now, instance_id, env.get("LLM_MODEL_NAME", ""))
        else:
            startup = Startup(now, instance_id, Outcome.DISABLED)
        self.log([startup])
        return startup

    def log(self, startups: Sequence[Startup]) -> None:
        """Write the log lines of startups, each at its own time, and change nothing else."""
        service = self.state.services.get(self.name)
        resource_labels = {
            "project_id": self.state.place.project,
            "service_name": self.name,
            "revision_name": str(service.latest_ready_revision).rpartition("/")[2],
            "configuration_name": self.name,
            "location": self.state.place.region,
        }
        for startup in startups:
            for line in startup_log.lines(startup):
                self.logs.write(
                    log_id=SYSTEM if line.is_system else STDOUT,
                    resource_type="cloud_run_revision",
                    resource_labels=resource_labels,
                    labels={"instanceId": startup.instance_id},
                    severity=line.severity,
                    text=line.text,
                    payload=line.payload,
                    at=startup.at + line.after,
                )

    def _start_shared(self, now: datetime, instance_id: str, llm_name: str) -> Startup:
        mount = Mount(self.buckets, _bucket_of(self.state.services.get(self.name)))
        try:
            mount.write(_WRITE_TEST, b"ok\n")
            mount.remove(_WRITE_TEST)
            reason = _miss_reason(mount, llm_name)
            if reason is not None:
                self._repair(mount, llm_name, now)
            version = _manifest_version(mount)
        except MountError as error:
            return Startup(now, instance_id, Outcome.FAILED, error=str(error))
        except UnknownModel:
            why = "Error: pull model manifest: file does not exist"
            return Startup(now, instance_id, Outcome.FAILED, error=why)
        outcome = Outcome.HIT if reason is None else Outcome.MISS
        return Startup(now, instance_id, outcome, reason, version)

    def _repair(self, mount: Mount, llm_name: str, now: datetime) -> None:
        """Pull the LLM into the shared cache and put a stub where the manifest was."""
        model = self.registry.llm(llm_name)
        cached = set(mount.paths("ollama/blobs/"))
        for blob in model.blobs:
            if blob.path not in cached:
                mount.write(blob.path, blob.content)
        mount.write(model.manifest_path, model.manifest)
        mount.write(_MANIFEST, stub_manifest(llm_name, now))

    def _env(self) -> Mapping[str, str]:
        (container,) = self.state.services.get(self.name).template.containers
        return {variable.name: variable.value for variable in container.env}


def stub_manifest(llm_name: str, now: datetime) -> bytes:
    """Return what a startup writes over manifest.json: no checksums, no embedding model."""
    document = {
        "version": now.strftime("%Y%m%d-%H%M%S"),
        "updated_at": now.strftime("%Y-%m-%dT%H:%M:%SZ"),
        "models": {"ollama": {"name": llm_name, "updated_by": "startup"}},
    }
    return json.dumps(document, indent=2).encode() + b"\n"


def _miss_reason(mount: Mount, llm_name: str) -> MissReason | None:
    if not {_MANIFEST, _DONE}.issubset(mount.paths("")):
        return MissReason.MANIFEST_MISSING
    family, _ = ollama.split_name(llm_name)
    if not any(name.startswith(family) for name in ollama.listed(mount)):
        return MissReason.MODEL_NOT_FOUND
    return None


def _manifest_version(mount: Mount) -> str:
    content = mount.read(_MANIFEST)
    try:
        document = json.loads(content.read(0, content.size_bytes))
    except ValueError:
        return ""
    return str(document.get("version", "")) if isinstance(document, dict) else ""


def _bucket_of(service: Resource) -> str:
    volumes = service.template.volumes
    return next((str(v.gcs.bucket) for v in volumes if v.gcs.bucket), "")
