"""From many small looks to one conclusion: the first that finds a cause names it.

The looks of a subject are listed the most telling first. What the later ones find becomes
evidence; what could not be read is said, and never guessed at.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Generic, TypeVar

from core.alerts.causes import Diagnosis
from core.alerts.causes_of.seen import Part, Seen
from core.inspection.findings import Check

F = TypeVar("F")
_MOST_EVIDENCE = 10
_NAMED = 2
"""So many things that are not in order stand in the conclusion itself."""

_HEADING = 40
"""The longest that what stands before a colon is the heading of a sentence."""


@dataclass(frozen=True, slots=True)
class Found:
    """A cause that one look has found; `certain` is False where it only is the likeliest one.

    `tells` are the checks that would say the same in other words.
    """

    cause: str
    evidence: tuple[str, ...] = ()
    offers: tuple[str, ...] = ()
    certain: bool = True
    tells: tuple[Check, ...] = ()


@dataclass(frozen=True, slots=True)
class Look(Generic[F]):
    """A look for one cause, and the parts without which it cannot find it."""

    find: Callable[[F], Found | None]
    needs: tuple[Part, ...]


def conclude(looks: Iterable[Look[F]], facts: F, seen: Seen) -> Diagnosis:
    """Conclude from the facts, and from what was seen, whether it is a cause or not.

    A cause is certain only where every look that comes before it could be taken.
    """
    found: list[Found] = []
    blind = False
    for look in looks:
        one = look.find(facts)
        if one is not None:
            found.append(one)
        elif not found:
            blind = blind or any(part in seen.unread for part in look.needs)
    if not found:
        return _nothing(seen)
    first, *others = found
    told_twice = tuple(f"{check.heading}: " for one in found for check in one.tells)
    more = (one for one in seen.told if one not in seen.amiss or not one.startswith(told_twice))
    evidence = (*first.evidence, *(f"Also: {one.cause}" for one in others), *more)
    return Diagnosis(
        cause=first.cause,
        evidence=_once(first.cause, evidence)[:_MOST_EVIDENCE],
        unchecked=seen.unchecked,
        offers=first.offers,
        certain=first.certain and not blind,
    )


def _once(cause: str, evidence: Iterable[str]) -> tuple[str, ...]:
    """Leave out what was said already, be it under another heading."""
    said, kept = cause, list[str]()
    for one in evidence:
        heading, separator, rest = one.partition(": ")
        if one in said or (separator and len(heading) <= _HEADING and rest in said):
            continue
        kept.append(one)
        said = f"{said} {one}"
    return tuple(kept)


def _nothing(seen: Seen) -> Diagnosis:
    """Say that no cause was found, after what the alert is about, and what is abnormal beside it.

    Only of what is in order it is said that it is.
    """
    named = seen.amiss[:_NAMED]
    if named:
        proof = "it proves no cause" if len(named) == 1 else "neither proves a cause"
        parts = ("No cause was found.", seen.symptom, f"Not in order, but {proof}:", *named)
    elif seen.unchecked:
        lead = "No cause was found in what could be read, and not everything could be."
        parts = (lead, seen.symptom)
    else:
        else_ = " else" if seen.symptom else ""
        order = f"All{else_} that was looked at is in order."
        parts = ("No cause was found.", seen.symptom, order)
    told = (*seen.amiss[_NAMED:], *(one for one in seen.told if one not in seen.amiss))
    cause = " ".join(part for part in parts if part)
    return Diagnosis(cause, told[:_MOST_EVIDENCE], seen.unchecked, seen.further)
