"""Fetches secrets into the environment, then becomes the command that follows.

For platforms that cannot hand Secret Manager's secrets over by themselves, such as App Engine:

    SECRET_OF_NAME=projects/PROJECT/secrets/SECRET/versions/latest \
        python3 deploy/with_secrets.py COMMAND ARGUMENT...

runs COMMAND with the variable NAME set to the secret's value. It needs nothing but Python, and
the permission secretmanager.versions.access on each secret for the service account it runs as.
"""

import base64
import json
import os
import sys
from collections.abc import Mapping
from urllib.error import HTTPError, URLError
from urllib.request import ProxyHandler, Request, build_opener

_PREFIX = "SECRET_OF_"
_OPENER = build_opener(ProxyHandler({}))  # neither server is ever behind a proxy
_TIMEOUT_SECONDS = 10
_REFUSED = 2
_FAILURES = (OSError, ValueError, KeyError, TypeError)


def main(arguments: list[str], environ: Mapping[str, str]) -> int:
    """Replace this process by the command; returns only where that fails."""
    if not arguments:
        return _complain("with_secrets.py needs the command to run.")
    wanted = {name: path for name, path in environ.items() if name.startswith(_PREFIX)}
    changed = {name: value for name, value in environ.items() if name not in wanted}
    problems = []
    try:
        token = _token(environ) if wanted else ""
    except _FAILURES as exc:
        return _complain(f"The metadata server gave no access token: {_reason(exc)}.")
    for name, path in wanted.items():
        try:
            changed[name.removeprefix(_PREFIX)] = _secret(path, token, environ)
        except _FAILURES as exc:
            problems.append(f"{name}: {path} could not be read: {_reason(exc)}.")
    if problems:
        return _complain("\n".join(problems))
    try:
        os.execvpe(arguments[0], arguments, changed)  # noqa: S606 - the very command asked for
    except OSError as exc:
        return _complain(f"{arguments[0]} could not be run: {exc.strerror}.")


def _token(environ: Mapping[str, str]) -> str:
    """Ask for an access token of the service account.

    Source: cloud.google.com/compute/docs/access/authenticate-workloads
    """
    host = environ.get("GCE_METADATA_HOST", "metadata.google.internal")
    path = "computeMetadata/v1/instance/service-accounts/default/token"
    return str(_json(f"http://{host}/{path}", {"Metadata-Flavor": "Google"})["access_token"])


def _secret(path: str, token: str, environ: Mapping[str, str]) -> str:
    """Read one version of a secret.

    Source: cloud.google.com/secret-manager/docs/reference/rest/v1/projects.secrets.versions/access
    """
    server = environ.get("SECRET_MANAGER_URL", "https://secretmanager.googleapis.com")
    answer = _json(f"{server}/v1/{path}:access", {"Authorization": f"Bearer {token}"})
    payload = answer["payload"]
    if not isinstance(payload, dict):
        raise TypeError("payload")
    return base64.b64decode(payload["data"]).decode()


def _json(url: str, headers: Mapping[str, str]) -> dict[str, object]:
    request = Request(url, headers=dict(headers))  # noqa: S310 - the two servers above
    with _OPENER.open(request, timeout=_TIMEOUT_SECONDS) as answer:
        value = json.load(answer)
    if not isinstance(value, dict):
        raise TypeError("no object")
    return value


def _reason(exc: Exception) -> str:
    if isinstance(exc, HTTPError):
        return f"it answered {exc.code}"
    return str(exc.reason) if isinstance(exc, URLError) else type(exc).__name__


def _complain(problem: str) -> int:
    sys.stderr.write(f"{problem}\n")
    return _REFUSED


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:], os.environ))
