"""The pretend sync job: what its container does in one attempt, warts included."""

import threading
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from sandbox.clock import Clock
from sandbox.cloud import promotion
from sandbox.cloud.attempt import EXITED_WITH_ERROR, Attempt, ContainerFailed
from sandbox.cloud.buckets import Buckets
from sandbox.cloud.model_registry import ModelRegistry
from sandbox.cloud.mount import Mount, MountError
from sandbox.cloud.run_state import short_name
from sandbox.cloud.sync_download import StepFailed, SyncRun, download_embedding, pull_llm
from sandbox.cloud.sync_script import Cause, Scripts, Stage


@dataclass(slots=True)
class VersionStamps:
    """Makes `YYYYMMDD-HHMMSS` versions; sped-up syncs share a second, their versions do not."""

    clock: Clock
    _last: datetime | None = None
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def next(self) -> str:
        """Return a version later than every one before."""
        with self._lock:
            now = self.clock.now().replace(microsecond=0)
            if self._last is not None:
                now = max(now, self._last + timedelta(seconds=1))
            self._last = now
            return now.strftime("%Y%m%d-%H%M%S")


@dataclass(frozen=True, slots=True)
class SyncJob:
    """The program of the job `tabular-model-sync`; call it with an attempt to run it."""

    buckets: Buckets
    registry: ModelRegistry
    scripts: Scripts
    versions: VersionStamps

    def __call__(self, attempt: Attempt) -> None:
        """Run one attempt to its end; raise what ended it otherwise."""
        execution = short_name(attempt.execution)
        mount = Mount(self.buckets, attempt.bucket_name, attempt.account)
        run = SyncRun(attempt, mount, self.scripts.of(execution), self.versions.next())
        if not mount.exists():
            why = f"mounting volume failed: bucket {mount.name}: storage: bucket doesn't exist"
            attempt.voice.system(why)
            raise ContainerFailed(why)
        try:
            self._sync(run)
        except (StepFailed, MountError) as error:
            attempt.voice.text(str(error), stderr=True)
            attempt.voice.json(
                "Sync job failed",
                "ERROR",
                error=str(error),
                sync_version=run.version,
                exit_code=1,
            )
            raise ContainerFailed(EXITED_WITH_ERROR) from error

    def _sync(self, run: SyncRun) -> None:
        attempt = run.attempt
        llm_name = attempt.env.get("LLM_MODEL_NAME", "")
        embedding_name = attempt.env.get("EMBEDDING_MODEL_NAME", "")
        began = attempt.clock.now()
        self._enter(run, Stage.STARTING)
        attempt.voice.text("=== Tabular model sync ===")
        attempt.voice.json(
            "Sync job started",
            sync_version=run.version,
            llm_model=llm_name,
            embedding_model=embedding_name,
        )
        attempt.work(10)
        self._check_access(run)
        self._enter(run, Stage.PULLING_LLM)
        llm = pull_llm(run, self.registry, llm_name)
        attempt.voice.json("LLM model pulled", model=llm.name, checksum=llm.short_id)
        self._enter(run, Stage.DOWNLOADING_EMBEDDING)
        embedding = download_embedding(run, self.registry, embedding_name)
        attempt.voice.json(
            "Embedding model downloaded", model=embedding.name, checksum=embedding.weights.hash
        )
        self._enter(run, Stage.CLEARING_SBERT)
        attempt.voice.json("Promoting models", sync_version=run.version)
        promotion.clear_sbert(run)
        self._enter(run, Stage.MOVING_SBERT)
        promotion.move_sbert(run)
        self._enter(run, Stage.WRITING_MANIFEST)
        document = promotion.manifest_document(run.version, llm, embedding, attempt.clock.now())
        promotion.write_manifest(run, document)
        attempt.voice.text("Manifest written")
        self._enter(run, Stage.MARKING_DONE)
        promotion.mark_done(run)
        self._enter(run, Stage.COMPLETED)
        attempt.voice.json(
            "Sync job completed",
            sync_version=run.version,
            manifest_version=run.version,
            duration_seconds=round((attempt.clock.now() - began).total_seconds(), 1),
        )

    def _check_access(self, run: SyncRun) -> None:
        """Make the staging folder, the first write of all."""
        if run.hits(Cause.PERMISSION_DENIED):
            raise StepFailed(
                f"mkdir: cannot create directory '/models/{run.staging}': Permission denied: "
                "googleapi: Error 403: tabular-model-sync does not have "
                "storage.objects.create access to the Google Cloud Storage object., forbidden"
            )
        run.mount.make_folder(".tmp/")
        run.mount.make_folder(run.staging)

    def _enter(self, run: SyncRun, stage: Stage) -> None:
        self.scripts.enter(stage, short_name(run.attempt.execution), run.attempt)
