"""The page on which people use the pretend Slack: what it shows and what it can do."""

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import flask

from sandbox.slack.acts import NotOnScreenError, Outcome, Screen
from sandbox.slack.inputs import NoSuchInputError
from sandbox.slack.messages import Message, Revision, View
from sandbox.slack.page_state import page_state
from sandbox.slack.people import Person
from sandbox.slack.wire import ApiError, Arguments, Json
from sandbox.slack.workspace import Workspace

_FOLDER = Path(__file__).parent / "page"
_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; "
    "img-src 'self' https: data:; form-action 'none'; base-uri 'none'; frame-ancestors 'none'"
)
_LONG_POLL_SECONDS = 20.0


@dataclass(frozen=True, slots=True)
class PanelButton:
    """A button of the "break things" drawer; buttons of one `group` stand together."""

    id: str
    label: str
    group: str
    help: str = ""


@dataclass(frozen=True, slots=True)
class Page:
    """What the page needs: the state, its people, how many sockets there are, and the drawer."""

    workspace: Workspace
    as_user: Callable[[str], Person]
    connected: Callable[[], int]
    panel: Sequence[PanelButton] = ()
    on_panel: Callable[[str], str] | None = None


def blueprint(page: Page) -> flask.Blueprint:
    """Return the routes of the page."""
    routes = flask.Blueprint("page", __name__)

    @routes.get("/")
    @routes.get("/archives/<path:_where>")
    def index(_where: str = "") -> flask.Response:
        return flask.send_from_directory(_FOLDER, "index.html")

    @routes.get("/page/<path:name>")
    def asset(name: str) -> flask.Response:
        return flask.send_from_directory(_FOLDER, name)

    @routes.get("/page/state")
    def state() -> Json:
        asked = Arguments(flask.request.args)
        page.workspace.changes.wait_past(asked.whole("since", -1), _LONG_POLL_SECONDS)
        shown = page_state(page.workspace, asked)
        panel = [asdict(button) for button in page.panel]
        return {**shown, "panel": panel, "connected": page.connected()}

    @routes.post("/page/act")
    def act() -> flask.typing.ResponseReturnValue:
        # A header that other sites cannot send keeps them from acting through this browser.
        if flask.request.headers.get("X-Sandbox") != "page":
            return {"error": "only the page itself may do this"}, 403
        try:
            return _act(page, Arguments(flask.request.get_json()))
        except (NotOnScreenError, NoSuchInputError, ApiError) as error:
            return {"shown": str(error)}

    @routes.after_request
    def protect(response: flask.Response) -> flask.Response:
        response.headers["Content-Security-Policy"] = _POLICY
        response.headers["X-Content-Type-Options"] = "nosniff"
        response.headers["Cache-Control"] = "no-store"
        return response

    return routes


def _act(page: Page, asked: Arguments) -> Json:
    """Do what a person did on the page and return what they are told."""
    if asked.text("kind") == "panel":
        press = page.on_panel
        return {"shown": press(asked.required("id")) if press else "nothing is connected here"}
    person = page.as_user(asked.required("as"))
    outcome = _done(page.workspace, person, asked)
    return {
        "shown": outcome.shown,
        "errors": dict(outcome.errors),
        "milliseconds": outcome.ack.latency.total_seconds() * 1000 if outcome.ack else None,
    }


def _done(workspace: Workspace, person: Person, asked: Arguments) -> Outcome:
    match asked.text("kind"):
        case "type":
            return _type(person, asked)
        case "home":
            return person.open_home()
        case "shortcut":
            message = _message(workspace, person, asked) if asked.has("ts") else None
            return person.shortcut(asked.required("name"), message)
        case "click":
            screen = _screen(workspace, person, asked)
            return person.click(screen, asked.required("name"), as_seen=_seen(screen, asked))
        case "choose":
            screen = _screen(workspace, person, asked)
            return person.choose(screen, asked.required("name"), asked.values.get("value"))
        case "submit":
            return person.submit(_modal(workspace, person), asked.values.get("answers"))
        case "close":
            return person.close(_modal(workspace, person))
        case other:
            raise NotOnScreenError(f"the page cannot {other}")


def _type(person: Person, asked: Arguments) -> Outcome:
    channel, text, thread = asked.required("channel"), asked.required("text"), asked.text("thread")
    if text.startswith("/"):
        return person.slash(channel, text, thread)
    return person.say(channel, text, thread)


def _screen(workspace: Workspace, person: Person, asked: Arguments) -> Screen:
    if asked.has("view"):
        return workspace.views.find(asked.text("view"), None)
    return _message(workspace, person, asked)


def _message(workspace: Workspace, person: Person, asked: Arguments) -> Message:
    message = workspace.message(asked.required("channel"), asked.required("ts"))
    if message is None or message.private_to not in (None, person.user.id):
        raise NotOnScreenError("that message is gone")
    return message


def _seen(screen: Screen, asked: Arguments) -> Revision | None:
    """Return the state of a message in which it was clicked; Slack sends that click all the same.

    While a confirmation dialog is open, somebody else may have changed the message.
    """
    at = asked.whole("revision", -1)
    if isinstance(screen, View) or not 0 <= at < len(screen.revisions):
        return None
    return screen.revisions[at]


def _modal(workspace: Workspace, person: Person) -> View:
    modal = workspace.views.top(person.user.id)
    if modal is None:
        raise NotOnScreenError("no modal is open")
    return modal
