"""Incidents wired up: who tells of them, who looks for those unheard, who diagnoses for whom."""

import logging
from dataclasses import dataclass
from datetime import timedelta

from bot.alert_channel import AlertChannel
from bot.settings import Settings
from core.alerts.abandonment import abandon
from core.alerts.diagnose import diagnose
from core.alerts.intake import Intake
from core.alerts.reconcile import Reconciliation
from core.desk import Desk
from core.errors import CloudError
from core.store.looks import LookStore
from handlers.account import Account
from handlers.incidents import IncidentTeller
from handlers.listener import Listener
from handlers.outbox import Outbox
from handlers.watched import WatchedDoors

_log = logging.getLogger(__name__)

FOLLOW = timedelta(seconds=5)
"""How often it is looked whether something was left untold; notices wake their teller at once."""

RECONCILE = timedelta(minutes=5)
"""How often Monitoring itself is asked what is open."""

FORGET = timedelta(hours=6)
"""How often old messages of Pub/Sub are forgotten, and what nobody will close is closed."""


@dataclass(frozen=True, slots=True)
class Alerting:
    """What the bot does about incidents. Without an alert channel Monitoring is not asked."""

    intake: Intake
    teller: IncidentTeller
    reconciliation: Reconciliation | None
    channel: AlertChannel

    def reconcile(self) -> None:
        """Ask Monitoring what is open; where it does not answer, the next time will do."""
        if self.reconciliation is None:
            return
        try:
            self.reconciliation.look()
        except CloudError as exc:
            _log.warning("incidents could not be reconciled: %s", exc)

    def forget(self) -> None:
        """Forget the messages that can come no more, and close what nobody will."""
        self.intake.forget()
        abandon(self.intake)


def alerting(settings: Settings, desk: Desk, outbox: Outbox) -> Alerting:
    """Make what tells of incidents and what brings them."""
    teller = IncidentTeller(
        desk, outbox, settings.rules(), lambda known: diagnose(known, desk.cloud, desk)
    )
    incidents = desk.records.incidents
    intake = Intake(incidents, desk.clock, settings.subjects(), teller.wake)
    looks = LookStore(incidents.database)
    told = bool(settings.alert_channel)
    reconciliation = Reconciliation(desk.cloud, intake, looks) if told else None
    channel = AlertChannel(outbox.chat, settings.alert_channel)
    return Alerting(intake, teller, reconciliation, channel)


def watched_doors(
    settings: Settings, made: Alerting, listener: Listener, account: Account
) -> WatchedDoors:
    """Make the doors by which other apps' alerts come in."""
    return WatchedDoors(listener, made.intake, account, settings.watched())
