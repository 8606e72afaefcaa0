"""Reading the settings: from the environment, once, with every problem told at the same time."""

import difflib
from collections.abc import Iterable, Mapping
from typing import Any

from pydantic import SecretStr, ValidationError

from bot.schedule_settings import Settings
from bot.setting_list import PREFIX, Transport, variable_of
from bot.settings_page import settings_page
from core.errors import SettingsError

__all__ = ["Settings", "Transport", "read_settings", "settings_page"]

_PLATFORM_PORT = "PORT"
_NEEDED: Mapping[str, tuple[frozenset[str], str]] = {
    "slack_bot_token": (
        frozenset(Transport),
        'copy the Bot User OAuth Token from the app\'s page "OAuth & Permissions"',
    ),
    "slack_app_token": (
        frozenset({Transport.SOCKET}),
        'make one with the scope connections:write on the app\'s page "Basic Information"',
    ),
    "slack_signing_secret": (
        frozenset({Transport.HTTP}),
        'copy the Signing Secret from the app\'s page "Basic Information"',
    ),
}
"""What Slack needs: for which transports, and where a person finds it."""

_TOGETHER = (("pubsub_audience", "pubsub_account"),)


def read_settings(environ: Mapping[str, str], *, slack: bool = True) -> Settings:
    """Read the settings from `environ`, such as `os.environ`, and from nowhere else.

    `slack=False` is for commands that never speak to Slack: its tokens may be missing then.

    Raises:
        SettingsError: with every problem, each naming its variable and never a secret.
    """
    values, names = _given(environ)
    settings, problems = _validated(values, names)
    if slack:
        problems += _missing_for_slack(values)
    problems += [*_halves(values), *_unknown(environ)]
    if problems or settings is None:
        raise SettingsError(tuple(problems))
    return settings


def _given(environ: Mapping[str, str]) -> tuple[dict[str, str], dict[str, str]]:
    """Return the values by field, and for each field the variable that gave it."""
    names = {field: variable_of(field) for field in Settings.model_fields}
    values = {field: environ[name].strip() for field, name in names.items() if name in environ}
    if "port" not in values and _PLATFORM_PORT in environ:
        # App Engine and Cloud Run name the port that they send requests to, from outside
        # the container (cloud.google.com/run/docs/container-contract).
        values["port"], names["port"] = environ[_PLATFORM_PORT].strip(), _PLATFORM_PORT
        values.setdefault("host", "0.0.0.0")
    return {field: value for field, value in values.items() if value or _told(field)}, names


def _told(field: str) -> bool:
    """Whether an empty value says something: for lists it does, it is an empty list."""
    info = Settings.model_fields[field]
    return not (info.is_required() or info.default in ("", SecretStr("")))


def _validated(
    values: Mapping[str, str], names: Mapping[str, str]
) -> tuple[Settings | None, list[str]]:
    # What pydantic raises holds the wrong values, secrets among them, so it ends here.
    raw: Mapping[str, Any] = values
    try:
        return Settings(**raw), []
    except ValidationError as exc:
        errors = exc.errors(include_url=False, include_input=False)
    return None, [_problem(names[str(error["loc"][0])], error) for error in errors]


def _problem(name: str, error: Mapping[str, Any]) -> str:
    if error["type"] == "missing":
        return f"{name} is missing; set it to {_wanted(name)}."
    return f"{name} {error['msg'].removeprefix('Value error, ')}."


def _wanted(name: str) -> str:
    description = Settings.model_fields[name.removeprefix(PREFIX).lower()].description or ""
    return description[:1].lower() + description[1:].removesuffix(".")


def _missing_for_slack(values: Mapping[str, str]) -> list[str]:
    transport = values.get("slack_transport", Transport.SOCKET)
    return [
        f"{variable_of(field)} is missing; {how}."
        for field, (transports, how) in _NEEDED.items()
        if transport in transports and field not in values
    ]


def _halves(values: Mapping[str, str]) -> list[str]:
    """Tell what is missing where only half of a pair is set."""
    return [
        f"{variable_of(field)} is of no use without {variable_of(other)}, which is missing."
        for field, other in (*_TOGETHER, *((other, field) for field, other in _TOGETHER))
        if field in values and other not in values
    ]


def _unknown(environ: Iterable[str]) -> list[str]:
    known = [variable_of(field) for field in Settings.model_fields]
    problems = []
    for name in sorted(environ):
        if name.upper().startswith(PREFIX) and name not in known:
            close = difflib.get_close_matches(name.upper(), known, n=1, cutoff=0.7)
            hint = f"did you mean {close[0]}?" if close else "remove it."
            problems.append(f"{name} is no setting of cachebot; {hint}")
    return problems
