"""The `views.*` methods.

docs.slack.dev/reference/methods/views.open, .../views.update, .../views.publish
"""

from sandbox.slack.block_kit.blocks import Surface
from sandbox.slack.files import Files
from sandbox.slack.inputs import initial_state
from sandbox.slack.limits import check_view, is_too_large
from sandbox.slack.messages import View
from sandbox.slack.pace import Tier
from sandbox.slack.shapes import view_json
from sandbox.slack.web_api import Method
from sandbox.slack.wire import ApiError, Arguments, Json
from sandbox.slack.workspace import Workspace


def read_view(files: Files, value: object, surface: Surface) -> Json:
    """Return a view that keeps the limits.

    Raises:
        ApiError: `invalid_arguments` with each problem, `view_too_large`, `invalid_blocks`.
    """
    problems = check_view(value, surface)
    if problems or not isinstance(value, dict):
        raise ApiError("invalid_arguments", [str(each) for each in problems])
    if is_too_large(value):
        raise ApiError("view_too_large")
    files.refuse_unready(value["blocks"])
    return value


def open_view(workspace: Workspace, arguments: Arguments) -> Json:
    """Open a modal for whoever the trigger id belongs to."""
    payload = _payload(workspace, arguments, Surface.MODAL)
    user = workspace.triggers.spend(_trigger(arguments))
    return _shown(workspace.views.open(user, payload))


def push(workspace: Workspace, arguments: Arguments) -> Json:
    """Put a modal on top of the one that the trigger id came from."""
    payload = _payload(workspace, arguments, Surface.MODAL)
    user = workspace.triggers.spend(_trigger(arguments))
    return _shown(workspace.views.push(user, payload))


def update(workspace: Workspace, arguments: Arguments) -> Json:
    """Replace an open view, guarded by `hash` where one is sent."""
    view = workspace.views.find(arguments.text("view_id"), arguments.text("external_id"))
    payload = _payload(workspace, arguments, Surface(view.payload["type"]))
    workspace.views.replace(view, payload, arguments.text("hash"))
    return _shown(view)


def publish(workspace: Workspace, arguments: Arguments) -> Json:
    """Show a person's Home tab."""
    user = arguments.required("user_id")
    if user not in workspace.users:
        raise ApiError("user_not_found")
    payload = _payload(workspace, arguments, Surface.HOME)
    return _shown(workspace.views.publish(user, payload, arguments.text("hash")))


def _payload(workspace: Workspace, arguments: Arguments, surface: Surface) -> Json:
    view = arguments.parsed("view", "invalid_arguments")
    return read_view(workspace.files, view, surface)


def _trigger(arguments: Arguments) -> str:
    return arguments.text("trigger_id") or arguments.required("interactivity_pointer")


def _shown(view: View) -> Json:
    return {"view": view_json(view, initial_state(view.blocks))}


METHODS = {
    "views.open": Method(open_view, None, Tier.FOUR),
    "views.push": Method(push, None, Tier.FOUR),
    "views.update": Method(update, None, Tier.FOUR),
    "views.publish": Method(publish, None, Tier.FOUR),
}
