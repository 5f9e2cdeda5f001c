"""Nothing acknowledged is lost, and nothing is half done: `kill -9` under a load of all changes of tokens."""

import http.client
import random
import threading
import time

import requests

from api import API
from jeton import Jeton

CRASHES = 100
WRITERS = 4
GRANTED, REFUSED, PAUSED = 200, 401, 403


class Life:
    """A token: its secrets, what each must be answered, and the same after a change that was not answered yet."""

    def __init__(self, issued):
        self.id = issued.id
        self.current, self.previous = issued.secret, None
        self.ended = []
        self.is_paused = self.is_revoked = self.was_rotated = False
        self.next = None  # the answers where the last change was made
        self.rotating = False

    def answers(self):
        works = PAUSED if self.is_paused else GRANTED
        kept = {secret: REFUSED for secret in self.ended}
        for secret in filter(None, (self.current, self.previous)):
            kept[secret] = REFUSED if self.is_revoked else works
        return kept

    def paused(self, is_paused):
        return {secret: status if status == REFUSED else PAUSED if is_paused else GRANTED
                for secret, status in self.answers().items()}


class Writer(threading.Thread):
    """Creates, rotates, pauses and revokes tokens until the server dies, and notes what was acknowledged."""

    def __init__(self, jeton, manager, number, crash):
        super().__init__()
        self.api = API(jeton.url, manager)
        self.names = (f"crash {crash}, writer {number}, token {n}" for n in range(1_000_000))
        self.random = random.Random(crash * WRITERS + number)
        self.lives = []
        self.counts = {}

    def run(self):
        try:
            while True:
                live = [life for life in self.lives if not life.is_revoked]
                if len(live) < 2 or self.random.random() < 0.3:
                    self.lives.append(Life(self.api.create(next(self.names))))
                else:
                    change = self.random.choice((self.rotate, self.rotate, self.end, self.pause, self.revoke))
                    change(self.random.choice(live))
                    self.counts[change.__name__] = self.counts.get(change.__name__, 0) + 1
        except requests.RequestException:
            pass

    def rotate(self, life):
        if life.previous:
            return self.end(life)
        overlap = self.random.choice((0, 3600))
        life.rotating = not life.was_rotated
        life.next = life.answers() | ({} if overlap else {life.current: REFUSED})
        issued = self.api.rotate(life.id, overlap_seconds=overlap)
        if overlap:
            life.previous = life.current
        else:
            life.ended.append(life.current)
        life.current, life.was_rotated = issued.secret, True
        life.next, life.rotating = None, False

    def end(self, life):
        if life.previous:
            life.next = life.answers() | {life.previous: REFUSED}
            self.api.end_previous(life.id)
            life.ended.append(life.previous)
            life.previous = life.next = None

    def pause(self, life):
        life.next = life.paused(not life.is_paused)
        if life.is_paused:
            self.api.resume(life.id)
        else:
            self.api.pause(life.id, 3600)
        life.is_paused = not life.is_paused
        life.next = None

    def revoke(self, life):
        life.next = dict.fromkeys(life.answers(), REFUSED)
        self.api.revoke(life.id)
        life.is_revoked = True
        life.next = None


def test_what_was_acknowledged_outlives_a_crash(tmp_path):
    jeton = Jeton(tmp_path)
    jeton.start()
    jeton.add_user("alice")
    manager = jeton.api().token
    chance = random.Random(2)
    lives, counts = [], {}
    for crash in range(CRASHES):
        writers = [Writer(jeton, manager, number, crash) for number in range(WRITERS)]
        for writer in writers:
            writer.start()
        time.sleep(chance.uniform(0.01, 0.25))
        jeton.kill()
        for writer in writers:
            writer.join()
        jeton.start()

        fresh = [life for writer in writers for life in writer.lives]
        lives += fresh
        for writer in writers:
            for name, count in writer.counts.items():
                counts[name] = counts.get(name, 0) + count
        # After each restart what the last run did, and at the end all there ever was.
        api = API(jeton.url, manager)
        check(jeton, api, lives if crash == CRASHES - 1 else fresh)
        # A person has a thousand live tokens at most: what is left over goes.
        for life in fresh:
            if not life.is_revoked and life.next is None and chance.random() < 0.9:
                api.revoke(life.id)
                life.is_revoked = True
    unsure = sum(life.next is not None for life in lives)
    print(f"{CRASHES} crashes, {len(lives)} tokens, {counts}, {unsure} unanswered")
    assert len(lives) > CRASHES and min(counts[name] for name in ("rotate", "end", "pause", "revoke")) > CRASHES / 4, \
        "the load was too small to tell"
    assert jeton.stop() == 0


def check(jeton, api, lives):
    connection = http.client.HTTPConnection("127.0.0.1", jeton.port, timeout=10)
    for life in lives:
        seen = {secret: jeton.status(secret, connection=connection) for secret in life.answers()}
        # Where the last change was never answered, either is right, but for all secrets together.
        assert seen in (life.answers(), life.next), f"token {life.id}: {list(seen.values())}"
        if life.rotating:
            token = api.get(life.id)
            was_made = token["rotated_at"] is not None
            assert token["state"] != "revoked" and was_made == has_rotated(life, seen, api), f"token {life.id}: {token}"
    connection.close()


def has_rotated(life, seen, api):
    """Whether a rotation that was never answered has had its effect on the secret before."""
    return seen != life.answers() if life.next != life.answers() else api.previous_secret(life.id) is not None
