"""The seam: every request from Slack enters here, is kept, is answered later, is answered once.

`receive` keeps the call in the database and returns in milliseconds, so that Slack can be
told at once that it arrived. The answer is made by the listener's own threads, never by
Bolt's few. What was kept and not answered when a process died is answered by the next one.
"""

import logging
import secrets
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from datetime import timedelta

from core.answers import Answer, Proposed, Started, StopAsked
from core.call import Call
from core.commands import Action, Cancel, Command, Confirm, Decline, Help
from core.desk import Desk
from core.errors import NotAllowed, NothingToDo, OpsError, UsageError
from core.inspection.findings import Finding
from core.ops import admit, carry_out
from core.procedures.health import HealthReport
from core.proposals import ProposalId
from core.store.operations import message_key
from core.store.proposals import proposal_key
from core.verbs import verb_of
from handlers.blocks.card import Card
from handlers.blocks.errors import card_of_error, card_of_internal_error
from handlers.blocks.reports import card_of, working_card
from handlers.blocks.slack import Message, to_slack
from handlers.chat import Chat, ChatError
from handlers.outbox import Outbox
from handlers.rush import Arrival, Rush

_log = logging.getLogger(__name__)

TOO_OLD = timedelta(minutes=25)
"""Beyond this an unanswered request has to be repeated: its asker has moved on."""


class _Leaving(Exception):
    """This process ends; the call is left unanswered for the next one."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of a call, for the log and the audit.

    `slowest` is the check that took longest, where the answer is a report made of checks.
    """

    word: str
    operation_id: str = ""
    slowest: Finding | None = None


@dataclass(frozen=True, slots=True)
class Listener:
    """Receives calls and has them answered by `pool`."""

    desk: Desk
    chat: Chat
    outbox: Outbox
    pool: ThreadPoolExecutor
    log_call: Callable[[Call, Outcome, float], None]
    rush: Rush = field(default_factory=Rush)
    leaving: threading.Event = field(default_factory=threading.Event)

    def receive(self, call: Call) -> None:
        """Keep a call and have it answered; the same call again is passed over."""
        arrival = self.rush.arrive()
        if self.desk.records.calls.receive(call):
            self._soon(self._answer_in_turn, call, arrival)

    def leave(self) -> None:
        """Answer nothing more: what is kept and unanswered is for the next process."""
        self.leaving.set()
        self.pool.shutdown(wait=False, cancel_futures=True)

    def take_over(self, dead: frozenset[str]) -> None:
        """Answer what dead processes have left unanswered."""
        for call in self.desk.records.calls.adopt_unanswered(dead):
            self._soon(self._answer_safely, call)

    def _soon(self, work: Callable[..., None], *handed: object) -> None:
        try:
            self.pool.submit(work, *handed)
        except RuntimeError:
            if not self.leaving.is_set():
                raise  # else it is kept, and for the next process

    def _answer_in_turn(self, call: Call, arrival: Arrival) -> None:
        self.rush.let_in(arrival)
        self._answer_safely(call)

    def _answer_safely(self, call: Call) -> None:
        began = time.monotonic()
        try:
            outcome = self._answer(call)
            self.desk.records.calls.answered(
                call.request_id, self.desk.clock(), outcome.word, outcome.operation_id
            )
            self.log_call(call, outcome, (time.monotonic() - began) * 1000)
        except _Leaving:
            _log.info("%s is left to the next process", call.request_id)
        except Exception:  # noqa: BLE001 - a thread's edge: unanswered, it stays kept
            _log.exception("what came of %s could not be recorded", call.request_id)

    def _answer(self, call: Call) -> Outcome:
        try:
            command = self._admit(call)
            if isinstance(command, Help):
                return self._whisper_answer(carry_out(command, call, self.desk), call)
            if isinstance(command, Action):
                return self._act(command, call)
            return self._report(command, call)
        except OpsError as exc:
            self._unless_leaving()
            return self._whisper(call, card_of_error(exc), Outcome(_word_of(exc)))
        except _Leaving:
            raise
        except Exception:  # noqa: BLE001 - the seam: shown by number, logged in full
            card, outcome = self._internal_error(call)
            return self._whisper(call, card, outcome)

    def _internal_error(self, call: Call) -> tuple[Card, Outcome]:
        """Log a fault of our own under a number, and say the number."""
        self._unless_leaving()
        number = secrets.token_hex(3)
        _log.exception("internal error %s answering %r", number, call.words[:200])
        return card_of_internal_error(number), Outcome(f"internal error {number}")

    def _unless_leaving(self) -> None:
        """Break off where this process ends: what went wrong may come of that alone."""
        if self.leaving.is_set():
            raise _Leaving

    def _admit(self, call: Call) -> Command:
        if self.desk.clock() - call.at > TOO_OLD:
            raise OpsError(
                "I was away when this came, and by now it is too old to act on.",
                "Please ask again.",
            )
        return admit(call, self.desk)

    def _report(self, command: Command, call: Call) -> Outcome:
        """Post at once that the question is being looked at, and put the answer in its place."""
        key = f"call:{call.request_id}"
        self.outbox.put(key, call.place, to_slack(working_card(verb_of(command))))
        self.pool.submit(self.outbox.hurry, key)
        try:
            answer = carry_out(command, call, self.desk)
            message = to_slack(card_of(answer, self.desk.clock()))
            outcome = Outcome("answered", slowest=_slowest_check(answer))
        except OpsError as exc:
            message, outcome = to_slack(card_of_error(exc)), Outcome(_word_of(exc))
        except Exception:  # noqa: BLE001 - the seam: shown by number, logged in full
            card, outcome = self._internal_error(call)
            message = to_slack(card)
        self._unless_leaving()
        self.outbox.put(key, call.place, message)
        return self._settled(key, call, outcome)

    def _settled(self, key: str, call: Call, outcome: Outcome) -> Outcome:
        """Have a message told now; where its channel does not take it, its asker alone sees it."""
        if self.outbox.settle(key):
            return outcome
        outcome = self._whisper(call, card_of_error(_unseen()), outcome)
        message = self.outbox.message(key)
        return outcome if message is None else self._whisper(call, message, outcome)

    def _act(self, command: Action, call: Call) -> Outcome:
        if not self._will_be_seen(command, call):
            raise _unseen()
        answer = carry_out(command, call, self.desk)
        match answer:
            case Started(operation):
                self.outbox.wake()
                outcome = Outcome("started", operation.id)
                return self._settled(message_key(operation.id), call, outcome)
            case Proposed(proposal):
                self.outbox.wake()
                outcome = Outcome("proposed", proposal.id)
                return self._settled(proposal_key(proposal.id), call, outcome)
            case StopAsked(operation):
                self.outbox.wake()
                return self._whisper_answer(answer, call, operation.id)
            case _:
                self.outbox.wake()
                return self._whisper_answer(answer, call)

    def _will_be_seen(self, command: Action, call: Call) -> bool:
        """Whether everybody in the channel will see what is done; Slack is asked if need be.

        A plan that stands posted there has shown it, which spares a click a call to Slack.
        """
        match command:
            case Cancel() | Decline():
                return True
            case Confirm(proposal_id):
                told = self.outbox.store.get(proposal_key(ProposalId(proposal_id)))
                here = call.place.channel_id
                if told is not None and told.ts and told.place.channel_id == here:
                    return True
        return self.chat.can_post(call.place)

    def _whisper_answer(self, answer: Answer, call: Call, operation_id: str = "") -> Outcome:
        card = card_of(answer, self.desk.clock())
        return self._whisper(call, card, Outcome("answered", operation_id))

    def _whisper(self, call: Call, said: Card | Message, outcome: Outcome) -> Outcome:
        """Tell the asker alone; the outcome stays what it is, told or not."""
        try:
            self.chat.whisper(call, to_slack(said) if isinstance(said, Card) else said)
        except ChatError as exc:
            _log.warning("the answer to %s could not be told: %s", call.request_id, exc)
            return replace(outcome, word=f"{outcome.word}, not told")
        return outcome


def _unseen() -> OpsError:
    return OpsError(
        "I cannot post in this channel, so only you see this.",
        "Write `/invite @cachebot` here and ask again, so that everybody can follow.",
    )


def _slowest_check(answer: Answer) -> Finding | None:
    findings = answer.findings if isinstance(answer, HealthReport) else ()
    return max(findings, key=lambda finding: finding.took, default=None)


def _word_of(exc: OpsError) -> str:
    match exc:
        case NotAllowed():
            return "refused"
        case UsageError():
            return "not understood"
        case NothingToDo():
            return "nothing to do"
        case _:
            return f"error: {type(exc).__name__}"
