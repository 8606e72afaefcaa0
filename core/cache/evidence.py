"""The words of evidence by which later steps, undo and the cards go."""

CHANGED_SERVICE = "changed_service"
CHANGED_JOB = "changed_job"
CHANGED_BUCKET = "changed_bucket"
CHANGED = frozenset((CHANGED_SERVICE, CHANGED_JOB, CHANGED_BUCKET))
"""Left behind by a step that has changed something which an undo could put back."""

CACHE = "cache"
CONSISTENT, INCONSISTENT, GONE = "consistent", "inconsistent", "gone"
"""What `cache` says: the state that the cache was left in."""

SPARED = "spared"
"""The version that is proven whole, so that the sync which would follow is not needed."""

NIGHTLY = "nightly"
"""The state into which the nightly trigger was switched."""

DELETED, DELETED_BYTES = "deleted", "deleted_bytes"
"""How many versions a cleanup has deleted, and their size."""

REMAINING = "remaining"
"""Which it has not, one a line, below the reason that they share."""

RESTORABLE_UNTIL = "restorable_until"
"""Until when soft delete keeps what was deleted; absent where it is off."""

BYTES_AFTER = "bytes_after_"
"""Begins the words that say how many bytes there are by kind, such as `bytes_after_live`."""

NEXT = "next"
"""The command that leads on after a failure, where the same command again would fail again."""
