"""The real go and uv, which ask a public index for what the private one does not have: a gate that is asked for
a service that is not configured must not send them there."""

import hashlib
import io
import os
import subprocess
import zipfile
from http.server import BaseHTTPRequestHandler

import pytest
import requests

from jeton import Jeton, basic
from proxies import BIN, PROXIES, Running
from service import Listening, Server, Service
from test_clients import wheel

MODULE = "example.com/greeting"


class Index(Listening):
    """A module proxy (GOPROXY) and a package index (PEP 503) with one thing each; what it is asked is in `asked`.

    Without any `files` it has nothing, and says so by 404.
    """

    def __init__(self, files):
        self.asked = []
        index = self

        class Handler(BaseHTTPRequestHandler):
            def do_HEAD(self):
                self.do_GET()

            def do_GET(self):
                index.asked.append(self.path)
                kind, body = files.get(self.path, ("text/plain", None))
                self.send_response(404 if body is None else 200)
                self.send_header("Content-Type", kind)
                self.send_header("Content-Length", str(len(body or b"")))
                self.end_headers()
                if self.command == "GET":
                    self.wfile.write(body or b"")

            def log_message(self, *_):
                pass

        self.server = Server(("127.0.0.1", 0), Handler)

    @property
    def url(self):
        return f"http://127.0.0.1:{self.port}"


def public_files(folder):
    """What a stranger has published under our names."""
    version = f"{MODULE}@v1.0.0"
    module = io.BytesIO()
    with zipfile.ZipFile(module, "w") as file:
        file.writestr(f"{version}/go.mod", f"module {MODULE}\n")
        file.writestr(f"{version}/greeting.go", "package greeting\n")
    path = wheel(folder, "1.0")
    digest = hashlib.sha256(path.read_bytes()).hexdigest()
    return {
        f"/{MODULE}/@v/list": ("text/plain", b"v1.0.0\n"),
        f"/{MODULE}/@v/v1.0.0.info": ("application/json", b'{"Version": "v1.0.0"}'),
        f"/{MODULE}/@v/v1.0.0.mod": ("text/plain", f"module {MODULE}\n".encode()),
        f"/{MODULE}/@v/v1.0.0.zip": ("application/zip", module.getvalue()),
        "/simple/greeting/": ("text/html", f'<a href="/{path.name}#sha256={digest}">{path.name}</a>'.encode()),
        f"/{path.name}": ("application/zip", path.read_bytes()),
    }


def go(folder, private, public):
    return subprocess.run(
        ["go", "mod", "download", f"{MODULE}@v1.0.0"], cwd=folder, capture_output=True, text=True, timeout=100,
        env={
            "PATH": os.environ["PATH"], "HOME": str(folder), "GOPATH": str(folder / "go"), "GOPROXY": f"{private},{public}",
            "GOFLAGS": "-modcacherw", "GOSUMDB": "off",
        })


def uv(folder, private, public):
    return subprocess.run(
        [BIN / "uv", "pip", "install", "--no-config", "--target", folder / "installed", "--index", f"{private}/simple",
         "--default-index", f"{public}/simple", "greeting"],
        cwd=folder, capture_output=True, text=True, timeout=100,
        env={
            "PATH": os.environ["PATH"], "HOME": str(folder), "UV_CACHE_DIR": str(folder / "cache"),
            "UV_PYTHON": str(BIN / "python"), "UV_HTTP_RETRIES": "0",
        })


@pytest.fixture(scope="module")
def desk(tmp_path_factory):
    with Jeton(tmp_path_factory.mktemp("desk")) as jeton:
        jeton.add_user("alice")
        yield jeton


@pytest.fixture(scope="module")
def service(tmp_path_factory):
    with Service(tmp_path_factory.mktemp("git")) as service:
        yield service


@pytest.fixture
def public(tmp_path):
    with Index(public_files(tmp_path)) as index:
        yield index


@pytest.fixture(scope="module", params=PROXIES, ids=lambda proxy: proxy.name)
def proxy(request, tmp_path_factory, desk, service):
    """One that asks for a service that Jeton does not know."""
    folder = tmp_path_factory.mktemp(request.param.name)
    with Running(request.param, folder, jeton=desk.port, service=service.port, name="nowhere") as running:
        yield running


@pytest.mark.parametrize("client", [go, uv])
def test_where_the_private_index_says_404_the_public_one_is_asked(tmp_path, public, client):
    """The clients are as dangerous as we take them for."""
    with Index({}) as empty:
        result = client(tmp_path, empty.url, public.url)
    assert result.returncode == 0, result.stderr
    assert empty.asked and public.asked


@pytest.mark.parametrize("client", [go, uv])
def test_a_service_that_is_not_configured_sends_nobody_to_the_public_index(tmp_path, proxy, desk, public, client):
    token = desk.make_token(f"{client.__name__} {proxy.proxy.name}")
    private = proxy.url.replace("://", f"://alice:{token}@")
    result = client(tmp_path, private, public.url)
    assert result.returncode != 0
    assert public.asked == []
    assert token not in result.stdout + result.stderr


def test_a_service_that_is_not_configured_is_told_as_that(proxy, service):
    answer = requests.get(proxy.url, headers={"Authorization": basic("alice", "x")}, timeout=60)
    assert (answer.status_code, answer.headers["X-Jeton-Reason"]) == (500, "unknown_service")
    assert answer.text == "no service of this name is configured at the token desk; ask your administrator\n"
    assert "Retry-After" not in answer.headers and "WWW-Authenticate" not in answer.headers
    assert service.seen == []
