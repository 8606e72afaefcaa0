"""The members of Slack user groups, remembered for a few minutes.

A list that cannot be read is an error and never an old guess: the policy then refuses.
"""

import threading
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from http.client import HTTPException

from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError, SlackClientError

from core.context import Clock
from core.errors import OpsError


@dataclass(frozen=True, slots=True)
class Groups:
    """Reads `usergroups.users.list`, each group at most once per `fresh`.

    Source: docs.slack.dev/reference/methods/usergroups.users.list (20 calls a minute)
    """

    client: WebClient
    clock: Clock
    fresh: timedelta = timedelta(minutes=5)
    _known: dict[str, tuple[datetime, frozenset[str]]] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def members(self, group: str) -> frozenset[str]:
        """Return the user ids of a group's members.

        Raises:
            OpsError: Slack did not tell.
        """
        with self._lock:
            known = self._known.get(group)
            if known is not None and self.clock() - known[0] < self.fresh:
                return known[1]
            members = self._read(group)
            self._known[group] = (self.clock(), members)
            return members

    def _read(self, group: str) -> frozenset[str]:
        try:
            answer = self.client.usergroups_users_list(usergroup=group)
        except SlackApiError as exc:
            code = exc.response.get("error", "unknown_error")
            raise OpsError(f"Slack says {code} when asked for its members.") from exc
        except (SlackClientError, OSError, HTTPException) as exc:
            raise OpsError("Slack did not answer when asked for its members.") from exc
        return frozenset(str(user) for user in answer["users"])
