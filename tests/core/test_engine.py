"""Properties of the durable running of operations: real DBOS, both databases, real deaths."""

import itertools
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from core.executions import ExecutionState
from tests.core.sync_cloud import SyncCloud
from tests.postgres import fresh_database

PATIENCE = 60.0
REPOSITORY = Path(__file__).parents[2]


@dataclass
class EngineProcess:
    """An engine in a process; `ask` sends one command and returns its answer."""

    process: subprocess.Popen[str]

    def ask(self, command: str) -> str:
        """Send a command."""
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self.process.stdin.write(f"{command}\n")
        self.process.stdin.flush()
        return self.process.stdout.readline().strip()

    def until(self, command: str, wanted: str) -> None:
        """Ask until the answer is the wanted one."""
        deadline = time.monotonic() + PATIENCE
        while (answer := self.ask(command)) != wanted:
            assert time.monotonic() < deadline, f"{command}: {answer}, never {wanted}"
            time.sleep(0.02)

    def kill(self) -> None:
        """End it by SIGKILL."""
        self.process.kill()
        self.process.wait(PATIENCE)
        for pipe in (self.process.stdin, self.process.stdout):
            if pipe is not None:
                pipe.close()


@dataclass
class Stage:
    """A database, a cloud in a folder, and the processes that work on them."""

    url: str
    folder: Path
    started: list[EngineProcess] = field(default_factory=list)
    names: Iterator[str] = field(default_factory=lambda: (f"sync-{n}" for n in itertools.count()))

    @property
    def shared(self) -> bool:
        """Whether several processes may use the database."""
        return self.url.startswith("postgresql")

    @property
    def cloud(self) -> SyncCloud:
        """Return the cloud that all of them see."""
        return SyncCloud(self.folder)

    def start(self, executor: str) -> EngineProcess:
        """Start an engine and wait until it is launched."""
        command = [sys.executable, "-m", "tests.core.engine_process", self.url, executor]
        process = subprocess.Popen(
            [*command, str(self.folder)],
            cwd=REPOSITORY,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
        )
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
        self.started.append(EngineProcess(process))
        return self.started[-1]

    def next_boot(self, dead: EngineProcess) -> EngineProcess:
        """Start the successor of a dead process, which takes over from it."""
        dead.process.wait(PATIENCE)
        dead.kill()
        if not self.shared:
            return self.start("bot")
        successor = self.start("boot-2")
        successor.until("owners", "boot-1")
        successor.ask("recover boot-1")
        return successor

    def reset(self) -> None:
        """Take the cloud back to where nothing was started."""
        for kept in self.folder.iterdir():
            kept.unlink()


def stage_of(kind: str, folder: Path, postgres: Callable[[], str]) -> Iterator[Stage]:
    """Make a stage on a database of a kind; nothing of it survives."""
    url = f"sqlite:///{folder / 'x.sqlite'}" if kind == "sqlite" else fresh_database(postgres())
    cloud = folder / "cloud"
    cloud.mkdir()
    stage = Stage(url, cloud)
    yield stage
    for one in stage.started:
        one.kill()


@pytest.fixture(params=["sqlite", "postgresql"])
def stage(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Stage]:
    """A stage of one's own."""
    yield from stage_of(request.param, tmp_path, lambda: request.getfixturevalue("postgres"))


@pytest.fixture(params=["sqlite", "postgresql"], scope="module")
def shared_stage(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Stage]:
    """A stage with one engine for all tests that leave it alive."""
    folder = tmp_path_factory.mktemp("engine")
    for stage in stage_of(request.param, folder, lambda: request.getfixturevalue("postgres")):
        stage.start("bot")
        yield stage


@pytest.fixture
def engine(shared_stage: Stage) -> Iterator[EngineProcess]:
    """An engine on which nothing runs; afterwards nothing runs on it any more."""
    shared_stage.reset()
    (one,) = shared_stage.started
    yield one
    shared_stage.cloud.end()
    one.until("holder", "none")


@pytest.fixture
def name(shared_stage: Stage) -> str:
    """A name that no operation had before."""
    return next(shared_stage.names)


def submitted(engine: EngineProcess, name: str) -> None:
    """Have an operation run."""
    assert engine.ask(f"create {name}") == "created"
    assert engine.ask(f"submit {name}") == "ok"


def test_an_operation_is_run_to_its_end(
    engine: EngineProcess, name: str, shared_stage: Stage
) -> None:
    """It holds the cache until then, and lets it go."""
    assert engine.ask(f"knows {name}") == "False"
    submitted(engine, name)
    engine.until(f"state {name}", "running")
    assert engine.ask("holder") == name
    assert engine.ask("owners") == "bot"
    assert engine.ask(f"given_up {name}") == "False"
    shared_stage.cloud.end()
    engine.until(f"state {name}", "done")
    engine.until("holder", "none")
    assert engine.ask(f"knows {name}") == "True"
    assert engine.ask(f"given_up {name}") == "True"


def test_a_second_operation_is_refused_at_once(
    engine: EngineProcess, name: str, shared_stage: Stage
) -> None:
    """It is not queued behind the first, and may come again when that has ended."""
    second = next(shared_stage.names)
    submitted(engine, name)
    engine.ask(f"create {second}")
    assert engine.ask(f"submit {second}") == "busy"
    assert engine.ask(f"knows {second}") == "False"
    shared_stage.cloud.end()
    engine.until("holder", "none")
    assert engine.ask(f"state {second}") == "waiting"
    assert engine.ask(f"submit {second}") == "ok"
    engine.until(f"state {second}", "done")


def test_submitting_again_changes_nothing(
    engine: EngineProcess, name: str, shared_stage: Stage
) -> None:
    """A double click, or an answer given again after a crash, while it runs and after."""
    submitted(engine, name)
    engine.until(f"state {name}", "running")
    assert engine.ask(f"submit {name}") == "ok"
    shared_stage.cloud.end()
    engine.until(f"state {name}", "done")
    engine.until("holder", "none")
    assert engine.ask(f"submit {name}") == "ok"
    assert engine.ask("holder") == "none"
    assert shared_stage.cloud.asked("run_job") == 1


def test_a_stop_ends_the_operation_and_then_gives_the_cache_back(
    engine: EngineProcess, name: str, shared_stage: Stage
) -> None:
    """The cache stays held until the execution has ended."""
    submitted(engine, name)
    engine.until(f"state {name}", "running")
    assert engine.ask(f"stop {name}") == "True"
    engine.until(f"state {name}", "stopped")
    engine.until("holder", "none")
    assert shared_stage.cloud.asked("cancel_execution") <= 1


def test_a_step_that_breaks_is_tried_again(
    engine: EngineProcess, name: str, shared_stage: Stage
) -> None:
    """The database may be away for a moment; the operation does not end for that."""
    (shared_stage.folder / "break_at").write_text("sync:0:performed")
    submitted(engine, name)
    shared_stage.cloud.end()
    engine.until(f"state {name}", "done")
    assert shared_stage.cloud.asked("run_job") == 1


def test_an_operation_that_is_not_on_record_gives_the_cache_back(
    engine: EngineProcess, name: str
) -> None:
    """Nothing will ever come of it, so it does not block the others."""
    assert engine.ask(f"submit {name}") == "ok"
    engine.until(f"given_up {name}", "True")
    assert engine.ask("holder") == "none"


@pytest.mark.parametrize(
    ("boundary", "state", "end"),
    [
        ("sync:0:performed", ExecutionState.SUCCEEDED, "done"),
        ("sync:4:before", ExecutionState.FAILED, "failed"),
    ],
)
def test_a_killed_process_is_followed_by_one_that_goes_on(
    stage: Stage, boundary: str, state: ExecutionState, end: str
) -> None:
    """On SQLite at its launch, on PostgreSQL when it is told who is dead; the cache stays held."""
    first = stage.start("boot-1" if stage.shared else "bot")
    (stage.folder / "kill_at").write_text(boundary)
    stage.cloud.end(state)
    submitted(first, "sync-a")
    second = stage.next_boot(first)
    second.until("state sync-a", end)
    second.until("holder", "none")
    assert stage.cloud.asked("run_job") == 1


def test_a_dead_process_does_not_free_the_cache(postgres: str, tmp_path: Path) -> None:
    """Two others see that it is held, take over at the same time, and one of them goes on."""
    for stage in stage_of("postgresql", tmp_path, lambda: postgres):
        first, second, third = (stage.start(f"boot-{number}") for number in (1, 2, 3))
        submitted(first, "sync-a")
        first.until("state sync-a", "running")
        taken = [one for one in (second, third) if one.ask("owners") != "none"]
        assert taken == [second, third], "all see who owns it"
        owner = second.ask("owners")
        by_name = {"boot-1": first, "boot-2": second, "boot-3": third}
        by_name.pop(owner).kill()
        survivors = list(by_name.values())
        survivors[0].ask("create sync-b")
        assert survivors[0].ask("submit sync-b") == "busy"
        for one in survivors:
            one.ask(f"recover {owner}")
        stage.cloud.end()
        survivors[1].until("state sync-a", "done")
        survivors[0].until("holder", "none")
        assert stage.cloud.asked("run_job") == 1


def test_old_workflows_are_deleted_and_what_runs_is_not(stage: Stage) -> None:
    """However many have ended; an operation that holds the cache goes on holding it."""
    engine = stage.start("boot-1" if stage.shared else "bot")
    stage.cloud.end()
    for name in ("sync-a", "sync-b"):
        engine.ask(f"create {name}")
        assert engine.ask(f"submit {name}") == "ok"
        engine.until(f"state {name}", "done")
        engine.until("holder", "none")
    stage.reset()
    engine.ask("create sync-c")
    assert engine.ask("submit sync-c") == "ok"
    engine.until("holder", "sync-c")
    assert engine.ask("forget") == "2"
    assert engine.ask("forget") == "0"
    assert [engine.ask(f"knows {name}") for name in ("sync-a", "sync-c")] == ["False", "True"]
    stage.cloud.end()
    engine.until("state sync-c", "done")
