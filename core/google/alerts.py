"""Cloud Monitoring's alert policies of this cache, and the incidents under them."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime
from typing import Any
from urllib.parse import quote

import requests
from google.api_core import exceptions as api
from google.api_core.retry import Retry
from google.cloud import monitoring_v3

from core.alerts.monitored_resources import resource_of
from core.deployment import Deployment
from core.errors import Unavailable
from core.google.errors import Asked, asking
from core.google.patience import (
    ATTEMPT_SECONDS,
    HTTP_ATTEMPT_SECONDS,
    HTTP_READ_RETRY,
    READ_RETRY,
)
from core.google.times import moment_of
from core.signals import AlertPolicy, Incident

_CONSOLE = "https://console.cloud.google.com/monitoring/alerting/incidents"
_PAGE_SIZE = 1000
_MOST_PAGES = 5


class Alerts:
    """Reads policies over gRPC, incidents over REST. Safe to share between threads."""

    def __init__(
        self,
        policies: monitoring_v3.AlertPolicyServiceClient,
        session: requests.Session,
        url: str,
        deployment: Deployment,
    ) -> None:
        self._policies = policies
        self._session = session
        self._project = deployment.project
        self._url = f"{url}/v3/projects/{deployment.project}/alerts"
        self._deployment = deployment

    def alert_policies(self) -> Sequence[AlertPolicy]:
        """List the policies whose name or `service` label fits the deployment's pattern.

        Filtered here: how a regular expression is written in Monitoring's own filters is not
        documented for policies.
        """
        request = monitoring_v3.ListAlertPoliciesRequest(
            name=f"projects/{self._project}", page_size=_PAGE_SIZE
        )
        asked = Asked("list", "alert policies of the project", "monitoring.alertPolicies.list")
        with asking(asked):
            listed = list(
                self._policies.list_alert_policies(
                    request, timeout=ATTEMPT_SECONDS, retry=READ_RETRY
                )
            )
        return [
            policy_of(message)
            for message in listed
            if self._watches(message.display_name, message.user_labels)
        ]

    def open_incidents(self) -> Sequence[Incident]:
        """List the open incidents of those policies, newest first.

        The client library has no class for them; the method is projects.alerts.list
        (cloud.google.com/monitoring/api/ref_v3/rest/v3/projects.alerts).
        """
        asked = Asked("list", "open incidents of the project", "monitoring.alerts.list")
        with asking(asked):
            listed = self._listed('state="OPEN"', "open_time desc")
        found = self._ours(listed)
        return sorted(found, key=lambda incident: incident.opened_at, reverse=True)

    def closed_incidents(self, since: datetime) -> Sequence[Incident]:
        """List those of their incidents that closed since then, the last one first.

        Asked for by state and order alone, and cut here: that a closing time can be filtered by
        is not documented.
        """
        asked = Asked("list", "closed incidents of the project", "monitoring.alerts.list")
        with asking(asked):
            listed = self._listed('state="CLOSED"', "close_time desc", pages=1)
        return [one for one in self._ours(listed) if one.closed_at and one.closed_at >= since]

    def incident(self, identity: str) -> Incident:
        """Read one incident of any policy. Raises NotFound where there is none."""
        asked = Asked("read", f"incident {identity[:80]}", "monitoring.alerts.get")
        with asking(asked):
            alert = HTTP_READ_RETRY(self._get)(f"{self._url}/{quote(identity, safe='')}", {})
        with _readable():
            return _incident(alert, self._project)

    def _ours(self, listed: Sequence[Mapping[str, Any]]) -> list[Incident]:
        with _readable():
            return [
                _incident(alert, self._project)
                for alert in listed
                if self._watches(_policy_name(alert), _policy(alert).get("userLabels"))
            ]

    def _watches(self, display_name: str, labels: Mapping[str, str] | None) -> bool:
        return self._deployment.watches(display_name, (labels or {}).get("service", ""))

    def _listed(self, wanted: str, order: str, pages: int = _MOST_PAGES) -> list[Mapping[str, Any]]:
        get: Retry = HTTP_READ_RETRY
        found: list[Mapping[str, Any]] = []
        parameters: dict[str, str | int] = {
            "filter": wanted,
            "orderBy": order,
            "pageSize": _PAGE_SIZE,
        }
        for _ in range(pages):
            page = get(self._get)(self._url, parameters)
            found += page.get("alerts") or []
            token = page.get("nextPageToken")
            if not token:
                break
            parameters["pageToken"] = token
        return found

    def _get(self, url: str, parameters: Mapping[str, str | int]) -> Mapping[str, Any]:
        reply = self._session.get(url, params=parameters, timeout=HTTP_ATTEMPT_SECONDS)
        if not reply.ok:
            raise api.from_http_response(reply)  # type: ignore[no-untyped-call]  # Google's
        page = reply.json()
        return page if isinstance(page, dict) else {}


@contextmanager
def _readable() -> Iterator[None]:
    """Tell an answer in an unknown form from a mistake of ours."""
    try:
        yield
    except (AttributeError, KeyError, TypeError, ValueError) as exc:
        raise Unavailable(
            "Cloud Monitoring sent incidents in a form that the bot does not know.",
            "Look at the incidents in the console.",
        ) from exc


def policy_of(message: monitoring_v3.AlertPolicy) -> AlertPolicy:
    """Read a policy; `problem` is why Monitoring holds it to be invalid, so that it never fires."""
    validity, conditions = message.validity, message.conditions
    return AlertPolicy(
        name=message.name,
        display_name=message.display_name,
        enabled=message.enabled,
        problem=validity.message or "Monitoring calls it invalid." if validity.code else "",
        condition=conditions[0].display_name if len(conditions) == 1 else "",
    )


def _incident(alert: Mapping[str, Any], project: str) -> Incident:
    name = str(alert["name"])
    identity = quote(name.rsplit("/", 1)[-1], safe="")
    return Incident(
        name=name,
        policy_name=_policy_name(alert),
        opened_at=moment_of(datetime.fromisoformat(alert["openTime"])),
        url=f"{_CONSOLE}/{identity}?project={quote(project, safe='')}",
        closed_at=_closed_at(alert),
        severity=str(_policy(alert).get("severity") or "").lower(),
        resource=resource_of((alert.get("resource") or {}).get("labels") or {}),
        policy=str(_policy(alert).get("name") or ""),
    )


def _closed_at(alert: Mapping[str, Any]) -> datetime | None:
    """Return when it closed; one that is closed without a time closed when it opened."""
    if alert.get("state") != "CLOSED":
        return None
    return moment_of(datetime.fromisoformat(alert.get("closeTime") or alert["openTime"]))


def _policy(alert: Mapping[str, Any]) -> Mapping[str, Any]:
    return alert.get("policy") or {}


def _policy_name(alert: Mapping[str, Any]) -> str:
    policy = _policy(alert)
    return str(policy.get("displayName") or policy.get("name") or "")
