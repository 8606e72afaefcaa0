"""Content from a seed is as good as stored bytes, and costs nothing."""

import hashlib
import time

import google_crc32c
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sandbox.cloud.content import BLOCK_BYTES, Literal, Seeded, stream

SIZES = st.one_of(
    st.integers(0, 3 * BLOCK_BYTES + 17),
    st.sampled_from([0, 1, BLOCK_BYTES - 1, BLOCK_BYTES, BLOCK_BYTES + 1, 7 * BLOCK_BYTES]),
)


@settings(max_examples=40, deadline=None)
@given(size=SIZES)
def test_combined_checksum_is_the_straight_one(size: int) -> None:
    """The checksum combined from one block equals the checksum of all the bytes."""
    content = Seeded("weights", size)
    data = content.read(0, size)
    assert len(data) == size
    assert content.crc32c() == google_crc32c.value(data)


def test_checksum_of_a_terabyte_takes_no_time() -> None:
    """The checksum of far more bytes than could be read is there within a second."""
    begun = time.perf_counter()
    Seeded("never seen before", 1_000_000_000_007).crc32c()
    assert time.perf_counter() - begun < 1


@settings(max_examples=60, deadline=None)
@given(size=SIZES, start=st.integers(0, 4 * BLOCK_BYTES), length=st.integers(0, 2 * BLOCK_BYTES))
def test_ranged_reads_agree_with_the_whole(size: int, start: int, length: int) -> None:
    """Any range equals that slice of the whole content, cut at its end."""
    whole = Seeded("weights", size).read(0, size)
    assert Seeded("weights", size).read(start, start + length) == whole[start : start + length]


def test_ranges_far_inside_big_content_are_cheap() -> None:
    """A megabyte out of the middle of a terabyte reads within a second and is not empty."""
    content = Seeded("weights", 10**12)
    begun = time.perf_counter()
    piece = content.read(5 * 10**11 + 3, 5 * 10**11 + 3 + BLOCK_BYTES)
    assert time.perf_counter() - begun < 1
    assert len(piece) == BLOCK_BYTES
    assert len(set(piece)) == 256


@pytest.mark.parametrize(("start", "end"), [(0, 0), (0, 10), (5, BLOCK_BYTES + 5), (7, 3_000_000)])
def test_stream_gives_the_range_in_pieces(start: int, end: int) -> None:
    """A streamed range is the read range, in pieces no larger than a block."""
    content = Seeded("weights", 3_000_000)
    pieces = list(stream(content, start, end))
    assert b"".join(pieces) == content.read(start, end)
    assert all(0 < len(piece) <= BLOCK_BYTES for piece in pieces)


def test_content_follows_from_its_seed() -> None:
    """The same seed gives the same bytes in every process and version, another seed others."""
    assert Seeded("a", 1000).read(0, 4).hex() == "85c8de88"
    assert Seeded("a", 1000).read(0, 1000) == Seeded("a", 2000).read(0, 1000)
    assert Seeded("a", 1000).read(0, 1000) != Seeded("b", 1000).read(0, 1000)


def test_md5_is_absent_only_for_big_virtual_content() -> None:
    """Small content has its true MD5; virtual content above a block has none."""
    small = Seeded("a", 1000)
    assert small.md5() == hashlib.md5(small.read(0, 1000)).digest()  # noqa: S324 - a checksum
    assert Literal(b"hello").md5() == hashlib.md5(b"hello").digest()  # noqa: S324 - a checksum
    assert Seeded("a", BLOCK_BYTES + 1).md5() is None


def test_negative_size_is_refused() -> None:
    """Content cannot have less than no bytes."""
    with pytest.raises(ValueError, match="negative"):
        Seeded("a", -1)
