"""Rates against what is wanted: compared as the exact fractions that people wrote."""

from fractions import Fraction


def reaches(part: int, whole: int, wanted: float) -> bool:
    """Tell whether `part` of `whole` is at least that rate: 55 of 100 reaches 0.55.

    In floats 0.55 * 100 is more than 55.
    """
    return part >= Fraction(repr(wanted)) * whole


def wanted_text(wanted: float) -> str:
    """Write a rate that is wanted in percent, as exactly as it was set."""
    return f"{float(Fraction(repr(wanted)) * 100):g} %"
