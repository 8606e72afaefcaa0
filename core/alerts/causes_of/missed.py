"""Causes that only the startups tell: when they began to miss, and which of them did."""

from core.alerts.causes_of.facts import known
from core.alerts.causes_of.hit_facts import ALERTED, HitFacts, changed
from core.alerts.causes_of.ranking import Found
from core.executions import Execution, ExecutionState
from core.inspection.findings import Check
from core.quantities import count_text, duration_text
from core.signals import Startup

_SEVERAL = 3
"""Fewer hits in a row than this say nothing: of two revisions only one may miss."""


def find_during_sync(facts: HitFacts) -> Found | None:
    """Look whether startups missed only while a sync was at work, which has ended since."""
    history = known(facts.facts.syncs)
    if history is None or not facts.misses:
        return None
    if facts.facts.broken or known(facts.facts.cache) is None:
        return None
    for one in history.executions:
        good = one.state is ExecutionState.SUCCEEDED
        if good and all(_ran_at(one, miss) for miss in facts.misses):
            return Found(
                f"Startups missed only while {one.name} was at work, which puts a new version in "
                "place piece by piece. It has ended: nothing is to be done.",
                certain=False,
            )
    return None


def find_new_revision(facts: HitFacts) -> Found | None:
    """Look whether only instances of a revision that is new in the window miss."""
    revisions = {one.revision for one in facts.misses if one.revision}
    if len(revisions) != 1:
        return None
    (revision,) = revisions
    own = [one for one in facts.rows if one.revision == revision]
    others = [one for one in facts.rows if one.revision not in ("", revision)]
    if not others or any(one.hit for one in own) or not all(one.hit for one in others):
        return None
    began = duration_text(facts.case.now - own[-1].at)
    service = facts.service
    if service is not None and revision in {one.revision for one in service.traffic}:
        return Found(
            f"Only instances of {revision} miss, the first of them {began} ago, and the traffic is "
            "pinned to it; those of other revisions hit. Send the traffic to the latest revision "
            "in Cloud Run.",
            changed(facts),
            certain=False,
            tells=(Check.SERVICE,),
        )
    return Found(
        f"Only instances of {revision} miss, the first of them {began} ago; those of other "
        f"revisions hit. Look at what changed with it, or send the traffic back to "
        f"{others[0].revision} in Cloud Run.",
        changed(facts),
        certain=False,
    )


def find_new_version(facts: HitFacts) -> Found | None:
    """Look whether startups miss since a sync has put another version in place."""
    history = known(facts.facts.syncs)
    good = history.last_good if history else None
    ended = good.finished_at if good else None
    since = facts.case.opened_at - ALERTED
    if good is None or ended is None or ended < since or not facts.misses:
        return None
    after = [one for one in facts.rows if one.at >= ended]
    before = [one for one in facts.rows if one.at < ended]
    if not after or not before or any(one.hit for one in after):
        return None
    if not all(one.hit for one in before):
        return None
    row = facts.facts.restorable
    return Found(
        f"All {count_text(len(after), 'startup')} since {good.name} replaced the cache have "
        f"missed, and all {len(before)} before it hit: the new version is the likeliest culprit.",
        offers=facts.facts.applying(f"rollback {row.version}" if row else ""),
        certain=False,
    )


def find_over(facts: HitFacts) -> Found | None:
    """Look whether startups hit again, in a cache that is whole.

    That is certain only once the rate of the last hour is back, which is what the alert counts.
    """
    if not facts.misses or facts.facts.broken or known(facts.facts.cache) is None:
        return None
    after = [one for one in facts.recent if one.at > facts.misses[0].at]
    if len(after) < _SEVERAL:
        return None
    last = [one for one in facts.recent if one.at >= facts.case.now - ALERTED]
    rate = sum(one.hit for one in last) / len(last) if last else 0.0
    ago = duration_text(facts.case.now - facts.misses[0].at)
    return Found(
        f"The misses are over: the last one was {ago} ago, "
        f"{count_text(len(after), 'startup')} since then hit, and the cache is whole.",
        certain=rate >= facts.case.expectations.hit_rate,
    )


def _ran_at(execution: Execution, miss: Startup) -> bool:
    begun, ended = execution.started_at, execution.finished_at
    return begun is not None and ended is not None and begun <= miss.at <= ended
