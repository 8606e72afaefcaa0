"""What the bot says by itself: who, when and why, and the button that ends it."""

from dataclasses import replace
from datetime import timedelta
from typing import cast

from core.answers import ShowReport
from core.inspection.findings import Verdict
from core.operations import OperationId
from core.plans import SwitchNightly
from core.schedules.reminders import Reminders
from core.schedules.schedule import ScheduleName, Slot
from core.schedules.slots import KnownSlot, SlotState
from core.schedules.staleness import Stale, StalenessReport
from core.schedules.switched_off import SwitchedOff
from handlers.blocks.card import Card, Mark
from handlers.blocks.reminders import (
    card_of_failure,
    card_of_reminders,
    card_of_staleness,
    with_lateness,
)
from handlers.blocks.slack import to_slack
from handlers.blocks.text import to_text
from sandbox.slack.block_kit.blocks import Surface
from sandbox.slack.limits import check_blocks
from tests.core.small_desk import NOW
from tests.handlers.blocks.operation_samples import OPERATIONS, PROPOSAL

SYNC = cast("ShowReport", OPERATIONS["show"]).operation
PAUSE = replace(
    SYNC,
    plan=replace(
        SYNC.plan, verb="pause", summary="Pause tabular-nightly.", steps=(SwitchNightly(False),)
    ),
)
DISABLE = replace(SYNC, id=OperationId("disable-k3f9q2"), plan=PROPOSAL.plan)
ROLLBACK = replace(SYNC, plan=replace(SYNC.plan, verb="rollback"))
OFF = SwitchedOff(PAUSE, NOW - timedelta(days=2))
DISABLED = replace(OFF, operation=DISABLE)
SLOT = KnownSlot(Slot(ScheduleName.WEEKLY_REPORT, NOW), SlotState.RUNNING)


def read(card: Card) -> str:
    """Return what a card says, once Slack would show it."""
    assert check_blocks(to_slack(card).blocks, Surface.MESSAGE) == []
    return to_text(card, width=400)


def test_a_reminder_says_who_when_and_why_with_a_button_for_each() -> None:
    """The buttons are whole commands; what is on again has none."""
    both = card_of_reminders(Reminders(NOW, OFF, DISABLED))
    said = read(both)
    assert "The nightly sync is paused and the shared volume is off." in said
    assert "paused for 2 d, since 2026-11-21 09:00 UTC, by sync-k3f9q2 of Ada." in said
    assert "Pause tabular" not in said, "the row says already what is off"
    assert "by disable-k3f9q2 of Ada. Reason: <!channel> is slow" in said
    assert [one.value for one in both.buttons] == ["resume nightly", "enable"]
    volume = card_of_reminders(Reminders(NOW, None, DISABLED))
    assert [one.value for one in volume.buttons] == ["enable"]
    assert "nightly" not in read(volume)


def test_a_pause_that_protects_a_rollback_is_reminded_of_without_a_button() -> None:
    """It says what lifting it would undo, and when to lift it."""
    card = card_of_reminders(Reminders(NOW, replace(OFF, operation=ROLLBACK), None))
    said = read(card)
    assert "the nightly sync is paused" in said.lower()
    assert "of Ada: Start" in said, "what paused it meant to do something else"
    assert "and so undo the rollback" in said
    assert "Leave it so; run /cache resume nightly once newer models are wanted." in said
    assert card.buttons == ()


def test_what_is_stale_has_its_next_step_and_its_button_once() -> None:
    """What could not be looked at is told apart."""
    stale = Stale("Alerts", Verdict.WARNING, "Two differ.", "Run /cache health.", "health")
    unknown = Stale("Inventory", Verdict.UNKNOWN, "No answer.", "")
    card = card_of_staleness(StalenessReport(NOW, (stale, replace(stale, title="X"), unknown)))
    said = read(card)
    assert "2 things nobody may have noticed. 1 thing could not be looked at." in said
    assert "[warning] Alerts: Two differ." in said
    assert "[unknown] Inventory: No answer." in said
    assert [one.value for one in card.buttons] == ["health"]
    blind = card_of_staleness(StalenessReport(NOW, (unknown,)))
    assert blind.mark is Mark.UNKNOWN
    assert blind.headline == ("1 thing could not be looked at.",)


def test_what_did_not_go_out_says_why_and_whether_it_still_may() -> None:
    """By when it was due."""
    card = card_of_failure(SLOT, "The cloud is away.", final=False)
    assert card.mark is Mark.WAITING
    assert "due 2026-11-23 09:00 UTC did not go out: The cloud is away. I go on" in read(card)
    assert card_of_failure(SLOT, "x", final=True).mark is Mark.FAILED


def test_what_is_in_time_says_nothing_of_lateness() -> None:
    """Of missed ones it does."""
    card = Card("Report", Mark.OK, ("All is well.",))
    assert with_lateness(card, timedelta(), "") == card
    assert "Late by 3 h." in read(with_lateness(card, timedelta(hours=3), ""))
    missed = read(with_lateness(card, timedelta(), "Mon 09:00"))
    assert "Missed before it, and not made up for: Mon 09:00." in missed
    assert "Late" not in missed
