"""Google's certificates are fetched once for many tokens, and again when they are old."""

from collections.abc import Iterator

import flask
import pytest

from core.errors import CloudError
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
    """It says nothing about the token, and the next one asks again."""
    tokens = PushTokens(Pusher(AUDIENCE, ACCOUNT, f"{page.server.url}/certs"))
    token = page.identity.token(ACCOUNT, AUDIENCE)
    page.status = 500
    with pytest.raises(CloudError):
        tokens.check(token)
    page.status = 200
    tokens.check(token)
