"""SentenceTransformers models as the Hugging Face cache lays them out.

Blobs are named by their hash, `snapshots/<commit>/` holds links to them, `refs/main` the commit
(huggingface.co/docs/huggingface_hub/guides/manage-cache).
"""

import hashlib
import json
from dataclasses import dataclass

from sandbox.cloud.content import Content, Literal, Seeded

_MODULES = "sentence_transformers.models"


@dataclass(frozen=True, slots=True)
class RepositoryFile:
    """A file of a model repository; big ones are kept by SHA-256, small ones by git's SHA-1."""

    path: str
    hash: str
    content: Content


@dataclass(frozen=True, slots=True)
class EmbeddingModel:
    """One repository as its main branch is now."""

    name: str
    commit: str
    files: tuple[RepositoryFile, ...]

    @property
    def folder(self) -> str:
        """The model's folder in the cache, such as `models--BAAI--bge-m3`."""
        return f"models--{self.name.replace('/', '--')}"

    @property
    def weights(self) -> RepositoryFile:
        """The file that a manifest's checksum is of."""
        return max(self.files, key=lambda file: file.content.size_bytes)


def build_embedding(name: str, weights_file: str, size_bytes: int, edition: int) -> EmbeddingModel:
    """Return a model's repository; another edition is a later commit with other weights."""
    seed = f"embedding/{name}/{edition}"
    pooling = {"word_embedding_dimension": 1024, "pooling_mode_cls_token": True}
    modules = [
        {"idx": 0, "name": "0", "path": "", "type": f"{_MODULES}.Transformer"},
        {"idx": 1, "name": "1", "path": "1_Pooling", "type": f"{_MODULES}.Pooling"},
    ]
    config = {"_name_or_path": name, "model_type": "xlm-roberta", "hidden_size": 1024}
    return EmbeddingModel(
        name,
        hashlib.sha1(seed.encode(), usedforsecurity=False).hexdigest(),
        (
            _small("config.json", json.dumps(config | {"edition": edition}, indent=2)),
            _small("modules.json", json.dumps(modules, indent=2)),
            _small("sentence_bert_config.json", json.dumps({"max_seq_length": 8192}, indent=2)),
            _small("1_Pooling/config.json", json.dumps(pooling, indent=2)),
            _small("tokenizer_config.json", json.dumps({"model_max_length": 8192}, indent=2)),
            _small("special_tokens_map.json", json.dumps({"bos_token": "<s>"}, indent=2)),
            _big("tokenizer.json", f"tokenizer/{name}", 17_098_108),
            _big("sentencepiece.bpe.model", f"sentencepiece/{name}", 5_069_051),
            _big(weights_file, seed, size_bytes),
        ),
    )


def _small(path: str, text: str) -> RepositoryFile:
    data = text.encode()
    framed = b"blob %d\0" % len(data) + data
    return RepositoryFile(
        path, hashlib.sha1(framed, usedforsecurity=False).hexdigest(), Literal(data)
    )


def _big(path: str, seed: str, size_bytes: int) -> RepositoryFile:
    content = Seeded(seed, size_bytes)
    return RepositoryFile(path, hashlib.sha256(seed.encode()).hexdigest(), content)
