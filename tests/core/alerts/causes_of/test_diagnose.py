"""Diagnoses as a whole: several faults at once, none, sources that cannot be read, time."""

from dataclasses import replace
from datetime import timedelta
from time import monotonic

import pytest

from core.alerts.causes import Diagnosis
from core.alerts.causes_of.hit_rate import diagnose_hit_rate
from core.alerts.causes_of.sync_failures import diagnose_sync_failures
from core.alerts.diagnose import diagnose
from core.alerts.incidents import Source, Subject
from core.call import Actor, Place
from core.operations import Operation, OperationId, OperationState, StepRecord, StepState
from core.plans import Plan, RunSync
from core.verbs import parse
from sandbox.cloud import disasters
from sandbox.cloud.service_disasters import set_job_variable, set_service_variable
from sandbox.cloud.sync_script import Cause
from sandbox.cloud.sync_script import Stage as SyncStage
from sandbox.faults import Fault, Hang, Refuse
from tests.core.alerts.causes_of.stage import PERSON, Stage
from tests.core.alerts.causes_of.test_injected_faults import HIT_RATE, SYNC_FAILURES
from tests.sandbox.syncs import cancel_at

_LONGEST = 20.0
_SOURCES = {
    "storage.objects.list": "The content of the cache",
    "storage.buckets.get": "The bucket's settings",
    "storage.buckets.getIamPolicy": "The access to the bucket",
    "google.cloud.run.v2.Services/GetService": "The service",
    "google.cloud.run.v2.Jobs/GetJob": "The sync job",
    "google.cloud.run.v2.Executions/ListExecutions": "The executions of the sync job",
    "google.logging.v2.LoggingServiceV2/ListLogEntries": "The startups in the logs",
}


def _refuse(stage: Stage, method: str) -> None:
    status: int | str = 403 if method.startswith("storage.") else "PERMISSION_DENIED"
    stage.project.faults.add(Fault(method, Refuse(status)))


def _text(found: Diagnosis) -> str:
    return " ".join((found.cause, *found.evidence, *found.unchecked))


def test_of_a_healthy_cache_no_cause_is_made_up(stage: Stage) -> None:
    """It says that none was found, and what was looked at."""
    found = stage.diagnose(Subject.HIT_RATE)
    assert found.cause.startswith("No cause was found. No")
    assert found.cause.endswith(" All else that was looked at is in order.")
    assert any("agree on llama3.2:1b" in one for one in found.evidence)
    assert (found.offers, found.unchecked) == (("health",), ())


def test_a_bucket_below_the_limit_is_told_as_that(stage: Stage) -> None:
    """The alert may be older than the measure: the bytes of now count."""
    found = stage.diagnose(Subject.USAGE)
    assert "below the 80 % that the alert is about" in found.cause


@pytest.mark.parametrize("method", _SOURCES)
def test_a_source_that_cannot_be_read_is_told_and_not_guessed_at(stage: Stage, method: str) -> None:
    """What is missing has its sentence, and nothing is called the cause for want of it."""
    _refuse(stage, method)
    found = stage.diagnose(Subject.HIT_RATE)
    lead = "No cause was found in what could be read, and not everything could be."
    assert found.cause.startswith(lead)
    assert any(one.startswith(_SOURCES[method]) for one in found.unchecked)
    assert found.offers == ("health",)


def test_a_cause_is_only_probable_where_a_better_one_was_not_looked_for(stage: Stage) -> None:
    """A missing marker is seen; that the volume is on is not, and that would come first."""
    disasters.remove_done(stage.project)
    assert stage.diagnose(Subject.HIT_RATE).certain
    _refuse(stage, "google.cloud.run.v2.Services/GetService")
    found = stage.diagnose(Subject.HIT_RATE)
    assert "There is no .done marker" in found.cause
    assert not found.certain


def test_a_stub_is_a_trace_of_misses_and_not_for_certain_their_cause(stage: Stage) -> None:
    """A startup takes it for a manifest, so whatever the one before missed is another thing."""
    disasters.stub_out_manifest(stage.project)
    found = stage.diagnose(Subject.HIT_RATE)
    assert found.cause.startswith("manifest.json is a stub")
    assert not found.certain
    assert any(one.endswith("so this alone is no miss.") for one in found.evidence)


def test_a_sync_failure_without_its_log_is_no_guess(stage: Stage) -> None:
    """Without the lines the executions are told, and the reason is said to be unknown."""
    SYNC_FAILURES["registry"][0](stage)
    _refuse(stage, "google.logging.v2.LoggingServiceV2/ListLogEntries")
    found = stage.diagnose(Subject.SYNC_FAILURES)
    assert "for a reason that I do not know" in found.cause
    assert not found.certain
    assert [one[:23] for one in found.unchecked] == ["The log of the sync job"]


@pytest.mark.parametrize(
    "method",
    [
        "google.cloud.run.v2.Services/GetService",
        "google.logging.v2.LoggingServiceV2/ListLogEntries",
        "storage.objects.list",
    ],
)
def test_a_source_that_hangs_costs_only_its_own_answer(stage: Stage, method: str) -> None:
    """The diagnosis comes within its time and says what had no answer."""
    HIT_RATE["switched off" if "storage" in method else "stub"][0](stage)
    stage.project.faults.add(Fault(method, Hang()))
    begun = monotonic()
    found = stage.diagnose(Subject.HIT_RATE, timedelta(seconds=2))
    assert monotonic() - begun < 4
    assert any("no answer within 2 s" in one for one in found.unchecked)
    assert found.offers[0] in ("enable", "sync")


@pytest.mark.parametrize("subject", Subject)
def test_where_everything_hangs_a_diagnosis_still_comes(stage: Stage, subject: Subject) -> None:
    """It says of each part that it had no answer, and names no cause."""
    for method in ("storage.*", "google.*"):
        stage.project.faults.add(Fault(method, Hang()))
    begun = monotonic()
    found = stage.diagnose(subject, timedelta(seconds=1))
    assert monotonic() - begun < 3
    assert len(found.unchecked) >= 7
    assert found.offers == ("health",)


def test_an_execution_that_the_bot_cancelled_is_told_as_its_own(stage: Stage) -> None:
    """Whoever reads of a cancelled sync need not look for a stranger."""
    name = str(cancel_at(stage.project, SyncStage.PULLING_LLM).name).rpartition("/")[2]
    step = StepRecord(0, RunSync(), StepState.DONE, evidence={"execution": name})
    plan = Plan("sync", "Sync.", {}, (step.step,))
    now, stopped = stage.project.clock.now(), OperationState.STOPPED
    operation = Operation(
        OperationId("sync-abc"), plan, Actor("U0OLGA"), Place("C0"), stopped, (step,), now,
        stop_asked_by="U0OLGA",
    )  # fmt: skip
    case = stage.case(Subject.SYNC_FAILURES, operation)
    found = diagnose_sync_failures(case)
    assert found.cause == f"{name} was cancelled by cachebot: sync-abc was stopped."


def test_who_switched_the_volume_off_by_the_bot_is_told(stage: Stage) -> None:
    """The operation, its asker and its reason stand beside what Cloud Run says."""
    disasters.disable_flag(stage.project)
    now = stage.project.clock.now()
    plan = Plan("disable", "Switch the shared volume off. Reason: drill", {}, ())
    operation = Operation(
        OperationId("disable-abc"), plan, Actor("U0OLGA", name="olga"), Place("C0"),
        OperationState.DONE, (), now, finished_at=now,
    )  # fmt: skip
    found = diagnose_hit_rate(stage.case(Subject.HIT_RATE, operation))
    assert any("disable-abc, asked for by olga, ended" in one for one in found.evidence)
    assert any("Reason: drill" in one for one in found.evidence)


def test_the_deeper_cause_comes_first_and_the_other_is_evidence(stage: Stage) -> None:
    """A volume that is off explains misses; a stub beside it is told, and enabling syncs first."""
    disasters.disable_flag(stage.project)
    disasters.stub_out_manifest(stage.project)
    found = stage.diagnose(Subject.HIT_RATE)
    assert "is switched off" in found.cause
    assert found.offers == ("enable",)
    assert any(one.startswith("Also: manifest.json is a stub") for one in found.evidence)
    assert f"by {PERSON}" in _text(found)


def test_a_lost_bucket_outranks_all_else(stage: Stage) -> None:
    """A typo in the job's model cannot be mended while there is no bucket."""
    SYNC_FAILURES["llm typo"][0](stage)
    disasters.delete_bucket(stage.project)
    found = stage.diagnose(Subject.SYNC_FAILURES)
    assert "is gone" in found.cause
    assert found.offers == ("recover",)
    assert any("lama3.2:1b" in one for one in found.evidence)


def test_whether_the_last_good_version_serves_is_told(stage: Stage) -> None:
    """A failure in the download leaves the cache whole, one in the promotion does not."""
    SYNC_FAILURES["registry"][0](stage)
    whole = stage.diagnose(Subject.SYNC_FAILURES)
    assert any("is whole and still serves" in one for one in whole.evidence)
    disasters.die_half_way_through_promotion(stage.project)
    stage.sync()
    broken = stage.diagnose(Subject.SYNC_FAILURES)
    assert "the cache is not whole. BAAI/bge-m3 is not in the bucket" in broken.cause
    assert [one.split()[0] for one in broken.offers] == ["rollback", "sync"]


def test_failures_that_are_over_are_told_as_over(stage: Stage) -> None:
    """A good sync after the alert was opened ends it; nothing is offered any more."""
    SYNC_FAILURES["registry"][0](stage)
    incident = stage.incident(Subject.SYNC_FAILURES)
    name = stage.sync()
    found = diagnose(incident, stage.desk.cloud, stage.desk)
    assert f"The failures are over: {name} succeeded" in found.cause
    assert found.offers == ()


def test_a_hit_rate_costs_two_log_requests_and_a_failure_at_most_two(stage: Stage) -> None:
    """Entries are read at 60 a minute for the whole project."""
    disasters.fail_next_sync(stage.project, Cause.ATTEMPT_TIMEOUT)
    stage.sync()
    logs = "google.logging.v2.LoggingServiceV2/ListLogEntries"
    for subject, most in ((Subject.HIT_RATE, 2), (Subject.SYNC_FAILURES, 2), (Subject.USAGE, 0)):
        before = len(stage.project.faults.seen(logs))
        stage.diagnose(subject)
        assert len(stage.project.faults.seen(logs)) - before <= most


def test_an_unknown_policy_gets_a_look_and_no_cause(stage: Stage) -> None:
    """What is wrong with the cache is told, without a word that it opened the incident."""
    healthy = stage.diagnose(Subject.OTHER)
    assert "Tabular latency is no policy that I know the causes of." in healthy.cause
    disasters.remove_done(stage.project)
    found = stage.diagnose(Subject.OTHER)
    assert "need attention" in found.cause or "needs attention" in found.cause
    assert any(one.startswith("Done marker:") for one in found.evidence)
    assert found.offers == ("health",)


def test_a_message_that_is_no_alert_is_not_called_a_policy(stage: Stage) -> None:
    """Somebody had it diagnosed; they learn which alerts are known, and how the cache stands."""
    known = stage.incident(Subject.OTHER)
    said = replace(known.notice, source=Source.CHANNEL, policy="Lunch, anyone?")
    found = diagnose(replace(known, notice=said), stage.desk.cloud, stage.desk)
    assert "no alert that I know" in found.cause
    assert "Lunch" not in found.cause
    assert found.offers == ("health",)


@pytest.mark.parametrize("name", ["wrong name", "died in promotion", "switched off"])
def test_what_is_offered_can_be_read_as_a_command(stage: Stage, name: str) -> None:
    """A button's words are parsed when it is clicked."""
    HIT_RATE[name][0](stage)
    for words in stage.diagnose(Subject.HIT_RATE).offers:
        assert type(parse(words)).__name__.lower() == words.split()[0]


def test_what_no_startup_looks_for_is_only_probable(stage: Stage) -> None:
    """A missing embedding model is a fault, but a startup without it still logs a hit."""
    disasters.lose_sbert(stage.project)
    found = stage.diagnose(Subject.HIT_RATE)
    assert "is not in the bucket" in found.cause
    assert not found.certain
    assert any(one.endswith("so this alone is no miss.") for one in found.evidence)


def test_nothing_is_told_twice(stage: Stage) -> None:
    """A stub is one finding, not two."""
    disasters.stub_out_manifest(stage.project)
    assert "Also:" not in _text(stage.diagnose(Subject.HIT_RATE))


def test_a_misspelt_name_that_no_sync_has_fetched_is_never_offered(stage: Stage) -> None:
    """What the service asks for is there, so the job's own name explains no miss."""
    set_job_variable(stage.project, "LLM_MODEL_NAME", "lama3.2:1b")
    stage.sync(2)
    disasters.drop_hit_rate(stage.project)
    found = stage.diagnose(Subject.HIT_RATE)
    assert "No cause was found. 12 of 13 startups" in found.cause
    assert "Model names: The sync job names lama3.2:1b" in found.cause
    assert not any("lama3.2:1b" in one for one in found.offers)


def test_of_two_names_that_are_both_not_there_none_is_offered(stage: Stage) -> None:
    """The command is told, and the person names a model that there is."""
    set_job_variable(stage.project, "LLM_MODEL_NAME", "lama3.2:1b")
    set_service_variable(stage.project, "LLM_MODEL_NAME", "lama3.2:3b")
    stage.sync(2)
    disasters.drop_hit_rate(stage.project)
    found = stage.diagnose(Subject.HIT_RATE)
    assert "neither is in the bucket, and the last sync failed: `/cache update llm=" in found.cause
    assert found.offers == ()
