"""The words after a command: read one by one, each mistake answered with the usage line."""

import re
import unicodedata
from collections.abc import Sequence
from datetime import timedelta

from core.errors import UsageError

LONGEST_TEXT = 1_000
"""Characters after the command; the longest real command has a few hundred."""

DRY_RUN = "--dry-run"
_OPTION = re.compile(r"(?:--|[\u2013\u2014])(?=[a-z])", re.IGNORECASE)
"""How an option begins; phones make one dash of two."""

_DURATION = re.compile(r"(\d{1,6})(m|h|d|w)")
_UNITS = {
    "m": timedelta(minutes=1),
    "h": timedelta(hours=1),
    "d": timedelta(days=1),
    "w": timedelta(weeks=1),
}


def split_words(text: str) -> list[str]:
    """Split at white space.

    Raises:
        UsageError: the text is too long or holds control characters.
    """
    if len(text) > LONGEST_TEXT:
        raise UsageError(
            f"That is {len(text):,} characters; a command has at most {LONGEST_TEXT:,}.",
            "`/cache help` lists what I can do.",
        )
    words = text.split()
    if any(unicodedata.category(letter) in ("Cc", "Cs") for word in words for letter in word):
        raise UsageError(
            "The command holds control characters.", "Please type it anew instead of pasting it."
        )
    return words


def known_options(usage: str, words: Sequence[str]) -> list[str]:
    """Return the words with their options as they are spelt, or refuse them.

    Raises:
        UsageError: one is no option; taken for something else it would turn a look into a deed.
    """
    spelt = [_OPTION.sub("--", word, count=1) if _OPTION.match(word) else word for word in words]
    for word in spelt:
        if _OPTION.match(word) and word.lower() != DRY_RUN:
            near = f"Did you mean {DRY_RUN}? " if DRY_RUN in usage else ""
            raise UsageError(
                f'I do not know the option "{_short(word)}".',
                f"{near}Nothing was changed. Usage: `{usage}`",
            )
    return [DRY_RUN if word.lower() == DRY_RUN else word for word in spelt]


class Words:
    """The arguments of one command, taken from the left."""

    def __init__(self, usage: str, words: Sequence[str]) -> None:
        self.usage = usage
        self._words = list(words)

    def next_word(self, default: str | None = None) -> str:
        """Take the next word; without one, `default`, which None makes a usage error."""
        if self._words:
            return self._words.pop(0)
        if default is None:
            raise self._wrong("Something is missing.")
        return default

    def rest(self) -> list[str]:
        """Take all that is left."""
        words, self._words = self._words, []
        return words

    def flag(self, name: str) -> bool:
        """Take the flag from wherever it stands."""
        present = name in self._words
        self._words = [word for word in self._words if word != name]
        return present

    def keyword(self, word: str) -> None:
        """Take a word that has to be there."""
        given = self.next_word()
        if given.lower() != word:
            raise self._wrong(f'I expected "{word}", not "{_short(given)}".')

    def count(self, default: int, most: int) -> int:
        """Take a whole number from 1 to `most`."""
        if not self._words:
            return default
        word = self._words.pop(0)
        if not (word.isascii() and word.isdigit()) or not 1 <= int(word[:9]) <= most:
            raise self._wrong(f'"{_short(word)}" is no number from 1 to {most}.')
        return int(word)

    def window(self, default: timedelta) -> timedelta:
        """Take a span of time such as 90m, 24h or 7d."""
        return self.as_window(self._words.pop(0)) if self._words else default

    def as_window(self, word: str, longest: timedelta = timedelta(days=30)) -> timedelta:
        """Read `word` as a span of time of at most `longest`."""
        match = _DURATION.fullmatch(word.lower())
        if match is None:
            raise self._wrong(f'"{_short(word)}" is no span of time such as 1h, 24h or 7d.')
        span = int(match[1]) * _UNITS[match[2]]
        if not timedelta() < span <= longest:
            raise self._wrong(f'"{_short(word)}" is out of range: 1m up to {longest.days}d.')
        return span

    def pairs(self, names: Sequence[str]) -> dict[str, str]:
        """Take name=value pairs, each name at most once."""
        found: dict[str, str] = {}
        for word in self.rest():
            name, separator, value = word.partition("=")
            if name.lower() not in names or not separator or not value:
                raise self._wrong(f'I cannot read "{_short(word)}".')
            if name.lower() in found:
                raise self._wrong(f"{name} is given twice.")
            found[name.lower()] = value
        return found

    def finish(self) -> None:
        """Refuse what nobody took."""
        if self._words:
            raise self._wrong(f'I do not know what to do with "{_short(self._words[0])}".')

    def _wrong(self, message: str) -> UsageError:
        return UsageError(message, f"Usage: `{self.usage}`")


def _short(word: str) -> str:
    return word if len(word) <= 40 else f"{word[:40]}..."
