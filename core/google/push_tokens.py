"""The tokens that Pub/Sub sends with a push: signed by Google, for us, by one account."""

import logging
import re
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import requests
from google.auth import jwt
from google.auth.exceptions import GoogleAuthError, TransportError
from google.auth.transport import Request, Response
from google.auth.transport.requests import Request as Session
from google.oauth2 import id_token

from core.errors import NotAllowed
from core.google.errors import Asked, asking

GOOGLE_CERTIFICATES = "https://www.googleapis.com/oauth2/v1/certs"
"""Where Google's certificates are, as google-auth has it too."""

_log = logging.getLogger(__name__)

_ISSUERS = frozenset(("accounts.google.com", "https://accounts.google.com"))
_FETCH_SECONDS = 5.0
_WAIT_SECONDS = 1.0
_REMEMBERED_SECONDS = 10.0
_STALE_SECONDS = 24 * 3600.0
_LEAST_KEPT, _MOST_KEPT = 60, 24 * 3600
_SKEW_SECONDS = 10
_MAX_AGE = re.compile(r"max-age=(\d{1,9})")


@dataclass(frozen=True, slots=True)
class Pusher:
    """Who may push: the audience and the account that are configured in the subscription."""

    audience: str
    account: str
    certificates_url: str = GOOGLE_CERTIFICATES


class PushTokens:
    """Checks tokens. Google's certificates are fetched when they are needed, and kept."""

    def __init__(
        self,
        pusher: Pusher,
        now: Callable[[], float] = time.monotonic,
        seconds: float = _FETCH_SECONDS,
    ) -> None:
        self._pusher = pusher
        session = requests.Session()
        session.trust_env = pusher.certificates_url.startswith("https://")
        self._request = _Kept(Session(session), now, seconds)

    def check(self, token: str) -> None:
        """Return where the token is good.

        Source: cloud.google.com/pubsub/docs/authenticate-push-subscriptions

        Raises:
            NotAllowed: it is not; the message says in which way.
            CloudError: the certificates could not be fetched, so that nothing is known of it.
        """
        asked = Asked("fetch", "certificates of Google's tokens", "nothing")
        with asking(asked):
            claims = self._claims(token)
        if claims.get("iss") not in _ISSUERS:
            raise NotAllowed("The token was not issued by Google.")
        if claims.get("email") != self._pusher.account:
            raise NotAllowed("The token is another account's than CACHEBOT_PUBSUB_ACCOUNT.")
        if claims.get("email_verified") is not True:
            raise NotAllowed("The token's e-mail address is not verified.")

    def _claims(self, token: str) -> Mapping[str, Any]:
        """Verify signature, times and audience.

        The library's `verify_oauth2_token` does the same, with the address of the certificates
        built in; the issuer, which it looks at too, is looked at by `check`. It fetches first and
        looks at the token then, so what is no token at all is refused before.
        """
        try:
            jwt.decode(token, verify=False)  # type: ignore[no-untyped-call]  # no annotations
            found: Mapping[str, Any] = id_token.verify_token(
                token,
                self._request,
                audience=self._pusher.audience,
                certs_url=self._pusher.certificates_url,
                clock_skew_in_seconds=_SKEW_SECONDS,
            )
        except TransportError:
            raise
        except (GoogleAuthError, ValueError, TypeError, KeyError) as exc:
            raise NotAllowed(f"The token is not good: {' '.join(str(exc).split())[:200]}") from exc
        return found


@dataclass(slots=True)
class _Kept(Request):
    """Asks once for what may be kept, as long as its `Cache-Control` allows, a day at most.

    Where it cannot be had anew, what is old is used for a day more; a failure is remembered for
    some seconds. Whoever comes while another one asks takes what is old, or waits a second.
    """

    ask: Session
    now: Callable[[], float]
    seconds: float
    _answer: Response | None = None
    _until: float = 0.0
    _failed: str = ""
    _again_at: float = 0.0
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def __call__(self, url: str, method: str = "GET", *_: Any, **_more: Any) -> Response:
        """Return the kept answer, or the one to a new request.

        Raises:
            TransportError: there is none.
        """
        if not self._fresh and self._lock.acquire(timeout=0 if self._usable else _WAIT_SECONDS):
            try:
                self._renew(url, method)
            finally:
                self._lock.release()
        answer = self._usable
        if answer is None:
            why = self._failed or "Google's certificates are being fetched"
            raise TransportError(why)  # type: ignore[no-untyped-call]  # no annotations
        return answer

    @property
    def _fresh(self) -> bool:
        return self._answer is not None and self.now() < self._until

    @property
    def _usable(self) -> Response | None:
        return self._answer if self.now() < self._until + _STALE_SECONDS else None

    def _renew(self, url: str, method: str) -> None:
        if self._fresh or (self._failed and self.now() < self._again_at):
            return
        try:
            answer = self.ask(url, method=method, timeout=self.seconds)
            self._failed = "" if answer.status == 200 else f"{url} answered {answer.status}"
        except TransportError as exc:
            self._failed = str(exc) or type(exc).__name__
        if self._failed:
            self._again_at = self.now() + _REMEMBERED_SECONDS
            _log.warning("Google's certificates could not be fetched: %s", self._failed)
            return
        self._until = self.now() + _kept_for(answer.headers)
        self._answer = answer


def _kept_for(headers: Mapping[str, str]) -> int:
    found = _MAX_AGE.search(headers.get("cache-control", ""))
    return min(max(int(found[1]) if found else 0, _LEAST_KEPT), _MOST_KEPT)
