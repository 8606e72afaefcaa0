"""The engine in a process of its own: `python -m tests.core.engine_process URL EXECUTOR FOLDER`.

DBOS exists once per process. Commands come as lines and are answered by one line each. A file
`kill_at` in the folder names a boundary at which the process kills itself, `break_at` one at
which the step breaks, once.
"""

import os
import signal
import sys
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path

from core.call import Actor, Place
from core.context import Pace
from core.deployment import Deployment
from core.engine import Engine, start_engine
from core.errors import Busy
from core.operations import Operation, OperationId, OperationState, StepRecord
from core.procedures.sync import plan_sync
from core.runner import Runner
from core.store.database import DatabaseAway, open_database
from core.store.inventories import InventoryStore
from core.store.operations import OperationStore
from tests.core.sync_cloud import SyncCloud, as_cloud

LOCK = "cache:test"


def main() -> None:
    """Start the engine, say so, and obey until the end of input."""
    url, executor, folder = sys.argv[1], sys.argv[2], Path(sys.argv[3])
    database = open_database(url)
    store = OperationStore(database)
    runner = Runner(
        cloud=as_cloud(SyncCloud(folder)),
        deployment=Deployment("p"),
        store=store,
        inventories=InventoryStore(database, "bucket"),
        clock=lambda: datetime.now(UTC),
        pace=Pace(poll=timedelta(seconds=0.05), grace=timedelta(seconds=0.5)),
        changed=lambda _: None,
        at_boundary=lambda boundary: _pass(boundary, folder),
    )
    engine = start_engine(url, executor, LOCK, runner)
    commands = _commands(engine, store, folder)
    _say("ready")
    for line in sys.stdin:
        word, _, argument = line.strip().partition(" ")
        _say(commands[word](argument))
    engine.stop()
    os._exit(0)


def _commands(
    engine: Engine, store: OperationStore, folder: Path
) -> Mapping[str, Callable[[str], str]]:
    def submit(name: str) -> str:
        try:
            engine.submit(OperationId(name))
        except Busy:
            return "busy"
        return "ok"

    def create(name: str) -> str:
        plan = plan_sync(as_cloud(SyncCloud(folder)))
        steps = (*plan.steps, *plan.closing)
        operation = Operation(
            OperationId(name),
            plan,
            Actor("U0OLGA"),
            Place("C0INCIDENTS"),
            OperationState.WAITING,
            tuple(StepRecord(position, step) for position, step in enumerate(steps)),
            datetime.now(UTC),
        )
        return "created" if store.create(operation) else "known"

    def state(name: str) -> str:
        found = store.get(OperationId(name))
        return "none" if found is None else found.state.value

    def recover(names: str) -> str:
        engine.recover(frozenset(names.split()))
        return "ok"

    return {
        "create": create,
        "submit": submit,
        "state": state,
        "stop": lambda name: str(store.ask_stop(OperationId(name), "U0ANNA")),
        "knows": lambda name: str(engine.knows(OperationId(name))),
        "given_up": lambda name: str(engine.given_up(OperationId(name))),
        "holder": lambda _: engine.holder() or "none",
        "owners": lambda _: " ".join(sorted(engine.owners())) or "none",
        "recover": recover,
        "forget": lambda _: str(engine.forget(datetime.now(UTC))),
    }


def _pass(boundary: str, folder: Path) -> None:
    kill_at, break_at = folder / "kill_at", folder / "break_at"
    if kill_at.exists() and kill_at.read_text() == boundary:
        kill_at.unlink()
        os.kill(os.getpid(), signal.SIGKILL)
    if break_at.exists() and break_at.read_text() == boundary:
        break_at.unlink()
        raise DatabaseAway("It was away for a moment.")


def _say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
