"""The sync that is writing to the bucket right now, if any, and whether there can be one."""

from core.cloud import Reader
from core.errors import NotFound
from core.executions import Execution, unfinished


def has_sync_job(reader: Reader) -> bool:
    """Tell whether there is a sync job of the name in the settings.

    Raises:
        CloudError: that could not be read.
    """
    try:
        reader.executions()
    except NotFound:
        return False
    return True


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
