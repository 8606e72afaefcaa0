"""The Web API: `/api/<method>` with tokens, scopes, pace and faults around every method.

docs.slack.dev/apis/web-api
"""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass

import flask

from sandbox.faults import Faults, InjectedRefusal, Refuse
from sandbox.slack.directory import APP_TOKEN, BOT_TOKEN
from sandbox.slack.pace import Pace, Tier
from sandbox.slack.wire import ApiError, Arguments, Json
from sandbox.slack.workspace import Workspace

Call = Callable[[Workspace, Arguments], Json]


@dataclass(frozen=True, slots=True)
class Method:
    """One method: what it does, its scope, its tier, and whose token it takes.

    `paced_by` names the argument whose channel is held to one message a second.
    """

    call: Call
    scope: str | None
    tier: Tier
    token: str = BOT_TOKEN
    paced_by: str | None = None


def blueprint(
    workspace: Workspace, faults: Faults, pace: Pace, methods: Mapping[str, Method]
) -> flask.Blueprint:
    """Return the routes of the Web API."""
    routes = flask.Blueprint("web_api", __name__)

    @routes.route("/api/<name>", methods=["GET", "POST"])
    def call(name: str) -> flask.Response:
        try:
            arguments = _arguments(flask.request)
            with faults.call(name, _detail(arguments)):
                method = _admit(workspace, methods, name, arguments)
                channel = _paced_channel(workspace, method, arguments)
                wait = pace.wait_seconds(name, method.tier, channel)
                if wait:
                    return _rate_limited(workspace, name, wait)
                answer = {"ok": True, **method.call(workspace, arguments)}
        except ApiError as error:
            workspace.reject(name, error.name, error.problems)
            return flask.jsonify(error.answer())
        except InjectedRefusal as refusal:
            return _refused(workspace, name, refusal.refuse)
        response = flask.jsonify(answer)
        response.headers["x-oauth-scopes"] = ",".join(sorted(workspace.manifest.scopes))
        return response

    return routes


def parsed_body(body: bytes) -> Json:
    """Return a JSON object, or answer `invalid_json`."""
    try:
        parsed = json.loads(body)
    except ValueError as error:
        raise ApiError("invalid_json") from error
    return parsed if isinstance(parsed, dict) else {}


def _arguments(request: flask.Request) -> Arguments:
    if request.mimetype == "application/json":
        return Arguments({**request.args, **parsed_body(request.get_data() or b"{}")})
    return Arguments({**request.args, **request.form})


def _admit(
    workspace: Workspace, methods: Mapping[str, Method], name: str, arguments: Arguments
) -> Method:
    """Check the method, the token and the scope, in Slack's order."""
    method = methods.get(name)
    if method is None:
        raise ApiError("unknown_method", req_method=name)
    header = flask.request.headers.get("Authorization", "")
    token = header.removeprefix("Bearer ").strip() or arguments.text("token")
    if not token:
        raise ApiError("not_authed")
    if token not in (BOT_TOKEN, APP_TOKEN):
        raise ApiError("invalid_auth")
    if token != method.token:
        raise ApiError("not_allowed_token_type")
    scopes = workspace.manifest.scopes
    if method.scope is not None and method.scope not in scopes:
        raise ApiError("missing_scope", needed=method.scope, provided=",".join(sorted(scopes)))
    return method


def _paced_channel(workspace: Workspace, method: Method, arguments: Arguments) -> str | None:
    name = None if method.paced_by is None else arguments.text(method.paced_by)
    channel = None if name is None else workspace.channel(name)
    return None if channel is None else channel.id


def _detail(arguments: Arguments) -> str:
    named = (arguments.text(name) for name in ("channel", "ts", "thread_ts", "user", "view_id"))
    return " ".join(each for each in named if each)


def _rate_limited(workspace: Workspace, name: str, seconds: int) -> flask.Response:
    workspace.reject(name, "ratelimited")
    response = flask.jsonify({"ok": False, "error": "ratelimited"})
    response.status_code = 429
    response.headers["Retry-After"] = str(seconds)
    return response


def _refused(workspace: Workspace, name: str, refuse: Refuse) -> flask.Response:
    if refuse.status == 429:
        return _rate_limited(workspace, name, refuse.retry_after_seconds)
    error = refuse.status if isinstance(refuse.status, str) else "internal_error"
    workspace.reject(name, error, (refuse.message,))
    response = flask.jsonify({"ok": False, "error": error})
    if isinstance(refuse.status, int):
        response.status_code = refuse.status
    return response
