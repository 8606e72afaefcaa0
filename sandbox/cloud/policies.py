"""The project's alert policies and the incidents that they opened."""

import threading
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from google.cloud import monitoring_v3

from sandbox.clock import Clock
from sandbox.cloud.ids import Ids
from sandbox.cloud.place import Place

# A google.monitoring.v3.AlertPolicy message; the library publishes no types for it.
AlertPolicy = Any


@dataclass(frozen=True, slots=True)
class Subject:
    """What an incident is about: the resource and the metric of its condition."""

    resource_type: str
    resource_labels: Mapping[str, str]
    metric_type: str


@dataclass(frozen=True, slots=True)
class Incident:
    """A violation of a policy, with the policy as it was then; open where `closed` is None."""

    id: str
    policy: AlertPolicy
    subject: Subject
    opened: datetime
    observed_value: float | None = None
    closed: datetime | None = None


class Policies:
    """The policies and incidents; any thread may change them."""

    def __init__(
        self, clock: Clock, place: Place, policies: Iterable[tuple[AlertPolicy, Subject]] = ()
    ) -> None:
        self._clock = clock
        self._place = place
        self._ids = Ids()
        self._policies: dict[str, tuple[AlertPolicy, Subject]] = {}
        self._incidents: dict[str, Incident] = {}
        self._watchers: list[Callable[[Incident], None]] = []
        self._lock = threading.Lock()
        for policy, subject in policies:
            self.put(policy, subject)

    def put(self, policy: AlertPolicy, subject: Subject) -> None:
        """Add a policy, or replace the one of the same name."""
        with self._lock:
            self._policies[str(policy.name)] = (_copy(policy), subject)

    def replace(self, policy: AlertPolicy) -> None:
        """Change a policy that there is, known by its full name."""
        with self._lock:
            _, subject = self._policies[str(policy.name)]
            self._policies[str(policy.name)] = (_copy(policy), subject)

    def remove(self, name: str) -> None:
        """Delete a policy by its full name; its incidents stay."""
        with self._lock:
            del self._policies[name]

    def clear(self) -> None:
        """Delete every policy, as where monitoring was never set up."""
        with self._lock:
            self._policies.clear()

    def all(self) -> list[AlertPolicy]:
        """Return copies of the policies in the order they were added."""
        with self._lock:
            return [_copy(policy) for policy, _ in self._policies.values()]

    def named(self, display_name: str) -> AlertPolicy:
        """Return a copy of the policy that people know by `display_name`."""
        for policy in self.all():
            if policy.display_name == display_name:
                return policy
        raise KeyError(display_name)

    def watch(self, watcher: Callable[[Incident], None]) -> None:
        """Call `watcher(incident)` whenever one has opened or closed, in the thread that did it."""
        self._watchers.append(watcher)

    def open_incident(
        self,
        policy_name: str,
        observed_value: float | None = None,
        at: datetime | None = None,
        labels: Mapping[str, str] | None = None,
    ) -> Incident:
        """Open an incident of a policy; one policy may have several, apart by `labels`."""
        with self._lock:
            policy, subject = self._policies[policy_name]
            told_apart = {**subject.resource_labels, **(labels or {})}
            subject = replace(subject, resource_labels=told_apart)
            incident = Incident(
                id=f"0.{self._ids.suffix(12)}",
                policy=policy,
                subject=subject,
                opened=at or self._clock.now(),
                observed_value=observed_value,
            )
            self._incidents[incident.id] = incident
        self._tell(incident)
        return incident

    def close_incident(self, incident_id: str, at: datetime | None = None) -> Incident:
        """Close an incident; closing it again changes nothing."""
        with self._lock:
            incident = self._incidents[incident_id]
            if incident.closed is not None:
                return incident
            incident = replace(incident, closed=at or self._clock.now())
            self._incidents[incident_id] = incident
        self._tell(incident)
        return incident

    def _tell(self, incident: Incident) -> None:
        for watcher in self._watchers:
            watcher(incident)

    def incidents(self) -> list[Incident]:
        """Return every incident, open and closed, in the order they were opened in."""
        with self._lock:
            return list(self._incidents.values())


def _copy(policy: AlertPolicy) -> AlertPolicy:
    return monitoring_v3.AlertPolicy(policy)
