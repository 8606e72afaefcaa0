"""The outbox: tells every message that is wanted, in order, at Slack's pace, until it is told.

What is wanted lives in the database, so a crash, a deploy or an hour without Slack loses no
message: whoever starts next goes on. A message is posted once and edited from then on.
"""

import logging
import secrets
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import timedelta

from core.alerts.keys import is_heard
from core.call import Place
from core.context import Clock
from core.schedules.schedule import SLOT_KEYS
from core.store.messages import CLAIM, MessageStore, Told
from core.store.pictures import PictureStore
from core.store.tellings import tell
from handlers.blocks.card import Card
from handlers.blocks.errors import card_of_internal_error
from handlers.blocks.slack import Message, to_slack
from handlers.chat import Chat, ChatBusy, ChatError, ChatRefused
from handlers.kept import shown, telling_of, without_pictures

_log = logging.getLogger(__name__)

_GONE = frozenset(("message_not_found", "cant_update_message", "edit_window_closed"))
_NO_THREAD = "thread_not_found"
_NOWHERE = frozenset(
    ("channel_not_found", "not_in_channel", "is_archived", _NO_THREAD, "restricted_action")
)
_UNSHOWN = frozenset(
    (
        "invalid_blocks",
        "invalid_blocks_format",
        "msg_blocks_too_long",
        "msg_too_long",
        "block_mismatch",
    )
)
"""Refusals of a message's blocks; its text alone says all of it."""

_PAUSE, _SLOWLY = timedelta(seconds=30), timedelta(minutes=5)
"""The longest pauses between two tries: of what is in trouble, and of an alert or a report that
its channel refuses, until somebody invites the bot."""

_TRIES = 200
_ENOUGH = 3

CardOf = Callable[[str], Card | None]
"""Renders the card that a key names, as its subject stands now; None where it is gone."""


@dataclass(frozen=True, slots=True)
class Outbox:
    """Tells stale messages. `pace` is the least time between two edits of one message."""

    chat: Chat
    store: MessageStore
    card_of: CardOf
    clock: Clock
    pace: timedelta
    _wake: threading.Event = field(default_factory=threading.Event)
    _stopped: threading.Event = field(default_factory=threading.Event)
    _pool: ThreadPoolExecutor = field(
        default_factory=lambda: ThreadPoolExecutor(4, thread_name_prefix="outbox")
    )

    def start(self) -> None:
        """Begin telling, first of all what an earlier process left untold."""
        threading.Thread(target=self._run, name="outbox", daemon=True).start()

    def stop(self) -> None:
        """Stop telling; what is untold stays wanted."""
        self._stopped.set()
        self._wake.set()
        self._pool.shutdown(wait=False, cancel_futures=True)

    def wake(self) -> None:
        """Look for stale messages now."""
        self._wake.set()

    def put(self, key: str, place: Place, message: Message) -> None:
        """Want this message told under `key`; it replaces what that key said before."""
        tell(self.store.database, telling_of(key, place, message), self.clock())

    @property
    def pictures(self) -> PictureStore:
        """The pictures of the messages, kept beside them."""
        return PictureStore(self.store.database, self.store.owner)

    def tell(self, key: str) -> None:
        """Tell a message until it is up to date, unless another teller has it."""
        while (told := self.store.claim(key, self.clock())) is not None:
            try:
                self._tell_once(told)
            except ChatBusy as exc:
                self._put_off(told, exc.retry_after, exc)
                return
            except ChatRefused as exc:
                self._refused(told, exc)
                return
            except ChatError as exc:
                self._put_off(told, _growing(told, _PAUSE), exc)
                return
            except Exception as exc:  # noqa: BLE001 - the seam: the message stays wanted
                _log.exception("telling %s broke", key)
                self._put_off(told, _growing(told, _PAUSE), exc)
                return

    def hurry(self, key: str) -> None:
        """Tell a message; for a thread of its own, nothing escapes."""
        try:
            self.tell(key)
        except Exception:  # noqa: BLE001 - a thread's edge: the message stays wanted
            _log.exception("telling %s failed", key)

    def settle(self, key: str) -> bool:
        """Tell a message and wait for another teller that has it just now.

        False where Slack will not take it in its channel; one that is put off may still be.
        Another teller may have been refused what the message said before, and have left since.
        """
        deadline = time.monotonic() + CLAIM.total_seconds()
        while True:
            self.tell(key)
            told = self.store.get(key)
            if told is None or told.told >= told.wanted:
                return told is None or bool(told.ts)
            put_off = not told.claimed and (told.ts or told.troubles)
            if put_off or time.monotonic() > deadline or self._stopped.wait(0.05):
                return True

    def message(self, key: str) -> Message | None:
        """Return what a message says at the moment."""
        told = self.store.get(key)
        return None if told is None else self._message(told)

    def _run(self) -> None:
        busy: set[str] = set()
        while not self._stopped.is_set():
            self._wake.wait(0.25)
            self._wake.clear()
            try:
                self._look(busy)
            except Exception:  # noqa: BLE001 - a thread's edge: the database may be away
                if not self._stopped.wait(1):
                    _log.exception("the outbox could not look for what is untold")

    def _look(self, busy: set[str]) -> None:
        for key in self.store.stale(self.clock()):
            if key not in busy and not self._stopped.is_set():
                busy.add(key)
                self._pool.submit(self._tell_and_forget, key, busy)

    def _tell_and_forget(self, key: str, busy: set[str]) -> None:
        try:
            self.hurry(key)
        finally:
            busy.discard(key)

    def _tell_once(self, told: Told) -> None:
        message = self._message(told)
        if message is None:
            self.store.told(told.key, told.wanted, self.clock())
            return
        try:
            self._say(told, message)
        except ChatRefused as exc:
            if exc.code not in _UNSHOWN or not message.blocks:
                raise
            self._say_less(told, message, exc)
        pause = timedelta() if told.content else self.pace
        self.store.told(told.key, told.wanted, self.clock() + pause)

    def _say_less(self, told: Told, message: Message, refusal: ChatRefused) -> None:
        """Say it without what may be at fault: the pictures, and else every block."""
        _log.error("Slack does not show %s as it is: %s", told.key, refusal.code)
        plain = without_pictures(told.content, lambda: self.pictures.of(told.key))
        if plain is not None:
            try:
                self._say(told, plain)
            except ChatRefused as exc:
                if exc.code not in _UNSHOWN:
                    raise
            else:
                return
        self._say(told, Message(message.text, []))

    def _say(self, told: Told, message: Message) -> None:
        if told.ts:
            self.chat.edit(told.place, told.ts, message)
        else:
            self._post(told, message)

    def _post(self, told: Told, message: Message) -> None:
        if told.posting and (found := self._found(told)):
            self.store.posted(told.key, found)
            self.chat.edit(told.place, found, message)
            return
        if not self.store.about_to_post(told.key, self.clock()):
            _log.warning("message %s is another teller's by now", told.key)
            return
        try:
            ts = self.chat.post(told.place, message, told.key, heard=is_heard(told.key))
        except (ChatBusy, ChatRefused):
            self.store.not_posted(told.key)
            raise
        self.store.posted(told.key, ts)

    def _found(self, told: Told) -> str:
        try:
            return self.chat.find(told.place, told.key, told.created_at.timestamp() - 60)
        except ChatRefused as exc:
            # Public channels may be posted to without being read: better told twice than not.
            _log.warning("message %s is posted again unless it was: %s", told.key, exc.code)
            return ""

    def _message(self, told: Told) -> Message | None:
        if told.content:
            return shown(told.content, lambda: self.pictures.of(told.key))
        try:
            card = self.card_of(told.key)
            return None if card is None else to_slack(card)
        except Exception:
            if told.troubles < _ENOUGH:
                raise  # it may be the database, and pass
            number = secrets.token_hex(3)
            _log.exception("internal error %s telling %s", number, told.key)
            return to_slack(card_of_internal_error(number))

    def _refused(self, told: Told, exc: ChatRefused) -> None:
        """Decide what a refusal means. An alert is wanted until its record is deleted.

        Whoever asked hears otherwise that an answer cannot be told; of an alert nobody would.
        """
        if exc.code in _GONE:
            _log.warning("message %s was deleted; it is posted anew", told.key)
            self.store.lost(told.key)
        elif told.is_alert and exc.code != _NO_THREAD:
            self._put_off(told, _growing(told, _SLOWLY), exc)
        elif exc.code not in _NOWHERE and told.troubles < _TRIES:
            self._put_off(told, _PAUSE, exc)
        elif told.key.startswith(SLOT_KEYS) and not self.store.is_overtaken(told):
            _log.error("message %s waits for its channel: %s", told.key, exc.code)
            self.store.refused(told.key, self.clock() + _SLOWLY, exc.code)
        else:
            _log.error("message %s cannot be told: %s", told.key, exc.code)
            self.store.told(told.key, told.wanted, self.clock())

    def _put_off(self, told: Told, wait: timedelta, exc: Exception) -> None:
        level = logging.INFO if isinstance(exc, ChatBusy) else logging.WARNING
        _log.log(level, "message %s is put off by %s: %s", told.key, wait, exc)
        self.store.put_off(told.key, self.clock() + wait, told.troubles + 1)
        if isinstance(exc, ChatBusy):
            self.store.hold(told.place.channel_id, self.clock() + wait)


def _growing(told: Told, longest: timedelta) -> timedelta:
    """Wait twice as long after each try, up to the longest pause."""
    return min(timedelta(seconds=2.0 ** min(told.troubles, 10)), longest)
