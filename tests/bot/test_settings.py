"""Settings: strict, complete in their complaints, silent about secrets."""

from datetime import timedelta
from pathlib import Path

import pytest

from bot.settings import Settings, Transport, read_settings, settings_page
from core.context import Pace
from core.deployment import Deployment, Expectations, MetricNames, VariableNames
from core.errors import SettingsError
from core.google.endpoints import Endpoints
from core.policy import Grants
from tests.bot.least import APP_TOKEN, BOT_TOKEN, LEAST, SIGNING_SECRET, problems_of, read

PAGE = Path(__file__).parents[2] / "docs" / "settings.md"


def test_defaults_are_those_of_the_core() -> None:
    """With nothing but what is required, the bot expects what the core expects by itself."""
    settings = read()
    assert settings.deployment() == Deployment(
        project="my-project", bucket="my-project-tabular-model-cache"
    )
    assert settings.expectations() == Expectations()
    assert settings.endpoints() == Endpoints()
    assert settings.pace() == Pace()
    assert settings.check_timeout() == timedelta(seconds=8)
    assert settings.edit_pace() == timedelta(seconds=2)
    assert settings.slack_transport is Transport.SOCKET


def test_every_name_of_the_deployment_is_a_setting() -> None:
    """Each component, metric and variable can be called something else."""
    settings = read(
        CACHEBOT_REGION="us-central1",
        CACHEBOT_BUCKET="a-bucket",
        CACHEBOT_SERVICE="a-service",
        CACHEBOT_JOB="a-job",
        CACHEBOT_NIGHTLY="a-trigger",
        CACHEBOT_POLICY_PATTERN="cache|models",
        CACHEBOT_CAPACITY_GB="2.5",
        CACHEBOT_METRIC_HITS="a",
        CACHEBOT_METRIC_MISSES="b",
        CACHEBOT_METRIC_SYNC_SUCCESS="c",
        CACHEBOT_METRIC_SYNC_FAILURE="d",
        CACHEBOT_VARIABLE_TOGGLE="E",
        CACHEBOT_VARIABLE_LLM_MODEL="F",
        CACHEBOT_VARIABLE_EMBEDDING_MODEL="G",
    )
    assert settings.deployment() == Deployment(
        project="my-project",
        region="us-central1",
        bucket="a-bucket",
        service="a-service",
        job="a-job",
        nightly="a-trigger",
        nightly_region="us-central1",
        policy_pattern="cache|models",
        metrics=MetricNames("a", "b", "c", "d"),
        variables=VariableNames("E", "F", "G"),
        capacity_bytes=2_500_000_000,
    )
    nightly_elsewhere = read(CACHEBOT_NIGHTLY_REGION="europe-west3").deployment()
    assert nightly_elsewhere.nightly_region == "europe-west3"


def test_thresholds_pace_and_endpoints_are_settings() -> None:
    """Amounts are read in the units that the page of settings names."""
    settings = read(
        CACHEBOT_MINIMUM_HIT_RATE="75%",
        CACHEBOT_MAXIMUM_USAGE="0.5",
        CACHEBOT_MAXIMUM_SYNC_AGE="90m",
        CACHEBOT_FAILURES_IN_A_ROW="3",
        CACHEBOT_KEPT_VERSIONS="5",
        CACHEBOT_TEMPORARY_AGE="2d",
        CACHEBOT_CHECK_SECONDS="0.5",
        CACHEBOT_POLL_SECONDS="1",
        CACHEBOT_LOGS_SECONDS="2",
        CACHEBOT_GRACE_SECONDS="3",
        CACHEBOT_EDIT_SECONDS="4",
        CACHEBOT_STORAGE_ENDPOINT="http://127.0.0.1:1",
        CACHEBOT_GRPC_ENDPOINT="127.0.0.1:2",
        CACHEBOT_MONITORING_ENDPOINT="http://127.0.0.1:3",
    )
    assert settings.expectations() == Expectations(
        hit_rate=0.75,
        usage=0.5,
        sync_age=timedelta(minutes=90),
        failures_in_a_row=3,
        kept_versions=5,
        temporary_age=timedelta(days=2),
    )
    assert settings.check_timeout() == timedelta(seconds=0.5)
    assert settings.pace() == Pace(*(timedelta(seconds=number) for number in (1, 2, 3)))
    assert settings.edit_pace() == timedelta(seconds=4)
    assert settings.endpoints() == Endpoints(
        "http://127.0.0.1:1", "127.0.0.1:2", "http://127.0.0.1:3"
    )


def test_all_problems_are_reported_together() -> None:
    """Everything missing, wrong or unknown is named in one error, each by its variable."""
    problems = problems_of(
        {
            "CACHEBOT_PROJEKT": "my-project",
            "CACHEBOT_PORT": "http",
            "CACHEBOT_MINIMUM_HIT_RATE": "90",
            "CACHEBOT_MAXIMUM_SYNC_AGE": "26",
        }
    )
    named = [problem.split()[0] for problem in problems]
    assert sorted(named) == [
        "CACHEBOT_MAXIMUM_SYNC_AGE",
        "CACHEBOT_MINIMUM_HIT_RATE",
        "CACHEBOT_PORT",
        "CACHEBOT_PROJECT",
        "CACHEBOT_PROJEKT",
        "CACHEBOT_SLACK_APP_TOKEN",
        "CACHEBOT_SLACK_BOT_TOKEN",
    ]
    assert "did you mean CACHEBOT_PROJECT?" in problems[named.index("CACHEBOT_PROJEKT")]


def test_each_transport_needs_its_own_secret() -> None:
    """Socket Mode needs the app-level token, HTTP the signing secret, both the bot token."""
    http = {
        "CACHEBOT_PROJECT": "my-project",
        "CACHEBOT_SLACK_TRANSPORT": "http",
        "CACHEBOT_SLACK_BOT_TOKEN": BOT_TOKEN,
    }
    (problem,) = problems_of(http)
    assert problem.startswith("CACHEBOT_SLACK_SIGNING_SECRET is missing")
    settings = read_settings({**http, "CACHEBOT_SLACK_SIGNING_SECRET": SIGNING_SECRET})
    assert settings.slack_transport is Transport.HTTP
    (problem,) = problems_of({**LEAST, "CACHEBOT_SLACK_APP_TOKEN": ""})
    assert problem.startswith("CACHEBOT_SLACK_APP_TOKEN is missing")


def test_without_slack_its_tokens_may_be_missing() -> None:
    """A command that never speaks to Slack runs with the project alone, still strictly."""
    assert read_settings({"CACHEBOT_PROJECT": "my-project"}, slack=False).project == "my-project"
    (problem,) = problems_of(
        {"CACHEBOT_PROJECT": "my-project", "CACHEBOT_SLACK_BOT_TOKEN": "nonsense"}, slack=False
    )
    assert problem.startswith("CACHEBOT_SLACK_BOT_TOKEN must")


def test_swapped_tokens_are_told_where_they_belong() -> None:
    """A token in the other one's variable is recognised."""
    problems = problems_of(
        {**LEAST, "CACHEBOT_SLACK_BOT_TOKEN": APP_TOKEN, "CACHEBOT_SLACK_APP_TOKEN": BOT_TOKEN}
    )
    assert "belongs in CACHEBOT_SLACK_APP_TOKEN" in problems[0]
    assert "belongs in CACHEBOT_SLACK_BOT_TOKEN" in problems[1]


def test_secrets_are_in_no_repr_and_no_problem() -> None:
    """Neither good settings nor complaints about bad ones show a secret."""
    password = "hunter2-hunter2"  # noqa: S105 - of this test only
    database = f"postgresql://bot:{password}@db/cachebot"
    settings = read(CACHEBOT_DATABASE_URL=database, CACHEBOT_SLACK_SIGNING_SECRET=SIGNING_SECRET)
    shown = f"{settings!r} {settings}"
    with pytest.raises(SettingsError) as caught:
        read_settings(
            {
                "CACHEBOT_SLACK_BOT_TOKEN": f"nonsense{SIGNING_SECRET}",
                "CACHEBOT_SLACK_APP_TOKEN": BOT_TOKEN,
                "CACHEBOT_SLACK_SIGNING_SECRET": f"{SIGNING_SECRET} twice",
                "CACHEBOT_PROJECT": BOT_TOKEN,
                "CACHEBOT_OPERATORS": APP_TOKEN,
                "CACHEBOT_SLACK_API_URL": f"http://bot:{password}@db/",
                "CACHEBOT_DATABASE_URL": f"mysql://bot:{password}@db/cachebot",
                "CACHEBOT_TOKEN": BOT_TOKEN,
            }
        )
    shown += f"{caught.value} {caught.value!r} {caught.value.__context__!r}"
    for secret in (BOT_TOKEN, APP_TOKEN, SIGNING_SECRET, password):
        assert secret not in shown
    assert settings.database_url == database
    assert settings.slack_bot_token.get_secret_value() == BOT_TOKEN
    assert set(settings.secrets()) == {BOT_TOKEN, APP_TOKEN, SIGNING_SECRET}


def test_roles_are_lists_of_ids_and_empty_is_nobody() -> None:
    """By default everybody may look and nobody may act; an empty list means nobody."""
    policy = read().policy(lambda _: frozenset())
    assert (policy.viewers, policy.operators, policy.approvers) == (
        Grants(frozenset({"*"})),
        Grants(),
        Grants(),
    )
    policy = read(
        CACHEBOT_VIEWERS="",
        CACHEBOT_OPERATORS=" U0OLGA, S0ONCALL ,W0ANNA,",
        CACHEBOT_TEAM_ID="T0TEAM",
    ).policy(lambda _: frozenset())
    assert policy.viewers == Grants()
    assert policy.operators == Grants(frozenset({"U0OLGA", "W0ANNA"}), frozenset({"S0ONCALL"}))
    assert policy.team_id == "T0TEAM"


def test_the_platforms_port_is_listened_on_from_outside() -> None:
    """PORT is obeyed on all addresses, unless our own variables say otherwise."""
    here = read()
    assert (here.host, here.port) == ("127.0.0.1", 8080)
    given_port = read(PORT="9999")
    assert (given_port.host, given_port.port) == ("0.0.0.0", 9999)
    ours = read(PORT="9999", CACHEBOT_PORT="7777")
    assert (ours.host, ours.port) == ("127.0.0.1", 7777)
    behind_a_proxy = read(PORT="9999", CACHEBOT_HOST="127.0.0.1")
    assert (behind_a_proxy.host, behind_a_proxy.port) == ("127.0.0.1", 9999)
    (problem,) = problems_of({**LEAST, "PORT": "web"})
    assert problem.startswith("PORT must be a whole number")


def test_values_are_trimmed_and_addresses_completed() -> None:
    """A newline that a secret store adds does no harm, nor does a missing last slash."""
    settings = read(
        CACHEBOT_SLACK_BOT_TOKEN=f"{BOT_TOKEN}\n", CACHEBOT_SLACK_API_URL="http://127.0.0.1:9/api"
    )
    assert settings.slack_bot_token.get_secret_value() == BOT_TOKEN
    assert settings.slack_api_url == "http://127.0.0.1:9/api/"


def test_only_what_is_handed_in_is_read(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Neither the process's environment nor a .env file lying about has any say."""
    monkeypatch.setenv("CACHEBOT_PROJECT", "from-the-environment")
    monkeypatch.setenv("CACHEBOT_JOB", "from-the-environment")
    monkeypatch.chdir(tmp_path)
    (tmp_path / ".env").write_text("CACHEBOT_JOB=from-a-file\n")
    settings = read()
    assert (settings.project, settings.job) == ("my-project", "tabular-model-sync")


def test_settings_never_change() -> None:
    """What was read stays as it was read."""
    settings = read()
    with pytest.raises(ValueError, match="frozen"):
        settings.port = 1


def test_the_page_of_settings_is_up_to_date() -> None:
    """docs/settings.md is what the settings themselves say, with no column broken."""
    page = settings_page()
    assert PAGE.read_text() == page, "run: python -m bot.settings_page > docs/settings.md"
    rows = [line for line in page.splitlines() if line.startswith("| `CACHEBOT_")]
    assert len(rows) == len(Settings.model_fields)
    assert all(row.replace("\\|", "").count("|") == 4 for row in rows)
