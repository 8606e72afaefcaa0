"""The card of `/cache help`: only what this person may do."""

from core.answers import HelpReport
from core.policy import Role
from core.verbs import VERBS, Verb
from handlers.blocks.card import Bullets, Card, Code, Line, Mark, Note, Row, Rows, Strong
from handlers.blocks.guide import GUIDE
from handlers.blocks.prose import prose


def card_of_help(report: HelpReport) -> Card:
    """Render the commands, or the one that was asked about."""
    if report.word:
        return _about(VERBS[report.word], report)
    if report.role is Role.NONE:
        return Card(
            "Cachebot",
            Mark.INFO,
            ("You have no role here, so there is nothing that I may do for you.",),
            (Note(("Ask the administrator to add you to one of the groups in my settings.",)),),
        )
    acting = tuple(_line(verb) for verb in report.verbs if verb.destructive)
    looking = tuple(_line(verb) for verb in report.verbs if not verb.destructive)
    parts = [Bullets(looking)]
    if acting:
        parts.append(Bullets(acting))
    foot = Note((f"Your role: {report.role.word}. About one word: ", Code("/cache help sync")))
    headline: Line = ("I look after the model cache. In a thread, mention me instead of /cache.",)
    return Card("Cachebot", Mark.INFO, headline, (*parts, foot))


def _about(verb: Verb, report: HelpReport) -> Card:
    entry = GUIDE[verb.word]
    asks = " It shows its plan and asks before it changes anything." * verb.destructive
    told: list[tuple[str, Line]] = [
        ("How to type it", (Code(verb.usage),)),
        ("For example", (Code(f"/cache {entry.example}"),)),
        ("What it changes", prose(f"{entry.changes}{asks}")),
    ]
    if entry.back:
        told.append(("How to take it back", prose(entry.back)))
    told.append(("Who may", (_who_may(verb, report),)))
    rows = tuple(Row(Mark.INFO, title, line) for title, line in told)
    return Card(f"Help: {verb.word}", Mark.INFO, (entry.does,), (Rows(rows),))


def _who_may(verb: Verb, report: HelpReport) -> str:
    if verb.role is Role.NONE:
        return "Everybody."
    if any(one.word == verb.word for one in report.verbs):
        return f"It needs the role {verb.role.word}, and you may use it."
    return f"It needs the role {verb.role.word}, which you do not have."


def _line(verb: Verb) -> Line:
    return (Code(verb.usage), " ", Strong(verb.summary) if verb.destructive else verb.summary)
