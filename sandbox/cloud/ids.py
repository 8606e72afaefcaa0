"""Names that the pretend cloud makes up: execution suffixes, uids, instance ids, etags."""

import base64
import random
import threading
import uuid
from dataclasses import dataclass, field

_SUFFIX_LETTERS = "bcdfghjklmnpqrstvwxz2456789"  # what Kubernetes-style suffixes are made of


@dataclass(frozen=True, slots=True)
class Ids:
    """A maker of random names; the same seed makes the same ones."""

    source: random.Random = field(default_factory=random.Random)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def suffix(self, length: int = 5) -> str:
        """Return what follows the dash in `tabular-model-sync-abc12`."""
        with self._lock:
            return "".join(self.source.choices(_SUFFIX_LETTERS, k=length))

    def uid(self) -> str:
        """Return a UUID version 4."""
        return str(uuid.UUID(bytes=self._bytes(16), version=4))

    def instance_id(self) -> str:
        """Return a Cloud Run instance id: 206 lower-case hexadecimal digits."""
        return "00" + self._bytes(102).hex()

    def etag(self) -> str:
        """Return a fingerprint with the quotes that are part of Cloud Run's etags."""
        return f'"{base64.b64encode(self._bytes(18)).decode()}"'

    def _bytes(self, count: int) -> bytes:
        with self._lock:
            return self.source.randbytes(count)
