"""A stage for diagnoses: a pretend cloud after a week of syncs, and incidents about it."""

from dataclasses import dataclass, replace
from datetime import timedelta

from core.alerts.causes import Diagnosis
from core.alerts.causes_of.facts import Case
from core.alerts.diagnose import WITHIN, diagnose
from core.alerts.incidents import IncidentId, IncidentState, KnownIncident, Notice, Source, Subject
from core.desk import Desk
from core.google.google_cloud import GoogleCloud
from core.operations import Operation
from core.snapshot import Snapshot
from core.store.database import Database
from sandbox.cloud.cloud import PretendCloud
from sandbox.cloud.deployment import JOB
from sandbox.cloud.project import Project
from sandbox.cloud.run_state import short_name
from tests.core.google.conftest import deployment_of
from tests.core.small_desk import Watch, desk_on

PERSON = "dana@example.com"
POLICIES = {
    Subject.HIT_RATE: "Tabular Low Cache Hit Rate",
    Subject.SYNC_FAILURES: "Tabular Sync Job Failures",
    Subject.USAGE: "Tabular High Bucket Usage",
    Subject.OTHER: "Tabular latency",
}


@dataclass(frozen=True, slots=True)
class Stage:
    """The pretend cloud, the adapters connected to it, and a desk."""

    pretend: PretendCloud
    desk: Desk

    @property
    def project(self) -> Project:
        """What can be broken."""
        return self.pretend.project

    def diagnose(self, subject: Subject, within: timedelta = WITHIN) -> Diagnosis:
        """Diagnose an incident that opens now."""
        return diagnose(self.incident(subject), self.desk.cloud, self.desk, within)

    def incident(self, subject: Subject) -> KnownIncident:
        """Return an incident that opens now."""
        now = self.project.clock.now()
        notice = Notice(
            IncidentId("0.abc"),
            IncidentState.OPEN,
            POLICIES[subject],
            Source.WEBHOOK,
            opened_at=now,
        )
        return KnownIncident(notice, subject, IncidentState.OPEN, now, now)

    def case(self, subject: Subject, *operations: Operation) -> Case:
        """Return what a diagnosis is made from, with operations of the bot's own."""
        return Case(
            self.incident(subject),
            Snapshot(self.desk.cloud),
            self.desk.deployment,
            self.desk.expectations,
            {},
            operations,
            self.project.clock.now(),
            WITHIN,
        )

    def sync(self, times: int = 1) -> str:
        """Run executions of the job as it is now, to their end; return the last one's name."""
        job = self.project.state.job(JOB)
        names = [
            short_name(self.project.executions.live_through(job, PERSON)) for _ in range(times)
        ]
        return names[-1]


def stage_on(pretend: PretendCloud, cloud: GoogleCloud, database: Database) -> Stage:
    """Put a desk before the adapters, with the pretend cloud's clock."""
    desk = desk_on(database, cloud, None, Watch())
    now = pretend.project.clock.now
    return Stage(pretend, replace(desk, deployment=deployment_of(pretend), clock=now))
