"""Failures under load; every answer is checked against the model."""

import email.utils
import time

import pytest
import requests

from cluster import STALE_FOR, Cluster, in_threads
from history import UNAVAILABLE
from jeton import wait_for
from postgresql import held
from traffic import Traffic

CALM = 0.2  # seconds until every node knows of a change while nothing fails; test_latency.py measures it
POLL = 1.0  # `poll_every`


def hold(cluster, fault, way="", calm=CALM, silent="", before=2, after=3):
    """Runs traffic, causes `fault` during it, continues after the repair, and checks every answer."""
    with Traffic(cluster) as traffic:
        traffic.run(before)
        with traffic.trouble(*silent) as seen:
            fault(traffic)
        traffic.run(after)
        traffic.check(calm, STALE_FOR)
    traffic.report(fault.__name__.replace("_", " ") + way, seen)
    return traffic, seen


def kill_a_node(cluster, seconds, **bounds):
    def node_killed(traffic):
        cluster["b"].kill()
        traffic.run(seconds)
        cluster["b"].start()

    return hold(cluster, node_killed, silent="b", **bounds)


def test_a_node_is_killed_and_started_again(tmp_path):
    with Cluster(tmp_path) as cluster:
        kill_a_node(cluster, seconds=2)


def test_a_killed_node_in_short(tmp_path):
    """The version for the end-to-end tests, without the bounds on time, as other tests run beside it."""
    with Cluster(tmp_path) as cluster:
        traffic, _ = kill_a_node(cluster, seconds=0.5, calm=STALE_FOR, before=0.5, after=0.5)
    assert {"granted", "revoked", "nothing"} <= {answer.answer for answer in traffic.history.answers}


@pytest.mark.parametrize("way", ["kill", "quit"])
def test_the_database_is_killed_and_started_again(tmp_path, way):
    def database_killed(traffic):
        for pause in (1, 2 * STALE_FOR):
            getattr(cluster.database, way)()
            traffic.run(pause)
            cluster.database.start()

    with Cluster(tmp_path) as cluster:
        hold(cluster, database_killed, f", {way}")


def test_the_database_is_frozen_and_thaws(tmp_path):
    def database_frozen(traffic):
        cluster.database.freeze()
        begun = time.monotonic()
        for node in cluster:
            wait_for(lambda: not node.is_ready(), seconds=20)
        assert time.monotonic() - begun < STALE_FOR + 2
        traffic.run(3 * STALE_FOR)
        cluster.database.thaw()

    with Cluster(tmp_path) as cluster:
        hold(cluster, database_frozen)


@pytest.mark.parametrize("way", ["cut_off", "losing_all", "refused"])
def test_a_node_loses_the_way_to_the_database(tmp_path, way):
    def link_lost(traffic):
        with getattr(cluster["b"].machine, way)():
            wait_for(lambda: not cluster["b"].is_ready(), seconds=20)
            traffic.run(2 * STALE_FOR)
            assert cluster["a"].is_ready() and cluster["c"].is_ready()

    with Cluster(tmp_path) as cluster:
        hold(cluster, link_lost, f", {way}")


def test_no_notification_comes_through(tmp_path):
    def no_notifications(traffic):
        traffic.run(8)

    with Cluster(tmp_path, pooled=True) as cluster:
        hold(cluster, no_notifications, calm=POLL + CALM)


def test_who_is_notified_loses_the_connection_again_and_again(tmp_path):
    def listening_ended(traffic):
        ended = 0
        for _ in range(30):
            ended += cluster.database.end_idle()
            traffic.run(0.3)
        assert ended >= 90, "those that are notified of changes were among them"

    with Cluster(tmp_path) as cluster:
        hold(cluster, listening_ended)


@pytest.mark.parametrize("offset", ["+300s", "-300s"])
def test_the_clock_of_a_node_is_off(tmp_path, offset):
    with Cluster(tmp_path, clocks={"b": offset}) as cluster:
        told = requests.get(cluster["b"].url + "/healthz", timeout=10).headers["Date"]
        assert abs(email.utils.parsedate_to_datetime(told).timestamp() - time.time() - int(offset[:-1])) < 30
        with Traffic(cluster) as traffic:
            traffic.run(8)
            traffic.check(CALM, STALE_FOR)
        traffic.report(f"clock {offset}")


def test_the_nodes_find_no_connection_free_at_the_server(tmp_path):
    def no_connection(traffic):
        with cluster.database.no_connection_left():
            traffic.run(2 * STALE_FOR)

    with Cluster(tmp_path, database={"max_connections": 40}) as cluster:
        hold(cluster, no_connection)


def test_a_node_has_too_few_connections_of_its_own(tmp_path):
    def pool_exhausted(traffic):
        def look(node):
            # Requests with a session wait for the table, on the connections with which a node reads.
            answer = requests.get(node.url + "/tokens", cookies={"jeton-session": "a" * 43}, timeout=30)
            answers.append((answer.status_code, answer.headers.get("Retry-After")))

        with held(cluster.database.address(), "LOCK TABLE sessions"):
            in_threads(look, [node for node in cluster for _ in range(8)])
        refused = [answer for answer in answers if answer[0] >= 500]
        assert refused and {status for status, _ in refused} == {503} and all(retry for _, retry in refused), answers
        for node in cluster:
            assert "all 2 connections to PostgreSQL were in use" in node.whole_log()

    answers = []
    with Cluster(tmp_path, postgresql={"connections": 2}) as cluster:
        hold(cluster, pool_exhausted)


def test_the_standby_that_every_commit_waits_for_is_away(tmp_path):
    def standby_away(traffic):
        with cluster.database.standby_away():
            # Longer than a node waits for an answer plus `stale_for`.
            end = time.monotonic() + 11 + 2 * STALE_FOR
            while time.monotonic() < end:
                traffic.run(0.2)
                assert all(node.is_ready() for node in cluster), "nothing that it does not know was changed"

    with Cluster(tmp_path) as cluster:
        traffic, _ = hold(cluster, standby_away)
    assert not any(answer.answer == UNAVAILABLE for answer in traffic.history.answers)


def test_the_disk_of_the_database_is_full(tmp_path):
    def disk_full(traffic):
        with cluster.database.full_disk():
            traffic.run(2 * STALE_FOR)
        if cluster.database.server.poll() is not None:
            print("the server had ended")
            cluster.database.start()

    with Cluster(tmp_path, room=96) as cluster:
        hold(cluster, disk_full)
