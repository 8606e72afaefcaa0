"""What a step is called, and what exactly it will do, as cards of plans and operations say."""

from collections.abc import Mapping

from core.cache.objects import MANIFEST
from core.doomed import DeleteGenerations, VerifyDeletion
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
from core.quantities import size_text
from core.remedies import Remedy
from handlers.blocks.card import Code, Line
from handlers.blocks.quantities import count, duration
from handlers.blocks.remedies import plan_of_remedy, title_of_remedy


def title_of_step(step: Step) -> str:  # noqa: C901, PLR0912 - a case for each kind of step
    """Say what a step does, in a few words."""
    match step:
        case RunSync(join):
            return "Join or start the sync job" if join else "Start the sync job"
        case AwaitExecution():
            return "Follow the execution"
        case VerifySync():
            return "Prove the result"
        case SaveInventory():
            return "Save the inventory"
        case CheckSources():
            return "Look for every version to restore"
        case RestoreObjects(items):
            only_manifest = [one.name for one in items] == [MANIFEST]
            return "Restore the manifest" if only_manifest else "Restore the models"
        case RetireObjects():
            return "Remove what does not belong to it"
        case WriteDone():
            return "Write the .done marker"
        case VerifyRestored():
            return "Prove the result"
        case WatchStartups():
            return "Watch for the first startup"
        case SetServiceEnv():
            return "Change the service"
        case SetJobEnv():
            return "Change the sync job"
        case AwaitReady():
            return "Wait for the new revision"
        case VerifyNames():
            return "Compare the models' names"
        case SwitchNightly(resume):
            return "Resume the nightly trigger" if resume else "Pause the nightly trigger"
        case CheckService():
            return "Check what the service runs"
        case CheckConsistency():
            return "Check what state the cache is in"
        case DeleteGenerations():
            return "Delete the versions"
        case VerifyDeletion():
            return "Prove that nothing else went"
        case _:
            return title_of_remedy(step)


def plan_of_step(step: Step) -> Line:  # noqa: C901, PLR0912 - a case for each kind of step
    """Say what exactly a step will do, for the card that asks for a yes."""
    if isinstance(step, Remedy):
        return plan_of_remedy(step)
    match step:
        case AwaitExecution(longest, expected):
            return (f"Usually {duration(expected)}, at most {duration(longest)}.",)
        case VerifySync(llm_model, embedding_model):
            return (
                "Manifest, .done marker, all files of ",
                Code(llm_model),
                " and ",
                Code(embedding_model),
                ".",
            )
        case SaveInventory(version) if version:
            return ("Of ", Code(version), ", so that a rollback leads back to it with proof.")
        case RestoreObjects(items):
            size = size_text(sum(one.size_bytes for one in items))
            return (f"{count(len(items), 'object')}, {size}, 16 at a time.",)
        case RetireObjects(items):
            return (f"{count(len(items), 'object')} under ", Code("sbert/"), ".")
        case WriteDone(version):
            return ("It says ", Code(version), "; the last write of all.")
        case VerifyRestored(inventory):
            objects = count(len(inventory.items), "object")
            return (f"{objects}, by checksum and size; manifest, .done marker, both models.",)
        case WatchStartups(_, longest):
            return (f"In this thread, for up to {duration(longest)}; nothing waits for it.",)
        case SetServiceEnv(_, after) if not after:
            return ("Only a new revision: every setting stays as it is.",)
        case SetServiceEnv(before, after) | SetJobEnv(before, after):
            return _change(before, after)
        case VerifyNames(llm_model, embedding_model):
            names = [name for name in (llm_model, embedding_model) if name]
            who = "Manifest, sync job and service all name "
            return (who, Code(" and ".join(names)), ".")
        case AwaitReady(longest):
            return (f"Ready, with 100 % of the traffic; at most {duration(longest)}.",)
        case DeleteGenerations(_, shares):
            versions = count(sum(one.versions for one in shares), "version")
            return (f"{versions}, each by its generation; newer ones cannot be hit.",)
        case VerifyDeletion(_, others_count):
            return (f"The other {count(others_count, 'version')} outside .tmp/ stay.",)
        case _:
            return ()


def _change(before: Mapping[str, str | None], after: Mapping[str, str | None]) -> Line:
    line: list[str | Code] = []
    for name, value in after.items():
        line += [
            Code(name),
            " from ",
            Code(_shown(before.get(name))),
            " to ",
            Code(_shown(value)),
            "; ",
        ]
    return (*line, "every other setting stays as it is.")


def _shown(value: str | None) -> str:
    return "absent" if value is None else value
