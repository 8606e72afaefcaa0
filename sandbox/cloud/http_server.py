"""An HTTP/1.1 server for a Flask app on loopback: threads, keep-alive, and replies that get lost.

Werkzeug's own request handler closes every connection; this one reads each body whole, so
that connections stay open and a call takes milliseconds.
"""

import logging
import socket
import threading
from http import HTTPStatus
from io import BytesIO
from typing import Any

from flask import Flask
from werkzeug.exceptions import BadRequest, HTTPException, InternalServerError
from werkzeug.serving import ThreadedWSGIServer, WSGIRequestHandler
from werkzeug.wrappers import Response

from sandbox.faults import ReplyLost

_MAX_BODY_BYTES = 1 << 30
_POLL_SECONDS = 0.01  # how soon `stop` is noticed: tests stop a server each
_LOG = logging.getLogger(__name__)


class HttpServer:
    """Serves an app on a port of 127.0.0.1 (0: any free one), from `start` until `stop`.

    A ReplyLost that leaves the app drops the connection without a byte of answer; any
    other exception is logged and answered 500.
    """

    def __init__(self, app: Flask, port: int = 0) -> None:
        app.config["PROPAGATE_EXCEPTIONS"] = True
        self._server = _Server("127.0.0.1", port, app, handler=_Handler)
        self._thread = threading.Thread(
            target=self._server.serve_forever,
            args=(_POLL_SECONDS,),
            name="sandbox-http",
            daemon=True,
        )

    @property
    def url(self) -> str:
        """The base address, without a slash at the end."""
        return f"http://127.0.0.1:{self._server.port}"

    def start(self) -> None:
        """Begin to serve."""
        self._thread.start()

    def stop(self, grace_seconds: float = 2.0) -> None:
        """Stop listening, close open connections, wait `grace_seconds` for calls that still run."""
        if self._thread.is_alive():
            self._server.shutdown()
            self._thread.join()
        self._server.server_close()
        self._server.close_connections(grace_seconds)


class _ClientGone(Exception):
    """The client left before its whole request was here: the app must not see a part of it."""


class _Server(ThreadedWSGIServer):
    """Remembers its open connections, so that idle ones can be closed."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        self._open: set[socket.socket] = set()
        self._changed = threading.Condition()
        super().__init__(*args, **kwargs)

    def process_request(self, request: Any, client_address: Any) -> None:
        with self._changed:
            self._open.add(request)
        super().process_request(request, client_address)

    def shutdown_request(self, request: Any) -> None:
        with self._changed:
            self._open.discard(request)
            self._changed.notify_all()
        super().shutdown_request(request)

    def close_connections(self, grace_seconds: float) -> None:
        with self._changed:
            for connection in self._open:
                _shut(connection)
            self._changed.wait_for(lambda: not self._open, grace_seconds)


class _Handler(WSGIRequestHandler):
    """Answers the requests of one connection."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def run_wsgi(self) -> None:
        try:
            response = self._call_app()
        except (ReplyLost, _ClientGone):
            self.close_connection = True
            return
        except HTTPException as error:
            self.close_connection = True  # the body was not read
            response = Response.force_type(error.get_response())
        except Exception:  # noqa: BLE001 - the server's request boundary
            _LOG.exception("%s %s failed", self.command, self.path)
            response = Response.force_type(InternalServerError().get_response())
        try:
            self._send(response)
        finally:
            response.close()

    def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
        """Stay quiet: the faults record every call."""

    def _call_app(self) -> Response:
        environ = self.make_environ()
        body = self._read_body(environ)
        environ["wsgi.input"] = BytesIO(body)
        environ["CONTENT_LENGTH"] = str(len(body))
        environ.pop("HTTP_TRANSFER_ENCODING", None)
        return Response.from_app(self.server.app, environ)

    def _read_body(self, environ: dict[str, Any]) -> bytes:
        if environ.get("wsgi.input_terminated"):  # chunked
            try:
                return bytes(environ["wsgi.input"].read())
            except OSError as error:
                raise _ClientGone from error
        length = environ.get("CONTENT_LENGTH") or "0"
        if not (length.isascii() and length.isdigit()) or int(length) > _MAX_BODY_BYTES:
            raise BadRequest(f"Content-Length {length} is not served.")
        body = self.rfile.read(int(length))
        if len(body) < int(length):
            raise _ClientGone
        return body

    def _send(self, response: Response) -> None:
        status = response.status_code
        has_body = self.command != "HEAD" and status not in {204, 304}
        is_chunked = has_body and "Content-Length" not in response.headers
        self.send_response(status, HTTPStatus(status).phrase)
        for name, value in response.headers:
            self.send_header(name, value)
        if is_chunked:
            self.send_header("Transfer-Encoding", "chunked")
        if self.close_connection:
            self.send_header("Connection", "close")
        self.end_headers()
        for piece in response.iter_encoded() if has_body else ():
            if piece:
                self.wfile.write(b"%x\r\n%b\r\n" % (len(piece), piece) if is_chunked else piece)
        if is_chunked:
            self.wfile.write(b"0\r\n\r\n")


def _shut(connection: socket.socket) -> None:
    try:
        connection.shutdown(socket.SHUT_RDWR)
    except OSError:
        _LOG.debug("the other side was faster")
