"""What others do to service and job: each changes just what it says."""

from typing import Any

from sandbox.cloud import disasters, service_disasters
from sandbox.cloud.deployment import JOB, SERVICE
from sandbox.cloud.project import Project
from sandbox.cloud.startup_log import Outcome
from tests.sandbox.service_edits import TOGGLE, is_ready


def service(project: Project) -> Any:
    """Return the service as it is."""
    return project.state.services.get(SERVICE)


def env(template: Any) -> dict[str, str]:
    """Return the literal variables of a template's container."""
    return {v.name: v.value for v in template.containers[0].env if v.value}


def test_a_deployment_by_hand_is_ready_at_once(project: Project) -> None:
    """It makes a Ready revision, by a person, and starts no instance."""
    before = len(project.logs.entries())
    disasters.disable_flag(project)
    changed = service(project)
    assert is_ready(changed)
    assert changed.last_modifier == "dana@example.com"
    assert env(changed.template)[TOGGLE] == "false"
    assert len(project.logs.entries()) == before


def test_a_toggle_from_a_secret_means_the_same(project: Project) -> None:
    """The variable has no literal value any more, and instances still see true."""
    service_disasters.take_toggle_from_secret(project)
    changed = service(project)
    assert is_ready(changed)
    (toggle,) = [v for v in changed.template.containers[0].env if v.name == TOGGLE]
    assert toggle.value_source.secret_key_ref.secret == "shared-model-volume-enabled"  # noqa: S105 - a name
    assert toggle.value == ""
    assert project.service.start_instance(project.clock.now()).outcome is Outcome.HIT


def test_terraform_takes_back_one_variable(project: Project) -> None:
    """The named variable goes back to what is declared, in service and job; others stay."""
    service_disasters.deploy(project, _set_both)
    service_disasters.apply_terraform(project, TOGGLE)
    changed = service(project)
    assert changed.last_modifier.startswith("terraform@")
    values = env(changed.template)
    assert (values[TOGGLE], values["LLM_MODEL_NAME"]) == ("true", "qwen2.5:0.5b")
    assert is_ready(changed)


def test_terraform_takes_back_everything(project: Project) -> None:
    """Without names every declared variable goes back, the job's models too."""
    declared = env(service(project).template)
    service_disasters.deploy(project, _set_both)

    def pin(job: Any) -> None:
        service_disasters.set_variable(job.template.template, "LLM_MODEL_NAME", "qwen2.5:0.5b")

    project.state.jobs.change(JOB, pin)
    service_disasters.apply_terraform(project)
    assert env(service(project).template) == declared
    job = project.state.job(JOB)
    assert env(job.template.template)["LLM_MODEL_NAME"] == "llama3.2:1b"
    assert job.last_modifier.startswith("terraform@")


def _set_both(changed: Any) -> None:
    service_disasters.set_variable(changed.template, TOGGLE, "false")
    service_disasters.set_variable(changed.template, "LLM_MODEL_NAME", "qwen2.5:0.5b")
