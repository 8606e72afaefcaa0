"""The downloads of the pretend sync job: the LLM straight into the live cache, the rest aside."""

from dataclasses import dataclass

from sandbox.cloud.attempt import EXITED_WITH_ERROR, Attempt, ContainerFailed, Stopped, TimedOut
from sandbox.cloud.embedding import EmbeddingModel
from sandbox.cloud.model_registry import ModelRegistry, UnknownModel
from sandbox.cloud.mount import Mount
from sandbox.cloud.ollama import Blob, OllamaModel
from sandbox.cloud.sync_script import Cause, SyncScript

_STALLED_SECONDS = 100_000.0
_BAR_WIDTH = 10
_PULL_SECONDS = 130.0
_DOWNLOAD_SECONDS = 340.0


class StepFailed(Exception):
    """A command of the sync script ended with an error; the text is what it printed."""


@dataclass(frozen=True, slots=True)
class SyncRun:
    """One attempt of the sync job at work on one version."""

    attempt: Attempt
    mount: Mount
    script: SyncScript
    version: str

    def hits(self, cause: Cause) -> bool:
        """Tell whether that trouble comes over this attempt."""
        return self.script.hits(self.attempt, cause)

    @property
    def staging(self) -> str:
        """The folder that the embedding model is downloaded into."""
        return f".tmp/sbert-{self.version}/"


def pull_llm(run: SyncRun, registry: ModelRegistry, name: str) -> OllamaModel:
    """Do `ollama pull`: layers that the cache has already are not fetched again."""
    run.attempt.voice.text(f"Pulling {name} ...")
    run.attempt.work(2)
    model = _llm(run, registry, name)
    run.attempt.voice.text("pulling manifest")
    cached = set(run.mount.paths("ollama/blobs/"))
    for blob in model.blobs:
        if blob.path in cached:
            run.attempt.work(1)
            run.attempt.voice.text(f"pulling {blob.digest[7:19]}: 100% {_bar(100)}")
        else:
            _pull_blob(run, blob)
    run.attempt.voice.text("verifying sha256 digest")
    run.attempt.work(20)
    run.attempt.voice.text("writing manifest")
    run.mount.write(model.manifest_path, model.manifest)
    run.attempt.voice.text("success")
    return model


def download_embedding(run: SyncRun, registry: ModelRegistry, name: str) -> EmbeddingModel:
    """Do `snapshot_download` into the staging folder."""
    run.attempt.voice.text(f"Downloading {name} ...")
    run.attempt.work(4)
    model = _embedding(registry, name)
    folder = f"{run.staging}{model.folder}"
    for file in model.files:
        if file == model.weights:
            _download_weights(run, model)
        run.mount.write(f"{folder}/blobs/{file.hash}", file.content)
        climb = "../" * (2 + file.path.count("/"))
        run.mount.link(
            f"{folder}/snapshots/{model.commit}/{file.path}", f"{climb}blobs/{file.hash}"
        )
    run.mount.write(f"{folder}/refs/main", model.commit.encode())
    run.attempt.voice.text("Loading the model to verify it")
    run.attempt.work(30)
    return model


def _llm(run: SyncRun, registry: ModelRegistry, name: str) -> OllamaModel:
    family, _, tag = name.partition(":")
    if run.hits(Cause.REGISTRY_TIMEOUT):
        run.attempt.work(30)
        raise StepFailed(
            "Error: pull model manifest: Get "
            f'"https://registry.ollama.ai/v2/library/{family}/manifests/{tag or "latest"}": '
            "dial tcp 104.21.75.227:443: i/o timeout"
        )
    if run.hits(Cause.MODEL_NOT_FOUND):
        raise StepFailed("Error: pull model manifest: file does not exist")
    try:
        return registry.llm(name)
    except UnknownModel as error:
        raise StepFailed("Error: pull model manifest: file does not exist") from error


def _embedding(registry: ModelRegistry, name: str) -> EmbeddingModel:
    try:
        return registry.embedding(name)
    except UnknownModel as error:
        raise StepFailed(
            "huggingface_hub.errors.RepositoryNotFoundError: 401 Client Error. Repository Not "
            f"Found for url: https://huggingface.co/api/models/{name}/revision/main."
        ) from error


def _pull_blob(run: SyncRun, blob: Blob) -> None:
    """Fetch one blob; what interrupts it leaves the partial file behind."""
    size = blob.content.size_bytes
    is_big = size > 1_000_000
    try:
        for percent in range(0, 101, 10) if is_big else (100,):
            run.attempt.work(_PULL_SECONDS / 11 if is_big else 0.5)
            done = f"{_size(size * percent // 100)}/{_size(size)}" if is_big else _size(size)
            run.attempt.voice.text(
                f"pulling {blob.digest[7:19]}: {percent:3}% {_bar(percent)} {done}"
            )
    except (Stopped, TimedOut):
        run.mount.write(blob.partial_path, blob.content)
        raise
    run.mount.write(blob.path, blob.content)


def _download_weights(run: SyncRun, model: EmbeddingModel) -> None:
    size = model.weights.content.size_bytes
    for percent in range(0, 101, 10):
        run.attempt.work(_DOWNLOAD_SECONDS / 11)
        run.attempt.voice.text(
            f"{model.weights.path}: {percent:3}%|{_bar(percent)}| "
            f"{_size(size * percent // 100)}/{_size(size)}",
            stderr=True,
        )
        if percent == 60:
            _meet_trouble(run, model)


def _meet_trouble(run: SyncRun, model: EmbeddingModel) -> None:
    """Let the troubles of a download happen where it is well under way."""
    if run.hits(Cause.OUT_OF_DISK):
        raise StepFailed(
            f"OSError: [Errno 28] No space left on device: '/models/{run.staging}"
            f"{model.folder}/blobs/{model.weights.hash}.incomplete'"
        )
    if run.hits(Cause.NON_ZERO_EXIT):
        raise StepFailed(
            "requests.exceptions.ChunkedEncodingError: ('Connection broken: "
            "IncompleteRead', IncompleteRead)"
        )
    if run.hits(Cause.OUT_OF_MEMORY):
        used = "Memory limit of 4096 MiB exceeded with 4130 MiB used."
        more = "https://cloud.google.com/run/docs/configuring/memory-limits"
        run.attempt.voice.system(f"{used} Consider increasing the memory limit, see {more}")
        raise ContainerFailed(f"{used} {EXITED_WITH_ERROR}")
    if run.hits(Cause.ATTEMPT_TIMEOUT):
        run.attempt.work(_STALLED_SECONDS)


def _bar(percent: int) -> str:
    full = _BAR_WIDTH * percent // 100
    return "█" * full + " " * (_BAR_WIDTH - full)


def _size(count: int) -> str:
    for unit, scale in (("GB", 1e9), ("MB", 1e6), ("KB", 1e3)):
        if count >= scale:
            return f"{count / scale:.1f} {unit}"
    return f"{count} B"
