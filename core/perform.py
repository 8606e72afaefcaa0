"""The one function that performs a step; it leaves the how to `core.steps`."""

from core.context import Context
from core.doomed import DeleteGenerations, VerifyDeletion
from core.outcomes import Outcome
from core.plans import (
    AwaitExecution,
    AwaitReady,
    CheckConsistency,
    CheckService,
    CheckSources,
    RestoreObjects,
    RetireObjects,
    RunSync,
    SaveInventory,
    SetJobEnv,
    SetServiceEnv,
    Step,
    SwitchNightly,
    VerifyNames,
    VerifyRestored,
    VerifySync,
    WatchStartups,
    WriteDone,
)
from core.steps.deletion import delete_generations
from core.steps.deletion_proof import verify_deletion
from core.steps.executions import await_execution, run_sync
from core.steps.job import set_job_env
from core.steps.names import verify_names
from core.steps.proof import check_consistency, save_inventory, verify_sync
from core.steps.recovery import remedy
from core.steps.restore import (
    check_sources,
    restore_objects,
    retire_objects,
    verify_restored,
    write_done,
)
from core.steps.service import await_ready, check_service, set_service_env, switch_nightly
from core.steps.startups import watch_startups


def perform(step: Step, context: Context) -> Outcome:  # noqa: C901, PLR0912 - a case for each kind of step
    """Try a step once. Trying it again, even at the same moment, does no harm.

    Raises:
        CloudError: the cloud could not be read; nothing of this step was lost.
    """
    match step:
        case RunSync():
            return run_sync(step, context)
        case AwaitExecution():
            return await_execution(step, context)
        case VerifySync():
            return verify_sync(step, context)
        case SaveInventory():
            return save_inventory(step, context)
        case CheckSources():
            return check_sources(step, context)
        case RestoreObjects():
            return restore_objects(step, context)
        case RetireObjects():
            return retire_objects(step, context)
        case WriteDone():
            return write_done(step, context)
        case VerifyRestored():
            return verify_restored(step, context)
        case WatchStartups():
            return watch_startups(step, context)
        case SetServiceEnv():
            return set_service_env(step, context)
        case SetJobEnv():
            return set_job_env(step, context)
        case AwaitReady():
            return await_ready(step, context)
        case VerifyNames():
            return verify_names(step, context)
        case SwitchNightly():
            return switch_nightly(step, context)
        case CheckService():
            return check_service(context)
        case CheckConsistency():
            return check_consistency(context)
        case DeleteGenerations():
            return delete_generations(step, context)
        case VerifyDeletion():
            return verify_deletion(step, context)
        case _:
            return remedy(step, context)
