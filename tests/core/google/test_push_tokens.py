"""Google's certificates: fetched once for many tokens, again when old, and never by a flood."""

import socket
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import flask
import pytest

from core.errors import CloudError, NotAllowed
from core.google.push_tokens import Pusher, PushTokens
from sandbox.cloud.http_server import HttpServer
from sandbox.cloud.push_identity import PushIdentity

AUDIENCE, ACCOUNT = "https://cachebot.example", "push@my-project.iam.gserviceaccount.com"


class Page:
    """A page of certificates that counts its visitors, and may be broken."""

    def __init__(self) -> None:
        self.identity = PushIdentity()
        self.visits = 0
        self.status = 200
        app = flask.Flask("certificates")
        app.add_url_rule("/certs", view_func=self.answer)
        self.server = HttpServer(app)

    def answer(self) -> flask.Response:
        """Answer with what may be kept for two minutes."""
        self.visits += 1
        answer = flask.jsonify(self.identity.certificates)
        answer.status_code = self.status
        answer.headers["Cache-Control"] = "public, max-age=120"
        return answer


@pytest.fixture
def page() -> Iterator[Page]:
    """The page, served."""
    made = Page()
    made.server.start()
    yield made
    made.server.stop()


def test_certificates_are_kept_as_long_as_their_page_says(page: Page) -> None:
    """A push costs no call to Google; an old certificate is asked for again."""
    clock = [0.0]
    pusher = Pusher(AUDIENCE, ACCOUNT, f"{page.server.url}/certs")
    tokens = PushTokens(pusher, lambda: clock[0])
    token = page.identity.token(ACCOUNT, AUDIENCE)
    for at, visits in ((0.0, 1), (1.0, 1), (119.0, 1), (120.0, 2), (239.0, 2)):
        clock[0] = at
        tokens.check(token)
        assert page.visits == visits


def test_a_broken_page_is_not_kept(page: Page) -> None:
    """It says nothing about the token, and a little later the page is asked again."""
    clock = [0.0]
    tokens = PushTokens(Pusher(AUDIENCE, ACCOUNT, f"{page.server.url}/certs"), lambda: clock[0])
    token = page.identity.token(ACCOUNT, AUDIENCE)
    page.status = 500
    with pytest.raises(CloudError):
        tokens.check(token)
    page.status, clock[0] = 200, 10.0
    tokens.check(token)


@pytest.mark.parametrize("token", ["", "garbage", "a.b", "a.b.c.d", "..", "a..c"])
def test_what_is_no_token_costs_no_call(page: Page, token: str) -> None:
    """Anybody may send anything, and nobody is to make the bot call Google by it."""
    tokens = PushTokens(Pusher(AUDIENCE, ACCOUNT, f"{page.server.url}/certs"))
    with pytest.raises(NotAllowed):
        tokens.check(token)
    assert page.visits == 0


def test_old_certificates_are_good_while_there_are_no_new_ones(page: Page) -> None:
    """Google gives notice of its keys for days, so an outage of an hour refuses no alert."""
    clock = [0.0]
    tokens = PushTokens(Pusher(AUDIENCE, ACCOUNT, f"{page.server.url}/certs"), lambda: clock[0])
    token = page.identity.token(ACCOUNT, AUDIENCE)
    tokens.check(token)
    page.status = 500
    for at, visits in ((3600.0, 2), (3609.0, 2), (3611.0, 3)):
        clock[0] = at
        tokens.check(token)
        assert page.visits == visits
    clock[0] = 2 * 24 * 3600.0
    with pytest.raises(CloudError):
        tokens.check(token)


def test_a_failure_is_remembered_for_some_seconds(page: Page) -> None:
    """While the page is away, a flood of pushes asks for it only now and then."""
    clock = [0.0]
    tokens = PushTokens(Pusher(AUDIENCE, ACCOUNT, f"{page.server.url}/certs"), lambda: clock[0])
    token = page.identity.token(ACCOUNT, AUDIENCE)
    page.status = 500
    for at, visits in ((0.0, 1), (1.0, 1), (9.0, 1), (10.0, 2)):
        clock[0] = at
        with pytest.raises(CloudError):
            tokens.check(token)
        assert page.visits == visits


def test_nobody_waits_behind_somebody_else_who_asks() -> None:
    """A page that is silent costs one push its time, and the others hear at once to come again."""
    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))
        silent.listen(50)
        address = f"http://127.0.0.1:{silent.getsockname()[1]}/certs"
        tokens = PushTokens(Pusher(AUDIENCE, ACCOUNT, address), seconds=1.0)
        token = PushIdentity().token(ACCOUNT, AUDIENCE)

        def refused() -> None:
            with pytest.raises(CloudError):
                tokens.check(token)

        begun = time.monotonic()
        with ThreadPoolExecutor(4) as pool:
            for one in [pool.submit(refused) for _ in range(4)]:
                one.result()
        assert time.monotonic() - begun < 1.9
