"""One ledger has one server, whatever name it is reached by, and a command reaches that one or none."""

import contextlib
import fcntl
import os
import re
import shlex
import sqlite3
import subprocess

import pytest

from jeton import BINARY, PASSWORD, Jeton, free_port
from postgresql import PostgreSQL, configuration

# How one comes to the file ledger/ledger.db by another name, in the folder `other`.
NAMES = {
    "the same path": "",
    "a symbolic link": "mkdir other; ln -s ../ledger/ledger.db other/ledger.db",
    "a link to the folder": "ln -s ledger other",
    "a hard link": "mkdir other; ln ledger/ledger.db other/ledger.db",
    "a folder that is mounted again": "mkdir other; mount --bind ledger other",
    "a file that is mounted again": "mkdir other; touch other/ledger.db; mount --bind ledger/ledger.db other/ledger.db",
}


@pytest.fixture
def first(tmp_path):
    """A server whose ledger is elsewhere than its data folder."""
    for name in ("first", "second", "ledger"):
        (tmp_path / name).mkdir(mode=0o700)
    config = configuration(tmp_path / "first", ledger=f"sqlite:{tmp_path}/ledger/ledger.db")
    with Jeton(tmp_path / "first", config=config) as server:
        server.add_user("alice")
        yield server


def second(tmp_path, way, *arguments, input=""):
    """Runs `jeton …` with a data folder of its own and a configuration that names the ledger by another name, in
    mounts of its own."""
    folder = tmp_path / ("other" if NAMES[way] else "ledger")
    config = configuration(tmp_path / "second", ledger=f"sqlite:{folder}/ledger.db")
    command = [BINARY.resolve(), *arguments, "--data", tmp_path / "second/data", "--config", config]
    script = "; ".join(["set -e", f"cd {tmp_path}", NAMES[way] or ":", f"exec {shlex.join(map(str, command))}"])
    unshare = ["unshare", "--mount", *([] if os.geteuid() == 0 else ["--map-root-user"])]
    return subprocess.run(
        [*unshare, "sh", "-c", script], input=input, capture_output=True, text=True, timeout=60)


@pytest.mark.parametrize("way", NAMES)
def test_a_second_server_on_the_ledger_is_refused(first, tmp_path, way):
    token = first.make_token("mine")
    refused = second(tmp_path, way, "serve", "--listen", f"127.0.0.1:{free_port()}")
    assert (refused.returncode, refused.stdout) == (1, "")
    assert refused.stderr.count("\n") == 1
    assert f"another jeton process ({first.process.pid}) already uses the ledger" in refused.stderr
    assert first.status(token) == 200


@pytest.mark.parametrize("way", NAMES)
def test_a_command_reaches_the_server_that_holds_the_ledger(first, tmp_path, way):
    token = first.make_token("mine")
    revoked = second(tmp_path, way, "token", "revoke", "--user", "alice", "--name", "mine")
    assert revoked.returncode == 0, revoked.stderr
    assert revoked.stdout.startswith("revoked mine (")
    assert first.status(token) == 401
    # The folder that was named has nothing to do with it.
    assert not (tmp_path / "second/data").exists()
    assert not list(tmp_path.glob("other/ledger.db-*")) or way in ("a link to the folder",)


def test_a_hard_link_is_refused_at_rest_too(first, tmp_path):
    assert first.stop() == 0
    for arguments in (["serve", "--listen", f"127.0.0.1:{free_port()}"], ["user", "list"]):
        (tmp_path / "second/data").mkdir(mode=0o700, exist_ok=True)
        refused = second(tmp_path, "a hard link", *arguments)
        assert refused.returncode == 1 and "has a hard link" in refused.stderr, refused
        (tmp_path / "other/ledger.db").unlink()
        (tmp_path / "other").rmdir()
    assert "alice" in second(tmp_path, "the same path", "user", "list").stdout


@contextlib.contextmanager
def held(ledger):
    """Holds the ledger's lock, as a process that does not answer."""
    with open(ledger, "rb") as file:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        yield


def test_a_command_is_refused_where_the_holder_is_not_found(first, tmp_path):
    first.kill()
    with held(tmp_path / "ledger/ledger.db"):
        result = second(tmp_path, "the same path", "token", "list")
    assert (result.returncode, result.stdout, result.stderr.count("\n")) == (1, "", 1)
    assert "another jeton process uses the ledger" in result.stderr and "cannot be reached" in result.stderr


def test_a_command_never_takes_another_server_for_the_holder(first, tmp_path):
    token = first.make_token("mine")
    # What somebody copied while that server ran, and what another process has open now.
    copy = tmp_path / "copy.db"
    with contextlib.closing(sqlite3.connect(tmp_path / "ledger/ledger.db")) as source, \
            contextlib.closing(sqlite3.connect(copy)) as target:
        source.backup(target)
        assert target.execute("SELECT path FROM server_socket").fetchall() == [(str(first.data / "jeton.sock"),)]
    config = configuration(tmp_path / "second", ledger=f"sqlite:{copy}")
    with held(copy):
        result = subprocess.run(
            [BINARY, "token", "revoke", "--user", "alice", "--name", "mine", "--data", tmp_path / "second/data",
             "--config", config], capture_output=True, text=True, timeout=60)
    assert result.returncode == 1 and "cannot be reached" in result.stderr
    assert first.status(token) == 200


def test_a_configuration_that_names_another_ledger_than_the_server_has_is_refused(first, tmp_path):
    token = first.make_token("mine")
    with Jeton(tmp_path / "second") as other:
        other.add_user("alice")
        ledgers = {
            f"sqlite:{other.data}/jeton.db": 0,  # which another server holds, and carries out
            f"sqlite:{tmp_path}/none.db": 1,
        }
        for ledger, code in ledgers.items():
            config = configuration(tmp_path, ledger=ledger)
            result = first.run("user", "suspend", "alice", "--config", config, check=False)
            assert result.returncode == code, (ledger, result.stderr)
            assert first.status(token) == 200
        assert '"suspended_at":"' in other.run("user", "list", "--json").stdout
        assert other.stop() == 0
        # Nobody holds it now, but somebody else is on the data folder.
        config = configuration(tmp_path, ledger=f"sqlite:{other.data}/jeton.db")
        result = first.run("user", "resume", "alice", "--config", config, check=False)
        assert result.returncode == 1 and "uses another ledger than the configuration names" in result.stderr
        config = configuration(tmp_path, ledger="postgres://jeton@127.0.0.1:1/jeton")
        result = first.run("user", "list", "--config", config, check=False)
        assert result.returncode == 1 and "uses another ledger than the configuration names" in result.stderr


def test_a_wrong_folder_is_left_as_it_is(tmp_path):
    wrong = tmp_path / "wrong"
    wrong.mkdir(mode=0o700)
    commands = [
        ["user", "add", "alice"], ["user", "list"], ["token", "create", "--user", "alice", "--name", "ci"],
        ["token", "revoke", "--id", "38gbtzxc0524y"], ["backup", tmp_path / "copy.db"], ["passwords", "report"],
    ]
    for folder in (wrong, tmp_path / "missing"):
        for command in commands:
            result = subprocess.run(
                [BINARY, *command, "--data", folder], input=PASSWORD, capture_output=True, text=True, timeout=30)
            assert (result.returncode, result.stdout, result.stderr.count("\n")) == (1, "", 1), command
            assert re.search(r"there is no (ledger|data folder)", result.stderr) and "jeton serve" in result.stderr
    assert list(wrong.iterdir()) == [] and not (tmp_path / "missing").exists()
    made = subprocess.run(
        [BINARY, "user", "add", "alice", "--create-ledger", "--data", tmp_path / "missing"], input=PASSWORD,
        capture_output=True, text=True, timeout=30)
    assert made.stdout == "added alice\n", made.stderr


def test_a_command_makes_no_tables_in_a_database_without_being_told_to(tmp_path):
    with PostgreSQL() as postgresql:
        config = configuration(tmp_path, ledger=postgresql.address())

        def run(*arguments):
            return subprocess.run(
                [BINARY, *arguments, "--data", tmp_path / "data", "--config", config], input=PASSWORD,
                capture_output=True, text=True, timeout=60)

        for command in (["user", "list"], ["user", "add", "alice"]):
            result = run(*command)
            assert result.returncode == 1 and "there is no ledger in that database" in result.stderr, result
        assert postgresql.ask("SELECT count(*) FROM pg_tables WHERE schemaname = 'public'") == "0"
        assert run("user", "add", "alice", "--create-ledger").stdout == "added alice\n"


def test_a_copy_names_no_server(first, tmp_path):
    first.run("backup", tmp_path / "copy.db")
    with contextlib.closing(sqlite3.connect(tmp_path / "copy.db")) as copy:
        assert copy.execute("SELECT count(*) FROM server_socket").fetchone() == (0,)
