"""What objects hold: literal bytes, or gigabytes that exist only as a seed."""

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import Protocol

import google_crc32c

BLOCK_BYTES = 1 << 20
_POLYNOMIAL = 0x82F63B78  # Castagnoli, bit-reversed: bit 31 is the coefficient of x^0
_ONE = 1 << 31
_X = 1 << 30


class Content(Protocol):
    """An object's bytes, maybe virtual; equal contents may be shared between versions."""

    @property
    def size_bytes(self) -> int:
        """How many bytes `read` can give."""

    def crc32c(self) -> int:
        """Return the true CRC32C of all the bytes."""

    def md5(self) -> bytes | None:
        """Return the 16-byte MD5, or None for big virtual content (as composite objects)."""

    def read(self, start: int, end: int) -> bytes:
        """Return bytes [start, end), cut at the content's end."""


@dataclass(frozen=True, slots=True)
class Literal:
    """Content that is simply stored."""

    data: bytes

    @property
    def size_bytes(self) -> int:
        """The length of the data."""
        return len(self.data)

    def crc32c(self) -> int:
        """Return the CRC32C of the data."""
        return int(google_crc32c.value(self.data))

    def md5(self) -> bytes | None:
        """Return the MD5 of the data."""
        return hashlib.md5(self.data, usedforsecurity=False).digest()

    def read(self, start: int, end: int) -> bytes:
        """Return bytes [start, end)."""
        return self.data[start:end]


@dataclass(frozen=True, slots=True)
class Seeded:
    """Pseudo-random bytes that follow from a seed: one 1 MiB block, repeated and cut at the size.

    Nothing is stored, any range reads in the time of a copy, and the checksum of several
    gigabytes is combined from the block's own in well under a millisecond.
    """

    seed: str
    size_bytes: int

    def __post_init__(self) -> None:
        if self.size_bytes < 0:
            raise ValueError(f"size_bytes must not be negative: {self.size_bytes}")

    def crc32c(self) -> int:
        """Return the CRC32C of all the bytes, without producing them."""
        return _seeded_crc32c(self.seed, self.size_bytes)

    def md5(self) -> bytes | None:
        """Return the MD5 where the content is at most one block, else None."""
        if self.size_bytes > BLOCK_BYTES:
            return None
        return hashlib.md5(self.read(0, self.size_bytes), usedforsecurity=False).digest()

    def read(self, start: int, end: int) -> bytes:
        """Return bytes [start, end), cut at the content's end."""
        length = max(0, min(end, self.size_bytes) - start)
        offset = start % BLOCK_BYTES
        blocks = -(-(offset + length) // BLOCK_BYTES)
        return (_block(self.seed) * blocks)[offset : offset + length]


def stream(content: Content, start: int, end: int) -> Iterator[bytes]:
    """Yield bytes [start, end) in pieces of at most a block, aligned to blocks."""
    while start < end:
        stop = min(end, (start // BLOCK_BYTES + 1) * BLOCK_BYTES)
        yield content.read(start, stop)
        start = stop


@lru_cache(maxsize=16)
def _block(seed: str) -> bytes:
    return hashlib.shake_128(seed.encode()).digest(BLOCK_BYTES)


@lru_cache(maxsize=4096)
def _seeded_crc32c(seed: str, size_bytes: int) -> int:
    block = _block(seed)
    count, rest = divmod(size_bytes, BLOCK_BYTES)
    whole = _repeated(int(google_crc32c.value(block)), BLOCK_BYTES, count)
    return _combined(whole, int(google_crc32c.value(block[:rest])), rest)


def _repeated(crc: int, length: int, count: int) -> int:
    """Return the checksum of `count` copies of `length` bytes with checksum `crc`."""
    total = 0
    while count:
        if count & 1:
            total = _combined(total, crc, length)
        crc = _combined(crc, crc, length)
        length *= 2
        count >>= 1
    return total


def _combined(first: int, second: int, second_length: int) -> int:
    """Return the checksum of two byte strings put together, from the checksum of each.

    Appending n bytes multiplies the first checksum by x^8n modulo the polynomial.
    """
    return _product(first, _power_of_x(8 * second_length)) ^ second


def _power_of_x(exponent: int) -> int:
    power, square = _ONE, _X
    while exponent:
        if exponent & 1:
            power = _product(power, square)
        square = _product(square, square)
        exponent >>= 1
    return power


def _product(left: int, right: int) -> int:
    """Multiply two polynomials over GF(2), modulo the CRC32C polynomial."""
    product = 0
    for bit in range(31, -1, -1):
        if left >> bit & 1:
            product ^= right
        right = (right >> 1) ^ (_POLYNOMIAL if right & 1 else 0)
    return product
