"""The settings of alerts: strict, silent about passwords, and off unless they are set."""

import pytest

from core.alerts.subjects import Subjects
from core.google.push_tokens import GOOGLE_CERTIFICATES, Pusher
from tests.bot.least import LEAST, problems_of, read

PASSWORD = "a-password-that-is-long-enough"  # noqa: S105 - of this test only
ACCOUNT = "alerts-push@my-project.iam.gserviceaccount.com"


def test_nothing_is_taken_unless_it_is_configured() -> None:
    """No credentials and no audience, no problem; patterns are those of the core."""
    settings = read()
    assert settings.alert_users() == ()
    assert settings.pusher() is None
    assert settings.subjects() == Subjects()


def test_several_credentials_are_read_and_hidden() -> None:
    """Two passwords while one is changed; both are secrets of the log's, neither is shown."""
    settings = read(CACHEBOT_ALERT_CREDENTIALS=f"one:{PASSWORD}, two:{PASSWORD}:2")
    assert settings.alert_users() == (("one", PASSWORD), ("two", f"{PASSWORD}:2"))
    assert {PASSWORD, f"{PASSWORD}:2"} <= set(settings.secrets())
    assert PASSWORD not in repr(settings)


@pytest.mark.parametrize("value", ["monitoring", f":{PASSWORD}", "a:short", f"a b:{PASSWORD}"])
def test_wrong_credentials_are_told_without_repeating_them(value: str) -> None:
    """The sentence says what is wanted, never what was given."""
    (problem,) = problems_of({**LEAST, "CACHEBOT_ALERT_CREDENTIALS": value})
    assert problem.startswith("CACHEBOT_ALERT_CREDENTIALS must")
    assert value not in problem


def test_a_push_subscription_needs_both_halves() -> None:
    """An audience without an account would let every account of Google's in."""
    audience = {"CACHEBOT_PUBSUB_AUDIENCE": "https://bot.example"}
    account = {"CACHEBOT_PUBSUB_ACCOUNT": ACCOUNT}
    (missing,) = problems_of({**LEAST, **audience})
    assert "without CACHEBOT_PUBSUB_ACCOUNT" in missing
    (missing,) = problems_of({**LEAST, **account})
    assert "without CACHEBOT_PUBSUB_AUDIENCE" in missing
    pusher = read(**audience, **account).pusher()
    assert pusher == Pusher("https://bot.example", ACCOUNT, GOOGLE_CERTIFICATES)


@pytest.mark.parametrize("address", ["http://example.com/certs", "ftp://x", "certs"])
def test_certificates_come_by_a_way_that_nobody_can_change(address: str) -> None:
    """Whoever answers there decides who may push."""
    (problem,) = problems_of({**LEAST, "CACHEBOT_PUBSUB_CERTIFICATES": address})
    assert "must be an https address" in problem
