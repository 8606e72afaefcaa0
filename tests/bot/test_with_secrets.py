"""The script that fetches secrets: all of them reach the command, or the reasons are told."""

import base64
import json
import os
import re
import subprocess
import sys
import threading
from collections.abc import Iterator, Mapping
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

SCRIPT = Path(__file__).parents[2] / "deploy" / "with_secrets.py"


class Store(BaseHTTPRequestHandler):
    """A metadata server and a Secret Manager in one; the secret named "gone" is missing."""

    def do_GET(self) -> None:
        """Answer as the two do, and only to who asks as they demand."""
        name = self.path.rpartition("/secrets/")[2].partition("/")[0]
        if self.headers.get("Metadata-Flavor") == "Google":
            self._answer(200, {"access_token": "the-token", "token_type": "Bearer"})
        elif self.headers.get("Authorization") != "Bearer the-token":
            self._answer(401, {})
        elif name == "gone":
            self._answer(404, {})
        else:
            data = base64.b64encode(f"value of {name}".encode()).decode()
            self._answer(200, {"name": self.path, "payload": {"data": data}})

    def _answer(self, status: int, body: object) -> None:
        content = json.dumps(body).encode()
        self.send_response(status)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, *_: object) -> None:
        """Stay quiet."""


@pytest.fixture
def store() -> Iterator[str]:
    """Serve secrets on loopback and return the address."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), Store)
    thread = threading.Thread(target=server.serve_forever, args=(0.02,))
    thread.start()
    yield f"127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


def with_secrets(
    store: str, wanted: Mapping[str, str], *command: str
) -> subprocess.CompletedProcess[str]:
    """Run the script against the store, for variables by the secrets that they come from."""
    environ = {
        **os.environ,
        "GCE_METADATA_HOST": store,
        "SECRET_MANAGER_URL": f"http://{store}",
        **{f"SECRET_OF_{name}": path for name, path in wanted.items()},
    }
    return subprocess.run(
        [sys.executable, str(SCRIPT), *command],
        env=environ,
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )


SHOW = "import os; print(os.environ['A'], '|', os.environ['B'], '|', os.environ.get('SECRET_OF_A'))"


def test_secrets_reach_the_command_as_variables(store: str) -> None:
    """The command runs with each secret under its own name, and without where it came from."""
    wanted = {
        "A": "projects/p/secrets/a/versions/latest",
        "B": "projects/p/secrets/b/versions/3",
    }
    done = with_secrets(store, wanted, sys.executable, "-c", SHOW)
    assert (done.returncode, done.stdout) == (0, "value of a | value of b | None\n")


def test_secrets_that_cannot_be_read_are_all_told(store: str) -> None:
    """Each is named with the reason, and the command is not run."""
    wanted = {
        "A": "projects/p/secrets/gone/versions/latest",
        "B": "projects/q/secrets/gone/versions/latest",
    }
    done = with_secrets(store, wanted, sys.executable, "-c", "print('ran')")
    assert (done.returncode, done.stdout) == (2, "")
    assert re.findall(r"(SECRET_OF_\w).*404", done.stderr) == ["SECRET_OF_A", "SECRET_OF_B"]


def test_the_command_takes_the_scripts_place(store: str) -> None:
    """Its exit code is the script's, and a command that is not there is told."""
    assert with_secrets(store, {}, sys.executable, "-c", "raise SystemExit(7)").returncode == 7
    missing = with_secrets(store, {}, "no-such-command-here")
    assert missing.returncode == 2
    assert "no-such-command-here could not be run" in missing.stderr
    nobody = with_secrets("127.0.0.1:1", {"A": "projects/p/secrets/a/versions/1"}, "true")
    assert nobody.returncode == 2
    assert "metadata server" in nobody.stderr
