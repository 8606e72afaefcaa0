"""The errors of cachebot, split by who can do something about them.

    Exception
    `-- OpsError                a person can act on it: message and hint are shown verbatim
        |-- UsageError          the words typed
        |-- NotAllowed          the policy says no
        |-- NothingToDo         it is so already, or there is nothing that it would change
        |-- Busy                another operation holds the cache
        |-- Decided             somebody has said yes or no to this plan already
        |-- SettingsError       the environment the bot was started with
        `-- CloudError          what Google Cloud answered
            |-- NotFound        the thing named is not there
            |-- PermissionDenied
            |-- Rejected        the request was refused and nothing was applied
            |-- Conflict        somebody else changed it first
            |-- QuotaExceeded   too many requests; nothing was applied
            `-- Unavailable     no clear answer: a write may or may not have been applied

Anything else is ours: shown as "internal error" with a short id and logged in full.
"""

from core.quantities import count_text


class OpsError(Exception):
    """A problem that the reader can act on.

    `message` says what is wrong in one sentence, `hint` what to do next, `offers` the commands
    that do it, such as `sync`: the reader gets a button for each.
    """

    def __init__(self, message: str, hint: str = "", *, offers: tuple[str, ...] = ()) -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint
        self.offers = offers

    def __str__(self) -> str:
        return f"{self.message} {self.hint}".strip()


class UsageError(OpsError):
    """The words could not be read as a command."""


class NotAllowed(OpsError):
    """The policy refuses this actor this command."""


class NothingToDo(OpsError):
    """It is as asked for already, so nothing would change; no reason to worry."""


class Busy(OpsError):
    """Another operation holds the cache; `operation_id` names it.

    `by` is the user id and `name` the name of who started it, which the message then ends before.
    """

    def __init__(
        self, message: str, hint: str = "", *, operation_id: str = "", by: str = "", name: str = ""
    ) -> None:
        super().__init__(f"{message} {name or by}." if by or name else message, hint)
        self.deed = message
        self.operation_id = operation_id
        self.by = by
        self.name = name


class Decided(OpsError):
    """Somebody, `by` is their user id, has decided a plan; `deed` is what follows their name."""

    def __init__(self, by: str, deed: str, hint: str) -> None:
        super().__init__(f"{by or 'Somebody'} {deed}", hint)
        self.by = by
        self.deed = deed


class SettingsError(OpsError):
    """One or more settings are missing or wrong; `problems` lists every one of them."""

    def __init__(self, problems: tuple[str, ...]) -> None:
        listed = "\n".join(f"  - {problem}" for problem in problems)
        super().__init__(
            f"The settings have {count_text(len(problems), 'problem')}:\n{listed}",
            "See docs/settings.md for every setting and its default.",
        )
        self.problems = problems


class CloudError(OpsError):
    """Google Cloud answered with an error."""


class NotFound(CloudError):
    """The bucket, object, service, job, trigger or metric is not there."""


class PermissionDenied(CloudError):
    """The bot's account lacks a permission."""


class Rejected(CloudError):
    """The request was refused as it stands; nothing was applied."""


class Conflict(CloudError):
    """A precondition failed: the thing changed since it was read."""


class QuotaExceeded(CloudError):
    """A rate or quota limit was hit; nothing was applied."""


class Unavailable(CloudError):
    """No clear answer came: a read failed, a write may or may not have been applied."""
