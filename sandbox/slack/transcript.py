"""All that was said and done, as lines that a person can read in a terminal."""

from datetime import datetime

from sandbox.slack.messages import Message
from sandbox.slack.rendering.mrkdwn import readable
from sandbox.slack.rendering.names import Names
from sandbox.slack.workspace import Workspace

_SLACKBOT = "Slackbot"


def transcript(workspace: Workspace) -> str:
    """Return messages and acts in order of time; replies are indented."""
    lines = [(each.posted_at, _message_line(workspace, each)) for each in workspace.everything()]
    lines += [
        (note.at, f"{_clock(note.at)} {_place(workspace, note.channel)} * {note.user} {note.text}")
        for note in workspace.notes()
    ]
    return "\n".join(line for _, line in sorted(lines, key=lambda pair: pair[0]))


def author(workspace: Workspace, message: Message) -> str:
    """Return the name that Slack shows over a message."""
    if message.username:
        return message.username
    user = workspace.users.get(message.user)
    return user.name if user else _SLACKBOT


def _message_line(workspace: Workspace, message: Message) -> str:
    indent = "    " if message.is_reply else ""
    changes = len(message.revisions) - 1
    marks = [f"edited {changes}x"] if changes else []
    if message.private_to is not None:
        marks.append(f"only visible to {workspace.users[message.private_to].name}")
    mark = f" ({', '.join(marks)})" if marks else ""
    head = f"{_clock(message.posted_at)} {_place(workspace, message.channel)} {indent}"
    text = readable(message.text, Names.of(workspace))
    body = text.replace("\n", "\n" + " " * 12)
    return f"{head}{author(workspace, message)}{mark}: {body}"


def _place(workspace: Workspace, channel_id: str) -> str:
    channel = workspace.channels.get(channel_id)
    if channel is None:
        return ""
    return "(direct)" if channel.im else f"#{channel.name}"


def _clock(moment: datetime) -> str:
    return moment.strftime("%H:%M:%S")
