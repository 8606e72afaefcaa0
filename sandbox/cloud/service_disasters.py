"""What people and programs do to the service and the job behind the bot's back.

Changes made here are done by the time the function returns, revisions Ready or failed.
"""

import threading
from collections.abc import Callable, Mapping

from google.cloud import run_v2

from sandbox.cloud.deployment import JOB, SERVICE, TOGGLE_SECRET, job_env, service_env
from sandbox.cloud.job_update import update_job
from sandbox.cloud.project import Project
from sandbox.cloud.revision_script import Fate
from sandbox.cloud.run_state import Resource
from sandbox.cloud.tabular_service import TOGGLE
from sandbox.faults import Phase

CI = "ci-deployer"
UPDATE_SERVICE = "google.cloud.run.v2.Services/UpdateService"

_PERSON = "dana@example.com"
_TERRAFORM = "terraform"


def deploy(
    project: Project,
    change: Callable[[Resource], None],
    account: str = "",
    fate: Fate = Fate.STARTS,
) -> str:
    """Change the service by hand, or from a service account; return its newest revision's name."""

    def edit(service: Resource) -> Resource:
        service.template.revision = ""
        change(service)
        return service

    caller = project.place.account(account) if account else _PERSON
    rollout = project.rollouts.settle(SERVICE, edit, caller, fate)
    return str(rollout.service.latest_created_revision).rpartition("/")[2]


def set_variable(template: Resource, name: str, value: str) -> None:
    """Give a variable of a template's only container a literal value, adding it if need be."""
    (container,) = template.containers
    for variable in container.env:
        if variable.name == name:
            variable.value = value
            return
    container.env.append(run_v2.EnvVar(name=name, value=value))


def take_toggle_from_secret(project: Project) -> None:
    """Let the toggle's value, true as before, come from Secret Manager."""
    reference = run_v2.SecretKeySelector(secret=TOGGLE_SECRET, version="latest")
    from_secret = run_v2.EnvVarSource(secret_key_ref=reference)

    def change(service: Resource) -> None:
        for variable in service.template.containers[0].env:
            if variable.name == TOGGLE:
                variable.value_source = from_secret

    deploy(project, change)


def set_service_variable(project: Project, name: str, value: str) -> None:
    """Give a variable of the service another value by hand, in a new revision."""
    deploy(project, lambda service: set_variable(service.template, name, value))


def set_job_variable(project: Project, name: str, value: str) -> None:
    """Give a variable of the sync job another value by hand."""
    job = project.state.jobs.get(JOB)
    set_variable(job.template.template, name, value)
    update_job(project.state, JOB, run_v2.UpdateJobRequest(job=job), _PERSON)


def edit_before(
    project: Project, method: str = UPDATE_SERVICE, change: Callable[[Resource], None] | None = None
) -> None:
    """Let somebody change the service just before the next call of `method` is applied.

    By default they set LOG_LEVEL to DEBUG.
    """
    first = threading.Lock()

    def watcher(called: str, phase: Phase) -> None:
        if called == method and phase is Phase.BEFORE and first.acquire(blocking=False):
            project.faults.unwatch(watcher)
            deploy(project, change or _debug)

    project.faults.watch(watcher)


def apply_terraform(project: Project, *names: str) -> None:
    """Put variables of service and job back to what Terraform declares, all where none is named."""

    def change(service: Resource) -> None:
        _revert(service.template, service_env(project.place), names)

    deploy(project, change, _TERRAFORM)
    job = project.state.jobs.get(JOB)
    _revert(job.template.template, job_env(), names)
    request = run_v2.UpdateJobRequest(job=job)
    update_job(project.state, JOB, request, project.place.account(_TERRAFORM))


def _debug(service: Resource) -> None:
    set_variable(service.template, "LOG_LEVEL", "DEBUG")


def _revert(template: Resource, declared: Mapping[str, str], names: tuple[str, ...]) -> None:
    for name, value in declared.items():
        if not names or name in names:
            set_variable(template, name, value)
