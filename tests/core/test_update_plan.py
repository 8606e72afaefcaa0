"""Properties of the plan of an update: what it changes, refuses and says, and its way back."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest

from core.call import Actor, Place
from core.commands import Update
from core.deployment import Deployment
from core.errors import NothingToDo, OpsError, UsageError
from core.executions import ExecutionState
from core.operations import Operation, OperationId, OperationState, StepRecord, StepState
from core.plans import (
    AwaitExecution,
    AwaitReady,
    Plan,
    RunSync,
    SaveInventory,
    SetJobEnv,
    SetServiceEnv,
    Step,
    VerifyNames,
    VerifySync,
)
from core.policy import Role
from core.procedures.undo import plan_undo
from core.procedures.update import plan_update
from tests.core.reader import MemoryReader
from tests.core.whole_cache import EMBEDDING, LLM, NEWER, NOW, execution, whole_cache

LLM_VARIABLE, EMBEDDING_VARIABLE = "LLM_MODEL_NAME", "EMBEDDING_MODEL_NAME"
BIGGER, SMALL = "llama3.2:3b", "BAAI/bge-small-en-v1.5"
DEPLOYMENT = Deployment("p")


def planned(reader: MemoryReader, llm: str | None = BIGGER, embedding: str | None = None) -> Plan:
    """Plan to change one model or both."""
    return plan_update(Update(llm, embedding), reader, DEPLOYMENT)


def with_env(
    reader: MemoryReader,
    job: Mapping[str, str] | None = None,
    service: Mapping[str, str] | None = None,
) -> MemoryReader:
    """Return the cache with other variables of job or service."""
    assert reader.sync_job is not None
    if job is not None:
        llm, embedding = job.get(LLM_VARIABLE, ""), job.get(EMBEDDING_VARIABLE, "")
        told = replace(reader.sync_job, llm_model=llm, embedding_model=embedding, env=job)
        reader = replace(reader, sync_job=told)
    if service is not None:
        reader = with_service(reader, env=service)
    return reader


def with_service(reader: MemoryReader, **fields: Any) -> MemoryReader:
    """Return the cache with another service."""
    assert reader.tabular is not None
    return replace(reader, tabular=replace(reader.tabular, **fields))


def finished(plan: Plan, done: int) -> Operation:
    """Return an operation of which so many steps were done, the next one failed."""
    states = [StepState.DONE] * done + [StepState.FAILED] + [StepState.SKIPPED] * len(plan.steps)
    records = tuple(
        StepRecord(at, step, state)
        for at, (step, state) in enumerate(zip(plan.steps, states, strict=False))
    )
    state = OperationState.DONE if done == len(plan.steps) else OperationState.FAILED
    operation = OperationId("update-abc234")
    return Operation(operation, plan, Actor("U0OLGA"), Place("C0"), state, records, NOW)


def test_job_sync_service_and_proof_come_in_this_order() -> None:
    """The service is pointed at the new model only once it lies in the cache."""
    plan = planned(whole_cache())
    change = ({LLM_VARIABLE: LLM}, {LLM_VARIABLE: BIGGER})
    kinds: list[type[Step]] = [type(step) for step in plan.steps]
    assert kinds == [SaveInventory, SetJobEnv, RunSync, AwaitExecution, VerifySync, SaveInventory,
                     SetServiceEnv, AwaitReady, VerifyNames]  # fmt: skip
    assert plan.steps[0] == SaveInventory(NEWER)
    assert plan.steps[1] == SetJobEnv(*change)
    assert plan.steps[2] == RunSync(join=False)
    assert plan.steps[4] == VerifySync(BIGGER, EMBEDDING)
    assert plan.steps[6] == SetServiceEnv(*change)
    assert plan.steps[-1] == VerifyNames(BIGGER, EMBEDDING)
    assert plan.facts["language model"] == f"{LLM} → {BIGGER}"
    assert plan.facts["embedding model"] == EMBEDDING
    assert plan.tfvars == (
        f'tabular_llm_model_name = "{BIGGER}"',
        f'tabular_embedding_model_name = "{EMBEDDING}"',
    )
    assert plan.ask is not None
    assert (plan.ask.role, plan.ask.danger, plan.ask.typed) == (Role.OPERATOR, True, "")


def test_a_service_that_names_another_model_is_brought_into_line() -> None:
    """Each of the three is told with what it names now, and all name one in the end."""
    reader = with_env(whole_cache(), service={LLM_VARIABLE: "gemma2:2b"})
    plan = planned(reader, BIGGER, SMALL)
    assert plan.facts["language model"] == (
        f"job {LLM}, service gemma2:2b, manifest {LLM} → {BIGGER}"
    )
    assert plan.steps[6] == SetServiceEnv(
        before={LLM_VARIABLE: "gemma2:2b", EMBEDDING_VARIABLE: None},
        after={LLM_VARIABLE: BIGGER, EMBEDDING_VARIABLE: SMALL},
    )
    said = " ".join(plan.warnings)
    assert f"{EMBEDDING_VARIABLE} is absent in tabular-service so far and is added" in said
    assert "replaces the old embedding model" in said


def test_what_is_right_already_is_not_set_again() -> None:
    """After a failed sync the job names the new model already; the rest is still done."""
    job = {LLM_VARIABLE: BIGGER, EMBEDDING_VARIABLE: EMBEDDING}
    plan = planned(with_env(whole_cache(), job=job))
    assert plan.steps[1] == RunSync(join=False)
    assert not any(isinstance(step, SetJobEnv) for step in plan.steps)
    assert SetServiceEnv({LLM_VARIABLE: LLM}, {LLM_VARIABLE: BIGGER}) in plan.steps


def test_a_model_that_the_job_does_not_name_is_left_alone() -> None:
    """Nobody guesses what was not asked for."""
    plan = planned(with_env(whole_cache(), job={LLM_VARIABLE: LLM}))
    assert plan.steps[-1] == VerifyNames(BIGGER, "")
    assert plan.tfvars == (f'tabular_llm_model_name = "{BIGGER}"',)


def test_a_shared_volume_that_is_off_is_told() -> None:
    """The names change, the cache stays unused."""
    plan = planned(with_service(whole_cache(), toggle="false"))
    assert plan.facts["shared volume"] == "off"
    assert any("The shared volume is off" in warning for warning in plan.warnings)


def test_what_is_so_already_is_refused() -> None:
    """Only where job, service and manifest all name it."""
    with pytest.raises(NothingToDo, match="already") as caught:
        planned(whole_cache(), LLM, EMBEDDING)
    assert caught.value.offers == ("sync",)


@pytest.mark.parametrize("owner", ["job", "service"])
def test_a_variable_from_a_secret_is_refused(owner: str) -> None:
    """The reader is told which one, and where."""
    reader = whole_cache()
    assert reader.sync_job is not None
    secrets = frozenset({EMBEDDING_VARIABLE})
    if owner == "job":
        reader = replace(reader, sync_job=replace(reader.sync_job, secrets=secrets))
    else:
        reader = with_service(reader, secrets=secrets)
    with pytest.raises(OpsError, match=rf"{EMBEDDING_VARIABLE} of .* Secret Manager"):
        planned(reader)


def test_nothing_is_planned_while_an_execution_runs_or_traffic_is_pinned() -> None:
    """A running sync fetches the old models; a pinned service would not take the new names."""
    reader = whole_cache()
    runs = (execution("ccccc", NOW, ExecutionState.RUNNING), *reader.runs)
    with pytest.raises(OpsError, match="tabular-model-sync-ccccc is running"):
        planned(replace(reader, runs=runs))
    with pytest.raises(OpsError, match="is pinned"):
        planned(with_service(reader, pinned=True))


def test_a_bad_name_is_refused_before_anything_is_read() -> None:
    """No question is asked of the cloud for it."""
    reader = whole_cache()
    with pytest.raises(UsageError):
        planned(reader, "llama3.2:$(id)")
    with pytest.raises(UsageError):
        planned(reader, None, "bge-m3")
    assert reader.questions() == []


def test_undo_after_a_failed_sync_puts_the_job_back_alone() -> None:
    """The cache still holds the old models, and the service still asks for them."""
    plan = planned(whole_cache())
    now = with_env(whole_cache(), job={LLM_VARIABLE: BIGGER, EMBEDDING_VARIABLE: EMBEDDING})
    undo = plan_undo(finished(plan, 3), now, DEPLOYMENT)
    assert undo.steps == (
        SetJobEnv({LLM_VARIABLE: BIGGER}, {LLM_VARIABLE: LLM}),
        VerifyNames(LLM, EMBEDDING),
    )
    assert undo.tfvars[0] == f'tabular_llm_model_name = "{LLM}"'


def test_undo_of_an_update_downloads_the_old_models_before_the_service_asks_for_them() -> None:
    """In the order of the update itself; undoing the undo is possible too."""
    reader = whole_cache()
    plan = planned(with_env(reader, {LLM_VARIABLE: BIGGER, EMBEDDING_VARIABLE: SMALL}), LLM)
    everywhere = {LLM_VARIABLE: LLM, EMBEDDING_VARIABLE: SMALL}
    now = with_env(reader, everywhere, everywhere)
    undo = plan_undo(finished(plan, len(plan.steps)), now, DEPLOYMENT)
    kinds: list[type[Step]] = [type(step) for step in undo.steps]
    assert kinds == [SetJobEnv, RunSync, AwaitExecution, VerifySync, SaveInventory, SetServiceEnv,
                     AwaitReady]  # fmt: skip
    assert undo.steps[1] == RunSync(join=False)
    assert undo.steps[3] == VerifySync(BIGGER, SMALL)
    assert undo.steps[5] == SetServiceEnv({EMBEDDING_VARIABLE: SMALL},
                                          {EMBEDDING_VARIABLE: EMBEDDING})  # fmt: skip
    assert any("downloaded again" in warning for warning in undo.warnings)
    assert undo.undo == "undo {id}"


def test_undo_beside_a_running_execution_syncs_after_it() -> None:
    """It may be about to bring the new models in."""
    plan = planned(whole_cache())
    now = with_env(whole_cache(), job={LLM_VARIABLE: BIGGER, EMBEDDING_VARIABLE: EMBEDDING})
    runs = (execution("ccccc", NOW, ExecutionState.RUNNING), *now.runs)
    undo = plan_undo(finished(plan, 3), replace(now, runs=runs), DEPLOYMENT)
    assert RunSync(join=False) in undo.steps
    assert undo.facts["running execution"] == "tabular-model-sync-ccccc"


def test_a_job_that_was_changed_again_is_not_put_back() -> None:
    """Nobody's later edit is overwritten, and a lost bucket is told as what it is."""
    plan = planned(whole_cache())
    with pytest.raises(OpsError, match="of tabular-model-sync was changed again"):
        plan_undo(finished(plan, 3), whole_cache(), DEPLOYMENT)
    now = with_env(whole_cache(), job={LLM_VARIABLE: BIGGER, EMBEDDING_VARIABLE: EMBEDDING})
    with pytest.raises(OpsError, match="no bucket") as caught:
        plan_undo(finished(plan, 3), replace(now, settings=None), DEPLOYMENT)
    assert caught.value.offers == ("recover",)


def test_without_a_model_the_present_ones_are_told() -> None:
    """Who has to choose sees what job, service and manifest name, and how to word it."""
    reader = with_env(whole_cache(), service={LLM_VARIABLE: BIGGER})
    with pytest.raises(NothingToDo) as caught:
        planned(reader, llm=None)
    assert f"The sync job tabular-model-sync names {LLM} and {EMBEDDING}." in caught.value.message
    assert f"tabular-service names {BIGGER} and none." in caught.value.message
    assert f"The manifest names {LLM} and {EMBEDDING}." in caught.value.message
    assert f"`/cache update llm={LLM} embedding={EMBEDDING}`" in caught.value.hint
