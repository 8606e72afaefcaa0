"""How a cleanup is typed, and which other words would free something where these free nothing."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import timedelta

from core.cache.objects import StoredObject, total_bytes
from core.commands import Cleanup
from core.errors import CloudError

_AGES = tuple(timedelta(hours=hours) for hours in (30 * 24, 14 * 24, 7 * 24, 72, 24, 12, 6, 1))
"""The ages that are tried, the oldest first. What is younger may belong to what still goes on."""

_Doomed = Callable[[Cleanup], Sequence[StoredObject]]


def words_of(command: Cleanup) -> str:
    """Return the words that ask for it."""
    minutes = int(command.older_than.total_seconds() // 60)
    for size, unit in ((1440, "d"), (60, "h")):
        if minutes % size == 0:
            return f"cleanup {minutes // size}{unit}{' versions' * command.versions}"
    return f"cleanup {minutes}m{' versions' * command.versions}"


def what_else_frees(command: Cleanup, doomed: _Doomed) -> list[tuple[Cleanup, int]]:
    """Return what else could be asked for, at most one without and one with old versions.

    Each with the bytes that it would free. Of all ages it is the oldest that frees at least half
    of what the youngest would. `doomed` tells what a cleanup would delete.
    """
    younger = [age for age in _AGES if age < command.older_than]
    plain = () if command.versions else tuple(replace(command, older_than=one) for one in younger)
    ages = younger if command.versions else [command.older_than, *younger]
    deep = tuple(Cleanup(age, versions=True) for age in ages)
    found = [_best(plain, doomed), _best(deep, doomed)]
    return [one for one in found if one is not None]


def _best(commands: Sequence[Cleanup], doomed: _Doomed) -> tuple[Cleanup, int] | None:
    try:
        freed = [(one, total_bytes(doomed(one))) for one in commands]
    except CloudError:
        return None  # what is needed could not be read, so nothing is advised
    most = max((size for _, size in freed), default=0)
    return next((one for one in freed if one[1] and one[1] * 2 >= most), None)
