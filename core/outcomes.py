"""What came of one try of a step: a closed union that the workflow decides on."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta

Evidence = Mapping[str, str]
"""Facts that prove a step, such as the execution's name; later steps read them."""


@dataclass(frozen=True, slots=True)
class Done:
    """The step has reached its goal. `note` says what is proven in a few words."""

    note: str
    evidence: Evidence = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Pending:
    """Not there yet: look again after `wait`. `ratio` runs from 0.0 to 1.0, None if unknown."""

    note: str
    wait: timedelta
    ratio: float | None = None
    evidence: Evidence = field(default_factory=dict)
    foreign: str = ""


@dataclass(frozen=True, slots=True)
class Failed:
    """The step cannot reach its goal, and it is known what was and was not done."""

    why: str
    hint: str
    evidence: Evidence = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Stopped:
    """The step ended early because a person asked for it."""

    note: str


@dataclass(frozen=True, slots=True)
class Unclear:
    """What happened cannot be known. `why` says what can be seen; nothing is tried blindly."""

    why: str
    hint: str


Outcome = Done | Pending | Failed | Stopped | Unclear
