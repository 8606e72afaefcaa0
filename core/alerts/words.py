"""Words that belong to an incident: a button of its diagnosis counts while that stands.

Such a button says `for INCIDENT#OPENS: words`. Once the incident has closed, or opened anew, what
was concluded of it may be wrong, so the words are refused; typed by themselves they still work.
"""

import re

from core.alerts.incidents import IncidentId, IncidentState, KnownIncident
from core.desk import Desk
from core.errors import OpsError

_ABOUT = re.compile(r"for (?P<incident>\S.{0,254}?)#(?P<opens>\d{1,6}): (?P<words>.+)", re.DOTALL)


def words_for(known: KnownIncident, opens: int, words: str) -> str:
    """Bind words to an incident as it stood when they were offered."""
    return f"for {known.id}#{opens}: {words}"


def bare(words: str) -> str:
    """Return the words alone."""
    found = _ABOUT.fullmatch(words)
    return found["words"] if found else words


def refuse_late(words: str, desk: Desk) -> None:
    """Let words pass that belong to no incident, or to one that stands as it did.

    Raises:
        OpsError: the incident has moved on.
    """
    found = _ABOUT.fullmatch(words)
    if found is None:
        return
    typed = f"`/cache {found['words']}` still works, if it is what you want."
    known = desk.records.incidents.get(IncidentId(found["incident"]))
    if known is None:
        raise OpsError("I do not know this incident any more.", f"Nothing was changed. {typed}")
    if known.state is IncidentState.CLOSED:
        ended = known.ended or known.changed_at
        at = f"{ended:%Y-%m-%d %H:%M} UTC"
        raise OpsError(f"This incident was closed at {at}.", f"Nothing was changed. {typed}")
    if known.opens != int(found["opens"]):
        raise OpsError(
            "This incident was closed and has opened again since.",
            f"Nothing was changed; the newest diagnosis is at the end of the thread. {typed}",
        )
