"""The pretend service: what an instance reads and writes in the shared cache when it starts."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from sandbox.cloud import ollama, startup_log
from sandbox.cloud.attempt import STDOUT, SYSTEM
from sandbox.cloud.buckets import Buckets
from sandbox.cloud.deployment import secret_values
from sandbox.cloud.logs import Logs
from sandbox.cloud.model_registry import ModelRegistry, UnknownModel
from sandbox.cloud.mount import Mount, MountError
from sandbox.cloud.run_state import Resource, RunState, short_name
from sandbox.cloud.service_life import serving_revisions
from sandbox.cloud.startup_log import MissReason, Outcome, Startup

TOGGLE = "SHARED_MODEL_VOLUME_ENABLED"
LLM_NAME = "LLM_MODEL_NAME"

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
        """Start one instance of the revision that serves, and log it at the clock's pace."""
        startup = self.start(self.serving(), now)
        self.log([startup], self.state.clock.speed)
        return startup

    def start(self, revision: Resource, now: datetime) -> Startup:
        """Start one instance of a revision; a miss repairs the cache as the real one does, badly.

        It tests for a manifest, a .done and any tag of the model's family: a hit does not
        prove that the right model, or a whole one, is there. Nothing is logged yet.
        """
        env = environment(revision)
        shared = is_shared(revision)
        startup = Startup(
            now,
            self.state.ids.instance_id(),
            Outcome.HIT if shared else Outcome.DISABLED,
            revision=short_name(revision),
            shared=shared,
        )
        bucket = mounted_bucket(revision)
        mount = Mount(self.buckets, bucket, revision.service_account)
        if bucket and not mount.exists():
            # Whether the program would look at the volume or not: Cloud Run mounts it first.
            why = f"mounting volume failed: bucket {bucket}: storage: bucket doesn't exist"
            return replace(startup, outcome=Outcome.UNMOUNTED, error=why)
        if shared and not bucket:
            # MODEL_CACHE_PATH is then a folder of the container: empty, and gone with it.
            return replace(startup, outcome=Outcome.MISS, reason=MissReason.MANIFEST_MISSING)
        return self._start_shared(startup, mount, env.get(LLM_NAME, "")) if shared else startup

    def serving(self) -> Resource:
        """Return the revision that traffic goes to."""
        return self.state.revisions.get(self._serving_name())

    def log(self, startups: Sequence[Startup], pace: float = 1.0) -> None:
        """Write the log lines of startups, each at its own time, and change nothing else.

        At a pace of 20 the last line comes 20 times as soon after the first.
        """
        for startup in startups:
            resource_labels = {
                "project_id": self.state.place.project,
                "service_name": self.name,
                "revision_name": startup.revision or self._serving_name(),
                "configuration_name": self.name,
                "location": self.state.place.region,
            }
            for line in startup_log.lines(startup):
                self.logs.write(
                    log_id=SYSTEM if line.is_system else STDOUT,
                    resource_type="cloud_run_revision",
                    resource_labels=resource_labels,
                    labels={"instanceId": startup.instance_id},
                    severity=line.severity,
                    text=line.text,
                    payload=line.payload,
                    at=startup.at + line.after / pace,
                )

    def _serving_name(self) -> str:
        return serving_revisions(self.state.services.get(self.name))[0]

    def _start_shared(self, startup: Startup, mount: Mount, llm_name: str) -> Startup:
        try:
            mount.write(_WRITE_TEST, b"ok\n")
            mount.remove(_WRITE_TEST)
            reason = _miss_reason(mount, llm_name)
            if reason is not None:
                self._repair(mount, llm_name, startup.at)
            version = _manifest_version(mount)
        except MountError as error:
            return replace(startup, outcome=Outcome.FAILED, error=str(error))
        except UnknownModel:
            why = "Error: pull model manifest: file does not exist"
            return replace(startup, outcome=Outcome.FAILED, error=why)
        outcome = Outcome.HIT if reason is None else Outcome.MISS
        return replace(startup, outcome=outcome, reason=reason, manifest_version=version)

    def _repair(self, mount: Mount, llm_name: str, now: datetime) -> None:
        """Pull the LLM into the shared cache and put a stub where the manifest was."""
        model = self.registry.llm(llm_name)
        cached = set(mount.paths("ollama/blobs/"))
        for blob in model.blobs:
            if blob.path not in cached:
                mount.write(blob.path, blob.content)
        mount.write(model.manifest_path, model.manifest)
        mount.write(_MANIFEST, stub_manifest(llm_name, now))


def environment(revision: Resource) -> Mapping[str, str]:
    """Return the variables that a revision's container sees, those from secrets too."""
    secrets = secret_values()
    return {
        variable.name: variable.value
        or secrets.get(variable.value_source.secret_key_ref.secret, "")
        for variable in _container(revision).env
    }


def is_shared(revision: Resource) -> bool:
    """Tell whether a revision has the shared volume switched on."""
    return environment(revision).get(TOGGLE, "").lower() == "true"


def mounted_bucket(revision: Resource) -> str:
    """Return the bucket that a revision's container mounts, empty where it mounts none."""
    mounted = {mount.name for mount in _container(revision).volume_mounts}
    volumes = (v for v in revision.volumes if v.name in mounted and v.gcs.bucket)
    return next((str(v.gcs.bucket) for v in volumes), "")


def _container(revision: Resource) -> Resource:
    """Return the container that takes the requests; sidecars have no port."""
    return next((one for one in revision.containers if one.ports), revision.containers[0])


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
