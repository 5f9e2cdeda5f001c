"""What reads, behind every proxy of docs/protect and with the real Git: names that begin with a dot, archives, queries,
QUERY and SEARCH; and Git over HTTP/2."""

import os
import subprocess

import pytest

from jeton import desk_of, git_environment
from proxies import PROXIES, Running
from service import Service
from test_git import refusal
from test_proxies import ask, bearer
from test_tls import Pair

NAMES = ["org/.github", ".dotfiles", "team/..x"]


@pytest.fixture(scope="module")
def desk(tmp_path_factory):
    with desk_of(tmp_path_factory, "services: { git: { title: Projects, kind: git } }", "alice") as jeton:
        yield jeton


@pytest.fixture(scope="module")
def reader(desk):
    return desk.make_token("reader", "--scope", "git:read")


@pytest.fixture(scope="module")
def service(tmp_path_factory):
    folder = tmp_path_factory.mktemp("git")
    for name in NAMES:
        bare = folder / f"{name}.git"
        subprocess.run(["git", "init", "--quiet", "--bare", "--initial-branch=main", bare], check=True)
        run = {"cwd": bare, "env": git_environment(folder), "check": True, "text": True, "capture_output": True}
        tree = subprocess.run(["git", "hash-object", "-t", "tree", "-w", "--stdin"], input="", **run).stdout.strip()
        commit = subprocess.run(["git", "commit-tree", tree, "-m", "The first"], **run).stdout.strip()
        subprocess.run(["git", "update-ref", "refs/heads/main", commit], **run)
    with Service(folder) as service:
        yield service


@pytest.fixture(scope="module", params=PROXIES, ids=lambda proxy: proxy.name)
def proxy(request, tmp_path_factory, desk, service):
    folder = tmp_path_factory.mktemp(request.param.name)
    with Running(request.param, folder, jeton=desk.port, service=service.port, name="git") as running:
        yield running


def git(folder, *arguments, **environment):
    return subprocess.run(["git", *arguments], cwd=folder, env={**git_environment(folder), **environment},
                          capture_output=True, text=True, timeout=120)


def test_git_clones_what_begins_with_a_dot_and_pushes_nothing(proxy, reader, desk, tmp_path):
    for number, name in enumerate(NAMES):
        address = proxy.url.replace("://", f"://alice:{reader}@") + f"/{name}.git"
        clone = git(tmp_path, "clone", "--quiet", address, str(number))
        assert clone.returncode == 0, clone.stderr
        assert git(tmp_path / str(number), "log", "--format=%s").stdout == "The first\n"
        push = git(tmp_path / str(number), "push", address, "HEAD:refs/heads/other")
        assert push.returncode != 0
        assert refusal(push) == [
            "this token may not write at Projects; create one that may write: " + desk.new_token("git", "write")]


@pytest.mark.parametrize("method, target, status", [
    # As Git 2.44 and later ask; 2.39 has no archives over HTTP.
    ("POST", "/org/.github.git/git-upload-archive", 200),
    ("GET", "/api/v4/projects?x[]=1", 200),
    ("GET", "/wiki?service=wiki", 200),
    ("QUERY", "/search", 200),
    ("SEARCH", "/dav/", 200),
    ("GET", "/org/.github.git/info/refs?service=git-receive-pack", 403),
    ("GET", "/org/.github.git/info/ref%73?service=git-receive-pack", 403),
    ("GET", "/org/.github.git/INFO/REFS?service=git-receive-pack", 403),
    ("POST", "/org/.github.git/git-receive-pack", 403),
    ("POST", "/org/.github.git/git-receive-pack./git-upload-pack", 403),
    ("query", "/search", 403),
])
def test_what_reads_and_what_does_not(proxy, reader, service, method, target, status):
    arrived = len(service.seen)
    body = b"x" if method in ("POST", "QUERY", "SEARCH") else None
    answer = ask(proxy, method, target, [bearer(reader)], body)
    if method == "QUERY" and proxy.proxy.name == "envoy":
        assert (answer.status, len(service.seen)) == (400, arrived), "Envoy 1.40 does not know the method"
    elif status == 200:
        # What the service makes of it is its own affair: its Git knows no archives.
        assert (service.seen[-1]["method"], service.seen[-1]["path"]) == (method, target)
        assert "X-Jeton-Reason" not in answer.headers
    else:
        assert answer.status in (status, 400, 405), "nginx and Apache refuse a method in small letters by themselves"
        assert len(service.seen) == arrived


def test_git_over_http2(desk, service, reader, tmp_path_factory):
    """nginx with TLS, by the lines of its page; Git asks for HTTP/2 by itself."""
    folder = tmp_path_factory.mktemp("http2")
    pair = Pair(folder, "pair")

    class Secure(Running):
        url = property(lambda self: f"https://127.0.0.1:{self.port}")

        def written(self, text):
            text = super().written(text)
            listen = f"listen 127.0.0.1:{self.port}"
            assert listen in text
            return text.replace(
                listen + ";", f"{listen} ssl http2;\n    ssl_certificate {pair.certificate};\n"
                f"    ssl_certificate_key {pair.key};")

    nginx = next(proxy for proxy in PROXIES if proxy.name == "nginx")
    with Secure(nginx, folder / "nginx", jeton=desk.port, service=service.port, name="git", waits=False) as running:
        address = running.url.replace("://", f"://alice:{reader}@") + "/org/.github.git"
        clone = git(folder, "clone", address, "clone", GIT_SSL_CAINFO=str(pair.certificate), GIT_CURL_VERBOSE="1",
                    GIT_TRACE_REDACT="1")
        assert clone.returncode == 0, clone.stderr[-3000:]
        assert "HTTP/2 200" in clone.stderr
        assert "POST /org/.github.git/git-upload-pack HTTP/2" in clone.stderr
        push = git(folder / "clone", "push", address, "HEAD:refs/heads/x", GIT_SSL_CAINFO=str(pair.certificate))
        assert refusal(push) == [
            "this token may not write at Projects; create one that may write: " + desk.new_token("git", "write")]
    assert os.path.isdir(folder / "clone/.git")
