"""Commands offered as buttons: each says its words, and they take the whole road."""

from collections.abc import Iterable, Mapping

from core.verbs import VERBS
from handlers.blocks.card import Button, ButtonStyle

_LABELS = {
    "health": "Check health",
    "logs": "Look at the logs",
    "status": "Look at the status",
    "sync": "Sync again",
    "rollback": "Roll back",
    "update": "Re-download",
    "recover": "Recover",
    "cleanup": "Clean up",
    "versions": "Show versions",
    "undo": "Undo",
    "resume": "Resume the nightly sync",
    "enable": "Switch on",
    "disable": "Switch off",
}
JOINING = {"sync": "Join or start a sync"}
"""How a sync is named where one may be running."""

_LOOKS = frozenset(("health", "status", "versions", "logs", "history", "show"))


def offers_of(commands: Iterable[str], labels: Mapping[str, str] = _LABELS) -> tuple[Button, ...]:
    """Make a button for each command; the first one that acts stands out.

    `labels` are by word, where one says better here what a command does.
    """
    words = tuple(dict.fromkeys(commands))
    acting = [one for one in words if _verb(one) not in _LOOKS]
    named = {**_LABELS, **labels}
    return tuple(_button(one, named, first=one in acting[:1]) for one in words)


def _button(words: str, labels: Mapping[str, str], *, first: bool) -> Button:
    verb = _verb(words)
    label = labels.get(verb, VERBS[verb].word.capitalize())
    rest = words.removeprefix(verb).strip()
    if verb == "rollback" and rest:
        label = f"{label} to {rest}"
    if verb == "cleanup" and rest:
        label = f"{label}: {rest}"
    if verb == "update" and rest.count("=") == 1:
        label = f"Use {rest.partition('=')[2]}"
    style = ButtonStyle.PRIMARY if first else ButtonStyle.PLAIN
    return Button(f"say-{verb}", label, words, style, spoken=f"{label}: /cache {words}")


def _verb(words: str) -> str:
    return words.split(maxsplit=1)[0]
