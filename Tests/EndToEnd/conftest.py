import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from jeton import BINARY, Builds, Jeton


def pytest_configure():
    if not BINARY.exists():
        pytest.exit(f"{BINARY} is not built: run `make end-to-end`", returncode=2)


@pytest.fixture(scope="module")
def jeton(tmp_path_factory):
    """A server with the example's services, and alice, who signs in with PASSWORD."""
    with Jeton(tmp_path_factory.mktemp("jeton")) as server:
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
    from test_browser import Browser

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
    server = ThreadingHTTPServer(("127.0.0.1", 0), Echo)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield server.server_address[1]
    server.shutdown()
    server.server_close()
