"""The default deployment of the tabular service, as deployed: service, revisions, sync job."""

from datetime import datetime, timedelta

from google.api.launch_stage_pb2 import LaunchStage
from google.cloud import run_v2

from sandbox.cloud import conditions, revision_life
from sandbox.cloud.iam_policy import IamPolicy
from sandbox.cloud.ids import Ids
from sandbox.cloud.place import Place
from sandbox.cloud.run_state import Resource, copy
from sandbox.cloud.service_life import latest_traffic

SERVICE = "tabular-service"
JOB = "tabular-model-sync"
LLM = "llama3.2:1b"
EMBEDDING = "BAAI/bge-m3"
COMMIT = "tabular.example.com/commit"
TOGGLE_SECRET = "shared-model-volume-enabled"  # noqa: S105 - the name of one

_VOLUME = "model-cache"
_MOUNT_PATH = "/models"
_LATEST = run_v2.TrafficTargetAllocationType.TRAFFIC_TARGET_ALLOCATION_TYPE_LATEST
_SERVICE_AGE, _JOB_AGE = timedelta(days=12), timedelta(days=30)


def bucket_name(place: Place) -> str:
    """Return the cache's bucket, named as the Terraform default names it."""
    return f"{place.project}-tabular-model-cache"


def cache_policy(policy: IamPolicy, place: Place) -> IamPolicy:
    """Return a bucket's policy with what Terraform's iam.tf adds for the two accounts."""
    accounts = {
        "roles/storage.objectAdmin": service_account(place),
        "roles/storage.admin": job_account(place),
    }
    for role, account in accounts.items():
        policy = policy.granted(role, f"serviceAccount:{account}")
    return policy


def service_account(place: Place) -> str:
    """Return the account that the service runs as."""
    return place.account("tabular-service")


def job_account(place: Place) -> str:
    """Return the account that the sync job runs as."""
    return place.account("tabular-model-sync")


def service_env(place: Place) -> dict[str, str]:
    """Return the literal environment variables of the service."""
    return {
        "GCP_PROJECT_ID": place.project,
        "GCP_REGION": place.region,
        "BIGQUERY_DATASET": "tabular",
        "BIGQUERY_LOCATION": "EU",
        "BIGQUERY_MAX_BYTES_BILLED": "10737418240",
        "FIRESTORE_DATABASE": "(default)",
        "PUBSUB_TOPIC": "tabular-events",
        "ENVIRONMENT": "production",
        "LOG_LEVEL": "INFO",
        "LOG_FORMAT": "json",
        "API_PREFIX": "/api/v1",
        "CORS_ORIGINS": "https://app.example.com",
        "RATE_LIMIT_PER_MINUTE": "120",
        "REQUEST_TIMEOUT_SECONDS": "60",
        "MAX_UPLOAD_MB": "25",
        "CACHE_TTL_SECONDS": "300",
        "SHARED_MODEL_VOLUME_ENABLED": "true",
        "MODEL_CACHE_PATH": _MOUNT_PATH,
        "OLLAMA_MODELS": f"{_MOUNT_PATH}/ollama",
        "OLLAMA_HOST": "127.0.0.1:11434",
        "SENTENCE_TRANSFORMERS_HOME": f"{_MOUNT_PATH}/sbert",
        "HUGGINGFACE_HUB_CACHE": f"{_MOUNT_PATH}/sbert",
        "LLM_MODEL_NAME": LLM,
        "EMBEDDING_MODEL_NAME": EMBEDDING,
        "OTEL_SERVICE_NAME": SERVICE,
    }


def job_env() -> dict[str, str]:
    """Return the literal environment variables of the sync job."""
    return {
        "MODEL_SYNC_MODE": "1",
        "MODEL_CACHE_PATH": _MOUNT_PATH,
        "LLM_MODEL_NAME": LLM,
        "EMBEDDING_MODEL_NAME": EMBEDDING,
        "OLLAMA_MODELS": f"{_MOUNT_PATH}/ollama",
        "SENTENCE_TRANSFORMERS_HOME": f"{_MOUNT_PATH}/sbert",
        "HUGGINGFACE_HUB_CACHE": f"{_MOUNT_PATH}/sbert",
    }


def secret_values() -> dict[str, str]:
    """Return what the secrets hold that the service may take a variable from."""
    return {TOGGLE_SECRET: "true"}


def build_service(place: Place, ids: Ids, now: datetime) -> Resource:
    """Return the service, Ready, with all of its traffic on the latest revision.

    Its template names that revision, as gcloud and the CI leave it behind.
    """
    revision = f"{SERVICE}-00042-{ids.suffix(3)}"
    uri = f"https://{SERVICE}-{place.number}.{place.region}.run.app"
    deployed = now - _SERVICE_AGE
    service = run_v2.Service(
        name=place.name("services", SERVICE),
        uid=ids.uid(),
        generation=42,
        observed_generation=42,
        labels={"service": "tabular", "managed-by": "terraform"},
        annotations={"tabular.example.com/owner": "ml-platform"},
        create_time=now - timedelta(days=200),
        creator=place.account("terraform"),
        last_modifier=place.account("ci-deployer"),
        client="gcloud",
        client_version="545.0.0",
        ingress=run_v2.IngressTraffic.INGRESS_TRAFFIC_ALL,
        launch_stage=LaunchStage.GA,
        template=_service_template(place, revision),
        traffic=latest_traffic(),
        traffic_statuses=[run_v2.TrafficTargetStatus(type_=_LATEST, percent=100)],
        scaling=run_v2.ServiceScaling(min_instance_count=0),
        urls=[uri],
        uri=uri,
        latest_ready_revision=place.name("services", SERVICE, "revisions", revision),
        latest_created_revision=place.name("services", SERVICE, "revisions", revision),
    )
    service.terminal_condition = _condition(conditions.READY, deployed)
    service.conditions = [
        _condition("RoutesReady", deployed),
        _condition("ConfigurationsReady", deployed),
    ]
    return service


def build_revisions(service: Resource, ids: Ids, now: datetime) -> list[Resource]:
    """Return the revision that serves and, before it, the one that it has replaced."""
    earlier = copy(service)
    earlier.template.annotations[COMMIT] = "77d01ce"
    earlier.template.containers[0].image = service.template.containers[0].image[:-7] + "77d01ce"
    return [
        _revision(earlier, f"{SERVICE}-00041-{ids.suffix(3)}", ids, now - 2 * _SERVICE_AGE),
        _revision(service, service.template.revision, ids, now - _SERVICE_AGE),
    ]


def build_job(place: Place, ids: Ids, now: datetime) -> Resource:
    """Return the sync job: 900 s an attempt, two retries."""
    deployed = now - _JOB_AGE
    job = run_v2.Job(
        name=place.name("jobs", JOB),
        uid=ids.uid(),
        generation=7,
        observed_generation=7,
        labels={"service": "tabular", "managed-by": "terraform"},
        create_time=now - timedelta(days=180),
        creator=place.account("terraform"),
        last_modifier=place.account("terraform"),
        client="terraform",
        launch_stage=LaunchStage.GA,
        template=run_v2.ExecutionTemplate(task_count=1, template=_task_template(place)),
    )
    job.terminal_condition = _condition(conditions.READY, deployed)
    job.conditions = [_condition("ResourcesAvailable", deployed)]
    return job


def _revision(service: Resource, short: str, ids: Ids, deployed: datetime) -> Resource:
    revision = revision_life.new_revision(service, short, ids, service.last_modifier)
    revision_life.created(revision, deployed)
    revision_life.ready(revision, deployed)
    revision_life.serve(revision, traffic=revision.name == service.latest_ready_revision)
    return revision


def _service_template(place: Place, revision: str) -> Resource:
    return run_v2.RevisionTemplate(
        revision=revision,
        annotations={COMMIT: "9f2c1e7"},
        scaling=run_v2.RevisionScaling(min_instance_count=0, max_instance_count=10),
        timeout=timedelta(seconds=300),
        service_account=service_account(place),
        containers=[_service_container(place)],
        volumes=[_volume(place)],
        execution_environment=run_v2.ExecutionEnvironment.EXECUTION_ENVIRONMENT_GEN2,
        max_instance_request_concurrency=80,
    )


def _service_container(place: Place) -> Resource:
    secrets = {"FEATHERLESS_API_KEY": "featherless-api-key", "DATABASE_URL": "tabular-database-url"}
    return run_v2.Container(
        name="tabular",
        image=_image(place, "tabular-service", "9f2c1e7"),
        env=[*_literals(service_env(place)), *(_secret(*pair) for pair in secrets.items())],
        resources=run_v2.ResourceRequirements(
            limits={"cpu": "2", "memory": "4Gi"}, cpu_idle=True, startup_cpu_boost=True
        ),
        ports=[run_v2.ContainerPort(name="http1", container_port=8080)],
        volume_mounts=[_mount()],
        startup_probe=run_v2.Probe(
            initial_delay_seconds=30,
            timeout_seconds=5,
            period_seconds=10,
            failure_threshold=6,
            http_get=run_v2.HTTPGetAction(path="/health", port=8080),
        ),
    )


def _task_template(place: Place) -> Resource:
    container = run_v2.Container(
        name="model-sync",
        image=_image(place, "tabular-service", "latest"),
        command=["/app/model-sync.sh"],
        env=_literals(job_env()),
        resources=run_v2.ResourceRequirements(limits={"cpu": "2", "memory": "4Gi"}),
        volume_mounts=[_mount()],
    )
    return run_v2.TaskTemplate(
        containers=[container],
        volumes=[_volume(place)],
        max_retries=2,
        timeout=timedelta(seconds=900),
        service_account=job_account(place),
        execution_environment=run_v2.ExecutionEnvironment.EXECUTION_ENVIRONMENT_GEN2,
    )


def _condition(name: str, at: datetime) -> Resource:
    return conditions.condition(name, conditions.SUCCEEDED, at)


def _literals(variables: dict[str, str]) -> list[Resource]:
    return [run_v2.EnvVar(name=name, value=value) for name, value in variables.items()]


def _secret(name: str, secret: str) -> Resource:
    reference = run_v2.SecretKeySelector(secret=secret, version="latest")
    return run_v2.EnvVar(name=name, value_source=run_v2.EnvVarSource(secret_key_ref=reference))


def _image(place: Place, image: str, tag: str) -> str:
    return f"{place.region}-docker.pkg.dev/{place.project}/tabular/{image}:{tag}"


def _volume(place: Place) -> Resource:
    return run_v2.Volume(name=_VOLUME, gcs=run_v2.GCSVolumeSource(bucket=bucket_name(place)))


def _mount() -> Resource:
    return run_v2.VolumeMount(name=_VOLUME, mount_path=_MOUNT_PATH)
