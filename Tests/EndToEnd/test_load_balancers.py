"""Two nodes behind a real load balancer, of which one is stopped and started again while all verify."""

import contextlib

import pytest

from balancer import Crowd, HAProxy, Nginx
from jeton import wait_for
from postgresql import PostgreSQL, node


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
