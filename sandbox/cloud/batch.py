"""Batch requests: many calls in one multipart request, each answered for itself.

Form and limits as docs.cloud.google.com/storage/docs/batch describes them.
"""

import secrets
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from email import message_from_bytes
from email.message import Message
from http import HTTPStatus
from urllib.parse import urlsplit

from flask import Response, current_app, request
from werkzeug.test import EnvironBuilder

from sandbox.cloud.storage_errors import ApiError, error_response
from sandbox.cloud.storage_service import StorageService
from sandbox.faults import ReplyLost

MAX_CALLS = 100
MAX_BYTES = 10_000_000

_JSON_API = "/storage/v1/"
_HTTP_PART = "application/http"
_BODY_HEADERS = {"Content-Length", "Content-Type"}  # the body says them itself


@dataclass(frozen=True, slots=True)
class Part:
    """One call inside a batch; `target` is its path and query."""

    content_id: str
    method: str
    target: str
    headers: list[tuple[str, str]]
    body: bytes


def run_batch(service: StorageService, answer: Callable[[StorageService], Response]) -> Response:
    """Run the calls of a batch one after the other, each under its own faults.

    Where the reply to one of them is lost, the whole reply is, after all have been run.
    """
    parts = list(_parts())
    with service.faults.call("storage.batch", f"{len(parts)} calls"):
        answers, lost = [], False
        for part in parts:
            try:
                answers.append(_answer_part(part, lambda: answer(service)))
            except ReplyLost:
                lost = True
        if lost:
            raise ReplyLost("storage.batch")
        boundary = f"batch_{secrets.token_urlsafe(24)}"
        pieces = [f"--{boundary}\r\n".encode() + piece + b"\r\n" for piece in answers]
        body = b"".join(pieces) + f"--{boundary}--\r\n".encode()
        return Response(body, content_type=f"multipart/mixed; boundary={boundary}")


def _parts() -> Iterator[Part]:
    """Yield the calls of the batch that came in; refuse what is no batch, or too much of one."""
    body = request.get_data()
    if len(body) >= MAX_BYTES:
        raise ApiError(
            413, f"The batch is {len(body)} bytes big; it must be less than {MAX_BYTES}."
        )
    head = f"Content-Type: {request.headers.get('Content-Type', '')}\r\n\r\n".encode()
    message = message_from_bytes(head + body)
    inner = message.get_payload() if message.is_multipart() else []
    if message.get_content_type() != "multipart/mixed" or not isinstance(inner, list) or not inner:
        raise ApiError(400, "Failed to parse batch request, error: no parts in multipart/mixed.")
    if len(inner) > MAX_CALLS:
        raise ApiError(400, f"The batch request has {len(inner)} calls, the limit is {MAX_CALLS}.")
    for part in inner:
        if isinstance(part, Message):
            yield _parse_part(part)


def _parse_part(message: Message) -> Part:
    payload = message.get_payload(decode=True)
    if message.get_content_type() != _HTTP_PART or not isinstance(payload, bytes):
        raise ApiError(400, f"Failed to parse batch request, error: a part is not {_HTTP_PART}.")
    start, _, rest = payload.partition(b"\n")
    words = start.decode("latin-1").split()
    if len(words) < 2:
        raise ApiError(400, "Failed to parse batch request, error: a part has no request line.")
    url, call = urlsplit(words[1]), message_from_bytes(rest)
    body = call.get_payload(decode=True)
    return Part(
        content_id=str(message.get("Content-ID", "")),
        method=words[0],
        target=f"{url.path}?{url.query}" if url.query else url.path,
        headers=[(name, str(value)) for name, value in call.items() if name not in _BODY_HEADERS],
        body=body if isinstance(body, bytes) else b"",
    )


def _answer_part(part: Part, answer: Callable[[], Response]) -> bytes:
    """Serve one call as if it had come alone; what cannot be batched answers 400."""
    builder = EnvironBuilder(
        path=urlsplit(part.target).path,
        query_string=urlsplit(part.target).query,
        base_url=request.host_url,
        method=part.method,
        headers=part.headers,
        data=part.body,
    )
    environ = builder.get_environ()
    environ["RAW_URI"] = part.target
    with current_app.request_context(environ):
        if part.target.startswith(_JSON_API) and request.args.get("alt") != "media":
            return _rendered(part, answer())
        error = ApiError(400, "Uploads, downloads and batches cannot be part of a batch.")
        return _rendered(part, error_response(error))


def _rendered(part: Part, response: Response) -> bytes:
    body = response.get_data()
    status = HTTPStatus(response.status_code)
    lines = [f"Content-Type: {_HTTP_PART}"]
    if part.content_id:
        lines.append(f"Content-ID: <response-{part.content_id.strip('<>')}>")
    lines += ["", f"HTTP/1.1 {status.value} {status.phrase}"]
    headers = {**dict(response.headers), "Content-Length": str(len(body))}
    lines += [f"{name}: {value}" for name, value in headers.items()]
    return "\r\n".join([*lines, "", ""]).encode() + body
