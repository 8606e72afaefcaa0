"""What an incident's condition saw against its threshold, in words."""

from core.alerts.incidents import KnownIncident, Subject
from handlers.blocks.card import Line
from handlers.blocks.prose import prose
from handlers.blocks.quantities import count, size
from handlers.blocks.quantities import window as window_text

_LONGEST = 60


def observed_line(known: KnownIncident) -> Line:
    """Say what was observed and where the threshold is, as far as Monitoring told."""
    observed, threshold = known.notice.observed, known.notice.threshold
    seen, limit = _number(observed), _number(threshold)
    if seen is None or limit is None:
        return prose(_as_sent(known))
    match known.subject:
        case Subject.HIT_RATE if 0 <= seen <= 1 and 0 <= limit <= 1:
            return (_rate(known, seen, limit),)
        case Subject.USAGE if limit > 1:
            stored = f"{size(int(seen))} are stored{_measured(known)}"
            return (f"{stored}; the threshold is {size(int(limit))}.",)
        case Subject.USAGE:
            used = f"{_share(seen)} of the capacity is used{_measured(known)}"
            return (f"{used}; the threshold is {_share(limit)}.",)
        case Subject.SYNC_FAILURES:
            return (f"{_failures(known, seen)}{_against(seen, limit)}.",)
        case _:
            return (f"Observed: {seen:g}; the threshold is {limit:g}.",)


def _failures(known: KnownIncident, seen: float) -> str:
    window = known.notice.window
    within = f" within {window_text(window)}" if window else ""
    return f"{count(int(seen), 'failed sync')} {'was' if seen == 1 else 'were'} counted{within}"


def _against(seen: float, limit: float) -> str:
    """Say what the threshold is; that it is passed only where it is."""
    more = f", more than the threshold of {limit:g}"
    return more if seen > limit else f"; the threshold is {limit:g}"


def _measured(known: KnownIncident) -> str:
    return f", measured{over}" if (over := _over(known)) else ""


def _over(known: KnownIncident) -> str:
    """Say which time a value stands for, where Monitoring told."""
    window = known.notice.window
    return f" over {window_text(window)}" if window else ""


def _rate(known: KnownIncident, seen: float, limit: float) -> str:
    """Say a rate; of which one it is, the names tell, and "below" is only what is below."""
    named = f"{known.notice.policy} {known.notice.condition}".lower()
    over = _over(known)
    if "miss" in named:
        return f"The miss rate{over} is {_share(seen)}; the threshold is {_share(limit)}."
    if seen < limit:
        return f"The hit rate{over} is {_share(seen)}, below the threshold of {_share(limit)}."
    return f"The hit rate{over} is {_share(seen)}; the threshold is {_share(limit)}."


def _as_sent(known: KnownIncident) -> str:
    notice = known.notice
    if notice.observed and notice.threshold:
        observed, threshold = notice.observed[:_LONGEST], notice.threshold[:_LONGEST]
        return f"Observed: {observed}; the threshold is {threshold}."
    summary = notice.summary.strip()[:300]
    return f"{summary.rstrip('.')}." if summary else ""


def _share(value: float) -> str:
    return f"{value * 100:.3g} %"


def _number(text: str) -> float | None:
    try:
        number = float(text)
    except ValueError:
        return None
    return number if abs(number) < 1e18 else None
