"""Nothing acknowledged is lost: `kill -9` under a load of creates and revokes."""

import http.client
import random
import threading
import time

import pytest
import requests

from api import API
from jeton import Jeton

CRASHES = 100
WRITERS = 4


class Writer(threading.Thread):
    """Creates tokens and revokes some of them until the server dies, and notes what was acknowledged."""

    def __init__(self, jeton, manager, number, crash):
        super().__init__()
        self.api = API(jeton.url, manager)
        self.names = (f"crash {crash}, writer {number}, token {n}" for n in range(1_000_000))
        self.random = random.Random(crash * WRITERS + number)
        self.created = {}
        self.revoked = set()
        self.unsure = set()

    def run(self):
        live = []
        while True:
            revoking = live and self.random.random() < 0.6
            token = live.pop(self.random.randrange(len(live))) if revoking else None
            try:
                if token:
                    self.unsure.add(token.id)
                    self.api.revoke(token.id)
                    self.unsure.discard(token.id)
                    self.revoked.add(token.id)
                else:
                    token = self.api.create(next(self.names))
                    self.created[token.id] = token.secret
                    live.append(token)
            except requests.RequestException:
                return


@pytest.mark.timeout(300)
def test_what_was_acknowledged_outlives_a_crash(tmp_path):
    jeton = Jeton(tmp_path)
    jeton.start()
    jeton.add_user("alice")
    manager = jeton.api().token
    chance = random.Random(2)
    created, revoked, unsure = {}, set(), set()
    for crash in range(CRASHES):
        writers = [Writer(jeton, manager, number, crash) for number in range(WRITERS)]
        for writer in writers:
            writer.start()
        time.sleep(chance.uniform(0.01, 0.25))
        jeton.kill()
        for writer in writers:
            writer.join()
        jeton.start()

        fresh = {id: secret for writer in writers for id, secret in writer.created.items()}
        created.update(fresh)
        revoked.update(id for writer in writers for id in writer.revoked)
        unsure.update(id for writer in writers for id in writer.unsure)
        # After each restart what the last run did, and at the end all there ever was.
        check(jeton, created if crash == CRASHES - 1 else fresh, revoked, unsure)
        # A person has a thousand live tokens at most: what is left over goes.
        api = API(jeton.url, manager)
        for id in fresh.keys() - revoked:
            if id not in unsure and chance.random() < 0.9:
                api.revoke(id)
                revoked.add(id)
    assert len(created) > CRASHES and len(revoked) > CRASHES / 2, "the load was too small to tell"
    print(f"{CRASHES} crashes, {len(created)} tokens, {len(revoked)} revocations, {len(unsure)} unanswered")
    assert jeton.stop() == 0


def check(jeton, created, revoked, unsure):
    connection = http.client.HTTPConnection("127.0.0.1", jeton.port, timeout=10)
    for id, secret in created.items():
        if id in unsure:
            continue  # the revocation was never answered: either is right
        wanted = 401 if id in revoked else 200
        assert jeton.status(secret, connection=connection) == wanted, f"token {id}"
    connection.close()
