"""The error that a handler of the pretend Google Cloud raises to answer a gRPC status."""

import grpc


class StatusError(Exception):
    """Answer `code` with `message`; the call has changed nothing."""

    def __init__(self, code: grpc.StatusCode, message: str) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
