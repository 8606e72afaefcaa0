"""The gRPC server: raw methods by name, errors as statuses, faults around every call."""

import logging
from collections.abc import Iterator

import grpc
import pytest
from google.cloud import run_v2

from sandbox.clock import Clock
from sandbox.cloud.grpc_server import GrpcServer, unary
from sandbox.cloud.status import StatusError
from sandbox.faults import Fault, Faults, LoseReply, Refuse

ECHO, BROKEN, PICKY = "/test.Service/Echo", "/test.Service/Broken", "/test.Picky/Look"


def _echo(request: bytes, _: grpc.ServicerContext) -> bytes:
    return request


def _broken(_: bytes, __: grpc.ServicerContext) -> bytes:
    raise RuntimeError("a defect")


def _picky(request: run_v2.GetJobRequest) -> run_v2.Job:
    if not request.name:
        raise StatusError(grpc.StatusCode.INVALID_ARGUMENT, "name is required")
    return run_v2.Job(name=request.name)


@pytest.fixture
def faults() -> Faults:
    """Return no faults yet."""
    return Faults(Clock())


@pytest.fixture
def channel(faults: Faults) -> Iterator[grpc.Channel]:
    """Serve three methods and open a channel to them."""
    picky = unary(run_v2.GetJobRequest, _picky)
    server = GrpcServer({ECHO: _echo, BROKEN: _broken, PICKY: picky}, faults)
    server.start()
    with grpc.insecure_channel(server.target) as opened:
        yield opened
    server.stop()


def call(channel: grpc.Channel, method: str, request: bytes = b"") -> bytes:
    """Send one request in raw bytes."""
    return bytes(channel.unary_unary(method, bytes, bytes)(request, timeout=30))


def status_of(channel: grpc.Channel, method: str, request: bytes = b"") -> tuple[str, str]:
    """Send a request that fails; return the name of its status and the details."""
    sent = channel.unary_unary(method, bytes, bytes).future(request, timeout=30)
    assert sent.exception() is not None
    return sent.code().name, sent.details()


def test_bytes_arrive_and_return_as_they_are(channel: grpc.Channel) -> None:
    """A method sees the request's bytes and its own are the reply."""
    assert call(channel, ECHO, b"\x00\xff") == b"\x00\xff"


def test_messages_are_read_and_written(channel: grpc.Channel) -> None:
    """A wrapped method gets the message and its reply is serialized."""
    request = run_v2.GetJobRequest.serialize(run_v2.GetJobRequest(name="n"))
    assert run_v2.Job.deserialize(call(channel, PICKY, request)).name == "n"


def test_errors_leave_as_statuses(channel: grpc.Channel, caplog: pytest.LogCaptureFixture) -> None:
    """Raised statuses keep code and message; bytes that are no message are INVALID_ARGUMENT."""
    assert status_of(channel, PICKY) == ("INVALID_ARGUMENT", "name is required")
    assert status_of(channel, PICKY, b"\xff\xff")[0] == "INVALID_ARGUMENT"
    assert status_of(channel, "/test.Service/Nothing")[0] == "UNIMPLEMENTED"
    assert status_of(channel, "/nothing.Service/Echo")[0] == "UNIMPLEMENTED"
    assert caplog.records == []


def test_a_defect_is_internal_and_logged(
    channel: grpc.Channel, caplog: pytest.LogCaptureFixture
) -> None:
    """A method that breaks answers INTERNAL without its reason, which goes to the log."""
    with caplog.at_level(logging.ERROR):
        code, details = status_of(channel, BROKEN)
    assert code == "INTERNAL"
    assert "a defect" not in details
    assert "a defect" in caplog.text
    assert call(channel, ECHO, b"on") == b"on"


def test_a_refusal_applies_nothing_and_a_lost_reply_applies_all(
    channel: grpc.Channel, faults: Faults
) -> None:
    """Both reach the caller as a status; they differ in what the server has done."""
    applied: list[str] = []
    faults.watch(lambda method, phase: applied.append(f"{phase} {method}"))
    faults.add(Fault("test.Service/Echo", Refuse("ABORTED", "no"), times=1))
    assert status_of(channel, ECHO) == ("ABORTED", "no")
    assert applied == ["before test.Service/Echo"]
    faults.add(Fault("test.Service/*", LoseReply(), times=1))
    assert status_of(channel, ECHO)[0] == "UNAVAILABLE"
    assert applied[1:] == ["before test.Service/Echo", "applied test.Service/Echo"]
    assert call(channel, ECHO, b"on") == b"on"


def test_an_unknown_method_counts_as_no_call(channel: grpc.Channel, faults: Faults) -> None:
    """Only methods that are served are seen by the faults."""
    status_of(channel, "/test.Service/Nothing")
    assert faults.seen("*") == []
