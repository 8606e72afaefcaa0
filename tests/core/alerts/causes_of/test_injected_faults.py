"""Each fault that can be injected is named as the cause, and the right command is offered."""

from collections.abc import Callable
from datetime import timedelta

import pytest

from core.alerts.incidents import Subject
from sandbox.cloud import disasters
from sandbox.cloud.project import Project
from sandbox.cloud.service_disasters import set_job_variable, set_service_variable
from sandbox.cloud.sync_script import Cause
from sandbox.cloud.sync_script import Stage as SyncStage
from tests.core.alerts.causes_of.stage import Stage
from tests.sandbox.syncs import cancel_at

Break = Callable[[Stage], object]


def _on(disaster: Callable[[Project], object]) -> Break:
    return lambda stage: disaster(stage.project)


def _all_of(*breaks: Break) -> Break:
    def break_it(stage: Stage) -> None:
        for one in breaks:
            one(stage)

    return break_it


def _synced(stage: Stage) -> None:
    stage.sync(2)


def _filled(stage: Stage) -> None:
    disasters.fill_bucket(stage.project, 4)


def _failing(cause: Cause, times: int = 2) -> Break:
    def break_it(stage: Stage) -> None:
        for _ in range(times):
            disasters.fail_next_sync(stage.project, cause)
        stage.sync(times)

    return break_it


def _typo(variable: str, name: str) -> Break:
    def break_it(stage: Stage) -> None:
        set_job_variable(stage.project, variable, name)
        stage.sync(2)

    return break_it


def _asks_for_another(stage: Stage) -> None:
    set_service_variable(stage.project, "LLM_MODEL_NAME", "qwen2.5:0.5b")
    disasters.start_instances(stage.project, 2)


def _after_a_miss(stage: Stage) -> None:
    disasters.remove_done(stage.project)
    disasters.start_instances(stage.project)


def _old_leftovers(stage: Stage) -> None:
    _filled(stage)
    stage.project.clock.advance(timedelta(days=8))


def _left_by_a_full_disk(stage: Stage) -> None:
    _failing(Cause.OUT_OF_DISK)(stage)
    stage.project.clock.advance(timedelta(hours=2))


def _refused_writes(stage: Stage) -> None:
    disasters.deny_permissions(stage.project)
    disasters.start_instances(stage.project)


def _cancelled(stage: Stage) -> None:
    cancel_at(stage.project, SyncStage.MOVING_SBERT)


HIT_RATE: dict[str, tuple[Break, str, str]] = {
    "bucket gone": (_on(disasters.delete_bucket), "is gone", "recover"),
    "bucket gone for good": (_on(disasters.delete_bucket_for_good), "is gone", "recover"),
    "empty bucket": (_on(disasters.empty_bucket), "The bucket is empty", "recover"),
    "no access": (_on(disasters.drop_bindings), "may not use the bucket", "recover"),
    "refused writes": (_refused_writes, "although it has roles/storage.objectAdmin", ""),
    "switched off": (_on(disasters.disable_flag), "is switched off", "enable"),
    "stub": (_on(disasters.stub_out_manifest), "manifest.json is a stub", "sync"),
    "stub after a miss": (_after_a_miss, "There is no .done marker", "sync"),
    "done gone": (_on(disasters.remove_done), "There is no .done marker", "sync"),
    "blob gone": (_on(disasters.lose_blob), "A blob of llama3.2:1b is missing", "sync"),
    "sbert gone": (_on(disasters.lose_sbert), "BAAI/bge-m3 is not in the bucket", "sync"),
    "wrong name": (_asks_for_another, "asks for qwen2.5:0.5b, but", "update llm=llama3.2:1b"),
    "died in promotion": (
        _failing(Cause.DEATH_IN_PROMOTION, 1), "BAAI/bge-m3 is not in the bucket", "rollback",
    ),
}  # fmt: skip
SYNC_FAILURES: dict[str, tuple[Break, str, str]] = {
    "llm typo": (
        _typo("LLM_MODEL_NAME", "lama3.2:1b"),
        'does not know the language model "lama3.2:1b"',
        "update llm=llama3.2:1b",
    ),
    "embedding typo": (
        _typo("EMBEDDING_MODEL_NAME", "BAAI/bge-m4"),
        'does not know the embedding model "BAAI/bge-m4"',
        "update embedding=BAAI/bge-m3",
    ),
    "disk, later": (_left_by_a_full_disk, "leftover file", "cleanup 1h"),
    "registry": (_failing(Cause.REGISTRY_TIMEOUT), "could not reach the model registry", "sync"),
    "disk": (_failing(Cause.OUT_OF_DISK), "ran out of disk under .tmp/", ""),
    "memory": (_failing(Cause.OUT_OF_MEMORY), "ran out of memory", ""),
    "permission": (_failing(Cause.PERMISSION_DENIED), "although it has roles/storage.admin", ""),
    "no access": (
        _all_of(_on(disasters.drop_bindings), _synced),
        "may not use the bucket",
        "recover",
    ),
    "time limit": (_failing(Cause.ATTEMPT_TIMEOUT), "time limit of 15 min", "sync"),
    "promotion": (_failing(Cause.DEATH_IN_PROMOTION, 1), "died half-way", "rollback"),
    "cancelled": (_cancelled, "was cancelled by somebody", "sync"),
    "unknown": (_failing(Cause.NON_ZERO_EXIT), "that I do not know: \"requests.exc", "sync"),
    "bucket gone": (
        _all_of(_on(disasters.delete_bucket), _synced), "is gone", "recover",
    ),
}  # fmt: skip
USAGE: dict[str, tuple[Break, str, str]] = {
    "old leftovers": (_old_leftovers, "Leftovers of syncs", "cleanup"),
    "no rules": (
        _all_of(_on(disasters.remove_lifecycle), _filled),
        "No lifecycle rule empties .tmp/ after 7 d",
        "recover",
    ),
    "fresh leftovers": (
        _filled, "Leftovers of syncs", "",
    ),
    "bucket gone": (_on(disasters.delete_bucket), "is gone", "recover"),
}  # fmt: skip
_ALL = {
    f"{subject.value}: {name}": (subject, *row)
    for subject, rows in (
        (Subject.HIT_RATE, HIT_RATE),
        (Subject.SYNC_FAILURES, SYNC_FAILURES),
        (Subject.USAGE, USAGE),
    )
    for name, row in rows.items()
}


@pytest.mark.parametrize("name", _ALL)
def test_the_cause_is_named_and_the_way_out_offered(stage: Stage, name: str) -> None:
    """The first sentence tells of the injected fault; its command, if it has one, comes first."""
    subject, break_it, cause, offer = _ALL[name]
    break_it(stage)
    found = stage.diagnose(subject)
    assert cause in found.cause
    assert found.offers[0].startswith(offer) if offer else not found.offers
    assert found.evidence
    assert not any("could not be" in one for one in found.unchecked)


@pytest.mark.parametrize(
    ("break_it", "headings"),
    [
        (disasters.disable_flag, ("Service: ",)),
        (disasters.stub_out_manifest, ("Manifest: ", "Done marker: ")),
        (disasters.lose_blob, ("Models: ",)),
    ],
)
def test_what_the_conclusion_tells_stands_in_no_bullet_again(
    stage: Stage, break_it: Callable[[Project], object], headings: tuple[str, ...]
) -> None:
    """A check that says the same in other words is left out."""
    break_it(stage.project)
    evidence = stage.diagnose(Subject.HIT_RATE).evidence
    assert not any(one.startswith(headings) for one in evidence)
    assert any(one.startswith("Sync runs: ") for one in evidence)
