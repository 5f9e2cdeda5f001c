"""Tokens for one repository and for one network, through the real nginx and with the real Git."""

import re
import socket
import subprocess

import pytest
import requests

from jeton import Builds, Jeton, basic, git, git_environment
from pasted import commands, made_on_the_page, paste
from test_git import commit, refusal


@pytest.fixture(scope="module")
def house(tmp_path_factory):
    """A server whose Git service has paths, and the example's nginx before it."""
    folder = tmp_path_factory.mktemp("scopes")
    desk = Jeton(folder, config=folder / "jeton.yaml")
    nginx = Builds(folder / "builds", desk)
    desk.config.write_text(f"""
services:
  maven: {{ title: Maven private repository, url: "{nginx.url}/maven/", paths: [/com/*] }}
  git:   {{ title: Studio projects over Git, kind: git, url: "{nginx.url}/git/", paths: [/*/*.git] }}
  ops:   {{ title: Operations, realm: Ops desk, groups: [ops] }}
""")
    with desk, nginx:
        desk.add_user("alice")
        for name in ("team/app", "team/app2", "team/other", "else/app"):
            nginx.make_repository(name)
        yield desk, nginx


@pytest.fixture(scope="module")
def desk(house):
    return house[0]


@pytest.fixture(scope="module")
def nginx(house):
    return house[1]


@pytest.fixture(scope="module")
def narrow(desk):
    return desk.make_token("narrow", "--scope", "git:write:/team/app.git")


@pytest.fixture(scope="module")
def wide(desk):
    return desk.make_token("wide", "--scope", "git")


def test_it_pushes_to_its_repository_and_to_no_other(desk, nginx, narrow, tmp_path):
    address = f"http://alice:{narrow}@{nginx.address}/git"
    git("clone", "--quiet", f"{address}/team/app.git", "one", folder=tmp_path)
    commit(tmp_path / "one", "from one")
    git("push", "--quiet", folder=tmp_path / "one")
    git("clone", "--quiet", f"{address}/team/app.git", "two", folder=tmp_path)
    assert (tmp_path / "two/file").read_text() == "from one"

    for other in ("team/other.git", "team/app2.git", "else/app.git"):
        for what, words in (("read", ["ls-remote", f"{address}/{other}"]),
                            ("write", ["push", f"{address}/{other}", "HEAD:refs/heads/main"])):
            assert refusal(git(*words, folder=tmp_path / "one", check=False)) == [
                f"this token may {what} at Studio projects over Git only below /team/app.git; "
                f"create one that may {what} here: {desk.new_token('git', what, f'/{other}')}"], other


def test_one_that_reads_there_cannot_push_there(desk, nginx, tmp_path):
    reader = desk.make_token("narrow reader", "--scope", "git:read:/team/app.git")
    address = f"http://alice:{reader}@{nginx.address}/git/team/app.git"
    git("clone", "--quiet", address, "one", folder=tmp_path)
    commit(tmp_path / "one", "not to arrive")
    assert refusal(git("push", folder=tmp_path / "one", check=False)) == [
        "this token may not write at Studio projects over Git; create one that may write: "
        + desk.new_token("git", "write", "/team/app.git")]


def raw(nginx, target, token, method="GET", headers=""):
    """The status of a request that no client library has put in order first, and the body."""
    head = (f"{method} {target} HTTP/1.1\r\nHost: {nginx.address}\r\nAuthorization: {basic('alice', token)}\r\n"
            f"{headers}Connection: close\r\n\r\n")
    with socket.create_connection(("127.0.0.1", nginx.port), timeout=30) as connection:
        connection.sendall(head.encode("latin-1"))
        answer = b""
        while received := connection.recv(65536):
            answer += received
    status = re.match(rb"HTTP/1\.1 (\d{3}) ", answer)
    return int(status.group(1)) if status else 0, answer.partition(b"\r\n\r\n")[2].decode("latin-1")


# Each leads nginx to another repository, as the wide token shows.
WAYS_OUT = [
    "/git/team/app.git/../other.git/HEAD",
    "/git/team/app.git/%2e%2e/other.git/HEAD",
    "/git/team/app.git/.%2E/other.git/HEAD",
    "/git/team/app.git/..%2fother.git/HEAD",
    "/git/team/app.git%2f..%2fother.git/HEAD",
    "/git/team/app.git/x/../../other.git/HEAD",
    "/git/team/app.git//../other.git/HEAD",
    "/git/team/app.git/./../other.git/HEAD",
    "/git/team/app.git/../%6fther.git/HEAD",
    "/git/team//other.git/HEAD",
    "/git/team/app.git/../app2.git/HEAD",
    "/git/team/app2.git/HEAD",
    "/git/team/other.git/HEAD?/git/team/app.git/",
]


@pytest.mark.parametrize("target", WAYS_OUT)
def test_no_way_leads_out(nginx, narrow, wide, target):
    assert raw(nginx, target, wide) == (200, "ref: refs/heads/main\n"), "this way leads nowhere"
    status, body = raw(nginx, target, narrow)
    assert status == 403
    assert body.startswith("this token may read at Studio projects over Git only below /team/app.git; ")
    for forged in ("X-Original-URI: /git/team/app.git/HEAD\r\n", "X-Forwarded-Uri: /git/team/app.git/HEAD\r\n"
                   "X-Forwarded-Method: GET\r\n"):
        assert raw(nginx, target, narrow, headers=forged)[0] == 403, forged


@pytest.mark.parametrize(
    "target",
    [
        "/git/team/app.git/..;/other.git/HEAD", "/git/team/app.git/..%3b/other.git/HEAD",
        "/git/team/app.git/..%5cother.git/HEAD", "/git/team/app.git/..\\other.git/HEAD",
        "/git/team/app.git/%252e%252e/other.git/HEAD", "/git/team/app.git/..%252fother.git/HEAD",
        "/git/team/app.git/%c0%ae%c0%ae/other.git/HEAD", "/git/team/app.git/..%c0%afother.git/HEAD",
        "/git/team/app.git/..%00/other.git/HEAD", "/git/team/app.git/.. /other.git/HEAD",
        "/git/team/app.git/..%20/other.git/HEAD", "/git/team/app.git/.../other.git/HEAD",
        "/git/team/app.git%23/../../other.git/HEAD", "/git/team/app.git#/../other.git/HEAD",
        "/git/team/app.git;x/HEAD", "/git/team/app.git./HEAD", "/git/team/app.git%20/HEAD", "/git/Team/app.git/HEAD",
        "/git/team/app.git/%zz/HEAD", "/git/team/app.git/%", "/git/team/app.git%2f/HEAD", "/git//team/app.git/HEAD",
        "/git/./team/app.git/HEAD", "/x/../git/team/app.git/HEAD", "//git/team/app.git/HEAD",
        "http://other.example/git/team/other.git/HEAD", "http://x/git/team/app.git/../other.git/HEAD",
        "/git/team", "/git/", "/git/team/", "*",
    ])
def test_what_cannot_be_told_is_refused(nginx, narrow, target):
    assert raw(nginx, target, narrow)[0] in (400, 403, 404, 405), "404 and 405 are nginx's own, of no service"
    assert "ref: refs/heads/main" not in raw(nginx, target, narrow)[1]


def test_what_is_plain_passes_however_it_is_encoded(nginx, narrow):
    for target in ("/git/team/app.git/HEAD", "/git/te%61m/app%2egit/HEAD", "/git/team/app.git/HEAD?x=/../&y=//",
                   "http://any.example/git/team/app.git/HEAD"):
        assert raw(nginx, target, narrow) == (200, "ref: refs/heads/main\n"), target


def test_a_method_in_lower_case_writes(desk, nginx):
    reader = desk.make_token("lower case", "--scope", "git:read:/team/app.git")
    assert raw(nginx, "/git/team/app.git/HEAD", reader, method="get")[0] in (400, 403)


def test_a_folder_of_maven(desk, nginx):
    token = desk.make_token("maven folder", "--scope", "maven:write:/com/example")
    inside, beside = f"{nginx.url}/maven/com/example/a/1/a.jar", f"{nginx.url}/maven/com/example2/a.jar"
    assert requests.put(inside, data=b"jar", auth=("", token)).status_code == 201
    assert requests.get(inside, auth=("", token)).content == b"jar"
    for method in ("GET", "PUT"):
        assert requests.request(method, beside, auth=("", token)).status_code == 403
    # What nginx does not serve, others would.
    answer = requests.request(
        "MOVE", inside, auth=("", token), headers={"Destination": f"{nginx.url}/maven/com/example2/a.jar"})
    assert answer.status_code == 403


def test_a_token_that_is_bound_to_addresses(desk, nginx):
    here = desk.make_token("here", "--from", "127.0.0.0/8")
    away = desk.make_token("away", "--from", "192.0.2.0/24", "--from", "2001:db8::/32")
    url = f"{nginx.url}/maven/nothing"
    assert requests.get(url, auth=("", here)).status_code == 404, "it passed, and there is nothing"
    answer = requests.get(url, auth=("", away), headers={"X-Forwarded-For": "192.0.2.7"})
    assert (answer.status_code, answer.text) == (
        403, "this token may not be used from 127.0.0.1; use it from where it is allowed, "
             f"or create one for this address at {desk.new_token()}\n")
    for address, status in (("192.0.2.7", 200), ("::ffff:192.0.2.7", 200), ("198.51.100.1", 403)):
        headers = {"Authorization": f"Bearer {away}", "X-Forwarded-For": address}
        assert desk.verify(headers=headers).status_code == status
        assert requests.get(desk.url + "/api/v1/me", headers=headers).status_code == status
    listed = desk.run("token", "list").stdout
    assert "192.0.2.0/24 2001:db8::/32" in listed


def test_a_service_of_groups(desk):
    """Alice has an account of the desk's own, which is in no group."""
    refused = desk.run("token", "create", "--user", "alice", "--name", "ops", "--scope", "ops",
                       "--config", desk.config, check=False)
    assert (refused.returncode, refused.stderr) == (
        1, "jeton: “ops” is not possible: alice is in no group that may use ops.\n")
    answer = desk.verify("ops", headers={"Authorization": f"Bearer {desk.make_token('everything')}"})
    assert (answer.status_code, answer.headers["X-Jeton-Reason"]) == (403, "not_entitled")
    assert answer.text == (
        "the owner of this token is in none of the groups that may use Operations; ask your administrator\n")
    assert desk.verify("ops").headers["WWW-Authenticate"] == 'Basic realm="Ops desk", charset="UTF-8"'
    assert [service["name"] for service in desk.api("lister").services()] == ["maven", "git"]


def test_tokens_outlive_the_services_and_paths_that_they_name(tmp_path):
    config = tmp_path / "jeton.yaml"
    config.write_text("services: { git: { kind: git, paths: [/*/*.git] }, old: {} }")
    desk = Jeton(tmp_path, config=config)
    with desk:
        desk.add_user("alice")
        token = desk.make_token("ci", "--scope", "git:write:/team/app.git", "--scope", "old:read")
        desk.stop()
        config.write_text("services: { git: { kind: git } }")
        desk.start()
        told = {"Authorization": f"Bearer {token}", "X-Original-Method": "GET"}
        for target, status in (("/team/app.git/HEAD", 200), ("/team/other.git/HEAD", 403)):
            assert desk.verify("git", headers={**told, "X-Original-URI": target}).status_code == status
        assert "git:write:/team/app.git old:read" in desk.run("token", "list").stdout


def test_the_lines_for_git_keep_one_token_for_each_repository(desk, nginx, tmp_path):
    """The page's commands, pasted into a shell, with the token where Git asks for it."""
    for name in ("app", "app2"):
        token, steps = made_on_the_page(
            desk, name=f"lines {name}", services="only", expires="never",
            **{"access.git": "write", "below.git": f"/team/{name}.git"})
        for lines in commands(steps["Git"]):
            if "credential" in lines:
                code, screen = paste(tmp_path, lines, token, GIT_CONFIG_NOSYSTEM="1")
                assert code == 0, screen
            else:
                subprocess.run(["sh", "-c", lines], cwd=tmp_path, env=git_environment(tmp_path), check=True, timeout=60)
    for name in ("app", "app2"):
        commit(tmp_path / name, f"for {name}")
        git("-C", name, "push", "--quiet", folder=tmp_path)
