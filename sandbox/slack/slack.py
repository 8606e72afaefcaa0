"""The pretend Slack as one thing: servers, people, and what a test wants to see of it."""

import secrets
from collections.abc import Callable, Sequence
from typing import Self, TypeVar

import flask

from sandbox.clock import Clock
from sandbox.cloud.http_server import HttpServer
from sandbox.faults import Faults
from sandbox.slack.delivery import Delivery
from sandbox.slack.directory import APP_TOKEN, BOT_TOKEN, SIGNING_SECRET, Manifest
from sandbox.slack.events import Events
from sandbox.slack.messages import Content, Draft, Message
from sandbox.slack.methods import chat, conversations, directory, files, views
from sandbox.slack.pace import Pace, Tier
from sandbox.slack.page import Page, PanelButton
from sandbox.slack.page import blueprint as page_blueprint
from sandbox.slack.payloads import VERIFICATION_TOKEN
from sandbox.slack.people import Person
from sandbox.slack.request_url import RequestUrl
from sandbox.slack.response_urls import ResponseUrls
from sandbox.slack.socket_mode import SocketMode
from sandbox.slack.transcript import transcript
from sandbox.slack.transport import Kind, Transport
from sandbox.slack.web_api import Method, blueprint
from sandbox.slack.wire import Arguments, Json
from sandbox.slack.workspace import Rejection, Workspace

Value = TypeVar("Value")


class PretendSlack:
    """A Slack with one workspace and one app, on loopback, from `start` until `stop`.

    The app finds the Web API at `api_url`; people find the page at `web_url`. It delivers to
    the app's sockets, or to `request_url` where the manifest turns Socket Mode off.
    """

    bot_token = BOT_TOKEN
    app_token = APP_TOKEN
    signing_secret = SIGNING_SECRET

    def __init__(
        self,
        faults: Faults,
        manifest: Manifest | None = None,
        *,
        panel: Sequence[PanelButton] = (),
        on_panel: Callable[[str], str] | None = None,
        port: int = 0,
    ) -> None:
        self.faults = faults
        self.clock: Clock = faults.clock
        self.workspace = Workspace(self.clock, manifest or Manifest())
        self.pace = Pace(self.clock, self.workspace.changes)
        self.sockets = SocketMode(self.workspace.changes)
        self.request_url = ""
        self.response_urls = ResponseUrls(self.workspace)
        self.delivery = Delivery(faults, self.workspace.changes, self._transport)
        self.events = Events(self.workspace, self.delivery.deliver_event)
        self.workspace.listeners.append(self.events.hear)
        self._server = HttpServer(self._app(panel, on_panel), port)

    def start(self) -> Self:
        """Serve the Web API, the page and the sockets."""
        self.response_urls.base_url = self._server.url
        self.sockets.start()
        self._server.start()
        return self

    def stop(self) -> None:
        """Stop everything; what was said stays readable."""
        self.sockets.abandon()
        self.delivery.stop()
        self.sockets.stop()
        self._server.stop()

    @property
    def api_url(self) -> str:
        """The `base_url` for Slack's clients, with the slash that they need at its end."""
        return f"{self._server.url}/api/"

    @property
    def web_url(self) -> str:
        """The page for people."""
        return f"{self._server.url}/"

    def verify_request_url(self) -> bool:
        """Send the challenge that Slack sends when a request URL is set; tell if it came back."""
        challenge = secrets.token_hex(16)
        asked = {"type": "url_verification", "token": VERIFICATION_TOKEN, "challenge": challenge}
        ack = RequestUrl(lambda: self.request_url).send(Kind.EVENT, asked, None)
        return challenge in (ack.body.get("challenge"), ack.body.get("text"))

    def as_user(self, user: str) -> Person:
        """Return a person, by user id, at their screen."""
        person = self.workspace.users[user]
        return Person(person, self.workspace, self.delivery, self.response_urls, self.events)

    def post_as_app(self, channel: str, name: str, content: Content) -> Message:
        """Post as another app, such as a monitoring service: it has a bot_id and no user."""
        draft = Draft(
            channel=channel,
            user="",
            content=content,
            bot_id="B0" + name.upper().replace(" ", "")[:9],
            username=name,
            subtype="bot_message",
        )
        return self.workspace.post(draft)

    def messages(self, channel: str) -> list[Message]:
        """Return what everybody sees in a channel and its threads, oldest first."""
        return self.workspace.messages(channel)

    def ephemerals(self, user: str) -> list[Message]:
        """Return what only this person sees, oldest first."""
        return self.workspace.private_messages(user)

    def rejections(self) -> list[Rejection]:
        """Return every call that was refused; a test of the bot mostly expects none."""
        return list(self.workspace.rejections)

    def transcript(self) -> str:
        """Return all that was said, as a person would read it."""
        return transcript(self.workspace)

    def wait_for(self, condition: Callable[[], Value], timeout: float = 10.0) -> Value:
        """Return the first true value of `condition`, looked at after each change.

        Raises:
            TimeoutError: it was not true in time; the text tells what was said so far.
        """
        try:
            return self.workspace.changes.wait_for(condition, timeout)
        except TimeoutError as error:
            raise TimeoutError(f"{error}; so far:\n{self.transcript()}") from error

    def _transport(self) -> Transport:
        if self.workspace.manifest.socket_mode:
            return self.sockets
        return RequestUrl(lambda: self.request_url)

    def _open_connection(self, _workspace: Workspace, _arguments: Arguments) -> Json:
        return {"url": self.sockets.new_link()}

    def _app(
        self, panel: Sequence[PanelButton], on_panel: Callable[[str], str] | None
    ) -> flask.Flask:
        methods = {
            **chat.METHODS,
            **conversations.METHODS,
            **views.METHODS,
            **directory.METHODS,
            **files.METHODS,
            "apps.connections.open": Method(self._open_connection, None, Tier.TWO, APP_TOKEN),
        }
        app = flask.Flask("pretend_slack", static_folder=None)
        app.register_blueprint(blueprint(self.workspace, self.faults, self.pace, methods))
        app.register_blueprint(self.response_urls.blueprint(self.faults))
        app.register_blueprint(files.blueprint(self.workspace))
        page = Page(self.workspace, self.as_user, lambda: self.sockets.connected, panel, on_panel)
        app.register_blueprint(page_blueprint(page))
        return app
