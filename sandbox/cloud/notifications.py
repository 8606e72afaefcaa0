"""What Monitoring's notification channels say of an incident: version 1.2, and the test.

Source: cloud.google.com/monitoring/support/notification-options, "Webhooks"
"""

from collections.abc import Mapping
from typing import Any

from google.cloud import monitoring_v3
from google.protobuf.json_format import MessageToDict  # type: ignore[import-untyped]

from sandbox.cloud.place import Place
from sandbox.cloud.policies import Incident

_CONSOLE = "https://console.cloud.google.com/monitoring/alerting/incidents"
_RESOURCE_TYPES = {
    "cloud_run_revision": ("Cloud Run Revision", "service_name"),
    "cloud_run_job": ("Cloud Run Job", "job_name"),
    "gcs_bucket": ("GCS Bucket", "bucket_name"),
}


def notification(incident: Incident, place: Place) -> dict[str, Any]:
    """Return what is sent when an incident opens, closes, or is told of again."""
    policy, subject = incident.policy, incident.subject
    condition = policy.conditions[0]
    kind, key = _RESOURCE_TYPES.get(subject.resource_type, (subject.resource_type, ""))
    name = subject.resource_labels.get(key, "")
    threshold = _threshold(condition)
    observed = None if incident.observed_value is None else f"{incident.observed_value:.3f}"
    labels = _listed(subject.resource_labels)
    resource = {"type": subject.resource_type, "labels": dict(subject.resource_labels)}
    return {
        "version": "1.2",
        "incident": {
            "incident_id": incident.id,
            "scoping_project_id": place.project,
            "scoping_project_number": 123456789012,
            "url": f"{_CONSOLE}/{incident.id}?project={place.project}",
            "severity": _severity(policy),
            "started_at": int(incident.opened.timestamp()),
            "ended_at": None if incident.closed is None else int(incident.closed.timestamp()),
            "state": "open" if incident.closed is None else "closed",
            "resource_id": "",
            "resource_name": f"{place.project} {kind} labels {{{labels}}}",
            "resource_display_name": name,
            "resource_type_display_name": kind,
            "resource": resource,
            "metric": {"type": subject.metric_type, "displayName": "", "labels": {}},
            "metadata": {"system_labels": {}, "user_labels": {}},
            "policy_name": policy.display_name,
            "policy_user_labels": dict(policy.user_labels),
            "condition_name": condition.display_name,
            "threshold_value": threshold,
            "observed_value": observed,
            "condition": MessageToDict(monitoring_v3.AlertPolicy.Condition.pb(condition)),
            "documentation": {
                "content": policy.documentation.content,
                "mime_type": policy.documentation.mime_type,
                "subject": f"[ALERT] {policy.display_name}",
            },
            "summary": f"{condition.display_name} for {name}: the value is {observed}, "
            f"the threshold {threshold}.",
        },
    }


def example_notification(place: Place) -> dict[str, Any]:
    """Return what the console's button "Send test notification" sends: another form."""
    return {
        "version": "test",
        "incident": {
            "incident_id": "12345",
            "scoping_project_id": place.project,
            "scoping_project_number": 12345,
            "url": f"{_CONSOLE}/12345?project={place.project}",
            "started_at": 0,
            "ended_at": 0,
            "state": "OPEN",
            "resource_id": "",
            "resource_name": "Example resource",
            "resource_display_name": "Example Resource",
            "resource": {"type": "example_resource", "labels": {"example": "label"}},
            "metric": {"type": "test.googleapis.com/metric", "displayName": "Test Metric"},
            "metadata": {"system_labels": {"example": "label"}, "user_labels": {}},
            "policy_name": "projects/12345/alertPolicies/12345",
            "policy_user_labels": {"example": "label"},
            "documentation": "Test documentation",
            "condition": {"name": "projects/12345/alertPolicies/12345/conditions/12345"},
            "condition_name": "Example condition",
            "threshold_value": "0.9",
            "observed_value": "0.95",
            "summary": "Example summary",
        },
    }


def _threshold(condition: Any) -> str | None:
    """Return the threshold as text; a PromQL query has it at its end."""
    if condition.condition_threshold.filter:
        return f"{condition.condition_threshold.threshold_value:.15g}"
    query = condition.condition_prometheus_query_language.query
    return query.rpartition("<")[2].strip() or None


def _severity(policy: Any) -> str:
    severity = policy.severity
    if severity == monitoring_v3.AlertPolicy.Severity.SEVERITY_UNSPECIFIED:
        return "No severity"
    return str(severity.name).capitalize()


def _listed(labels: Mapping[str, str]) -> str:
    return ", ".join(f"{name}={value}" for name, value in sorted(labels.items()))
