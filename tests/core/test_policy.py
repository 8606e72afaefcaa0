"""Properties of the policy: no by default, and no where it cannot be known."""

import pytest

from core.call import Actor, Door
from core.errors import NotAllowed, OpsError
from core.policy import Grants, Policy, Role

GROUPS = {"S0ONCALL": frozenset({"U0OLGA", "U0ANNA"}), "S0APPROVERS": frozenset({"U0ANNA"})}


def members(group: str) -> frozenset[str]:
    """Answer as Slack would, or fail as it may."""
    if group not in GROUPS:
        raise OpsError("Slack says no_such_subteam when asked for its members.")
    return GROUPS[group]


POLICY = Policy(
    viewers=Grants(users=frozenset({"U0VIC"})),
    operators=Grants(groups=frozenset({"S0ONCALL"})),
    approvers=Grants(groups=frozenset({"S0APPROVERS"})),
    members=members,
    team_id="T0",
)


@pytest.mark.parametrize(
    ("user", "role"),
    [
        ("U0ANNA", Role.APPROVER),
        ("U0OLGA", Role.OPERATOR),
        ("U0VIC", Role.VIEWER),
        ("U0EXT", Role.NONE),
        ("", Role.NONE),
    ],
)
def test_the_highest_role_counts(user: str, role: Role) -> None:
    """A person in several groups has the highest of their roles."""
    assert POLICY.role_of(Actor(user, "T0")) is role


def test_another_workspace_has_no_role() -> None:
    """In a shared channel a foreign user's id means nothing here."""
    assert POLICY.role_of(Actor("U0ANNA", "T0OTHER")) is Role.NONE


def test_a_role_that_is_too_low_is_refused_with_what_is_needed() -> None:
    """The refusal names both roles and the way out."""
    POLICY.require(Actor("U0OLGA", "T0"), Role.OPERATOR, "sync")
    with pytest.raises(NotAllowed) as caught:
        POLICY.require(Actor("U0VIC", "T0"), Role.OPERATOR, "sync")
    assert "needs the role operator; you have viewer" in caught.value.message


def test_a_group_that_cannot_be_read_refuses() -> None:
    """What cannot be known is a no, with the reason, even where a lower role would do."""
    policy = Policy(
        viewers=Grants(users=frozenset({"*"})),
        operators=Grants(groups=frozenset({"S0GONE"})),
        approvers=Grants(),
        members=members,
    )
    with pytest.raises(NotAllowed, match="could not read the user group S0GONE"):
        policy.require(Actor("U0VIC", "T0"), Role.OPERATOR, "sync")


def test_people_named_in_the_settings_need_no_group() -> None:
    """Where groups are down, the people whose ids are in the settings can still act."""
    policy = Policy(
        viewers=Grants(),
        operators=Grants(users=frozenset({"U0OLGA"}), groups=frozenset({"S0GONE"})),
        approvers=Grants(),
        members=members,
    )
    policy.require(Actor("U0OLGA"), Role.OPERATOR, "sync")


def test_a_higher_groups_outage_locks_nobody_out_who_is_named() -> None:
    """In an incident with Slack half down, who is named for a role still has it."""
    policy = Policy(
        viewers=Grants(users=frozenset({"*"})),
        operators=Grants(users=frozenset({"U0OLGA"})),
        approvers=Grants(groups=frozenset({"S0GONE"})),
        members=members,
    )
    policy.require(Actor("U0OLGA"), Role.OPERATOR, "sync")
    policy.require(Actor("U0EXT"), Role.VIEWER, "status")
    with pytest.raises(NotAllowed):
        policy.require(Actor("U0OLGA"), Role.APPROVER, "recover")


def test_nobody_has_a_role_by_default() -> None:
    """Empty grants refuse everybody, and "*" is the only way to say everybody."""
    closed = Policy(Grants(), Grants(), Grants(), members)
    opened = Policy(Grants(users=frozenset({"*"})), Grants(), Grants(), members)
    assert closed.role_of(Actor("U0ANNA")) is Role.NONE
    assert opened.role_of(Actor("U0ANNA")) is Role.VIEWER


def test_the_shells_user_holds_the_credentials_already() -> None:
    """Who can start the bot's process is not kept from asking it."""
    assert POLICY.role_of(Actor("", name="root"), Door.CLI) is Role.APPROVER
