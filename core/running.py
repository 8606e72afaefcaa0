"""The sync that is writing to the bucket right now, if any."""

from core.cloud import Reader
from core.errors import NotFound
from core.executions import Execution, unfinished


def running_sync(reader: Reader) -> Execution | None:
    """Return the newest unfinished execution; without a sync job nothing can run.

    Raises:
        CloudError: whether one runs could not be read.
    """
    try:
        running = unfinished(reader.executions())
    except NotFound:
        return None
    return running[0] if running else None
