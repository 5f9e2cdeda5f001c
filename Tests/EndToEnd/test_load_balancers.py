"""Two nodes behind a real load balancer, of which one is stopped and started again while all verify."""

import contextlib
import http.client
import json
import sqlite3

import pytest

from balancer import Crowd, HAProxy, Nginx
from jeton import Jeton, wait_for
from postgresql import PostgreSQL, configuration, node


@pytest.fixture(scope="module")
def nodes(tmp_path_factory):
    """The nodes a and b, which serve on for two seconds when they are stopped."""
    folder = tmp_path_factory.mktemp("nodes")
    with PostgreSQL() as database, contextlib.ExitStack() as stack:
        yield {
            name: stack.enter_context(node(folder / name, database, stop={"drain": "2s"})) for name in "ab"}


@pytest.fixture(scope="module")
def token(nodes):
    nodes["a"].add_user("alice")
    token = nodes["a"].make_token("good")
    for server in nodes.values():
        wait_for(lambda: server.status(token) == 200)
    return token


@pytest.mark.parametrize("kind, changes", [(HAProxy, {"inter 500ms": "inter 100ms"}), (Nginx, {})])
def test_a_node_is_stopped_and_started_again_without_a_failed_request(tmp_path, nodes, token, kind, changes):
    restarted = nodes["a"]

    def until_asked():
        before = restarted.log.stat().st_size
        wait_for(lambda: restarted.log.stat().st_size > before + 20_000, seconds=60)

    with kind(tmp_path, nodes, **changes) as balancer:
        # HAProxy sends none a second time. nginx does, which is its only way to learn that a node has gone.
        assert "retry-on" not in balancer.written()
        with Crowd(balancer.address, token, connections=8) as kept, \
                Crowd(balancer.address, token, connections=4, keeps=False) as new:
            for _ in range(3):
                until_asked()
                assert restarted.stop() == 0
                restarted.start()
            until_asked()
    print(f"{kept.count} verifications over kept connections, {new.count} over new ones, through {balancer.name}")
    assert kept.wrong + new.wrong == []


@pytest.mark.parametrize("kind", [HAProxy, Nginx])
def test_an_address_is_told_as_it_is_and_none_that_a_client_invents(tmp_path, kind):
    """Of people who come to the desk through it, and of clients of the proxies that ask through it."""
    told = "203.0.113.7"
    server = Jeton(tmp_path, config=configuration(tmp_path, trusted_proxies=["127.0.0.1/32"]))
    with server, kind(tmp_path / "balancer", {"a": server}) as balancer:
        for comes_from, address in (("127.0.0.9", "127.0.0.9"), ("127.0.0.1", told)):
            path = f"/verify/maven/{comes_from}"
            connection = http.client.HTTPConnection("127.0.0.1", balancer.port, source_address=(comes_from, 0))
            connection.request("GET", path, headers={"X-Forwarded-For": told})
            assert connection.getresponse().status == 401
            line = wait_for(lambda: [line for line in server.log.read_text().splitlines() if f'"{path}"' in line])[0]
            assert json.loads(line)["client"] == address


@pytest.mark.parametrize("kind", [HAProxy, Nginx])
def test_one_person_in_many_groups_takes_no_node_away_from_the_others(tmp_path, kind):
    """An answer's head that does not fit a balancer's buffer is to it a failure of the node."""
    server = Jeton(tmp_path, config=configuration(tmp_path, trusted_proxies=["127.0.0.1/32"]))
    with server:
        for user in ("alice", "carol"):
            server.add_user(user)
        server.stop()
        with contextlib.closing(sqlite3.connect(server.data / "jeton.db")) as database, database:
            database.execute("UPDATE subjects SET groups = ?, name = ? WHERE login = 'carol'", [
                "".join(f"64:group-{number}-{'g' * 54}," for number in range(100, 600)), "\u6f22" * 100])
        server.start()
        alice, carol = (server.make_token("ci", user=user) for user in ("alice", "carol"))
        # As much as HAProxy takes: 100 fields at most, and 15 KB.
        filling = [f"X-{number}: {'x' * 140}" for number in range(80)]
        with kind(tmp_path / "balancer", {"a": server, "b": server}) as balancer:
            def status(token, more=()):
                headers = dict(line.split(": ") for line in more)
                connection = http.client.HTTPConnection("127.0.0.1", balancer.port, timeout=20)
                with contextlib.closing(connection):
                    connection.request("GET", "/verify/maven", headers={"Authorization": f"Bearer {token}", **headers})
                    return connection.getresponse().status

            answers = [(status(carol), status(alice), status(carol, filling), status(alice)) for _ in range(25)]
        assert set(answers) == {(200, 200, 200, 200)}
        lines = [json.loads(line) for line in server.whole_log().splitlines() if "/verify/maven" in line]
        assert [line["status"] for line in lines] == [200] * 100
