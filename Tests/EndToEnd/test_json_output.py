"""Every command with `--json`, once each: one document on standard output, on one line, and the same exit codes."""

import contextlib
import json
import re
import sqlite3
import subprocess

import pytest

from issuer import Issuer, github
from jeton import BINARY, PASSWORD, Jeton, free_port, wait_for
from receivers import Endpoint, Mailbox
from transmitter import AUDIENCE, Transmitter
from postgresql import PostgreSQL

# What they print is no answer: a greeting and a log, and a script.
WITHOUT = {"serve", "completion"}

CONFIG = """
services:
  git:   { title: Projects over Git, kind: git, tokens: { approval: [ops] } }
  maven: { title: Maven repository }
"""


def commands():
    """Every command that the help lists."""
    text = subprocess.run([BINARY, "--help"], capture_output=True, text=True, check=True).stdout
    return re.findall(r"^  jeton ([a-z -]+[a-z])", text, flags=re.M)


class Walk:
    """Runs each command on a server, and remembers which were run."""

    def __init__(self, desk):
        self.desk, self.walked = desk, set()

    def __call__(self, line, *arguments, input="", data=True):
        """What `jeton LINE ARGUMENTS --json` prints, parsed."""
        self.walked.add(line)
        command = [BINARY, *line.split(), *map(str, arguments), "--json", *(["--data", self.desk.data] if data else [])]
        result = subprocess.run(command, input=input, capture_output=True, text=True, timeout=60)
        assert result.returncode == 0, (line, result.stderr)
        assert result.stdout.endswith("\n") and result.stdout.count("\n") == 1, (line, result.stdout)
        return json.loads(result.stdout)


@pytest.fixture(scope="module")
def walk(tmp_path_factory):
    folder = tmp_path_factory.mktemp("walk")
    (folder / "jeton.yaml").write_text(CONFIG)
    with Jeton(folder, config=folder / "jeton.yaml") as desk:
        yield Walk(desk)


def test_every_command_that_prints_an_answer_prints_it_as_json(walk, tmp_path):
    desk = walk.desk
    config = desk.config
    assert walk("version", data=False)["version"]
    assert walk("check-config", "--config", config, data=False) == {
        "valid": True, "listen": "127.0.0.1:8080", "public_url": "http://127.0.0.1:8080", "services": ["git", "maven"],
        "certificate_expires_at": None, "warnings": []}
    assert walk("ready") == {"ready": True, "warning": None}
    assert walk("invite")["url"].startswith("http://127.0.0.1:")
    people(walk)
    accounts(walk)
    tokens(walk, tmp_path)
    requests(walk)
    incidents(walk)
    signals(walk, tmp_path / "signals")
    trust(walk, tmp_path / "trust")
    notices(walk, tmp_path / "notices")
    leaks(walk, tmp_path)
    (tmp_path / "state.yaml").write_text("accounts: { bot-ci: { purpose: Applied } }\n")
    assert walk("apply", "-f", tmp_path / "state.yaml")["summary"] == {
        "add": 0, "change": 1, "remove": 0, "missing": 0}
    assert walk("passwords report")["uses"] == []
    # A document on each line, and here one.
    assert walk("events", "--limit", "1")["kind"]
    assert walk("policy check", "--config", config)["rules"]
    assert walk("backup", tmp_path / "copy.db") == {"path": f"{tmp_path}/copy.db"}
    with PostgreSQL() as server:
        moved = walk(
            "migrate", "--from", f"sqlite:{tmp_path}/copy.db", "--to", server.address(), "--quiet", data=False)
    assert moved["was_there"] is False and moved["tables"]
    assert walk.walked == set(commands()) - WITHOUT, "each command has a line here"


def people(walk):
    assert walk("user add", "alice", "--admin", input=PASSWORD + "\n")["login"] == "alice"
    for login in ("bob", "carol"):
        walk("user add", login, "--group", "ops", input=PASSWORD + "\n")
    assert {person["login"] for person in walk("user list")} == {"alice", "bob", "carol"}
    assert walk("user promote", "bob")["administrator"] is True
    assert walk("user demote", "bob")["administrator"] is False
    assert walk("user groups", "bob", "--add", "sre")["groups"] == ["ops", "sre"]
    assert walk("user groups", "bob")["groups"] == ["ops", "sre"]
    assert walk("user suspend", "bob")["suspended_at"] is not None
    assert walk("user resume", "bob")["suspended_at"] is None
    assert walk("user passwd", "bob", input=PASSWORD + " 2\n")["login"] == "bob"
    has_signed_in_through_a_provider(walk.desk, "bob")
    assert walk("user release-identity", "bob")["login"] == "bob"
    assert walk("user rename", "carol", "--name", "Carol C.")["name"] == "Carol C."
    assert walk("user sessions", "carol") == []
    assert walk("user end-sessions", "carol")["ended"] == 0
    walk("user add", "dave", input=PASSWORD + "\n")
    assert walk("user remove", "dave", "--yes")["login"] == "dave"


def incidents(walk):
    for name in ("leaked", "leaked too"):
        walk.desk.make_token(name, "--scope", "maven", user="carol")
    opened = walk("incident open", "Leak", "--user", "carol", "--search", "leaked", "--yes")
    number, = [found["number"] for found in walk("incident list")]
    assert opened and walk("incident show", number)
    token = json.loads(walk.desk.run("token", "list", "--user", "carol", "--json").stdout)[0]["id"]
    assert walk("incident release", number, "--token", token)
    assert walk("incident revoke", number, "--all")
    assert walk("incident close", number)


def signals(walk, folder):
    """By a desk of its own, which takes them."""
    folder.mkdir()
    (folder / "secret").write_text("client secret\n")
    with Transmitter() as transmitter:
        stream = {"client_id": "receiver", "client_secret_file": str(folder / "secret")}
        desk = Jeton(folder, config=folder / "jeton.yaml")
        desk.config.write_text(json.dumps({"public_url": desk.url, "signals": {
            "issuer": transmitter.issuer, "audience": AUDIENCE, "subject_issuer": transmitter.issuer, "stream": stream}}))
        with desk:
            own = Walk(desk)
            assert own("signals set-up")["stream_id"] == "stream-1"
            assert own("signals verify")["verified_at"]
            assert own("signals status")["status"] == "enabled"
    walk.walked |= own.walked


def trust(walk, folder):
    """By a desk of its own, which takes the identities of an issuer."""
    folder.mkdir()
    with Issuer() as issuer:
        desk = Jeton(folder, config=folder / "jeton.yaml")
        desk.config.write_text(json.dumps({
            "public_url": desk.url, "federation": {"hub": {"issuer": issuer.issuer, "kind": "github"}}}))
        with desk:
            own = Walk(desk)
            desk.add_user("alice", "--group", "build-team")
            own("account add", "bot-ci", "--purpose", "Builds", "--owners", "build-team")
            rule = own("trust add", "--account", "bot-ci", "--name", "release", "--issuer", "hub",
                       "--claim", "repository_id=74")
            assert own("trust list") == [rule]
            (folder / "identity").write_text(issuer.identity(desk.url, **github()))
            assert own("trust test", "--token-file", folder / "identity")["match"] == rule["id"]
            assert own("trust remove", "--id", rule["id"])["revoked_tokens"] == 0
    walk.walked |= own.walked


def notices(walk, folder):
    """By a desk of its own, with a mail server and a webhook."""
    folder.mkdir()
    (folder / "secret").write_text("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSwAbCdEfGh\n")
    with Mailbox(free_port()) as mail, Endpoint(free_port()) as hook:
        (folder / "jeton.yaml").write_text(json.dumps({"notices": {
            "mail": {"server": f"127.0.0.1:{mail.port}", "security": "none", "from": "tokens@desk.example"},
            "webhooks": {"ops": {"url": hook.url, "secret_file": str(folder / "secret")}},
            "team_webhooks": {"allowed": ["hooks.example.com"]}}}))
        with Jeton(folder, config=folder / "jeton.yaml") as desk:
            own = Walk(desk)
            desk.add_user("alice", "--admin", "--email", "alice@example.com")
            assert [found["channel"] for found in own("notices test")] == ["ops"]
            hook.answers = [410]
            token = own("token create", "--user", "alice", "--name", "ci")
            assert own("token notify", "--token", token["id"], "--reason", "Still needed?", "--yes")["changed"] == 1
            wait_for(lambda: own("notices list", "--state", "failed"))
            assert own("notices enable", "webhook/ops")["enabled"] is True
            assert own("notices send-again", "all")["waiting"] > 0
            own("account add", "bot-ci", "--purpose", "Builds", "--owners", "ops")
            own("account webhook", "bot-ci", "--url", "https://hooks.example.com/x")
            assert own("account webhook", "bot-ci")["url"] == "https://hooks.example.com/x"
    walk.walked |= own.walked


def leaks(walk, folder):
    secret = walk.desk.make_token("found", "--scope", "maven", user="carol")
    (folder / "build.log").write_text(f"login with {secret}\n")
    (folder / "found.json").write_text(json.dumps([{"token": secret, "url": "https://wiki.example.com/1", "source": "wiki"}]))
    assert walk("leaks report", folder / "found.json")["secrets"]
    assert walk("leaks scan", folder / "build.log")
    decoy = walk("token create", "--decoy", "--user", "carol", "--name", "wiki")
    assert [found["id"] for found in walk("decoy list")] == [decoy["id"]]
    assert walk("decoy revoke", "--id", decoy["id"])


def has_signed_in_through_a_provider(desk, login):
    assert desk.stop() == 0
    with contextlib.closing(sqlite3.connect(desk.data / "jeton.db")) as ledger, ledger:
        ledger.execute(
            "INSERT INTO identities (issuer, name, subject) SELECT 'https://p', 'x', id FROM subjects WHERE login = ?",
            [login])
    desk.start()


def accounts(walk):
    added = walk("account add", "bot-ci", "--purpose", "Builds", "--owners", "ops")
    assert (added["login"], added["owners"]) == ("bot-ci", ["ops"])
    assert [account["login"] for account in walk("account list")] == ["bot-ci"]
    assert walk("account show", "bot-ci")["purpose"] == "Builds"
    assert walk("account edit", "bot-ci", "--purpose", "Nightly builds")["purpose"] == "Nightly builds"
    assert walk("account suspend", "bot-ci")["suspended_at"] is not None
    assert walk("account resume", "bot-ci")["suspended_at"] is None
    walk("account add", "bot-old", "--purpose", "Builds", "--owners", "ops")
    assert walk("account remove", "bot-old", "--yes")["login"] == "bot-old"


def tokens(walk, tmp_path):
    created = walk("token create", "--user", "alice", "--name", "ci", "--scope", "maven")
    assert walk.desk.status(created["secret"]) == 200
    assert [token["id"] for token in walk("token list")] == [created["id"]]
    assert walk("token show", "--id", created["id"])["name"] == "ci"
    rotated = walk("token rotate", "--id", created["id"], "--overlap", "1h")
    assert walk.desk.status(rotated["secret"]) == 200
    assert walk("token revoke", "--id", created["id"], "--previous")["ended"] == 1
    assert walk("token pause", "--id", created["id"], "--for", "1h")["state"] == "paused"
    assert walk("token resume", "--id", created["id"])["state"] == "live"
    assert walk("token hand-over", "--id", created["id"], "--to", "bot-ci")["owner"] == "bot-ci"
    assert [token["id"] for token in walk("token revoke", "--id", created["id"])["revoked"]] == [created["id"]]
    assert walk("token revoke", "--agents", "--user", "alice") == {"ended": 0}
    file = tmp_path / "secret"
    file.write_text(walk.desk.make_token("itself", "--scope", "jeton:rotate", "--scope", "maven"))
    by_itself = ["--self", "--desk", walk.desk.url, "--into", file]
    assert walk("token rotate", *by_itself) == {
        "file": str(file), "previous_secret": "ended", "was_interrupted": False}
    assert walk("token rotate", *by_itself, "--overlap", "1h") == {
        "file": str(file), "previous_secret": "works", "was_interrupted": False, "overlap_seconds": 3600}


def requests(walk):
    api = walk.desk.api()
    asked = [
        api.session.post(f"{api.url}/requests", json={"name": name, "scopes": ["git"], "reason": "r"}, timeout=10).json()
        for name in ("one", "two")]
    assert {request["id"] for request in walk("request list")} == {request["id"] for request in asked}
    assert walk("request show", asked[0]["id"])["state"] == "open"
    assert walk("request approve", asked[0]["id"])["state"] == "approved"
    assert walk("request deny", asked[1]["id"])["state"] == "denied"


@pytest.mark.parametrize("line, code", [
    ("user suspend nobody", 1), ("token show --id x", 1), ("account remove bot-none", 1), ("user list --no-such-flag", 2),
    ("check-config --config /nowhere.yaml", 2), ("policy check --at never", 2),
])
def test_a_failure_is_on_standard_error_and_its_code_stays(walk, line, code):
    data = [] if line.startswith("check-config") else ["--data", str(walk.desk.data)]
    plain = subprocess.run([BINARY, *line.split(), *data], capture_output=True, text=True)
    as_json = subprocess.run([BINARY, *line.split(), "--json", *data], capture_output=True, text=True)
    assert (as_json.returncode, as_json.stdout, as_json.stderr) == (code, "", plain.stderr)
    assert plain.returncode == code and plain.stderr.startswith("jeton: ")


def test_a_server_that_is_not_ready_prints_nothing(tmp_path):
    refused = subprocess.run([BINARY, "ready", "--json", "--data", tmp_path], capture_output=True, text=True)
    assert (refused.returncode, refused.stdout) == (1, "")


def test_a_token_that_cannot_be_printed_as_json_is_revoked(walk):
    with open("/dev/full", "w") as full:
        refused = subprocess.run(
            [BINARY, "token", "create", "--user", "alice", "--name", "unseen", "--json", "--data", walk.desk.data],
            stdout=full, stderr=subprocess.PIPE, text=True, timeout=60)
    assert refused.returncode == 1 and "so it was revoked" in refused.stderr
    assert "jtn_" not in refused.stderr
