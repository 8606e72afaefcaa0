"""The gRPC side of the pretend cloud: methods in raw bytes, all on one loopback port."""

import logging
from collections.abc import Callable, Mapping
from concurrent import futures
from typing import Any, Never

import grpc
from google.protobuf.message import DecodeError  # type: ignore[import-untyped]  # no stubs

from sandbox.cloud.status import StatusError
from sandbox.faults import Faults, InjectedRefusal, Refuse, ReplyLost

Method = Callable[[bytes, grpc.ServicerContext], bytes]
Methods = Mapping[str, Method]

_LOG = logging.getLogger(__name__)
_WORKERS = 48  # hanging calls keep a worker each until the faults are cleared
_ROUTING_HEADER = "x-goog-request-params"
_CODES_BY_HTTP_STATUS = {
    400: grpc.StatusCode.INVALID_ARGUMENT,
    401: grpc.StatusCode.UNAUTHENTICATED,
    403: grpc.StatusCode.PERMISSION_DENIED,
    404: grpc.StatusCode.NOT_FOUND,
    409: grpc.StatusCode.ABORTED,
    429: grpc.StatusCode.RESOURCE_EXHAUSTED,
    500: grpc.StatusCode.INTERNAL,
    503: grpc.StatusCode.UNAVAILABLE,
    504: grpc.StatusCode.DEADLINE_EXCEEDED,
}


def unary(request_type: Any, answer: Callable[[Any], Any]) -> Method:
    """Wrap `answer(request) -> reply`, both proto-plus messages, as a method in raw bytes."""

    def method(request: bytes, _: grpc.ServicerContext) -> bytes:
        reply = answer(request_type.deserialize(request))
        return bytes(type(reply).serialize(reply))

    return method


class GrpcServer:
    """Serves methods by their full name ("/package.Service/Method"); the rest is UNIMPLEMENTED."""

    def __init__(self, methods: Methods, faults: Faults) -> None:
        self._methods = methods
        self._faults = faults
        self._running: tuple[grpc.Server, futures.Executor] | None = None
        self.port = 0

    @property
    def target(self) -> str:
        """The address for `grpc.insecure_channel`."""
        return f"127.0.0.1:{self.port}"

    def start(self) -> None:
        """Listen on a free port of the loopback interface."""
        workers = futures.ThreadPoolExecutor(_WORKERS, thread_name_prefix="sandbox-grpc")
        server = grpc.server(workers, options=[("grpc.so_reuseport", 0)])
        server.add_generic_rpc_handlers(
            tuple(
                grpc.method_handlers_generic_handler(service, {method: self._handler(name)})
                for name in self._methods
                for service, method in [name.removeprefix("/").split("/")]
            )
        )
        self.port = server.add_insecure_port("127.0.0.1:0")
        server.start()
        self._running = server, workers

    def stop(self) -> None:
        """Stop listening and end the calls under way; nothing happens where it is not running."""
        if self._running is not None:
            server, workers = self._running
            server.stop(grace=None).wait()
            workers.shutdown(wait=False)
            self._running = None

    def _handler(self, name: str) -> "grpc.RpcMethodHandler[bytes, bytes]":
        return grpc.unary_unary_rpc_method_handler(
            lambda request, context: self._serve(name, request, context)
        )

    def _serve(self, name: str, request: bytes, context: grpc.ServicerContext) -> bytes:
        """Apply one call; errors leave as gRPC statuses."""
        try:
            with self._faults.call(name.removeprefix("/"), routing(context)):
                reply = self._methods[name](request, context)
        except StatusError as error:
            _abort(context, error.code, error.message)
        except InjectedRefusal as injected:
            _abort(context, _code(injected.refuse), injected.refuse.message)
        except ReplyLost:
            _abort(context, grpc.StatusCode.UNAVAILABLE, "Socket closed")
        except DecodeError as error:
            _abort(context, grpc.StatusCode.INVALID_ARGUMENT, str(error))
        except Exception:  # noqa: BLE001 - the server's request boundary
            _LOG.exception("%s failed", name)
            _abort(context, grpc.StatusCode.INTERNAL, "Internal error encountered.")
        return reply


def routing(context: grpc.ServicerContext) -> str:
    """Return the header that names the resource, such as `name=projects%2Fp...`."""
    for key, value in context.invocation_metadata():
        if key == _ROUTING_HEADER:
            return value if isinstance(value, str) else value.decode()
    return ""


def _code(refuse: Refuse) -> grpc.StatusCode:
    if isinstance(refuse.status, str):
        return grpc.StatusCode[refuse.status]
    return _CODES_BY_HTTP_STATUS.get(refuse.status, grpc.StatusCode.UNKNOWN)


def _abort(context: grpc.ServicerContext, code: grpc.StatusCode, message: str) -> Never:
    context.abort(code, message)
    raise AssertionError("abort always raises")
