"""The command language: each word with its usage, its least role and how it is read."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from difflib import get_close_matches
from typing import Literal

from core.commands import (
    Alerts,
    Audit,
    Cancel,
    Cleanup,
    Command,
    Confirm,
    Decline,
    Disable,
    Doctor,
    Enable,
    Health,
    Help,
    History,
    Hits,
    Logs,
    Manifest,
    Models,
    Nightly,
    Ops,
    Recover,
    Rollback,
    Schedule,
    Show,
    Size,
    Status,
    Sync,
    Undo,
    Update,
    Versions,
)
from core.errors import UsageError
from core.policy import Role
from core.signals import LogSource
from core.words import DRY_RUN, Words, known_options, split_words


@dataclass(frozen=True, slots=True)
class Verb:
    """One word of the command language, as `help` and the README describe it."""

    word: str
    usage: str
    summary: str
    role: Role
    read: Callable[[Words], Command]
    destructive: bool = False


def _help(words: Words) -> Command:
    return Help(words.next_word(default=""))


def _logs(words: Words) -> Command:
    source, errors_only = LogSource.SYNC, False
    window = timedelta(days=1)
    for word in words.rest():
        if word in ("sync", "service"):
            source = LogSource(word)
        elif word == "errors":
            errors_only = True
        else:
            window = words.as_window(word)
    return Logs(source, errors_only, window)


def _cleanup(words: Words) -> Command:
    older_than, versions = timedelta(days=7), False
    dry_run = words.flag(DRY_RUN)
    for word in words.rest():
        if word == "versions":
            versions = True
        else:
            older_than = words.as_window(word, longest=timedelta(days=365))
    return Cleanup(older_than, versions, dry_run)


def _update(words: Words) -> Command:
    dry_run = words.flag(DRY_RUN)
    pairs = words.pairs(("llm", "embedding"))
    return Update(pairs.get("llm"), pairs.get("embedding"), dry_run)


def _nightly(action: Literal["pause", "resume"]) -> Callable[[Words], Command]:
    def read(words: Words) -> Command:
        dry_run = words.flag(DRY_RUN)
        words.keyword("nightly")
        return Nightly(action, dry_run)

    return read


def _disable(words: Words) -> Command:
    dry_run = words.flag(DRY_RUN)
    return Disable(" ".join(words.rest()), dry_run)


def _undo(words: Words) -> Command:
    dry_run = words.flag(DRY_RUN)
    return Undo(words.next_word(), dry_run)


def _rollback(words: Words) -> Command:
    dry_run = words.flag(DRY_RUN)
    return Rollback(words.next_word(default="previous"), dry_run)


_V, _O, _A = Role.VIEWER, Role.OPERATOR, Role.APPROVER

_VERBS = (
    Verb("help", "/cache help [word]", "what you may do here", Role.NONE, _help),
    Verb("status", "/cache status", "the cache at one glance", _V, lambda _: Status()),
    Verb("health", "/cache health [24h|7d]", "every check, with a verdict and a next step each",
         _V, lambda w: Health(w.window(timedelta(days=1)))),
    Verb("sync", "/cache sync [--dry-run]", "join or start the sync job, follow it, prove it",
         _O, lambda w: Sync(w.flag(DRY_RUN))),
    Verb("history", "/cache history [n]", "the last sync executions",
         _V, lambda w: History(w.count(10, most=50))),
    Verb("logs", "/cache logs [sync|service] [errors] [24h]", "log lines, newest last", _V, _logs),
    Verb("manifest", "/cache manifest", "what manifest.json and .done say",
         _V, lambda _: Manifest()),
    Verb("models", "/cache models", "the models in the bucket, with sizes", _V, lambda _: Models()),
    Verb("versions", "/cache versions", "which versions can be restored, and why one cannot",
         _V, lambda _: Versions()),
    Verb("hits", "/cache hits [1h|24h|7d]", "the hit rate, and misses by reason",
         _V, lambda w: Hits(w.window(timedelta(days=1)))),
    Verb("size", "/cache size", "live, noncurrent and soft-deleted bytes against the capacity",
         _V, lambda _: Size()),
    Verb("rollback", "/cache rollback [version|previous] [--dry-run]", "restore an earlier version",
         _O, _rollback, destructive=True),
    Verb("disable", "/cache disable [reason] [--dry-run]", "switch the shared cache off",
         _O, _disable, destructive=True),
    Verb("enable", "/cache enable [--dry-run]", "sync, verify, switch the shared cache on",
         _O, lambda w: Enable(w.flag(DRY_RUN))),
    Verb("cleanup", "/cache cleanup [7d] [versions] [--dry-run]",
         "delete old leftovers, and versions that nothing needs",
         _O, _cleanup, destructive=True),
    Verb("update", "/cache update llm=NAME embedding=NAME [--dry-run]", "change the models",
         _O, _update, destructive=True),
    Verb("recover", "/cache recover [--dry-run]", "bring a broken or lost cache back",
         _O, lambda w: Recover(w.flag(DRY_RUN)), destructive=True),
    Verb("cancel", "/cache cancel [id]", "stop the running operation",
         _O, lambda w: Cancel(w.next_word(default=""))),
    Verb("undo", "/cache undo ID [--dry-run]", "take back what an operation did",
         _O, _undo, destructive=True),
    Verb("confirm", "/cache confirm ID [word]", "say yes to a plan that waits",
         _O, lambda w: Confirm(w.next_word(), w.next_word(default=""))),
    Verb("decline", "/cache decline ID", "say no to a plan that waits",
         _O, lambda w: Decline(w.next_word())),
    Verb("ops", "/cache ops [n]", "the last operations", _V, lambda w: Ops(w.count(10, most=50))),
    Verb("show", "/cache show ID", "one operation in full", _V, lambda w: Show(w.next_word())),
    Verb("audit", "/cache audit [n]", "who did what, refusals too",
         _O, lambda w: Audit(w.count(20, most=100))),
    Verb("schedule", "/cache schedule", "reports and reminders by the clock: last, next, missed",
         _V, lambda _: Schedule()),
    Verb("pause", "/cache pause nightly [--dry-run]", "pause the nightly sync",
         _O, _nightly("pause")),
    Verb("resume", "/cache resume nightly [--dry-run]", "resume the nightly sync",
         _O, _nightly("resume")),
    Verb("alerts", "/cache alerts", "alert policies and open incidents", _V, lambda _: Alerts()),
    Verb("doctor", "/cache doctor", "does the bot have what it needs?", _O, lambda _: Doctor()),
)  # fmt: skip

VERBS: Mapping[str, Verb] = {verb.word: verb for verb in _VERBS}


def parse(text: str) -> Command:
    """Read what was typed after `/cache`; nothing typed asks for help.

    Raises:
        UsageError: an unknown word (with a did-you-mean) or wrong arguments (with the usage).
    """
    words = split_words(text)
    if not words:
        return Help()
    first = words[0].lower()
    verb = VERBS.get(first)
    if verb is None:
        raise _unknown(first)
    rest = Words(verb.usage, known_options(verb.usage, words[1:]))
    command = verb.read(rest)
    rest.finish()
    return command


def verb_of(command: Command) -> Verb:
    """Return the verb that a command came from."""
    if isinstance(command, Nightly):
        return VERBS[command.action]
    return VERBS[type(command).__name__.lower()]


def _unknown(word: str) -> UsageError:
    near = get_close_matches(word, VERBS, n=1, cutoff=0.7)
    shown = word if len(word) <= 40 else f"{word[:40]}..."
    hint = f"Did you mean `/cache {near[0]}`?" if near else "`/cache help` lists what I can do."
    return UsageError(f'I do not know the word "{shown}".', hint)
