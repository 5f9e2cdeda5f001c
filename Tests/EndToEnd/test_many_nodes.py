"""Three nodes on one PostgreSQL."""

import contextlib
import http.client
import subprocess
import threading
import time

import pytest

from jeton import BINARY, Jeton, wait_for
from postgresql import PostgreSQL, configuration, node, readiness


@pytest.fixture(scope="module")
def postgresql():
    with PostgreSQL() as server:
        yield server


@pytest.fixture(scope="module")
def nodes(tmp_path_factory, postgresql):
    """Three nodes that start together on an empty database, and alice."""
    folder = tmp_path_factory.mktemp("nodes")
    made = [node(folder / name, postgresql, stale_for="4s") for name in "abc"]
    with contextlib.ExitStack() as stack:
        starts = [threading.Thread(target=server.start) for server in made]
        for server in made:
            stack.callback(lambda server=server: server.process and server.kill())
        for start in starts:
            start.start()
        for start in starts:
            start.join()
        made[0].add_user("alice", "--admin")
        yield made


def test_a_token_made_on_one_node_works_on_all(nodes):
    token = nodes[0].make_token("everywhere")
    for server in nodes:
        wait_for(lambda: server.status(token) == 200, every=0.001)
    assert nodes[1].run("token", "list", "--user", "alice").stdout.count("everywhere") == 1


def test_a_revoked_token_is_refused_everywhere_within_milliseconds(nodes):
    taken = []
    b = http.client.HTTPConnection("127.0.0.1", nodes[1].port, timeout=10)
    api = nodes[0].api("reviser")
    for number in range(40):
        made = api.create(name=f"brief {number}")
        wait_for(lambda: nodes[1].status(made.secret, connection=b) == 200, every=0.001)
        api.revoke(made.id)
        answered = time.monotonic()
        while nodes[1].status(made.secret, connection=b) != 401:
            assert time.monotonic() < answered + 10
        taken.append(time.monotonic() - answered)
    taken.sort()
    print(f"from the answer on one node to the refusal on another: {taken[20] * 1000:.1f} ms, "
          f"at most {taken[-1] * 1000:.1f} ms")
    # The machine that runs the tests is busy; the bound that is told is measured apart.
    assert taken[20] < 0.4


def test_uses_of_all_nodes_are_counted_together(nodes, postgresql):
    token = nodes[0].make_token("counted")
    for server in nodes:
        wait_for(lambda: server.status(token) == 200, every=0.001)
        for _ in range(20):
            server.status(token)
    counted = "SELECT sum(count) FROM uses JOIN tokens ON tokens.id = uses.token WHERE name = 'counted'"
    wait_for(lambda: int(postgresql.ask(counted) or 0) >= 60)


def test_a_frozen_database_stops_all_granting_until_it_thaws(nodes, postgresql):
    token = nodes[0].make_token("cautious")
    for server in nodes:
        wait_for(lambda: server.status(token) == 200, every=0.001)
    postgresql.freeze()
    try:
        for server in nodes:
            wait_for(lambda: server.status(token) == 503)
        refused = nodes[0].verify(headers={"Authorization": f"Bearer {token}"})
        assert (refused.headers["X-Jeton-Reason"], refused.headers["Retry-After"]) == ("stale", "1")
        status, text = readiness(nodes[0])
        assert status == 503 and text.startswith("stale: ")
        wait_for(lambda: "cannot follow the changes" in nodes[0].log.read_text())
    finally:
        postgresql.thaw()
    for server in nodes:
        wait_for(lambda: server.status(token) == 200)
    assert readiness(nodes[0])[0] == 200
    assert "following the changes of other nodes again" in nodes[0].whole_log()


def test_a_command_without_a_server_reaches_the_nodes(nodes, postgresql, tmp_path):
    config = configuration(tmp_path, ledger=postgresql.address())

    def run(*arguments):
        return subprocess.run(
            [BINARY, *arguments, "--data", tmp_path / "data", "--config", config], capture_output=True, text=True,
            timeout=60)

    made = run("token", "create", "--user", "alice", "--name", "from afar")
    assert made.returncode == 0, made.stderr
    for server in nodes:
        wait_for(lambda: server.status(made.stdout.strip()) == 200, every=0.001)
    backup = run("backup", tmp_path / "copy.db")
    assert backup.returncode == 1
    assert "pg_dump" in backup.stderr


def test_a_password_is_never_told(tmp_path):
    config = configuration(tmp_path, ledger="postgres://jeton:s3cr3t-w0rd@127.0.0.1:1/jeton?connect_timeout=2")
    server = Jeton(tmp_path, config=config)
    with pytest.raises(AssertionError):
        server.start()
    said = server.log.read_text()
    assert "cannot open the ledger postgres://jeton@127.0.0.1:1/jeton" in said
    assert "s3cr3t" not in said
