"""The rights that the doctor asks for are those that the roles in deploy/iam give."""

from collections.abc import Mapping
from pathlib import Path

import pytest
import yaml  # type: ignore[import-untyped]  # read here only, not worth its stubs

from core.rights import RIGHTS, Resource, rights_on, words_without
from core.verbs import VERBS

_ROLES = Path(__file__).parents[2] / "deploy" / "iam"
_FILES: Mapping[Resource, tuple[str, ...]] = {
    Resource.BUCKET: ("bucket-reader", "bucket-restorer", "cleaner", "bucket-mender"),
    Resource.SERVICE: ("service-reader", "service-switcher"),
    Resource.JOB: ("syncer", "job-changer"),
}
_OF_EXECUTIONS = "run.executions."
"""Had on executions, for which Google cannot be asked by the job."""


@pytest.mark.parametrize("resource", Resource)
def test_what_is_asked_for_is_what_the_roles_give(resource: Resource) -> None:
    """A right that a role gains is looked for by the doctor, and the other way round."""
    files = [yaml.safe_load((_ROLES / f"{name}.yaml").read_text()) for name in _FILES[resource]]
    given = {permission for file in files for permission in file["includedPermissions"]}
    wanted = {right.permission for right in rights_on(resource)}
    assert wanted == {one for one in given if not one.startswith(_OF_EXECUTIONS)}


def test_each_right_says_which_words_fail_without_it() -> None:
    """And those are words that exist."""
    for right in RIGHTS:
        assert right.words
        assert set(right.words) <= set(VERBS)


def test_the_words_that_fail_are_named_once_each() -> None:
    """With everything there is none."""
    everything = [right.permission for right in rights_on(Resource.JOB)]
    assert words_without(everything, Resource.JOB) == ()
    assert words_without(everything[:1], Resource.JOB) == ("sync", "update", "rollback")
