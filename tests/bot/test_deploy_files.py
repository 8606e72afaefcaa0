"""The files that people deploy with: whole, without secrets, and at one with code and pages."""

import configparser
import re
import shlex
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml  # type: ignore[import-untyped]  # read here only, not worth its stubs

from bot.schedule_settings import Settings
from bot.setting_list import variable_of
from bot.settings import read_settings
from core.errors import SettingsError
from handlers.watched import SHORTCUT

ROOT = Path(__file__).parents[2]
DEPLOY = ROOT / "deploy"
MANIFESTS = ("slack-manifest.socket.yaml", "slack-manifest.http.yaml")
ROLES = (
    "bucket-reader",
    "service-reader",
    "syncer",
    "observer",
    "service-switcher",
    "job-changer",
    "nightly-switcher",
    "bucket-restorer",
    "cleaner",
    "recoverer",
    "bucket-mender",
)
VARIABLES = {variable_of(field) for field in Settings.model_fields}
SECRETS = {
    "CACHEBOT_DATABASE_URL": "postgresql://cachebot:pw@/cachebot?host=/cloudsql/p:r:i",
    "CACHEBOT_SLACK_BOT_TOKEN": "xoxb-from-the-store",
    "CACHEBOT_SLACK_SIGNING_SECRET": "0123456789abcdef",
}
PERMISSION = re.compile(
    r"\b(?:storage|run|logging|monitoring|cloudscheduler)\.[A-Za-z]+\.[A-Za-z]+\b"
)


def read_yaml(path: Path) -> dict[str, Any]:
    """Parse a file that holds one mapping."""
    found = yaml.safe_load(path.read_text())
    assert isinstance(found, dict)
    return found


def table(page: str, heading: str) -> list[list[str]]:
    """Return the rows of the first table below a heading, without their code marks."""
    _, _, rest = (ROOT / "docs" / page).read_text().partition(heading)
    rows = []
    for line in rest.splitlines():
        if line.startswith("|"):
            rows.append([cell.strip().strip("`") for cell in line.strip("|").split("|")])
        elif rows:
            break
    return rows[2:]


def scopes(manifest: Mapping[str, Any]) -> list[str]:
    """Return the bot's scopes."""
    found: list[str] = manifest["oauth_config"]["scopes"]["bot"]
    return found


@pytest.mark.parametrize("name", MANIFESTS)
def test_a_manifest_asks_for_what_the_page_explains(name: str) -> None:
    """The scopes are those of docs/slack.md, each once; events are mentions and messages."""
    manifest = read_yaml(DEPLOY / name)
    assert sorted(scopes(manifest)) == sorted(row[0] for row in table("slack.md", "## What each"))
    assert len(scopes(manifest)) == len(set(scopes(manifest)))
    events = manifest["settings"]["event_subscriptions"]["bot_events"]
    assert events == ["app_mention", "message.channels", "message.groups"]
    page = (ROOT / "docs" / "slack.md").read_text()
    assert all(f"`{event}`" in page for event in events)


@pytest.mark.parametrize("name", MANIFESTS)
def test_a_manifest_has_our_command_within_slacks_limits(name: str) -> None:
    """The command is the default setting, escaped, and no text is longer than Slack takes.

    Source of the limits: docs.slack.dev/reference/app-manifest
    """
    manifest = read_yaml(DEPLOY / name)
    (command,) = manifest["features"]["slash_commands"]
    assert command["command"] == Settings.model_fields["slash_command"].default
    assert command["should_escape"] is True
    assert len(manifest["display_information"]["name"]) <= 35
    assert len(manifest["display_information"]["description"]) <= 140
    assert len(command["usage_hint"]) <= 1_000
    (shortcut,) = manifest["features"]["shortcuts"]
    assert shortcut["callback_id"] == SHORTCUT
    assert shortcut["type"] == "message"
    assert len(shortcut["name"]) <= 24
    assert len(shortcut["description"]) <= 150
    assert manifest["settings"]["interactivity"]["is_enabled"] is True
    assert manifest["settings"]["token_rotation_enabled"] is False


def test_the_manifests_differ_by_transport_alone() -> None:
    """HTTP adds one address in three places, at the route that the bot serves."""
    socket_mode, http = (read_yaml(DEPLOY / name) for name in MANIFESTS)
    address = "https://cachebot.example.com/slack/events"
    assert http["features"]["slash_commands"][0].pop("url") == address
    assert http["settings"]["event_subscriptions"].pop("request_url") == address
    assert http["settings"]["interactivity"].pop("request_url") == address
    assert socket_mode["settings"].pop("socket_mode_enabled") is True
    assert http["settings"].pop("socket_mode_enabled") is False
    assert socket_mode == http


def test_app_engine_runs_exactly_one_instance_of_the_bot() -> None:
    """Manual scaling with one instance, and the bot's own server as the entrypoint."""
    app = read_yaml(ROOT / "app.yaml")
    assert app["manual_scaling"] == {"instances": 1}
    assert app["instance_class"] == "B2"
    assert app["runtime"] in {"python312", "python313"}
    words = shlex.split(app["entrypoint"])
    assert words == ["python3", "deploy/with_secrets.py", *words[2:]]
    assert words[2:] == ["python3", "-m", "bot.cli", "serve"]


def test_app_engines_variables_are_settings_and_hold_no_secret() -> None:
    """Filled in they are enough to start, and unfilled every one that was forgotten is told."""
    variables: dict[str, str] = read_yaml(ROOT / "app.yaml")["env_variables"]
    named = {name for name in variables if name.startswith("SECRET_OF_")}
    assert {name.removeprefix("SECRET_OF_") for name in named} == SECRETS.keys()
    plain = {name: value for name, value in variables.items() if name not in named}
    assert plain.keys() <= VARIABLES - SECRETS.keys()
    filled = {
        "CACHEBOT_PROJECT": "my-project",
        "CACHEBOT_TEAM_ID": "T0TEAM",
        "CACHEBOT_OPERATORS": "S0ONCALL",
        "CACHEBOT_APPROVERS": "U0ANNA",
    }
    assert {name for name, value in plain.items() if "CHANGE-ME" in value} == filled.keys()
    assert read_settings({**plain, **filled, **SECRETS, "PORT": "8081"}).port == 8081
    with pytest.raises(SettingsError) as caught:
        read_settings({**plain, **SECRETS})
    assert {problem.split()[0] for problem in caught.value.problems} == filled.keys()


def test_no_deployed_file_holds_a_secret() -> None:
    """Nothing under deploy/, in app.yaml or on a page looks like a token or a key."""
    paths = [ROOT / "app.yaml", *DEPLOY.rglob("*"), *(ROOT / "docs").glob("*.md")]
    secret = re.compile(r"xox[a-z]-\w|xapp-\w|-----BEGIN|AIza\w")
    for path in filter(Path.is_file, paths):
        assert not secret.search(path.read_text(errors="replace")), path


def test_roles_hold_the_permissions_that_the_adapters_name_and_the_page_explains() -> None:
    """The role files, the code that names what it needs, and docs/iam.md list the same."""
    granted = {
        (permission, f"{name}.yaml")
        for name in ROLES
        for permission in read_yaml(DEPLOY / "iam" / f"{name}.yaml")["includedPermissions"]
    }
    assert {path.stem for path in (DEPLOY / "iam").iterdir()} == set(ROLES)
    assert {(row[0], row[1]) for row in table("iam.md", "# What the bot may do")} == granted
    code = "".join(path.read_text() for path in (ROOT / "core" / "google").glob("*.py"))
    named = {one for one in PERMISSION.findall(code) if not one.endswith(".googleapis")}
    assert {permission for permission, _ in granted} == {
        one for one in named if ".googleapis." not in one
    }


@pytest.mark.parametrize("name", ROLES)
def test_a_role_is_one_that_gcloud_takes(name: str) -> None:
    """Each has a title, a stage and sorted permissions, and the page says how to make it."""
    role = read_yaml(DEPLOY / "iam" / f"{name}.yaml")
    assert role.keys() == {"title", "description", "stage", "includedPermissions"}
    assert role["includedPermissions"] == sorted(set(role["includedPermissions"]))
    assert f"--file=deploy/iam/{name}.yaml" in (ROOT / "docs" / "iam.md").read_text()


def test_the_unit_starts_the_bot_and_does_not_retry_what_a_person_must_mend() -> None:
    """The unit runs `cachebot serve`, with a database that stays, and stops at exit code 2."""
    unit = configparser.ConfigParser(strict=True, interpolation=None)
    unit.optionxform = str  # type: ignore[assignment,method-assign]  # keys are case-sensitive
    unit.read(DEPLOY / "cachebot.service")
    service = unit["Service"]
    assert service["ExecStart"].split()[1:] == ["serve"]
    assert service["RestartPreventExitStatus"] == "2"
    assert int(service["TimeoutStopSec"]) > 7
    name, _, value = service["Environment"].partition("=")
    assert name == "CACHEBOT_DATABASE_URL"
    least = {"CACHEBOT_PROJECT": "my-project", name: value}
    assert read_settings(least, slack=False).database_url == value


def test_pages_name_only_settings_that_exist() -> None:
    """Every CACHEBOT_ name on a page or in a deployed file is a setting."""
    paths = [ROOT / "app.yaml", *DEPLOY.rglob("*"), *(ROOT / "docs").glob("*.md")]
    for path in filter(Path.is_file, paths):
        named = set(re.findall(r"\bCACHEBOT_[A-Z][A-Z_]*[A-Z]\b", path.read_text(errors="replace")))
        assert named <= VARIABLES, path
