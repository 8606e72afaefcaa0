"""What a diagnosis concludes about an incident: the cause, its evidence, and what to do now."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Diagnosis:
    """A conclusion, in sentences that people read.

    `cause` is the most probable cause, or that none was found; `evidence` what was seen, one
    sentence each, the strongest first; `unchecked` what could not be looked at and why; `offers`
    the commands that make sense now, the best first. `certain` is False where the cause is only
    the likeliest one; that none was found is certain.
    """

    cause: str
    evidence: tuple[str, ...] = ()
    unchecked: tuple[str, ...] = ()
    offers: tuple[str, ...] = ()
    certain: bool = True
