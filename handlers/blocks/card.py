"""A card: what a message says, before it is known whether Slack or a terminal shows it.

Renderers build cards out of plain, unescaped strings. `slack.py` and `text.py` turn them
into Block Kit and into text, and are the only places that know of escaping and limits, so
no renderer can forget either.
"""

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from handlers.charts.findings import Chart


class Mark(StrEnum):
    """The state that a title or a row carries; always shown as a sign and as a word.

    INFO has a sign only: there is nothing to judge.
    """

    OK = "ok"
    WARNING = "warning"
    FAILING = "failing"
    NOT_CONFIGURED = "not configured"
    UNKNOWN = "unknown"
    WAITING = "waiting"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"
    STOPPED = "stopped"
    SKIPPED = "not done"
    CONFIRMED = "confirmed"
    CANCELLED = "cancelled"
    EXPIRED = "expired"
    REPLACED = "replaced"
    INFO = "info"


@dataclass(frozen=True, slots=True)
class Code:
    """A value shown letter for letter, such as a version or an object name."""

    text: str


@dataclass(frozen=True, slots=True)
class Strong:
    """Emphasised words."""

    text: str


@dataclass(frozen=True, slots=True)
class Person:
    """A member of the workspace: mentioned by id, by plain name where the id is no member's."""

    user_id: str
    name: str = ""


@dataclass(frozen=True, slots=True)
class Link:
    """A link by https or http; anything else is shown as its label only."""

    url: str
    label: str


@dataclass(frozen=True, slots=True)
class Moment:
    """A point in time, shown in the reader's own time zone where Slack can."""

    at: datetime


Span = str | Code | Strong | Person | Link | Moment
Line = tuple[Span, ...]


@dataclass(frozen=True, slots=True)
class Paragraph:
    """A sentence or two."""

    line: Line


@dataclass(frozen=True, slots=True)
class Bullets:
    """A list of lines."""

    lines: tuple[Line, ...]


@dataclass(frozen=True, slots=True)
class Facts:
    """Labels with values, a few of them, shown compactly."""

    pairs: tuple[tuple[str, Line], ...]


@dataclass(frozen=True, slots=True)
class Row:
    """One judged thing: what, how it stands, why in a line, what to do next."""

    mark: Mark
    title: str
    line: Line
    next_step: Line = ()


@dataclass(frozen=True, slots=True)
class Rows:
    """Judged things under one another: checks of a report or steps of an operation."""

    rows: tuple[Row, ...]


@dataclass(frozen=True, slots=True)
class Table:
    """Columns of short values in a fixed-width face; the first row is the head."""

    head: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


@dataclass(frozen=True, slots=True)
class Preformatted:
    """Foreign text such as log lines, letter for letter."""

    text: str


@dataclass(frozen=True, slots=True)
class Note:
    """A remark in small print."""

    line: Line


@dataclass(frozen=True, slots=True)
class Progress:
    """A bar from 0.0 to 1.0 with its caption; more than 1.0 is a full bar and told as it is.

    `share` is the ratio as the rest of the message writes it; where empty it is whole percent.
    """

    ratio: float
    caption: str
    share: str = ""


@dataclass(frozen=True, slots=True)
class Picture:
    """A chart, shown as a picture in Slack once it is uploaded; `alt` states its finding.

    Where `chart` is None there is nothing to draw, and `alt` says why. A terminal shows neither.
    """

    chart: Chart | None
    alt: str


Part = Paragraph | Bullets | Facts | Rows | Table | Preformatted | Note | Progress | Picture


class ButtonStyle(StrEnum):
    """Block Kit's button styles; plain has none."""

    PLAIN = "plain"
    PRIMARY = "primary"
    DANGER = "danger"


@dataclass(frozen=True, slots=True)
class Question:
    """The dialog that Slack itself asks before a click counts. It authorises nothing."""

    title: str
    text: str
    yes: str
    no: str


@dataclass(frozen=True, slots=True)
class Button:
    """A button. `spoken` is what a screen reader says where the label repeats on a page."""

    action_id: str
    label: str
    value: str = ""
    style: ButtonStyle = ButtonStyle.PLAIN
    question: Question | None = None
    spoken: str = ""


@dataclass(frozen=True, slots=True)
class Card:
    """One message: a title with a state, the one sentence that matters, then the rest."""

    title: str
    mark: Mark
    headline: Line
    parts: tuple[Part, ...] = ()
    buttons: tuple[Button, ...] = field(default=())
