"""Reading what Cloud Monitoring sends of an incident: leniently, for none of it is promised.

The form is version 1.2 of the webhook's JSON, the same over Pub/Sub. Any key may be absent. The
console's "Send test" differs: version "test", the state in capitals, times 0, the documentation
a plain string. All texts are untrusted: they are cut, and made printable.
Source: cloud.google.com/monitoring/support/notification-options, "Webhooks"
"""

from collections.abc import Mapping
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from typing import Annotated
from urllib.parse import urlsplit

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

from core.alerts.condition_windows import window_of
from core.alerts.incidents import IncidentId, IncidentState, Notice, Source, unnamed
from core.alerts.monitored_resources import resource_of
from core.errors import OpsError

_LONGEST_LINE = 500
_LONGEST_TEXT = 5000
_LONGEST_ID = 200
_CONSOLE = "console.cloud.google.com"
_MOST_NUMBER = 10**18
_NO_SEVERITY = "no severity"


class UnusableNotice(OpsError):
    """What was sent names no incident and says nothing about one."""


def _line(value: object) -> str:
    """Read text or a number as one printable line; anything else as nothing."""
    if isinstance(value, str):
        return " ".join(_printable(value[: 2 * _LONGEST_LINE]).split())[:_LONGEST_LINE]
    if isinstance(value, int | float) and not isinstance(value, bool):
        return str(value) if -_MOST_NUMBER < value < _MOST_NUMBER else ""
    return ""


def _documentation(value: object) -> str:
    """Read the documentation: an object with `content`, or in tests a plain string."""
    text = value.get("content") if isinstance(value, Mapping) else value
    if not isinstance(text, str):
        return ""
    lines = text[:_LONGEST_TEXT].splitlines()
    return "\n".join(_printable(line) for line in lines).strip()


def _moment(value: object) -> datetime | None:
    """Read seconds since 1970, also as text; zero and nonsense are no time."""
    with suppress(TypeError, ValueError, OverflowError, OSError):
        seconds = float(value) if isinstance(value, int | float | str) else 0.0
        if seconds > 1:  # True reads as one
            return datetime.fromtimestamp(seconds, UTC)
    return None


def _address(value: object) -> str:
    """Take an address of Google's console only: it becomes a link that says so."""
    line = _line(value)
    with suppress(ValueError):
        parts = urlsplit(line)
        if (parts.scheme, parts.netloc) == ("https", _CONSOLE) and " " not in line:
            return line
    return ""


def _object(value: object) -> object:
    return value if isinstance(value, Mapping) else {}


def _labels(value: object) -> object:
    """Read labels whose values are text."""
    if not isinstance(value, Mapping):
        return {}
    return {str(key): line for key, text in value.items() if (line := _line(text))}


def _printable(text: str) -> str:
    return "".join(letter if letter.isprintable() else " " for letter in text)


_Line = Annotated[str, BeforeValidator(_line)]
_Moment = Annotated[datetime | None, BeforeValidator(_moment)]
_Window = Annotated[timedelta | None, BeforeValidator(window_of)]


class _Lenient(BaseModel):
    model_config = ConfigDict(extra="ignore", frozen=True)


class _Labels(_Lenient):
    service: _Line = ""


class _Resource(_Lenient):
    labels: Annotated[dict[str, str], BeforeValidator(_labels)] = Field(default_factory=dict)


class _Incident(_Lenient):
    incident_id: _Line = ""
    state: _Line = ""
    policy_name: _Line = ""
    policy_user_labels: Annotated[_Labels, BeforeValidator(_object)] = _Labels()
    condition_name: _Line = ""
    condition: _Window = None
    resource: Annotated[_Resource, BeforeValidator(_object)] = _Resource()
    resource_name: _Line = ""
    resource_display_name: _Line = ""
    summary: _Line = ""
    severity: _Line = ""
    threshold_value: _Line = ""
    observed_value: _Line = ""
    url: Annotated[str, BeforeValidator(_address)] = ""
    documentation: Annotated[str, BeforeValidator(_documentation)] = ""
    started_at: _Moment = None
    ended_at: _Moment = None


class _Body(_Lenient):
    version: _Line = ""
    incident: Annotated[_Incident, BeforeValidator(_object)] = _Incident()


def read_notice(body: object, source: Source, now: datetime) -> Notice:
    """Read a JSON document as a notice; whatever is missing or of a wrong type is left empty.

    Raises:
        UnusableNotice: neither an incident is named, nor a policy, nor anything said of one.
    """
    told = _Body.model_validate(_object(body))
    one = told.incident
    if not (one.incident_id or one.policy_name or one.condition_name or one.summary):
        raise UnusableNotice(
            "This notification names no incident and no policy.",
            'Send the JSON of a "Webhooks" or "Pub/Sub" channel of Cloud Monitoring.',
        )
    test = told.version.lower() == "test"
    return Notice(
        incident=_test_id(one, now) if test else _id(one),
        state=_state(one),
        policy=one.policy_name or one.condition_name or "unnamed policy",
        source=source,
        condition=one.condition_name,
        resource=_line(resource_of(one.resource.labels, one.resource_display_name)),
        summary=one.summary,
        severity="" if one.severity.lower() == _NO_SEVERITY else one.severity,
        threshold=one.threshold_value,
        observed=one.observed_value,
        window=one.condition,
        url=one.url,
        documentation=one.documentation,
        service=one.policy_user_labels.service,
        opened_at=one.started_at,
        closed_at=one.ended_at,
        test=test,
    )


def _state(one: _Incident) -> IncidentState:
    """Return the state as it is told, in whichever case; where it is not, an end closes."""
    with suppress(ValueError):
        return IncidentState(one.state.lower())
    return IncidentState.OPEN if one.ended_at is None else IncidentState.CLOSED


def _id(one: _Incident) -> IncidentId:
    """Return Monitoring's id; else one made of what stays the same from its open to its close."""
    if 0 < len(one.incident_id) <= _LONGEST_ID:
        return IncidentId(one.incident_id)
    return unnamed(
        one.incident_id,
        one.policy_name,
        one.condition_name,
        one.resource_name,
        one.started_at,
    )


def _test_id(one: _Incident, now: datetime) -> IncidentId:
    """Return an id for a test: Monitoring gives all of them the same one.

    One a minute, so that a person who tests again hears of it, and a repeat is a repeat.
    """
    return IncidentId(f"test-{_id(one)[:100]}-{now.astimezone(UTC):%Y%m%dT%H%MZ}")
