"""The first startup after a rollback, told in the operation's thread."""

from core.first_startup import FirstStartup
from core.signals import Startup
from handlers.blocks.card import Card, Code, Line, Mark, Moment
from handlers.blocks.offers import offers_of
from handlers.blocks.prose import prose
from handlers.blocks.quantities import duration


def card_of_first_startup(found: FirstStartup) -> Card:
    """Render what the first instance found in the cache, or that none has started."""
    title = f"First startup after {found.operation.id}"
    if found.startup is None:
        waited = f"No instance has started within {duration(found.waited)}, so nothing has "
        used = "been loaded from it yet. `/cache hits` shows later ones."
        return Card(
            title, Mark.UNKNOWN, ("Version ", Code(found.version), ": ", *prose(waited + used))
        )
    if found.as_hoped:
        return Card(title, Mark.OK, (*_instance(found.startup), " found version ",
                                     Code(found.version), " in the cache: a hit."))  # fmt: skip
    headline = (*_instance(found.startup), *_otherwise(found.startup, found.version))
    return Card(title, Mark.WARNING, headline, (), offers_of(("health",)))


def _instance(startup: Startup) -> Line:
    return ("An instance of ", Code(startup.revision), " started at ", Moment(startup.at), " and")


def _otherwise(startup: Startup, version: str) -> Line:
    if startup.hit:
        other = startup.manifest_version or "no version"
        return (" found version ", Code(other), ", not ", Code(version), ": the cache has changed.")
    return (" missed the cache: ", Code(startup.miss_reason or "unknown"), ".")
