"""What an instance of the pretend service prints while it starts."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import assert_never


class Outcome(StrEnum):
    """How a startup went."""

    HIT = "hit"
    MISS = "miss"
    DISABLED = "disabled"
    FAILED = "failed"  # the container exited
    UNMOUNTED = "unmounted"  # the volume could not be mounted, so no container ran
    UNHEALTHY = "unhealthy"  # the container ran, and never passed the startup probe
    OUT_OF_MEMORY = "out_of_memory"


class MissReason(StrEnum):
    """Why a startup did not find the models in the cache."""

    MANIFEST_MISSING = "manifest_missing"
    MODEL_NOT_FOUND = "model_not_found"


@dataclass(frozen=True, slots=True)
class Startup:
    """One startup; `reason` comes with a miss, `error` with a failure.

    `revision` is whose instance it is, by its short name, empty for the one that serves.
    `shared` is whether the shared volume was switched on.
    """

    at: datetime
    instance_id: str
    outcome: Outcome
    reason: MissReason | None = None
    manifest_version: str = ""
    error: str = ""
    revision: str = ""
    shared: bool = True

    @property
    def is_up(self) -> bool:
        """Whether the instance came up, and can answer requests."""
        return self.outcome in {Outcome.HIT, Outcome.MISS, Outcome.DISABLED}


@dataclass(frozen=True, slots=True)
class Line:
    """One line, `after` the startup began: a text, or a payload."""

    after: timedelta
    text: str | None = None
    payload: Mapping[str, object] | None = None
    severity: str = "DEFAULT"
    is_system: bool = False


def lines(startup: Startup) -> list[Line]:
    """Return the lines of a startup.

    One startup says cache_hit several times: a hit twice, a miss three times, one with the
    shared volume disabled twice.
    """
    shared = startup.shared and startup.outcome is not Outcome.DISABLED
    opening = [
        _text(0, "Starting tabular service"),
        _text(1, f"SHARED_MODEL_VOLUME_ENABLED={str(shared).lower()}"),
    ]
    match startup.outcome:
        case Outcome.HIT:
            return [*opening, *_hit(startup)]
        case Outcome.MISS:
            return [*opening, *_miss(startup)]
        case Outcome.DISABLED:
            return [*opening, *_disabled()]
        case Outcome.FAILED:
            return [*opening, *_failed(startup)]
        case Outcome.UNMOUNTED:
            return [_system(1, startup.error), _system(1, "The instance was not started.")]
        case Outcome.UNHEALTHY:
            return [*opening, _probe_failed(90)]
        case Outcome.OUT_OF_MEMORY:
            return [*opening, *_out_of_memory()]
        case _:
            assert_never(startup.outcome)


def seconds(startup: Startup) -> float:
    """Return how long a startup takes, to its last line."""
    return max(line.after for line in lines(startup)).total_seconds()


def _hit(startup: Startup) -> list[Line]:
    found = {"cache_hit": True, "manifest_version": startup.manifest_version}
    return [
        _json(2, "Model cache hit", **found),
        _text(3, "Starting Ollama server"),
        _json(9, "Startup complete", **found, shared_volume_enabled=True, startup_seconds=9.1),
        _text(10, "INFO:     Uvicorn running on http://0.0.0.0:8080 (Press CTRL+C to quit)"),
    ]


def _miss(startup: Startup) -> list[Line]:
    missed = {"cache_hit": False, "manifest_version": startup.manifest_version}
    why = str(startup.reason or "")
    return [
        _json(2, "Model cache miss", **missed, cache_miss_reason=why),
        _text(3, "pulling manifest"),
        _json(96, "Model download complete", **missed, download_seconds=93.4),
        _json(99, "Startup complete", **missed, shared_volume_enabled=True, startup_seconds=99.0),
    ]


def _disabled() -> list[Line]:
    local: dict[str, object] = {"cache_hit": False, "shared_volume_enabled": False}
    return [
        _text(2, "Shared model volume disabled, downloading models to local storage"),
        _json(211, "Model download complete", **local, download_seconds=209.0),
        _json(216, "Startup complete", **local, startup_seconds=216.0),
    ]


def _failed(startup: Startup) -> list[Line]:
    return [
        _text(2, f"ERROR: shared model volume is not writable: {startup.error}"),
        Line(timedelta(seconds=2), "Container called exit(1).", severity="WARNING", is_system=True),
    ]


def _out_of_memory() -> list[Line]:
    more = "https://cloud.google.com/run/docs/configuring/memory-limits"
    used = "Memory limit of 4096 MiB exceeded with 4213 MiB used."
    return [
        _text(2, "Downloading models to local storage"),
        _system(80, f"{used} Consider increasing the memory limit, see {more}"),
        _probe_failed(80),
    ]


def _probe_failed(after_seconds: float) -> Line:
    """Return what Cloud Run writes when a container does not answer its startup probe."""
    return _system(
        after_seconds,
        'STARTUP HTTP probe failed 6 times consecutively for container "tabular" on port 8080 '
        'path "/health". The instance was not started.\n'
        "Connection failed with status ERROR_CONNECTION_FAILED.",
    )


def _system(after_seconds: float, text: str) -> Line:
    after = timedelta(seconds=after_seconds)
    return Line(after, text=text, severity="ERROR", is_system=True)


def _text(after_seconds: float, text: str) -> Line:
    return Line(timedelta(seconds=after_seconds), text=text)


def _json(after_seconds: float, message: str, **fields: object) -> Line:
    """Return a structured line; fields that are empty are left out."""
    payload = {"message": message, **{key: value for key, value in fields.items() if value != ""}}
    severity = "WARNING" if fields.get("cache_miss_reason") else "INFO"
    return Line(timedelta(seconds=after_seconds), payload=payload, severity=severity)
