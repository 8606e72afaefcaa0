"""Telling the first startup after a rollback, in the thread of the operation's message."""

from core.call import Place
from core.first_startup import StartupWatch, startup_key
from core.operations import Operation
from core.store.operations import message_key
from handlers.blocks.slack import to_slack
from handlers.blocks.startup import card_of_first_startup
from handlers.outbox import Outbox


def tell_first_startups(watch: StartupWatch, outbox: Outbox) -> None:
    """Tell what was found; where the operation's own message is not posted yet, later."""
    for found in watch.found():
        place = _thread_of(found.operation, outbox)
        if place is not None:
            message = to_slack(card_of_first_startup(found))
            outbox.put(startup_key(found.operation.id), place, message)
            outbox.wake()


def _thread_of(operation: Operation, outbox: Outbox) -> Place | None:
    told = outbox.store.get(message_key(operation.id))
    if told is None or not told.ts:
        return None
    return Place(operation.place.channel_id, operation.place.thread_ts or told.ts)
