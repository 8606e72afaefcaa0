"""Deleting an exact set of versions in small parts, and proving that nothing else went.

Each try deletes one part, some requests at a time. What is gone already counts as deleted, so
a try may be repeated after a crash or beside another one. What got no clear answer or was
refused by a precondition is asked for again a few times; what may not be deleted is told.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta

from core.cache.evidence import DELETED, DELETED_BYTES, REMAINING, RESTORABLE_UNTIL
from core.cache.objects import MANIFEST, VersionKey
from core.cloud import Cloud
from core.context import Context
from core.doomed import DeleteGenerations, DoomedVersion, each
from core.errors import CloudError, Conflict, PermissionDenied, QuotaExceeded, Unavailable
from core.in_flight import write_all
from core.outcomes import Done, Failed, Outcome, Pending, Stopped
from core.quantities import size_text
from core.running import running_sync

_PART = 128
_TRIES = 5
_FEW = 3
_AGAIN = "Ask for the cleanup again: it then finds what is left."

Item = tuple[VersionKey, DoomedVersion]


@dataclass(frozen=True, slots=True)
class _Progress:
    """How far a set is deleted: everything before `next` but `again` and `refused`, by place."""

    next: int = 0
    again: Mapping[int, int] = field(default_factory=dict)
    refused: Mapping[int, str] = field(default_factory=dict)

    @classmethod
    def recalled(cls, notes: Mapping[str, str]) -> "_Progress":
        """Read it from a step's notes."""
        if not notes:
            return cls()
        again = {int(place): tries for place, tries in json.loads(notes["again"]).items()}
        refused = {int(place): why for place, why in json.loads(notes["refused"]).items()}
        return cls(int(notes["next"]), again, refused)

    def notes(self) -> dict[str, str]:
        """Write it as a step's notes."""
        return {
            "next": str(self.next),
            "again": json.dumps(self.again),
            "refused": json.dumps(self.refused),
        }

    def part(self, items: Sequence[Item]) -> list[int]:
        """Choose what to delete now: first what has to be repeated, manifests by themselves."""
        if self.again:
            return sorted(self.again)[:_PART]
        fresh = list(range(self.next, min(self.next + _PART, len(items))))
        manifests = [place for place in fresh if items[place][0][0] == MANIFEST]
        return manifests or fresh

    def after(self, answers: Mapping[int, CloudError | None]) -> "_Progress":
        """Take in what came of a part."""
        again = {place: tries for place, tries in self.again.items() if place not in answers}
        refused = dict(self.refused)
        for place, error in answers.items():
            tries = self.again.get(place, 0) + 1
            if isinstance(error, Unavailable | QuotaExceeded | Conflict) and tries < _TRIES:
                again[place] = tries
            elif error is not None:
                refused[place] = str(error)
        return _Progress(max((self.next, *(place + 1 for place in answers))), again, refused)

    def left(self, items: Sequence[Item]) -> list[int]:
        """Return what is not deleted, in the set's order."""
        return sorted((*self.again, *self.refused, *range(self.next, len(items))))


def delete_generations(step: DeleteGenerations, context: Context) -> Outcome:
    """Delete the next part of the set, unless a sync runs or somebody wants to stop."""
    items = list(each(step.objects))
    progress = _Progress.recalled(context.memory.recall())
    running = running_sync(context.cloud)
    if running is not None and progress.left(items):
        why = f"{running.name} has begun meanwhile, and nothing is deleted beside a sync."
        return _broken_off(why, items, progress)
    if context.stopping and progress.left(items):
        return Stopped(_told(items, progress))
    part = progress.part(items)
    answers = _delete(context.cloud, items, part)
    errors = [error for error in answers.values() if error is not None]
    if len(errors) == len(part) and not progress.again:
        _raise_if_away(errors)
    progress = progress.after(answers)
    context.memory.remember(progress.notes())
    if part and all(isinstance(error, PermissionDenied) for error in answers.values()):
        return _broken_off(errors[0].message, items, progress, errors[0].hint)
    if any(items[place][0][0] == MANIFEST for place in progress.refused):
        why = "A version's manifest could not be deleted, and the rest of it is not without it."
        return _broken_off(why, items, progress)
    if progress.again or progress.next < len(items):
        return _pending(items, progress, context)
    return _ended(step, items, progress, context)


def _delete(cloud: Cloud, items: Sequence[Item], part: list[int]) -> dict[int, CloudError | None]:
    """Delete some versions at the same time; return the error of each, None where it is gone."""

    def delete(place: int) -> None:
        (name, generation), version = items[place]
        cloud.delete_generation(name, generation, live=version.live)

    return {**dict.fromkeys(part), **dict(write_all(part, delete))}


def _raise_if_away(errors: Sequence[CloudError]) -> None:
    """Let the runner wait where Cloud Storage answers nothing at all: that is nobody's fault."""
    if errors and all(isinstance(error, Unavailable | QuotaExceeded) for error in errors):
        raise errors[0]


def _pending(items: Sequence[Item], progress: _Progress, context: Context) -> Pending:
    gone = len(items) - len(progress.left(items))
    wait = context.pace.poll if progress.again else timedelta()
    note = f"{gone:,} of {_versions(len(items))} deleted."
    return Pending(note, wait, ratio=gone / len(items), evidence=_counted(items, progress))


def _ended(
    step: DeleteGenerations, items: Sequence[Item], progress: _Progress, context: Context
) -> Done | Failed:
    evidence = _evidence(items, progress)
    if step.soft_delete is not None:
        evidence[RESTORABLE_UNTIL] = (context.clock() + step.soft_delete).isoformat()
    if progress.refused:
        return Failed(_told(items, progress), _AGAIN, evidence)
    return Done(_told(items, progress), evidence)


def _broken_off(why: str, items: Sequence[Item], progress: _Progress, hint: str = "") -> Failed:
    return Failed(
        f"{why} {_told(items, progress)}", f"{hint} {_AGAIN}".strip(), _evidence(items, progress)
    )


def _counted(items: Sequence[Item], progress: _Progress) -> dict[str, str]:
    left = set(progress.left(items))
    gone = [version for place, (_, version) in enumerate(items) if place not in left]
    size_bytes = sum(version.size_bytes for version in gone)
    return {DELETED: str(len(gone)), DELETED_BYTES: str(size_bytes)}


def _evidence(items: Sequence[Item], progress: _Progress) -> dict[str, str]:
    """Add what is left, one a line, under the reason that it shares with others."""
    by_reason: dict[str, list[str]] = {}
    for place in progress.left(items):
        why = progress.refused.get(place, "Not tried to the end.")
        by_reason.setdefault(why, []).append(_named(items[place]))
    listed = "\n".join("\n".join((why, *names)) for why, names in by_reason.items())
    return _counted(items, progress) | ({REMAINING: listed} if listed else {})


def _named(item: Item) -> str:
    (name, generation), _ = item
    return f"{name}#{generation}"


def _told(items: Sequence[Item], progress: _Progress) -> str:
    """Say how much is gone and what exactly remains, the first few by name."""
    left = progress.left(items)
    left_bytes = sum(items[place][1].size_bytes for place in left)
    gone_bytes = sum(version.size_bytes for _, version in items) - left_bytes
    if not left:
        return f"{_versions(len(items))} deleted, {size_text(gone_bytes)}."
    named = sorted(left, key=lambda place: place not in progress.refused)[:_FEW]
    names = ", ".join(f"`{_named(items[place])}`" for place in named)
    more = f" and {len(left) - _FEW:,} more" if len(left) > _FEW else ""
    reasons = list(dict.fromkeys(progress.refused.values()))[:_FEW]
    sentences = (
        f"{len(items) - len(left):,} of {_versions(len(items))} deleted ({size_text(gone_bytes)}).",
        f"{len(left):,} {'remains' if len(left) == 1 else 'remain'} ({size_text(left_bytes)}):",
        f"{names}{more}.",
        *reasons,
    )
    return " ".join(sentences)


def _versions(number: int) -> str:
    return f"{number:,} {'version' if number == 1 else 'versions'}"
