"""Brings payloads to the app, whichever way it listens, and events again where it fails."""

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import timedelta

from sandbox.faults import Faults, InjectedRefusal, ReplyLost
from sandbox.slack.changes import Changes
from sandbox.slack.transport import Ack, AckStatus, Kind, Retry, Transport
from sandbox.slack.wire import Json

RETRY_PAUSES = (0.0, 60.0, 300.0)  # docs.slack.dev/apis/events-api: at once, 1 min, 5 min
_POOL = 32


@dataclass(frozen=True, slots=True)
class Delivered:
    """One try to deliver, and what came of it."""

    kind: Kind
    payload: Json
    retry: Retry | None
    ack: Ack


class Delivery:
    """Delivers once for commands and interactions, up to four times for events.

    The pauses between tries of an event are simulated work: the clock's speed shortens them.
    """

    def __init__(
        self, faults: Faults, changes: Changes, transport: Callable[[], Transport]
    ) -> None:
        self._faults = faults
        self._changes = changes
        self._transport = transport
        self._log: list[Delivered] = []
        self._stopped = threading.Event()
        self._retrying: list[threading.Thread] = []
        self._pool = ThreadPoolExecutor(_POOL, "slack-events")

    def deliver(self, kind: Kind, payload: Json) -> Ack:
        """Deliver once and return the answer; slash commands and clicks are never retried."""
        return self._try(kind, payload, None)

    def deliver_event(self, payload: Json) -> None:
        """Deliver in the background, and again where it fails."""
        with self._changes.lock:
            if not self._stopped.is_set():
                self._pool.submit(self._first_try, payload)

    def stop(self) -> None:
        """End the background deliveries; pauses between tries are cut short."""
        with self._changes.lock:
            self._stopped.set()
        self._pool.shutdown(wait=True, cancel_futures=True)
        for thread in self._retrying:
            thread.join()

    def _first_try(self, payload: Json) -> None:
        ack = self._try(Kind.EVENT, payload, None)
        if ack.ok:
            return
        # A thread of its own: the pauses last minutes and must not hold up other events.
        thread = threading.Thread(target=self._retry, args=(payload, ack), name="slack-retry")
        self._retrying.append(thread)
        thread.start()

    def _retry(self, payload: Json, ack: Ack) -> None:
        for number, pause in enumerate(RETRY_PAUSES, 1):
            if ack.ok or ack.no_retry or not self._faults.clock.work(pause, self._stopped):
                return
            ack = self._try(Kind.EVENT, payload, Retry(number, ack.reason))

    def log(self) -> list[Delivered]:
        """Return every delivery so far, in the order of their answers."""
        with self._changes.lock:
            return list(self._log)

    def _try(self, kind: Kind, payload: Json, retry: Retry | None) -> Ack:
        ack = self._send(kind, payload, retry)
        with self._changes.lock:
            self._log.append(Delivered(kind, payload, retry, ack))
        self._changes.tell()
        return ack

    def _send(self, kind: Kind, payload: Json, retry: Retry | None) -> Ack:
        """Send once through the faults named `socket.envelope` or `request_url`."""
        transport = self._transport()
        try:
            with self._faults.call(transport.fault_name, kind.value):
                ack = transport.send(kind, payload, retry)
        except InjectedRefusal:
            return Ack(AckStatus.FAILED, timedelta(), {}, "connection_failed")
        except ReplyLost:
            return Ack(AckStatus.TIMEOUT, timedelta(), {}, "timeout")
        return ack
