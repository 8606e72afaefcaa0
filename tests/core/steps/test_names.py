"""Properties of comparing what manifest, sync job and service name in the end."""

from dataclasses import replace

import pytest

from core.outcomes import Done, Failed, Outcome
from core.plans import Plan, VerifyNames
from tests.core.reader import MemoryReader
from tests.core.steps.running import Running
from tests.core.tabular_cloud import JOB, MODELS, SERVICE, TabularCloud
from tests.core.whole_cache import EMBEDDING, LLM, whole_cache, without


def compared(
    cache: MemoryReader, wanted: VerifyNames, *, llm_in_job: str = LLM, llm_in_service: str = LLM
) -> Outcome:
    """Compare a cache, a job and a service with what was wanted."""
    cloud = TabularCloud(
        settings=cache.settings,
        stored=cache.stored,
        contents=cache.contents,
        jobs=[replace(JOB, llm_model=llm_in_job)],
        services=[replace(SERVICE, env={**MODELS, "LLM_MODEL_NAME": llm_in_service})],
    )
    return Running(cloud, Plan("update", "", {}, (wanted,))).take(0)


def test_three_that_agree_are_done() -> None:
    """What was wanted is what each of them names."""
    outcome = compared(whole_cache(), VerifyNames(LLM, EMBEDDING))
    assert outcome == Done(f"Manifest, sync job and service all name {LLM} and {EMBEDDING}.")


@pytest.mark.parametrize(
    ("wanted", "names", "said"),
    [
        (VerifyNames("gemma2:2b", ""), {}, f"The manifest names {LLM} where gemma2:2b was"),
        (VerifyNames(LLM, "a/b"), {}, f"The service names {EMBEDDING} where a/b was wanted"),
        (VerifyNames(LLM, ""), {"llm_in_job": "x"}, "The sync job names x"),
        (VerifyNames(LLM, ""), {"llm_in_service": ""}, "The service names none"),
    ],
)
def test_each_that_names_another_is_told(
    wanted: VerifyNames, names: dict[str, str], said: str
) -> None:
    """With what it names and what was wanted."""
    outcome = compared(whole_cache(), wanted, **names)
    assert isinstance(outcome, Failed)
    assert said in outcome.why


def test_a_missing_tag_is_latest_and_an_empty_name_is_not_compared() -> None:
    """Names are compared as the files that they stand for."""
    tagged = VerifyNames("llama3.2", "")
    outcome = compared(whole_cache(), tagged, llm_in_job="llama3.2:latest", llm_in_service="")
    assert isinstance(outcome, Failed)
    assert "sync job" not in outcome.why


def test_no_manifest_is_no_agreement() -> None:
    """There is nothing to compare with."""
    assert isinstance(
        compared(without(whole_cache(), "manifest.json"), VerifyNames(LLM, "")), Failed
    )
