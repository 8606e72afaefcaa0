"""Who may do what: a role for each actor, a least role for each verb, and no by default."""

from collections.abc import Callable
from dataclasses import dataclass
from enum import IntEnum

from core.call import Actor, Door
from core.errors import NotAllowed, OpsError


class Role(IntEnum):
    """The roles in rising order; each may do what those below it may."""

    NONE = 0
    VIEWER = 1
    OPERATOR = 2
    APPROVER = 3

    @property
    def word(self) -> str:
        """Return the role in words."""
        return "no role" if self is Role.NONE else self.name.lower()


GroupMembers = Callable[[str], frozenset[str]]
"""Returns the user ids of a user group; raises OpsError where they cannot be read."""


@dataclass(frozen=True, slots=True)
class Grants:
    """Who has one role: user ids (U...) and user group ids (S...); "*" is everybody."""

    users: frozenset[str] = frozenset()
    groups: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Policy:
    """The grants of a workspace. Where `team_id` is set, other workspaces have no role."""

    viewers: Grants
    operators: Grants
    approvers: Grants
    members: GroupMembers
    team_id: str = ""

    def role_of(self, actor: Actor, door: Door = Door.SLASH) -> Role:
        """Find the highest role of an actor.

        The shell's user is an approver: who can start the bot's own process already holds
        its credentials.

        Raises:
            NotAllowed: a user group could not be read, so the role is not known.
        """
        if door is Door.CLI:
            return Role.APPROVER
        if self._foreign(actor):
            return Role.NONE
        for role, grants in self._ranked():
            if self._granted(actor.user_id, grants):
                return role
        return Role.NONE

    def require(self, actor: Actor, needed: Role, word: str, door: Door = Door.SLASH) -> None:
        """Let the actor pass or refuse.

        Raises:
            NotAllowed: the actor's role is too low or not known.
        """
        if not self._foreign(actor) and self._named(actor.user_id) >= needed:
            return  # without asking for any group: groups may be out of reach
        role = self.role_of(actor, door)
        if role < needed:
            raise NotAllowed(
                f"`/cache {word}` needs the role {needed.word}; you have {role.word}.",
                "Ask somebody who has it, or have the administrator add you to its group.",
            )

    def known_role_of(self, actor: Actor, door: Door = Door.SLASH) -> Role:
        """Find the highest role that is known for sure, passing over groups out of reach."""
        try:
            return self.role_of(actor, door)
        except NotAllowed:
            return Role.NONE if self._foreign(actor) else self._named(actor.user_id)

    def _ranked(self) -> tuple[tuple[Role, Grants], ...]:
        return (
            (Role.APPROVER, self.approvers),
            (Role.OPERATOR, self.operators),
            (Role.VIEWER, self.viewers),
        )

    def _foreign(self, actor: Actor) -> bool:
        return not actor.user_id or bool(self.team_id and actor.team_id != self.team_id)

    def _named(self, user_id: str) -> Role:
        """Return the highest role that the settings give by name, or to everybody."""
        named = (role for role, grants in self._ranked() if {"*", user_id} & grants.users)
        return next(named, Role.NONE)

    def _granted(self, user_id: str, grants: Grants) -> bool:
        if "*" in grants.users or user_id in grants.users:
            return True
        return any(user_id in self._members(group) for group in sorted(grants.groups))

    def _members(self, group: str) -> frozenset[str]:
        try:
            return self.members(group)
        except OpsError as exc:
            raise NotAllowed(
                f"I could not read the user group {group}, so I do not know what you may do.",
                f"{exc.message} Until that works I only obey people named in my settings.",
            ) from exc
