"""The names of models that can be asked for, by the rules of Ollama and of Hugging Face."""

import re

from core.errors import UsageError

_LLM = re.compile(
    r"((?P<host>\w[\w.:-]{0,349})/(?=[^/]+/))?((?P<namespace>\w[\w-]{0,79})/)?"
    r"(?P<model>\w[\w.-]{0,79})(:(?P<tag>\w[\w.-]{0,79}))?",
    re.ASCII,
)
"""Each part begins with a letter, a digit or "_"; a namespace has no dots, only a host has a port.
What Ollama reads beyond that, a scheme or a digest, is not taken: the sync job writes the name
into the manifest as it stands.
Source: github.com/ollama/ollama/blob/main/types/model/name.go
"""

_EMBEDDING = re.compile(r"\b[\w.-]{1,96}\b/\b[\w.-]{1,96}\b", re.ASCII)
"""Letters, digits, "-", "_" and "."; neither "-" nor "." first or last. A repository without an
organisation is an old form that only sentence-transformers fills in; it is not taken.
Source: github.com/huggingface/huggingface_hub, src/huggingface_hub/utils/_validators.py
"""

_LONGEST = 40


def checked_llm(name: str) -> str:
    """Return the name if it is one of an Ollama model, `[[host/]namespace/]name[:tag]`.

    Raises:
        UsageError: it is none.
    """
    if _LLM.fullmatch(name) is None or ".." in name:
        raise UsageError(
            f'"{_shown(name)}" is no name of an Ollama model.',
            "It reads name:tag, such as `llm=llama3.2:3b`, or with its namespace "
            "`llm=namespace/name:tag`.",
        )
    return name


def checked_embedding(name: str) -> str:
    """Return the name if it is one of a Hugging Face repository, `organisation/name`.

    Raises:
        UsageError: it is none.
    """
    odd = "--" in name or ".." in name or name.endswith(".git")
    if _EMBEDDING.fullmatch(name) is None or odd:
        raise UsageError(
            f'"{_shown(name)}" is no name of a Hugging Face repository.',
            "It reads organisation/name, such as `embedding=BAAI/bge-m3`.",
        )
    return name


def _shown(name: str) -> str:
    return name if len(name) <= _LONGEST else f"{name[:_LONGEST]}..."
