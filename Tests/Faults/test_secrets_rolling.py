"""Nodes of the last version in which a token had one secret beside nodes of this one, with traffic."""

import pytest

from api import API
from balancer import HAProxy
from before import BEFORE
from cluster import Cluster, Node
from jeton import BINARY, wait_for
from test_upgrade import DRAIN, Verifiers, replace

GRANTED, REFUSED, PAUSED = 200, 401, 403
HOUR = 3600

pytestmark = pytest.mark.skipif(not BEFORE.exists(), reason=f"{BEFORE} is not built: scripts/build-before makes it")


class Known:
    """What each secret must be answered by every node."""

    def __init__(self, cluster):
        self.cluster = cluster
        self.answers = {}


    def expect(self, status, *issued):
        self.answers |= {one.secret: status for one in issued}

    def check(self):
        for node in self.cluster:
            def seen():
                return {secret: node.status(secret) for secret in self.answers}
            try:
                wait_for(lambda: seen() == self.answers, seconds=5)
            except AssertionError:
                wrong = [(list(self.answers).index(secret), status, self.answers[secret])
                         for secret, status in seen().items() if status != self.answers[secret]]
                raise AssertionError(f"node {node.name}: secret, its answer, the right one: {wrong}") from None


@pytest.fixture
def mixed(tmp_path, monkeypatch):
    """Three old nodes behind a balancer, and a function that replaces one of them by a new one."""
    monkeypatch.setattr(Node, "binary", BEFORE)
    with Cluster(tmp_path, stop=DRAIN) as cluster, HAProxy(tmp_path, cluster.nodes) as proxy:
        cluster["a"].add_user("alice")
        yield cluster, proxy, lambda name: replace(cluster[name], proxy, BINARY)


def chain(api, *ids):
    """Checks that each of the identifiers shows the same token, that of the last one."""
    for id in ids:
        assert api.get(id)["id"] == ids[-1]
    assert [one["id"] for one in api.list() if one["id"] in ids] == [ids[-1]]
    return api.get(ids[-1])


def test_old_and_new_nodes_judge_every_secret_alike(mixed):
    cluster, proxy, upgrade = mixed
    known = Known(cluster)
    manager = cluster["a"].make_token("manager", "--scope", "jeton:manage")
    for node in cluster:
        wait_for(lambda: node.status(manager) == PAUSED)  # 403: it may use no service
    old, new = API(cluster["a"].url, manager), API(cluster["c"].url, manager)

    first = old.create("with overlap"), old.create("without"), old.create("revoked")
    second = old.regenerate(first[0].id, HOUR), old.regenerate(first[1].id)
    old.revoke(first[2].id)
    known.expect(GRANTED, first[0], *second)
    known.expect(REFUSED, first[1], first[2])
    known.check()
    expected = {first[0].secret: "granted", second[1].secret: "granted", first[1].secret: "revoked"}
    with Verifiers(proxy, expected) as verifiers:
        upgrade("c")
        known.check()
        chain(new, first[0].id, second[0].id)
        chain(new, first[1].id, second[1].id)

        by_old_nodes(old, new, known)
        by_new_nodes(old, new, known)
        paused = paused_by_new_nodes(cluster, old, new)
        for name in "ab":
            upgrade(name)
            known.check()
    known.expect(PAUSED, paused)
    known.check()
    verifiers.report("while nodes with one and with many secrets of a token served together")
    assert verifiers.wrong == []


def by_old_nodes(old, new, known):
    """What an old node creates, regenerates and revokes."""
    one = old.create("one")
    known.expect(GRANTED, one)
    known.check()
    created = new.get(one.id)["created_at"]
    two = old.regenerate(one.id, HOUR)
    known.expect(GRANTED, two)
    known.check()
    token = chain(new, one.id, two.id)
    assert token["created_at"] == created and token["rotated_at"] is not None
    assert new.previous_secret(two.id)
    # An old node regenerates during an overlap, too.
    three = old.regenerate(two.id)
    known.expect(REFUSED, two)
    known.expect(GRANTED, three)
    known.check()
    assert chain(new, one.id, two.id, three.id)["created_at"] == created
    # And revokes one secret.
    old.revoke(three.id)
    known.expect(REFUSED, three)
    known.check()
    assert new.get(one.id)["state"] == "revoked"
    # The new one ends all.
    gone = old.create("gone")
    left = old.regenerate(gone.id, HOUR)
    known.check()
    new.revoke(left.id)
    known.expect(REFUSED, gone, left)
    known.check()


def by_new_nodes(old, new, known):
    """What a new node creates, rotates and revokes, and an old one then regenerates."""
    one, two, three = (new.create(f"new {number}") for number in range(3))
    known.expect(GRANTED, one, two, three)
    known.check()
    rotated = new.rotate(one.id, overlap_seconds=HOUR), new.rotate(two.id, overlap_seconds=0), new.regenerate(three.id, HOUR)
    known.expect(GRANTED, *rotated)
    known.expect(REFUSED, two)
    known.check()
    new.end_previous(one.id)
    known.expect(REFUSED, one)
    known.check()
    new.revoke(three.id)  # its former identifier: the previous secret alone
    known.expect(REFUSED, three)
    known.check()
    new.revoke(rotated[2].id)
    known.expect(REFUSED, rotated[2])
    known.check()
    # An old node knows the current secret of `two` by an identifier of its own, and gives it a successor.
    listed = {row["id"]: row for row in old.list() if row["name"] == "new 1" and row["state"] == "live"}
    assert len(listed) == 1
    (row,) = listed
    assert row != two.id
    again = old.regenerate(row, HOUR)
    known.expect(GRANTED, again)
    known.check()
    assert chain(new, two.id, row, again.id)["created_at"] == new.get(two.id)["created_at"]


def paused_by_new_nodes(cluster, old, new):
    """What a new node pauses: an old one does not know pauses. Returns the latest secret."""
    token = new.create("paused")
    wait_for(lambda: cluster["a"].status(token.secret) == GRANTED, seconds=5)
    new.pause(token.id, HOUR)
    again = old.regenerate(token.id)
    wait_for(lambda: cluster["c"].status(again.secret) == PAUSED, seconds=5)
    assert cluster["a"].status(again.secret) == GRANTED
    assert (cluster["a"].status(token.secret), cluster["c"].status(token.secret)) == (REFUSED, REFUSED)
    return again
