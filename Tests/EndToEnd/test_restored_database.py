"""A database that is put back to an earlier moment while nodes serve from it."""

import contextlib
import subprocess

import pytest

from jeton import Jeton, wait_for
from postgresql import PostgreSQL, configuration, readiness


@pytest.fixture
def node(tmp_path):
    """Starts nodes of that name on the database `jeton`."""
    with PostgreSQL() as postgresql, contextlib.ExitStack() as stack:
        postgresql.ask("CREATE DATABASE jeton")

        def start(name):
            folder = tmp_path / name
            folder.mkdir()
            keys = {"ledger": postgresql.address("jeton"), "stale_for": "4s"}
            return stack.enter_context(Jeton(folder, config=configuration(folder, **keys)))

        start.postgresql = postgresql
        yield start


def restore(postgresql, dump):
    postgresql.ask("DROP DATABASE jeton WITH (FORCE)")
    postgresql.ask("CREATE DATABASE jeton")
    subprocess.run(["pg_restore", "--dbname", postgresql.address("jeton"), dump], check=True, timeout=60)


def test_a_node_that_lived_through_a_restore_grants_nothing_that_others_have_revoked_since(node, tmp_path):
    database = node.postgresql
    old = node("old")
    old.add_user("alice", "--admin")
    kept = old.make_token("kept")
    subprocess.run(
        ["pg_dump", "--format=custom", "--file", tmp_path / "dump", database.address("jeton")], check=True, timeout=60)
    old.make_token("lost")
    restore(database, tmp_path / "dump")
    # The change of this number is another one now.
    new = node("new")
    new.run("token", "revoke", "--user", "alice", "--name", "kept")
    new.make_token("more")
    assert new.status(kept) == 401
    wait_for(lambda: old.status(kept) == 503)
    assert readiness(old)[0] == 503
    wait_for(lambda: "restart Jeton" in old.log.read_text())
    # And so it stays, whatever else happens, until it is started anew.
    new.make_token("most")
    assert old.status(kept) == 503
    old.stop()
    old.start()
    assert old.status(kept) == 401
    assert readiness(old)[0] == 200
