"""The page of documentation that lists every setting, made from the settings themselves."""

from datetime import timedelta
from enum import Enum
from zoneinfo import ZoneInfo

from pydantic.fields import FieldInfo

from bot.cron import Cron
from bot.schedule_settings import Settings
from bot.setting_list import variable_of
from core.policy import Grants

_SECTIONS = {
    "slack_bot_token": "Slack",
    "viewers": "Who may do what",
    "project": "The cache on Google Cloud",
    "storage_endpoint": "A pretend Google Cloud",
    "minimum_hit_rate": "What checks expect",
    "poll_seconds": "Pace",
    "database_url": "Database",
    "host": "Web server",
    "log_format": "Logs",
    "alert_channel": "Alerts",
    "report_channel": "Schedules",
}
"""The first setting of each section, and the section's heading."""

_HEAD = """\
# Settings

Every setting is an environment variable, read once when the bot starts. All problems are
reported together, and the bot then exits with code 2; a name that begins with `CACHEBOT_` and
is not listed here is a problem too. Space around a value is ignored. An empty value counts as
not set, except in lists, where it means nobody, and in schedules, where it means never.

Amounts are written as `0.5` or `8` (seconds), `90m`, `26h`, `7d` (ages), `90%` or `0.9`
(shares). Ids of people and user groups are Slack's own: open a profile or a user group in
Slack and choose "Copy member ID" or "Copy group ID".

This page is made from `bot/setting_list.py`, `alert_settings.py` and `schedule_settings.py`:
`.venv/bin/python -m bot.settings_page > docs/settings.md`.
"""
_TABLE = "| variable | default | meaning |\n|---|---|---|"
_UNITS = (("d", timedelta(days=1)), ("h", timedelta(hours=1)), ("m", timedelta(minutes=1)))


def settings_page() -> str:
    """Return the page as Markdown."""
    lines = [_HEAD.rstrip()]
    for field, info in Settings.model_fields.items():
        if field in _SECTIONS:
            lines += ["", f"## {_SECTIONS[field]}", "", _TABLE]
        lines.append(f"| `{variable_of(field)}` | {_default(field, info)} | {info.description} |")
    return "\n".join((*lines, ""))


def _default(field: str, info: FieldInfo) -> str:
    extra = info.json_schema_extra
    if isinstance(extra, dict) and "shown" in extra:
        return str(extra["shown"])
    if info.is_required():
        return "none; required"
    written = _written(field, info.default)
    return f"`{written}`" if written else "none"


def _written(field: str, value: object) -> str:
    """Write a default the way it would be written in the environment."""
    match value:
        case timedelta() if field.endswith("_seconds"):
            return f"{value.total_seconds():g}"
        case timedelta():
            return next(f"{value // span}{unit}" for unit, span in _UNITS if not value % span)
        case Grants():
            return ",".join(sorted(value.users | value.groups))
        case float() if field.startswith(("minimum", "maximum")):
            return f"{value:.0%}"
        case float():
            return f"{value:g}"
        case Enum():
            return str(value.value)
        case str() | int():
            return str(value)
        case ZoneInfo():
            return value.key
        case Cron():
            return value.text
        case _:  # a secret
            return ""


if __name__ == "__main__":
    print(settings_page(), end="")  # noqa: T201 - this is what it is run for
