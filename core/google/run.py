"""Cloud Run: the sync job, its executions, and the service that mounts the cache."""

from collections.abc import Sequence
from typing import Any

from google.cloud import run_v2

from core.deployment import Deployment
from core.errors import Rejected, Unavailable
from core.executions import Execution, ExecutionName, JobChange, SyncJob, newest_first
from core.google.changes import edit_job, edit_service
from core.google.errors import Asked, asking
from core.google.executions import execution_of, short_name, sync_job_of
from core.google.patience import ATTEMPT_SECONDS, READ_RETRY, WRITE_SECONDS
from core.google.services import service_of
from core.services import Service, ServiceChange

_PAGE_SIZE = 200
_MOST_EXECUTIONS = 1000
_PROOF = 20
"""So many executions in order are no coincidence."""

_READING: dict[str, Any] = {"timeout": ATTEMPT_SECONDS, "retry": READ_RETRY}
_ONCE: dict[str, Any] = {"timeout": WRITE_SECONDS, "retry": None}


class Run:
    """Reads the job and the service, starts and cancels executions. Safe between threads."""

    def __init__(
        self,
        jobs: run_v2.JobsClient,
        executions: run_v2.ExecutionsClient,
        services: run_v2.ServicesClient,
        deployment: Deployment,
    ) -> None:
        self._jobs = jobs
        self._executions = executions
        self._services = services
        self._deployment = deployment
        place = f"projects/{deployment.project}/locations/{deployment.region}"
        self._job = f"{place}/jobs/{deployment.job}"
        self._service = f"{place}/services/{deployment.service}"

    def job(self) -> SyncJob:
        """Read the sync job. Raises NotFound where there is none."""
        with asking(Asked("read", self._job_subject, "run.jobs.get on the job")):
            message = self._jobs.get_job(name=self._job, **_READING)
        return sync_job_of(message, self._deployment.variables)

    def executions(self, limit: int = 50) -> Sequence[Execution]:
        """List executions of the sync job, newest first.

        The API documents no order (cloud.google.com/run/docs/reference/rpc/google.cloud.run.v2
        #executions). Pages that prove to be sorted newest first are read up to `limit`, any
        others to the end or to 1,000, which is what Cloud Run keeps, and then sorted.
        """
        request = run_v2.ListExecutionsRequest(parent=self._job, page_size=_PAGE_SIZE)
        found: list[Execution] = []
        with asking(Asked("list the executions of", self._job_subject, "run.executions.list")):
            for page in self._executions.list_executions(request, **_READING).pages:
                found += [execution_of(message) for message in page.executions]
                enough = max(limit, _PROOF) if found == newest_first(found) else _MOST_EXECUTIONS
                if len(found) >= enough:
                    break
        return newest_first(found)[:limit]

    def execution(self, name: ExecutionName) -> Execution:
        """Read one execution. Raises NotFound where there is none."""
        with asking(Asked("read", f"execution {name}", "run.executions.get", absent="")):
            message = self._executions.get_execution(name=self._path(name), **_READING)
        return execution_of(message)

    def service(self) -> Service:
        """Read the service. Raises NotFound where there is none."""
        with asking(Asked("read", self._service_subject, "run.services.get on the service")):
            message = self._services.get_service(name=self._service, **_READING)
        return service_of(message, self._deployment.variables)

    def held_on_service(self, wanted: Sequence[str]) -> Sequence[str]:
        """Return those of the permissions that the bot's account has; asking needs none.

        Source: cloud.google.com/run/docs/reference/rest/v2/projects.locations.services
        """
        request = {"resource": self._service, "permissions": list(wanted)}
        with asking(Asked("check the permissions on", self._service_subject, "run.services.get")):
            answer = self._services.test_iam_permissions(request, **_READING)
        return tuple(permission for permission in wanted if permission in answer.permissions)

    def held_on_job(self, wanted: Sequence[str]) -> Sequence[str]:
        """Return the same for the job."""
        request = {"resource": self._job, "permissions": list(wanted)}
        with asking(Asked("check the permissions on", self._job_subject, "run.jobs.get")):
            answer = self._jobs.test_iam_permissions(request, **_READING)
        return tuple(permission for permission in wanted if permission in answer.permissions)

    def run_job(self) -> ExecutionName:
        """Start one execution, in one attempt.

        The reply is an operation whose metadata is the execution just created; waiting for
        the operation is left alone, since it gives up after 900 s.

        Raises:
            Unavailable: no clear answer; an execution may have been started.
        """
        asked = Asked("run", self._job_subject, "run.jobs.run on the job", write=True)
        with asking(asked):
            operation = self._jobs.run_job(name=self._job, **_ONCE)
        name = _execution_started(operation.operation)
        if name is None:
            raise Unavailable(
                f"Cloud Run accepted to run the {self._job_subject} but named no execution.",
                "One was probably started: look at the executions before running it again.",
            )
        return name

    def change_service(self, change: ServiceChange) -> None:
        """Set variables of the service and nothing else, in one attempt."""
        with asking(Asked("read", self._service_subject, "run.services.get on the service")):
            service = self._services.get_service(name=self._service, **_READING)
        edit_service(service, change, self._deployment.variables)
        permission = "run.services.update on the service, or the right to act as its account"
        with asking(Asked("change", self._service_subject, permission, write=True)):
            self._services.update_service(service=service, **_ONCE)

    def change_job(self, change: JobChange) -> None:
        """Set variables of the job and nothing else, in one attempt."""
        with asking(Asked("read", self._job_subject, "run.jobs.get on the job")):
            job = self._jobs.get_job(name=self._job, **_READING)
        edit_job(job, change, self._deployment.variables)
        permission = "run.jobs.update on the job, or the right to act as its account"
        with asking(Asked("change", self._job_subject, permission, write=True)):
            self._jobs.update_job(job=job, **_ONCE)

    def cancel_execution(self, name: ExecutionName) -> None:
        """Ask a running execution to stop; one that has finished stays as it is."""
        asked = Asked("cancel", f"execution {name}", "run.executions.cancel", write=True, absent="")
        try:
            with asking(asked):
                self._executions.cancel_execution(name=self._path(name), **_ONCE)
        except Rejected:
            # Cloud Run refuses to cancel what has ended, and that is no failure here.
            if not self.execution(name).state.finished:
                raise

    @property
    def _service_subject(self) -> str:
        return f"service {self._deployment.service} in {self._deployment.region}"

    @property
    def _job_subject(self) -> str:
        return f"job {self._deployment.job} in {self._deployment.region}"

    def _path(self, name: ExecutionName) -> str:
        return f"{self._job}/executions/{name}"


def _execution_started(operation: Any) -> ExecutionName | None:
    """Return the execution that the operation's metadata tells of, None where it tells none."""
    execution = run_v2.Execution()
    if not operation.metadata.Unpack(run_v2.Execution.pb(execution)):
        return None
    return short_name(execution.name) if execution.name else None
