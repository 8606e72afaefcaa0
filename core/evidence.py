"""The words of evidence by which later steps, undo and the cards go."""

CHANGED_SERVICE = "changed_service"
CHANGED_JOB = "changed_job"
CHANGED_BUCKET = "changed_bucket"
CHANGED = frozenset((CHANGED_SERVICE, CHANGED_JOB, CHANGED_BUCKET))
"""Left behind by a step that has changed something which an undo could put back."""

CACHE = "cache"
CONSISTENT, INCONSISTENT, GONE = "consistent", "inconsistent", "gone"
"""What `cache` says: the state that the cache was left in."""
