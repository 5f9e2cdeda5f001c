"""The time from an answer on one node to its effect on another, under load: of revocations, pauses and resumes."""

import contextlib
import itertools
import os
import re
import time

import pytest

from api import API
from balancer import Crowd
from cluster import Cluster
from jeton import wait_for
from traffic import Connection

REVOCATIONS = int(os.environ.get("REVOCATIONS", "1000"))
PAUSES = int(os.environ.get("PAUSES", "1000"))
MEDIAN, P99, MOST = 0.010, 0.020, 0.200  # seconds
PAUSED = "403 paused"


class Loaded:
    """Three nodes that verify a steady token, and `taken`, the seconds that each kind of change took."""

    def __init__(self, cluster):
        self.cluster = cluster
        cluster["a"].add_user("alice")
        self.steady = cluster["a"].make_token("steady")
        manager = cluster["a"].make_token("manager", "--scope", "jeton:manage")
        for node in cluster:
            for token in (self.steady, manager):
                wait_for(lambda: node.status(token) in (200, 403), seconds=20)
        self.apis = {node.name: API(node.url, manager) for node in cluster}
        self.gates = {node.name: Connection(node) for node in cluster}
        self.ways = itertools.cycle(itertools.permutations("abc", 2))
        self.taken = {}

    @contextlib.contextmanager
    def crowds(self):
        with contextlib.ExitStack() as stack:
            crowds = [
                stack.enter_context(Crowd(node.address, self.steady, connections=4)) for node in self.cluster]
            yield
        assert [wrong for crowd in crowds for wrong in crowd.wrong] == []
        self.rates = [float(re.search(r"Requests/sec: *([\d.]+)", crowd.said).group(1)) for crowd in crowds]

    def granted(self, there, token):
        wait_for(lambda: self.gates[there].verify(token.secret) == "granted", every=0.0005)

    def until(self, kind, there, token, wanted, before):
        """Waits, right after the answer to a change, until that node has followed it."""
        answered = time.monotonic()
        while (verdict := self.gates[there].verify(token.secret)) != wanted:
            assert verdict == before, verdict
            assert time.monotonic() < answered + 10
            # Without a pause, the clients would take processor time from the nodes that they wait for.
            time.sleep(0.0003)
        self.taken.setdefault(kind, []).append(time.monotonic() - answered)

    def is_within_bounds(self, kind):
        taken = sorted(self.taken[kind])
        median, p99, most = taken[len(taken) // 2], taken[len(taken) * 99 // 100], taken[-1]
        print(f"\n{len(taken)} times {kind}: from the answer on one node to its effect on another "
              f"{median * 1000:.1f} ms in the median, p99 {p99 * 1000:.1f} ms, at most {most * 1000:.1f} ms, while the "
              f"nodes answered {', '.join(f'{rate:,.0f}' for rate in self.rates)} verifications a second")
        return median <= MEDIAN and p99 <= P99 and most <= MOST


@pytest.fixture
def loaded(tmp_path):
    with Cluster(tmp_path) as cluster:
        yield Loaded(cluster)


def test_a_revocation_is_in_force_everywhere_within_milliseconds(loaded):
    with loaded.crowds():
        for number, (here, there) in zip(range(REVOCATIONS), loaded.ways):
            token = loaded.apis[here].create(name=f"brief {number}")
            loaded.granted(there, token)
            loaded.apis[here].revoke(token.id)
            loaded.until("revoke", there, token, "revoked", "granted")
    assert loaded.is_within_bounds("revoke")


def test_a_pause_and_its_end_are_in_force_everywhere_within_milliseconds(loaded):
    with loaded.crowds():
        token = loaded.apis["a"].create(name="paused again and again")
        for here, there in itertools.islice(loaded.ways, PAUSES):
            loaded.granted(there, token)  # it knows of the last resume
            loaded.apis[here].pause(token.id, 3600)
            loaded.until("pause", there, token, PAUSED, "granted")
            loaded.apis[here].resume(token.id)
            loaded.until("resume", there, token, "granted", PAUSED)
    assert all([loaded.is_within_bounds(kind) for kind in ("pause", "resume")])
