"""Response URLs: five answers within thirty minutes to whoever has just done something.

docs.slack.dev/interactivity/handling-user-interaction
"""

import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta

import flask

from sandbox.faults import Faults, InjectedRefusal
from sandbox.slack.contents import read_content
from sandbox.slack.directory import BOT_ID, BOT_USER, TEAM_ID
from sandbox.slack.messages import Draft, Message
from sandbox.slack.web_api import parsed_body
from sandbox.slack.wire import ApiError, Arguments, Json
from sandbox.slack.workspace import Workspace

USES = 5
LIFE = timedelta(minutes=30)
_STATUS = {"used_url": 404, "expired_url": 404, "invalid_url": 404}


@dataclass(slots=True)
class _Url:
    """A response URL: whom it answers, where, and the message that they acted on."""

    user: str
    channel: str
    original: Message | None
    issued_at: datetime
    uses: int = 0


class ResponseUrls:
    """The response URLs handed out so far; `base_url` is where `blueprint` is served."""

    def __init__(self, workspace: Workspace) -> None:
        self.base_url = ""
        self._workspace = workspace
        self._urls: dict[str, _Url] = {}

    def issue(self, user: str, channel: str, original: Message | None = None) -> str:
        """Return a new URL for what a person did in a channel, maybe to a message."""
        token = secrets.token_urlsafe(18)
        with self._workspace.changes.lock:
            now = self._workspace.clock.now()
            self._urls[token] = _Url(user, channel, original, now)
        return f"{self.base_url}/hooks/{TEAM_ID}/{token}"

    def answer(self, token: str, arguments: Arguments) -> None:
        """Do what a POST to the URL asks.

        Raises:
            ApiError: `used_url`, `expired_url`, or what is wrong with the message.
        """
        with self._workspace.changes.lock:
            url = self._urls.get(token)
            if url is None:
                raise ApiError("invalid_url")
            if self._workspace.clock.now() - url.issued_at > LIFE:
                raise ApiError("expired_url")
            if url.uses >= USES:
                raise ApiError("used_url")
            url.uses += 1
        respond(self._workspace, url.user, arguments, url.channel, url.original)

    def blueprint(self, faults: Faults) -> flask.Blueprint:
        """Return the route that the URLs lead to; its faults are named `response_url`."""
        routes = flask.Blueprint("response_urls", __name__)

        @routes.post(f"/hooks/{TEAM_ID}/<token>")
        def use(token: str) -> flask.typing.ResponseReturnValue:
            try:
                with faults.call("response_url"):
                    self.answer(token, Arguments(parsed_body(flask.request.get_data())))
            except ApiError as error:
                self._workspace.reject("response_url", error.name, error.problems)
                return error.answer(), _STATUS.get(error.name, 400)
            except InjectedRefusal as refusal:
                return _refused(refusal)
            return {"ok": True}

        return routes


def respond(
    workspace: Workspace,
    user: str,
    arguments: Arguments,
    channel: str,
    original: Message | None = None,
) -> Message | None:
    """Show an answer: privately unless it says otherwise; None where it deleted the original.

    A message in a thread needs `in_channel`, `replace_original: false` and `thread_ts`; else
    `thread_ts` is ignored. Nothing replaces or deletes what the person typed.
    """
    if arguments.flag("delete_original"):
        if original is not None:
            workspace.delete(original)
        return None
    content = read_content(workspace.files, arguments)
    if arguments.flag("replace_original") and original is not None:
        workspace.edit(original, content, mark=original.private_to is None)
        return original
    in_channel = arguments.text("response_type") == "in_channel"
    threaded = in_channel and arguments.has("replace_original")
    draft = Draft(
        channel=channel,
        user=BOT_USER,
        content=content,
        thread_ts=arguments.text("thread_ts") if threaded else None,
        private_to=None if in_channel else user,
        bot_id=BOT_ID,
    )
    return workspace.post(draft)


def _refused(refusal: InjectedRefusal) -> flask.typing.ResponseReturnValue:
    status = refusal.refuse.status
    body: Json = {"ok": False, "error": status if isinstance(status, str) else "internal_error"}
    if status == 429:
        body["error"] = "ratelimited"
        return body, 429, {"Retry-After": str(refusal.refuse.retry_after_seconds)}
    return body, status if isinstance(status, int) else 400
