"""What Monitoring watches, named for people, and so that two of them can be told apart.

The labels of a Cloud Run revision name the revision too: an alert that comes back after a rollout
is about the same service all the same.
Source: cloud.google.com/monitoring/api/resources
"""

from collections.abc import Mapping

_NAMES = ("service_name", "job_name", "bucket_name")
_PLACES = ("location", "project_id")


def resource_of(labels: Mapping[str, object], display_name: str = "") -> str:
    """Name a resource by its labels, such as "tabular-service, europe-west1, my-proj"."""
    name = next((labels[key] for key in _NAMES if labels.get(key)), display_name)
    told = (name, *(labels.get(key) for key in _PLACES))
    return ", ".join(str(one) for one in told if one) if name else ""
