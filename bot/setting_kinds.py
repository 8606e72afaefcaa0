"""The kinds of values that settings have, each read strictly and refused in a sentence.

Every sentence goes on behind the name of the variable: "CACHEBOT_PORT must be ...".
"""

import re
from datetime import timedelta
from enum import StrEnum
from typing import Annotated
from urllib.parse import SplitResult, urlsplit
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import BeforeValidator, SecretStr

from bot.cron import Cron, read_cron
from core.policy import Grants

_UNITS = {
    "s": timedelta(seconds=1),
    "m": timedelta(minutes=1),
    "h": timedelta(hours=1),
    "d": timedelta(days=1),
}
_SECRET = re.compile(r"xox[a-z]|xapp-|://[^/]*@")
_QUOTED_LENGTH = 60
_LONGEST_WAIT = timedelta(minutes=10)
_SHORTEST_KEEPING = timedelta(days=30)
"""Buttons, undo and what belongs to a month's reports look back so far."""

_USER = re.compile(r"[UW][A-Z0-9]{2,}")
_GROUP = re.compile(r"S[A-Z0-9]{2,}")


def quoted(value: str) -> str:
    """Repeat a wrong value, short and printable, unless it may hold a secret."""
    if _SECRET.search(value):
        return "something that looks like a secret"
    cut = value if len(value) <= _QUOTED_LENGTH else f"{value[:_QUOTED_LENGTH]}..."
    return f'"{cut}"' if cut.isprintable() else ascii(cut)


def one_of(words: type[StrEnum]) -> BeforeValidator:
    """Take exactly one of the words."""

    def read(value: str) -> StrEnum:
        if value not in set(words):
            raise ValueError(f"must be one of {', '.join(words)}; it is {quoted(value)}")
        return words(value)

    return BeforeValidator(read)


def like(pattern: str, description: str) -> BeforeValidator:
    """Take text that the whole pattern matches; the description follows "must be"."""

    def read(value: str) -> str:
        if not re.fullmatch(pattern, value):
            raise ValueError(f"must be {description}; it is {quoted(value)}")
        return value

    return BeforeValidator(read)


def whole(least: int, most: int) -> BeforeValidator:
    """Take a whole number within the two, both included."""

    def read(value: str) -> int:
        if not re.fullmatch(r"[0-9]{1,9}", value) or not least <= int(value) <= most:
            raise ValueError(
                f"must be a whole number from {least} to {most}; it is {quoted(value)}"
            )
        return int(value)

    return BeforeValidator(read)


def token(prefix: str, name: str) -> BeforeValidator:
    """Take a token of Slack by its prefix, and say where one with another prefix belongs."""
    homes = {"xoxb-": "CACHEBOT_SLACK_BOT_TOKEN", "xapp-": "CACHEBOT_SLACK_APP_TOKEN"}

    def read(value: str) -> SecretStr:
        for other, home in homes.items():
            if other != prefix and value.startswith(other):
                raise ValueError(f"must be the {name}; what it holds belongs in {home}")
        if not re.fullmatch(re.escape(prefix) + r"\S+", value):
            raise ValueError(f"must be the {name}, which begins with {prefix}; it does not")
        return SecretStr(value)

    return BeforeValidator(read)


def _signing_secret(value: str) -> SecretStr:
    if re.search(r"\s|^xox|^xapp-", value):
        raise ValueError(
            'must be the Signing Secret of the app\'s page "Basic Information"; it is not'
        )
    return SecretStr(value)


def _number(value: str) -> float:
    """Read a plain decimal number; anything else, such as "nan", reads as zero."""
    return float(value) if re.fullmatch(r"[0-9]{1,9}(\.[0-9]{1,9})?", value) else 0.0


def _seconds(value: str) -> timedelta:
    span = timedelta(seconds=_number(value))
    if not timedelta(0) < span <= _LONGEST_WAIT:
        raise ValueError(
            f"must be a number of seconds above 0 and up to {_LONGEST_WAIT.total_seconds():.0f}, "
            f"such as 0.5 or 8; it is {quoted(value)}"
        )
    return span


def _age(value: str) -> timedelta:
    found = re.fullmatch(r"([1-9][0-9]{0,5})([mhd])", value)
    if not found:
        raise ValueError(
            f"must be a number and a unit, such as 90m, 26h or 7d; it is {quoted(value)}"
        )
    return int(found[1]) * _UNITS[found[2]]


def _keeping(value: str) -> timedelta:
    span = _age(value)
    if span < _SHORTEST_KEEPING:
        raise ValueError(f"must be at least {_SHORTEST_KEEPING.days}d; it is {quoted(value)}")
    return span


def _share(value: str) -> float:
    share = _number(value[:-1]) / 100 if value.endswith("%") else _number(value)
    if not 0 < share <= 1:
        raise ValueError(f"must be a share such as 90% or 0.9; it is {quoted(value)}")
    return share


def _gigabytes(value: str) -> float:
    size = _number(value)
    if not 0 < size <= 1e6:
        raise ValueError(f"must be a number of gigabytes, such as 10; it is {quoted(value)}")
    return size


def _pattern(value: str) -> str:
    try:
        re.compile(value)
    except re.error as exc:
        raise ValueError(
            f"must be a regular expression; {quoted(value)} is none: {exc.msg}"
        ) from exc
    return value


def _grants(value: str) -> Grants:
    """Read "U0AAA, S0BBB" or "*"; nothing at all is nobody.

    Source: docs.slack.dev/reference/objects (U and W are people, S user groups)
    """
    users, groups = set(), set()
    for one in filter(None, (part.strip() for part in value.split(","))):
        if one == "*" or _USER.fullmatch(one):
            users.add(one)
        elif _GROUP.fullmatch(one):
            groups.add(one)
        else:
            raise ValueError(
                "must list ids, separated by commas: people (U0123ABCD), user groups "
                f"(S0123ABCD) or * for everybody; {quoted(one)} is none of these. In Slack, "
                'open a profile and choose "Copy member ID"'
            )
    return Grants(frozenset(users), frozenset(groups))


def _channels(value: str) -> frozenset[str]:
    """Read "C0AAA, C0BBB"."""
    ids = [part.strip() for part in value.split(",") if part.strip()]
    if not all(re.fullmatch("[CG][A-Z0-9]+", one) for one in ids):
        raise ValueError(
            f"must be channel ids such as C0123ABCD, separated by commas; it is {quoted(value)}"
        )
    return frozenset(ids)


def _web(value: str) -> SplitResult | None:
    """Take a web address apart; None where it is none."""
    try:
        parts = urlsplit(value)
        complete = parts.scheme in {"http", "https"} and bool(parts.hostname) and parts.port != 0
    except ValueError:
        return None
    return parts if complete and not re.search(r"\s", value) else None


def _web_address(value: str) -> str:
    if _web(value) is None:
        raise ValueError(f"must be an http or https address; it is {quoted(value)}")
    return value


def _slack_address(value: str) -> str:
    """Read Slack's address; the bot token goes there, so in the clear only to this machine."""
    parts = _web(value)
    loopback = {"localhost", "127.0.0.1", "::1"}
    if parts is None or (parts.scheme == "http" and parts.hostname not in loopback):
        raise ValueError(
            "must be an https address (http only on this machine), "
            f"such as https://slack.com/api/; it is {quoted(value)}"
        )
    return value if value.endswith("/") else f"{value}/"


def _database_address(value: str) -> str:
    """Read a database's address, which may hold a password and so is never repeated."""
    file = re.fullmatch(r"sqlite:///(?!:memory:)[^?]+", value)
    # The host may be in the query, as Cloud SQL's socket directory is.
    server = re.fullmatch(r"postgresql(\+psycopg)?://[^\s/]*/[^\s/?]+(\?\S*)?", value)
    if not file and not server:
        raise ValueError(
            "must be sqlite:///FILE or postgresql://USER:PASSWORD@HOST/DATABASE; it is neither"
        )
    return value


def _time_zone(value: str) -> ZoneInfo:
    try:
        return ZoneInfo(value)
    except (ZoneInfoNotFoundError, ValueError, OSError) as exc:
        raise ValueError(
            f"must be a time zone such as Europe/Berlin or UTC; it is {quoted(value)}"
        ) from exc


def _cron(value: str) -> Cron:
    try:
        return read_cron(value)
    except (ValueError, LookupError) as exc:
        reason = next(iter(str(exc).splitlines()), "")[:120].rstrip(".")
        raise ValueError(
            'must be a cron line such as "0 9 * * mon", or empty; '
            f"{quoted(value)} is none: {reason}"
        ) from exc


BotToken = Annotated[SecretStr, token("xoxb-", "Bot User OAuth Token")]
AppToken = Annotated[SecretStr, token("xapp-", "app-level token")]
SigningSecret = Annotated[SecretStr, BeforeValidator(_signing_secret)]
Seconds = Annotated[timedelta, BeforeValidator(_seconds)]
Age = Annotated[timedelta, BeforeValidator(_age)]
Keeping = Annotated[timedelta, BeforeValidator(_keeping)]
Share = Annotated[float, BeforeValidator(_share)]
Gigabytes = Annotated[float, BeforeValidator(_gigabytes)]
Pattern = Annotated[str, BeforeValidator(_pattern)]
WhoMay = Annotated[Grants, BeforeValidator(_grants)]
WebAddress = Annotated[str, BeforeValidator(_web_address)]
SlackAddress = Annotated[str, BeforeValidator(_slack_address)]
DatabaseAddress = Annotated[str, BeforeValidator(_database_address)]
TimeZone = Annotated[ZoneInfo, BeforeValidator(_time_zone)]
CronLine = Annotated[Cron, BeforeValidator(_cron)]

SlashCommand = Annotated[
    str, like("/[a-z0-9_-]{1,31}", "a slash command such as /cache: lower case, no spaces")
]
ChannelId = Annotated[str, like("[CGD][A-Z0-9]+", "a channel id such as C0123ABCD")]
ChannelIds = Annotated[frozenset[str], BeforeValidator(_channels)]
TeamId = Annotated[str, like("T[A-Z0-9]+", "a workspace id such as T0123ABCD")]
ProjectId = Annotated[
    str, like("([a-z0-9.-]+:)?[a-z][a-z0-9-]{4,28}[a-z0-9]", "the id of a Google Cloud project")
]
Region = Annotated[str, like("[a-z]+-[a-z]+[0-9]+", "a Google Cloud region, such as europe-west1")]
BucketName = Annotated[
    str, like("[a-z0-9][a-z0-9._-]{1,220}[a-z0-9]", "a bucket's name, without gs://")
]
RunName = Annotated[
    str, like("[a-z]([-a-z0-9]{0,61}[a-z0-9])?", "a Cloud Run name: lower-case letters, digits, -")
]
TriggerName = Annotated[str, like("[A-Za-z0-9_-]{1,500}", "the name of a Cloud Scheduler job")]
MetricName = Annotated[
    str, like(r"[A-Za-z0-9_\-.,+!*',()%/]{1,100}", "the name of a log-based metric")
]
VariableName = Annotated[str, like("[A-Za-z_][A-Za-z0-9_]*", "the name of an environment variable")]
HostAndPort = Annotated[
    str, like(r"[A-Za-z0-9.-]+:[0-9]{1,5}", "a host and a port, such as 127.0.0.1:50051")
]
Host = Annotated[str, like(r"[A-Za-z0-9.:-]+", "a host name or an address")]
