"""What can be wrong with the content of the cache, told apart by kind."""

from dataclasses import dataclass
from enum import StrEnum


class ProblemKind(StrEnum):
    """The kinds that a diagnosis tells apart."""

    MANIFEST_MISSING = "manifest missing"
    MANIFEST_UNREADABLE = "manifest unreadable"
    MANIFEST_STUB = "manifest is a stub"
    MODEL_NOT_NAMED = "model not named"
    DONE_MISSING = "done marker missing"
    DONE_MISMATCH = "done marker differs"
    MODEL_MANIFEST_MISSING = "model manifest missing"
    MODEL_MANIFEST_UNREADABLE = "model manifest unreadable"
    BLOB_MISSING = "blob missing"
    BLOB_WRONG_SIZE = "blob of wrong size"
    EMBEDDING_MISSING = "embedding model missing"
    EMBEDDING_INCOMPLETE = "embedding model incomplete"


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing that is wrong. `text` is a full sentence; `object_name` where one is meant."""

    kind: ProblemKind
    text: str
    object_name: str = ""
