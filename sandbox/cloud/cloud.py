"""The pretend Google Cloud as a running thing: one project behind an HTTP and a gRPC server."""

from types import TracebackType
from typing import Self

from flask import Flask

from sandbox.cloud import (
    alerts_api,
    logging_api,
    monitoring_api,
    push_identity,
    run_api,
    scheduler_api,
    storage_api,
)
from sandbox.cloud.grpc_server import GrpcServer, Methods
from sandbox.cloud.http_server import HttpServer
from sandbox.cloud.project import Project, create_project


class PretendCloud:
    """Serves a project on loopback, from `start` until `stop`; a context manager does both."""

    def __init__(self, project: Project | None = None) -> None:
        self.project = project or create_project()
        self.faults = self.project.faults
        self._http = HttpServer(_app(self.project))
        self._grpc = GrpcServer(_methods(self.project), self.faults)

    @property
    def storage_url(self) -> str:
        """The endpoint for the Cloud Storage client."""
        return self._http.url

    @property
    def monitoring_url(self) -> str:
        """The endpoint for Monitoring's REST methods."""
        return self._http.url

    @property
    def certificates_url(self) -> str:
        """The page of the certificates that Pub/Sub's tokens are signed by."""
        return f"{self._http.url}{push_identity.CERTIFICATES}"

    @property
    def grpc_target(self) -> str:
        """The address for `grpc.insecure_channel`."""
        return self._grpc.target

    def start(self) -> None:
        """Begin to serve, both servers on free ports."""
        self._http.start()
        self._grpc.start()

    def stop(self) -> None:
        """End running executions and rollouts, let hanging calls go and close both servers."""
        self.faults.clear()
        self.project.channels.stop()
        self.project.nightly.switch_off()
        self.project.rollouts.stop()
        self.project.executions.stop()
        self._grpc.stop()
        self._http.stop()

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.stop()


def _app(project: Project) -> Flask:
    app = Flask("pretend-google-cloud")
    app.register_blueprint(storage_api.blueprint(project.buckets, project.faults, project.clock))
    app.register_blueprint(alerts_api.blueprint(project.place, project.policies, project.faults))
    app.register_blueprint(push_identity.blueprint(project.channels.identity))
    return app


def _methods(project: Project) -> Methods:
    place, logs, metrics = project.place, project.logs, project.metrics
    return {
        **run_api.methods(project.state, project.executions, project.rollouts),
        **logging_api.methods(place, logs, metrics, project.reading),
        **monitoring_api.methods(place, metrics, project.policies),
        **scheduler_api.methods(project.schedules),
    }
