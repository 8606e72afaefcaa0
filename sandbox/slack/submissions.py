"""What a modal does with the app's answer to its submission.

docs.slack.dev/surfaces/modals
"""

from collections.abc import Mapping

from sandbox.slack.acts import TROUBLE, Outcome
from sandbox.slack.block_kit.blocks import Surface
from sandbox.slack.messages import View
from sandbox.slack.methods.views import read_view
from sandbox.slack.transport import Ack
from sandbox.slack.wire import ApiError, Json
from sandbox.slack.workspace import Workspace


def settle_submission(workspace: Workspace, view: View, ack: Ack) -> Outcome:
    """Close, change or keep the modal, as the answer says; keep it where there is none."""
    if not ack.ok:
        return Outcome(ack, TROUBLE)
    try:
        errors = _follow(workspace, view, ack)
    except ApiError as error:
        workspace.reject("ack", error.name, error.problems)
        return Outcome(ack, TROUBLE)
    return Outcome(ack, errors=errors)


def close_view(workspace: Workspace, view: View, *, everything: bool) -> None:
    """Take a modal away, and with `everything` those below it too."""
    if everything or view.payload.get("clear_on_close", False):
        workspace.views.clear(view.user)
    else:
        workspace.views.close(view)


def _follow(workspace: Workspace, view: View, ack: Ack) -> Mapping[str, str]:
    """Do what `response_action` says and return the errors to show, by block_id."""
    match ack.body.get("response_action"):
        case "errors":
            return _take_errors(workspace, view, ack.body.get("errors"))
        case "update":
            workspace.views.replace(view, _read_modal(workspace, ack))
        case "push":
            workspace.views.push(view.user, _read_modal(workspace, ack))
        case "clear":
            workspace.views.clear(view.user)
        case None:
            workspace.views.close(view)
        case other:
            raise ApiError("invalid_arguments", [f"unknown response_action: {other}"])
    return {}


def _take_errors(workspace: Workspace, view: View, errors: object) -> Mapping[str, str]:
    inputs = {block["block_id"] for block in view.blocks if block["type"] == "input"}
    if not isinstance(errors, dict) or not errors or not set(errors) <= inputs:
        raise ApiError("invalid_arguments", ["errors must name the block_id of input blocks"])
    view.errors = {name: str(text) for name, text in errors.items()}
    workspace.changes.tell()
    return view.errors


def _read_modal(workspace: Workspace, ack: Ack) -> Json:
    return read_view(workspace.files, ack.body.get("view"), Surface.MODAL)
