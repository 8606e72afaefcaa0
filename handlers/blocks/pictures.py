"""Pictures in cards: a trend becomes one, or the sentence why there is none."""

from handlers.blocks.card import Part, Picture
from handlers.charts.findings import Chart, finding_of, nothing_of

_FILES = "files:write or files:read"


def parts_of_trend(trend: Chart | None) -> tuple[Part, ...]:
    """Show a trend; nothing where none was asked for."""
    if trend is None:
        return ()
    finding = finding_of(trend)
    return (
        Picture(trend, f"{finding} Days are in UTC.")
        if finding
        else Picture(None, nothing_of(trend)),
    )


def problem_of_refusal(code: str, needed: str) -> str:
    """Say why Slack took no picture, and the next step; `needed` is the scope that it named."""
    if code != "missing_scope":
        return f"Slack refused it ({code}). /cache doctor tells what I lack in Slack"
    return (
        f"the Slack app lacks the scope {needed or _FILES} (missing_scope). Add it at"
        " api.slack.com/apps on the app's page OAuth & Permissions, then install the app again"
    )


def sentence_of_problems(problems: list[str], pictures: int) -> str:
    """Say once in a message that pictures are missing, and why.

    `problems` has one for each that is missing, `pictures` counts all of the message.
    """
    what = "The picture" if pictures == 1 else f"{len(problems)} of {pictures} pictures"
    why = "; ".join(dict.fromkeys(problems))
    return f"{what} could not be shown: {why}."
