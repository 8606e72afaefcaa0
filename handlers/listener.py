"""The seam: every request from Slack enters here, is kept, is answered later, is answered once.

`receive` keeps the call in the database and returns in milliseconds, so that Slack can be
told at once that it arrived. The answer is made by the listener's own threads, never by
Bolt's few. What was kept and not answered when a process died is answered by the next one.
"""

import logging
import secrets
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import timedelta

from core.answers import Answer, Started, StopAsked
from core.call import Call
from core.commands import Action, Command, Help
from core.desk import Desk
from core.errors import NotAllowed, NotBuiltYet, OpsError, UsageError
from core.ops import admit, carry_out
from core.store.operations import message_key
from core.verbs import verb_of
from handlers.blocks.card import Card
from handlers.blocks.errors import card_of_error, card_of_internal_error
from handlers.blocks.reports import card_of, working_card
from handlers.blocks.slack import to_slack
from handlers.chat import Chat, ChatError
from handlers.outbox import Outbox

_log = logging.getLogger(__name__)

TOO_OLD = timedelta(minutes=25)
"""Beyond this an unanswered request has to be repeated: its asker has moved on."""

_UNSEEN = OpsError(
    "I cannot post in this channel, so only you see this.",
    "Write `/invite @cachebot` here and ask again, so that everybody can follow.",
)


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of a call, for the log and the audit."""

    word: str
    operation_id: str = ""


@dataclass(frozen=True, slots=True)
class Listener:
    """Receives calls and has them answered by `pool`."""

    desk: Desk
    chat: Chat
    outbox: Outbox
    pool: ThreadPoolExecutor
    log_call: Callable[[Call, Outcome, float], None]

    def receive(self, call: Call) -> None:
        """Keep a call and have it answered; the same call again is passed over."""
        if self.desk.records.calls.receive(call):
            self.pool.submit(self._answer_safely, call)

    def take_over(self, living: frozenset[str]) -> None:
        """Answer what processes that are no longer alive have left unanswered."""
        for call in self.desk.records.calls.adopt_unanswered(living):
            self.pool.submit(self._answer_safely, call)

    def _answer_safely(self, call: Call) -> None:
        began = time.monotonic()
        try:
            outcome = self._answer(call)
        except ChatError as exc:
            _log.warning("the answer to %s could not be told: %s", call.request_id, exc)
            outcome = Outcome(f"not told: {exc}"[:64])
        except Exception:  # noqa: BLE001 - the seam: shown by number, logged in full
            number = secrets.token_hex(3)
            _log.exception("internal error %s answering %r", number, call.words[:200])
            outcome = Outcome(f"internal error {number}")
            self._whisper_if_possible(call, card_of_internal_error(number))
        self.desk.records.calls.answered(
            call.request_id, self.desk.clock(), outcome.word, outcome.operation_id
        )
        self.log_call(call, outcome, (time.monotonic() - began) * 1000)

    def _answer(self, call: Call) -> Outcome:
        try:
            command = self._admit(call)
            if isinstance(command, Help):
                return self._whisper_answer(carry_out(command, call, self.desk), call)
            if isinstance(command, Action):
                return self._act(command, call)
        except OpsError as exc:
            self.chat.whisper(call, to_slack(card_of_error(exc)))
            return Outcome(_word_of(exc))
        return self._report(command, call)

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
        self.pool.submit(self.outbox.tell, key)
        try:
            card = card_of(carry_out(command, call, self.desk), self.desk.clock())
            outcome = Outcome("answered")
        except OpsError as exc:
            card, outcome = card_of_error(exc), Outcome(_word_of(exc))
        except Exception:
            self.outbox.put(key, call.place, to_slack(card_of_internal_error("")))
            raise
        self.outbox.put(key, call.place, to_slack(card))
        self.outbox.tell(key)
        if self.outbox.untellable(key):
            self.chat.whisper(call, to_slack(card_of_error(_UNSEEN)))
            self.chat.whisper(call, to_slack(card))
        return outcome

    def _act(self, command: Action, call: Call) -> Outcome:
        if not self.chat.can_post(call.place):
            raise _UNSEEN
        answer = carry_out(command, call, self.desk)
        match answer:
            case Started(operation):
                self.outbox.tell(message_key(operation.id))
                return Outcome("started", operation.id)
            case StopAsked(operation):
                self.outbox.wake()
                return self._whisper_answer(answer, call, operation.id)
            case _:
                return self._whisper_answer(answer, call)

    def _whisper_answer(self, answer: Answer, call: Call, operation_id: str = "") -> Outcome:
        self.chat.whisper(call, to_slack(card_of(answer, self.desk.clock())))
        return Outcome("answered", operation_id)

    def _whisper_if_possible(self, call: Call, card: Card) -> None:
        try:
            self.chat.whisper(call, to_slack(card))
        except ChatError as exc:
            _log.warning("nor could that be told: %s", exc)


def _word_of(exc: OpsError) -> str:
    match exc:
        case NotAllowed():
            return "refused"
        case UsageError():
            return "not understood"
        case NotBuiltYet():
            return "not built yet"
        case _:
            return f"error: {type(exc).__name__}"
