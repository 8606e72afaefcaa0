"""Stories of `/cache update`: other models, everywhere the same, and the way back."""

import json
from typing import Any

from google.cloud import run_v2

from sandbox.cloud import disasters
from sandbox.cloud.deployment import JOB, SERVICE
from sandbox.cloud.service_life import latest_traffic
from sandbox.cloud.sync_script import Stage
from sandbox.faults import Fault, LoseReply
from sandbox.slack.messages import Message
from tests.sandbox.cache_contents import manifest
from tests.stories.conftest import PATIENCE, Story
from tests.stories.plan_cards import confirmed, proposed, typed

LLM, EMBEDDING = "LLM_MODEL_NAME", "EMBEDDING_MODEL_NAME"
OLD = ("llama3.2:1b", "BAAI/bge-m3")
NEW = ("llama3.2:3b", "BAAI/bge-small-en-v1.5")
WORDS = f"update llm={NEW[0]} embedding={NEW[1]}"
UPDATE_JOB = "google.cloud.run.v2.Jobs/UpdateJob"
UPDATE_SERVICE = "google.cloud.run.v2.Services/UpdateService"
WRITTEN_BY_THE_SYSTEM = frozenset({"generation", "observed_generation", "etag", "update_time",
                                   "last_modifier", "terminal_condition", "conditions",
                                   "execution_count", "latest_created_execution"})  # fmt: skip


def settings_of_job(story: Story) -> dict[str, Any]:
    """Return all of the job but what only the system writes, as plain values."""
    plain: Any = run_v2.Job
    whole = plain.to_dict(story.stage.project.state.job(JOB))
    return {name: value for name, value in whole.items() if name not in WRITTEN_BY_THE_SYSTEM}


def env_of_job(story: Story) -> dict[str, str]:
    """Return the job's variables."""
    job = story.stage.project.state.job(JOB)
    return {one.name: one.value for one in job.template.template.containers[0].env}


def env_of_service(story: Story) -> dict[str, str]:
    """Return the service's literal variables."""
    service = story.stage.project.state.services.get(SERVICE)
    return {one.name: one.value for one in service.template.containers[0].env}


def named(story: Story) -> list[tuple[str, str]]:
    """Return the models as manifest, job and service name them."""
    models = manifest(story.stage.project)["models"]
    job, service = env_of_job(story), env_of_service(story)
    return [
        (models["ollama"]["name"], models["embedding"]["name"]),
        (job[LLM], job[EMBEDDING]),
        (service[LLM], service[EMBEDDING]),
    ]


def undone(story: Story, operation: Message) -> str:
    """Click Undo, say yes, and return how it ended."""
    known = {one.ts for one in story.public()}
    story.person().click(operation, "Undo")
    return story.until_ended(confirmed(story, story.answer(known)))


def set_in_job(story: Story, name: str, value: str) -> None:
    """Change a variable of the job as somebody else would."""

    def edit(job: Any) -> None:
        env = job.template.template.containers[0].env
        next(one for one in env if one.name == name).value = value

    story.stage.project.state.jobs.change(JOB, edit)


def release_traffic(service: Any) -> None:
    """Send the traffic to the latest revision again."""
    service.traffic = latest_traffic()


def take_from_secret(story: Story, name: str) -> None:
    """Let a variable of the job take its value from Secret Manager."""

    def edit(job: Any) -> None:
        env = job.template.template.containers[0].env
        reference = run_v2.SecretKeySelector(secret="model", version="latest")  # noqa: S106 - a name
        variable = next(one for one in env if one.name == name)
        variable.value_source = run_v2.EnvVarSource(secret_key_ref=reference)

    story.stage.project.state.jobs.change(JOB, edit)


def test_an_update_reaches_job_cache_and_service_and_can_be_undone(story: Story) -> None:
    """Both ways all three agree, nothing else is touched, and Terraform's lines are printed."""
    assert named(story) == [OLD] * 3
    job, service = settings_of_job(story), env_of_service(story)
    version = manifest(story.stage.project)["version"]
    told = story.ask_privately(f"{WORDS} --dry-run")
    assert "This is only the plan" in told
    card = proposed(story, WORDS)
    for text in (told, card.text):
        assert f"{OLD[0]} → {NEW[0]}" in text
        assert f'tabular_llm_model_name = "{NEW[0]}"' in text
    assert story.stage.faults.seen(UPDATE_JOB) == []
    operation = confirmed(story, card)
    text = story.until_ended(operation)
    assert "done" in text.splitlines()[0], text
    assert named(story) == [NEW] * 3
    assert "in place and proven" in text
    assert "is ready and receives all of the traffic" in text
    assert f'tabular_embedding_model_name = "{NEW[1]}"' in text
    after = settings_of_job(story)
    assert after.pop("annotations").keys() == {"cachebot.dev/change"}
    expected = json.loads(json.dumps(job, default=str).replace(*pairs(0)).replace(*pairs(1)))
    expected.pop("annotations")
    assert json.loads(json.dumps(after, default=str)) == expected
    assert env_of_service(story) == {**service, LLM: NEW[0], EMBEDDING: NEW[1]}
    assert f"Roll back to {version}" in text
    text = undone(story, operation)
    assert "done" in text.splitlines()[0], text
    assert named(story) == [OLD] * 3
    assert env_of_service(story) == service
    assert len(story.stage.faults.seen(UPDATE_JOB)) == 2


def test_the_files_of_before_come_back_by_a_rollback(story: Story) -> None:
    """The button of the finished update leads to the exact way back, names included."""
    version = manifest(story.stage.project)["version"]
    operation = confirmed(story, proposed(story, WORDS))
    assert "done" in story.until_ended(operation).splitlines()[0]
    known = {one.ts for one in story.public()}
    story.person().click(operation, f"Roll back to {version}")
    rollback = typed(story, story.answer(known), version)
    story.stage.slack.wait_for(lambda: named(story) == [OLD] * 3, PATIENCE)
    assert version in rollback.text
    assert manifest(story.stage.project)["version"] == version


def pairs(which: int) -> tuple[str, str]:
    """Return an old name and its new one, in quotes."""
    return f'"{OLD[which]}"', f'"{NEW[which]}"'


def test_a_name_that_the_registry_lacks_fails_the_sync_and_is_taken_back(story: Story) -> None:
    """The cause is told, the cache is as it was, and Undo leaves no trace of the name."""
    executions = story.executions()
    operation = confirmed(story, proposed(story, "update llm=lama3.2:3b"))
    text = story.until_ended(operation)
    assert "failed" in text.splitlines()[0]
    assert "The registry knows no language model lama3.2:3b, so nothing was downloaded." in text
    assert "The service was not changed." in text
    assert "every sync fails until it is put back" in text
    assert "pull model manifest: file does not exist" in text
    assert "The cache is consistent" in text
    assert "tabular_llm_model_name" not in text
    assert "puts the sync job back as it was" in text
    assert "Undo" in text
    assert named(story) == [OLD, ("lama3.2:3b", OLD[1]), OLD]
    assert story.stage.faults.seen(UPDATE_SERVICE) == []
    text = undone(story, operation)
    assert "done" in text.splitlines()[0], text
    assert named(story) == [OLD] * 3
    assert story.executions() == executions + 1


def test_what_cannot_be_updated_is_refused_with_the_reason(story: Story) -> None:
    """Bad names, no change, a running execution, pinned traffic, a variable from a secret."""
    assert "is no name of an Ollama model" in story.ask_privately("update llm=3b;id")
    assert "Hugging Face" in story.ask_privately("update embedding=bge-m3")
    assert "already" in story.ask_privately(f"update llm={OLD[0]}")
    project = story.stage.project
    project.scripts.hold(Stage.PULLING_LLM)
    rival = disasters.start_rival_execution(project)
    assert f"{rival} is running" in story.ask_privately(WORDS)
    project.scripts.release()
    disasters.pin_traffic(project)
    assert "is pinned" in story.ask_privately(WORDS)
    story.stage.project.state.services.change(SERVICE, release_traffic)
    take_from_secret(story, EMBEDDING)
    assert "EMBEDDING_MODEL_NAME of the sync job" in story.ask_privately(WORDS)
    assert story.stage.faults.seen(UPDATE_JOB) == []
    assert story.public() == []


def test_a_job_changed_between_plan_and_click_gets_a_new_plan(story: Story) -> None:
    """A yes counts for what was shown; the new plan says what has changed."""
    card = proposed(story, WORDS)
    set_in_job(story, LLM, "gemma2:2b")
    known = {one.ts for one in story.public()}
    story.person().click(card, "Confirm")
    fresh = story.answer(known)
    assert "job gemma2:2b" in fresh.text
    assert "language model: was" in fresh.text
    story.stage.slack.wait_for(lambda: "facts have changed" in card.text, PATIENCE)
    assert story.stage.faults.seen(UPDATE_JOB) == []


def test_a_rival_that_begins_first_is_waited_for_and_a_lost_reply_is_looked_for(
    story: Story,
) -> None:
    """The job is changed once; the old models that the rival brings are replaced by the new."""
    project = story.stage.project
    project.scripts.hold(Stage.PULLING_LLM)
    story.stage.faults.add(Fault(UPDATE_JOB, LoseReply(), times=1))
    rivals: list[str] = []

    def begin(method: str, _: object) -> None:
        if method == UPDATE_JOB and not rivals:
            rivals.append(disasters.start_rival_execution(project))

    card = proposed(story, WORDS)
    story.stage.faults.watch(begin)
    operation = confirmed(story, card)
    story.stage.slack.wait_for(lambda: "not joined" in operation.text, PATIENCE)
    project.scripts.release()
    text = story.until_ended(operation)
    assert "done" in text.splitlines()[0], text
    assert rivals[0] not in text
    assert named(story) == [NEW] * 3
    assert len(story.stage.faults.seen(UPDATE_JOB)) == 1
