"""The `auth.*`, `users.*` and `usergroups.*` methods: who is who.

docs.slack.dev/reference/methods/usergroups.users.list
"""

from sandbox.slack.directory import BOT_ID, BOT_USER, TEAM_DOMAIN, TEAM_ID
from sandbox.slack.pace import Tier
from sandbox.slack.shapes import group_json, user_json
from sandbox.slack.web_api import Method
from sandbox.slack.wire import ApiError, Arguments, Json
from sandbox.slack.workspace import Workspace


def auth_test(workspace: Workspace, _arguments: Arguments) -> Json:
    """Say who the token belongs to."""
    return {
        "url": f"https://{TEAM_DOMAIN}.slack.com/",
        "team": "Sandbox",
        "user": workspace.users[BOT_USER].handle,
        "team_id": TEAM_ID,
        "user_id": BOT_USER,
        "bot_id": BOT_ID,
        "is_enterprise_install": False,
    }


def user_info(workspace: Workspace, arguments: Arguments) -> Json:
    """Return one person."""
    user = workspace.users.get(arguments.required("user", "user_not_found"))
    if user is None:
        raise ApiError("user_not_found")
    return {"user": user_json(user)}


def group_users(workspace: Workspace, arguments: Arguments) -> Json:
    """Return the user ids of a group."""
    group = workspace.groups.get(arguments.required("usergroup", "no_such_subteam"))
    if group is None:
        raise ApiError("no_such_subteam")
    return {"users": list(group.users)}


def groups(workspace: Workspace, arguments: Arguments) -> Json:
    """Return all groups, with their people where `include_users` is set."""
    with_users = arguments.flag("include_users")
    listed = [
        group_json(each) | ({"users": list(each.users)} if with_users else {})
        for each in workspace.groups.values()
    ]
    return {"usergroups": listed}


METHODS = {
    "auth.test": Method(auth_test, None, Tier.SPECIAL),
    "users.info": Method(user_info, "users:read", Tier.FOUR),
    "usergroups.users.list": Method(group_users, "usergroups:read", Tier.TWO),
    "usergroups.list": Method(groups, "usergroups:read", Tier.TWO),
}
