"""The kinds of values that the settings of alerts have, each refused in a sentence."""

import re
from typing import Annotated

from pydantic import BeforeValidator, SecretStr

from bot.setting_kinds import like

_PAIR = re.compile(r"[^\s:,]+:[^\s,]+")
_SHORTEST_PASSWORD = 16


def credentials_in(value: str) -> tuple[tuple[str, str], ...]:
    """Take `user:password,user:password` apart, once it has been found to be in order."""
    pairs = (part.strip().partition(":") for part in value.split(",") if part.strip())
    return tuple((user, password) for user, _, password in pairs)


def _credentials(value: str) -> SecretStr:
    """Read the list; what is wrong with it is told without repeating any of it."""
    parts = [part.strip() for part in value.split(",") if part.strip()]
    if not all(_PAIR.fullmatch(part) for part in parts):
        raise ValueError(
            "must be user:password, or several of these separated by commas; neither part may "
            "hold a comma or a space"
        )
    if any(len(password) < _SHORTEST_PASSWORD for _, password in credentials_in(value)):
        raise ValueError(
            f"must have passwords of at least {_SHORTEST_PASSWORD} characters; "
            "make one with: openssl rand -hex 24"
        )
    return SecretStr(value)


Credentials = Annotated[SecretStr, BeforeValidator(_credentials)]
Audience = Annotated[str, like(r"\S{1,2000}", "the audience of the push subscription")]
Account = Annotated[
    str,
    like(
        r"[a-z0-9.-]+@[a-z0-9.-]+\.gserviceaccount\.com",
        "the e-mail address of a service account, ending in gserviceaccount.com",
    ),
]
CertificatesAddress = Annotated[
    str,
    like(
        r"https://\S+|http://(localhost|127\.0\.0\.1)(:[0-9]+)?/\S*",
        "an https address (http only on this machine)",
    ),
]
