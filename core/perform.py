"""The one function that performs a step; it leaves the how to `core.steps`."""

from typing import assert_never

from core.context import Context
from core.outcomes import Outcome
from core.plans import (
    AwaitExecution,
    AwaitReady,
    CheckConsistency,
    CheckService,
    RunSync,
    SaveInventory,
    SetJobEnv,
    SetServiceEnv,
    Step,
    SwitchNightly,
    VerifySync,
)
from core.steps.executions import await_execution, run_sync
from core.steps.job import set_job_env
from core.steps.proof import check_consistency, save_inventory, verify_sync
from core.steps.service import await_ready, check_service, set_service_env, switch_nightly


def perform(step: Step, context: Context) -> Outcome:  # noqa: C901 - a case for each kind of step
    """Try a step once. Trying it again, even at the same moment, does no harm.

    Raises:
        CloudError: the cloud could not be read; nothing of this step was lost.
    """
    match step:
        case RunSync():
            return run_sync(context)
        case AwaitExecution():
            return await_execution(step, context)
        case VerifySync():
            return verify_sync(step, context)
        case SaveInventory():
            return save_inventory(context)
        case SetServiceEnv():
            return set_service_env(step, context)
        case SetJobEnv():
            return set_job_env(step, context)
        case AwaitReady():
            return await_ready(step, context)
        case SwitchNightly():
            return switch_nightly(step, context)
        case CheckService():
            return check_service(context)
        case CheckConsistency():
            return check_consistency(context)
        case _:
            assert_never(step)
