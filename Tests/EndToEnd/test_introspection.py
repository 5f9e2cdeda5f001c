"""Introspection, revocation and metadata (RFC 7662, 7009, 8414), by the lines of the document."""

import json
import os
import re
import subprocess

import pytest
import requests

from jeton import BINARY, PASSWORD, ROOT, Jeton, wait_for

DOCUMENT = (ROOT / "docs/protect/introspection.md").read_text()
LINES = re.findall(r"```sh\n(.*?)```", DOCUMENT, re.S)
FORM = {"Content-Type": "application/x-www-form-urlencoded"}


def run(line, **variables):
    """What a line of the document prints."""
    result = subprocess.run(
        ["bash", "-c", line], env={"PATH": os.environ["PATH"], **variables}, capture_output=True, text=True,
        timeout=30)
    assert result.returncode == 0, result.stderr
    return result.stdout


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("introspection")


@pytest.fixture(scope="module")
def desk(folder):
    path = folder / "maven.secret"
    run(LINES[0].replace("/etc/jeton", str(folder)))
    config = folder / "jeton.yaml"
    config.write_text(
        re.search(r"```yaml\n(.*?)```", DOCUMENT, re.S)[1].replace("/etc/jeton", str(folder)) + "  git:\n")
    with Jeton(folder, config=config) as server:
        server.secret = path.read_text().strip()
        server.add_user("alice", "--name", "Alice Example", "--email", "alice@example.com")
        yield server


def introspect(desk, token, **options):
    options.setdefault("auth", ("maven", desk.secret))
    return requests.post(f"{desk.url}/oauth/introspect", data={"token": token}, timeout=10, **options)


def documented(desk, line, token):
    return run(line, SECRET=desk.secret, TOKEN=token, JETON=desk.url)


def test_the_documents_lines_do_what_it_says(desk):
    token = desk.make_token("documented", "--expires", "2030-01-01T00:00:00Z")
    answer = json.loads(documented(desk, LINES[1], token))
    described = json.loads(re.search(r"```json\n(.*?)```", DOCUMENT, re.S)[1])
    described["groups"] = []
    own = {"sub", "jti", "iat", "iss", "exp"}
    assert answer.keys() == described.keys()
    assert {name: value for name, value in answer.items() if name not in own} == {
        name: value for name, value in described.items() if name not in own}
    assert (answer["iss"], answer["exp"]) == (desk.url, 1893456000)
    assert desk.status(token) == 200

    assert documented(desk, LINES[2], token) == ""
    assert desk.status(token) == desk.status(token, "git") == 401
    assert json.loads(documented(desk, LINES[1], token)) == {"active": False}

    metadata = json.loads(documented(desk, LINES[3], token))
    assert metadata["issuer"] == desk.url
    for name in ("introspection", "revocation"):
        assert requests.post(metadata[f"{name}_endpoint"], timeout=10).status_code == 400
    assert {"maven", "maven:read", "maven:write", "git"} <= set(metadata["scopes_supported"])


def test_a_service_learns_what_concerns_it_alone(desk):
    both = desk.make_token("both", "--scope", "maven:read", "--scope", "git:write")
    assert introspect(desk, both).json()["scope"] == "maven:read"
    for token in (desk.make_token("git alone", "--scope", "git"), PASSWORD, desk.secret, "jtn_"):
        answer = introspect(desk, token)
        assert (answer.status_code, answer.text) == (200, '{"active":false}\n')
        assert answer.headers["Cache-Control"] == "no-store"


def test_who_is_no_service_learns_nothing(desk):
    token = desk.make_token("asked about")
    refusals = [
        introspect(desk, token, auth=auth)
        for auth in (None, ("maven", "wrong"), ("git", desk.secret), ("alice", token), ("maven", token))]
    assert {(answer.status_code, answer.text) for answer in refusals} == {(401, refusals[0].text)}
    assert refusals[0].json()["error"] == "invalid_client"
    assert refusals[0].headers["WWW-Authenticate"].startswith("Basic ")


def test_no_secret_reaches_the_log_or_the_disk(desk):
    token = desk.make_token("unseen")
    introspect(desk, token)
    introspect(desk, token, auth=("maven", "a wrong secret of theirs"))
    requests.post(f"{desk.url}/oauth/revoke", data={"token": token}, timeout=10)
    wait_for(lambda: '"path":"/oauth/revoke"' in desk.log.read_text())
    files = [desk.log, *(path for path in desk.data.iterdir() if path.is_file())]
    for path in files:
        content = path.read_bytes()
        for secret in (token, desk.secret, "a wrong secret of theirs"):
            assert secret.encode() not in content, path


def test_a_use_is_seen_and_who_revoked_too(desk):
    token = desk.make_token("seen")
    introspect(desk, token, headers={"User-Agent": "Apache-Maven/3.8.7", "X-Forwarded-For": "192.0.2.7"})
    tokens = desk.api("looks on")

    def row():
        answer = tokens.session.get(f"{tokens.url}/tokens?state=all", timeout=10).json()
        return next(row for row in answer["tokens"] if row["name"] == "seen")

    use = wait_for(lambda: row()["last_used"])
    assert (use["service"], use["client"], use["address"]) == ("maven", "Maven 3.8.7", "192.0.2.7")
    answer = requests.post(
        f"{desk.url}/oauth/revoke", data={"token": token}, auth=("maven", desk.secret), timeout=10)
    assert (answer.status_code, answer.text) == (200, "")
    assert row()["revoked"]["reason"] == "by_service"


@pytest.mark.parametrize("path", ["/oauth/introspect", "/oauth/revoke"])
def test_what_is_no_question_is_refused(desk, path):
    url = desk.url + path
    auth = ("maven", desk.secret)
    for answer, status in [
        (requests.get(url, auth=auth, timeout=10), 405),
        (requests.post(url, auth=auth, data="token=a&token=b", headers=FORM, timeout=10), 400),
        (requests.post(url + "?token=a", auth=auth, data="", headers=FORM, timeout=10), 400),
        (requests.post(url, auth=auth, json={"token": "a"}, timeout=10), 400),
        (requests.post(url, auth=auth, data=b"token=" + b"x" * (2 << 20), headers=FORM, timeout=10), 413),
        (requests.post(url, auth=auth, data=b"token=%ff%00%f&\xff=\xfe", headers=FORM, timeout=10), 200),
    ]:
        assert answer.status_code == status, answer.text


def test_an_unreadable_or_weak_secret_is_a_clear_line(tmp_path):
    config = tmp_path / "jeton.yaml"
    config.write_text(f"services: {{maven: {{secret_file: {tmp_path}/secret}}}}\n")
    for content, words in [(None, "No such file"), ("short\n", "at least 16 characters"), ("", "only the secret")]:
        if content is not None:
            (tmp_path / "secret").write_text(content)
        result = subprocess.run(
            [BINARY, "check-config", "--config", config],
            capture_output=True, text=True, timeout=30)
        assert result.returncode == 2 and words in result.stderr, result.stderr
        assert "short" not in result.stderr
