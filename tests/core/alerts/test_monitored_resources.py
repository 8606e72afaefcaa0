"""Properties of naming resources: two are told apart, and one keeps its name."""

from core.alerts.monitored_resources import resource_of

SERVICE = {"service_name": "tabular", "location": "europe-west1", "project_id": "prod"}


def test_a_service_is_the_same_in_each_revision_and_another_in_each_project() -> None:
    """What Monitoring displays may name either, so labels come first."""
    assert resource_of(SERVICE) == "tabular, europe-west1, prod"
    revised = SERVICE | {"revision_name": "tabular-00007-abc"}
    assert resource_of(revised, "tabular-00007-abc") == resource_of(SERVICE)
    assert resource_of(SERVICE | {"project_id": "staging"}) != resource_of(SERVICE)


def test_what_has_no_name_is_not_named() -> None:
    """A place alone names nothing; what Monitoring displays does."""
    assert resource_of({}) == resource_of({"project_id": "prod"}) == ""
    assert resource_of({"project_id": "prod"}, "Wiki disk") == "Wiki disk, prod"
