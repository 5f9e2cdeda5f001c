"""The command line: what it prints, its exit codes, with the server running and without."""

import json
import re
import signal
import subprocess

import pytest
import requests

from jeton import BINARY, PASSWORD, Jeton, free_port, wait_for

TOKEN = re.compile(r"jtn_[0-9A-Za-z]{38}\n")


def jeton_alone(*arguments, input=""):
    return subprocess.run([BINARY, *arguments], input=input, capture_output=True, text=True, timeout=30)


COMMANDS = [
    [], ["serve"], ["check-config"], ["ready"], ["user"], ["user", "add"], ["user", "list"], ["user", "suspend"],
    ["user", "resume"], ["user", "passwd"], ["user", "promote"], ["user", "demote"], ["user", "groups"], ["invite"],
    ["account"], ["account", "add"], ["account", "list"], ["account", "show"], ["account", "edit"],
    ["account", "suspend"], ["account", "resume"], ["account", "remove"],
    ["token"], ["token", "create"], ["token", "list"],
    ["token", "show"], ["token", "rotate"], ["token", "pause"], ["token", "resume"], ["token", "revoke"], ["backup"], ["completion"],
    ["version"],
]


@pytest.mark.parametrize("command", COMMANDS, ids=" ".join)
def test_every_command_has_its_help(command):
    result = jeton_alone(*command, "--help")
    assert result.returncode == 0, result.stderr
    assert result.stdout.lower().startswith(("usage", "jeton")) and result.stderr == ""


@pytest.mark.parametrize(
    "arguments",
    [["nothing"], ["user", "nothing"], ["serve", "--nothing"], ["serve", "--listen"], ["user", "add"],
     ["serve", "--listen", "nowhere"], ["token", "create", "--expires", "soon", "--user", "a", "--name", "b"]],
    ids=" ".join,
)
def test_a_command_that_cannot_be_understood_is_2(arguments):
    result = jeton_alone(*arguments)
    assert result.returncode == 2
    assert result.stdout == "" and result.stderr.strip()


def test_version():
    result = jeton_alone("version")
    assert result.returncode == 0 and re.search(r"\d+\.\d+", result.stdout)


@pytest.fixture(params=["serving", "at rest"])
def desk(request, tmp_path):
    """A folder of data with a server on it, and one without."""
    jeton = Jeton(tmp_path)
    if request.param == "serving":
        jeton.start()
    yield jeton
    if jeton.process:
        jeton.kill()


def test_the_life_of_a_token(desk):
    desk.add_user("alice")
    made = desk.run("token", "create", "--user", "alice", "--name", "ci", "--scope", "git:read", "--expires", "30d")
    assert TOKEN.fullmatch(made.stdout), "the token, alone, on standard output"
    token = made.stdout.strip()
    if desk.process:
        assert (desk.status(token, "git"), desk.status(token, "maven")) == (200, 403)

    listed = json.loads(desk.run("token", "list", "--user", "alice", "--json").stdout)
    assert [(row["name"], row["scopes"]) for row in listed] == [("ci", ["git:read"])]
    assert token not in json.dumps(listed)
    assert "ci" in desk.run("token", "list", "--user", "alice").stdout

    desk.run("token", "revoke", "--user", "alice", "--name", "ci")
    if not desk.process:
        desk.start()
    assert desk.status(token, "git") == 401


def test_people(desk):
    desk.add_user("alice")
    desk.add_user("bob")
    again = desk.run("user", "add", "Alice", input=PASSWORD + "\n", check=False)
    assert (again.returncode, "is already taken" in again.stderr) == (1, True)
    token = desk.make_token("hers")

    people = json.loads(desk.run("user", "list", "--json").stdout)
    assert [person["login"] for person in people] == ["alice", "bob"]

    desk.run("user", "suspend", "alice")
    if not desk.process:
        desk.start()
    assert desk.status(token) == 403
    desk.run("user", "resume", "alice")
    assert desk.status(token) == 200

    desk.run("user", "passwd", "alice", input="quite another password\n")
    desk.sign_in("alice", "quite another password")
    with pytest.raises(AssertionError):
        desk.sign_in("alice", PASSWORD)

    common = desk.run("user", "passwd", "alice", input="Passw0rd!\n", check=False)
    assert (common.returncode, "four unrelated words" in common.stderr) == (1, True)


@pytest.mark.parametrize(
    "arguments, words",
    [
        (["token", "create", "--user", "nobody", "--name", "a"], "nobody"),
        (["token", "create", "--user", "alice", "--name", ""], "must not be empty"),
        (["token", "create", "--user", "alice", "--name", "a", "--scope", "nothing"], "unknown"),
        (["token", "revoke", "--user", "alice", "--name", "no such name"], "no such"),
        (["user", "suspend", "nobody"], "nobody"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",
)
def test_what_cannot_be_done_is_1_and_one_line(jeton, arguments, words):
    result = jeton.run(*arguments, check=False)
    assert result.returncode == 1
    assert result.stdout == "" and words in result.stderr and result.stderr.count("\n") == 1


def test_a_short_password_is_refused(jeton):
    result = jeton.run("user", "add", "carol", input="short\n", check=False)
    assert (result.returncode, "at least 8 characters" in result.stderr) == (1, True)


def test_a_second_server_on_the_same_data_is_refused(jeton):
    second = Jeton(jeton.folder)
    result = subprocess.run(
        [BINARY, "serve", "--data", second.data, "--listen", second.address],
        capture_output=True, text=True, timeout=10, stdin=subprocess.DEVNULL)
    assert result.returncode == 1 and "already" in result.stderr
    assert requests.get(jeton.url + "/healthz").status_code == 200


def test_an_address_that_is_taken_is_one_line(jeton, tmp_path):
    result = subprocess.run(
        [BINARY, "serve", "--data", tmp_path / "data", "--listen", jeton.address],
        capture_output=True, text=True, timeout=10, stdin=subprocess.DEVNULL)
    assert result.returncode == 1 and jeton.address in result.stderr


def test_the_data_are_for_their_owner_alone(jeton):
    assert jeton.data.stat().st_mode & 0o777 == 0o700
    for path in jeton.data.iterdir():
        assert path.stat().st_mode & 0o077 == 0, path
    assert (jeton.data / "jeton.sock").stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize("signal", [signal.SIGTERM, signal.SIGINT], ids=lambda signal: signal.name)
def test_a_signal_ends_it_with_0(tmp_path, signal):
    with Jeton(tmp_path) as jeton:
        jeton.process.send_signal(signal)
        assert jeton.process.wait(timeout=10) == 0
        assert not (jeton.data / "jeton.sock").exists()


def test_a_backup_while_serving_is_whole(jeton, tmp_path):
    token = jeton.make_token("backed up")
    copy = tmp_path / "copy"
    copy.mkdir(mode=0o700)
    jeton.run("backup", str(copy / "jeton.db"))
    again = jeton.run("backup", str(copy / "jeton.db"), check=False)
    assert again.returncode == 1 and "exists" in again.stderr

    restored = Jeton(tmp_path)
    copy.rename(restored.data)
    with restored:
        assert restored.status(token) == 200
        assert restored.sign_in("alice")


@pytest.mark.parametrize(
    "text, words",
    [
        ("listen: 127.0.0.1:8080\nlissten: x\n", ":2:"),
        ("services:\n  maven: { kind: ftp }\n", "kind"),
        ("services: [\n", ":2:1:"),
        ("listen: nowhere\n", "listen"),
        ("public_url: not a url\n", "public_url"),
        ("services:\n  jeton: { title: x }\n", "jeton"),
    ],
    ids=["unknown key", "bad value", "no YAML", "bad address", "bad url", "reserved name"],
)
def test_a_fault_in_the_configuration_is_2_with_its_place(tmp_path, text, words):
    config = tmp_path / "jeton.yaml"
    config.write_text(text)
    checked = jeton_alone("check-config", "--config", str(config))
    started = jeton_alone("serve", "--config", str(config), "--data", str(tmp_path / "data"))
    for result in (checked, started):
        assert result.returncode == 2, result
        assert str(config) in result.stderr and words in result.stderr and result.stderr.count("\n") == 1


def test_a_missing_configuration_is_2(tmp_path):
    assert jeton_alone("check-config", "--config", str(tmp_path / "none.yaml")).returncode == 2


def to_full_disk(*arguments, input=PASSWORD + "\n"):
    """Runs `jeton …` with a standard output that takes nothing."""
    with open("/dev/full", "w") as full:
        return subprocess.run(
            [BINARY, *map(str, arguments)], input=input, stdout=full, stderr=subprocess.PIPE, text=True, timeout=60)


@pytest.mark.parametrize("command", [
    ["--help"], ["--version"], ["version"], ["user", "--help"], ["serve", "--help"], ["check-config"],
    ["check-config", "--reference"], ["ready"], ["user", "list"], ["user", "list", "--json"], ["token", "list"],
    ["token", "list", "--json"], ["passwords", "report"], ["passwords", "report", "--csv"],
], ids=" ".join)
def test_what_cannot_be_printed_is_1_and_one_line(jeton, command):
    flags = ["--data", jeton.data] if command[0] in ("ready", "user", "token", "passwords") and "--help" not in command else []
    result = to_full_disk(*command, *flags)
    assert (result.returncode, result.stderr) == (
        1, "jeton: cannot write to standard output: No space left on device\n")


def test_what_was_done_is_done_where_it_cannot_be_told(jeton, tmp_path):
    commands = [
        (["user", "add", "dave"], "added dave"), (["user", "passwd", "dave"], "changed the password of dave"),
        (["user", "suspend", "dave"], "suspended dave"), (["user", "resume", "dave"], "resumed dave"),
        (["backup", tmp_path / "copy.db"], f"backed up to {tmp_path}/copy.db"),
    ]
    for command, done in commands:
        result = to_full_disk(*command, "--data", jeton.data)
        assert result.returncode == 1
        assert result.stderr.endswith(f"No space left on device; this was done nevertheless: {done}\n"), result.stderr
    assert (tmp_path / "copy.db").exists()
    jeton.make_token("doomed")
    result = to_full_disk("token", "revoke", "--user", "alice", "--name", "doomed", "--data", jeton.data)
    assert result.returncode == 1 and "this was done nevertheless: revoked doomed" in result.stderr


def test_a_token_that_nobody_was_shown_is_revoked(desk):
    desk.add_user("alice")
    command = ["token", "create", "--user", "alice", "--name", "unseen", "--data", desk.data]
    refused = to_full_disk(*command)
    assert refused.returncode == 1 and refused.stderr.count("\n") == 1
    assert "(No space left on device), so it was revoked" in refused.stderr
    closed = subprocess.Popen([BINARY, *command], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    closed.stdout.close()
    assert "(Broken pipe), so it was revoked" in closed.stderr.read()
    assert closed.wait(timeout=30) == 1
    closed.stderr.close()
    states = [token["state"] for token in json.loads(
        desk.run("token", "list", "--user", "alice", "--all", "--json").stdout)]
    assert states == ["revoked", "revoked"]
    # The name is free, and who reads it gets it.
    assert TOKEN.fullmatch(desk.make_token("unseen") + "\n")


def test_who_closed_the_pipe_has_read_enough(jeton):
    for command in (["token", "list"], ["--help"]):
        process = subprocess.Popen(
            [BINARY, *command, *(["--data", jeton.data] if command[0] == "token" else [])],
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        process.stdout.close()
        assert process.stderr.read() == ""
        assert process.wait(timeout=30) == 0
        process.stderr.close()


def test_a_first_link_that_nobody_was_shown_ends_the_server(tmp_path):
    serve = ["serve", "--data", tmp_path / "data", "--listen", f"127.0.0.1:{free_port()}"]
    result = to_full_disk(*serve)
    assert result.returncode == 1 and "cannot write to standard output" in result.stderr
    # With an account there is no link, and it serves.
    with Jeton(tmp_path) as server:
        server.add_user("alice")
        assert server.stop() == 0
    with open("/dev/full", "w") as full, server.log.open("ab") as log:
        server.process = subprocess.Popen(
            [BINARY, "serve", "--data", server.data, "--listen", server.address], stdout=full, stderr=log)
    wait_for(lambda: "cannot write to standard output" in server.log.read_text())
    assert requests.get(server.url + "/healthz", timeout=10).status_code == 200
    assert server.stop() == 0


def test_a_good_configuration_is_0():
    from jeton import EXAMPLE

    assert jeton_alone("check-config", "--config", str(EXAMPLE / "jeton.yaml")).returncode == 0


def test_every_line_of_the_log_is_json_without_secrets(tmp_path):
    with Jeton(tmp_path) as jeton:
        jeton.add_user("alice")
        token = jeton.make_token("logged")
        jeton.verify(headers={"Authorization": f"Bearer {token}"}, params={"token": token})
        requests.get(jeton.url + "/welcome", params={"code": token})
        assert jeton.stop() == 0
    lines = [line for line in jeton.log.read_text().splitlines() if line.startswith("{")]
    requests_logged = [json.loads(line) for line in lines]
    assert any("/verify/maven" in str(entry) for entry in requests_logged)
    assert token not in jeton.log.read_text()
