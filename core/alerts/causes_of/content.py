"""Causes in what the cache holds, which every subject shares: no bucket, no access, not whole."""

from core.alerts.causes_of.facts import Facts, known
from core.alerts.causes_of.ranking import Found
from core.cache.buckets import JOB_ROLE, SERVICE_ROLE, member_of, roles_of, suffices
from core.cache.examination import time_text
from core.cache.problems import ProblemKind
from core.executions import SyncJob
from core.inspection.findings import Check
from core.quantities import duration_text
from core.services import Service

_PROMOTED = frozenset(
    {
        ProblemKind.DONE_MISMATCH,
        ProblemKind.DONE_MISSING,
        ProblemKind.EMBEDDING_MISSING,
        ProblemKind.EMBEDDING_INCOMPLETE,
    }
)
"""What is wrong for some minutes while a sync makes its download live."""

_MISSED = frozenset(
    {
        ProblemKind.MANIFEST_MISSING,
        ProblemKind.DONE_MISSING,
        ProblemKind.MODEL_MANIFEST_MISSING,
    }
)
"""What a startup looks for; all else may be broken, and a startup still calls it a hit."""


def find_no_bucket(facts: Facts) -> Found | None:
    """Look whether the bucket is gone."""
    if not facts.bucket_gone:
        return None
    name = facts.bucket_name
    lost = known(facts.lost)
    evidence = ("Whether it can be restored is not known.",) if lost is None else ()
    if lost is not None and not lost:
        evidence = (
            "No soft-deleted bucket is left to restore, if CACHEBOT_BUCKET names the right one.",
        )
    elif lost:
        deleted, gone = time_text(lost[0].deleted_at), time_text(lost[0].gone_at)
        evidence = (f"It was deleted at {deleted} and can be restored until {gone}.",)
    return Found(
        f"The bucket {name} is gone, so nothing can be read from it or written to it.",
        evidence,
        ("recover",),
    )


def find_no_access(facts: Facts, runs: Service | SyncJob | None, refused: str) -> Found | None:
    """Look whether the account of the service or the job lacks its role on the bucket.

    `refused` is the log line that proves it. Without one a lack is only probable: a role may
    come from the project, which the bucket's own policy does not show.
    """
    if runs is None or not runs.service_account:
        return None
    role = SERVICE_ROLE if isinstance(runs, Service) else JOB_ROLE
    bindings = known(facts.access)
    roles = () if bindings is None else roles_of(member_of(runs.service_account), bindings)
    lacks = bindings is not None and not suffices(roles)
    if not lacks and not refused:
        return None
    whose, bucket = f"{runs.service_account}, the account of {runs.name},", facts.bucket_name
    if lacks:
        has = f"only {', '.join(roles)}" if roles else "no role"
        return Found(
            f"{whose} may not use the bucket: grant it {role} on {bucket}.",
            tuple(one for one in (refused, f"It has {has} on the bucket itself.") if one),
            ("recover",),
            certain=bool(refused),
        )
    if bindings is None:
        return Found(
            f"{whose} was refused by {bucket}: see whether it has {role} there, and grant it if "
            "not. What it has could not be read.",
            (refused,),
        )
    return Found(
        f"{whose} was refused by {bucket}, although it has {', '.join(roles)} there: look for a "
        "condition or a deny policy.",
        (refused,),
    )


def find_sync_under_way(facts: Facts) -> Found | None:
    """Look whether a running sync is making its download live, or an attempt of it died there."""
    state, running = known(facts.cache), facts.running
    if state is None or running is None:
        return None
    problems = [one for one in state.consistency.problems if one.kind in _PROMOTED]
    if not problems or len(problems) < len(state.consistency.problems):
        return None
    took = duration_text(running.took(facts.case.now))
    if running.retried:
        text = (
            f"An attempt of {running.name} failed and left the cache in pieces. It is trying "
            f"again, for {took} by now: once it is through, the cache is whole."
        )
    else:
        text = (
            f"{running.name} has been running for {took} and is just making its download live, "
            "which leaves the cache in pieces for some minutes."
        )
    return Found(
        text,
        tuple(one.text for one in problems[:3]),
        facts.applying("sync"),
        certain=False,
        tells=(Check.MANIFEST, Check.DONE, Check.MODELS),
    )


def find_broken_content(facts: Facts) -> Found | None:
    """Look whether manifest, `.done` and models tell the same story.

    What a startup looks for comes first, and is certain; that the manifest is a stub has a cause
    of its own, so it is named only where nothing else is wrong.
    """
    state = known(facts.cache)
    if state is None or state.consistency.consistent:
        return None
    if state.empty:
        return Found("The bucket is empty: no manifest, no model file.", offers=("recover",))
    ordered = sorted(state.consistency.problems, key=lambda one: one.kind not in _MISSED)
    problems = [one for one in ordered if one.kind is not ProblemKind.MANIFEST_STUB] or ordered
    return Found(
        f"The cache is not whole. {problems[0].text}",
        tuple(one.text for one in problems[1:4]),
        mending(facts),
        certain=problems[0].kind in _MISSED,
        tells=(Check.MANIFEST, Check.DONE, Check.MODELS),
    )


def mending(facts: Facts) -> tuple[str, ...]:
    """Return what makes the content whole again; a sync comes second where the last one failed."""
    row, history = facts.restorable, known(facts.syncs)
    back = f"rollback {row.version}" if row else ""
    failed = history is not None and history.failures_in_a_row > 0
    return facts.applying(*((back, "sync") if failed else ("sync", back)))
