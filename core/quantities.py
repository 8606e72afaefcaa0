"""How sizes, durations, shares and counts read in a sentence."""

from datetime import timedelta

_SIZES = ((10**12, "TB"), (10**9, "GB"), (10**6, "MB"), (10**3, "kB"))
_UNITS = ((86400, "d"), (3600, "h"), (60, "min"), (1, "s"))


def size_text(size_bytes: int) -> str:
    """Write a size in decimal units, as Cloud Storage bills and `capacity_bytes` counts."""
    for unit_bytes, unit in _SIZES:
        if round(size_bytes / (unit_bytes // 1000), 1) >= 1000:
            return f"{size_bytes / unit_bytes:.1f} {unit}"
    return f"{size_bytes} B"


def duration_text(duration: timedelta) -> str:
    """Write a duration in its two largest units; a negative one (clock skew) reads `0 s`."""
    left = max(0, int(duration.total_seconds()))
    parts: list[str] = []
    for unit_seconds, unit in _UNITS:
        count, left = divmod(left, unit_seconds)
        if count:
            parts.append(f"{count} {unit}")
        if len(parts) == 2 or (parts and not count):
            break
    return " ".join(parts) or "0 s"


def window_text(span: timedelta) -> str:
    """Write a window of time as people name it, such as "24 h" and "7 days"."""
    hours, rest = divmod(span, timedelta(hours=1))
    if rest or not hours:
        return duration_text(span)
    return f"{hours} h" if hours <= 48 or hours % 24 else count_text(hours // 24, "day")


def share_text(part: int, whole: int) -> str:
    """Write `part` of `whole` in percent, rounded down, so that 89.96 % never reads 90 %."""
    permille = part * 1000 // whole
    if part and not permille:
        return "under 0.1 %"
    percent, tenth = divmod(permille, 10)
    return f"{percent}.{tenth} %" if tenth else f"{percent} %"


def count_text(count: int, noun: str) -> str:
    """Write a count with its noun, which forms its plural by an s."""
    return f"{count:,} {noun}" if count == 1 else f"{count:,} {noun}s"
