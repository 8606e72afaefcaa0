"""Cloud Monitoring's REST methods for incidents: projects.alerts list and get.

No client library has them yet; the answers follow
docs.cloud.google.com/monitoring/api/ref_v3/rest/v3/projects.alerts.
"""

from collections.abc import Callable, Mapping
from typing import Any

import flask
import grpc
from google.cloud import monitoring_v3

from sandbox.cloud.log_tokens import FilterError
from sandbox.cloud.page_tokens import make_token, read_token
from sandbox.cloud.parents import check_project
from sandbox.cloud.place import Place
from sandbox.cloud.policies import Incident, Policies
from sandbox.cloud.rfc3339 import format_time, nanoseconds, parse_nanoseconds
from sandbox.cloud.selectors import Selector, parse_selectors
from sandbox.cloud.status import StatusError
from sandbox.faults import Faults, InjectedRefusal

_DEFAULT_PAGE_SIZE = 50
_MAX_PAGE_SIZE = 1000
_HTTP_STATUSES = {
    "INVALID_ARGUMENT": 400,
    "UNAUTHENTICATED": 401,
    "PERMISSION_DENIED": 403,
    "NOT_FOUND": 404,
    "ABORTED": 409,
    "RESOURCE_EXHAUSTED": 429,
    "INTERNAL": 500,
    "UNAVAILABLE": 503,
    "DEADLINE_EXCEEDED": 504,
}
_STATUS_NAMES = {code: name for name, code in _HTTP_STATUSES.items()}
_ALIASES = {
    "openTime": "open_time",
    "closeTime": "close_time",
    "policy.displayName": "policy.display_name",
}
_OWN_PARAMETERS = frozenset({"filter", "orderBy", "pageSize", "pageToken"})
_STANDARD_PARAMETERS = frozenset({"alt", "$alt", "key", "prettyPrint", "quotaUser"})

_COMPARISONS: Mapping[str, Callable[[int, int], bool]] = {
    "=": lambda a, b: a == b,
    "!=": lambda a, b: a != b,
    "<": lambda a, b: a < b,
    "<=": lambda a, b: a <= b,
    ">": lambda a, b: a > b,
    ">=": lambda a, b: a >= b,
}


def blueprint(place: Place, policies: Policies, faults: Faults) -> flask.Blueprint:
    """Return GET /v3/projects/P/alerts and GET /v3/projects/P/alerts/ID."""
    routes = flask.Blueprint("alerts", __name__)

    @routes.get("/v3/projects/<project>/alerts")
    def list_alerts(project: str) -> flask.Response:
        with faults.call("monitoring.projects.alerts.list", flask.request.query_string.decode()):
            check_project(f"projects/{project}", place)
            return flask.jsonify(_list(flask.request.args, place, policies))

    @routes.get("/v3/projects/<project>/alerts/<alert_id>")
    def get_alert(project: str, alert_id: str) -> flask.Response:
        with faults.call("monitoring.projects.alerts.get", alert_id):
            check_project(f"projects/{project}", place)
            for incident in policies.incidents():
                if incident.id == alert_id:
                    return flask.jsonify(_resource(incident, place))
            raise StatusError(grpc.StatusCode.NOT_FOUND, f"Alert {alert_id} was not found.")

    @routes.errorhandler(StatusError)
    def refuse(error: StatusError) -> flask.Response:
        return _error(_HTTP_STATUSES[error.code.name], error.message)

    @routes.errorhandler(InjectedRefusal)
    def refuse_on_purpose(error: InjectedRefusal) -> flask.Response:
        status = error.refuse.status
        code = _HTTP_STATUSES.get(status, 500) if isinstance(status, str) else status
        response = _error(code, error.refuse.message)
        if code in {429, 503}:
            response.headers["Retry-After"] = str(error.refuse.retry_after_seconds)
        return response

    return routes


def _list(args: Mapping[str, str], place: Place, policies: Policies) -> dict[str, Any]:
    for name in args:
        if name not in _OWN_PARAMETERS | _STANDARD_PARAMETERS:
            raise _invalid(
                f'Invalid JSON payload received. Unknown name "{name}": '
                "Cannot bind query parameter. Field could not be found in request message."
            )
    text, order = args.get("filter", ""), args.get("orderBy", "")
    try:
        selectors = parse_selectors(text, _ALIASES)
        found = [one for one in policies.incidents() if all(_has(one, s) for s in selectors)]
    except FilterError as exc:
        raise _invalid(f"Invalid filter {text!r}: {exc}") from exc
    for field, descending in reversed(_order(order)):
        found.sort(key=lambda incident: _time(incident, field), reverse=descending)
    asked = (place.project, text, order)
    token = args.get("pageToken", "")
    begin = int(read_token(token, asked)[0]) if token else 0
    end = begin + _page_size(args.get("pageSize", "0"))
    page = {"alerts": [_resource(incident, place) for incident in found[begin:end]]}
    return page | {"nextPageToken": make_token(asked, [end])} if end < len(found) else page


def _has(incident: Incident, selector: Selector) -> bool:
    match selector.field:
        case "state":
            if selector.value not in {"OPEN", "CLOSED"}:
                raise FilterError(f"{selector.value!r} is not a state: use OPEN or CLOSED.")
            return selector.matches(_state(incident))
        case "policy.name":
            return selector.matches(str(incident.policy.name))
        case "policy.display_name":
            return selector.matches(str(incident.policy.display_name))
        case "open_time" | "close_time":
            wanted = parse_nanoseconds(selector.value)
            if wanted is None or selector.function or selector.op not in _COMPARISONS:
                raise FilterError(f"{selector.field} compares with a quoted RFC 3339 time.")
            return _COMPARISONS[selector.op](_time(incident, selector.field), wanted)
    raise FilterError(f"The field {selector.field} is unknown, or not supported.")


def _order(text: str) -> list[tuple[str, bool]]:
    """Read "close_time desc, open_time" as fields with whether each is descending."""
    order: list[tuple[str, bool]] = []
    for part in (text or "open_time desc").split(","):
        field, *direction = part.split() or [""]
        field = _ALIASES.get(field, field)
        if field not in {"open_time", "close_time"} or direction not in ([], ["asc"], ["desc"]):
            raise _invalid(f"Invalid orderBy {text!r}: use open_time or close_time, then desc.")
        order.append((field, direction == ["desc"]))
    return order


def _time(incident: Incident, field: str) -> int:
    """Return nanoseconds since 1970, 0 for a time that is not set."""
    at = incident.opened if field == "open_time" else incident.closed
    return nanoseconds(at) if at else 0


def _page_size(text: str) -> int:
    try:
        size = int(text)
    except ValueError as exc:
        raise _invalid(f"Invalid value at 'page_size' (TYPE_INT32), {text!r}") from exc
    return min(size, _MAX_PAGE_SIZE) if size > 0 else _DEFAULT_PAGE_SIZE


def _resource(incident: Incident, place: Place) -> dict[str, Any]:
    policy = incident.policy
    snapshot = {"name": policy.name, "displayName": policy.display_name}
    if policy.user_labels:
        snapshot["userLabels"] = dict(policy.user_labels)
    if policy.severity != monitoring_v3.AlertPolicy.Severity.SEVERITY_UNSPECIFIED:
        snapshot["severity"] = policy.severity.name
    subject = incident.subject
    alert: dict[str, Any] = {
        "name": f"projects/{place.project}/alerts/{incident.id}",
        "state": _state(incident),
        "openTime": format_time(incident.opened),
        "resource": {"type": subject.resource_type, "labels": dict(subject.resource_labels)},
        "metric": {"type": subject.metric_type},
        "policy": snapshot,
    }
    return alert | ({"closeTime": format_time(incident.closed)} if incident.closed else {})


def _state(incident: Incident) -> str:
    return "OPEN" if incident.closed is None else "CLOSED"


def _invalid(message: str) -> StatusError:
    return StatusError(grpc.StatusCode.INVALID_ARGUMENT, message)


def _error(code: int, message: str) -> flask.Response:
    status = _STATUS_NAMES.get(code, "UNKNOWN")
    response = flask.jsonify(error={"code": code, "message": message, "status": status})
    response.status_code = code
    return response
