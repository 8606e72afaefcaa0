"""What the pretend internet offers for download: tags that move, and names that do not exist."""

import threading
from collections import Counter
from functools import lru_cache

from sandbox.cloud.embedding import EmbeddingModel, build_embedding
from sandbox.cloud.ollama import OllamaModel, build_model

# Name -> bytes of the weights.
_LLM_SIZES = {
    "llama3.2:1b": 1_321_082_688,
    "llama3.2:3b": 2_019_377_376,
    "llama3.2:latest": 2_019_377_376,
    "qwen2.5:0.5b": 397_807_936,
    "gemma2:2b": 1_629_509_152,
}
# Name -> weights file, its bytes.
_EMBEDDINGS = {
    "BAAI/bge-m3": ("pytorch_model.bin", 2_271_145_830),
    "BAAI/bge-small-en-v1.5": ("model.safetensors", 133_466_304),
    "intfloat/multilingual-e5-large": ("model.safetensors", 2_239_607_176),
    "sentence-transformers/all-MiniLM-L6-v2": ("model.safetensors", 90_868_376),
}


class UnknownModel(Exception):
    """Nothing of that name can be downloaded."""


class ModelRegistry:
    """Models by name, each in the edition that its name points at now."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._editions: Counter[str] = Counter()

    def llm(self, name: str) -> OllamaModel:
        """Return an Ollama model, or raise UnknownModel."""
        tagged = name if ":" in name else f"{name}:latest"
        if tagged not in _LLM_SIZES:
            raise UnknownModel(name)
        return _llm(tagged, self._edition(tagged))

    def embedding(self, name: str) -> EmbeddingModel:
        """Return a Hugging Face repository, or raise UnknownModel."""
        if name not in _EMBEDDINGS:
            raise UnknownModel(name)
        return _embedding(name, self._edition(name))

    def publish(self, name: str) -> None:
        """Let a name point at something new from now on, as publishers do without asking."""
        with self._lock:
            self._editions[name] += 1

    def _edition(self, name: str) -> int:
        with self._lock:
            return self._editions[name]


@lru_cache(maxsize=64)
def _llm(name: str, edition: int) -> OllamaModel:
    return build_model(name, _LLM_SIZES[name], edition)


@lru_cache(maxsize=64)
def _embedding(name: str, edition: int) -> EmbeddingModel:
    weights_file, size_bytes = _EMBEDDINGS[name]
    return build_embedding(name, weights_file, size_bytes, edition)
