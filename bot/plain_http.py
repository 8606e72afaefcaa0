"""Plain HTTP for the routes: a body that is not too long, answers and refusals as text."""

from flask import Response, request

MOST_BODY_BYTES = 2**20


class Refused(Exception):
    """A request that is not let in; `status` is what HTTP says of it."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status = status
        self.message = message


def read_body() -> bytes:
    """Read the body of the request under way.

    Raises:
        Refused: 413.
    """
    declared = request.content_length or 0
    if declared > MOST_BODY_BYTES or len(body := request.get_data()) > MOST_BODY_BYTES:
        raise Refused(413, "The body is too long.")
    return body


def plain(text: str, status: int) -> Response:
    """Answer a line of text."""
    return Response(f"{text}\n", status, mimetype="text/plain")
