"""Tests of how Cloud Run's message about the service is read."""

from typing import Any

import pytest
from google.cloud import run_v2

from core.deployment import VariableNames
from core.google.services import service_of
from core.services import Service, Traffic

_State = run_v2.Condition.State
_Allocation = run_v2.TrafficTargetAllocationType
_LATEST = _Allocation.TRAFFIC_TARGET_ALLOCATION_TYPE_LATEST
_REVISION = _Allocation.TRAFFIC_TARGET_ALLOCATION_TYPE_REVISION
_PATH = "projects/p/locations/l/services/tabular-service"
_TOGGLE = "SHARED_MODEL_VOLUME_ENABLED"


def _read(containers: list[run_v2.Container] | None = None, **fields: Any) -> Service:
    template = run_v2.RevisionTemplate(
        containers=[run_v2.Container()] if containers is None else containers,
        volumes=[
            run_v2.Volume(name="scratch", empty_dir=run_v2.EmptyDirVolumeSource()),
            run_v2.Volume(name="models", gcs=run_v2.GCSVolumeSource(bucket="model-cache")),
        ],
    )
    ready: dict[str, Any] = {
        "generation": 4,
        "observed_generation": 4,
        "latest_created_revision": f"{_PATH}/revisions/r-4",
        "latest_ready_revision": f"{_PATH}/revisions/r-4",
        "terminal_condition": run_v2.Condition(state=_State.CONDITION_SUCCEEDED),
    }
    message = run_v2.Service(name=_PATH, template=template, **{**ready, **fields})
    return service_of(message, VariableNames())


def _target(kind: Any, percent: int, revision: str = "") -> run_v2.TrafficTarget:
    return run_v2.TrafficTarget(type_=kind, percent=percent, revision=revision)


def _env(name: str, value: str) -> run_v2.EnvVar:
    return run_v2.EnvVar(name=name, value=value)


def test_a_ready_service_has_nothing_to_say() -> None:
    """All four conditions hold."""
    service = _read()
    assert service.ready
    assert service.message == ""
    assert service.name == "tabular-service"
    assert service.latest_ready_revision == "r-4"


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"reconciling": True}, "still applying"),
        ({"observed_generation": 3}, "not yet taken up"),
        ({"latest_ready_revision": f"{_PATH}/revisions/r-3"}, "newest revision r-4 is not ready"),
        (
            {
                "terminal_condition": run_v2.Condition(
                    state=_State.CONDITION_FAILED, message="The startup probe failed."
                )
            },
            "The startup probe failed.",
        ),
        ({"terminal_condition": run_v2.Condition()}, "failed"),
    ],
)
def test_each_of_the_four_conditions_makes_it_unready(fields: dict[str, Any], words: str) -> None:
    """A service that has not taken up the last change is not Ready, and says why."""
    service = _read(**fields)
    assert not service.ready
    assert words in service.message


@pytest.mark.parametrize(
    ("targets", "pinned"),
    [
        ([], False),
        ([_target(_LATEST, 100)], False),
        ([_target(_LATEST, 60), _target(_LATEST, 40)], False),
        ([_target(_REVISION, 100, "r-3")], True),
        ([_target(_LATEST, 50), _target(_REVISION, 50, "r-3")], True),
        ([_target(_LATEST, 100), _target(_REVISION, 0, "r-1")], False),
    ],
)
def test_traffic_is_pinned_unless_the_latest_gets_all(
    targets: list[run_v2.TrafficTarget], pinned: bool
) -> None:
    """A tag without traffic pins nothing."""
    assert _read(traffic=targets).pinned is pinned


def test_traffic_tells_revisions_by_their_short_names() -> None:
    """Entries that only carry a tag receive nothing and are left out."""
    service = _read(
        traffic_statuses=[
            run_v2.TrafficTargetStatus(type_=_LATEST, percent=90),
            run_v2.TrafficTargetStatus(type_=_REVISION, revision="r-3", percent=10),
            run_v2.TrafficTargetStatus(type_=_REVISION, revision="r-1", tag="old"),
        ]
    )
    assert service.traffic == (Traffic("", 90, latest=True), Traffic("r-3", 10, latest=False))


def test_the_toggle_is_read_as_it_stands() -> None:
    """Its raw value, and None only where there is no such variable."""
    assert _read([run_v2.Container(env=[_env(_TOGGLE, "True")])]).toggle == "True"
    assert _read([run_v2.Container(env=[_env("OTHER", "1")])]).toggle is None
    assert not _read([run_v2.Container(env=[_env(_TOGGLE, "true")])]).toggle_from_secret


def test_a_toggle_from_a_secret_is_not_a_missing_one() -> None:
    """Its value is unknown, so it counts as neither absent nor on."""
    secret = run_v2.EnvVarSource(secret_key_ref=run_v2.SecretKeySelector(secret="toggle"))  # noqa: S106 - the name of a secret
    container = run_v2.Container(env=[run_v2.EnvVar(name=_TOGGLE, value_source=secret)])
    service = _read([container])
    assert service.toggle_from_secret
    assert service.toggle is not None
    assert not service.enabled
    assert _TOGGLE not in service.env


def test_of_several_containers_the_one_with_the_toggle_is_read() -> None:
    """Where none has it, it is the one that takes requests."""
    sidecar = run_v2.Container(name="proxy", env=[_env("ROLE", "proxy")])
    toggled = run_v2.Container(env=[_env(_TOGGLE, "true"), _env("ROLE", "main")])
    serving = run_v2.Container(
        ports=[run_v2.ContainerPort(container_port=8080)], env=[_env("ROLE", "serving")]
    )
    assert _read([sidecar, serving, toggled]).env["ROLE"] == "main"
    assert _read([sidecar, serving]).env["ROLE"] == "serving"
    assert _read([sidecar]).env["ROLE"] == "proxy"
    assert dict(_read([]).env) == {}


def test_the_bucket_counts_as_mounted_where_the_container_mounts_it() -> None:
    """A volume that no container mounts is no mount, and other volumes are no buckets."""
    mounting = run_v2.Container(
        volume_mounts=[
            run_v2.VolumeMount(name="scratch", mount_path="/tmp"),  # noqa: S108 - a mount path
            run_v2.VolumeMount(name="models", mount_path="/models"),
        ]
    )
    assert _read([mounting]).mounts_bucket == "model-cache"
    assert _read([run_v2.Container()]).mounts_bucket is None
