"""Every setting: its kind, its default and what it means."""

from datetime import timedelta
from enum import StrEnum
from typing import Annotated

from pydantic import Field, SecretStr
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict

from bot import setting_kinds as kinds
from bot.logs import LogFormat, LogLevel
from core.context import Pace
from core.deployment import Deployment, Expectations, MetricNames, VariableNames
from core.google.endpoints import Endpoints
from core.policy import Grants, GroupMembers, Policy

PREFIX = "CACHEBOT_"

_EVERYBODY = Grants(frozenset({"*"}))
_NONE = SecretStr("")
_DEPLOYMENT = Deployment(project="")
_EXPECTED = Expectations()
_PACE = Pace()


def variable_of(field: str) -> str:
    """Return the environment variable of a setting."""
    return f"{PREFIX}{field.upper()}"


class Transport(StrEnum):
    """How Slack's requests arrive."""

    SOCKET = "socket"
    HTTP = "http"


class CacheSettings(BaseSettings):
    """The cache, who may do what, and the bot itself; alerts and schedules build on it."""

    model_config = SettingsConfigDict(
        env_prefix=PREFIX, frozen=True, extra="forbid", validate_default=False
    )

    slack_bot_token: kinds.BotToken = Field(
        _NONE, description="The bot user's OAuth token, `xoxb-...`. Required."
    )
    slack_transport: Annotated[Transport, kinds.one_of(Transport)] = Field(
        Transport.SOCKET,
        description="`socket`: the bot calls Slack and needs no public address. "
        "`http`: Slack calls the bot at `/slack/events`.",
    )
    slack_app_token: kinds.AppToken = Field(
        _NONE,
        description="The app-level token with the scope `connections:write`, `xapp-...`. "
        "Required for `socket`.",
    )
    slack_signing_secret: kinds.SigningSecret = Field(
        _NONE,
        description="The secret that Slack signs its requests with. Required for `http`.",
    )
    slack_api_url: kinds.SlackAddress = Field(
        "https://slack.com/api/", description="Where Slack's Web API is."
    )
    slash_command: kinds.SlashCommand = Field(
        "/cache", description="The slash command, the same as in the app's manifest."
    )
    team_id: kinds.TeamId = Field(
        "",
        description="The workspace's id, `T...`. Where it is set, people of other workspaces "
        "(Slack Connect) have no role.",
    )

    viewers: kinds.WhoMay = Field(
        _EVERYBODY,
        description="Who may look: user ids (`U...`), user group ids (`S...`), separated by "
        "commas, or `*` for everybody. Empty is nobody.",
    )
    operators: kinds.WhoMay = Field(
        Grants(), description="Who may also start and stop what can be undone. As above."
    )
    approvers: kinds.WhoMay = Field(
        Grants(), description="Who may also confirm what destroys data. As above."
    )

    project: kinds.ProjectId = Field(description="The Google Cloud project that the cache is in.")
    region: kinds.Region = Field(
        _DEPLOYMENT.region, description="The region of the Cloud Run service and job."
    )
    bucket: kinds.BucketName = Field(
        "",
        description="The bucket of the cache.",
        json_schema_extra={"shown": "`<project>-tabular-model-cache`"},
    )
    service: kinds.RunName = Field(
        _DEPLOYMENT.service, description="The Cloud Run service that mounts the bucket."
    )
    job: kinds.RunName = Field(
        _DEPLOYMENT.job, description="The Cloud Run job that syncs the models."
    )
    nightly: kinds.TriggerName = Field(
        _DEPLOYMENT.nightly, description="The Cloud Scheduler job that starts the sync."
    )
    nightly_region: kinds.Region = Field(
        "",
        description="The region of that Cloud Scheduler job.",
        json_schema_extra={"shown": "the value of `CACHEBOT_REGION`"},
    )
    policy_pattern: kinds.Pattern = Field(
        _DEPLOYMENT.policy_pattern,
        description="A regular expression; the alert policies whose name it finds are ours.",
    )
    capacity_gb: kinds.Gigabytes = Field(
        _DEPLOYMENT.capacity_bytes / 10**9,
        description="The bytes that the bucket is meant to hold at most, in gigabytes "
        "(10^9); the same as `tabular_model_cache_capacity_gb`.",
    )
    metric_hits: kinds.MetricName = Field(
        _DEPLOYMENT.metrics.hits, description="The log-based metric that counts cache hits."
    )
    metric_misses: kinds.MetricName = Field(
        _DEPLOYMENT.metrics.misses, description="The one that counts cache misses."
    )
    metric_sync_success: kinds.MetricName = Field(
        _DEPLOYMENT.metrics.sync_success, description="The one that counts good syncs."
    )
    metric_sync_failure: kinds.MetricName = Field(
        _DEPLOYMENT.metrics.sync_failure, description="The one that counts failed syncs."
    )
    variable_toggle: kinds.VariableName = Field(
        _DEPLOYMENT.variables.toggle,
        description="The service's variable that switches the shared volume on.",
    )
    variable_llm_model: kinds.VariableName = Field(
        _DEPLOYMENT.variables.llm_model,
        description="The service's and the job's variable that names the language model.",
    )
    variable_embedding_model: kinds.VariableName = Field(
        _DEPLOYMENT.variables.embedding_model,
        description="The one that names the embedding model.",
    )
    storage_endpoint: kinds.WebAddress = Field(
        "", description="The address of a pretend Cloud Storage. Empty is the real one."
    )
    grpc_endpoint: kinds.HostAndPort = Field(
        "",
        description="`host:port` of a pretend Cloud Run, Logging, Monitoring and Scheduler. "
        "Empty is the real ones.",
    )
    monitoring_endpoint: kinds.WebAddress = Field(
        "", description="The address of a pretend Monitoring REST API. Empty is the real one."
    )

    minimum_hit_rate: kinds.Share = Field(
        _EXPECTED.hit_rate, description="A hit rate below this is a warning."
    )
    maximum_usage: kinds.Share = Field(
        _EXPECTED.usage, description="Usage above this share of the capacity is a warning."
    )
    maximum_sync_age: kinds.Age = Field(
        _EXPECTED.sync_age, description="A last good sync older than this is a warning."
    )
    failures_in_a_row: Annotated[int, kinds.whole(1, 100)] = Field(
        _EXPECTED.failures_in_a_row, description="So many failed syncs in a row are a failure."
    )
    kept_versions: Annotated[int, kinds.whole(1, 100)] = Field(
        _EXPECTED.kept_versions,
        description="So many of the newest versions the bucket and a cleanup have to keep.",
    )
    temporary_age: kinds.Age = Field(
        _EXPECTED.temporary_age, description="Leftovers in `.tmp/` older than this are waste."
    )
    check_seconds: kinds.Seconds = Field(
        timedelta(seconds=8),
        description='How long one check of a report may take before it reads "unknown".',
    )

    poll_seconds: kinds.Seconds = Field(
        _PACE.poll, description="How often a running execution or revision is looked at."
    )
    logs_seconds: kinds.Seconds = Field(
        _PACE.logs,
        description="How often its log is read; a project has 60 such reads a minute in all.",
    )
    grace_seconds: kinds.Seconds = Field(
        _PACE.grace,
        description="How long an execution is looked for after its start got no clear answer.",
    )
    edit_seconds: kinds.Seconds = Field(
        timedelta(seconds=2), description="The least time between two edits of one message."
    )

    confirm_seconds: kinds.Seconds = Field(
        timedelta(minutes=10), description="How long a plan waits for somebody's yes."
    )

    database_url: kinds.DatabaseAddress = Field(
        "sqlite:///.cachebot/cachebot.sqlite",
        repr=False,
        description="`sqlite:///FILE` for one process, or `postgresql://USER:PASSWORD@HOST/NAME`, "
        "which any number may share. May hold a password, so it is never shown.",
    )
    silent_seconds: kinds.Seconds = Field(
        timedelta(seconds=60),
        description="After so long without a sign of life a process counts as dead, and others "
        "on the same database go on with its work. Keep it well above any pause of a living one.",
    )

    host: kinds.Host = Field(
        "127.0.0.1",
        description="The address to listen on. Where the platform gives `PORT` (App Engine, "
        "Cloud Run) and this is not set, it is `0.0.0.0`.",
    )
    port: Annotated[int, kinds.whole(0, 65_535)] = Field(
        8080,
        description="The port to listen on; 0 picks a free one. Where this is not set and the "
        "platform gives `PORT`, it is that.",
    )
    threads: Annotated[int, kinds.whole(1, 200)] = Field(
        16, description="How many requests are answered at once."
    )

    log_format: Annotated[LogFormat, kinds.one_of(LogFormat)] = Field(
        LogFormat.AUTO,
        description="`json`: one object a line, as Cloud Logging reads it. `pretty`: for "
        "people. `auto`: `pretty` on a terminal, else `json`.",
    )
    log_level: Annotated[LogLevel, kinds.one_of(LogLevel)] = Field(
        LogLevel.INFO, description="The least severity that is logged."
    )

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],  # noqa: ARG003 - the library's signature
        init_settings: PydanticBaseSettingsSource,
        *_others: PydanticBaseSettingsSource,
        **_more: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Take only what is handed in: the process's own environment is not looked at."""
        return (init_settings,)

    def deployment(self) -> Deployment:
        """Return the names of what the bot operates."""
        return Deployment(
            project=self.project,
            region=self.region,
            bucket=self.bucket or f"{self.project.replace(':', '-')}-tabular-model-cache",
            service=self.service,
            job=self.job,
            nightly=self.nightly,
            nightly_region=self.nightly_region or self.region,
            policy_pattern=self.policy_pattern,
            metrics=MetricNames(
                self.metric_hits,
                self.metric_misses,
                self.metric_sync_success,
                self.metric_sync_failure,
            ),
            variables=VariableNames(
                self.variable_toggle, self.variable_llm_model, self.variable_embedding_model
            ),
            capacity_bytes=round(self.capacity_gb * 10**9),
        )

    def expectations(self) -> Expectations:
        """Return the thresholds of the checks."""
        return Expectations(
            hit_rate=self.minimum_hit_rate,
            usage=self.maximum_usage,
            sync_age=self.maximum_sync_age,
            kept_versions=self.kept_versions,
            temporary_age=self.temporary_age,
            failures_in_a_row=self.failures_in_a_row,
        )

    def endpoints(self) -> Endpoints:
        """Return where Google Cloud is; an empty address is the real one."""
        return Endpoints(
            storage=self.storage_endpoint or None,
            grpc=self.grpc_endpoint or None,
            monitoring=self.monitoring_endpoint or None,
        )

    def policy(self, members: GroupMembers) -> Policy:
        """Return who may do what; `members` reads a user group of Slack."""
        return Policy(self.viewers, self.operators, self.approvers, members, self.team_id)

    def pace(self) -> Pace:
        """Return how often the cloud is looked at."""
        return Pace(self.poll_seconds, self.logs_seconds, self.grace_seconds)

    def check_timeout(self) -> timedelta:
        """Return how long one check of a report may take."""
        return self.check_seconds

    def edit_pace(self) -> timedelta:
        """Return the least time between two edits of one message."""
        return self.edit_seconds
