"""What each word does, for whoever has to use it the first time, at night."""

from collections.abc import Mapping
from dataclasses import dataclass

_LOOKS = "Nothing: it only looks."


@dataclass(frozen=True, slots=True)
class Entry:
    """What a word does and changes, an example without `/cache`, and how it is taken back."""

    does: str
    example: str
    changes: str = _LOOKS
    back: str = ""


GUIDE: Mapping[str, Entry] = {
    "help": Entry("Lists what you may do here, or tells all about one word.", "help rollback"),
    "status": Entry("Shows version, models, service and last sync in a few lines.", "status"),
    "health": Entry(
        "Runs every check over the last 24 h, or the span that you name, and gives each a verdict, "
        "the reason and the next step.",
        "health 7d",
    ),
    "sync": Entry(
        "Joins the sync job's running execution or starts one, follows it to its end, and proves "
        "that manifest, .done marker and model files agree.",
        "sync",
        "The files in the bucket: the models are downloaded anew by their names.",
        "`/cache rollback` brings back the files of the version before it.",
    ),
    "history": Entry("Lists the last executions of the sync job: how each ended.", "history 20"),
    "logs": Entry(
        "Shows log lines of the sync job or of the service, all of them or errors alone.",
        "logs service errors 1h",
    ),
    "manifest": Entry("Shows what manifest.json and the .done marker say.", "manifest"),
    "models": Entry("Lists the models in the bucket with their sizes.", "models"),
    "versions": Entry("Lists which versions can be restored, and why one cannot.", "versions"),
    "hits": Entry(
        "Counts the startups that found the models in the cache, and why others did not.", "hits 7d"
    ),
    "size": Entry("Adds up the bytes in the bucket, by kind, against its capacity.", "size"),
    "rollback": Entry(
        "Restores an earlier version object by object, proves it, and makes a new revision so that "
        "new instances read it. Without a version it is the one before the present.",
        "rollback previous --dry-run",
        "The files in the bucket, the sync job's models where they differ, the revision of the "
        "service. The nightly sync is paused, or it would undo the rollback.",
        "`/cache undo ID` restores the version of before, where that was whole.",
    ),
    "disable": Entry(
        "Switches the shared cache off and waits until the new revision has all of the traffic. "
        "What follows the word is kept as the reason.",
        "disable the mount is slow",
        "One variable of the service, by a new revision. Instances then download by themselves.",
        "`/cache undo ID`, or `/cache enable`, which syncs first.",
    ),
    "enable": Entry(
        "Syncs, proves the cache, and only then switches the shared cache on.",
        "enable",
        "The files in the bucket, and one variable of the service, by a new revision.",
        "`/cache undo ID` puts the variable back; `/cache disable` switches it off.",
    ),
    "cleanup": Entry(
        "Deletes leftovers of syncs under .tmp/ that are older than 7 days, or than the age that "
        "you name; with the word versions also old versions that none of the newest needs.",
        "cleanup 3d versions --dry-run",
        "It deletes exactly the versions of objects that its plan counts, and nothing else.",
        "Nothing takes it back. Where soft delete is on, its result says until when you can "
        "restore a file by hand.",
    ),
    "update": Entry(
        "Changes the models in the sync job, downloads them, proves the cache, and then has the "
        "service use them. One of the two names is enough; without either it tells the present "
        "ones.",
        "update llm=llama3.2:3b --dry-run",
        "Variables of the sync job and of the service, the files in the bucket, a new revision.",
        "`/cache undo ID` downloads the old models by their names; `/cache rollback` brings back "
        "the very files of before.",
    ),
    "recover": Entry(
        "Looks what is broken, and plans the least destructive road back: it restores what was "
        "deleted where that is possible, and syncs only where it has to.",
        "recover --dry-run",
        "The bucket, its settings, the roles of the two accounts on it, its files. Where that "
        "fails, the shared cache is switched off.",
        "Nothing takes it back: what was lost or broken is nothing to go back to.",
    ),
    "cancel": Entry(
        "Stops the running operation at its next safe point, then looks what state the cache is "
        "in.",
        "cancel",
        "A running sync is cancelled; a restore that has begun to write is finished first.",
        "Ask for the same operation again.",
    ),
    "undo": Entry(
        "Takes back what an operation did, as a plan of its own.",
        "undo disable-k3f9q2ab --dry-run",
        "What that operation has changed, unless somebody has changed it since.",
        "`/cache undo ID` with the id of the undo itself.",
    ),
    "confirm": Entry(
        "Says yes to a plan that waits, as its Confirm button does; where it asks for a word, that "
        "comes after the id.",
        "confirm rollback-k3f9q2ab 20261122-020540",
        "What the plan says, if the facts are still those that it shows.",
        "As the plan's card tells.",
    ),
    "decline": Entry(
        "Says no to a plan that waits, as its Cancel button does.",
        "decline rollback-k3f9q2ab",
        "Nothing, and the plan cannot be confirmed any more.",
        "Ask for the plan anew.",
    ),
    "ops": Entry("Lists the last operations, newest first.", "ops 20"),
    "show": Entry("Tells one operation in full: steps, times, facts.", "show sync-k3f9q2ab"),
    "audit": Entry("Lists who asked for what, and what came of it.", "audit 50"),
    "schedule": Entry("Lists reports and reminders: last, next, missed.", "schedule"),
    "pause": Entry(
        "Pauses the trigger of the nightly sync. A running sync goes on.",
        "pause nightly",
        "The state of the Cloud Scheduler job.",
        "`/cache resume nightly`",
    ),
    "resume": Entry(
        "Resumes the nightly sync; where a rollback has paused it, it asks first.",
        "resume nightly",
        "The state of the Cloud Scheduler job.",
        "`/cache pause nightly`",
    ),
    "alerts": Entry("Lists the alert policies and the open incidents.", "alerts"),
    "doctor": Entry(
        "Checks whether the bot has what it needs: names that exist, rights on Google Cloud, "
        "Slack's scopes and channels; and tells what does not work without it.",
        "doctor",
    ),
}
"""By word; where `back` is empty there is nothing to take back."""
