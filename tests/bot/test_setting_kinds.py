"""The kinds of values: read strictly, refused with a sentence on what would be right."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.schedule_settings import Settings
from bot.setting_list import variable_of
from bot.settings import read_settings
from core.errors import SettingsError
from tests.bot.least import LEAST, SIGNING_SECRET, problems_of, read


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("CACHEBOT_SLACK_TRANSPORT", "Socket", "one of socket, http"),
        ("CACHEBOT_SLACK_API_URL", "http://slack.example.com/api/", "https"),
        ("CACHEBOT_SLACK_API_URL", "slack.com", "https"),
        ("CACHEBOT_SLASH_COMMAND", "cache", "such as /cache"),
        ("CACHEBOT_TEAM_ID", "acme", "T0123ABCD"),
        ("CACHEBOT_OPERATORS", "@olga", "Copy member ID"),
        ("CACHEBOT_APPROVERS", "U0AAA;U0BBB", "separated by commas"),
        ("CACHEBOT_PROJECT", "My Project", "id of a Google Cloud project"),
        ("CACHEBOT_REGION", "europe", "europe-west1"),
        ("CACHEBOT_BUCKET", "gs://cache", "without gs://"),
        ("CACHEBOT_SERVICE", "", "Cloud Run name"),
        ("CACHEBOT_NIGHTLY", "projects/p/jobs/j", "Cloud Scheduler"),
        ("CACHEBOT_POLICY_PATTERN", "(", "regular expression"),
        ("CACHEBOT_CAPACITY_GB", "0", "gigabytes"),
        ("CACHEBOT_METRIC_HITS", 'hits" OR "', "log-based metric"),
        ("CACHEBOT_VARIABLE_TOGGLE", "1X", "environment variable"),
        ("CACHEBOT_GRPC_ENDPOINT", "http://127.0.0.1:1", "a host and a port"),
        ("CACHEBOT_STORAGE_ENDPOINT", "127.0.0.1:1", "http or https"),
        ("CACHEBOT_MAXIMUM_USAGE", "101%", "a share"),
        ("CACHEBOT_MAXIMUM_USAGE", "nan", "a share"),
        ("CACHEBOT_KEPT_VERSIONS", "-1", "from 1 to 100"),
        ("CACHEBOT_TEMPORARY_AGE", "a week", "7d"),
        ("CACHEBOT_KEEP_RECORDS", "1m", "at least 30d"),
        ("CACHEBOT_KEEP_ANSWERS", "29d", "at least 30d"),
        ("CACHEBOT_POLL_SECONDS", "0", "above 0"),
        ("CACHEBOT_POLL_SECONDS", "5s", "number of seconds"),
        ("CACHEBOT_POLL_SECONDS", "inf", "number of seconds"),
        ("CACHEBOT_DATABASE_URL", "mysql://db/cachebot", "postgresql://"),
        ("CACHEBOT_DATABASE_URL", "sqlite:///:memory:", "sqlite:///FILE"),
        ("CACHEBOT_HOST", "http://0.0.0.0", "host name"),
        ("CACHEBOT_PORT", "65536", "from 0 to 65535"),
        ("CACHEBOT_THREADS", "0", "from 1 to 200"),
        ("CACHEBOT_LOG_FORMAT", "yaml", "auto, json, pretty"),
        ("CACHEBOT_LOG_LEVEL", "info", "DEBUG, INFO"),
        ("CACHEBOT_TIME_ZONE", "Berlin", "Europe/Berlin"),
        ("CACHEBOT_TIME_ZONE", "../etc/passwd", "Europe/Berlin"),
        ("CACHEBOT_WEEKLY_REPORT", "monday at nine", "3 fields, not 5"),
        ("CACHEBOT_REMINDERS", "0 25 * * *", "a cron line"),
        ("CACHEBOT_RETENTION", "0 4 1 * mon", "write * for one of them"),
        ("CACHEBOT_STALENESS_CHECK", "0 0 30 2 *", "its time never comes"),
    ],
)
def test_a_wrong_value_is_refused_with_what_would_be_right(
    name: str, value: str, said: str
) -> None:
    """Each kind of value is read strictly, and the one problem says what to write instead."""
    (problem,) = problems_of({**LEAST, name: value})
    assert problem.startswith(f"{name} must ")
    assert said in problem


@given(st.text(max_size=30), st.sampled_from(sorted(Settings.model_fields)))
def test_no_text_whatever_breaks_the_reading(text: str, field: str) -> None:
    """Any text in any variable is either taken or is one problem of that variable."""
    name = variable_of(field)
    environ = {**LEAST, "CACHEBOT_SLACK_SIGNING_SECRET": SIGNING_SECRET, name: text}
    try:
        read_settings(environ)
    except SettingsError as error:
        problems = error.problems
    else:
        problems = ()
    assert {problem.split()[0] for problem in problems} <= {name}


@pytest.mark.parametrize(
    "url",
    [
        "sqlite:////var/lib/cachebot/cachebot.sqlite",
        "postgresql://bot:p%40ss@10.0.0.5:5432/cachebot?sslmode=require",
        "postgresql://bot:pw@/cachebot?host=/cloudsql/project:europe-west1:instance",
    ],
)
def test_usual_database_addresses_are_taken(url: str) -> None:
    """A file, a server, and Cloud SQL's socket directory are all databases."""
    assert read(CACHEBOT_DATABASE_URL=url).database_url == url
