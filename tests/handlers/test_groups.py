"""Properties of the user groups: read seldom, never guessed."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from slack_sdk import WebClient

from core.errors import OpsError
from handlers.groups import Groups
from sandbox.faults import Fault, LoseReply, Refuse
from sandbox.slack.slack import PretendSlack
from tests.core.small_desk import Watch

METHOD = "usergroups.users.list"


def test_the_members_are_read_once_in_a_while(client: WebClient, slack: PretendSlack) -> None:
    """Slack allows twenty such questions a minute; a changed group counts after `fresh`."""
    watch = Watch()
    groups = Groups(client, watch, fresh=timedelta(minutes=5))
    for _ in range(3):
        assert groups.members("S0ONCALL") == {"U0OLGA", "U0ANNA"}
    assert groups.members("S0APPROVERS") == {"U0ANNA"}
    assert len(slack.faults.seen(METHOD)) == 2
    watch.pass_by(timedelta(minutes=5))
    groups.members("S0ONCALL")
    assert len(slack.faults.seen(METHOD)) == 3


def test_fifty_at_once_ask_once(client: WebClient, slack: PretendSlack) -> None:
    """A rush of commands after the start does not use up the quota."""
    groups = Groups(client, Watch())
    with ThreadPoolExecutor(50) as pool:
        answers = list(pool.map(groups.members, ["S0ONCALL"] * 50))
    assert set(answers) == {frozenset({"U0OLGA", "U0ANNA"})}
    assert len(slack.faults.seen(METHOD)) == 1


@pytest.mark.parametrize(
    "trouble", [Refuse(500), Refuse(429), Refuse("missing_scope"), LoseReply()]
)
def test_a_group_that_cannot_be_read_is_an_error_and_asked_for_again(
    client: WebClient, slack: PretendSlack, trouble: Refuse | LoseReply
) -> None:
    """Neither an empty group nor yesterday's: the policy refuses, and works again after."""
    watch = Watch()
    groups = Groups(client, watch)
    groups.members("S0ONCALL")
    watch.pass_by(groups.fresh)
    slack.faults.add(Fault(METHOD, trouble, times=1))
    with pytest.raises(OpsError, match="Slack"):
        groups.members("S0ONCALL")
    assert groups.members("S0ONCALL") == {"U0OLGA", "U0ANNA"}


def test_an_unknown_group_is_an_error(client: WebClient) -> None:
    """A mistyped id in the settings gives nobody a role, and says why."""
    with pytest.raises(OpsError, match="no_such_subteam"):
        Groups(client, Watch()).members("S0NOSUCH")
