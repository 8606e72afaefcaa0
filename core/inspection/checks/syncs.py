"""Checks of the syncs: how the last ones ended, and whether the nightly trigger works."""

from core.errors import NotFound
from core.executions import Execution, ExecutionState
from core.inspection.findings import Judgement, Scene, Verdict, combined
from core.inspection.history import HistoryReport, overdue, report_history
from core.operations import Operation
from core.parallel import Known, ask
from core.pauses import advise_on, paused_by
from core.quantities import count_text, duration_text
from core.services import NightlyTrigger, TriggerState

_SHOWN = 10


def check_syncs(scene: Scene) -> Judgement:
    """Judge the last syncs; the age of the last good one only where they come nightly."""
    nightly = ask("nightly trigger", scene.reader.nightly)
    try:
        report = report_history(scene.reader, _SHOWN, scene.now)
    except NotFound:
        return _no_job(scene)
    if not report.executions:
        return Judgement(
            Verdict.WARNING,
            f"The job {scene.deployment.job} has not run yet.",
            "Run /cache sync.",
        )
    judgements = [_judge_failures(report, scene.expectations.failures_in_a_row)]
    trigger, sync_age = nightly.reading(scene.patience), scene.expectations.sync_age
    if isinstance(trigger, Known) and overdue(report, trigger.value, sync_age):
        longest = duration_text(sync_age)
        judgements.append(
            Judgement(
                Verdict.WARNING,
                f"Syncs should come nightly, but no good one finished in the last {longest}.",
                "Look at /cache history, then run /cache sync.",
            )
        )
    return combined(judgements)


def _judge_failures(report: HistoryReport, limit: int) -> Judgement:
    running = f" {_running(report.running[0], report)}" if report.running else ""
    good = _last_good(report)
    if not report.failures_in_a_row:
        if report.last_good or report.running:
            return Judgement(Verdict.OK, f"{good}{running}")
        return Judgement(Verdict.WARNING, good, "Run /cache sync.")
    failed = count_text(report.failures_in_a_row, "failed sync")
    message = _last_words(report)
    return Judgement(
        Verdict.FAILING if report.failures_in_a_row >= limit else Verdict.WARNING,
        f"{failed} in a row{message}. {good}{running}",
        "/cache logs sync errors has the cause; once it is mended, run /cache sync.",
    )


def _last_good(report: HistoryReport) -> str:
    if report.last_good is None or report.last_good_age is None:
        return f"There is no good sync among {count_text(report.seen, 'execution')}."
    return f"The last good sync finished {duration_text(report.last_good_age)} ago."


def _last_words(report: HistoryReport) -> str:
    failed = (one for one in report.executions if one.state is ExecutionState.FAILED)
    message = next((one.message for one in failed), "").rstrip(".")
    return f" ({message})" if message else ""


def _running(execution: Execution, report: HistoryReport) -> str:
    took = duration_text(execution.took(report.at))
    return f"{execution.name} is running now{', retried' * execution.retried}, for {took}."


def _no_job(scene: Scene) -> Judgement:
    return Judgement(
        Verdict.NOT_CONFIGURED,
        f"There is no sync job {scene.deployment.job} in {scene.deployment.region}.",
        "Check the name of the job in the bot's settings.",
    )


def check_nightly(scene: Scene) -> Judgement:
    """Judge the nightly trigger; that its call went through says nothing about the sync."""
    try:
        trigger = scene.reader.nightly()
    except NotFound:
        return Judgement(
            Verdict.NOT_CONFIGURED,
            f"There is no trigger {scene.deployment.nightly}, so syncs start only by hand.",
            "Set enable_model_sync_schedule = true in Terraform if nightly syncs are wanted.",
        )
    called = _judge_last_call(trigger)
    state = judge_trigger(trigger, paused_by(scene.yardstick.nightly_switches))
    return combined((state, called)) if called else state


def judge_trigger(trigger: NightlyTrigger, paused: Operation | None) -> Judgement:
    """Judge whether it starts syncs; `paused` is the operation that paused it, if one did."""
    if trigger.state is TriggerState.ENABLED:
        schedule = f"`{trigger.schedule}` ({trigger.time_zone})"
        return Judgement(Verdict.OK, f"It is on, at {schedule}.")
    if trigger.state is TriggerState.PAUSED:
        advice = advise_on(paused)
        return Judgement(Verdict.WARNING, advice.why, advice.next_step)
    if trigger.state is TriggerState.UNKNOWN:
        return Judgement(
            Verdict.UNKNOWN,
            "Cloud Scheduler does not say whether it is on.",
            f"Look at {trigger.name} in Cloud Scheduler.",
        )
    state = trigger.state.replace("_", " ")
    return Judgement(
        Verdict.WARNING,
        f"Its state is {state}: no nightly sync starts.",
        f"Look at {trigger.name} in Cloud Scheduler.",
    )


def _judge_last_call(trigger: NightlyTrigger) -> Judgement | None:
    if not trigger.last_error:
        return None
    return Judgement(
        Verdict.FAILING,
        f"Its last call did not start a sync: {trigger.last_error}.",
        "Check that the trigger's account may run the job, then run /cache sync.",
    )
