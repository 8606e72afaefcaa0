"""Socket Mode: WebSockets that the app opens, each payload going to one of them.

docs.slack.dev/apis/events-api/using-socket-mode
"""

import contextlib
import json
import secrets
import socket
import threading
import time
import uuid
from datetime import timedelta
from urllib.parse import parse_qs, urlsplit

from websockets.exceptions import ConnectionClosed
from websockets.http11 import Request, Response
from websockets.sync.server import Server, ServerConnection, serve

from sandbox.slack.changes import Changes
from sandbox.slack.directory import APP_ID
from sandbox.slack.transport import ACK_SECONDS, Ack, AckStatus, Kind, Retry
from sandbox.slack.wire import Json

MAX_LINKS = 10


class _Pending:
    """A delivered envelope whose answer is awaited."""

    def __init__(self, link: ServerConnection) -> None:
        self.link = link
        self.answered = threading.Event()
        self.body: Json | None = None


class SocketMode:
    """The server side of the app's sockets."""

    fault_name = "socket.envelope"

    def __init__(self, changes: Changes) -> None:
        self._changes = changes
        self._tickets: set[str] = set()
        self._links: list[ServerConnection] = []  # those that take payloads
        self._open: list[ServerConnection] = []  # those, and the retired ones
        self._retired: list[ServerConnection] = []  # told to go away
        self._pending: dict[str, _Pending] = {}
        self._turn = 0
        self._abandoned = False
        self._server: Server | None = None
        self._thread: threading.Thread | None = None

    def start(self) -> None:
        """Listen on a free loopback port."""
        self._server = serve(
            self._serve_link, "127.0.0.1", 0, process_request=self._admit, compression=None
        )
        self._thread = threading.Thread(target=self._server.serve_forever, name="slack-sockets")
        self._thread.start()

    def abandon(self) -> None:
        """Wait for no answer any more, nor send anything: what is under way times out now."""
        with self._changes.lock:
            self._abandoned = True
            pending = list(self._pending.values())
        for one in pending:
            one.answered.set()

    def stop(self) -> None:
        """Cut every socket and stop listening."""
        if self._server is None or self._thread is None:
            return
        self._server.shutdown()
        self.drop_links()
        self._thread.join()
        self._server = None

    @property
    def connected(self) -> int:
        """Return how many sockets take payloads now."""
        with self._changes.lock:
            return len(self._links)

    def new_link(self) -> str:
        """Return the address of a new socket, good for one connection."""
        if self._server is None:
            raise RuntimeError("Socket Mode is not running")
        ticket = secrets.token_hex(16)
        with self._changes.lock:
            self._tickets.add(ticket)
        port = self._server.socket.getsockname()[1]
        return f"ws://127.0.0.1:{port}/link/?ticket={ticket}&app_id={APP_ID}"

    def send(self, kind: Kind, payload: Json, retry: Retry | None) -> Ack:
        """Send to one socket in turn and wait for its answer."""
        started, envelope_id = time.monotonic(), str(uuid.uuid4())
        envelope = _envelope(envelope_id, kind, payload, retry)
        pending = self._hand_over(envelope_id, json.dumps(envelope))
        if pending is None:
            return Ack(AckStatus.FAILED, timedelta(), {}, "connection_failed")
        answered = pending.answered.wait(ACK_SECONDS)
        latency = timedelta(seconds=time.monotonic() - started)
        with self._changes.lock:
            self._pending.pop(envelope_id, None)
        if not answered or pending.body is None:
            return Ack(AckStatus.TIMEOUT, latency, {}, "timeout")
        return Ack(AckStatus.OK, latency, pending.body)

    def refresh_links(self, reason: str = "refresh_requested") -> None:
        """Ask the app to open new sockets; the old ones take no new payloads.

        They are closed when the next socket opens.
        """
        with self._changes.lock:
            links, self._links = self._links, []
            self._retired += links
        self._changes.tell()
        for link in links:
            _send_quietly(link, json.dumps({"type": "disconnect", "reason": reason}))

    def drop_links(self) -> None:
        """Cut every socket without a word, as a network does."""
        with self._changes.lock:
            links, self._links = self._open, []
        for link in links:
            _cut(link)
        self._changes.tell()

    def _hand_over(self, envelope_id: str, text: str) -> _Pending | None:
        """Send to the next socket that still works."""
        while True:
            with self._changes.lock:
                if not self._links or self._abandoned:
                    return None
                self._turn += 1
                link = self._links[self._turn % len(self._links)]
                pending = self._pending[envelope_id] = _Pending(link)
            if _send_quietly(link, text):
                return pending
            self._forget(link)

    def _admit(self, connection: ServerConnection, request: Request) -> Response | None:
        """Refuse a handshake whose ticket is unknown or used."""
        tickets = parse_qs(urlsplit(request.path).query).get("ticket", [""])
        with self._changes.lock:
            if tickets[0] in self._tickets:
                self._tickets.remove(tickets[0])
                return None
        return connection.respond(403, "invalid ticket\n")

    def _serve_link(self, link: ServerConnection) -> None:
        with self._changes.lock:
            count = len(self._links) + 1
        if count > MAX_LINKS:
            _send_quietly(link, json.dumps({"type": "disconnect", "reason": "too_many_websockets"}))
            return
        if not _send_quietly(link, json.dumps(_hello(count))):
            return
        with self._changes.lock:
            self._links.append(link)
            self._open.append(link)
            retired, self._retired = self._retired, []
        for old in retired:
            _cut(old)
        self._changes.tell()
        try:
            for text in link:
                self._take_answer(text)
        except (ConnectionClosed, OSError):
            pass  # the app went away; what it did not answer runs into its timeout
        finally:
            self._forget(link)
            with self._changes.lock:
                self._open = [each for each in self._open if each is not link]

    def _take_answer(self, text: str | bytes) -> None:
        answer = json.loads(text)
        with self._changes.lock:
            pending = self._pending.get(answer.get("envelope_id", ""))
        if pending is not None:
            payload = answer.get("payload")
            pending.body = payload if isinstance(payload, dict) else {}
            pending.answered.set()

    def _forget(self, link: ServerConnection) -> None:
        with self._changes.lock:
            self._links = [each for each in self._links if each is not link]
        self._changes.tell()


def _envelope(envelope_id: str, kind: Kind, payload: Json, retry: Retry | None) -> Json:
    envelope: Json = {
        "envelope_id": envelope_id,
        "type": kind.value,
        "payload": payload,
        "accepts_response_payload": kind is not Kind.EVENT,
    }
    if kind is Kind.EVENT:
        envelope["retry_attempt"] = retry.number if retry else 0
        envelope["retry_reason"] = retry.reason if retry else ""
    return envelope


def _hello(connections: int) -> Json:
    return {
        "type": "hello",
        "num_connections": connections,
        "connection_info": {"app_id": APP_ID},
        "debug_info": {"host": "sandbox", "approximate_connection_time": 3600},
    }


def _send_quietly(link: ServerConnection, text: str) -> bool:
    """Send, and tell whether the socket still worked."""
    try:
        link.send(text)
    except (ConnectionClosed, OSError):
        return False
    return True


def _cut(link: ServerConnection) -> None:
    """Shut the socket down under the connection, so that its reader wakes up."""
    with contextlib.suppress(OSError):
        link.socket.shutdown(socket.SHUT_RDWR)
