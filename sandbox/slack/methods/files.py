"""The `files.*` methods, and where the bytes go in between.

docs.slack.dev/reference/methods/files.getUploadURLExternal
"""

from typing import Any

import flask

from sandbox.slack.block_kit.schema import array, record, string
from sandbox.slack.directory import BOT_ID, BOT_USER
from sandbox.slack.messages import Content, Draft
from sandbox.slack.methods.chat import find_channel, find_thread, require_posting
from sandbox.slack.pace import Tier
from sandbox.slack.web_api import Method
from sandbox.slack.wire import ApiError, Arguments, Json
from sandbox.slack.workspace import Workspace

_LISTED = array(record({"id": string(1)}, {"title": string(), "highlight_type": string()}), 1)


def upload_url(workspace: Workspace, arguments: Arguments) -> Json:
    """Return where to send the bytes of a file."""
    length_bytes = arguments.whole("length", 0)
    if length_bytes <= 0:
        raise ApiError("invalid_arguments", ["length must be above 0"])
    alt_text = arguments.text("alt_txt") or ""
    file = workspace.files.reserve(arguments.required("filename"), length_bytes, alt_text)
    return {"file_id": file.id, "upload_url": f"{flask.request.host_url}upload/v1/{file.token}"}


def complete(workspace: Workspace, arguments: Arguments) -> Json:
    """Make sent files visible: in a channel as a message of the bot, else to the app alone."""
    listed: Any = arguments.parsed("files", "invalid_arguments")
    problems = [str(each) for each in _LISTED(listed, "/files")]
    if problems:
        raise ApiError("invalid_arguments", problems)
    files = [workspace.files.share(each["id"], each.get("title") or "") for each in listed]
    if arguments.has("channel_id"):
        channel_id = arguments.required("channel_id")
        channel = find_channel(workspace, Arguments({"channel": channel_id}))
        require_posting(workspace, channel)
        content = Content(
            arguments.text("initial_comment") or "", files=tuple(each.id for each in files)
        )
        thread_ts = find_thread(workspace, channel, arguments)
        workspace.post(Draft(channel.id, BOT_USER, content, thread_ts, bot_id=BOT_ID))
    return {"files": [workspace.files.json(each) for each in files]}


def info(workspace: Workspace, arguments: Arguments) -> Json:
    """Return one file."""
    file = workspace.files.find(arguments.required("file", "file_not_found"))
    return {"file": workspace.files.json(file)}


def blueprint(workspace: Workspace) -> flask.Blueprint:
    """Return where bytes are sent to, and where the page shows them from."""
    routes = flask.Blueprint("files", __name__)

    @routes.post("/upload/v1/<token>")
    def upload(token: str) -> flask.typing.ResponseReturnValue:
        content = flask.request.get_data()
        if not workspace.files.receive(token, content):
            return "Bad upload", 400
        return f"OK - {len(content)}"

    @routes.get("/files/<file_id>")
    def show(file_id: str) -> flask.typing.ResponseReturnValue:
        try:
            file = workspace.files.find(file_id)
        except ApiError:
            return "No such file", 404
        headers = {"Content-Type": file.mimetype, "Content-Security-Policy": "sandbox"}
        return file.content or b"", 200, {**headers, "X-Content-Type-Options": "nosniff"}

    return routes


METHODS = {
    "files.getUploadURLExternal": Method(upload_url, "files:write", Tier.FOUR),
    "files.completeUploadExternal": Method(complete, "files:write", Tier.FOUR),
    "files.info": Method(info, "files:read", Tier.FOUR),
}
