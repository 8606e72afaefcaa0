"""What the bot says by the clock: reminders, what has gone stale, and what did not go out."""

from dataclasses import replace
from datetime import timedelta

from core.inspection.findings import Verdict
from core.pauses import advise_on
from core.plans import Plan
from core.schedules.reminders import Reminders
from core.schedules.slots import KnownSlot
from core.schedules.staleness import Stale, StalenessReport
from core.schedules.switched_off import SwitchedOff
from handlers.blocks.card import Card, Code, Line, Mark, Moment, Note, Paragraph, Person, Row, Rows
from handlers.blocks.offers import offers_of
from handlers.blocks.prose import prose
from handlers.blocks.quantities import count, duration

_SWITCHING = frozenset(("pause", "disable"))
"""The verbs of plans that do nothing but switch it off."""

_REASON = " Reason: "


def card_of_reminders(reminders: Reminders) -> Card:
    """Say who switched what off, when and why, with the button that switches it on again."""
    rows: list[Row] = []
    what: list[str] = []
    offers: list[str] = []
    if reminders.nightly is not None:
        rows.append(_pause(reminders.nightly, reminders))
        what.append("the nightly sync is paused")
        offers.append(advise_on(reminders.nightly.operation).offer)
    if reminders.volume is not None:
        line = _reminder("switched off", reminders.volume, reminders)
        rows.append(Row(Mark.WARNING, "Shared volume", line))
        what.append("the shared volume is off")
        offers.append("enable")
    told = " and ".join(what)
    headline = (f"{told[0].upper()}{told[1:]}. I remind of it daily until that has changed.",)
    return Card(
        "Reminder", Mark.WARNING, headline, (Rows(tuple(rows)),), offers_of(filter(None, offers))
    )


def card_of_staleness(report: StalenessReport) -> Card:
    """Say what has gone stale, with the next step for each."""
    offers = [one.offer for one in report.found if one.offer]
    unknown = sum(one.verdict is Verdict.UNKNOWN for one in report.found)
    stale, said = len(report.found) - unknown, []
    if stale:
        said.append(f"{count(stale, 'thing')} nobody may have noticed.")
    if unknown:
        said.append(f"{count(unknown, 'thing')} could not be looked at.")
    return Card(
        "Staleness check",
        Mark.WARNING if stale else Mark.UNKNOWN,
        (" ".join(said),),
        (Rows(tuple(map(_stale, report.found))), Note(("As of ", Moment(report.at), "."))),
        offers_of(offers),
    )


def card_of_failure(known: KnownSlot, why: str, *, final: bool) -> Card:
    """Say that something due did not go out, and whether it is still being tried."""
    heading = known.slot.schedule.heading
    tried = "I do not try this one again." if final else "I go on trying and put it here."
    return Card(
        heading,
        Mark.FAILED if final else Mark.WAITING,
        (*_due(known), f" did not go out: {why} {tried}"),
        (),
        offers_of(("health",)),
    )


def card_of_nothing(known: KnownSlot, outcome: str, *, after_all: bool) -> Card:
    """Say that a slot has found nothing to tell; `after_all`: it did not go out before."""
    done = "is done after all" if after_all else "is done"
    return Card(known.slot.schedule.heading, Mark.OK, (*_due(known), f" {done}: {outcome}."))


def with_lateness(card: Card, late: timedelta, missed: str) -> Card:
    """Say on a card how late it is, and what was missed before it."""
    said = f"Late by {duration(late)}. " if late else ""
    if missed:
        said += f"Missed before it, and not made up for: {missed}."
    return replace(card, parts=(Paragraph((said.strip(),)), *card.parts)) if said else card


def _due(known: KnownSlot) -> Line:
    return ("What was due ", Moment(known.slot.due))


def _pause(off: SwitchedOff, reminders: Reminders) -> Row:
    """Where it protects something, say what, and when it may be lifted."""
    line = _reminder("paused", off, reminders)
    advice = advise_on(off.operation)
    if advice.offer:
        return Row(Mark.WARNING, "Nightly sync", line)
    return Row(
        Mark.WARNING,
        "Nightly sync",
        (*line, " ", *prose(advice.why)),
        prose(advice.next_step),
    )


def _reminder(done: str, off: SwitchedOff, reminders: Reminders) -> Line:
    who = off.operation.actor
    return (
        f"{done} for {duration(reminders.at - off.at)}, since ",
        Moment(off.at),
        ", by ",
        Code(off.operation.id),
        " of ",
        Person(who.user_id, who.name),
        *prose(_why(off.operation.plan)),
    )


def _why(plan: Plan) -> str:
    """Say what it was for, where that is more than what the row says already."""
    if plan.verb not in _SWITCHING:
        return f": {plan.summary}"
    _, reason, said = plan.summary.partition(_REASON)
    return f".{reason}{said}"


def _stale(stale: Stale) -> Row:
    mark = Mark.UNKNOWN if stale.verdict is Verdict.UNKNOWN else Mark.WARNING
    return Row(mark, stale.title, prose(stale.why), prose(stale.next_step))
