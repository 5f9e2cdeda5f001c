"""Every proxy of docs/protect, with the lines of its page, held to one table."""

import contextlib
import http.client
import os
import re
import socket
import sqlite3
import subprocess
from concurrent.futures import ThreadPoolExecutor

import pytest
import requests
import websocket

from jeton import PASSWORD, Jeton, basic, git, wait_for
from proxies import PROXIES, Running
from service import Service
from test_git import commit, refusal

# One client is not at the address that Jeton trusts as its proxy's.
CONFIG = """
trusted_proxies: [127.0.0.1/32]
services:
  maven: { title: Maven private repository, kind: http, url: https://maven.example.com/ }
  git:   { title: Studio projects over Git, kind: git, url: https://git.example.com/ }
"""
CLIENT = "127.0.0.7"
# 500 groups of 64 characters: 32 KB, far more than any proxy has room for.
MANY_GROUPS = "".join(f"64:group-{number}-{'g' * 54}," for number in range(100, 600))
# Besides Authorization, the headers in which a token is presented.
CREDENTIALS = [
    "X-Authentication-Token", "Private-Token", "X-NuGet-ApiKey", "X-JFrog-Art-Api", "Job-Token", "Deploy-Token",
]
CHALLENGE = 'Basic realm="Maven private repository", charset="UTF-8"'
METADATA = 'resource_metadata="https://maven.example.com/.well-known/oauth-protected-resource"'


@pytest.fixture(scope="module")
def desk(tmp_path_factory):
    folder = tmp_path_factory.mktemp("desk")
    (folder / "jeton.yaml").write_text(CONFIG)
    with Jeton(folder, config=folder / "jeton.yaml") as jeton:
        jeton.add_user("alice", "--email", "alice@example.com", "--name", "Alice")
        jeton.add_user("bob")
        jeton.add_user("carol")
        jeton.add_user("builds")
        # Groups come from an identity provider: here as the ledger keeps them.
        jeton.stop()
        with contextlib.closing(sqlite3.connect(jeton.data / "jeton.db")) as database, database:
            database.execute("UPDATE subjects SET groups = '10:developers,' WHERE login = 'alice'")
            database.execute(
                "UPDATE subjects SET login = 'bot-ci', login_folded = 'bot-ci', purpose = 'Builds', owner_groups = '',"
                " stewards = '', services = '', addresses = '' WHERE login = 'builds'")
            database.execute("UPDATE subjects SET groups = ? WHERE login = 'carol'", [MANY_GROUPS])
        yield jeton.start()


@pytest.fixture(scope="module")
def service(tmp_path_factory):
    with Service(tmp_path_factory.mktemp("git")) as service:
        yield service


@pytest.fixture(scope="module", params=PROXIES, ids=lambda proxy: proxy.name)
def proxy(request, tmp_path_factory, desk, service):
    folder = tmp_path_factory.mktemp(request.param.name)
    with Running(request.param, folder, jeton=desk.port, service=service.port) as running:
        yield running


@pytest.fixture(scope="module")
def token(desk):
    return desk.make_token("proxies")


@pytest.fixture(scope="module")
def bobs_token(desk):
    return desk.make_token("proxies", user="bob")


@pytest.fixture(scope="module")
def bots_token(desk):
    return desk.make_token("proxies", user="bot-ci")


@pytest.fixture(scope="module")
def reader(desk):
    return desk.make_token("reader", "--scope", "maven:read")


def ask(proxy, method="GET", path="/some/path", headers=(), body=None, source=None):
    """Sends exactly these headers, and gives the answer with its body in `text`."""
    connection = http.client.HTTPConnection(
        "127.0.0.1", proxy.port, timeout=60, source_address=(source, 0) if source else None)
    with contextlib.closing(connection):
        skip_host = any(name == "Host" for name, _ in headers)
        connection.putrequest(method, path, skip_host=skip_host, skip_accept_encoding=True)
        for name, value in headers:
            connection.putheader(name, value)
        if body is not None:
            connection.putheader("Content-Length", str(len(body)))
        connection.endheaders(body)
        answer = connection.getresponse()
        answer.text = answer.read().decode()
        return answer


def bearer(token):
    return ("Authorization", f"Bearer {token}")


def seen_by(service):
    """What last arrived at the service, with its headers' names as CGI, WSGI and PHP read them."""
    seen = service.seen[-1]
    named = [(re.sub("[^a-z0-9]", "_", name.lower()), value) for name, value in seen["headers"]]
    return {**seen, "headers": named}


# Who is let in


@pytest.mark.parametrize("method", ["GET", "HEAD", "POST", "PUT", "DELETE", "PROPFIND"])
def test_a_good_token_passes_with_method_and_target_as_they_were(proxy, service, token, method):
    answer = ask(proxy, method, "/some/path?q=1&r=%20x", [("Authorization", basic("alice", token))], body=b"body")
    assert answer.status == 200
    seen = service.seen[-1]
    assert (seen["method"], seen["path"]) == (method, "/some/path?q=1&r=%20x")


def test_the_service_learns_who_it_is(proxy, service, desk, token):
    assert ask(proxy, headers=[bearer(token)]).status == 200
    found = [pair for pair in seen_by(service)["headers"] if pair[0].startswith(("remote", "x_jeton"))]
    identifier = desk.verify(headers=dict([bearer(token)])).headers["X-Jeton-Token"]
    assert sorted(found) == [
        ("remote_email", "alice@example.com"), ("remote_groups", "developers"), ("remote_name", "Alice"),
        ("remote_user", "alice"), ("x_jeton_token", identifier)]


def test_the_service_learns_that_it_is_a_program(proxy, service, bots_token):
    assert ask(proxy, headers=[bearer(bots_token), ("Remote-Kind", "person")]).status == 200
    found = [pair for pair in seen_by(service)["headers"] if pair[0] in ("remote_user", "remote_kind")]
    assert sorted(found) == [("remote_kind", "service-account"), ("remote_user", "bot-ci")]


@pytest.mark.parametrize("forged", [
    ["Remote-User", "Remote-Name", "Remote-Email", "Remote-Groups", "Remote-Kind", "Remote-Actor", "X-Jeton-Groups", "X-Jeton-Token"],
    ["remote-user", "REMOTE-GROUPS", "rEmOtE-eMaIl", "x-jeton-token"],
    ["Remote-User", "Remote-User", "remote-user", "Remote-Groups", "Remote-Groups"],
    ["Remote_User", "Remote_Name", "REMOTE_EMAIL", "remote_groups", "Remote_Kind", "Remote_Actor", "X_Jeton_Groups", "X_Jeton_Token", "X-Jeton_Token"],
    ["Remote.User", "Remote.Groups", "Remote~Email", "Remote!Name", "X.Jeton.Token", "X_Jeton.Token"],
    ["X-Jeton-Reason", "X-Jeton-Message", "X-Jeton-Challenge", "X-Jeton-Password-Deprecated", "Jeton-Token-Expires"],
    ["x_jeton_reason", "X.Jeton.Message", "X_Jeton-Password.Deprecated", "JETON-TOKEN-EXPIRES", "Jeton_Token.Expires"],
], ids=[
    "as they are", "other case", "doubled", "underscores", "other characters", "of an answer", "of an answer, spelled"])
def test_an_identity_that_the_client_wrote_never_arrives(proxy, service, token, bobs_token, forged):
    headers = [(name, "root") for name in forged]
    # bob has neither an e-mail address nor groups: nothing of Jeton's takes the place of what he writes.
    for user, good in (("alice", token), ("bob", bobs_token)):
        answer = ask(proxy, headers=headers + [bearer(good)] + headers)
        if answer.status == 400:  # refused altogether is as good
            continue
        assert answer.status == 200
        seen = seen_by(service)["headers"]
        assert "root" not in [value for _, value in seen]
        of_jeton = ["remote_email", "remote_groups", "remote_name", "remote_user", "x_jeton_token"]
        assert sorted(name for name, _ in seen if name.startswith(("remote", "x_jeton", "jeton"))) == (
            of_jeton if user == "alice" else of_jeton[2:])
        assert ("remote_user", user) in seen
    count = len(service.seen)
    assert ask(proxy, headers=headers).status in (400, 401)
    assert len(service.seen) == count


def test_identity_cannot_be_declared_to_belong_to_the_connection(proxy, service, token):
    # RFC 9110, section 7.6.1: a proxy removes what Connection names, and so may the next one.
    def is_whole():
        headers = dict(seen_by(service)["headers"])
        return headers["remote_user"] == "alice" and "remote" not in headers.get("connection", "").lower()

    answer = ask(proxy, headers=[bearer(token), ("Connection", "close, Remote-User, X-Jeton-Token")])
    assert answer.status in (200, 400)
    assert answer.status == 400 or is_whole()
    address = proxy.url.replace("http", "ws", 1) + "/socket"
    with contextlib.suppress(websocket.WebSocketBadStatusException):
        websocket.create_connection(
            address, header=[f"Authorization: Bearer {token}"], timeout=60,
            connection="Connection: Upgrade, Remote-User, X-Jeton-Token").close()
        assert service.seen[-1]["path"] == "/socket"
        assert is_whole()


def test_somebody_in_many_groups_passes_and_the_service_learns_that_it_is_not_told_all(proxy, service, desk):
    token = desk.make_token(f"many {proxy.proxy.name}", user="carol")
    filling = [(f"X-Filling-{number}", "x" * 1000) for number in range(6)]
    for headers in ([], filling):
        assert ask(proxy, headers=[bearer(token), *headers]).status == 200
        seen = dict(seen_by(service)["headers"])
        groups = seen["remote_groups"].split(",")
        assert len(seen["remote_groups"]) <= 2048 and groups == sorted(groups)
        assert {len(group) for group in groups} == {64} and len(groups) == 31
        assert seen["x_jeton_groups"] == "partial"


def test_the_token_ends_at_the_proxy(proxy, service, token):
    for headers in (
        [bearer(token)], [("Authorization", basic("alice", token))], [("authorization", token)],
        [("X-Authentication-Token", token)], [("Private-Token", token)], [bearer(token), ("private-token", token)],
        *([bearer(token), (name, token)] for name in CREDENTIALS),
        *([bearer(token), (name.replace("-", "_"), token)] for name in CREDENTIALS),
    ):
        assert ask(proxy, headers=headers).status == 200, headers[0][0]
        assert not any(token in value or basic("alice", token) == value for _, value in service.seen[-1]["headers"])
        assert {"authorization", *(name.lower().replace("-", "_") for name in CREDENTIALS)}.isdisjoint(
            name for name, _ in seen_by(service)["headers"])


def test_each_request_of_a_connection_is_judged(proxy, token, reader):
    connection = http.client.HTTPConnection("127.0.0.1", proxy.port, timeout=60)
    with contextlib.closing(connection):
        for _ in range(2):
            for method, secret, status in (
                ("GET", token, 200), ("GET", "wrong", 401), ("PUT", token, 200), ("PUT", reader, 403),
                ("GET", None, 401),
            ):
                headers = {"Authorization": f"Bearer {secret}"} if secret else {}
                connection.request(method, "/some/path", body=b"x" if method == "PUT" else None, headers=headers)
                answer = connection.getresponse()
                answer.read()
                assert answer.status == status


# Who is not


def test_a_refusal_challenges_and_says_why(proxy, service, desk):
    revoked = desk.make_token(f"revoked {proxy.proxy.name}")
    assert ask(proxy, headers=[bearer(revoked)]).status == 200
    desk.revoke(f"revoked {proxy.proxy.name}")
    rows = [
        ([], "no_credentials",
         "Maven private repository needs a token, not a password; create one at"),
        ([("Authorization", basic("alice", PASSWORD))], "not_a_token",
         "this is not a token, and passwords are not accepted here; create a token at"),
        ([bearer("jtn_0123456789ABCDEFGHIJKLMNOPQRSTUV0gITR2")], "unknown_token",
         "this token is unknown here; check that it was copied completely, or create a new one at"),
        ([bearer(revoked)], "revoked", "this token was revoked; create a new one at"),
    ]
    count = len(service.seen)
    for headers, reason, sentence in rows:
        for method, body, access in (("GET", None, "read"), ("PUT", b"x" * 100_000, "write")):
            answer = ask(proxy, method, headers=headers, body=body)
            assert (answer.status, answer.text) == (401, f"{sentence} {desk.new_token(access=access)}\n")
            error = 'error="invalid_token", ' if reason in ("unknown_token", "revoked") else ""
            assert answer.headers.get_all("WWW-Authenticate") == [
                CHALLENGE, f'Bearer {error}scope="maven:{access}", {METADATA}'], "two lines, and Basic first"
            assert answer.headers["X-Jeton-Reason"] == reason
            assert answer.headers["Content-Type"].startswith("text/plain")
    assert len(service.seen) == count


def test_a_token_for_another_service_is_refused(proxy, service, desk):
    other = desk.make_token(f"for git {proxy.proxy.name}", "--scope", "git")
    count = len(service.seen)
    answer = ask(proxy, headers=[bearer(other)])
    assert (answer.status, answer.headers["X-Jeton-Reason"]) == (403, "insufficient_scope")
    assert answer.text == (
        f"this token may not read at Maven private repository; create one that may read: {desk.new_token()}\n")
    assert answer.headers.get_all("WWW-Authenticate") == [
        'Bearer error="insufficient_scope", error_description="a token with the scope maven:read is needed", '
        f'scope="maven:read", {METADATA}']
    assert len(service.seen) == count


def test_two_credentials_are_refused_as_that(proxy, desk, token, reader):
    for headers in ([bearer(token), ("Private-Token", reader)], [bearer(token), bearer(reader)]):
        assert ask(proxy, headers=headers).status in (400, 401), "whoever reads the first only"
    answer = ask(proxy, headers=[bearer(token), ("Private-Token", reader)])
    assert (answer.status, answer.text) == (
        400, "two different credentials were sent at once; send one token, in one header\n")


FORGED = [
    [("X-Original-Method", "GET"), ("X-Original-URI", "/")],
    [("X-Forwarded-Method", "GET"), ("X-Forwarded-Uri", "/")],
    [("x-forwarded-method", "GET"), ("X-Forwarded-Method", "GET"), ("X_Forwarded_Method", "GET")],
    [("X-HTTP-Method-Override", "GET")],
    [("Connection", "close, X-Forwarded-Method, X-Forwarded-Uri, X-Original-Method, X-Original-URI")],
    [("Connection", "x-forwarded-method"), ("Connection", "x-original-method")],
    [("X-Rewrite-URL", "/"), ("X-Original-URL", "/")],
    [("X-Envoy-Original-Path", "/"), ("X-Envoy-Original-Method", "GET")],
]


def test_what_only_reads_cannot_write(proxy, service, reader):
    count = len(service.seen)
    for forged in [[]] + FORGED:
        for method in ("PUT", "POST", "DELETE", "PATCH", "MKCOL", "get", "Get"):
            answer = ask(proxy, method, headers=[bearer(reader)] + forged, body=b"x")
            # A method that the proxy itself does not take is refused by it.
            assert answer.status == 403 or answer.status in (400, 405, 501) and method not in ("PUT", "POST", "DELETE")
    assert len(service.seen) == count
    assert ask(proxy, headers=[bearer(reader)]).status == 200


def test_what_was_judged_is_what_is_done(proxy, service, reader):
    overrides = ["X-HTTP-Method-Override", "x-http-method", "X-Method-Override", "X_HTTP_Method_Override"]
    answer = ask(proxy, headers=[bearer(reader)] + [(name, "PUT") for name in overrides])
    assert answer.status in (200, 400)
    if answer.status == 200:
        assert not [name for name, _ in seen_by(service)["headers"] if "method" in name and "forwarded" not in name]


def test_the_query_string_decides_nothing(proxy, desk, token, reader):
    other = desk.make_token(f"git alone {proxy.proxy.name}", "--scope", "git")
    for query in ("service=git", "scope=maven", "x=/verify/git", "service=git-upload-pack", f"access_token={token}"):
        assert ask(proxy, path=f"/some/path?{query}", headers=[bearer(other)]).status == 403
        assert ask(proxy, "PUT", f"/some/path?{query}", [bearer(reader)], b"x").status == 403
        assert ask(proxy, path=f"/some/path?{query}").status == 401
        assert ask(proxy, path=f"/some/path?{query}", headers=[bearer(reader)]).status == 200


def test_clients_cannot_ask_jeton_through_the_proxy(proxy, service, token):
    for path in ("/_jeton", "/verify/maven", "/healthz", "/tokens"):
        count = len(service.seen)
        answer = ask(proxy, path=path, headers=[bearer(token)])
        assert answer.status == 404 or len(service.seen) == count + 1, "this is the service's path as any other"
        assert answer.headers["Remote-User"] is None


def test_jeton_and_the_service_learn_where_the_client_is(proxy, desk, service):
    user = f"at-home-{proxy.proxy.name.replace('.', '-')}"
    desk.add_user(user)
    passed = []
    for number, forged in enumerate([
        [], [("X-Forwarded-For", "203.0.113.9")], [("X-Forwarded-For", "127.0.0.1")], [("X-Forwarded-For", "")],
        [("x-forwarded-for", "203.0.113.9"), ("X-Forwarded-For", "203.0.113.8")],
        [("X-Real-IP", "203.0.113.9"), ("Forwarded", "for=203.0.113.9")],
        [("Connection", "close, X-Forwarded-For")],
    ]):
        headers = [bearer(desk.make_token(str(number), user=user))] + forged
        status = ask(proxy, headers=headers, source=CLIENT).status
        assert status in (200, 400), forged  # refused altogether is as good
        if status == 200:
            passed.append(str(number))
            assert dict(seen_by(service)["headers"])["x_forwarded_for"].endswith(CLIENT), forged
    assert passed[:2] == ["0", "1"]
    api = desk.api(user=user)

    def uses():
        found = {row["name"]: row.get("last_used") for row in api.list()}
        return all(found[name] for name in passed) and [found[name]["address"] for name in passed]

    assert wait_for(uses) == [CLIENT] * len(passed)


# What passes through


def test_a_large_upload_arrives_whole(proxy, token):
    size = 100_000_000
    data = os.urandom(1000) * (size // 1000)
    answer = requests.put(proxy.url + "/large", data=data, auth=("alice", token), timeout=100)
    assert (answer.status_code, answer.json()["received"]) == (200, size)


def test_an_upload_goes_through_as_it_comes(proxy, service, token):
    service.arrived.clear()

    def body():
        yield b"x" * 100_000
        assert service.arrived.wait(60), "the service sees the beginning before the end was sent"
        yield b"y" * 100_000

    answer = requests.put(proxy.url + "/large", data=body(), auth=("alice", token), timeout=100)
    assert (answer.status_code, answer.json()["received"]) == (200, 200_000)


def test_a_large_upload_with_a_bad_token_is_refused(proxy, service):
    count = len(service.seen)
    with contextlib.suppress(requests.ConnectionError):  # refused while we still send
        assert requests.put(proxy.url, data=bytes(10_000_000), auth=("alice", "wrong"), timeout=60).status_code == 401
    headers = [("Authorization", basic("alice", "wrong")), ("Expect", "100-continue"), ("Content-Length", "10000000")]
    if proxy.proxy.refuses_early:
        assert ask(proxy, "PUT", headers=headers).status == 401, "before anything of it was sent"
    assert len(service.seen) == count


def test_a_websocket_passes(proxy, service, token):
    address = proxy.url.replace("http", "ws", 1) + "/socket"
    connection = websocket.create_connection(address, header=[f"Authorization: Bearer {token}"], timeout=60)
    with contextlib.closing(connection):
        for text in ("one", "two" * 50_000):
            connection.send(text)
            assert connection.recv() == text
    assert ("remote_user", "alice") in seen_by(service)["headers"]
    assert "authorization" not in dict(seen_by(service)["headers"])
    count = len(service.seen)
    for header in ([], ["Authorization: Bearer wrong"]):
        with pytest.raises(websocket.WebSocketBadStatusException) as refused:
            websocket.create_connection(address, header=header, timeout=60)
        assert refused.value.status_code == 401
    assert len(service.seen) == count


@pytest.mark.parametrize("upgrade", [["h2c"], ["websocket, h2c"], ["websocket", "h2c"], ["h2c", "websocket"], ["foo"]])
def test_no_other_protocol_takes_over_the_connection(proxy, service, reader, upgrade):
    # After an upgrade to HTTP/2 nobody would judge what follows.
    count = len(service.seen)
    with contextlib.suppress(http.client.HTTPException, ConnectionError):  # half a WebSocket may go wrong
        ask(proxy, headers=[
            bearer(reader), ("Connection", "Upgrade, HTTP2-Settings"), ("HTTP2-Settings", "AAMAAABkAAQCAAAAAAIAAAAA"),
            *[("Upgrade", value) for value in upgrade]])
    allowed = [[], ["websocket"]] + ([["foo"]] if proxy.proxy.upgrades else [])
    for seen in service.seen[count:]:
        assert [value for name, value in seen["headers"] if name == "upgrade"] in allowed


def test_http2_is_judged_alike(proxy, service, token, reader):
    if not proxy.proxy.http2:
        pytest.skip(f"{proxy.proxy.name} speaks HTTP/2 with TLS alone")

    def curl(*options):
        result = subprocess.run(
            ["curl", "--silent", "--show-error", "--http2-prior-knowledge", "--max-time", "60", *options,
             "--write-out", "\n%{http_code}", proxy.url + "/some/path?q=1"],
            capture_output=True, text=True, timeout=90)
        return int(result.stdout.splitlines()[-1]), result.stdout

    forged = [option for name in ("Remote-User", "remote_user", "remote.user", "X-Jeton-Token", "x-forwarded-method")
              for option in ("--header", f"{name}: root")]
    assert curl(*forged, "--user", f"alice:{token}")[0] == 200
    assert (service.seen[-1]["method"], service.seen[-1]["path"]) == ("GET", "/some/path?q=1")
    assert [value for name, value in seen_by(service)["headers"] if name == "remote_user"] == ["alice"]
    assert "root" not in [value for name, value in seen_by(service)["headers"] if not name.startswith("x_forwarded")]
    count = len(service.seen)
    # Without a body: Debian's curl takes it for a failure when an upload is refused before its end.
    assert curl("--user", f"alice:{reader}", "--request", "DELETE")[0] == 403
    assert curl("--user", f"alice:{reader}", "--request", "get")[0] in (400, 403)
    status, text = curl(*forged)
    assert (status, "needs a token" in text) == (401, True)
    assert len(service.seen) == count


@pytest.mark.parametrize("size", [6_000, 12_000])
def test_a_long_query_passes(proxy, service, token, reader, size):
    path = f"/some/path?q={'x' * size}"
    assert ask(proxy, path=path, headers=[bearer(token)]).status == 200
    assert service.seen[-1]["path"] == path
    assert ask(proxy, path=path, headers=[bearer(reader)]).status == 200
    assert ask(proxy, "PUT", path, [bearer(reader)], b"x").status == 403
    assert ask(proxy, path=path).status == 401


# Git, which Jeton judges by the path and the query


@pytest.fixture(scope="module")
def git_proxy(proxy, tmp_path_factory, desk, service):
    folder = tmp_path_factory.mktemp("git-" + proxy.proxy.name)
    with Running(proxy.proxy, folder, jeton=desk.port, service=service.port, name="git") as running:
        yield running


@pytest.fixture
def repository(git_proxy, service, tmp_path):
    name = f"{git_proxy.proxy.name}.git"
    if not (service.folder / name).exists():
        git("init", "--quiet", "--bare", "--initial-branch=main", str(service.folder / name), folder=tmp_path)
    return f"127.0.0.1:{git_proxy.port}/{name}"


def test_git_clones_and_pushes(repository, desk, token, tmp_path):
    git("clone", "--quiet", f"http://alice:{token}@{repository}", "one", folder=tmp_path)
    commit(tmp_path / "one", "from one")
    (tmp_path / "one/large").write_bytes(os.urandom(3_000_000))
    git("add", "large", folder=tmp_path / "one")
    git("commit", "--quiet", "--message", "large", folder=tmp_path / "one")
    git("push", "--quiet", "origin", "HEAD:main", folder=tmp_path / "one")  # larger than http.postBuffer: chunked
    reader = desk.make_token(f"git reader {repository}", "--scope", "git:read")
    git("clone", "--quiet", f"http://:{reader}@{repository}", "two", folder=tmp_path)
    assert (tmp_path / "two/file").read_text() == "from one"
    commit(tmp_path / "two", "not to arrive")
    assert refusal(git("push", folder=tmp_path / "two", check=False)) == [
        "this token may not write at Studio projects over Git; create one that may write: " + desk.new_token("git", "write")]
    assert "not to arrive" not in git("log", "main", folder=tmp_path / "one")


def test_a_reader_fetches_over_http2(git_proxy, repository, service, desk, tmp_path):
    if not git_proxy.proxy.http2:
        pytest.skip(f"{git_proxy.proxy.name} speaks HTTP/2 with TLS alone")
    reader = desk.make_token(f"over http2 {git_proxy.proxy.name}", "--scope", "git:read")

    def curl(path, *options):
        return subprocess.run(
            ["curl", "--silent", "--http2-prior-knowledge", "--max-time", "60", "--output", "/dev/null", "--write-out",
             "%{http_version} %{http_code}", "--user", f"alice:{reader}", *options, f"http://{repository}/{path}"],
            capture_output=True, text=True, timeout=90, check=True).stdout

    assert curl("info/refs?service=git-upload-pack") == "2 200"
    pull = ["--data-binary", "0000", "--header", "Content-Type: application/x-git-upload-pack-request"]
    assert curl("git-upload-pack", *pull) == "2 200"
    assert service.seen[-1]["path"].startswith(f"/{git_proxy.proxy.name}.git/"), "no absolute target"
    assert curl("info/refs?service=git-receive-pack") == "2 403"
    assert curl("git-receive-pack", "--request", "POST") == "2 403"


def test_a_reader_cannot_disguise_a_push(git_proxy, service, desk):
    reader = desk.make_token(f"disguise {git_proxy.proxy.name}", "--scope", "git:read")
    name = f"{git_proxy.proxy.name}.git"
    count = len(service.seen)
    for method, path in [
        ("GET", f"/{name}/info/refs?service=git-receive-pack"),
        ("GET", f"/{name}/info/refs?service=git-upload-pack&service=git-receive-pack"),
        ("GET", f"/{name}/info/refs?service=git%2Dreceive-pack"),
        ("GET", f"/{name}/info/refs?%73ervice=git-receive-pack"),
        ("POST", f"/{name}/git-receive-pack"), ("POST", f"/{name}/git-receive-pack?service=git-upload-pack"),
        ("POST", f"/{name}/git-receive-pack?/git-upload-pack"), ("POST", f"/{name}/git-receive-pack#/git-upload-pack"),
        ("POST", f"/{name}/git-receive-pack;/git-upload-pack"),
        ("POST", f"/{name}/git-upload-pack/../git-receive-pack"),
        ("POST", f"/{name}/git%2dreceive-pack"), ("POST", f"/{name}/x/%2e%2e/git-receive-pack"),
        ("PUT", f"/{name}/git-upload-pack"),
    ]:
        for forged in [[], [("X-Original-Method", "GET"), ("X-Original-URI", f"/{name}/HEAD")],
                       [("X-Forwarded-Method", "GET"), ("X-Forwarded-Uri", f"/{name}/HEAD")]]:
            answer = ask(git_proxy, method, path, [bearer(reader)] + forged, body=b"" if method != "GET" else None)
            assert answer.status in (400, 403, 404, 307, 301), (method, path, forged)
    assert len(service.seen) == count
    fetch = ask(git_proxy, path=f"/{name}/info/refs?service=git-upload-pack", headers=[bearer(reader)])
    assert fetch.status in (200, 404)


# Where Jeton does not answer


def test_without_jeton_everything_is_closed_and_opens_again(proxy, service, desk, token):
    desk.stop()
    try:
        count = len(service.seen)
        for method, headers in (("GET", []), ("GET", [bearer(token)]), ("PUT", [bearer(token)])):
            answer = ask(proxy, method, headers=headers, body=b"x" if method == "PUT" else None)
            assert answer.status == proxy.proxy.closed
            assert answer.headers["WWW-Authenticate"] is None
        assert len(service.seen) == count
    finally:
        desk.start()
    assert wait_for(lambda: ask(proxy, headers=[bearer(token)]).status == 200)


def test_a_fault_in_the_lua_of_haproxy_lets_nobody_in(tmp_path, desk, service, token):
    class Broken(Running):
        def written(self, text):
            return super().written(text).replace("core.httpclient():get(", "error(")

    proxy = next(proxy for proxy in PROXIES if proxy.name == "haproxy")
    count = len(service.seen)
    with Broken(proxy, tmp_path, jeton=desk.port, service=service.port) as running:
        assert ask(running, headers=[bearer(token)]).status == 503
        wait_for(lambda: "runtime error" in running.log.read_text())
    assert len(service.seen) == count


def test_a_jeton_that_hangs_is_one_that_is_down(tmp_path, service):
    """All proxies at once: each waits its own time."""
    with socket.create_server(("127.0.0.1", 0)) as silent, contextlib.ExitStack() as stack:
        started = [
            stack.enter_context(Running(
                proxy, tmp_path / proxy.name, jeton=silent.getsockname()[1], service=service.port, waits=False))
            for proxy in PROXIES]

        def closed(running):
            # Traefik says 404 until it has read its routes.
            return wait_for(lambda: (status := ask(running).status) != 404 and status, seconds=90)

        count = len(service.seen)
        with ThreadPoolExecutor(len(started)) as pool:
            answers = dict(zip((running.proxy.name for running in started), pool.map(closed, started)))
        assert answers == {proxy.name: proxy.closed for proxy in PROXIES}
        assert len(service.seen) == count
