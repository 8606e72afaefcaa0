"""What a person types, as Slack encodes it: entities escaped, names turned into ids.

docs.slack.dev/messaging/formatting-message-text
"""

import re

from sandbox.slack.workspace import Workspace

_TOKEN = re.compile(
    r"(?P<url>https?://[^\s<>|]+)|@(?P<at>[\w.-]*\w)|#(?P<channel>[\w-]+)", re.ASCII
)
_BROADCASTS = ("here", "channel", "everyone")


def escaped(text: str) -> str:
    """Return a text with `&`, `<` and `>` as entities."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def encoded(workspace: Workspace, text: str) -> str:
    """Return a typed text as messages carry it: `<@U..>`, `<#C..|name>`, `<!here>`, `<url>`."""
    by_name = {
        name: user.id
        for user in workspace.users.values()
        for name in _names(user.handle, user.name)
    }
    groups = {group.handle: group.id for group in workspace.groups.values()}
    channels = {channel.name: channel.id for channel in workspace.channels.values()}

    def replaced(match: re.Match[str]) -> str:
        if match["url"]:
            return f"<{match['url']}>"
        at, channel = match["at"], match["channel"]
        if channel is not None:
            known = channels.get(channel)
            return f"<#{known}|{channel}>" if known else match[0]
        if at in _BROADCASTS:
            return f"<!{at}>"
        if at in groups:
            return f"<!subteam^{groups[at]}>"
        return f"<@{by_name[at.lower()]}>" if at.lower() in by_name else match[0]

    return _TOKEN.sub(replaced, escaped(text))


def _names(*names: str) -> set[str]:
    return {name.lower() for name in names}
