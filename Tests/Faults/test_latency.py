"""The time from a revocation's answer on one node to the first refusal on another, under load."""

import contextlib
import itertools
import os
import re
import time

from api import API
from balancer import Crowd
from cluster import Cluster
from jeton import wait_for
from traffic import Connection

REVOCATIONS = int(os.environ.get("REVOCATIONS", "1000"))
MEDIAN, P99, MOST = 0.010, 0.020, 0.200  # seconds


def test_a_revocation_is_in_force_everywhere_within_milliseconds(tmp_path):
    with Cluster(tmp_path) as cluster:
        cluster["a"].add_user("alice")
        steady = cluster["a"].make_token("steady")
        manager = cluster["a"].make_token("manager", "--scope", "jeton:manage")
        for node in cluster:
            for token in (steady, manager):
                wait_for(lambda: node.status(token) in (200, 403), seconds=20)
        apis = {node.name: API(node.url, manager) for node in cluster}
        gates = {node.name: Connection(node) for node in cluster}
        taken = []
        with contextlib.ExitStack() as stack:
            crowds = [stack.enter_context(Crowd(node.address, steady, connections=4)) for node in cluster]
            begun = time.monotonic()
            ways = itertools.cycle(itertools.permutations("abc", 2))
            for number, (here, there) in zip(range(REVOCATIONS), ways):
                made = apis[here].create(name=f"brief {number}")
                wait_for(lambda: gates[there].verify(made.secret) == "granted", every=0.0005)
                apis[here].revoke(made.id)
                answered = time.monotonic()
                while (verdict := gates[there].verify(made.secret)) != "revoked":
                    assert verdict == "granted", verdict
                    assert time.monotonic() < answered + 10
                    # Without a pause, the clients would take processor time from the nodes that they wait for.
                    time.sleep(0.0003)
                taken.append(time.monotonic() - answered)
            seconds = time.monotonic() - begun
    rates = [float(re.search(r"Requests/sec: *([\d.]+)", crowd.said).group(1)) for crowd in crowds]
    assert [wrong for crowd in crowds for wrong in crowd.wrong] == []
    taken.sort()
    median, p99, most = taken[len(taken) // 2], taken[len(taken) * 99 // 100], taken[-1]
    print(f"\n{len(taken)} revocations in {seconds:.0f} s: from the answer on one node to the refusal on another "
          f"{median * 1000:.1f} ms in the median, p99 {p99 * 1000:.1f} ms, at most {most * 1000:.1f} ms, while the "
          f"nodes answered {', '.join(f'{rate:,.0f}' for rate in rates)} verifications a second")
    assert median <= MEDIAN and p99 <= P99 and most <= MOST
