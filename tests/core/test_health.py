"""The health report as a whole: verdicts, deadlines, what is asked, how it reads."""

import logging
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from threading import Event

import pytest

from core.cache.objects import BucketSettings
from core.errors import PermissionDenied
from core.inspection.findings import Check, Finding, Verdict
from core.parallel import ask
from core.procedures.health import CHECKS, HealthReport, report_health
from tests.core.reader import LONGEST, MemoryReader
from tests.core.whole_cache import FOLDER, MEASURE, MODEL_MANIFEST, NOW, whole_cache

_WEEK = timedelta(days=7)
_SIZE = "3.6 GB live and 2.3 GB noncurrent are 58.6 % of 10.0 GB; 0 B soft-deleted are not counted."


def _report(reader: MemoryReader, timeout: timedelta = LONGEST) -> HealthReport:
    return report_health(reader, replace(MEASURE, check_timeout=timeout), _WEEK, NOW)


def _finding(report: HealthReport, check: Check) -> Finding:
    return next(finding for finding in report.findings if finding.check is check)


@pytest.fixture
def gate() -> Iterator[Event]:
    """Return an event that is open at the end, so that no thread waits on."""
    event = Event()
    yield event
    event.set()


def test_a_healthy_cache_reads_so() -> None:
    """Every check is ok, and this is what a person reads."""
    report = _report(whole_cache())
    assert (report.verdict, report.exit_code) == (Verdict.OK, 0)
    assert [(finding.title, finding.why, finding.next_step) for finding in report.findings] == [
        ("Manifest", "Version 20251121-020000, written 7 h ago: llama3.2:1b and BAAI/bge-m3.", ""),
        ("Done marker", "It equals the manifest's version 20251121-020000.", ""),
        (
            "Models",
            "llama3.2:1b (1.3 GB, 4 files) and BAAI/bge-m3 (2.3 GB, 5 files) are complete.",
            "",
        ),
        (
            "Model names",
            "Manifest, sync job and service agree on llama3.2:1b and BAAI/bge-m3.",
            "",
        ),
        (
            "Service",
            "tabular-service-00042-abc is ready with all of the traffic, shared volume on.",
            "",
        ),
        (
            "Hit rate",
            "95 %: 19 of 20 startups in the last 7 days hit. Misses: 1 model_not_found.",
            "",
        ),
        ("Sync runs", "The last good sync finished 7 h ago.", ""),
        ("Nightly sync", "It is on, at `0 2 * * *` (Etc/UTC).", ""),
        (
            "Size",
            _SIZE,
            "",
        ),
        (
            "Bucket settings",
            "Versioning is on, 3 versions of each object are kept, .tmp/ is emptied after 7 d.",
            "",
        ),
        ("Open incidents", "No incident is open.", ""),
        ("Alert policies", "1 policy is on: Low Cache Hit Rate.", ""),
        ("Log metrics", "All log-based metrics exist.", ""),
    ]


def test_every_check_is_run_and_shown_in_order() -> None:
    """No check can be forgotten, and findings keep the order in which they are declared."""
    assert set(CHECKS) == set(Check)
    assert [finding.check for finding in _report(whole_cache()).findings] == list(Check)


def test_each_question_is_asked_once_and_the_logs_in_one_request() -> None:
    """Thirteen checks share their answers; Cloud Logging hears of a report once."""
    reader = whole_cache()
    _report(reader)
    questions = reader.questions()
    assert len(questions) == len(set(questions))
    assert questions.count("startups") + questions.count("log_lines") == 1


def test_all_questions_are_asked_before_any_is_answered() -> None:
    """The report takes two rounds: all that depends on nothing, then the models' own facts."""
    first = {
        "read manifest.json", "read .done", "objects", "soft_deleted", "bucket", "startups",
        "executions", "nightly", "service", "job", "alert_policies", "open_incidents",
        "missing_metrics", "bindings",
    }  # fmt: skip
    gates = {question: Event() for question in first}
    reader = replace(whole_cache(), gates=gates)
    report = ask("report", lambda: _report(reader))
    asked = {reader.asked.get(timeout=LONGEST.total_seconds()) for _ in first}
    assert asked == first
    gates["read manifest.json"].set()
    second = {reader.asked.get(timeout=LONGEST.total_seconds()) for _ in range(2)}
    assert second == {f"read {MODEL_MANIFEST}", f"read {FOLDER}refs/main"}
    for one in gates.values():
        one.set()
    assert report.answer().verdict is Verdict.OK
    assert not reader.questions()


def test_a_hanging_listing_costs_only_what_needs_it(gate: Event) -> None:
    """Checks that need the listing read unknown with the deadline, the others as always."""
    reader = replace(whole_cache(), gates={"objects": gate})
    report = _report(reader, timedelta(seconds=1))
    late = {finding.check for finding in report.findings if finding.verdict is Verdict.UNKNOWN}
    assert late == {Check.MODELS, Check.SIZE}
    assert _finding(report, Check.MODELS).why == "no answer within 1 s"
    assert _finding(report, Check.MODELS).next_step == "Run /cache health again in a minute."
    others = [finding for finding in report.findings if finding.check not in late]
    assert {finding.verdict for finding in others} == {Verdict.OK}
    assert report.exit_code == 1


def test_facts_that_only_round_a_check_off_do_not_make_it_late(gate: Event) -> None:
    """Job and trigger hang: what can be said without them is said in time."""
    reader = replace(whole_cache(), gates={"nightly": gate, "job": gate})
    report = _report(reader, timedelta(seconds=2))
    assert _finding(report, Check.SYNCS).verdict is Verdict.OK
    assert _finding(report, Check.NIGHTLY).why == "no answer within 2 s"
    names = _finding(report, Check.NAMES)
    assert names.verdict is Verdict.UNKNOWN
    assert names.why == "The sync job could not be read: no answer within 1 s"


def test_an_error_of_the_cloud_is_told_with_its_hint() -> None:
    """A refusal reads unknown with Google's words and the hint, without the hint's ticks."""
    error = PermissionDenied("The bot may not read logs.", "Grant `roles/logging.viewer`.")
    report = _report(replace(whole_cache(), errors={"startups": error}))
    finding = _finding(report, Check.HITS)
    assert (finding.verdict, finding.why) == (Verdict.UNKNOWN, "The bot may not read logs.")
    assert finding.next_step == "Grant roles/logging.viewer."


def test_an_error_of_ours_is_told_shortly_and_logged(caplog: pytest.LogCaptureFixture) -> None:
    """A bug in one check reads "internal error", its traceback is in the log, the rest works."""
    reader = replace(whole_cache(), errors={"startups": ZeroDivisionError("a bug")})
    with caplog.at_level(logging.ERROR):
        report = _report(reader)
    finding = _finding(report, Check.HITS)
    assert (finding.verdict, finding.why) == (Verdict.UNKNOWN, "internal error")
    assert "ZeroDivisionError: a bug" in caplog.text
    others = {one.verdict for one in report.findings if one is not finding}
    assert others == {Verdict.OK}


def test_a_long_word_of_google_is_cut_to_one_line() -> None:
    """Newlines and endless messages do not break the report's lines."""
    error = PermissionDenied("No.\nReally\tnot. " + "x" * 5000, "y" * 5000)
    finding = _finding(_report(replace(whole_cache(), errors={"startups": error})), Check.HITS)
    assert finding.why.startswith("No. Really not. xxx")
    assert len(finding.why) == len(finding.next_step) == 300


def test_nothing_configured_is_nothing_wrong() -> None:
    """Trigger, policies and metrics that do not exist read so and leave the exit code at 0."""
    reader = replace(
        whole_cache(), trigger=None, policies=(), metrics_missing=["tabular_model_cache_hits"]
    )
    report = _report(reader)
    absent = {one.check for one in report.findings if one.verdict is Verdict.NOT_CONFIGURED}
    assert absent == {Check.NIGHTLY, Check.POLICIES, Check.INCIDENTS, Check.METRICS}
    assert (report.verdict, report.exit_code) == (Verdict.OK, 0)


def test_an_empty_project_is_survived() -> None:
    """With nothing at all deployed every check answers, and only the bucket is failing."""
    report = _report(MemoryReader(metrics_missing=["tabular_model_cache_hits"]))
    assert report.exit_code == 2
    failing = [one.check for one in report.findings if one.verdict is Verdict.FAILING]
    assert failing == [Check.BUCKET]
    content = (Check.MANIFEST, Check.DONE, Check.MODELS, Check.NAMES, Check.SIZE)
    for check in content:
        assert _finding(report, check).why == (
            "There is no bucket tabular-model-cache to look into."
        )
        assert _finding(report, check).next_step.startswith("Run /cache recover")


@pytest.mark.parametrize(
    ("verdicts", "overall", "exit_code"),
    [
        ([Verdict.OK, Verdict.NOT_CONFIGURED], Verdict.OK, 0),
        ([Verdict.NOT_CONFIGURED], Verdict.NOT_CONFIGURED, 0),
        ([Verdict.OK, Verdict.UNKNOWN], Verdict.UNKNOWN, 1),
        ([Verdict.UNKNOWN, Verdict.WARNING], Verdict.WARNING, 1),
        ([Verdict.WARNING, Verdict.FAILING, Verdict.OK], Verdict.FAILING, 2),
    ],
)
def test_the_worst_verdict_counts(
    verdicts: list[Verdict], overall: Verdict, exit_code: int
) -> None:
    """Overall verdict and exit code follow from the worst finding."""
    findings = tuple(Finding(Check.SIZE, "Size", one, "", "", _WEEK) for one in verdicts)
    report = HealthReport(NOW, _WEEK, findings, _WEEK)
    assert (report.verdict, report.exit_code) == (overall, exit_code)


def _worst_case() -> MemoryReader:
    return replace(
        whole_cache(),
        stored=(),
        settings=BucketSettings("b", "EU", versioning=False, lifecycle=(), soft_delete=None),
        sync_job=None,
        tabular=None,
        trigger=None,
        starts=(),
        policies=(),
        metrics_missing=["x"],
    )


@pytest.mark.parametrize("reader", [whole_cache(), MemoryReader(), _worst_case()])
def test_findings_are_short_sentences_with_a_next_step(reader: MemoryReader) -> None:
    """Each reads as one line; what is wrong or unknown says what to do next."""
    for finding in _report(reader).findings:
        assert finding.why.endswith((".", "?"))
        assert "\n" not in finding.why + finding.next_step
        assert len(finding.why) < 200
        wanting = finding.verdict in (Verdict.WARNING, Verdict.FAILING, Verdict.UNKNOWN)
        assert finding.next_step or not wanting
        assert not (finding.next_step and finding.verdict is Verdict.OK)
