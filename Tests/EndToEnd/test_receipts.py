"""Three nodes on one PostgreSQL: when a revocation or a pause is in force on each, and what the receipt says of nodes
that are frozen, killed or stopped."""

import contextlib
import http.client
import os
import signal
import time
from pathlib import Path

import pytest

from api import API
from balancer import Crowd
from jeton import wait_for
from postgresql import PostgreSQL, node

STALE_FOR = 8


@pytest.fixture(scope="module")
def postgresql():
    with PostgreSQL() as server:
        yield server


@pytest.fixture
def nodes(request, tmp_path, postgresql):
    """Three nodes, each with `api`, by which alice manages her tokens there. A parameter is another `stale_for`."""
    stale_for = getattr(request, "param", f"{STALE_FOR}s")
    made = [node(tmp_path / name, postgresql, stale_for=stale_for) for name in "abc"]
    with contextlib.ExitStack() as stack:
        for server in made:
            stack.callback(lambda server=server: server.process and server.kill())
        made[0].start()
        if "alice" not in made[0].run("user", "list").stdout:
            made[0].add_user("alice")
        manager = made[0].make_token(f"manager {tmp_path}"[-90:], "--scope", "jeton:manage")
        for server in made[1:]:
            server.start()
        for server in made:
            server.api = API(server.url, manager)
            wait_for(lambda: server.status(manager) == 403, every=0.001)
        # A node that another test killed is still counted.
        yield made
        for server in made:
            if server.process:
                server.process.send_signal(signal.SIGCONT)
                server.stop()
    postgresql.ask("DELETE FROM nodes")


def granted_everywhere(nodes, token):
    for server in nodes:
        wait_for(lambda: server.status(token) == 200, every=0.001)


def test_when_it_is_answered_every_node_refuses(nodes):
    for number in range(20):
        here = nodes[number % 3]
        token = here.api.create(f"brief {number}")
        granted_everywhere(nodes, token.secret)
        paused = here.api.pause(token.id, 3600, wait="all")
        assert paused.headers["X-Jeton-Nodes"] == "3/3"
        assert [server.status(token.secret) for server in nodes] == [403] * 3
        here.api.resume(token.id)
        granted_everywhere(nodes, token.secret)
        revoked = here.api.revoke(token.id, wait="all")
        assert revoked.headers["X-Jeton-Nodes"] == "3/3"
        assert [server.status(token.secret) for server in nodes] == [401] * 3

    receipt = here.api.receipt(revoked.headers["X-Jeton-Change"])
    assert {**receipt, "after_ms": None} == {
        "change": int(revoked.headers["X-Jeton-Change"]), "in_force": True, "nodes": 3, "confirmed": 3, "stale": 0,
        "after_ms": None}
    assert 0 <= receipt["after_ms"] < 1000


def test_without_waiting_the_receipt_is_told_later(nodes):
    token = nodes[0].api.create("not waited for")
    granted_everywhere(nodes, token.secret)
    answer = nodes[0].api.revoke(token.id)
    assert "X-Jeton-Nodes" not in answer.headers
    change = answer.headers["X-Jeton-Change"]
    # Each node can tell of it.
    for server in nodes:
        wait_for(lambda: server.api.receipt(change)["confirmed"] == 3)


def freeze(server):
    """Stops every thread of a node. A thread that still runs may answer what arrives after the signal was sent."""
    server.process.send_signal(signal.SIGSTOP)
    threads = Path(f"/proc/{server.process.pid}/task")

    def state(thread):
        return (thread / "stat").read_text().rpartition(")")[2].split()[0]

    wait_for(lambda: all(state(thread) == "T" for thread in threads.iterdir()))


def silenced(nodes, change):
    """Whether the receipt names one node that grants nothing any more; and that it is in force."""
    receipt = nodes[0].api.receipt(change)
    return (receipt["in_force"], receipt["nodes"], receipt["confirmed"], receipt["stale"]) == (True, 3, 2, 1)


def waits_for(nodes, token, silent):
    """Revokes with one node silent since that time: the answer comes once that node grants nothing any more."""
    answer = nodes[0].api.revoke(token.id, wait="all")
    assert answer.headers["X-Jeton-Nodes"] == "2/3"
    # It last said that it is there at most a second before it fell silent.
    assert time.monotonic() - silent > STALE_FOR - 1
    assert silenced(nodes, answer.headers["X-Jeton-Change"])
    return answer.headers["X-Jeton-Change"]


def test_a_frozen_node_is_waited_for_until_it_grants_nothing(nodes):
    token = nodes[0].api.create("frozen")
    granted_everywhere(nodes, token.secret)
    frozen = nodes[2]
    silent = time.monotonic()
    freeze(frozen)
    waiting = []
    try:
        # What arrives meanwhile is answered when it thaws.
        for _ in range(20):
            connection = http.client.HTTPConnection(frozen.host, frozen.port, timeout=20)
            connection.request("GET", "/verify/maven", headers={"Authorization": f"Bearer {token.secret}"})
            waiting.append(connection)
        change = waits_for(nodes, token, silent)
    finally:
        frozen.process.send_signal(signal.SIGCONT)
    answers = [connection.getresponse().status for connection in waiting]
    assert set(answers) <= {401, 503}, answers
    wait_for(lambda: frozen.status(token.secret) == 401)
    wait_for(lambda: nodes[0].api.receipt(change)["confirmed"] == 3)
    assert nodes[0].api.receipt(change)["in_force"]
    answer = nodes[0].api.pause(nodes[0].api.create("afterwards").id, 60, wait="all")
    assert answer.headers["X-Jeton-Nodes"] == "3/3"


@pytest.mark.parametrize("nodes", ["10m"], indirect=True)
def test_a_node_that_is_not_yet_stale_is_told_as_such(nodes):
    token = nodes[0].api.create("waited for")
    granted_everywhere(nodes, token.secret)
    freeze(nodes[2])
    answer = nodes[0].api.revoke(token.id)
    change = answer.headers["X-Jeton-Change"]

    def told():
        """What the receipt says at a node that runs. It is in force nowhere but there."""
        receipt = nodes[1].api.receipt(change)
        assert (receipt["in_force"], receipt["nodes"], receipt["stale"]) == (False, 3, 0)
        return receipt["confirmed"]

    wait_for(lambda: told() == 2)


def test_a_killed_node_is_waited_for_until_it_would_grant_nothing(nodes):
    token = nodes[0].api.create("killed")
    granted_everywhere(nodes, token.secret)
    silent = time.monotonic()
    nodes[2].kill()
    waits_for(nodes, token, silent)

    begun = time.monotonic()
    again = nodes[0].api.pause(nodes[0].api.create("at once").id, 60, wait="all")
    assert again.headers["X-Jeton-Nodes"] == "2/3"
    assert time.monotonic() - begun < STALE_FOR / 2, "it is waited for once"

    # The one that serves in its place counts, and it no longer.
    nodes[2].start()
    wait_for(lambda: nodes[2].status(token.secret) == 401)
    last = nodes[0].api.pause(nodes[0].api.create("after its return").id, 60, wait="all")
    assert last.headers["X-Jeton-Nodes"] == "3/3"


@pytest.mark.parametrize("nodes", ["10m"], indirect=True)
def test_a_node_that_was_stopped_no_longer_counts(nodes):
    token = nodes[0].api.create("stopped")
    granted_everywhere(nodes, token.secret)
    assert nodes[2].stop() == 0
    answer = nodes[0].api.revoke(token.id, wait="all")
    assert answer.headers["X-Jeton-Nodes"] == "2/2"


PAUSES = int(os.environ.get("PAUSES", "200"))


def test_a_pause_reaches_the_other_nodes_under_load(nodes):
    """The time from the answer on one node to the first refusal on another, and from the resume to the first grant."""
    steady = nodes[0].api.create("steady").secret
    token = nodes[0].api.create("paused again and again")
    for secret in (steady, token.secret):
        granted_everywhere(nodes, secret)
    gates = [http.client.HTTPConnection(server.host, server.port, timeout=10) for server in nodes]
    paused, resumed = [], []

    def until(gate, status, others):
        answered = time.monotonic()
        while (found := nodes[gate].status(token.secret, connection=gates[gate])) != status:
            assert found == others and time.monotonic() < answered + 10
            time.sleep(0.0003)
        return time.monotonic() - answered

    with contextlib.ExitStack() as stack:
        crowds = [stack.enter_context(Crowd(server.address, steady, connections=4)) for server in nodes]
        for number in range(PAUSES):
            here, there = number % 3, (number + 1) % 3
            nodes[here].api.pause(token.id, 3600)
            paused.append(until(there, 403, 200))
            until((there + 1) % 3, 403, 200)
            nodes[here].api.resume(token.id)
            resumed.append(until(there, 200, 403))
            until((there + 1) % 3, 200, 403)
    assert [wrong for crowd in crowds for wrong in crowd.wrong] == []
    for name, taken in (("pause", paused), ("resume", resumed)):
        taken.sort()
        print(f"\n{len(taken)} of each: from the answer to a {name} on one node to its effect on another "
              f"{taken[len(taken) // 2] * 1000:.1f} ms in the median, p99 {taken[len(taken) * 99 // 100] * 1000:.1f} "
              f"ms, at most {taken[-1] * 1000:.1f} ms, while the nodes answered "
              f"{sum(crowd.count for crowd in crowds):,} verifications")
        # The machine that runs the tests is busy; the bound that is told is measured apart. Without the notice of
        # a change, a node finds it by its next poll.
        assert taken[len(taken) // 2] < 1
