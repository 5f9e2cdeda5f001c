"""A service that lets everybody read and asks for a token to write, behind every proxy of docs/protect."""

import json
import os
import re
import socket
import subprocess

import pytest

from jeton import ROOT, accepts, basic, desk_of, free_port, git, wait_for
from proxies import PROXIES, Running
from test_clients import image
from test_git import commit
from test_proxies import ask, bearer, seen_by, service  # noqa: F401 (a fixture)

PAGE = (ROOT / "docs/protect/anonymous-reads.md").read_text()
FORGED = [(name, "root") for name in (
    "Remote-User", "remote-groups", "Remote_User", "REMOTE_EMAIL", "Remote.User", "X-Jeton-Token", "X-Jeton-Groups",
    "X-Jeton-Anonymous", "Jeton-Token-Expires")]
SERVICES = re.search(r"```yaml\n# jeton.yaml\n(.*?)```", PAGE, re.S)[1]


@pytest.fixture(scope="module")
def desk(tmp_path_factory):
    config = "trusted_proxies: [127.0.0.1/32]\n" + SERVICES + "  closed:\n"
    with desk_of(tmp_path_factory, config, ("alice", "--email", "alice@example.com")) as jeton:
        yield jeton


@pytest.fixture(scope="module", params=PROXIES, ids=lambda proxy: proxy.name)
def proxy(request, tmp_path_factory, desk, service):  # noqa: F811
    folder = tmp_path_factory.mktemp(request.param.name)
    with Running(request.param, folder, jeton=desk.port, service=service.port) as running:
        yield running


def identity(seen):
    return [pair for pair in seen["headers"] if pair[0].startswith(("remote", "x_jeton", "jeton"))]


@pytest.mark.parametrize("method", ["GET", "HEAD", "OPTIONS", "PROPFIND", "REPORT"])
def test_everybody_reads_as_nobody(proxy, service, method):  # noqa: F811
    count = len(service.seen)
    assert ask(proxy, method, "/some/path?q=1").status == 200
    assert len(service.seen) == count + 1
    assert (service.seen[-1]["method"], service.seen[-1]["path"]) == (method, "/some/path?q=1")
    assert identity(seen_by(service)) == []
    answer = ask(proxy, method, headers=FORGED)
    assert answer.status in (200, 400)
    if answer.status == 200:
        assert identity(seen_by(service)) == []


@pytest.mark.parametrize("method", [
    "PUT", "POST", "DELETE", "PATCH", "MKCOL", "MOVE", "PROPPATCH", "LOCK", "get", "GETX"])
def test_who_writes_is_challenged(proxy, service, method):  # noqa: F811
    count = len(service.seen)
    for forged in ([], [("X-Original-Method", "GET"), ("X-Original-URI", "/")],
                   [("X-Forwarded-Method", "GET"), ("X-Forwarded-Uri", "/")], [("X-HTTP-Method-Override", "GET")]):
        answer = ask(proxy, method, headers=forged, body=b"x")
        if method in ("get", "GETX") and answer.status in (400, 405, 501):  # refused by the proxy itself
            continue
        assert answer.status == 401, (method, forged)
        assert answer.headers["WWW-Authenticate"] == 'Basic realm="Maven private repository", charset="UTF-8"'
    assert len(service.seen) == count


def test_a_read_that_some_services_take_for_a_write_arrives_as_a_read(proxy, service):  # noqa: F811
    overrides = [(name, "PUT") for name in ("X-HTTP-Method-Override", "X-HTTP-Method", "X-Method-Override")]
    answer = ask(proxy, headers=overrides + [("X_HTTP_Method_Override", "PUT")])
    assert answer.status in (200, 400)
    if answer.status == 200:
        assert not [name for name, _ in seen_by(service)["headers"] if "method" in name and "forwarded" not in name]


def test_a_token_is_judged_where_nothing_would_do(proxy, service, desk):  # noqa: F811
    name = f"judged {proxy.proxy.name}"
    token = desk.make_token(name)
    assert ask(proxy, headers=[bearer(token)]).status == 200
    assert ("remote_user", "alice") in identity(seen_by(service))
    assert ask(proxy, "PUT", headers=[bearer(token)], body=b"x").status == 200
    desk.revoke(name)
    count = len(service.seen)
    elsewhere = desk.make_token(f"elsewhere {name}", "--scope", "closed")
    for headers, status, reason in (
            ([bearer(token)], 401, "revoked"), ([("Private-Token", token)], 401, "revoked"),
            ([("Authorization", basic("alice", token))], 401, "revoked"),
            ([("Authorization", basic("alice", "correct horse"))], 401, "not_a_token"),
            ([bearer(token[:-1])], 401, "not_a_token"), ([bearer(elsewhere)], 403, "insufficient_scope")):
        answer = ask(proxy, headers=headers)
        assert (answer.status, answer.headers["X-Jeton-Reason"]) == (status, reason)
    assert len(service.seen) == count


def test_git_clones_without_a_token_and_pushes_with_one(proxy, service, desk, tmp_path, tmp_path_factory):  # noqa: F811
    name = f"open-{proxy.proxy.name}.git"
    git("init", "--quiet", "--bare", "--initial-branch=main", str(service.folder / name), folder=tmp_path)
    folder = tmp_path_factory.mktemp("git")
    with Running(proxy.proxy, folder, jeton=desk.port, service=service.port, name="git") as front:
        address = f"127.0.0.1:{front.port}/{name}"
        git("clone", "--quiet", f"http://{address}", "one", folder=tmp_path)
        commit(tmp_path / "one", "from nobody")
        asked = git("push", "--quiet", "origin", "HEAD:main", folder=tmp_path / "one", check=False)
        assert asked.returncode != 0 and "could not read Username" in asked.stderr, asked.stderr
        count = len(service.seen)
        for method, path in (("GET", "info/refs?service=git-receive-pack"), ("POST", "git-receive-pack"),
                             ("GET", "info/refs?service=git-upload-pack&service=git-receive-pack")):
            assert ask(front, method, f"/{name}/{path}", body=b"" if method == "POST" else None).status == 401
        assert len(service.seen) == count
        token = desk.make_token(f"push {name}", "--scope", "git")
        git("push", "--quiet", f"http://alice:{token}@{address}", "HEAD:main", folder=tmp_path / "one")
        git("clone", "--quiet", f"http://{address}", "two", folder=tmp_path)
        assert (tmp_path / "two/file").read_text() == "from nobody"
        # Git sends a token when it is asked for one alone, so a revoked one shows at a push.
        desk.revoke(f"push {name}")
        git("ls-remote", f"http://alice:{token}@{address}", folder=tmp_path)
        refused = git("push", f"http://alice:{token}@{address}", "HEAD:other", folder=tmp_path / "one", check=False)
        assert refused.returncode != 0 and "remote: this token was revoked" in refused.stderr, refused.stderr


def test_nobody_reads_while_jeton_does_not_answer(proxy, service, desk):  # noqa: F811
    desk.stop()
    try:
        count = len(service.seen)
        assert ask(proxy).status == proxy.proxy.closed
        assert len(service.seen) == count
    finally:
        desk.start()
    assert ask(proxy).status == 200


def test_a_proxy_that_tells_no_target_opens_nothing(desk):
    for headers in ({}, {"X-Original-Method": "GET"}, {"X-Forwarded-Method": "GET"}, {"X-Original-URI": "/x"}):
        answer = desk.verify(headers=headers)
        assert (answer.status_code, answer.headers["X-Jeton-Reason"]) == (401, "no_credentials"), headers
    told = {"X-Original-Method": "GET", "X-Original-URI": "/x"}
    assert desk.verify(headers=told).status_code == 200
    assert desk.verify("closed", headers=told).status_code == 401
    with socket.socket(socket.AF_UNIX) as local:
        local.connect(str(desk.data / "jeton.sock"))
        local.sendall(b"GET /metrics HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
        figures = local.makefile("rb").read().decode()
    counted = re.search(r'jeton_verifications_total\{([^}]*reason="anonymous"[^}]*)\} ([1-9])', figures)
    assert counted and 'service="maven"' in counted[1] and 'verdict="granted"' in counted[1], figures


def test_images_are_pulled_by_everybody_and_pushed_at_an_address_of_its_own(desk, tmp_path):
    """docker and skopeo ask `/v2/` whether they have to log in: where everybody reads they never send a token."""
    registry, nginx = free_port(), next(proxy for proxy in PROXIES if proxy.name == "nginx")
    (tmp_path / "images").mkdir()
    image(tmp_path / "images")
    (tmp_path / "registry.yml").write_text(json.dumps({
        "version": 0.1, "storage": {"filesystem": {"rootdirectory": str(tmp_path / "registry")}},
        "http": {"addr": f"127.0.0.1:{registry}"}}))

    def copy(*arguments):
        return subprocess.run(
            ["skopeo", "--insecure-policy", "copy", *arguments], capture_output=True, text=True, timeout=120,
            env={"PATH": os.environ["PATH"], "HOME": str(tmp_path)})

    server = subprocess.Popen(
        ["docker-registry", "serve", tmp_path / "registry.yml"], stdin=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        wait_for(lambda: accepts(registry), seconds=60)
        token = desk.make_token("images")
        with Running(nginx, tmp_path / "open", jeton=desk.port, service=registry) as everybody, \
                Running(nginx, tmp_path / "push", jeton=desk.port, service=registry, name="closed") as pushing:
            def push(front):
                return copy("--dest-tls-verify=false", f"--dest-creds=alice:{token}", f"dir:{tmp_path}/images",
                            f"docker://127.0.0.1:{front.port}/team/image:1")

            assert push(everybody).returncode != 0
            assert push(pushing).returncode == 0
            pulled = copy("--src-tls-verify=false", f"docker://127.0.0.1:{everybody.port}/team/image:1",
                          f"dir:{tmp_path}/pulled")
            assert pulled.returncode == 0, pulled.stderr
            assert copy("--src-tls-verify=false", f"docker://127.0.0.1:{pushing.port}/team/image:1",
                        f"dir:{tmp_path}/other").returncode != 0
        assert (tmp_path / "pulled/manifest.json").exists()
    finally:
        server.terminate()
        server.wait(timeout=20)
