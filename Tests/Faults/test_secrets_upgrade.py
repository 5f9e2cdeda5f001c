"""The upgrade from the last version in which a token had one secret: of a whole ledger, and while both serve."""

import contextlib
import http.client
import os
import sqlite3
import subprocess
import threading
import time

import pytest

from api import API
from before import BEFORE, Before
from jeton import BINARY, Jeton, wait_for
from postgresql import PostgreSQL, configuration

#: How many tokens there are in the ledger that is upgraded. A million need ten minutes and 4 GB.
COUNT = int(os.environ.get("UPGRADE_TOKENS", 2000))
#: As a server is that keeps what it was told.
DURABLE = {
    "shared_buffers": "512MB", "max_wal_size": "4GB", "fsync": "on", "full_page_writes": "on", "autovacuum": "on"}

pytestmark = pytest.mark.skipif(not BEFORE.exists(), reason=f"{BEFORE} is not built: scripts/build-before makes it")


class SQLite:
    """The file of a ledger."""

    name = "SQLite"

    def __init__(self, folder):
        self.path = folder / "data/jeton.db"

    def keys(self):
        return {}

    def fill(self, before):
        before.fill_sqlite(self.path)

    def select(self, sql):
        with contextlib.closing(sqlite3.connect(self.path)) as database:
            yield from database.execute(sql)

    def size(self):
        return sum(path.stat().st_size for path in self.path.parent.glob("jeton.db*"))

    def settle(self):
        with contextlib.closing(sqlite3.connect(self.path)) as database:
            database.execute("PRAGMA wal_checkpoint(TRUNCATE)")


class Server:
    """The database of a ledger."""

    name = "PostgreSQL"

    def __init__(self, server):
        self.server = server

    def keys(self):
        return {"ledger": self.server.address()}

    def fill(self, before):
        before.fill_postgresql(self.server.address())

    def select(self, sql):
        rows = subprocess.Popen(
            ["psql", "--no-psqlrc", "--quiet", "--command", f"COPY ({sql}) TO STDOUT", self.server.address()],
            stdout=subprocess.PIPE, text=True)
        for line in rows.stdout:
            yield tuple(None if value == "\\N" else int(value) for value in line.rstrip("\n").split("\t"))
        assert rows.wait() == 0

    def size(self):
        return int(self.server.ask("SELECT pg_database_size('postgres')"))

    def settle(self):
        pass


@pytest.fixture(params=["SQLite", "PostgreSQL"])
def engine(request, tmp_path):
    if request.param == "SQLite":
        yield SQLite(tmp_path)
    else:
        with PostgreSQL(**DURABLE) as server:
            yield Server(server)


def start(jeton, binary):
    """Starts it with that binary; returns the seconds until it could verify."""
    jeton.binary = binary
    begun = time.monotonic()
    jeton.start(until=lambda: True)
    wait_for(lambda: jeton.process.poll() is not None or is_ready(jeton), seconds=1200, every=0.05)
    assert jeton.process.poll() is None, jeton.log.read_text()[-2000:]
    return time.monotonic() - begun


def is_ready(jeton):
    with contextlib.suppress(OSError):
        connection = http.client.HTTPConnection(jeton.host, jeton.port, timeout=5)
        connection.request("GET", "/readyz")
        return connection.getresponse().status == 200
    return False


@pytest.mark.timeout(3000)
def test_every_secret_is_judged_as_before_the_upgrade(tmp_path, engine):
    jeton = Jeton(tmp_path, configuration(tmp_path, **engine.keys()))
    start(jeton, BEFORE)
    jeton.stop()
    before = Before(COUNT)
    engine.fill(before)
    usual = start(jeton, BEFORE)
    judged = verdicts(jeton, before)
    jeton.stop()
    size = engine.size()
    first = start(jeton, BINARY)
    assert verdicts(jeton, before) == judged
    check_judged(before, judged)
    jeton.stop()
    again = start(jeton, BINARY)
    engine.settle()
    print(f"\n{engine.name}: {len(before.rows):,} tokens, of which {before.replaced:,} were replaced: the upgrade took "
          f"{first - again:.1f} s (ready after {first:.1f} s, then {again:.1f} s, before {usual:.1f} s), "
          f"{size / 2**20:.0f} MiB became {engine.size() / 2**20:.0f} MiB; {len(judged):,} secrets asked about")
    check_rows(engine, before)
    jeton.stop()


@pytest.mark.timeout(3000)
def test_an_older_node_serves_while_a_whole_ledger_is_upgraded(tmp_path):
    with PostgreSQL(**DURABLE) as server:
        nodes = []
        for name in ("old", "new"):
            (tmp_path / name).mkdir()
            nodes.append(Jeton(tmp_path / name, configuration(tmp_path / name, ledger=server.address())))
        old, new = nodes
        start(old, BEFORE)
        old.stop()
        before = Before(COUNT)
        before.fill_postgresql(server.address())
        start(old, BEFORE)
        old.add_user("alice")
        rows = {row.id: row for row in before.rows}
        wanted = {secret: 200 if rows[id].verdict(before.now) == "granted" else 401
                  for secret, id in list(before.secrets.items())[:20]}
        manager = API(old.url, old.make_token("manager", "--scope", "jeton:manage"))
        with Probe(lambda: verify(old, wanted)) as verifying, Probe(
                lambda: manager.create(f"made at {time.monotonic()}")) as creating:
            seconds = start(new, BINARY)
            time.sleep(1)
        print(f"\n{len(before.rows):,} tokens: the new node was ready after {seconds:.1f} s; meanwhile at the old one "
              f"{verifying}, {creating}")
        assert verifying.wrong == [] and creating.wrong == []
        assert verdicts(new, before) == verdicts(old, before)
        # What the old one created is known to the new one.
        for issued in creating.answers:
            assert new.status(issued.secret) == 200
        for jeton in nodes:
            jeton.stop()


class Probe(threading.Thread):
    """Does something again and again, and notes how long it took, and what failed."""

    def __init__(self, work):
        super().__init__()
        self.work, self.over = work, threading.Event()
        self.answers, self.wrong, self.longest = [], [], 0

    def __enter__(self):
        self.start()
        return self

    def run(self):
        while not self.over.is_set():
            begun = time.monotonic()
            try:
                self.answers.append(self.work())
            except (AssertionError, OSError) as error:
                self.wrong.append(f"after {time.monotonic() - begun:.1f} s: {error}")
            self.longest = max(self.longest, time.monotonic() - begun)
            self.over.wait(0.02)

    def __exit__(self, *_):
        self.over.set()
        self.join()

    def __str__(self):
        return f"{len(self.answers)} done and {len(self.wrong)} failed, of which the longest took {self.longest:.2f} s"


def verify(jeton, wanted):
    """Verifies those secrets."""
    for secret, status in wanted.items():
        assert jeton.status(secret) == status


def verdicts(jeton, before):
    """What is answered to each known secret."""
    connection = http.client.HTTPConnection(jeton.host, jeton.port, timeout=30)
    found = {}
    for secret, id in before.secrets.items():
        connection.request("GET", "/verify/maven", headers={"Authorization": f"Bearer {secret}"})
        answer = connection.getresponse()
        answer.read()
        found[id] = answer.headers["X-Jeton-Reason"] or "granted"
    return found


def check_judged(before, judged):
    rows = {row.id: row for row in before.rows}
    assert judged == {id: rows[id].verdict(before.now) for id in judged}


def check_rows(engine, before):
    """Every secret has the state that it had, and belongs to the last of its chain."""
    rows = {row.id: row for row in before.rows}
    count = 0
    for id, token, replaced_at, issued_at, created_at, expires_at, revoked_at, successor in engine.select(
            "SELECT id, token, replaced_at, issued_at, created_at, expires_at, revoked_at, successor FROM tokens"):
        row = rows[id]
        count += 1
        assert (created_at, expires_at, revoked_at, successor) == (
            row.created_at, row.expires_at, row.revoked_at, row.successor), f"token {id}"
        assert (token, replaced_at) == before.heads.get(id, (None, None)), f"token {id}"
        assert issued_at == before.first.get(id), f"token {id}"
    assert count == len(rows)
