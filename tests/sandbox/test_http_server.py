"""The HTTP server keeps connections, loses replies on demand, and stops at once."""

import http.client
import logging
import socket
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass

import pytest
from flask import Flask, Response, request

from sandbox.cloud.http_server import HttpServer
from sandbox.faults import ReplyLost


@dataclass(frozen=True)
class App:
    """A server with telling routes, and what its calls did."""

    server: HttpServer
    done: list[str]
    hanging: threading.Event

    @property
    def port(self) -> int:
        """Where it listens."""
        return int(self.server.url.rpartition(":")[2])


@pytest.fixture
def app() -> Iterator[App]:
    """Serve a few telling routes."""
    flask = Flask(__name__)
    done: list[str] = []
    rendezvous = threading.Barrier(2, timeout=30)
    hanging, released = threading.Event(), threading.Event()

    @flask.route("/hello", methods=["GET", "POST", "HEAD"])
    def hello() -> str:
        done.append("hello")
        return "hello"

    @flask.post("/echo")
    def echo() -> bytes:
        return request.get_data()

    @flask.get("/stream")
    def stream() -> Response:
        return Response(iter([b"one,", b"", b"two"]))

    @flask.delete("/gone")
    def gone() -> Response:
        return Response(status=204)

    @flask.post("/lose")
    def lose() -> str:
        done.append("applied")
        raise ReplyLost("lose")

    @flask.get("/fail")
    def fail() -> str:
        raise RuntimeError("a bug in the sandbox")

    @flask.get("/together")
    def together() -> str:
        rendezvous.wait()
        return "together"

    @flask.get("/hang")
    def hang() -> str:
        hanging.set()
        released.wait(60)
        return "at last"

    server = HttpServer(flask)
    server.start()
    yield App(server, done, hanging)
    released.set()
    server.stop()


def connect(server: HttpServer) -> http.client.HTTPConnection:
    """Open a connection of our own."""
    return http.client.HTTPConnection(server.url.removeprefix("http://"), timeout=30)


def ask(
    connection: http.client.HTTPConnection, method: str, path: str, body: bytes = b""
) -> tuple[int, bytes]:
    """Send a request on an open connection."""
    connection.request(method, path, body=body)
    response = connection.getresponse()
    return response.status, response.read()


def test_many_requests_share_one_connection(app: App) -> None:
    """Requests of every kind follow each other on one connection, each rightly answered."""
    connection = connect(app.server)
    assert ask(connection, "GET", "/hello") == (200, b"hello")
    used = connection.sock
    assert used is not None
    assert ask(connection, "POST", "/echo", b"x" * 300_000) == (200, b"x" * 300_000)
    assert ask(connection, "HEAD", "/hello") == (200, b"")
    assert ask(connection, "DELETE", "/gone") == (204, b"")
    assert ask(connection, "GET", "/stream") == (200, b"one,two")
    assert ask(connection, "GET", "/nowhere")[0] == 404
    assert ask(connection, "GET", "/hello") == (200, b"hello")
    assert connection.sock is used
    connection.close()


def test_body_that_nobody_read_does_not_become_the_next_request(app: App) -> None:
    """An app that ignores a body leaves the connection usable."""
    connection = connect(app.server)
    assert ask(connection, "POST", "/hello", b"GET /fail HTTP/1.1\r\n\r\n") == (200, b"hello")
    assert ask(connection, "GET", "/hello") == (200, b"hello")
    connection.close()


def test_chunked_body_arrives_whole(app: App) -> None:
    """A body sent in chunks reaches the app as one."""
    connection = connect(app.server)
    connection.request("POST", "/echo", body=iter([b"one,", b"two"]), encode_chunked=True)
    assert connection.getresponse().read() == b"one,two"
    assert ask(connection, "GET", "/hello") == (200, b"hello")
    connection.close()


@pytest.mark.parametrize("framing", ["Content-Length: 10", "Transfer-Encoding: chunked"])
def test_request_that_breaks_off_is_not_applied(app: App, framing: str) -> None:
    """A client that dies in the middle of its body leaves no trace in the app."""
    with socket.create_connection(("127.0.0.1", app.port), 30) as raw:
        raw.sendall(f"POST /hello HTTP/1.1\r\nHost: x\r\n{framing}\r\n\r\n4\r\nhalf".encode())
        raw.shutdown(socket.SHUT_WR)
        assert raw.recv(1) == b""
    assert app.done == []


def test_small_calls_are_not_held_back(app: App) -> None:
    """A hundred small calls with bodies take far less than the 40 ms each of delayed packets."""
    connection = connect(app.server)
    begun = time.perf_counter()
    for _ in range(100):
        ask(connection, "POST", "/echo", b"small")
    assert time.perf_counter() - begun < 2
    connection.close()


def test_requests_run_at_the_same_time(app: App) -> None:
    """Two calls that wait for each other both end."""
    answers: list[tuple[int, bytes]] = []

    def call() -> None:
        connection = connect(app.server)
        answers.append(ask(connection, "GET", "/together"))
        connection.close()

    threads = [threading.Thread(target=call) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert answers == [(200, b"together")] * 2


def test_lost_reply_drops_the_connection_after_the_call_is_applied(app: App) -> None:
    """The client sees the connection end without a byte, and the call has happened once."""
    with socket.create_connection(("127.0.0.1", app.port), 30) as raw:
        raw.sendall(b"POST /lose HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n\r\n")
        assert raw.recv(1) == b""
    assert app.done == ["applied"]


def test_bug_in_the_app_is_logged_and_answered_500(
    app: App, caplog: pytest.LogCaptureFixture
) -> None:
    """An unexpected exception is a 500 with its traceback in the log, and the server lives on."""
    connection = connect(app.server)
    with caplog.at_level(logging.ERROR):
        assert ask(connection, "GET", "/fail")[0] == 500
    assert "a bug in the sandbox" in caplog.text
    assert ask(connection, "GET", "/hello") == (200, b"hello")
    connection.close()


@pytest.mark.parametrize("length", ["-1", "many", str(1 << 40)])
def test_impossible_length_is_refused(app: App, length: str) -> None:
    """A Content-Length that cannot be served is a 400 and the end of the connection."""
    with socket.create_connection(("127.0.0.1", app.port), 30) as raw:
        raw.sendall(f"POST /echo HTTP/1.1\r\nContent-Length: {length}\r\n\r\n".encode())
        answer = b""
        while piece := raw.recv(4096):
            answer += piece
    assert answer.startswith(b"HTTP/1.1 400 ")


def test_stop_does_not_wait_for_idle_connections(app: App) -> None:
    """Stopping with open connections takes well under a second and closes them."""
    server = app.server
    idle = [connect(server) for _ in range(5)]
    for connection in idle:
        ask(connection, "GET", "/hello")
    begun = time.perf_counter()
    server.stop()
    assert time.perf_counter() - begun < 1
    for connection in idle:
        with pytest.raises((ConnectionError, http.client.RemoteDisconnected)):
            ask(connection, "GET", "/hello")


def test_stop_gives_up_on_a_call_that_hangs(app: App) -> None:
    """A call that never ends does not keep the server from stopping."""
    connection = connect(app.server)
    connection.request("GET", "/hang")
    assert app.hanging.wait(30)
    app.server.stop(grace_seconds=0.1)
    with pytest.raises((ConnectionError, http.client.RemoteDisconnected)):
        connection.getresponse()


def test_server_that_never_started_can_be_stopped() -> None:
    """A bound server frees its port even where nobody started it."""
    server = HttpServer(Flask(__name__))
    server.stop()
    with pytest.raises(ConnectionError):
        ask(connect(server), "GET", "/")
