"""`python -m tests.bench`: measures, prints the table, exits 1 where a promise is not kept."""

import argparse
import sys
import time
from collections.abc import Callable, Mapping, Sequence

from tests.bench.acks import measure_acks
from tests.bench.alerts import measure_alerts
from tests.bench.figures import Figure, table
from tests.bench.health import measure_health, measure_log_reads
from tests.bench.process import measure_process
from tests.bench.scene import BenchError
from tests.bench.schedules import measure_schedules
from tests.bench.sync import measure_kills, measure_lost_reply


def main() -> int:
    """Read the arguments and measure."""
    parser = argparse.ArgumentParser(
        prog="scripts/bench",
        description="Measures the real bot against the sandbox over the wire, and compares "
        "the figures with what is promised.",
    )
    parser.add_argument("--runs", type=int, default=15, help="health reports (default 15)")
    parser.add_argument("--rounds", type=int, default=5, help="rounds of commands (default 5)")
    names = (
        "health", "reads", "socket", "http", "reply", "kills", "alerts", "schedules", "process",
    )  # fmt: skip
    parser.add_argument("parts", nargs="*", choices=[*names, []], help=f"of {', '.join(names)}")
    given = parser.parse_args()
    parts: Mapping[str, Callable[[], list[Figure]]] = {
        "health": lambda: measure_health(given.runs),
        "reads": measure_log_reads,
        "socket": lambda: measure_acks(given.rounds, http=False),
        "http": lambda: measure_acks(given.rounds, http=True),
        "reply": measure_lost_reply,
        "kills": measure_kills,
        "alerts": measure_alerts,
        "schedules": measure_schedules,
        "process": measure_process,
    }
    return _run({name: parts[name] for name in given.parts or names})


def _run(parts: Mapping[str, Callable[[], list[Figure]]]) -> int:
    figures: list[Figure] = []
    failed: list[str] = []
    began = time.monotonic()
    for name, measure in parts.items():
        sys.stderr.write(f"measuring {name} ...\n")
        try:
            figures += measure()
        except BenchError as exc:
            failed.append(name)
            sys.stderr.write(f"{name} could not be measured: {exc}\n")
    missed = [figure for figure in figures if not figure.met]
    sys.stdout.write(f"\n{table(figures)}\n\n")
    sys.stdout.write(f"{time.monotonic() - began:.0f} s. ")
    sys.stdout.write(f"{verdict(len(missed), failed)}\n")
    return 1 if missed or failed else 0


def verdict(missed: int, failed: Sequence[str]) -> str:
    """Say in a sentence how it went; what could not be measured was not kept either."""
    if not missed and not failed:
        return "Everything promised was kept."
    unmeasured = f"Not measured: {', '.join(failed)}." if failed else ""
    return f"{f'{missed} missed.' if missed else ''} {unmeasured}".strip()


if __name__ == "__main__":
    sys.exit(main())
