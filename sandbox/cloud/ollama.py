"""Ollama's models as its store lays them out: a manifest per tag, blobs named by their digest."""

import hashlib
import json
from dataclasses import dataclass

from sandbox.cloud.content import Content, Literal, Seeded
from sandbox.cloud.mount import Mount

_ROOT = "ollama"
_HOST = "registry.ollama.ai"
_MEDIA = "application/vnd.ollama.image"


@dataclass(frozen=True, slots=True)
class Blob:
    """A layer or config of a model."""

    media_type: str
    digest: str
    content: Content

    @property
    def path(self) -> str:
        """Where the blob lies in the cache."""
        return f"{_ROOT}/blobs/{self.digest.replace(':', '-')}"

    @property
    def partial_path(self) -> str:
        """Where it lies while it is being downloaded."""
        return f"{self.path}-partial"

    def descriptor(self) -> dict[str, object]:
        """Return its entry in a manifest."""
        size = self.content.size_bytes
        return {"mediaType": self.media_type, "digest": self.digest, "size": size}


@dataclass(frozen=True, slots=True)
class OllamaModel:
    """One tag as the registry has it now."""

    name: str
    config: Blob
    layers: tuple[Blob, ...]

    @property
    def blobs(self) -> tuple[Blob, ...]:
        """All that a pull brings, in its order."""
        return (*self.layers, self.config)

    @property
    def manifest(self) -> bytes:
        """The manifest, of Docker's schema version 2."""
        document = {
            "schemaVersion": 2,
            "mediaType": "application/vnd.docker.distribution.manifest.v2+json",
            "config": self.config.descriptor(),
            "layers": [layer.descriptor() for layer in self.layers],
        }
        return json.dumps(document, separators=(",", ":")).encode()

    @property
    def short_id(self) -> str:
        """The id that `ollama list` shows: the first digits of the manifest's digest."""
        return hashlib.sha256(self.manifest).hexdigest()[:12]

    @property
    def manifest_path(self) -> str:
        """Where the manifest lies in the cache."""
        return manifest_path(self.name)


def build_model(name: str, size_bytes: int, edition: int) -> OllamaModel:
    """Return the model of a tag; another edition is what the tag points at after a move."""
    seed = f"ollama/{name}/{edition}"
    weights = Seeded(seed, size_bytes)
    family, tag = split_name(name)
    config = json.dumps(
        {
            "model_format": "gguf",
            "model_family": family.split("/")[-1],
            "model_type": tag.upper(),
            "file_type": "Q8_0",
            "architecture": "amd64",
            "os": "linux",
            "edition": edition,
        }
    )
    template = "<|start_header_id|>{{ .Role }}<|end_header_id|>\n" * 30
    licence = f"{family.upper()} COMMUNITY LICENSE AGREEMENT\n" * 200
    return OllamaModel(
        name,
        _literal("application/vnd.docker.container.image.v1+json", config),
        (
            Blob(f"{_MEDIA}.model", _digest(seed.encode()), weights),
            _literal(f"{_MEDIA}.template", template),
            _literal(f"{_MEDIA}.license", licence),
            _literal(f"{_MEDIA}.params", '{"stop":["<|start_header_id|>","<|eot_id|>"]}'),
        ),
    )


def split_name(name: str) -> tuple[str, str]:
    """Read `llama3.2:1b` as ("llama3.2", "1b"); the tag is `latest` where none is said."""
    family, _, tag = name.partition(":")
    return family, tag or "latest"


def manifest_path(name: str) -> str:
    """Return where the manifest of a tag lies; plain names belong to the account `library`."""
    family, tag = split_name(name)
    account = family if "/" in family else f"library/{family}"
    return f"{_ROOT}/manifests/{_HOST}/{account}/{tag}"


def listed(mount: Mount) -> list[str]:
    """Return what `ollama list` shows: tags whose config blob is there, weights or not."""
    blobs = set(mount.paths(f"{_ROOT}/blobs/"))
    root = f"{_ROOT}/manifests/{_HOST}/"
    names = []
    for path in mount.paths(root):
        content = mount.read(path)
        config = _config_path(content.read(0, content.size_bytes))
        if config in blobs:
            family, _, tag = path.removeprefix(root).removeprefix("library/").rpartition("/")
            names.append(f"{family}:{tag}")
    return names


def _config_path(manifest: bytes) -> str:
    """Return the path of a manifest's config blob, empty where the manifest is not one."""
    try:
        digest = str(json.loads(manifest)["config"]["digest"])
    except (ValueError, KeyError, TypeError):
        return ""
    return f"{_ROOT}/blobs/{digest.replace(':', '-')}"


def _literal(media_type: str, text: str) -> Blob:
    data = text.encode()
    return Blob(media_type, _digest(data), Literal(data))


def _digest(data: bytes) -> str:
    """Return a digest; that of virtual weights is the digest of their seed."""
    return f"sha256:{hashlib.sha256(data).hexdigest()}"
