"""Copies through Google's own client, where they are not what a rewrite is."""

from collections.abc import Iterator

import pytest
from google.api_core import exceptions

from sandbox.cloud.content import Literal
from tests.sandbox.storage_fixtures import RunningStorage, running_storage


@pytest.fixture
def storage() -> Iterator[RunningStorage]:
    """Serve one empty bucket."""
    with running_storage() as running:
        yield running


def test_copy_makes_a_noncurrent_generation_live(storage: RunningStorage) -> None:
    """copy_blob of an old generation over the live one, in another bucket too."""
    old = storage.bucket.put("a", Literal(b"old"), content_type="text/plain")
    live = storage.bucket.put("a", Literal(b"new")).generation
    copied = storage.remote.copy_blob(
        storage.remote.blob("a"),
        storage.remote,
        source_generation=old.generation,
        if_generation_match=live,
    )
    assert copied.generation == storage.bucket.get("a").generation
    assert storage.remote.blob("a").download_as_bytes() == b"old"
    elsewhere = storage.buckets.create("elsewhere")
    storage.remote.copy_blob(storage.remote.blob("a"), storage.client.bucket("elsewhere"), "b")
    assert elsewhere.get("b").content_type == "text/plain"


def test_acl_cannot_be_copied_away_under_uniform_access(storage: RunningStorage) -> None:
    """copy_blob without preserve_acl clears the ACL, which uniform access refuses with 400."""
    storage.bucket.put("a", Literal(b"x"))
    with pytest.raises(exceptions.BadRequest, match="uniform bucket-level access"):
        storage.remote.copy_blob(storage.remote.blob("a"), storage.remote, "b", preserve_acl=False)
