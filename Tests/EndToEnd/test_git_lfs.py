"""The real Git LFS and a real LFS server (giftless), behind nginx by the lines of its page: whether it downloads or
uploads stands in a body, so that a token that reads needs one scope more, as docs/protect/clients.md says."""

import http.client
import os
import subprocess
import sys
from urllib.parse import urlsplit

import pytest
import requests

from jeton import ROOT, accepts, basic, desk_of, free_port, git_environment, wait_for
from proxies import PROXIES, Running
from service import Service, _Handler
from test_git import refusal

NGINX = next(proxy for proxy in PROXIES if proxy.name == "nginx")
CONFIG = """
services:
  git: { title: Projects, kind: git, paths: ["/*/*.git", "/*/*.git/info/lfs/objects/batch"] }
  lfs: { title: Large files, kind: http }
"""
BATCH = "git:write:/team/app.git/info/lfs/objects/batch"
LFS = "application/vnd.git-lfs+json"
LARGE = b"large\n" * 100_000


class Host(Service):
    """A Git host: its own Git, and an LFS server at `lfs` that knows by which address clients come, `known`."""

    def __init__(self, folder, lfs):
        super().__init__(folder)
        self.lfs = lfs
        self.known = None
        self.server.RequestHandlerClass = _LFSHandler


class _LFSHandler(_Handler):
    def _answer(self):
        if "/info/lfs/" not in self.path:
            super()._answer()
            return
        host = self.server.service
        connection = http.client.HTTPConnection("127.0.0.1", host.lfs, timeout=60)
        headers = {name: value for name, value in self.headers.items()
                   if name.lower() not in ("host", "connection", "transfer-encoding", "content-length")}
        host.seen.append({"method": self.command, "path": self.path, "headers": headers})
        connection.request(self.command, self.path, b"".join(self._body()), {**headers, "Host": host.known})
        answer = connection.getresponse()
        self._say(answer.status, answer.headers.get("Content-Type", "text/plain"), answer.read())
        connection.close()


@pytest.fixture(scope="module")
def host(tmp_path_factory):
    folder, port = tmp_path_factory.mktemp("host"), free_port()
    bare = folder / "team/app.git"
    subprocess.run(["git", "init", "--quiet", "--bare", "--initial-branch=main", bare], check=True)
    # The gate has judged: whoever arrives may do what they ask for.
    (folder / "gate.py").write_text("""
from giftless.auth.identity import DefaultIdentity

class Judged(DefaultIdentity):
    def is_authorized(self, *_, **__):
        return True

def identity(request):
    return Judged(request.headers.get("Remote-User"))
""")
    (folder / "giftless.yaml").write_text(f"""
AUTH_PROVIDERS: ["gate:identity"]
PRE_AUTHORIZED_ACTION_PROVIDER: null
LEGACY_ENDPOINTS: false
TRANSFER_ADAPTERS:
  basic:
    factory: giftless.transfer.basic_streaming:factory
    options: {{ storage_options: {{ path: {folder}/objects }} }}
""")
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen(
            [sys.executable, "-W", "ignore", "-m", "flask", "--app", "giftless.wsgi_entrypoint", "run",
             "--port", str(port)],
            cwd=folder, stdin=subprocess.DEVNULL, stdout=log, stderr=log,
            env={**os.environ, "PYTHONPATH": str(folder), "GIFTLESS_CONFIG_FILE": str(folder / "giftless.yaml")})
    try:
        wait_for(lambda: accepts(port), seconds=60)
        with Host(folder, port) as host:
            yield host
    finally:
        process.terminate()
        process.wait(timeout=10)


@pytest.fixture(scope="module")
def desk(tmp_path_factory):
    with desk_of(tmp_path_factory, CONFIG, "alice") as jeton:
        yield jeton


@pytest.fixture(scope="module")
def nginx(desk, host, tmp_path_factory):
    folder = tmp_path_factory.mktemp("nginx")
    with Running(NGINX, folder, jeton=desk.port, service=host.port, name="git") as running:
        host.known = f"127.0.0.1:{running.port}"
        yield running


def git(folder, *arguments):
    """Runs Git in `folder`, whose own is the home: Git LFS is installed there."""
    home = next(place for place in (folder, *folder.parents) if (place / ".gitconfig").exists())
    environment = {**git_environment(home), "GIT_LFS_SKIP_SMUDGE": "0"}
    return subprocess.run(["git", *arguments], cwd=folder, env=environment, capture_output=True, text=True, timeout=120)


def installed(folder):
    """The folder, a home in which Git LFS is installed."""
    (folder / ".gitconfig").touch()
    result = git(folder, "lfs", "install", "--skip-repo")
    assert result.returncode == 0, result.stderr
    return folder


@pytest.fixture
def folder(tmp_path):
    return installed(tmp_path)


def address(nginx, token):
    return nginx.url.replace("://", f"://alice:{token}@") + "/team/app.git"


@pytest.fixture(scope="module")
def pushed(nginx, desk, host, tmp_path_factory):
    """A large file that a token that may write has pushed."""
    folder = installed(tmp_path_factory.mktemp("push")) / "app"
    folder.mkdir()
    token = desk.make_token("writer", "--scope", "git:write")
    for words in (["init", "--quiet", "--initial-branch=main"], ["lfs", "track", "*.bin"]):
        assert git(folder, *words).returncode == 0
    (folder / "large.bin").write_bytes(LARGE)
    for words in (["add", "."], ["commit", "--quiet", "--message", "large"]):
        assert git(folder, *words).returncode == 0
    result = git(folder, "push", address(nginx, token), "HEAD:refs/heads/main")
    assert result.returncode == 0, result.stderr
    assert any(seen["method"] == "PUT" for seen in host.seen)


def test_a_token_that_reads_cannot_download_and_says_so(nginx, desk, pushed, folder):
    token = desk.make_token("reader", "--scope", "git:read")
    clone = git(folder, "clone", address(nginx, token), "app")
    assert clone.returncode != 0
    assert "batch response" in clone.stderr
    assert (folder / "app/large.bin").exists() is False or (folder / "app/large.bin").read_bytes() != LARGE


def test_with_one_scope_more_it_downloads_and_uploads_nothing(nginx, desk, host, pushed, folder):
    token = desk.make_token("downloader", "--scope", "git:read", "--scope", BATCH)
    clone = git(folder, "clone", address(nginx, token), "app")
    assert clone.returncode == 0, clone.stderr
    assert (folder / "app/large.bin").read_bytes() == LARGE

    (folder / "app/large.bin").write_bytes(LARGE + b"more")
    for words in (["add", "."], ["commit", "--quiet", "--message", "larger"]):
        assert git(folder / "app", *words).returncode == 0
    arrived = len(host.seen)
    push = git(folder / "app", "-c", "lfs.transfer.maxretries=1", "lfs", "push", address(nginx, token), "main")
    assert push.returncode != 0
    # It may ask where to upload to, and is refused there.
    asked = {seen["path"] for seen in host.seen[arrived:] if seen["method"] != "GET"}
    assert asked == {"/team/app.git/info/lfs/objects/batch", "/team/app.git/git-upload-pack"}

    batch = requests.post(
        nginx.url + "/team/app.git/info/lfs/objects/batch", timeout=60,
        headers={"Authorization": basic("alice", token), "Accept": LFS, "Content-Type": LFS},
        json={"operation": "upload", "transfers": ["basic"], "objects": [{"oid": "a" * 64, "size": 1}]})
    assert batch.status_code == 200, batch.text
    target = batch.json()["objects"][0]["actions"]["upload"]["href"]
    assert urlsplit(target).netloc == host.known
    assert requests.put(target, b"x", headers={"Authorization": basic("alice", token)}, timeout=60).status_code == 403
    git_push = git(folder / "app", "push", "--no-verify", address(nginx, token), "HEAD:refs/heads/x")
    assert refusal(git_push) == [
        "this token may write at Projects only below /team/app.git/info/lfs/objects/batch; create one that may write here: "
        + desk.new_token("git", "write", "/team/app.git")]


def test_at_an_address_of_its_own_it_is_a_service_of_its_own(nginx, desk, host, pushed, folder, tmp_path_factory):
    token = desk.make_token("both", "--scope", "git:read", "--scope", "lfs")
    known = host.known
    with Running(NGINX, tmp_path_factory.mktemp("lfs"), jeton=desk.port, service=host.port, name="lfs") as lfs:
        host.known = f"127.0.0.1:{lfs.port}"
        try:
            clone = git(folder, "clone", "--config", f"lfs.url={address(lfs, token)}/info/lfs",
                        address(nginx, token), "app")
        finally:
            host.known = known
    assert clone.returncode == 0, clone.stderr
    assert (folder / "app/large.bin").read_bytes() == LARGE


@pytest.mark.parametrize("method, path, status", [
    ("GET", "/info/lfs/locks", 200), ("POST", "/info/lfs/locks/verify", 403), ("POST", "/info/lfs/locks", 403),
    ("POST", "/info/lfs/objects/batch", 403), ("PUT", "/info/lfs/objects/storage/" + "a" * 64, 403),
])
def test_the_table_of_the_page(nginx, desk, host, pushed, method, path, status):
    reader = desk.make_token(f"{method} {path}"[:90], "--scope", "git:read")
    arrived = len(host.seen)
    answer = requests.request(
        method, nginx.url + "/team/app.git" + path, timeout=60, data=None if method == "GET" else b"{}",
        headers={"Authorization": basic("alice", reader)})
    assert (answer.status_code == 403) == (status == 403), answer.text
    assert (len(host.seen) > arrived) == (status == 200)
    row = "`PUT` of an object" if method == "PUT" else f"`{method} {path}`"
    assert row in (ROOT / "docs/protect/clients.md").read_text()
