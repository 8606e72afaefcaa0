"""The key that the pretend Pub/Sub signs its tokens with, and the page with its certificate."""

from datetime import UTC, datetime, timedelta
from functools import cached_property
from typing import Any

import flask
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.x509.oid import NameOID
from google.auth import crypt, jwt

CERTIFICATES = "/oauth2/v1/certs"
_KEY_ID = "pretend-1"
_LIFE_SECONDS = 3600


class PushIdentity:
    """Makes the key when it is first needed: that takes a moment."""

    @cached_property
    def key(self) -> rsa.RSAPrivateKey:
        """The private key."""
        return rsa.generate_private_key(public_exponent=65537, key_size=2048)

    @cached_property
    def certificates(self) -> dict[str, str]:
        """The certificates by key id, as www.googleapis.com/oauth2/v1/certs answers them."""
        name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "pretend.example")])
        now = datetime.now(UTC)
        certificate = (
            x509.CertificateBuilder()
            .subject_name(name)
            .issuer_name(name)
            .public_key(self.key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(now - timedelta(days=1))
            .not_valid_after(now + timedelta(days=30))
            .sign(self.key, hashes.SHA256())
        )
        return {_KEY_ID: certificate.public_bytes(serialization.Encoding.PEM).decode()}

    def token(self, account: str, audience: str, **changes: Any) -> str:
        """Sign an OIDC token as Google does for a push; `changes` are to its claims."""
        now = int(datetime.now(UTC).timestamp())
        claims = {
            "aud": audience,
            "azp": "113774264463038321964",
            "email": account,
            "email_verified": True,
            "exp": now + _LIFE_SECONDS,
            "iat": now,
            "iss": "https://accounts.google.com",
            "sub": "113774264463038321964",
            **changes,
        }
        pem = self.key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.TraditionalOpenSSL,
            serialization.NoEncryption(),
        )
        signer: Any = crypt.RSASigner
        encode: Any = jwt.encode  # both are without annotations
        return str(encode(signer.from_string(pem, _KEY_ID), claims).decode())


def blueprint(identity: PushIdentity) -> flask.Blueprint:
    """Return the page of certificates, which may be kept for an hour."""
    routes = flask.Blueprint("certificates", __name__)

    @routes.get(CERTIFICATES)
    def certificates() -> flask.Response:
        answer = flask.jsonify(identity.certificates)
        answer.headers["Cache-Control"] = "public, max-age=3600, must-revalidate"
        return answer

    return routes
