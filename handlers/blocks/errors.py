"""Errors as cards: a person reads what is wrong and what to do next, verbatim."""

from core.errors import (
    Busy,
    CloudError,
    Conflict,
    Decided,
    NotAllowed,
    NotFound,
    NothingToDo,
    OpsError,
    PermissionDenied,
    QuotaExceeded,
    Rejected,
    SettingsError,
    Unavailable,
    UsageError,
)
from handlers.blocks.card import Card, Code, Line, Mark, Paragraph, Person, Strong
from handlers.blocks.offers import JOINING, offers_of
from handlers.blocks.prose import echoing, prose

_NOT_DONE: tuple[tuple[type[OpsError], str], ...] = (
    (UsageError, "I did not understand that"),
    (NotAllowed, "You may not do that"),
    (NothingToDo, "There is nothing to do"),
    (Decided, "That is decided already"),
    (Busy, "The cache is busy"),
)
_FAILED: tuple[tuple[type[OpsError], str], ...] = (
    (SettingsError, "My settings are wrong."),
    (NotFound, "Something is not there."),
    (PermissionDenied, "Google Cloud does not let me."),
    (Rejected, "Google Cloud refused the request."),
    (Conflict, "Somebody else changed it first."),
    (QuotaExceeded, "Google Cloud got too many requests."),
    (Unavailable, "Google Cloud gave no clear answer."),
    (CloudError, "Google Cloud answered with an error."),
)


def card_of_error(error: OpsError) -> Card:
    """Render a problem that the reader can act on: its message, its hint, and what is offered."""
    message = _message(error)
    hint = (Paragraph(prose(error.hint)),) if error.hint else ()
    buttons = offers_of(error.offers, JOINING)
    for kind, title in _NOT_DONE:
        if isinstance(error, kind):
            return Card(title, Mark.INFO, message, hint, buttons)
    for kind, sort in _FAILED:
        if isinstance(error, kind):
            return Card("Your request", Mark.FAILED, (Strong(sort), " ", *message), hint, buttons)
    return Card("That cannot be done", Mark.INFO, message, hint, buttons)


def _message(error: OpsError) -> Line:
    if isinstance(error, Decided):
        return (Person(error.by), " ", *prose(error.deed))
    if isinstance(error, Busy) and (error.by or error.name):
        return (*prose(error.deed), " ", Person(error.by, error.name), ".")
    if isinstance(error, SettingsError | CloudError):
        return prose(error.message)
    return echoing(error.message)


def card_of_internal_error(number: str) -> Card:
    """Render a fault of the bot's own by the number under which its log has it in full."""
    return Card(
        "Your request",
        Mark.FAILED,
        (
            Strong("Internal error"),
            " ",
            Code(number),
            ". Something went wrong inside me, and the fault is mine.",
        ),
        (
            Paragraph(
                prose(
                    "My log has it in full under that number: please tell my maintainers."
                    " `/cache ops` shows whether an operation was started."
                )
            ),
        ),
    )
