"""Properties of mending a bucket's rules: nothing is deleted that was kept on purpose."""

from dataclasses import replace

import pytest

from core.outcomes import Done
from sandbox.cloud import disasters
from sandbox.cloud.lifecycle import DEFAULT_LIFECYCLE, LifecycleRule
from tests.core.steps.recovery_scene import Scene, restoring

KEEPS_TEN = LifecycleRule(num_newer_versions=10)


@pytest.mark.parametrize(
    ("versioning", "found", "wanted"),
    [
        (True, (KEEPS_TEN,), (KEEPS_TEN, DEFAULT_LIFECYCLE[1])),
        (False, (KEEPS_TEN, DEFAULT_LIFECYCLE[1]), (KEEPS_TEN, DEFAULT_LIFECYCLE[1])),
        (True, (DEFAULT_LIFECYCLE[0],), DEFAULT_LIFECYCLE),
        (True, (LifecycleRule(age_days=30),), DEFAULT_LIFECYCLE),
    ],
    ids=["no rule for .tmp/", "no versioning", "the like", "a rule that deletes models"],
)
def test_a_delete_rule_is_added_only_where_none_does_its_work(
    scene: Scene,
    versioning: bool,
    found: tuple[LifecycleRule, ...],
    wanted: tuple[LifecycleRule, ...],
) -> None:
    """Somebody who keeps ten versions goes on keeping ten."""
    bucket = scene.project.bucket
    bucket.change(replace(bucket.settings, versioning=versioning, lifecycle=found))
    recovery = scene.recovering()
    assert all(isinstance(one, Done) for one in recovery.finish_remedies())
    assert bucket.settings.lifecycle == wanted
    assert bucket.settings.versioning


def test_nothing_is_deleted_by_rule_before_all_is_restored(scene: Scene) -> None:
    """Versioning comes first, the rules last: they could take what is still to be restored."""
    inventories = scene.inventory()
    disasters.suspend_versioning(scene.project)
    disasters.remove_lifecycle(scene.project)
    disasters.wipe_bucket(scene.project)
    recovery = scene.recovering(inventories)
    assert isinstance(recovery.finish(0), Done)
    bucket = scene.project.bucket
    assert bucket.settings.versioning
    assert not bucket.settings.lifecycle
    restored = restoring(recovery)
    assert isinstance(recovery.finish(restored), Done)
    assert not bucket.settings.lifecycle
    assert isinstance(recovery.finish(restored + 1), Done)
    assert bucket.settings.lifecycle == DEFAULT_LIFECYCLE
