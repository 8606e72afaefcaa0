"""The pretend cloud as a whole: the default deployment over its real protocols, and its end."""

import json
import os
import threading
import time
from datetime import UTC, datetime, timedelta
from typing import Any

import grpc
import pytest
import requests
from google.api_core import exceptions
from google.cloud import monitoring_v3, run_v2, scheduler_v1
from google.cloud.logging_v2.services.logging_service_v2 import LoggingServiceV2Client
from google.cloud.logging_v2.services.metrics_service_v2 import MetricsServiceV2Client

from sandbox.clock import Clock
from sandbox.cloud import disasters
from sandbox.cloud.cloud import PretendCloud
from sandbox.cloud.project import Layout, Project, create_project
from sandbox.cloud.sync_script import Stage
from sandbox.faults import Fault, Hang, Phase, Refuse
from tests.sandbox.cache_contents import done, manifest, ollama_is_whole, sbert_is_whole
from tests.sandbox.conftest import Clients
from tests.sandbox.run_names import JOB, NIGHTLY, SERVICE, TIMEOUT_SECONDS

PROJECT = "projects/sandbox-project"
BUCKET = "sandbox-project-tabular-model-cache"
GET_SERVICE = "google.cloud.run.v2.Services/GetService"


def gapic(kind: Any, channel: grpc.Channel) -> Any:
    """Return one of Google's gRPC clients on a channel."""
    return kind(transport=kind.get_transport_class("grpc")(channel=channel))


def test_the_default_project_is_made_quickly() -> None:
    """Laying out the whole default deployment takes well under half a second of computing."""
    create_project()
    began = time.thread_time()
    create_project()
    assert time.thread_time() - began < 0.5


def test_the_default_project_is_healthy(project: Project) -> None:
    """Its cache is consistent and whole, synced within a day, with no leftovers."""
    document = manifest(project)
    assert done(project) == document["version"]
    assert ollama_is_whole(project, "ollama/manifests/registry.ollama.ai/library/llama3.2/1b")
    assert sbert_is_whole(project)
    created = datetime.fromisoformat(document["created_at"])
    assert timedelta() < project.clock.now() - created < timedelta(hours=25)
    assert project.bucket.list(soft_deleted=True) == []
    noncurrent = [v for v in project.bucket.list(versions=True) if not v.is_live]
    assert 0 < sum(v.size_bytes for v in noncurrent) < 2_500_000_000
    assert not [v for v in noncurrent if v.name.startswith(".tmp/")]


def test_the_version_before_is_complete_among_the_generations(project: Project) -> None:
    """Two syncs are kept: for every live name of the earlier one a generation is there."""
    manifests = project.bucket.list("manifest.json", versions=True)
    assert len(manifests) == 2
    moment = manifests[0].time_created
    then = [
        version
        for version in project.bucket.list("sbert/", versions=True)
        if version.time_created <= moment < (version.time_deleted or project.clock.now())
    ]
    weights = [version for version in then if version.size_bytes > 1_000_000_000]
    old = json.loads(manifests[0].content.read(0, 10_000))
    assert weights[0].name.endswith(old["models"]["embedding"]["checksum"])
    assert old["models"] != manifest(project)["models"]


def test_projects_of_one_seed_make_up_the_same_names() -> None:
    """The same seed gives the same executions, another one others."""
    first, second, other = (
        [e.name for e in create_project(layout=Layout(seed=seed)).state.executions.all()]
        for seed in (1, 1, 2)
    )
    assert first == second
    assert set(first).isdisjoint(other)


def test_googles_storage_client_reads_the_cache(storage_client: Any) -> None:
    """Bucket settings, manifest and marker are there for the storage client."""
    os.environ["DISABLE_GCS_PYTHON_CLIENT_OTEL_BUCKET_METADATA"] = "true"
    bucket = storage_client.get_bucket(BUCKET)
    assert bucket.versioning_enabled
    assert len(list(bucket.lifecycle_rules)) == 2
    assert bucket.soft_delete_policy.retention_duration_seconds == 604800
    document = json.loads(bucket.blob("manifest.json").download_as_bytes())
    assert bucket.blob(".done").download_as_text().strip() == document["version"]


def test_googles_logging_client_finds_the_startups(channel: grpc.Channel) -> None:
    """The documented filter for startups finds the week's fifty, oldest first."""
    since = (datetime.now(UTC) - timedelta(days=7)).isoformat()
    entries = gapic(LoggingServiceV2Client, channel).list_log_entries(
        {
            "resource_names": [PROJECT],
            "filter": 'resource.type="cloud_run_revision" AND '
            'resource.labels.service_name="tabular-service" AND '
            'jsonPayload.message="Startup complete" AND '
            f'jsonPayload.shared_volume_enabled=true AND timestamp>="{since}"',
            "page_size": 1000,
        }
    )
    hits = [entry.json_payload["cache_hit"] for entry in entries]
    assert (len(hits), hits.count(True)) == (50, 48)


def test_monitoring_knows_policies_and_counters(channel: grpc.Channel) -> None:
    """Three policies are enabled, and the success counter counts the nights that went well."""
    policies = gapic(monitoring_v3.AlertPolicyServiceClient, channel)
    listed = list(policies.list_alert_policies(name=PROJECT))
    assert len(listed) == 3
    assert all(policy.enabled for policy in listed)
    now = datetime.now(UTC)
    series = gapic(monitoring_v3.MetricServiceClient, channel).list_time_series(
        {
            "name": PROJECT,
            "filter": 'metric.type="logging.googleapis.com/user/tabular_model_sync_success" '
            'AND resource.type="cloud_run_job"',
            "interval": {"start_time": now - timedelta(days=20), "end_time": now},
            "view": monitoring_v3.ListTimeSeriesRequest.TimeSeriesView.FULL,
        }
    )
    assert sum(point.value.int64_value for one in series for point in one.points) == 8


def test_monitoring_serves_incidents_over_rest(cloud: PretendCloud, project: Project) -> None:
    """An incident opened in the project is listed by the REST method."""
    policy = project.policies.all()[0]
    incident = project.policies.open_incident(policy.name, 0.5)
    url = f"{cloud.monitoring_url}/v3/{PROJECT}/alerts"
    answer = requests.get(url, params={"filter": 'state="OPEN"'}, timeout=30).json()
    assert [alert["name"].rpartition("/")[2] for alert in answer["alerts"]] == [incident.id]


def test_optional_parts_can_be_absent() -> None:
    """Without trigger, counters and policies their APIs answer as for nothing configured."""
    layout = Layout(scheduler=False, log_metrics=False, policies=False)
    with (
        PretendCloud(create_project(layout=layout)) as cloud,
        grpc.insecure_channel(cloud.grpc_target) as channel,
    ):
        policies = gapic(monitoring_v3.AlertPolicyServiceClient, channel)
        assert list(policies.list_alert_policies(name=PROJECT)) == []
        metrics = gapic(MetricsServiceV2Client, channel)
        assert list(metrics.list_log_metrics(parent=PROJECT)) == []
        with pytest.raises(exceptions.NotFound):
            gapic(scheduler_v1.CloudSchedulerClient, channel).get_job(name=NIGHTLY)


def test_methods_that_are_not_built_are_unimplemented(clients: Clients) -> None:
    """A method of a known service that the sandbox lacks answers UNIMPLEMENTED."""
    with pytest.raises(exceptions.MethodNotImplemented):
        clients.jobs.delete_job(name=JOB)


@pytest.mark.parametrize(
    ("status", "error"),
    [
        ("UNAVAILABLE", exceptions.ServiceUnavailable),
        ("DEADLINE_EXCEEDED", exceptions.DeadlineExceeded),
        (403, exceptions.PermissionDenied),
        (429, exceptions.ResourceExhausted),
        (503, exceptions.ServiceUnavailable),
    ],
)
def test_injected_refusals_become_statuses(
    cloud: PretendCloud, clients: Clients, status: int | str, error: type[Exception]
) -> None:
    """A refusal by gRPC name or by HTTP status reaches the client as the matching error."""
    cloud.faults.add(Fault(GET_SERVICE, Refuse(status, "on purpose")))
    with pytest.raises(error, match="on purpose"):
        clients.services.get_service(name=SERVICE, retry=None)


def test_calls_are_recorded_with_their_routing(cloud: PretendCloud, clients: Clients) -> None:
    """Each call is seen by its full method name, with what it was routed by."""
    clients.services.get_service(name=SERVICE)
    (call,) = cloud.faults.seen(GET_SERVICE)
    assert call.detail == "location=europe-west1"


def test_a_hanging_call_ends_with_the_cloud() -> None:
    """Stopping the cloud lets a hanging call go instead of waiting for it."""
    cloud = PretendCloud(create_project(layout=Layout(history=False)))
    cloud.start()
    cloud.faults.add(Fault(GET_SERVICE, Hang()))
    received, ended = threading.Event(), threading.Event()

    def watch(method: str, phase: Phase) -> None:
        if (method, phase) == (GET_SERVICE, Phase.BEFORE):
            received.set()

    def call(channel: grpc.Channel) -> None:
        with pytest.raises(exceptions.GoogleAPICallError):
            gapic(run_v2.ServicesClient, channel).get_service(name=SERVICE, retry=None, timeout=60)
        ended.set()

    cloud.faults.watch(watch)
    with grpc.insecure_channel(cloud.grpc_target) as channel:
        caller = threading.Thread(target=call, args=(channel,))
        caller.start()
        assert received.wait(TIMEOUT_SECONDS)
        assert not ended.is_set()
        cloud.stop()
        assert ended.wait(TIMEOUT_SECONDS)
        caller.join()


def test_stopping_ends_all_threads() -> None:
    """After a stop, with a sync held in the middle, no thread of the cloud is left."""
    before = set(threading.enumerate())
    with PretendCloud(create_project(Clock(1000))) as cloud:
        cloud.project.scripts.hold(Stage.PULLING_LLM)
        execution = disasters.start_rival_execution(cloud.project)
        assert cloud.project.scripts.wait_until(execution, Stage.PULLING_LLM, TIMEOUT_SECONDS)
        with grpc.insecure_channel(cloud.grpc_target) as channel:
            gapic(run_v2.ServicesClient, channel).get_service(name=SERVICE)
        names = {thread.name.partition("_")[0] for thread in threading.enumerate()}
        assert {execution, "sandbox-grpc", "sandbox-http"} <= names
    for thread in set(threading.enumerate()) - before:
        if thread.name.startswith(("tabular-model-sync", "sandbox")):
            thread.join(TIMEOUT_SECONDS)
            assert not thread.is_alive(), thread.name
    with pytest.raises(requests.ConnectionError):
        requests.get(cloud.storage_url, timeout=5)


def test_a_clock_turned_back_is_for_one_thread_and_one_block(project: Project) -> None:
    """Inside the block time stands where it was put and moves with work; outside it is now."""
    clock = project.clock
    then = clock.now() - timedelta(days=3)
    elsewhere: list[datetime] = []
    with clock.back_to(then):
        assert clock.now() == then
        assert clock.work(90.0, threading.Event())
        assert clock.now() == then + timedelta(seconds=90 / clock.speed)
        thread = threading.Thread(target=lambda: elsewhere.append(clock.now()))
        thread.start()
        thread.join()
    assert elsewhere[0] - then >= timedelta(days=3)
    assert clock.now() - then >= timedelta(days=3)
