"""The doors of alerts: who may come in, what each hears, and that 200 means kept."""

import base64
import json
import logging
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import create_engine
from werkzeug.test import Client, TestResponse

from bot.alert_web import AlertDoor
from bot.plain_http import MOST_BODY_BYTES
from bot.web import Front, create_web
from core.alerts.incidents import IncidentId, IncidentState, KnownIncident, Source
from core.alerts.intake import Intake
from core.google.push_tokens import Pusher, PushTokens
from core.store.database import Database, open_database
from core.store.incidents import IncidentStore
from sandbox.cloud.http_server import HttpServer
from sandbox.cloud.push_identity import CERTIFICATES, PushIdentity, blueprint
from tests.bot.small_bot import SIGNING_SECRET, bolt_app
from tests.core.alerts.test_notices import INCIDENT, TEST

OLD, NEW = ("monitoring", "the-old-password-of-tests"), ("monitoring", "the-new-password-of-tests")
AUDIENCE = "https://cachebot.example/alerts/pubsub"
ACCOUNT = "alerts-push@my-project.iam.gserviceaccount.com"
NOTICE = json.dumps({"version": "1.2", "incident": INCIDENT}).encode()
ID = IncidentId(INCIDENT["incident_id"])
NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)


@pytest.fixture(scope="module")
def identity() -> Iterator[tuple[PushIdentity, str]]:
    """A key of our own, and the address of the page that has its certificate."""
    made = PushIdentity()
    app = Flask("certificates")
    app.register_blueprint(blueprint(made))
    server = HttpServer(app)
    server.start()
    yield made, f"{server.url}{CERTIFICATES}"
    server.stop()


class Door:
    """The web side with both doors open, and what came in by them."""

    def __init__(self, database: Database, tokens: PushTokens | None = None) -> None:
        self.woken: list[None] = []
        self.store = IncidentStore(database)
        intake = Intake(self.store, lambda: NOW, changed=lambda: self.woken.append(None))
        alerts = AlertDoor(intake, (OLD, NEW), tokens)
        self.client = Client(create_web(Front(None, "", tuple, alerts)))

    def post(
        self, body: bytes = NOTICE, authorization: str = "", path: str = "/alerts/google"
    ) -> TestResponse:
        """Post a body, by default a notice."""
        headers = {"Authorization": authorization} if authorization else {}
        return self.client.post(path, data=body, headers=headers, content_type="application/json")

    def known(self) -> KnownIncident | None:
        """Return what is known of the notice's incident."""
        return self.store.get(ID)


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    """An empty database."""
    opened = open_database(f"sqlite:///{tmp_path / 'bot.sqlite'}")
    yield opened
    opened.close()


@pytest.fixture
def door(database: Database, identity: tuple[PushIdentity, str]) -> Door:
    """Both doors, open."""
    return Door(database, PushTokens(Pusher(AUDIENCE, ACCOUNT, identity[1])))


def basic(user: str, password: str) -> str:
    """Return the header of basic authentication."""
    return f"Basic {base64.b64encode(f'{user}:{password}'.encode()).decode()}"


def pushed(data: bytes = NOTICE, message_id: str = "1") -> bytes:
    """Wrap a body as Pub/Sub does."""
    message = {"data": base64.b64encode(data).decode(), "messageId": message_id, "attributes": {}}
    return json.dumps({"message": message, "subscription": "projects/p/subscriptions/s"}).encode()


def test_a_webhook_is_asked_for_its_password(door: Door) -> None:
    """Monitoring gives it only to a server that answers 401 with a challenge."""
    answer = door.post()
    assert answer.status_code == 401
    assert answer.headers.getlist("WWW-Authenticate") == [
        'Basic realm="cachebot alerts", charset="UTF-8"',
        "Bearer",
    ]
    assert door.known() is None


def test_asking_for_the_password_is_no_warning(
    door: Door, caplog: pytest.LogCaptureFixture
) -> None:
    """Each good webhook begins with it; a wrong password is one, and so is a push without token."""
    caplog.set_level(logging.INFO)
    assert door.post().status_code == 401
    assert [one.levelname for one in caplog.records] == ["INFO"]
    assert "for a name and a password" in caplog.text
    assert door.post(authorization=basic("monitoring", "another-one")).status_code == 401
    assert door.post(path="/alerts/pubsub").status_code == 401
    assert [one.levelname for one in caplog.records] == ["INFO", "WARNING", "WARNING"]


@pytest.mark.parametrize("pair", [OLD, NEW])
def test_each_password_opens_while_it_is_changed(door: Door, pair: tuple[str, str]) -> None:
    """Two are good at the same time, so that none is missed between them."""
    assert door.post(authorization=basic(*pair)).status_code == 200
    known = door.known()
    assert known is not None
    assert known.state is IncidentState.OPEN
    assert known.notice.source is Source.WEBHOOK
    assert door.woken == [None]


@pytest.mark.parametrize(
    "authorization",
    [
        basic("monitoring", "another-password-of-tests"),
        basic("somebody", OLD[1]),
        basic("", ""),
        basic("monitoring", "пароль"),
        "Basic",
        "Basic not-base64!",
        "Basic ====",
        "Digest x",
        "Bearer",
        "Bearer a.b.c",
        f"Bearer {'x' * 5000}",
    ],
)
def test_whoever_proves_nothing_is_asked_again(door: Door, authorization: str) -> None:
    """Wrong is wrong, in whichever way, and leaves nothing behind."""
    answer = door.post(authorization=authorization)
    assert answer.status_code == 401
    assert "WWW-Authenticate" in answer.headers
    assert door.known() is None
    assert door.woken == []


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (b"", 400),
        (b"{", 400),
        (b"\xff\xfe", 400),
        (b"[" * 100_000, 400),
        (b"[]", 400),
        (b'{"incident": {}}', 400),
        (b'{"incident": {"incident_id": "' + b"x" * MOST_BODY_BYTES + b'"}}', 413),
    ],
)
def test_what_nobody_can_read_is_refused(door: Door, body: bytes, status: int) -> None:
    """A mistake of the sender is told as one, and the next notice gets in."""
    assert door.post(body, basic(*NEW)).status_code == status
    assert door.woken == []
    assert door.post(authorization=basic(*NEW)).status_code == 200


def test_the_consoles_test_is_taken(door: Door) -> None:
    """Its form differs, and it is what a person sees first."""
    assert door.post(json.dumps(TEST).encode(), basic(*NEW)).status_code == 200
    (known,) = door.store.open()
    assert known.notice.test


def test_a_repeat_is_counted_and_wakes(door: Door) -> None:
    """A reminder is told on the incident's message."""
    for _ in range(3):
        assert door.post(authorization=basic(*NEW)).status_code == 200
    known = door.known()
    assert known is not None
    assert known.notices == 3
    assert len(door.woken) == 3


@pytest.mark.parametrize("path", ["/alerts/google", "/alerts/pubsub"])
def test_a_push_gets_in_by_its_token(
    door: Door, identity: tuple[PushIdentity, str], path: str
) -> None:
    """Signed by the key whose certificate is there, for us, by the account that was agreed."""
    token = f"Bearer {identity[0].token(ACCOUNT, AUDIENCE)}"
    assert door.post(pushed(), token, path).status_code == 200
    known = door.known()
    assert known is not None
    assert known.notice.source is Source.PUBSUB


def test_a_message_that_comes_again_is_not_counted(
    door: Door, identity: tuple[PushIdentity, str]
) -> None:
    """Pub/Sub delivers at least once; the id of the message tells."""
    token = f"Bearer {identity[0].token(ACCOUNT, AUDIENCE)}"
    for message_id in ("1", "1", "2", "1"):
        assert door.post(pushed(message_id=message_id), token).status_code == 200
    known = door.known()
    assert known is not None
    assert known.notices == 2


@pytest.mark.parametrize(
    "claims",
    [
        {"aud": "https://somebody.example"},
        {"email": "somebody@my-project.iam.gserviceaccount.com"},
        {"email": ACCOUNT.upper()},
        {"email_verified": False},
        {"email_verified": "true"},
        {"iss": "https://accounts.example.com"},
        {"exp": 1_600_000_000, "iat": 1_599_999_000},
        {"iat": int(time.time()) + 3600, "exp": int(time.time()) + 7200},
        {"exp": "never"},
    ],
)
def test_a_token_that_is_not_quite_right_is_none(
    door: Door, identity: tuple[PushIdentity, str], claims: dict[str, Any]
) -> None:
    """Audience, account, whether it is verified, issuer and times: each alone decides."""
    token = identity[0].token(ACCOUNT, AUDIENCE, **claims)
    assert door.post(pushed(), f"Bearer {token}").status_code == 401
    assert door.known() is None


def test_a_token_of_another_key_is_none(door: Door) -> None:
    """Anybody can write claims."""
    token = PushIdentity().token(ACCOUNT, AUDIENCE)
    assert door.post(pushed(), f"Bearer {token}").status_code == 401


def test_a_push_that_never_can_be_read_is_not_asked_for_again(
    door: Door, identity: tuple[PushIdentity, str]
) -> None:
    """Pub/Sub would bring it for days; it is logged and let go. What is no push is refused."""
    token = f"Bearer {identity[0].token(ACCOUNT, AUDIENCE)}"
    for data in (b"", b"{", b"[]", b'{"incident": {}}'):
        assert door.post(pushed(data), token).status_code == 200
    for body in (b"{", b"[]", NOTICE, b'{"message": {"data": 7}}'):
        assert door.post(body, token).status_code == 400
    assert door.woken == []


def test_without_a_database_it_has_to_come_again(
    identity: tuple[PushIdentity, str], tmp_path: Path
) -> None:
    """What is not kept is not acknowledged, by either door."""
    url = f"sqlite:///{tmp_path / 'nowhere' / 'bot.sqlite'}"
    away = Database(url, create_engine(url), None)
    door = Door(away, PushTokens(Pusher(AUDIENCE, ACCOUNT, identity[1])))
    token = f"Bearer {identity[0].token(ACCOUNT, AUDIENCE)}"
    for answer in (door.post(authorization=basic(*NEW)), door.post(pushed(), token)):
        assert answer.status_code == 503
        assert answer.headers["Retry-After"] == "10"
    assert door.woken == []


def test_without_certificates_it_has_to_come_again(
    database: Database, identity: tuple[PushIdentity, str]
) -> None:
    """A token of which nothing is known is neither good nor bad."""
    nowhere = "http://127.0.0.1:1/certs"
    door = Door(database, PushTokens(Pusher(AUDIENCE, ACCOUNT, nowhere)))
    token = f"Bearer {identity[0].token(ACCOUNT, AUDIENCE)}"
    assert door.post(pushed(), token).status_code == 503


def test_where_nothing_is_configured_there_is_no_door(database: Database) -> None:
    """Nobody is asked for a password that does not exist."""
    alerts = AlertDoor(Intake(IncidentStore(database), lambda: NOW))
    client = Client(create_web(Front(None, "", tuple, alerts)))
    answer = client.post("/alerts/google", data=NOTICE)
    assert answer.status_code == 404
    assert "not configured" in answer.text
    assert "WWW-Authenticate" not in answer.headers


def test_slack_and_monitoring_come_in_at_the_same_server(database: Database) -> None:
    """Over HTTP both have their doors, and neither takes the other's."""
    alerts = AlertDoor(Intake(IncidentStore(database), lambda: NOW), (OLD,))
    client = Client(create_web(Front(bolt_app(), SIGNING_SECRET, tuple, alerts)))
    assert client.post("/slack/events", data=b"").status_code == 401
    answer = client.post("/alerts/google", data=NOTICE)
    assert answer.status_code == 401
    assert "WWW-Authenticate" in answer.headers
