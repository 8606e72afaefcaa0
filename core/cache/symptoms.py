"""Symptoms: what a diagnosis looks at, row by row, each with its evidence."""

from dataclasses import dataclass
from enum import StrEnum


class Condition(StrEnum):
    """How something stands. What could not be read is unknown, never ok."""

    OK = "ok"
    WRONG = "wrong"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Symptom:
    """One row of a diagnosis; `evidence` is a full sentence."""

    title: str
    condition: Condition
    evidence: str
