"""What the ids in messages are called, for whoever shows them."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Self

from sandbox.slack.workspace import Workspace


@dataclass(frozen=True, slots=True)
class Names:
    """Names of people, channels and user groups, by id."""

    users: Mapping[str, str]
    channels: Mapping[str, str]
    groups: Mapping[str, str]

    @classmethod
    def of(cls, workspace: Workspace) -> Self:
        """Read the names of a workspace."""
        return cls(
            {user.id: user.name for user in workspace.users.values()},
            {each.id: each.name for each in workspace.channels.values() if each.im is None},
            {group.id: group.handle for group in workspace.groups.values()},
        )

    def user(self, user_id: str) -> str:
        """Return `@Name`, or the id of somebody unknown."""
        return "@" + self.users.get(user_id, user_id)

    def channel(self, channel_id: str) -> str:
        """Return `#name`, or the id of an unknown channel."""
        return "#" + self.channels.get(channel_id, channel_id)

    def group(self, group_id: str) -> str:
        """Return `@handle`, or the id of an unknown group."""
        return "@" + self.groups.get(group_id, group_id)
