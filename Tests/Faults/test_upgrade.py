"""Nodes replaced one by one by a version with other tables, behind a real HAProxy, with traffic."""

import contextlib
import itertools
import subprocess
import threading
import time

import pytest

from balancer import Crowd, HAProxy
from cluster import Cluster
from jeton import ROOT, wait_for
from traffic import Connection

NEXT = ROOT / ".build/next/.build/release/jeton"
DRAIN = {"drain": "3s"}


class Verifiers:
    """Clients that verify without a pause through the balancer; half of them use a new connection each time."""

    def __init__(self, proxy, expected):
        self.proxy, self.expected = proxy, expected
        self.over = threading.Event()
        self.count, self.wrong = itertools.count(), []
        # Many more, all with the same verdict: wrk counts each other answer and each broken connection.
        good = next(secret for secret, verdict in expected.items() if verdict == "granted")
        self.crowd = Crowd(proxy.address, good, connections=16)
        self.threads = [threading.Thread(target=self._verify, args=(number % 2 == 0,)) for number in range(8)]

    def __enter__(self):
        for thread in self.threads:
            thread.start()
        self.crowd.__enter__()
        return self

    def _verify(self, keeps):
        connection = Connection(self.proxy)
        for secret, expected in itertools.cycle(self.expected.items()):
            if self.over.is_set():
                break
            answer = connection.verify(secret)
            next(self.count)
            if answer != expected:
                self.wrong.append((time.monotonic(), answer, expected))
            if not keeps:
                connection.close()
            time.sleep(0.001)
        connection.close()

    def __exit__(self, *_):
        self.over.set()
        for thread in self.threads:
            thread.join()
        self.crowd.__exit__()
        self.wrong += self.crowd.wrong

    def report(self, what):
        wrong = f"{len(self.wrong)} failed, such as {self.wrong[:3]}" if self.wrong else "none failed"
        print(f"\n{self.crowd.count + next(self.count)} verifications {what}: {wrong}")


def expectations(cluster):
    """A valid token and a revoked one, with the expected answers."""
    first = cluster["a"]
    first.add_user("alice")
    good, gone = first.make_token("good"), first.make_token("gone")
    for node in cluster:
        wait_for(lambda: node.status(gone) == 200)
    first.revoke("gone")
    for node in cluster:
        wait_for(lambda: (node.status(good), node.status(gone)) == (200, 401))
    return {good: "granted", gone: "revoked"}


def replace(node, proxy, binary):
    assert node.stop() == 0
    node.binary = binary
    node.start()
    wait_for(node.is_ready)
    proxy.until_up(node.name)


@pytest.fixture
def next_binary():
    if not NEXT.exists():
        pytest.skip(f"{NEXT} is not built: scripts/build-next makes it")
    return NEXT


def test_nodes_are_replaced_one_by_one_while_all_is_verified(tmp_path, next_binary):
    with Cluster(tmp_path, stop=DRAIN) as cluster, HAProxy(tmp_path, cluster.nodes) as proxy:
        expected = expectations(cluster)
        schema = int(cluster.database.ask("SELECT version FROM schema_version"))
        with Verifiers(proxy, expected) as verifiers:
            time.sleep(1)
            for node in cluster:
                replace(node, proxy, next_binary)
                # Changes by old and new nodes reach all of them.
                secret = node.make_token(f"made while {node.name} is new")
                for other in cluster:
                    wait_for(lambda: other.status(secret) == 200)
            for node in [*cluster, *cluster]:
                replace(node, proxy, next_binary)
        assert int(cluster.database.ask("SELECT version FROM schema_version")) == schema + 1
        verifiers.report("while three nodes were replaced and started again twice")
        assert verifiers.wrong == []
        # The previous version refuses to start, with a message.
        node = cluster["a"]
        node.stop()
        del node.binary
        with pytest.raises(AssertionError, match="the ledger is of a later version of Jeton"):
            node.start()
        node.process.wait()
        node.process = None


def test_a_dump_that_runs_keeps_neither_the_upgrade_nor_the_nodes(tmp_path, next_binary):
    with Cluster(tmp_path, stop=DRAIN) as cluster, HAProxy(tmp_path, cluster.nodes) as proxy:
        expected = expectations(cluster)
        node, reached = cluster["a"], []

        def change_meanwhile(dump):
            # Longer than `stale_for`: a node that waits for the tables must not make the others wait behind it.
            for number in range(8):
                time.sleep(0.5)
                secret = cluster["b"].make_token(f"made meanwhile {number}")
                wait_for(lambda: cluster["c"].status(secret) == 200, seconds=3)
                reached.append(number)
            dump.stdin.close()

        with Verifiers(proxy, expected) as verifiers, reading(cluster.database) as dump:
            node.stop()
            node.binary = next_binary
            changing = threading.Thread(target=change_meanwhile, args=(dump,))
            changing.start()
            node.start()
            changing.join()
            assert len(reached) == 8, "the others went on"
            wait_for(node.is_ready)
        verifiers.report("while an upgrade waited for a dump")
        assert verifiers.wrong == []


@contextlib.contextmanager
def reading(database):
    """A transaction that has read from all tables and stays open, like pg_dump's."""
    reader = subprocess.Popen(
        ["psql", "--no-psqlrc", "--quiet", database.address()], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    reader.stdin.write(b"BEGIN; SELECT count(*) FROM tokens, uses, subjects;\n")
    reader.stdin.flush()
    reader.stdout.readline()
    try:
        yield reader
    finally:
        reader.stdin.close()
        reader.wait(timeout=10)
