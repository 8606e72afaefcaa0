"""Watching for the first startup on a version: it goes on after the operation has ended."""

from core.context import Context
from core.outcomes import Done, Outcome
from core.plans import WatchStartups
from core.quantities import duration_text


def watch_startups(step: WatchStartups, _context: Context) -> Outcome:
    """Say so. The record of this step is what `core.first_startup` goes by.

    Waiting here would hold the cache for a day.
    """
    return Done(
        f"I tell the first startup on {step.version} in this thread, for up to "
        f"{duration_text(step.longest)}."
    )
