"""What the doctor concludes of what the bot needs."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace

import pytest

from core.desk import Desk
from core.errors import OpsError, PermissionDenied, Unavailable
from core.inspection.doctor import DoctorReport, report_doctor
from core.inspection.findings import Judgement, Verdict
from core.policy import Grants
from core.store.database import memory_database
from tests.core.reader import MemoryReader, as_reader
from tests.core.refusing_cloud import RefusingCloud
from tests.core.small_desk import NOW, Watch, desk_on
from tests.core.whole_cache import whole_cache


@pytest.fixture
def desk() -> Iterator[Desk]:
    """A desk with an approver."""
    database = memory_database()
    made = desk_on(database, RefusingCloud(), None, Watch())
    policy = replace(made.policy, approvers=Grants(frozenset({"U0ANNA"})))
    yield replace(made, policy=policy)
    database.close()


def judged(report: DoctorReport) -> dict[str, Judgement]:
    """Return the judgements by title."""
    return {need.title: need.judgement for need in report.needs}


def look(desk: Desk, reader: MemoryReader) -> dict[str, Judgement]:
    """Ask the doctor."""
    return judged(report_doctor(as_reader(reader), desk, NOW))


def test_a_bot_that_has_everything_is_ok(desk: Desk) -> None:
    """Each need is named, none is wrong, and the exit code says so."""
    report = report_doctor(as_reader(whole_cache()), desk, NOW)
    assert {need.judgement.verdict for need in report.needs} == {Verdict.OK}
    assert (report.verdict, report.exit_code) == (Verdict.OK, 0)


def test_what_is_not_there_is_told_apart_from_what_need_not_be(desk: Desk) -> None:
    """Without bucket, service or job nothing works; the rest is not configured."""
    found = look(desk, MemoryReader(metrics_missing=["m"]))
    for title in ("Bucket", "Service", "Sync job"):
        assert found[title].verdict is Verdict.FAILING
        assert found[title].next_step
    for title in ("Nightly trigger", "Log metrics", "Alert policies"):
        assert found[title].verdict is Verdict.NOT_CONFIGURED
    assert found["Rights on the bucket"].verdict is Verdict.UNKNOWN


def test_a_right_that_is_lacking_names_the_commands_that_fail(desk: Desk) -> None:
    """Where looking itself needs it, that is a failure; else a warning, as it may be meant."""
    lacking = replace(whole_cache(), permissions_missing=["run.services.update"])
    right = look(desk, lacking)["Rights on the service"]
    assert right.verdict is Verdict.WARNING
    assert "run.services.update" in right.why
    assert "/cache disable" in right.why
    assert "docs/iam.md" in right.next_step
    lacking = replace(whole_cache(), permissions_missing=["storage.objects.list"])
    assert look(desk, lacking)["Rights on the bucket"].verdict is Verdict.FAILING


@pytest.mark.parametrize(
    ("error", "verdict"),
    [
        (PermissionDenied("The bot's account may not list.", "Grant it."), Verdict.FAILING),
        (Unavailable("Google gave no clear answer.", "Try again."), Verdict.UNKNOWN),
    ],
)
def test_a_refusal_is_a_failure_and_silence_is_unknown(
    desk: Desk, error: OpsError, verdict: Verdict
) -> None:
    """And both cost the other needs nothing."""
    reader = replace(whole_cache(), errors={"log_lines": error})
    found = look(desk, reader)
    assert found.pop("Logs") == Judgement(verdict, error.message, error.hint)
    assert {one.verdict for one in found.values()} == {Verdict.OK}


@pytest.mark.parametrize(
    ("operators", "approvers", "said"),
    [
        (Grants(), Grants(), "Nobody may change anything"),
        (Grants(frozenset({"U1"})), Grants(), "Nobody is an approver"),
        (Grants(), Grants(groups=frozenset({"S1"})), "Nobody may change anything"),
    ],
)
def test_a_role_that_nobody_has_is_told(
    desk: Desk, operators: Grants, approvers: Grants, said: str
) -> None:
    """An empty user group is nobody."""
    policy = replace(desk.policy, operators=operators, approvers=approvers)
    people = look(replace(desk, policy=policy), whole_cache())["People"]
    assert people.verdict is Verdict.WARNING
    assert people.why.startswith(said)


def test_a_group_that_cannot_be_read_is_unknown(desk: Desk) -> None:
    """Nobody is counted on a guess."""

    def unreadable(group: str) -> frozenset[str]:
        raise OpsError(f"Slack did not tell who is in {group}.")

    policy = replace(desk.policy, approvers=Grants(groups=frozenset({"S1"})), members=unreadable)
    assert look(replace(desk, policy=policy), whole_cache())["People"].verdict is Verdict.UNKNOWN


def test_the_bots_own_checks_come_last(desk: Desk) -> None:
    """They are asked by the same deadline, and judged by the same words."""
    own: Mapping[str, Callable[[], Judgement]] = {
        "Slack token": lambda: Judgement(Verdict.FAILING, "Slack refuses it.", "Put it right.")
    }
    report = report_doctor(as_reader(whole_cache()), replace(desk, self_checks=own), NOW)
    assert report.needs[-1].title == "Slack token"
    assert (report.verdict, report.exit_code) == (Verdict.FAILING, 2)
