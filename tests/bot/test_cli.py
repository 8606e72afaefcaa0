"""The command line: the same questions, told by text and by an exit code."""

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from bot.cli import main, shell_user
from core.store.database import open_database
from core.verbs import VERBS
from sandbox.cloud import disasters
from sandbox.cloud.cloud import PretendCloud
from sandbox.faults import Fault, Hang, Refuse
from tests.sandbox.slack_fixtures import running_slack

RUN_JOB = "google.cloud.run.v2.Jobs/RunJob"
NOWHERE = {
    "CACHEBOT_STORAGE_ENDPOINT": "http://127.0.0.1:1",
    "CACHEBOT_MONITORING_ENDPOINT": "http://127.0.0.1:1",
    "CACHEBOT_GRPC_ENDPOINT": "127.0.0.1:1",
}


@dataclass(frozen=True)
class Shell:
    """A shell with the settings in its environment."""

    cloud: PretendCloud
    database: Path
    capture: pytest.CaptureFixture[str]
    environ: Callable[[str, str], None]

    def run(self, *arguments: str) -> tuple[int, str, str]:
        """Run `cachebot` in this process; return its exit code and what it wrote."""
        with pytest.raises(SystemExit) as ended:
            main(list(arguments))
        out, err = self.capture.readouterr()
        assert isinstance(ended.value.code, int)
        assert "Traceback" not in err
        return ended.value.code, out, err


@pytest.fixture
def shell(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Iterator[Shell]:
    """A shell beside a healthy pretend cloud; nothing of Slack is set."""
    for name in [name for name in os.environ if name.startswith("CACHEBOT_")]:
        monkeypatch.delenv(name)
    with PretendCloud() as cloud:
        file = tmp_path / "x.sqlite"
        settings = {
            "CACHEBOT_PROJECT": cloud.project.place.project,
            "CACHEBOT_STORAGE_ENDPOINT": cloud.storage_url,
            "CACHEBOT_MONITORING_ENDPOINT": cloud.monitoring_url,
            "CACHEBOT_GRPC_ENDPOINT": cloud.grpc_target,
            "CACHEBOT_DATABASE_URL": f"sqlite:///{file}",
            "CACHEBOT_CHECK_SECONDS": "5",
        }
        for name, value in settings.items():
            monkeypatch.setenv(name, value)
        yield Shell(cloud, file, capsys, monkeypatch.setenv)


def test_a_healthy_cache_is_zero(shell: Shell) -> None:
    """As scripts and cron jobs expect."""
    code, out, err = shell.run("health")
    assert (code, err) == (0, "")
    assert "all 13 checks are ok" in out


def test_a_warning_is_one(shell: Shell) -> None:
    """Somebody should look, and nobody has to be woken."""
    disasters.pause_scheduler(shell.cloud.project)
    code, out, _ = shell.run("health")
    assert code == 1
    assert "[warning] Nightly sync" in out


def test_what_is_unknown_is_one(shell: Shell) -> None:
    """What could not be checked is not well."""
    shell.cloud.faults.add(Fault("google.cloud.scheduler.v1.*", Refuse("PERMISSION_DENIED")))
    code, out, _ = shell.run("health", "7d")
    assert code == 1
    assert "[unknown] Nightly sync" in out


def test_a_failure_is_two(shell: Shell) -> None:
    """Whatever else is well."""
    disasters.remove_done(shell.cloud.project)
    code, out, _ = shell.run("health")
    assert code == 2
    assert "[failing] Done marker" in out


def test_a_cloud_that_is_not_there_is_unknown_in_every_point(shell: Shell) -> None:
    """And is said within the time of one check, with no traceback."""
    for name, value in NOWHERE.items():
        shell.environ(name, value)
    shell.environ("CACHEBOT_CHECK_SECONDS", "1")
    code, out, _ = shell.run("health")
    assert code == 1
    assert "[ok]" not in out
    assert out.count("[unknown]") == 13


def test_a_cloud_that_hangs_does_not_hang_the_command(shell: Shell) -> None:
    """The answer comes with the deadline, and the process ends."""
    shell.environ("CACHEBOT_CHECK_SECONDS", "0.5")
    shell.cloud.faults.add(Fault("google.*", Hang()))
    code, out, _ = shell.run("health")
    assert code == 1
    assert "[ok] Bucket settings" in out
    shell.cloud.faults.clear()


QUESTIONS = [
    word
    for word in VERBS
    if word in ("status", "history", "logs", "manifest", "models", "versions", "hits", "size")
]


@pytest.mark.parametrize("word", [*QUESTIONS, "ops", "audit"])
def test_every_question_is_answered(shell: Shell, word: str) -> None:
    """In plain text, without markup, without a database of the bot's."""
    code, out, err = shell.run(word)
    assert (code, err) == (0, "")
    assert out.strip() != ""
    assert "\x1b" not in out
    assert not shell.database.exists(), "looking makes no database"


def test_the_doctor_tells_by_its_exit_code(shell: Shell) -> None:
    """Without Slack's tokens it looks at the cloud alone; what is taken away is a warning."""
    shell.environ("CACHEBOT_APPROVERS", "U0ANNA")
    code, out, _ = shell.run("doctor")
    assert code == 0
    assert "so Slack was not looked at" in out
    disasters.take_right_to_change_service(shell.cloud.project)
    code, out, _ = shell.run("doctor")
    assert code == 1
    assert "[warning] Rights on the service" in out


def test_the_doctor_asks_slack_where_there_is_a_token(shell: Shell) -> None:
    """Before the bot is started for the first time, a wrong one is found."""
    with running_slack(speed=2000) as slack:
        shell.environ("CACHEBOT_SLACK_API_URL", slack.api_url)
        shell.environ("CACHEBOT_SLACK_BOT_TOKEN", slack.bot_token)
        shell.environ("CACHEBOT_SLACK_APP_TOKEN", "xapp-wrong")
        shell.environ("CACHEBOT_APPROVERS", "S0APPROVERS")
        code, out, _ = shell.run("doctor")
    assert code == 2
    assert "[ok] Slack token" in out
    assert "[failing] Slack app token" in out
    assert "[ok] People" in out


def test_a_plan_is_shown_and_nothing_is_started(shell: Shell) -> None:
    """`--dry-run` is a word of the command, not an option of the shell's."""
    code, out, err = shell.run("sync", "--dry-run")
    assert (code, err) == (0, "")
    assert "nothing was changed" in " ".join(out.split())
    assert shell.cloud.faults.seen(RUN_JOB) == []


def test_operations_run_in_the_bot_only(shell: Shell) -> None:
    """The command line says where."""
    code, out, err = shell.run("sync")
    assert (code, out) == (2, "")
    assert "inside the bot's own process" in err
    assert shell.cloud.faults.seen(RUN_JOB) == []


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["history", "0"], "no number from 1 to 50"),
        (["health", "sometime"], "no span of time"),
        (["show", "sync-nosuch"], "no operation"),
        (["show"], "Something is missing"),
        (["cancel"], "inside the bot's own process"),
        (["logs", "x" * 40_000], "40,005 characters"),
        (["status", "\x1b[31m"], "control characters"),
        (["status", "\udcff"], "control characters"),
        (["--nonsense"], "No such option"),
        (["heatlh"], "health"),
    ],
)
def test_a_mistake_is_two_and_says_what_is_wrong(
    shell: Shell, arguments: list[str], said: str
) -> None:
    """On standard error, so that a script's output stays clean."""
    code, out, err = shell.run(*arguments)
    assert (code, out) == (2, "")
    assert said in err
    assert "\x1b[31m" not in err


def test_missing_settings_are_listed_together(
    shell: Shell, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each with its name; what only Slack needs is not asked for here."""
    monkeypatch.delenv("CACHEBOT_PROJECT")
    shell.environ("CACHEBOT_PORT", "many")
    shell.environ("CACHEBOT_BUKET", "x")
    code, out, err = shell.run("status")
    assert (code, out) == (2, "")
    for problem in ("3 problems", "CACHEBOT_PROJECT", "CACHEBOT_PORT", "CACHEBOT_BUCKET?"):
        assert problem in err
    assert "SLACK" not in err


def test_the_running_bots_records_are_read_beside_it(shell: Shell) -> None:
    """Its lock is its own; looking needs none."""
    bot = open_database(f"sqlite:///{shell.database}")
    code, out, _ = shell.run("ops")
    bot.close()
    assert (code, "no operation yet" in out) == (0, True)


def test_a_database_that_is_not_there_costs_only_what_is_in_it(shell: Shell) -> None:
    """The cloud is looked at all the same; the rest is told plainly."""
    shell.environ("CACHEBOT_DATABASE_URL", "postgresql://cachebot:hush@127.0.0.1:1/cachebot")
    assert shell.run("status")[0] == 0
    code, out, err = shell.run("ops")
    assert (code, out) == (2, "")
    assert "database" in err
    assert "hush" not in err


@pytest.mark.parametrize("content", [b"", b"this is no database at all, and never was one"])
def test_a_file_that_is_no_database_of_the_bot_is_told_plainly(
    shell: Shell, content: bytes
) -> None:
    """An empty file reads as no operation; any other is said not to be a database."""
    shell.database.write_bytes(content)
    code, out, err = shell.run("ops")
    assert (code, "no operation yet" in out) == ((0, True) if not content else (2, False))
    assert ("database" in err) == bool(content)


def test_who_has_no_name_can_still_ask() -> None:
    """In a container the user's number may belong to nobody."""

    def nobody() -> str:
        raise KeyError("getpwuid(): uid not found: 54321")

    assert shell_user(nobody) == "somebody"
    assert shell_user(lambda: "olga") == "olga"


def run_program(*arguments: str, **settings: str) -> subprocess.CompletedProcess[str]:
    """Run the installed program with nothing but these settings."""
    program = str(Path(sys.executable).with_name("cachebot"))
    environ = {"PATH": os.environ["PATH"], "HOME": os.environ.get("HOME", "/"), **settings}
    return subprocess.run(
        [program, *arguments], env=environ, capture_output=True, text=True, timeout=60, check=False
    )


def test_serving_without_settings_lists_them_all_and_ends_with_two() -> None:
    """Whoever starts the bot for the first time learns everything at once."""
    ended = run_program("serve")
    assert (ended.returncode, ended.stdout) == (2, "")
    for name in ("CACHEBOT_PROJECT", "CACHEBOT_SLACK_BOT_TOKEN", "CACHEBOT_SLACK_APP_TOKEN"):
        assert name in ended.stderr
    assert "Traceback" not in ended.stderr


@pytest.mark.parametrize(
    "url", ["postgresql://cachebot:hush@127.0.0.1:1/cachebot", "sqlite:////proc/no/x.sqlite"]
)
def test_serving_without_a_database_says_so_and_ends_with_two(url: str) -> None:
    """In one sentence, without a traceback and without the password."""
    ended = run_program(
        "serve",
        CACHEBOT_PROJECT="my-project",
        CACHEBOT_SLACK_BOT_TOKEN="xoxb-x",  # noqa: S106 - of this test only
        CACHEBOT_SLACK_APP_TOKEN="xapp-x",  # noqa: S106 - of this test only
        CACHEBOT_DATABASE_URL=url,
        CACHEBOT_PORT="0",
        **NOWHERE,
    )
    assert ended.returncode == 2
    assert "database" in ended.stderr
    assert "Traceback" not in ended.stderr
    assert "hush" not in ended.stderr
