"""Another app's alerts: a channel that the bot watches, and what is posted there."""

from sandbox.slack.directory import BOT_USER, Channel
from sandbox.slack.messages import Content
from sandbox.slack.slack import PretendSlack

MONITORING = "C0MONITORING"
_APP = "Cloud Alerts"
_TITLE = "Low Cache Hit Rate"
_ABOUT = "tabular-service: the hit rate is 0.625, below the threshold of 0.9."


def add_watched_channel(slack: PretendSlack) -> None:
    """Add #monitoring, with everybody and the bot in it."""
    workspace = slack.workspace
    people = {user.id for user in workspace.users.values() if user.bot_id is None}
    workspace.channels[MONITORING] = Channel(MONITORING, "monitoring", people | {BOT_USER})


def post_alert(slack: PretendSlack) -> None:
    """Let another app post an alert there, as an attachment."""
    alert = {"color": "danger", "title": f"Firing: {_TITLE}", "text": _ABOUT}
    slack.post_as_app(MONITORING, _APP, Content("", attachments=(alert,)))


def post_resolution(slack: PretendSlack) -> None:
    """Let it say that the alert is over."""
    over = {"color": "good", "title": f"Resolved: {_TITLE}", "text": "tabular-service"}
    slack.post_as_app(MONITORING, _APP, Content("", attachments=(over,)))
