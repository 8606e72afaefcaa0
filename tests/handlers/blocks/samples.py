"""Answers as they come up in an ordinary week, for snapshots of what people read."""

from dataclasses import replace
from datetime import timedelta

from core.answers import Answer, HelpReport
from core.cache.consistency import CacheState, Consistency
from core.cache.manifest import Manifest, Model
from core.cache.model_files import ModelKind, ModelState
from core.cache.objects import Generation, StoredObject
from core.cache.problems import Problem, ProblemKind
from core.cache.restorable import Restorability
from core.errors import NotFound, Unavailable
from core.executions import Execution, ExecutionName, ExecutionState, TaskCounts
from core.inspection.doctor import DoctorReport
from core.inspection.findings import Check, Finding, Verdict
from core.inspection.history import HistoryReport
from core.inspection.hits import HitsReport
from core.inspection.logs import LogsReport
from core.inspection.manifest import ManifestReport
from core.inspection.models import ModelsReport
from core.inspection.size import Folder, FolderSize, SizeReport
from core.inspection.status import StatusReport
from core.inspection.versions import VersionRow, VersionsReport
from core.parallel import Known, Unknown
from core.policy import Role
from core.procedures.health import HealthReport
from core.services import Service, Traffic
from core.signals import LogLine, LogQuery, LogSource
from core.verbs import VERBS
from tests.handlers.blocks.doctor_samples import NEEDS
from tests.handlers.blocks.incident_samples import ALERTS
from tests.handlers.blocks.operation_samples import NOW, OPERATIONS
from tests.handlers.blocks.recovery_samples import RECOVERIES
from tests.handlers.blocks.schedule_samples import SCHEDULES
from tests.handlers.blocks.update_samples import UPDATES

_SECOND = timedelta(seconds=1)
_LAST = NOW - timedelta(hours=13, minutes=30)


def _stored(name: str, size_bytes: int) -> StoredObject:
    return StoredObject(name, Generation(1_795_399_440_000_001), size_bytes, "yZRlqg==", _LAST)


MANIFEST = Manifest(
    version="20261123-020612",
    generation=Generation(1_795_399_440_000_001),
    written_at=_LAST,
    ollama=Model("llama3.2:1b", "sha256:74701a8c35f6c8d9a4b91f3f3497643001d63e0c"),
    embedding=Model("BAAI/bge-m3", "sha256:5617a9f61b028005a4858fdac845db406aefb181"),
    stub=False,
)
STUB = Manifest(
    "20261123-091500", Generation(7), NOW - timedelta(hours=6), Model("llama3.2:1b"), None, True
)
_STUB_PROBLEM = Problem(
    ProblemKind.MANIFEST_STUB,
    "manifest.json (20261123-091500) is a stub that a startup wrote after a miss.",
)
_LLAMA = ModelState(
    ModelKind.OLLAMA,
    "llama3.2:1b",
    tuple(_stored(f"ollama/blobs/{n}", 264_000_000) for n in range(5)),
    (),
)
_BGE = ModelState(
    ModelKind.EMBEDDING, "BAAI/bge-m3", (_stored("sbert/weights", 2_271_000_000),), ()
)
_BROKEN = ModelState(
    ModelKind.OLLAMA,
    "llama3.2:1b",
    _LLAMA.files[:3],
    tuple(
        Problem(
            ProblemKind.BLOB_MISSING,
            f"A blob of llama3.2:1b is missing: ollama/blobs/sha256-{n}74701a8c35f6.",
        )
        for n in range(7)
    ),
)


def _execution(name: str, state: ExecutionState, hours: float, **more: object) -> Execution:
    begun = NOW - timedelta(hours=hours)
    retried = more.pop("retried", 0)
    return Execution(
        ExecutionName(f"tabular-model-sync-{name}"),
        state,
        begun,
        started_at=begun + 8 * _SECOND,
        finished_at=begun + timedelta(minutes=6, seconds=20) if state.finished else None,
        counts=TaskCounts(retried=retried if isinstance(retried, int) else 0),
        message=str(more.get("message", "")),
        creator=str(more.get("creator", "")),
    )


_GOOD = _execution("x7k2p", ExecutionState.SUCCEEDED, 13.6)
_FAILED = _execution(
    "b91qd",
    ExecutionState.FAILED,
    3,
    retried=2,
    message="Task tabular-model-sync-b91qd-task0 failed with message: exit code 1 <!channel>.",
)
_RUNNING = _execution("k3f9q", ExecutionState.RUNNING, 0.05, creator="ada@example.com")
_CANCELLED = _execution("c0ffe", ExecutionState.CANCELLED, 37)

HISTORY = HistoryReport(NOW, (_GOOD,), (), 0, _GOOD, 28)
HITS = HitsReport(
    NOW - timedelta(days=1), NOW, 28, 26, (("model not found", 1), ("*unknown* <b>", 1)), True
)
_SERVICE = Service(
    "tabular-service",
    True,
    "",
    "tabular-service-00042",
    "tabular-service-00042",
    (Traffic("tabular-service-00042", 100, True),),
    False,
    "true",
)


def _finding(check: Check, verdict: Verdict, why: str, next_step: str = "") -> Finding:
    return Finding(check, check.heading, verdict, why, next_step, 0.3 * _SECOND)


_FINE = (
    _finding(Check.MANIFEST, Verdict.OK, "Version 20261123-020612, written 13 h 30 min ago."),
    _finding(Check.DONE, Verdict.OK, "It equals the manifest's version 20261123-020612."),
    _finding(Check.MODELS, Verdict.OK, "llama3.2:1b (1.3 GB, 6 files) and BAAI/bge-m3 (2.3 GB)."),
    _finding(Check.BUCKET, Verdict.OK, "Versioning is on, 3 versions of each object are kept."),
)
_WRONG = (
    _finding(
        Check.HITS,
        Verdict.WARNING,
        "85.7 %: 24 of 28 startups in the last 1 d hit. Misses: 4 model not found.",
        "Look at /cache models and /cache hits 7d; /cache sync repairs the cache.",
    ),
    _finding(
        Check.SYNCS,
        Verdict.FAILING,
        "3 failed syncs in a row (exit code 1 <!channel>).",
        "/cache logs sync errors has the cause; once it is mended, run /cache sync.",
    ),
    _finding(Check.SIZE, Verdict.UNKNOWN, "no answer within 8 s", "Run /cache health again soon."),
    _finding(Check.POLICIES, Verdict.NOT_CONFIGURED, "No alert policy watches this cache."),
)


def _health(*findings: Finding) -> HealthReport:
    return HealthReport(NOW, timedelta(days=1), findings, 1.4 * _SECOND)


def _status(**parts: object) -> StatusReport:
    state = CacheState(
        MANIFEST, MANIFEST.version, Consistency(MANIFEST.version, (), (_LLAMA, _BGE)), {}
    )
    whole = StatusReport(
        NOW,
        Known(ManifestReport(NOW, MANIFEST, MANIFEST.version, ()), _SECOND),
        Known(state, _SECOND),
        Known(_SERVICE, _SECOND),
        Known(HISTORY, _SECOND),
        Known(HITS, _SECOND),
    )
    kept = {name: getattr(whole, name) for name in ("manifest", "cache", "service", "history")}
    return StatusReport(at=NOW, **{**kept, "hits": whole.hits, **parts})


_LINES = (
    LogLine(NOW, "ERROR", "\x1b[31mdisk full\x1b[0m <!channel> @here", "e1", 2),
    LogLine(NOW - 9 * _SECOND, "INFO", '{"msg": "promoting", "to": "ollama/"}\n  two lines', "e1"),
    LogLine(NOW - 70 * _SECOND, "DEFAULT", "Starting ```sync```", "e1", 1),
)
_QUERY = LogQuery(LogSource.SYNC, NOW - timedelta(hours=1))
_MANY = tuple(
    LogLine(NOW - n * _SECOND, "INFO", f"line {n:02} " + "x" * 500, "e1") for n in range(50)
)


def _row(version: Manifest | None, days: int, why: str, *, good: bool) -> VersionRow:
    return VersionRow(
        Generation(100 - days), NOW - timedelta(days=days), days == 0, version,
        Restorability(good, why),
    )  # fmt: skip


_VERSIONS = VersionsReport(
    (
        _row(STUB, 0, "A startup wrote this stub; it describes no full version.", good=False),
        _row(MANIFEST, 1, "Its inventory of 31 objects is complete.", good=True),
        _row(None, 2, "It could not be read: manifest.json is not valid JSON.", good=False),
    ),
    14,
)
_FOLDERS = (
    FolderSize(Folder.OLLAMA, 1_320_000_000, 6, 1_320_000_000, 6),
    FolderSize(Folder.SBERT, 2_271_000_000, 18, 0, 0),
    FolderSize(Folder.TEMPORARY, 512, 1, 0, 0),
    FolderSize(Folder.OTHER, 1_204, 2, 4_816, 8),
)
LATE = Unknown(Unavailable("no answer within 3 s", "Ask again in a minute."), _SECOND)
_GONE = Unknown(NotFound("There is no service tabular-service.", "Check the name."), _SECOND)
_NO_BUCKET = Unknown(
    NotFound("There is no bucket tabular-model-cache.", "`/cache recover` brings it back."),
    _SECOND,
)
_NO_MANIFEST = Problem(ProblemKind.MANIFEST_MISSING, "There is no manifest.json.")

SAMPLES: dict[str, Answer] = {
    "health_mixed": _health(*_FINE, *_WRONG),
    "health_ok": _health(*_FINE),
    "health_without_alerts": _health(*_FINE, _WRONG[3]),
    "health_failing_twice": _health(_WRONG[1], *_FINE, _WRONG[1]),
    "doctor_ok": DoctorReport(NOW, NEEDS[:2]),
    "doctor_lacking": DoctorReport(NOW, NEEDS),
    "status_ok": _status(),
    "status_partly_unknown": _status(
        cache=LATE,
        service=_GONE,
        history=Known(HistoryReport(NOW, (_RUNNING,), (_RUNNING,), 0, _GOOD, 28), _SECOND),
        hits=Known(HitsReport(NOW - timedelta(days=1), NOW, 0, 0, (), True), _SECOND),
    ),
    "status_wrong": _status(
        cache=Known(
            CacheState(
                STUB,
                None,
                Consistency(STUB.version, (_STUB_PROBLEM,), ()),
                {"manifest.json": _stored("manifest.json", 80)},
            ),
            _SECOND,
        ),
        history=Known(HistoryReport(NOW, (_FAILED,), (), 3, _GOOD, 28), _SECOND),
    ),
    "status_without_a_bucket": _status(
        manifest=Known(ManifestReport(NOW, None, None, ()), _SECOND),
        cache=_NO_BUCKET,
        service=Known(replace(_SERVICE, mounts_bucket="tabular-model-cache"), _SECOND),
    ),
    "status_wiped": _status(
        manifest=Known(ManifestReport(NOW, None, None, ()), _SECOND),
        cache=Known(CacheState(None, None, Consistency(None, (_NO_MANIFEST,), ()), {}), _SECOND),
    ),
    "history": HistoryReport(
        NOW, (_RUNNING, _FAILED, _GOOD, _CANCELLED), (_RUNNING,), 1, _GOOD, 28
    ),
    "history_empty": HistoryReport(NOW, (), (), 0, None, 0),
    "logs": LogsReport(_QUERY, _LINES),
    "logs_many": LogsReport(_QUERY, _MANY),
    "logs_none": LogsReport(LogQuery(LogSource.SERVICE, NOW - timedelta(hours=1), True), ()),
    "manifest_ok": ManifestReport(NOW, MANIFEST, MANIFEST.version, ()),
    "manifest_stub": ManifestReport(NOW, STUB, "20261123-020612", (_STUB_PROBLEM,)),
    "manifest_missing": ManifestReport(
        NOW, None, None, (Problem(ProblemKind.MANIFEST_MISSING, "There is no manifest.json."),)
    ),
    "models_ok": ModelsReport(MANIFEST.version, False, (_LLAMA, _BGE), ()),
    "models_broken": ModelsReport(MANIFEST.version, False, (_BROKEN, _BGE), ()),
    "models_unknown": ModelsReport(
        None, False, (), (Problem(ProblemKind.MANIFEST_MISSING, "There is no manifest.json."),)
    ),
    "versions": _VERSIONS,
    "versions_none": VersionsReport((), 0),
    "hits": HITS,
    "hits_none": HitsReport(NOW - timedelta(days=7), NOW, 0, 0, (), False),
    "size": SizeReport(
        NOW, _FOLDERS, Known(264_000_000, _SECOND), 10 * 10**9, timedelta(days=2, hours=4)
    ),
    "size_over": SizeReport(NOW, _FOLDERS, LATE, 4 * 10**9, None),
    "help": HelpReport(Role.OPERATOR, tuple(VERBS.values())),
    "help_word": HelpReport(Role.VIEWER, (VERBS["help"],), "rollback"),
    **OPERATIONS,
    **RECOVERIES,
    **UPDATES,
    **SCHEDULES,
    **ALERTS,
}
