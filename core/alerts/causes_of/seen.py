"""What a diagnosis has looked at: what it saw, what of it is amiss, what could not be looked at."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from core.errors import NotFound
from core.inspection.findings import Check, Judgement, Verdict
from core.parallel import Known, Reading, Unknown

_AMISS = frozenset({Verdict.WARNING, Verdict.FAILING})


class Part(StrEnum):
    """What can be looked at, as the sentence begins that says it could not be."""

    BUCKET = "The bucket's settings"
    LOST = "The soft-deleted buckets"
    CACHE = "The content of the cache"
    ACCESS = "The access to the bucket"
    SERVICE = "The service"
    SWITCH = "The switch of the shared volume"
    JOB = "The sync job"
    SYNCS = "The executions of the sync job"
    VERSIONS = "The restorable versions"
    STARTUPS = "The startups in the logs"
    SERVICE_LOG = "The log of the service"
    SYNC_LOG = "The log of the sync job"
    SIZES = "The sizes in the bucket"
    SOFT_DELETED = "The soft-deleted objects"
    WASTE = "What a cleanup would free"


@dataclass(frozen=True, slots=True)
class Seen:
    """Sentences. `told` is what was seen, in order or not, and `amiss` what of it is not.

    `unread` says of each part that could not be read, or not in full, why; `unchecked` is that,
    and what the checks could not judge. `further` are the commands that look closer. `symptom`
    says how that stands which the alert is about, where no cause explains it.
    """

    told: tuple[str, ...]
    unread: Mapping[Part, str]
    amiss: tuple[str, ...] = ()
    unchecked: tuple[str, ...] = ()
    further: tuple[str, ...] = ("health",)
    symptom: str = ""


def unread_of(parts: Iterable[tuple[Part, Reading[object]]]) -> dict[Part, str]:
    """Return those that failed; what is known not to be there was read."""
    return {
        part: f"{part.value} could not be read: {reading.reason.rstrip('.')}."
        for part, reading in parts
        if isinstance(reading, Unknown) and not isinstance(reading.error, NotFound)
    }


def seen_by(
    judged: Mapping[Check, Reading[Judgement]],
    unread: Mapping[Part, str],
    told: Sequence[str] = (),
) -> Seen:
    """Add what the checks say to what the subject itself has `told`."""
    judgements = {check: one.value for check, one in judged.items() if isinstance(one, Known)}
    known = {c: one for c, one in judgements.items() if one.verdict is not Verdict.UNKNOWN}
    wrong = {check: one for check, one in known.items() if one.verdict in _AMISS}
    return Seen(
        told=(*told, *_sentences(known)),
        unread=unread,
        amiss=tuple(_sentences(wrong)),
        unchecked=(*unread.values(), *_unjudged(judged, unread.values())),
    )


def _sentences(judgements: Mapping[Check, Judgement]) -> list[str]:
    """Return a sentence or two of each, begun by what was looked at."""
    return [f"{check.heading}: {one.why}" for check, one in judgements.items()]


def _unjudged(judged: Mapping[Check, Reading[Judgement]], told: Iterable[str]) -> list[str]:
    """Name the checks that failed or know nothing, once for each reason not told before."""
    before = [one.rstrip(".") for one in told]
    by_reason: dict[str, list[str]] = {}
    for check, reading in judged.items():
        if isinstance(reading, Unknown):
            why = f"could not be checked: {reading.reason.rstrip('.')}."
        elif reading.value.verdict is Verdict.UNKNOWN:
            why = reading.value.why
        else:
            continue
        if not any(one in why for one in before):
            by_reason.setdefault(why, []).append(check.heading)
    return [_unjudged_text(headings, why) for why, headings in by_reason.items()]


def _unjudged_text(headings: Sequence[str], why: str) -> str:
    separator = " " if why.startswith("could not be checked") else ": "
    return f"{', '.join(headings)}{separator}{why}"
