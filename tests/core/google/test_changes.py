"""Changing the service and the job over the wire: what was asked for and nothing else."""

from collections.abc import Callable
from typing import Any

import pytest
from google.cloud import run_v2

from core.errors import Conflict, PermissionDenied, Rejected, Unavailable
from core.executions import JobChange
from core.google.google_cloud import GoogleCloud
from core.services import ServiceChange
from sandbox.cloud.cloud import PretendCloud
from sandbox.cloud.deployment import JOB, SERVICE
from sandbox.faults import Fault, LoseReply, Refuse

LLM = "LLM_MODEL_NAME"
STAMP = "cachebot.dev/change"
UPDATE_JOB = "google.cloud.run.v2.Jobs/UpdateJob"
UNKNOWN = bytes([0xC2, 0xB2, 0x04, 5]) + b"newer"
CHANGE = JobChange({LLM: "llama3.2:1b"}, {LLM: "llama3.2:3b"}, "update-abc234.0")
WRITTEN_BY_THE_SYSTEM = ("generation", "observed_generation", "etag", "update_time",
                         "last_modifier", "terminal_condition", "conditions")  # fmt: skip


def _job(pretend: PretendCloud) -> Any:
    """Return the raw message of the job as it stands."""
    return run_v2.Job.pb(pretend.project.state.job(JOB))


def _settings(job: Any) -> bytes:
    """Return all of a job but what only the system writes, unknown fields too."""
    for name in WRITTEN_BY_THE_SYSTEM:
        job.ClearField(name)
    return bytes(job.SerializeToString(deterministic=True))


def _variable(job: Any, name: str) -> Any:
    env = job.template.template.containers[0].env
    return next(one for one in env if one.name == name)


def _add_unknown_fields(job: Any) -> None:
    raw = run_v2.Job.pb(job)
    task = raw.template.template
    for part in (raw, raw.template, task, task.containers[0], _variable(raw, LLM)):
        part.MergeFromString(UNKNOWN)


def _from_secret(name: str) -> Callable[[Any], None]:
    """Let a variable of a container take its value from a secret."""
    reference = run_v2.SecretKeySelector(secret="model", version="latest")  # noqa: S106 - a name

    def edit(container: Any) -> None:
        container.env = [one for one in container.env if one.name != name]
        source = run_v2.EnvVarSource(secret_key_ref=reference)
        container.env.append(run_v2.EnvVar(name=name, value_source=source))

    return edit


def test_one_variable_of_the_job_is_changed_and_nothing_else(
    cloud: GoogleCloud, pretend: PretendCloud
) -> None:
    """The whole job is what it was but for that value and the stamp, to the last byte."""
    pretend.project.state.jobs.change(JOB, _add_unknown_fields)
    expected = _job(pretend)
    cloud.change_job(CHANGE)
    _variable(expected, LLM).value = "llama3.2:3b"
    expected.annotations[STAMP] = CHANGE.stamp
    after = _settings(_job(pretend))
    assert after == _settings(expected)
    assert after.count(UNKNOWN) == 5
    assert pretend.project.state.executions.all() == []
    job = cloud.job()
    assert (job.llm_model, job.stamp) == ("llama3.2:3b", CHANGE.stamp)


def test_a_variable_of_the_job_is_added_and_removed(cloud: GoogleCloud) -> None:
    """None stands for one that is not there."""
    before = cloud.job().env
    cloud.change_job(JobChange({"NEW": None}, {"NEW": "1"}, "one"))
    assert cloud.job().env == {**before, "NEW": "1"}
    cloud.change_job(JobChange({"NEW": "1"}, {"NEW": None}, "two"))
    assert cloud.job().env == before


def test_a_job_that_was_changed_meanwhile_is_left_alone(
    cloud: GoogleCloud, pretend: PretendCloud
) -> None:
    """A value that is not what it must have been is a conflict, and nothing is written."""
    before = _settings(_job(pretend))
    with pytest.raises(Conflict, match="LLM_MODEL_NAME was changed meanwhile"):
        cloud.change_job(JobChange({LLM: "gemma2:2b"}, {LLM: "llama3.2:3b"}, "one"))
    assert pretend.faults.seen(UPDATE_JOB) == []
    pretend.faults.add(Fault(UPDATE_JOB, Refuse("ABORTED")))
    with pytest.raises(Conflict):
        cloud.change_job(CHANGE)
    assert _settings(_job(pretend)) == before


def test_variables_from_secrets_are_never_overwritten(
    cloud: GoogleCloud, pretend: PretendCloud
) -> None:
    """Neither of the job nor of the service, whatever the plan believes of their values."""
    edit = _from_secret(LLM)
    state = pretend.project.state
    state.jobs.change(JOB, lambda job: edit(job.template.template.containers[0]))
    state.services.change(SERVICE, lambda service: edit(service.template.containers[0]))
    assert cloud.job().secrets == {LLM}
    assert LLM in cloud.service().secrets
    assert LLM not in {**cloud.job().env, **cloud.service().env}
    for before in ({LLM: None}, {LLM: ""}, {}):
        with pytest.raises(Rejected, match="Secret Manager"):
            cloud.change_job(JobChange(before, {LLM: "llama3.2:3b"}, "one"))
        with pytest.raises(Rejected, match="Secret Manager"):
            cloud.change_service(ServiceChange(before, {LLM: "llama3.2:3b"}, "one"))
    assert pretend.faults.seen(UPDATE_JOB) == []


def test_a_lost_reply_is_unclear_and_asked_once(cloud: GoogleCloud, pretend: PretendCloud) -> None:
    """It may have been applied; the stamp tells, nothing is repeated here."""
    pretend.faults.add(Fault(UPDATE_JOB, LoseReply(), times=1))
    with pytest.raises(Unavailable, match="no clear answer"):
        cloud.change_job(CHANGE)
    assert len(pretend.faults.seen(UPDATE_JOB)) == 1
    assert cloud.job().stamp == CHANGE.stamp


def test_a_refusal_names_the_permission(cloud: GoogleCloud, pretend: PretendCloud) -> None:
    """The reader knows what to grant, acting as the job's account included."""
    pretend.faults.add(Fault(UPDATE_JOB, Refuse("PERMISSION_DENIED")))
    with pytest.raises(PermissionDenied, match="may not change the job") as caught:
        cloud.change_job(CHANGE)
    assert "run.jobs.update" in caught.value.hint
