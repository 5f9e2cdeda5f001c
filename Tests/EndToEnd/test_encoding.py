"""A database that cannot keep every name is refused at the start, and not at the first such name."""

import os
import subprocess

import pytest

from jeton import BINARY, PASSWORD, Jeton
from postgresql import PostgreSQL, configuration


@pytest.fixture(scope="module")
def postgresql():
    with PostgreSQL() as server:
        for encoding in ("LATIN1", "SQL_ASCII"):
            server.ask(
                f"CREATE DATABASE {encoding.lower()} ENCODING '{encoding}' LOCALE 'C' TEMPLATE template0")
        yield server


@pytest.mark.parametrize("encoding", ["LATIN1", "SQL_ASCII"])
def test_a_database_in_another_encoding_is_refused_by_one_line(postgresql, tmp_path, encoding):
    address = postgresql.address(encoding.lower())
    with Jeton(tmp_path) as source:
        assert source.stop() == 0
    config = configuration(tmp_path, ledger=address)
    elsewhere = ["--data", tmp_path / "node", "--config", config]
    commands = [
        ["serve", "--listen", "127.0.0.1:0", *elsewhere], ["user", "list", *elsewhere],
        ["user", "add", "alice", "--create-ledger", *elsewhere],
        ["migrate", "--from", f"sqlite:{source.data}/jeton.db", "--to", address],
    ]
    for command in commands:
        result = subprocess.run(
            [BINARY, *map(str, command)], input=PASSWORD, capture_output=True, text=True, timeout=60)
        assert (result.returncode, result.stdout, result.stderr.count("\n")) == (1, "", 1), result
        assert f"the database's encoding is {encoding}, but must be UTF8" in result.stderr
    assert postgresql.ask("SELECT count(*) FROM pg_tables WHERE schemaname = 'public'", encoding.lower()) == "0"


def test_what_the_environment_says_of_encodings_is_no_matter(postgresql, tmp_path):
    config = configuration(tmp_path, ledger=postgresql.address() + "?client_encoding=LATIN1")
    node = Jeton(tmp_path, config=config, environment={**os.environ, "PGCLIENTENCODING": "LATIN1"})
    with node:
        node.add_user("alice", "--name", "Áłíčę 李")
        assert "李" in node.run("user", "list").stdout
