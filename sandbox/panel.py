"""The drawer "Break things" of the demonstration's page: what each of its buttons does."""

from collections.abc import Callable
from dataclasses import dataclass

from sandbox.alerting import (
    close_alert,
    fire_alert,
    fire_storm,
    open_alerts,
    repeat_alert,
    send_test,
)
from sandbox.bot_process import BotProcess
from sandbox.cloud import disasters
from sandbox.cloud.sync_script import Cause
from sandbox.faults import Delay, Fault, LoseReply, Refuse
from sandbox.foreign_alerts import post_alert, post_resolution
from sandbox.slack.page import PanelButton
from sandbox.slack.slack import PretendSlack
from sandbox.stage import Stage

_RUN_JOB = "google.cloud.run.v2.Jobs/RunJob"


@dataclass(frozen=True, slots=True)
class Breakage:
    """One button and what it does; the sentence returned is shown to the person."""

    button: PanelButton
    do: Callable[[Stage], str]


def _breaking(group: str, button: tuple[str, str, str], do: Callable[[Stage], object]) -> Breakage:
    button_id, label, explained = button

    def act(stage: Stage) -> str:
        do(stage)
        return explained

    return Breakage(PanelButton(button_id, label, group, explained), act)


def _cloud(button_id: str, label: str, explained: str, do: Callable[[Stage], object]) -> Breakage:
    return _breaking("Google Cloud", (button_id, label, explained), do)


def _wire(button_id: str, label: str, explained: str, fault: Callable[[], Fault]) -> Breakage:
    def act(stage: Stage) -> str:
        stage.faults.add(fault())
        return explained

    return Breakage(PanelButton(button_id, label, "The wire", explained), act)


def _monitoring(
    button_id: str, label: str, explained: str, do: Callable[[Stage], object]
) -> Breakage:
    return _breaking("Monitoring", (button_id, label, explained), do)


def _foreign(
    button_id: str, label: str, explained: str, do: Callable[[PretendSlack], None]
) -> Breakage:
    def act(stage: Stage) -> None:
        do(stage.slack)

    return _breaking("Another app, in #monitoring", (button_id, label, explained), act)


def _drop_hit_rate_and_fire(stage: Stage) -> None:
    disasters.drop_hit_rate(stage.project)
    fire_alert(stage, "hit rate")


def _close_all(stage: Stage) -> None:
    for incident in open_alerts(stage):
        close_alert(stage, incident)


def _repeat_all(stage: Stage) -> None:
    for incident in open_alerts(stage):
        repeat_alert(stage, incident)


ALERT_BUTTONS: tuple[Breakage, ...] = (
    _monitoring(
        "alert-hits", "Fire the low-hit-rate alert",
        "The last startups were misses, and Monitoring says so.", _drop_hit_rate_and_fire,
    ),
    _monitoring(
        "alert-sync", "Fire the sync-failure alert", "Monitoring says that syncs fail.",
        lambda stage: fire_alert(stage, "sync failures"),
    ),
    _monitoring(
        "alert-usage", "Fire the high-usage alert", "Monitoring says that the bucket is full.",
        lambda stage: fire_alert(stage, "usage"),
    ),
    _monitoring(
        "alert-storm", "Fire nine alerts at once",
        "Monitoring says so of nine revisions: five threads, then one list.", fire_storm,
    ),
    _monitoring(
        "alert-again", "Send the open alerts again", "Monitoring repeats what is open.",
        _repeat_all,
    ),
    _monitoring(
        "alert-close", "Close the open alerts", "Monitoring says that all is well again.",
        _close_all,
    ),
    _monitoring(
        "alert-test", "Send a test notification", "What the console's button sends.", send_test,
    ),
    _foreign(
        "foreign", "Post an alert", "Another app has posted an alert in #monitoring.", post_alert,
    ),
    _foreign(
        "foreign-over", "Post its resolution",
        "The other app says that it is over: its diagnosis offers nothing more.", post_resolution,
    ),
)  # fmt: skip

BREAKAGES: tuple[Breakage, ...] = (
    _cloud(
        "typo", "Misspell the model", "The next sync fails: its model does not exist.",
        lambda stage: disasters.fail_next_sync(stage.project, Cause.MODEL_NOT_FOUND),
    ),
    _cloud(
        "promotion", "Die half-way through a promotion",
        "The next sync dies after it has deleted sbert/; the old .done stays.",
        lambda stage: disasters.die_half_way_through_promotion(stage.project),
    ),
    _cloud(
        "rival", "Start somebody else's sync", "The CI has started an execution of its own.",
        lambda stage: disasters.start_rival_execution(stage.project),
    ),
    _cloud(
        "blob", "Lose a model file", "One Ollama blob is gone.",
        lambda stage: disasters.lose_blob(stage.project),
    ),
    _cloud(
        "stub", "Overwrite the manifest", "A startup has left its stub in place of the manifest.",
        lambda stage: disasters.stub_out_manifest(stage.project),
    ),
    _cloud(
        "bucket", "Delete the bucket", "The bucket is gone; it can still be restored.",
        lambda stage: disasters.delete_bucket(stage.project),
    ),
    _cloud(
        "for-good", "Delete the bucket for good", "The bucket is gone, with nothing to restore.",
        lambda stage: disasters.delete_bucket_for_good(stage.project),
    ),
    _cloud(
        "wipe", "Wipe the bucket", "Every version of every object is soft-deleted.",
        lambda stage: disasters.wipe_bucket(stage.project),
    ),
    _cloud(
        "access", "Take the accounts' access",
        "The accounts of the service and of the sync job have no role on the bucket.",
        lambda stage: disasters.drop_bindings(stage.project),
    ),
    _cloud(
        "right", "Take a right from the bot",
        "The bot may not change the service any more: `/cache doctor` names it.",
        lambda stage: disasters.take_right_to_change_service(stage.project),
    ),
    _cloud(
        "fill", "Fill the bucket",
        "Leftovers of dead syncs fill .tmp/. In a minute `/cache cleanup 1m` finds them.",
        lambda stage: disasters.fill_bucket(stage.project),
    ),
    _cloud(
        "hits", "Drop the hit rate", "The last startups were misses.",
        lambda stage: disasters.drop_hit_rate(stage.project),
    ),
    _cloud(
        "pin", "Pin traffic", "All traffic is pinned to the previous revision.",
        lambda stage: disasters.pin_traffic(stage.project),
    ),
    _cloud(
        "nightly", "Pause the nightly trigger", "The nightly sync is paused.",
        lambda stage: disasters.pause_scheduler(stage.project),
    ),
    _cloud(
        "no-syncs", "Delete the newest syncs",
        "No good sync of the last three days is known: the staleness check will tell.",
        lambda stage: disasters.delete_newest_syncs(stage.project),
    ),
    _wire(
        "slow", "Slow the cloud down", "Every call to the cloud takes half a second longer.",
        lambda: Fault("[sgm]*o*.*", Delay(0.5)),
    ),
    _wire(
        "lost", "Lose the reply to RunJob", "The next start of the job gets no answer.",
        lambda: Fault(_RUN_JOB, LoseReply(), times=1),
    ),
    _wire(
        "logging", "Logging is down", "Reading logs fails.",
        lambda: Fault("google.logging.v2.LoggingServiceV2/*", Refuse("UNAVAILABLE")),
    ),
    _wire(
        "slack", "Slack limits the rate",
        "The next five edits are answered 429: close an alert, and a button stays that is late.",
        lambda: Fault("chat.update", Refuse(429, retry_after_seconds=3), times=5),
    ),
)  # fmt: skip


def buttons() -> tuple[PanelButton, ...]:
    """Return every button of the drawer, those for the bot and for mending last."""
    return (
        *(breakage.button for breakage in (*BREAKAGES, *ALERT_BUTTONS)),
        PanelButton("kill", "Kill the bot", "The bot", "SIGKILL, and it starts again at once."),
        PanelButton("mend", "Mend the wire", "The wire", "No more injected faults."),
    )


def press(button_id: str, stage: Stage, bot: BotProcess) -> str:
    """Do what a button says and return the sentence to show."""
    if button_id == "kill":
        bot.kill()
        bot.start()
        stage.connect(bot)
        return "The bot was killed and has started again."
    if button_id == "mend":
        stage.faults.clear()
        return "Nothing is injected any more."
    for breakage in (*BREAKAGES, *ALERT_BUTTONS):
        if breakage.button.id == button_id:
            return breakage.do(stage)
    raise LookupError(f"there is no button {button_id!r}")
