"""How long the first start of a new version takes, with the organisation's ledger as the last release left it.

The release's tables are in released.json. The ledger is made from a current one, by removing what came since.
"""

import json
import sqlite3
import threading
import time
from contextlib import closing
from pathlib import Path

from oversight import Desk
from machine import LOAD_CORE, on_core
from organisation import Organisation
from rounds import Row

RELEASED = json.loads(Path(__file__).with_name("released.json").read_text())


def strange(names, known):
    """Those names that the release did not have."""
    return sorted(name for name in names if name not in known)


def to_release_in_sqlite(path):
    """Turns a current ledger into one of the release."""
    with closing(sqlite3.connect(path, isolation_level=None)) as ledger:
        def names(kind):
            rows = ledger.execute("SELECT name FROM sqlite_schema WHERE type = ? AND sql IS NOT NULL", (kind,))
            return [name for name, in rows]

        ledger.execute("PRAGMA foreign_keys = OFF")
        for table in strange(names("table"), RELEASED["tables"]):
            ledger.execute(f"DROP TABLE {table}")
        for index in strange(names("index"), RELEASED["indexes"]):
            ledger.execute(f"DROP INDEX {index}")
        for table, known in RELEASED["tables"].items():
            columns = [name for _, name, *_ in ledger.execute(f"PRAGMA table_xinfo({table})")]
            for column in strange(columns, known):
                ledger.execute(f"ALTER TABLE {table} DROP COLUMN {column}")
        ledger.execute(f"PRAGMA user_version = {RELEASED['sqlite']}")
        ledger.execute("VACUUM")
        ledger.execute("PRAGMA wal_checkpoint(TRUNCATE)")


def to_release_in_postgresql(server):
    """The same there."""
    def names(sql):
        return server.ask(sql).split()

    tables = names("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")
    own = [*RELEASED["tables"], "change_head", "changes", "use_head", "nodes", "schema_version"]
    for table in strange(tables, own):
        server.ask(f"DROP TABLE {table} CASCADE")
    server.ask("DROP FUNCTION IF EXISTS jeton_event_order CASCADE")
    for table, known in RELEASED["tables"].items():
        if table not in tables:
            continue
        columns = names(
            "SELECT attname FROM pg_attribute WHERE attnum > 0 AND NOT attisdropped "
            f"AND attrelid = '{table}'::regclass")
        for column in strange(columns, known):
            server.ask(f"ALTER TABLE {table} DROP COLUMN {column} CASCADE")
    indexes = names("""
        SELECT relname FROM pg_class JOIN pg_index ON indexrelid = pg_class.oid
        WHERE relnamespace = 'public'::regnamespace AND NOT indisprimary AND NOT EXISTS (
            SELECT 1 FROM pg_constraint WHERE conindid = indexrelid)""")
    for index in strange(indexes, [*RELEASED["indexes"], "changes_by_time"]):
        server.ask(f"DROP INDEX {index}")
    server.ask(f"UPDATE schema_version SET version = {RELEASED['postgresql']}")
    server.ask("VACUUM FULL ANALYZE", timeout=900)
    server.ask("CHECKPOINT", timeout=600)


class Locks(threading.Thread):
    """Watches for how long each table can be read by nobody else, and written by nobody else."""

    def __init__(self, server, every=0.1):
        super().__init__(daemon=True)
        self.server, self.every, self.ended = server, every, threading.Event()
        self.seconds = {"read": {}, "written": {}}

    def run(self):
        last = time.monotonic()
        while not self.ended.wait(self.every):
            found = self.server.ask("""
                SELECT relname || ' ' || mode FROM pg_locks JOIN pg_class ON pg_class.oid = relation
                WHERE granted AND relkind = 'r' AND relnamespace = 'public'::regnamespace
                    AND mode IN ('AccessExclusiveLock', 'ShareLock', 'ShareRowExclusiveLock')""").splitlines()
            now = time.monotonic()
            exclusive = {line.split()[0] for line in found if line.endswith("AccessExclusiveLock")}
            for kind, tables in (("read", exclusive), ("written", {line.split()[0] for line in found})):
                for table in tables:
                    self.seconds[kind][table] = self.seconds[kind].get(table, 0) + now - last
            last = now

    def stop(self):
        self.ended.set()
        self.join()
        return {kind: {table: round(seconds, 1) for table, seconds in tables.items() if table in RELEASED["tables"]}
                for kind, tables in self.seconds.items()}


def first_start(folder, organisation, ledger, prepare):
    """The seconds until a node is ready with such a ledger, and until it is ready the next time."""
    desk = Desk(folder, organisation, ledger)
    prepare(desk)
    seconds = []
    for _ in range(2):
        began = time.monotonic()
        try:
            super(Desk, desk).start(within=900)
            seconds.append(time.monotonic() - began)
        finally:
            desk.stop()
    return seconds


def upgrade(bench):
    """The migration of 200,000 tokens from the last release."""
    organisation = Organisation(bench.folder / "organisation").ensure().ensure_postgresql()
    rows = []

    def add(engine, seconds):
        first, next_one = seconds
        rows.append(Row(
            f"the first start after an upgrade, 200,000 tokens in {engine}", f"{first:.1f} s",
            f"any other start: {next_one:.1f} s", first / next_one, None))

    add("SQLite", first_start(
        bench.run / "upgrade-SQLite", organisation, None,
        lambda desk: to_release_in_sqlite(desk.data / "jeton.db")))
    with on_core(LOAD_CORE):
        server = organisation.serve()
    with server:
        to_release_in_postgresql(server)
        locks = Locks(server)
        add("PostgreSQL", first_start(
            bench.run / "upgrade-PostgreSQL", organisation, server.address(), lambda _: locks.start()))
        print("seconds for which nobody else can use a table:", json.dumps(locks.stop(), indent=1), flush=True)
    return rows
