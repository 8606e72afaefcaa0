"""Why the sync job fails, and whether the cache still serves."""

import re
from datetime import timedelta

from core.alerts.causes import Diagnosis
from core.alerts.causes_of.content import find_no_access, find_no_bucket, mending
from core.alerts.causes_of.facts import Case, known
from core.alerts.causes_of.failed_sync import FailedSync, Failure
from core.alerts.causes_of.going_back import update_to
from core.alerts.causes_of.no_failed_sync import find_none_failed, find_over, find_retrying
from core.alerts.causes_of.ranking import Found, Look, conclude
from core.alerts.causes_of.seen import Part, seen_by
from core.alerts.causes_of.sync_facts import SyncFacts, read_sync_facts, told_of_syncs
from core.cache.buckets import JOB_ROLE
from core.cache.model_files import is_file_in
from core.cache.objects import TEMPORARY, total_bytes
from core.inspection.checks.names import differences, names_in_job, names_in_manifest
from core.inspection.findings import Check
from core.parallel import Known
from core.quantities import count_text, duration_text, size_text

_FRESH = timedelta(hours=1)
_GATED = re.compile("gated", re.IGNORECASE)
_BY_BUCKET = re.compile(r"storage\.|googleapi|gs://|/models", re.IGNORECASE)
_SAID = {
    Failure.PROMOTION: "died half-way while it made its download live",
    Failure.MEMORY: "ran out of memory: raise the memory limit of the sync job, then sync.",
    Failure.REGISTRY: "could not reach the model registry in time: such a failure often passes.",
    Failure.NO_BUCKET: (
        "could not mount its bucket: that did not exist then, or the job's volume names another."
    ),
    Failure.CANCELLED: "was cancelled by somebody.",
}
"""What an execution did, where its own line says enough."""


def diagnose_sync_failures(case: Case) -> Diagnosis:
    """Find out why syncs fail."""
    facts = read_sync_facts(case)
    seen = seen_by(facts.facts.judged, facts.unread, told_of_syncs(facts))
    return conclude(_LOOKS, facts, seen)


def _no_job(facts: SyncFacts) -> Found | None:
    syncs = facts.facts.syncs
    if isinstance(syncs, Known) or Part.SYNCS in facts.facts.unread:
        return None
    case = facts.facts.case
    return Found(
        f"There is no sync job {case.deployment.job} in {case.deployment.region}: it was deleted, "
        "or the bot's settings name another one. Look in Cloud Run, then at CACHEBOT_JOB."
    )


def _no_bucket(facts: SyncFacts) -> Found | None:
    return find_no_bucket(facts.facts)


def _no_such_model(facts: SyncFacts) -> Found | None:
    """Look whether a model's name is wrong, and go back to the last one that was fetched."""
    newest, job = facts.newest(Failure.MODEL_UNKNOWN), known(facts.facts.job)
    if newest is None:
        return None
    kind = "embedding" if newest.of_embedding else "language"
    if job is None:
        return Found(f"The registry does not know the {kind} model that was asked for.")
    wrong = job.embedding_model if newest.of_embedding else job.llm_model
    if _GATED.search(newest.line):
        return Found(
            f'The {kind} model "{wrong}" is gated: Hugging Face gives it only to accounts that '
            "were let in. Give the sync job a token of one, or use another model."
        )
    good = _last_good_name(newest, facts)
    if good == wrong:
        return Found(
            f"{newest.execution.name} failed since the registry did not know its {kind} model. The "
            f"sync job names {good} now, which a sync has fetched before.",
            offers=_again(facts),
            certain=False,
        )
    cause = f'The registry does not know the {kind} model "{wrong}", which the sync job asks for.'
    if not good:
        key = "embedding" if newest.of_embedding else "llm"
        return Found(f"{cause} Look for the right name, then set it: `/cache update {key}=NAME`.")
    back = update_to(embedding=good) if newest.of_embedding else update_to(llm=good)
    return Found(
        f"{cause} The last one that a sync has fetched is {good}.",
        offers=facts.facts.applying(back),
    )


def _last_good_name(newest: FailedSync, facts: SyncFacts) -> str:
    report = known(facts.facts.versions)
    for row in report.rows if report else ():
        if row.manifest is not None and not row.stub:
            model = row.manifest.embedding if newest.of_embedding else row.manifest.ollama
            if model is not None:
                return model.name
    return ""


def _refused(facts: SyncFacts) -> Found | None:
    """Look whether it was refused; by the bucket only where the line says so."""
    newest = facts.newest(Failure.PERMISSION)
    if newest is None:
        return None
    if not _BY_BUCKET.search(newest.line):
        text = f'{newest.execution.name} was refused access: "{newest.line}"'
        return Found(text, offers=_again(facts), certain=False)
    name, bucket = newest.execution.name, facts.facts.bucket_name
    text = f"{name} was refused access: grant the sync job's account {JOB_ROLE} on {bucket}."
    return find_no_access(facts.facts, known(facts.facts.job), newest.told) or Found(text)


def _out_of_disk(facts: SyncFacts) -> Found | None:
    """Look whether it had no room. A bucket is never full, but leftovers are worth a look.

    Source: cloud.google.com/run/docs/container-contract#filesystem (files take memory)
    """
    newest, state = facts.newest(Failure.DISK), known(facts.facts.cache)
    if newest is None:
        return None
    case = facts.facts.case
    live = state.live.values() if state else ()
    left = [one for one in live if is_file_in(TEMPORARY, one.name)]
    text = (
        f"{newest.execution.name} ran out of disk under .tmp/. Files are staged in memory before "
        "they reach the bucket: give the sync job more memory, then sync."
    )
    if not left:
        return Found(text)
    size = size_text(total_bytes(left))
    oldest = max(case.now - one.created_at for one in left)
    old = oldest > case.expectations.temporary_age
    words = "cleanup" if old else "cleanup 1h" if oldest > _FRESH else ""
    return Found(
        f"{text} In the bucket {count_text(len(left), 'leftover file')} ({size}) can go.",
        offers=facts.facts.applying(words),
    )


def _at_the_limit(facts: SyncFacts) -> Found | None:
    newest, job = facts.newest(Failure.TIMEOUT), known(facts.facts.job)
    if newest is None:
        return None
    limit = f" of {duration_text(job.attempt_timeout)}" if job else ""
    return Found(
        f"{newest.execution.name} was stopped at the time limit{limit} that an attempt has. Sync "
        "again; if it is stopped again, raise the task timeout of the job.",
        offers=_again(facts),
    )


def _as_it_says(facts: SyncFacts) -> Found | None:
    """Go by what the newest failed execution says, where that needs no other look."""
    newest = facts.failed[0] if facts.failed else None
    if newest is None or newest.failure not in _SAID or facts.facts.bucket_gone:
        return None
    offers = {Failure.MEMORY: (), Failure.NO_BUCKET: ("recover",)}.get(newest.failure)
    words = f"{newest.execution.name} {_SAID[newest.failure]}"
    if newest.failure is Failure.PROMOTION:
        words = f"{words}: {_left(facts)}"
    if newest.failure is Failure.CANCELLED and (ours := _stopped_by(newest, facts)):
        words = f"{newest.execution.name} was cancelled by cachebot: {ours} was stopped."
    return Found(words, offers=_again(facts) if offers is None else offers)


def _left(facts: SyncFacts) -> str:
    """Say how a death in the promotion has left the cache."""
    state = known(facts.facts.cache)
    if state is None:
        return "the old embedding model may be gone, and the new one not in place yet."
    if state.consistency.consistent:
        return "the cache is whole all the same."
    return f"the cache is not whole. {state.consistency.problems[0].text}"


def _stopped_by(newest: FailedSync, facts: SyncFacts) -> str:
    """Return the id of the bot's own operation that somebody stopped, and so that execution."""
    stopped = (one for one in facts.facts.case.operations if one.stop_asked_by)
    name = newest.execution.name
    return next((one.id for one in stopped if one.evidence.get("execution") == name), "")


def _unknown(facts: SyncFacts) -> Found | None:
    newest = facts.newest(Failure.UNKNOWN)
    if newest is None:
        return None
    silent = ", and its log could not be read." if Part.SYNC_LOG in facts.unread else ""
    said = f': "{newest.line}"' if newest.line else silent or ", and logged no reason."
    text = f"{newest.execution.name} failed for a reason that I do not know{said}"
    pairs = _unfetched(facts)
    if not pairs:
        return Found(text, offers=_again(facts), certain=False)
    want, have = pairs[0]
    job = known(facts.facts.job)
    of_embedding = job is not None and want == job.embedding_model
    back = update_to(embedding=have) if of_embedding else update_to(llm=have)
    return Found(
        f"{text} The sync job asks for {want}, which no sync has fetched; {have} is what the "
        "cache holds.",
        offers=facts.facts.applying(back, "logs sync errors"),
        certain=False,
        tells=(Check.NAMES,),
    )


def _unfetched(facts: SyncFacts) -> list[tuple[str, str]]:
    """Return the models that the job asks for and the cache lacks, with those that it holds."""
    job, state = known(facts.facts.job), known(facts.facts.cache)
    if job is None or state is None or state.manifest is None:
        return []
    return differences(names_in_job(job), names_in_manifest(state.manifest))


def _again(facts: SyncFacts) -> tuple[str, ...]:
    return mending(facts.facts) if facts.facts.broken else ("sync",)


_LOOKS = (
    Look(_no_job, (Part.SYNCS,)),
    Look(_no_bucket, (Part.BUCKET,)),
    Look(find_over, (Part.SYNCS, Part.CACHE)),
    Look(find_retrying, (Part.SYNCS,)),
    Look(_no_such_model, (Part.SYNCS, Part.SYNC_LOG)),
    Look(_refused, (Part.SYNCS, Part.SYNC_LOG)),
    Look(_out_of_disk, (Part.SYNCS, Part.SYNC_LOG)),
    Look(_at_the_limit, (Part.SYNCS, Part.SYNC_LOG)),
    Look(_as_it_says, (Part.SYNCS, Part.SYNC_LOG)),
    Look(_unknown, (Part.SYNCS, Part.SYNC_LOG)),
    Look(find_none_failed, (Part.SYNCS, Part.CACHE)),
)
"""The most telling first."""
