"""The gallery: draws the pictures that messages want and uploads them, each once.

A message is told at once with its numbers. What it wants drawn lives in the database; when a
picture is ready, or never will be, its message is marked as stale and the outbox edits it.
No try waits: a file that Slack still looks at is asked for again a moment later. While Slack
takes no message, no picture is tried in vain.
"""

import logging
import secrets
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from typing import assert_never

from pydantic import TypeAdapter

from core.context import Clock
from core.store.database import DatabaseAway
from core.store.pictures import KeptPicture, PictureState, PictureStore
from handlers.blocks.pictures import problem_of_refusal
from handlers.charts.findings import Chart
from handlers.chat import ChatBusy, ChatError, ChatRefused
from handlers.files import Files

_log = logging.getLogger(__name__)

_CHART: TypeAdapter[Chart] = TypeAdapter(Chart)
_TRIES = 10
"""With the waits between them, after some thirteen minutes in which Slack took messages."""

_LONGEST_WAIT = 300.0
_LOOK = timedelta(seconds=0.5)

Draw = Callable[[Chart], bytes]


def chart_to_json(chart: Chart) -> str:
    """Write what is to be drawn."""
    return _CHART.dump_json(chart).decode()


def chart_from_json(written: str) -> Chart:
    """Read what is to be drawn."""
    return _CHART.validate_json(written)


def draw_lazily(chart: Chart) -> bytes:
    """Draw; matplotlib is imported by the first picture and not before."""
    from handlers.charts.drawing import draw  # noqa: PLC0415 - it imports matplotlib

    return draw(chart)


@dataclass(frozen=True, slots=True)
class Gallery:
    """Brings pictures to Slack; `changed` is called when a message has something new to show.

    `patience` is how long Slack may take to look at a file; usually it is a second.
    """

    files: Files
    store: PictureStore
    clock: Clock
    changed: Callable[[], None]
    patience: timedelta
    draw: Draw = draw_lazily
    _wake: threading.Event = field(default_factory=threading.Event)
    _stopped: threading.Event = field(default_factory=threading.Event)

    def start(self) -> None:
        """Begin, first of all with what an earlier process left."""
        threading.Thread(target=self._run, name="gallery", daemon=True).start()

    def stop(self) -> None:
        """Stop; what is under way stays wanted."""
        self._stopped.set()
        self._wake.set()

    def wake(self) -> None:
        """Look for wanted pictures now."""
        self._wake.set()

    def look(self) -> bool:
        """Do the next thing that can be done for a picture; False where there is none."""
        picture = self.store.claim(self.clock())
        if picture is None:
            return False
        try:
            self._advance(picture)
        except DatabaseAway:
            raise  # the claim runs out, and it is tried again
        except ChatBusy as exc:
            self.store.put_off(picture, self.clock() + exc.retry_after, counts=False)
        except ChatRefused as exc:
            self._give_up(picture, problem_of_refusal(exc.code, exc.needed))
        except ChatError as exc:
            self._again(picture, exc)
        except Exception:  # noqa: BLE001 - the seam: told by number, logged in full
            number = secrets.token_hex(3)
            _log.exception("internal error %s with a picture of %s", number, picture.message_key)
            self._give_up(picture, f"internal error {number}")
        return True

    def _run(self) -> None:
        while not self._stopped.is_set():
            try:
                busy = self.look()
            except Exception:  # noqa: BLE001 - a thread's edge: the database may be away
                _log.exception("the gallery could not look for what is wanted")
                busy = False
            if not busy:
                self._wake.wait(_LOOK.total_seconds())
                self._wake.clear()

    def _advance(self, picture: KeptPicture) -> None:
        if picture.tries > _TRIES:
            self._give_up(picture, f"I was stopped {_TRIES} times in the middle of it")
            return
        match picture.state:
            case PictureState.WANTED:
                self._upload(picture)
            case PictureState.SENDING:
                self._go_on(picture)
            case PictureState.SHARED:
                self._await(picture)
            case PictureState.READY | PictureState.FAILED:
                raise AssertionError(picture)
            case _:
                assert_never(picture.state)

    def _upload(self, picture: KeptPicture) -> None:
        png = self.draw(chart_from_json(picture.chart))
        reserved = self.files.reserve(f"{picture.digest[:12]}.png", len(png), picture.alt)
        if not self.store.sending(picture, reserved.file_id):
            _log.warning("a picture of %s is another process's by now", picture.message_key)
            return
        self.files.send(reserved, png)
        self.files.finish(reserved.file_id, picture.alt)
        self.store.shared(picture, self.clock())

    def _go_on(self, picture: KeptPicture) -> None:
        """Find out how far an upload came whose end nobody has recorded."""
        try:
            if not self.files.ready(picture.file_id):
                self.files.finish(picture.file_id, picture.alt)
        except ChatRefused as exc:
            _log.info("a picture of %s is sent anew: %s", picture.message_key, exc.code)
            self._upload(picture)
            return
        self.store.shared(picture, self.clock())

    def _await(self, picture: KeptPicture) -> None:
        now = self.clock()
        if self.files.ready(picture.file_id):
            self.store.settle(picture, PictureState.READY)
            self.changed()
        elif picture.shared_at is not None and now - picture.shared_at > self.patience:
            self._give_up(picture, "Slack did not get it ready in time")
        else:
            self.store.put_off(picture, now + _LOOK, counts=False)

    def _again(self, picture: KeptPicture, exc: ChatError) -> None:
        if picture.tries >= _TRIES:
            self._give_up(picture, "Slack did not take it")
            return
        wait = timedelta(seconds=min(2.0**picture.tries, _LONGEST_WAIT))
        _log.warning("a picture of %s is put off by %s: %s", picture.message_key, wait, exc)
        self.store.put_off(picture, self.clock() + wait, counts=True)

    def _give_up(self, picture: KeptPicture, problem: str) -> None:
        _log.error("a picture of %s cannot be shown: %s", picture.message_key, problem)
        self.store.settle(picture, PictureState.FAILED, problem)
        self.changed()
