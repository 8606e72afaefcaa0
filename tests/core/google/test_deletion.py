"""Tests of deleting single versions against the pretend Cloud Storage."""

from dataclasses import replace

import pytest

from core.cache.objects import Generation
from core.errors import Conflict, PermissionDenied, Unavailable
from core.google.google_cloud import GoogleCloud
from sandbox.cloud.cloud import PretendCloud
from sandbox.cloud.content import Literal
from sandbox.faults import Fault, LoseReply, Refuse

NAME = ".tmp/sbert-20261101-020000/config.json"
DELETE = "storage.objects.delete"


def put(pretend: PretendCloud, text: bytes = b"x") -> Generation:
    """Write the object anew and return its generation."""
    return Generation(pretend.project.bucket.put(NAME, Literal(text)).generation)


def kept(pretend: PretendCloud) -> list[int]:
    """Return the generations that are live or noncurrent."""
    return [one.generation for one in pretend.project.bucket.list(versions=True)]


def test_a_live_version_leaves_for_good(cloud: GoogleCloud, pretend: PretendCloud) -> None:
    """It does not become noncurrent, which would free nothing; only soft delete still has it."""
    generation = put(pretend)
    cloud.delete_generation(NAME, generation, live=True)
    assert kept(pretend) == []
    assert [one.generation for one in cloud.soft_deleted()] == [generation]


def test_a_noncurrent_version_leaves_alone(cloud: GoogleCloud, pretend: PretendCloud) -> None:
    """The versions before and after it, and the live one, stay."""
    first, second, third = put(pretend), put(pretend), put(pretend)
    cloud.delete_generation(NAME, second, live=False)
    assert kept(pretend) == [first, third]
    assert pretend.project.bucket.get(NAME).generation == third


def test_a_newer_live_version_is_never_hit(cloud: GoogleCloud, pretend: PretendCloud) -> None:
    """What was written after the decision stays, whatever becomes of the version decided on."""
    old = put(pretend)
    new = put(pretend, b"newer")
    cloud.delete_generation(NAME, old, live=True)
    assert pretend.project.bucket.get(NAME).generation == new


def test_what_is_gone_is_done(cloud: GoogleCloud, pretend: PretendCloud) -> None:
    """Deleting it again, or what lifecycle took, is no mistake."""
    generation = put(pretend)
    for live in (True, True, False):
        cloud.delete_generation(NAME, generation, live=live)
    pretend.project.bucket.change(replace(pretend.project.bucket.settings, soft_delete_seconds=0))
    cloud.delete_generation("never/there", Generation(1), live=False)


@pytest.mark.parametrize("kind", [Refuse(503), LoseReply()])
def test_a_bad_moment_is_overcome(
    cloud: GoogleCloud, pretend: PretendCloud, kind: Refuse | LoseReply
) -> None:
    """Busy once, or applied with its reply lost: the version is gone, and no other one."""
    first, second = put(pretend), put(pretend)
    pretend.faults.add(Fault(DELETE, kind, times=1))
    cloud.delete_generation(NAME, second, live=True)
    assert kept(pretend) == [first]
    assert len(pretend.faults.seen(DELETE)) == 2


def test_a_failed_precondition_is_a_conflict(cloud: GoogleCloud, pretend: PretendCloud) -> None:
    """Nothing was deleted, and the caller looks again."""
    generation = put(pretend)
    pretend.faults.add(Fault(DELETE, Refuse(412), times=1))
    with pytest.raises(Conflict):
        cloud.delete_generation(NAME, generation, live=True)
    assert kept(pretend) == [generation]


def test_a_missing_permission_is_named(cloud: GoogleCloud, pretend: PretendCloud) -> None:
    """It is not asked again, and the hint says what to grant."""
    generation = put(pretend)
    pretend.project.bucket.deny(DELETE)
    with pytest.raises(PermissionDenied) as caught:
        cloud.delete_generation(NAME, generation, live=True)
    assert caught.value.hint == "Grant the bot's account storage.objects.delete on the bucket."
    assert len(pretend.faults.seen(DELETE)) == 1


def test_silence_is_told_as_no_clear_answer(cloud: GoogleCloud, pretend: PretendCloud) -> None:
    """After a few seconds, so that a step is never stuck in one call."""
    generation = put(pretend)
    pretend.faults.add(Fault(DELETE, Refuse(503)))
    with pytest.raises(Unavailable):
        cloud.delete_generation(NAME, generation, live=False)
