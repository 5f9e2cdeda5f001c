"""A made-up organisation of 20,000 people, 500 service accounts and 200,000 tokens, with three years of events.

It is kept in .build/bench/organisation, as a SQLite file and as a PostgreSQL server's folder. Jeton itself makes the
schema, and only columns that the ledger has are filled. It is made again when the day or the schema has changed: most
of what an administrator looks for is about today.

    Benchmarks/organisation.py FOLDER                 makes it in that folder
    Benchmarks/organisation.py FOLDER --postgresql    the same in PostgreSQL, too
    Benchmarks/organisation.py FOLDER --serve PORT    runs that PostgreSQL server until Ctrl-C
"""

import argparse
import hashlib
import json
import shutil
import sqlite3
import subprocess
import sys
import time
from pathlib import Path

import yaml

ROOT = Path(__file__).resolve().parents[1]
sys.path.append(str(ROOT / "Tests/Support"))

from activity import EVENT, HISTORY, LAST_USE, USE, USE_DAY, USES, Activity, network  # noqa: E402
from jeton import BINARY, PASSWORD  # noqa: E402
from population import DAY, SERVICES, SUBJECT, TOKEN, Population  # noqa: E402
from postgresql import PostgreSQL  # noqa: E402

#: Who signs in, with the tests' password: an administrator, and a person with 303 tokens.
ADMINISTRATOR, OWNER = "root", "alice"
#: What PostgreSQL has by default, where the tests' own server is in a hurry.
SETTINGS = {"shared_buffers": "128MB", "autovacuum": "on"}


def run(*command, **options):
    return subprocess.run([str(part) for part in command], check=True, **options)


class Organisation:
    """The ledger of the organisation, in `folder`."""

    def __init__(self, folder, people=20_000, accounts=500, tokens=200_000, events=2_000_000):
        self.folder = Path(folder).resolve()
        self.size = {"people": people, "accounts": accounts, "tokens": tokens, "events": events}
        self.data = self.folder / "data"
        self.database = self.data / "jeton.db"
        self.configuration = self.folder / "jeton.yaml"
        self.postgresql = self.folder / "postgresql"
        self._kept = self.folder / "kept.json"

    def ensure(self):
        """Makes it, unless that of today with this schema and of this size is there."""
        wanted = {"day": int(time.time()) // 86_400, "schema": self._schema(), **self.size}
        if not self._kept.exists() or json.loads(self._kept.read_text()) != wanted:
            shutil.rmtree(self.folder, ignore_errors=True)
            began = time.monotonic()
            self._make()
            self._kept.write_text(json.dumps(wanted))
            print(f"made an organisation with {self.size['tokens']:,} tokens and {self.size['events']:,} events in "
                  f"{time.monotonic() - began:.0f} s", flush=True)
        return self

    def ensure_postgresql(self):
        """Moves the same into PostgreSQL, and keeps the server's folder."""
        if not self.postgresql.exists():
            began = time.monotonic()
            with PostgreSQL(shared_buffers="1GB", max_wal_size="4GB", wal_recycle="off") as server:
                run(BINARY, "migrate", "--quiet", "--from", f"sqlite:{self.database}", "--to", server.address(),
                    stdout=subprocess.DEVNULL)
                server.ask("VACUUM ANALYZE", timeout=600)
                server.ask("CHECKPOINT", timeout=600)
                server.keep(self.postgresql)
            print(f"moved it into PostgreSQL in {time.monotonic() - began:.0f} s", flush=True)
        return self

    def serve(self, port=None):
        """A PostgreSQL server on a copy of that data."""
        return PostgreSQL(data=self.postgresql, port=port, **SETTINGS)

    def copy(self, folder):
        """A copy of the data folder that a server may change."""
        shutil.rmtree(folder, ignore_errors=True)
        shutil.copytree(self.data, folder, ignore=shutil.ignore_patterns("*.sock", "*.lock"))
        return Path(folder)

    # Making it

    def _schema(self):
        """What tells one schema of the ledger from another."""
        probe = self.folder.with_name(self.folder.name + "-schema")
        shutil.rmtree(probe, ignore_errors=True)
        self._begin(probe)
        database = sqlite3.connect(probe / "jeton.db")
        statements = [sql for sql, in database.execute("SELECT sql FROM sqlite_schema ORDER BY name") if sql]
        database.close()
        shutil.rmtree(probe)
        return hashlib.sha256("\n".join(statements).encode()).hexdigest()

    def _begin(self, data):
        """Has Jeton make a ledger with an administrator."""
        run(BINARY, "user", "add", ADMINISTRATOR, "--admin", "--create-ledger", "--data", data,
            input=PASSWORD + "\n", text=True, stdout=subprocess.DEVNULL)

    def _make(self):
        self.folder.mkdir(parents=True)
        services = {name: {"title": title} for name, title in SERVICES.items()}
        self.configuration.write_text(yaml.safe_dump({"services": services}, sort_keys=False))
        self._begin(self.data)
        database = sqlite3.connect(self.database, isolation_level=None)
        database.executescript("""
            PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF; PRAGMA cache_size = -4000000;
            PRAGMA locking_mode = EXCLUSIVE; PRAGMA temp_store = MEMORY; BEGIN;""")
        # A B-tree is built faster from sorted rows than row by row.
        indexes = database.execute("""
            SELECT name, sql FROM sqlite_schema WHERE type = 'index' AND sql IS NOT NULL
                AND tbl_name IN ('subjects', 'tokens', 'uses', 'use_days', 'events', 'use_places', 'last_uses')
            """).fetchall()
        for name, _ in indexes:
            database.execute(f"DROP INDEX {name}")
        Filling(database, int(time.time() * 1000)).fill(**self.size)
        for _, sql in indexes:
            database.execute(sql)
        database.execute("COMMIT")
        database.executescript("PRAGMA locking_mode = NORMAL; PRAGMA journal_mode = WAL;")
        database.close()
        run(BINARY, "user", "passwd", OWNER, "--data", self.data, input=PASSWORD + "\n", text=True,
            stdout=subprocess.DEVNULL)


class Filling:
    """Fills an empty ledger in SQLite as of the moment `now`."""

    def __init__(self, database, now):
        self.database, self.now = database, now

    def columns(self, table):
        """The columns that a table has; none where there is no such table."""
        return {name for _, name, *_ in self.database.execute(f"PRAGMA table_info({table})")}

    def insert(self, table, columns, rows):
        """Inserts rows, of which only those columns count that the table has."""
        there = self.columns(table)
        kept = [number for number, column in enumerate(columns) if column in there]
        if len(kept) < len(columns):
            rows = ([row[number] for number in kept] for row in rows)
        names = ", ".join(columns[number] for number in kept)
        marks = ", ".join("?" * len(kept))
        self.database.executemany(f"INSERT INTO {table} ({names}) VALUES ({marks})", rows)

    def fill(self, people, accounts, tokens, events):
        population, activity = Population(self.now, people, accounts, tokens), Activity(self.now)
        owners, identities, sessions = [], [], []
        rows = []
        for owner, row, identity in population.subjects():
            owners.append(owner)
            rows.append(row)
            if identity and not owner.ended:
                identities.append((*identity, owner.id))
                if population.chance(0.2):
                    sessions.append(self._session(population, activity, owner))
        self.insert("subjects", SUBJECT, sorted(rows))
        self.insert("identities", ("issuer", "name", "subject"), identities)
        self.insert(
            "sessions", ("id", "digest", "subject", "created_at", "last_seen_at", "address", "client"),
            sorted(sessions))
        made = sorted(population.all_tokens(owners))
        self.insert("tokens", TOKEN, sorted(row for _, rows in made for row in rows))
        made = [token for token, _ in made]
        uses, days, last = [], [], []
        for token in made:
            used, history, latest = activity.uses(token)
            uses += used
            days += history
            if latest:
                last.append(latest)
        self.insert("uses", USE, sorted(uses))
        self.insert("use_days", USE_DAY, sorted(days))
        self.insert("last_uses", LAST_USE, last)
        del uses, days, last
        self.insert("password_uses", ("subject", *USE[1:]), self._passwords(population, activity, owners))
        self.insert("events", EVENT, activity.events(owners, made, events))
        self.derive()

    def _session(self, population, activity, owner):
        seen = population.between(self.now - 12 * DAY, self.now)
        began = population.between(max(owner.created, seen - 5 * DAY), seen + 1)
        return (
            population.identifiers.make(began), population.random.randbytes(32), owner.id, began, seen,
            activity.address(owner.id % 99_991), population.random.choice(("Firefox", "Chrome", "Safari", "Edge")))

    def _passwords(self, population, activity, owners):
        """Some still use their password in place of a token."""
        today = self.now // DAY
        for owner in owners:
            if owner.is_account or owner.ended or not population.chance(0.015):
                continue
            address = activity.address(owner.id % 99_991)
            for day in range(today - population.between(0, USES), today, 5):
                at = day * DAY + population.between(0, DAY)
                yield owner.id, day, "maven", address, "Maven 3.8.7", population.between(1, 20), at, 1

    def derive(self):
        """Fills what the ledger derives from uses and scopes, where it has tables and columns for that."""
        database = self.database
        database.create_function("network", 1, network, deterministic=True)
        database.create_function("reach", 1, reach, deterministic=True)
        if "reach" in self.columns("tokens"):
            database.execute("UPDATE tokens SET reach = reach(scopes)")
        if self.columns("service_days"):
            database.execute("""
                INSERT INTO service_days (day, service, count)
                SELECT day, service, sum(count) FROM use_days GROUP BY day, service""")
        if "signed_in_at" in self.columns("subjects"):
            database.execute("""
                UPDATE subjects SET signed_in_at = latest.at, signed_in_from = latest.address
                FROM (SELECT subject, max(at) AS at, address FROM events WHERE kind = 'signed_in' GROUP BY subject)
                    AS latest WHERE latest.subject = subjects.id""")
        if not self.columns("use_places"):
            return
        database.execute("""
            INSERT INTO use_places (token, service, address, client, network, first_day, last_day)
            SELECT coalesce(tokens.token, tokens.id), service, address, client, network(address), min(day), max(day)
            FROM uses JOIN tokens ON tokens.id = uses.token WHERE day > ?
            GROUP BY 1, 2, 3, 4 ORDER BY 1, 2, 3, 4
            """, (self.now // DAY - USES,))
        if {"services", "networks", "clients"} <= self.columns("last_uses"):
            database.execute("""
                UPDATE last_uses SET services = found.services, networks = found.networks, clients = found.clients
                FROM (SELECT token, count(DISTINCT nullif(nullif(service, 'jeton'), '')) AS services,
                        count(DISTINCT nullif(network, '')) AS networks,
                        count(DISTINCT nullif(client, '')) AS clients
                    FROM use_places GROUP BY token) AS found WHERE found.token = last_uses.token""")


def reach(scopes):
    """How many services scopes name; -1 for all of them."""
    return len({scope.split(":")[0] for scope in scopes.split()} - {"jeton"}) if scopes else -1


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", nargs="?", default=ROOT / ".build/bench/organisation")
    parser.add_argument("--postgresql", action="store_true", help="make the same in PostgreSQL, too")
    parser.add_argument("--serve", metavar="PORT", type=int, help="run the PostgreSQL server until Ctrl-C")
    arguments = parser.parse_args()
    organisation = Organisation(arguments.folder)
    if arguments.serve:
        with organisation.serve(arguments.serve) as server:
            print(f"ledger: {server.address()}", flush=True)
            try:
                server.script.wait()
            except KeyboardInterrupt:
                return
    organisation.ensure()
    if arguments.postgresql:
        organisation.ensure_postgresql()


if __name__ == "__main__":
    main()
