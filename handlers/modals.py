"""Modals: opened by a click on a plan that asks for a typed word, and what was typed taken in.

A click that no modal can be opened for takes the road as the yes that it is, without the word:
the person is told there why it does not count, and the audit has it.
"""

import logging
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace

from core.call import Call
from core.commands import Confirm
from core.confirm import decidable, look_at_yes
from core.errors import OpsError
from core.proposals import Proposal
from core.verbs import parse
from handlers.blocks.errors import card_of_error
from handlers.blocks.modal import error_in_modal, modal_of
from handlers.blocks.slack import to_slack
from handlers.chat import ChatError, ChatRefused
from handlers.listener import Listener

_log = logging.getLogger(__name__)

_OPENED_BEFORE = frozenset(("exchanged_trigger_id", "trigger_exchanged"))
"""How Slack refuses a trigger id that has opened a modal: the click was delivered twice."""


@dataclass(frozen=True, slots=True)
class Modals:
    """Opens modals by threads of its own: Slack takes a trigger id for three seconds only.

    The listener's threads may be busy for longer with answers, and the thread that a click came
    in by has to acknowledge it in the same three seconds.
    """

    listener: Listener
    pool: ThreadPoolExecutor

    def open(self, call: Call, trigger_id: str) -> None:
        """Open the modal for a click whose words are a yes without its word.

        Nothing is kept of it: a click from which no modal came has no effect and is repeated.
        """
        self.pool.submit(self._open_safely, call, trigger_id)

    def take(self, call: Call, word: str) -> str:
        """Keep a yes, completed by its word; where it cannot count, return what to say instead.

        A modal is in no channel, so the answer goes where the plan is. Whether the person may
        is asked on the road again and not here: it may take a question to Slack, for which the
        modal would have to wait.
        """
        try:
            proposal = look_at_yes(_yes(call).proposal_id, word, call, self.listener.desk)
        except OpsError as exc:
            return error_in_modal(exc)
        self.listener.receive(replace(call, words=proposal.yes, place=proposal.place))
        return ""

    def _open_safely(self, call: Call, trigger_id: str) -> None:
        try:
            self._open(call, trigger_id)
        except Exception:  # noqa: BLE001 - a thread's edge: the click may be repeated
            _log.exception("no modal could be opened for %s", call.request_id)
            self._tell(call, OpsError("I could not look at that plan.", "Please click again."))

    def _open(self, call: Call, trigger_id: str) -> None:
        """Ask the policy first: nobody types a word in vain.

        That may read a user group. Its members are remembered for minutes, so mostly no time
        is lost; where Slack is so slow that the trigger expires, the person is told the words.
        """
        try:
            proposal = decidable(_yes(call).proposal_id, call, self.listener.desk)
        except OpsError:
            self.listener.receive(call)  # where the same is found, told, and recorded
            return
        try:
            self.listener.chat.open_modal(trigger_id, modal_of(proposal))
        except ChatError as exc:
            if isinstance(exc, ChatRefused) and exc.code in _OPENED_BEFORE:
                return
            _log.warning("the modal for %s may not have opened: %s", proposal.id, exc)
            self._tell(call, _without_modal(proposal))

    def _tell(self, call: Call, error: OpsError) -> None:
        try:
            self.listener.chat.whisper(call, to_slack(card_of_error(error)))
        except ChatError as exc:
            _log.warning("what came of %s could not be told: %s", call.request_id, exc)


def _yes(call: Call) -> Confirm:
    command = parse(call.words)
    if not isinstance(command, Confirm):
        raise OpsError(f"`{call.words}` is not a yes to a plan.", "Ask for the plan anew.")
    return command


def _without_modal(proposal: Proposal) -> OpsError:
    return OpsError(
        f"The form in which to type {proposal.word} may not have opened. Nothing was changed.",
        f"If it has not, click again, or write `/cache {proposal.yes}`.",
    )
