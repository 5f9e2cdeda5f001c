import collections
import json
import os
import threading
from http.server import BaseHTTPRequestHandler

import pytest

from browser import Browser, end_closed
from jeton import BINARY, Builds, Jeton
from reports import pytest_runtest_makereport  # noqa: F401
from service import Server


def pytest_configure():
    if not BINARY.exists():
        pytest.exit(f"{BINARY} is not built: run `make end-to-end`", returncode=2)
    # Maven runs for a second: better compiled code would cost it as much again, on all processors.
    os.environ["MAVEN_OPTS"] = "-XX:TieredStopAtLevel=1 -XX:+UseSerialGC"


def pytest_sessionfinish():
    end_closed()


# The files that take longest, the longest first. Begun last, they would leave the other processes without work.
LONGEST = """browser every_page leaver package accounts_pages first_administrator maven password_grant scim metrics approval oidc
logins canaille provisioned_sign_in new_token_link long_work openapi odd_provider pause until_moved crash""".split()


def pytest_collection_modifyitems(items):
    """Orders the files by how long they take: first those that are known to take long, then by the number of tests."""
    counts = collections.Counter(item.path for item in items)
    ranks = {f"test_{name}.py": rank for rank, name in enumerate(LONGEST)}
    items.sort(key=lambda item: (ranks.get(item.path.name, len(ranks)), -counts[item.path], item.path))


@pytest.fixture(scope="module")
def jeton(tmp_path_factory):
    """A server with the example's services, and alice, who signs in with PASSWORD. The services have addresses, so
    that every client of the tests meets both challenges of a refusal."""
    addresses = {f"JETON_SERVICES_{name.upper()}_URL": f"https://builds.example.com/{name}/" for name in ("maven", "git")}
    with Jeton(tmp_path_factory.mktemp("jeton"), environment=addresses) as server:
        server.add_user("alice", "--admin")
        yield server


@pytest.fixture(scope="module")
def builds(tmp_path_factory, jeton):
    """The example's nginx before that server."""
    with Builds(tmp_path_factory.mktemp("builds"), jeton) as nginx:
        yield nginx


@pytest.fixture
def browser(desk):
    """Chromium at the test's own desk."""
    browser = Browser(desk.url)
    yield browser
    browser.close()


class Echo(BaseHTTPRequestHandler):
    """A service that answers with what it was sent."""

    protocol_version = "HTTP/1.1"

    def answer(self):
        length = int(self.headers.get("Content-Length") or 0)
        received = 0
        while received < length:
            received += len(self.rfile.read(min(1 << 20, length - received)))
        body = json.dumps(
            {
                "method": self.command,
                "path": self.path,
                "headers": {name.lower(): value for name, value in self.headers.items()},
                "received": received,
            }
        ).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    do_GET = do_POST = do_PUT = do_DELETE = answer

    def log_message(self, *_):
        pass


@pytest.fixture(scope="module")
def echo():
    """The port of a service that answers with what it was sent."""
    server = Server(("127.0.0.1", 0), Echo)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield server.server_address[1]
    server.shutdown()
    server.server_close()
