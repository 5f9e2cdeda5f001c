"""Ledgers with many tokens, kept in .build/bench/seeds and made once.

Jeton itself makes the file and its schema; the rows are then written by SQLite. Of all but the tokens that
the load presents there is only a digest, of 32 random bytes: nobody has those tokens.
"""

import hashlib
import json
import secrets
import shutil
import sqlite3
import time
import zlib
from functools import cached_property
from pathlib import Path
from typing import NamedTuple

from servers import Jeton

DIGITS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
#: What a seed holds beside its rows. One of another version is made anew.
VERSION = 2
#: The tokens that the load presents.
PRESENTED = 10_000
#: The seed that also has tokens for the other loads: so many in use at once, narrowed to a path and bound to an
#: address, and revoked.
VARIED, IN_USE, NARROWED, REVOKED = 1_000_000, 100_000, 10_000, 1000
#: Who holds them all, or where there are fewer tokens, one each.
SUBJECTS = 50_000
#: Subjects of whom each has a token that manages tokens, for the load that makes and revokes some.
MANAGERS = 1000
DAY = 86_400_000
RANDOM = secrets.SystemRandom()


class Kept(NamedTuple):
    """A token whose secret is kept: what the table has of it, and what the load says beside it."""

    secret: str
    owner: int
    name: str
    made: int
    scopes: str = ""
    addresses: str = ""
    revoked: bool = False


def make_secret():
    """A token as docs/tokens.md specifies it."""
    payload = "jtn_" + "".join(RANDOM.choices(DIGITS, k=32))
    number, checksum = zlib.crc32(payload.encode()), ""
    for _ in range(6):
        number, digit = divmod(number, 62)
        checksum = DIGITS[digit] + checksum
    return payload + checksum


def identifier_text(number):
    """An identifier as addresses have it: 13 digits of Crockford's base32."""
    return "".join("0123456789abcdefghjkmnpqrstvwxyz"[number >> shift & 31] for shift in range(60, -1, -5))


class Seed:
    """A data folder with `count` tokens."""

    def __init__(self, folder, count):
        self.folder = Path(folder) / str(count)
        self.count = count
        self.data = self.folder / "data"
        self.database = self.data / "jeton.db"
        self._kept = self.folder / "kept.json"

    @property
    def secrets(self):
        """The tokens that the load presents."""
        return [secret for secret, _ in self.credentials]

    @property
    def credentials(self):
        """The same, each with its owner's login."""
        return self.in_use[:PRESENTED]

    @property
    def in_use(self):
        """All tokens that can be presented, each with its owner's login: in the varied seed, far more."""
        return self._kept_values["presented"]

    @property
    def narrowed(self):
        """Tokens of the varied seed, each with the path that it is narrowed to, and an address that it may be used
        from."""
        return self._kept_values["narrowed"]

    @property
    def revoked(self):
        """Tokens of the varied seed that were revoked."""
        return self._kept_values["revoked"]

    @property
    def managers(self):
        """Of each manager: a token that manages, and identifiers of tokens that it may revoke."""
        return self._kept_values["managers"]

    @cached_property
    def _kept_values(self):
        return json.loads(self._kept.read_text())

    def ensure(self):
        """Makes it where it is not there yet, or is of another version."""
        if not self._kept.exists() or self._kept_values.get("version") != VERSION:
            self.__dict__.pop("_kept_values", None)
            shutil.rmtree(self.folder, ignore_errors=True)
            self._make()
        return self

    def copy(self, folder):
        """A copy that may be changed."""
        copy = Seed(folder, self.count)
        shutil.rmtree(copy.folder, ignore_errors=True)
        shutil.copytree(self.folder, copy.folder, ignore=shutil.ignore_patterns("*.sock", "*.lock", "server"))
        return copy

    def _make(self):
        began = time.monotonic()
        self.folder.mkdir(parents=True)
        self._migrate()
        kept = self._fill()
        self._kept.write_text(json.dumps(kept))
        self._kept.chmod(0o600)
        print(f"seeded {self.count:,} tokens in {time.monotonic() - began:.0f} s", flush=True)

    def _migrate(self):
        """Has Jeton make the file."""
        self._kept.write_text(json.dumps({"presented": [(make_secret(), "nobody")]}))
        server = Jeton(self.folder / "server", self)
        server.check = lambda _: None  # no token is there yet
        with server:
            pass
        self._kept.unlink()
        del self._kept_values

    def _fill(self):
        database = sqlite3.connect(self.database, isolation_level=None)
        database.executescript("""
            PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF; PRAGMA cache_size = -2000000;
            PRAGMA locking_mode = EXCLUSIVE; PRAGMA temp_store = MEMORY; BEGIN;""")
        # A B-tree is built faster from sorted rows than row by row.
        indexes = database.execute(
            "SELECT name, sql FROM sqlite_schema WHERE tbl_name = 'tokens' AND type = 'index' AND sql IS NOT NULL"
        ).fetchall()
        for name, _ in indexes:
            database.execute(f"DROP INDEX {name}")
        now = int(time.time() * 1000)
        self._add_subjects(database, now)
        self._add_tokens(database, now)
        kept = {"version": VERSION, "presented": self._add_presented(database, now),
                "managers": self._add_managers(database, now), **self._add_varied(database, now)}
        for _, sql in indexes:
            database.execute(sql)
        for manager in kept["managers"]:
            own = database.execute(
                "SELECT id FROM tokens WHERE owner = ? AND scopes <> 'jeton:manage' AND revoked_at IS NULL",
                (manager.pop("owner"),))
            manager["revocable"] = [identifier_text(id) for id, in own]
        database.execute("COMMIT")
        database.executescript("PRAGMA optimize; PRAGMA locking_mode = NORMAL; PRAGMA journal_mode = WAL;")
        database.close()
        return kept

    @property
    def subjects(self):
        """How many people there are."""
        return min(SUBJECTS, max(self.count, PRESENTED + MANAGERS))

    @property
    def is_varied(self):
        """Whether it also has tokens for the other loads."""
        return self.count == VARIED

    @property
    def presented(self):
        """How many tokens can be presented."""
        return IN_USE if self.is_varied else PRESENTED

    def _add_subjects(self, database, now):
        rows = []
        for number in range(self.subjects):
            name = f"Person {number}"
            groups = "".join(f"{len(group)}:{group}," for group in ("staff", f"team-{number % 300}"))
            email = f"person.{number}@example.com"
            rows.append((
                number + 1, f"person.{number}", f"person.{number}", name, name.lower(), email, email, groups,
                now - 700 * DAY))
        database.executemany(
            """INSERT INTO subjects (id, login, login_folded, name, name_folded, email, email_folded, groups,
                is_administrator, created_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?, 0, ?)""", rows)

    def _add_tokens(self, database, now):
        """All but those that are kept: of twenty one is revoked, one has expired, four will expire, and
        half may use one service alone."""
        count = self.count - self.presented - MANAGERS - (NARROWED + REVOKED if self.is_varied else 0)
        if count <= 0:  # the smallest holds these alone
            return
        database.execute(
            """
            WITH RECURSIVE numbers (n) AS (SELECT 0 UNION ALL SELECT n + 1 FROM numbers WHERE n + 1 < :count)
            INSERT INTO tokens (id, owner, digest, name, name_folded, holds_name, scopes, created_at, origin,
                expires_at, revoked_at, revoked_by, revoked_reason)
            SELECT
                ((:first + n * :step) << 21) | (n & 2097151), n % :subjects + 1, randomblob(32),
                'CI chain ' || n, 'ci chain ' || n, n / :subjects % 20 <> 1,
                CASE n % 4 WHEN 0 THEN 'default:read' WHEN 1 THEN 'default' ELSE '' END,
                :first + n * :step, 'desk',
                CASE WHEN n / :subjects % 20 = 2 THEN :now - :day
                    WHEN n / :subjects % 20 IN (3, 4, 5, 6) THEN :now + 400 * :day END,
                CASE WHEN n / :subjects % 20 = 1 THEN :now - :day END,
                CASE WHEN n / :subjects % 20 = 1 THEN n % :subjects + 1 END,
                CASE WHEN n / :subjects % 20 = 1 THEN 'by_owner' END
            FROM numbers""",
            {"count": count, "subjects": self.subjects, "first": now - 600 * DAY, "step": 500 * DAY // count,
             "now": now, "day": DAY})

    def _add_presented(self, database, now):
        """The tokens that the load presents, in no order, with their owners' logins."""
        made = [Kept(make_secret(), self._owner(number, self.presented), f"presented {number}",
                     Seed._made(number, self.presented, now))
                for number in range(self.presented)]
        Seed._insert(database, made)
        presented = [(token.secret, f"person.{token.owner - 1}") for token in made]
        RANDOM.shuffle(presented)
        return presented

    @staticmethod
    def _made(number, count, now):
        """When one of so many tokens was made: what is in use is of any age, so that no two are neighbours in the
        index."""
        return now - 600 * DAY + 500 * DAY // count * number + 1

    def _owner(self, number, count):
        """The owner of one of so many tokens, among whom the managers, who come last, are not."""
        people = self.subjects - MANAGERS
        return number * max(people // count, 1) % people + 1

    def _add_managers(self, database, now):
        """The managers' tokens. They are the last subjects, whose tokens are not presented."""
        managers = [{"secret": make_secret(), "owner": self.subjects - number} for number in range(MANAGERS)]
        Seed._insert(database, [
            Kept(manager["secret"], manager["owner"], "manager", now - 40 * DAY + number, "jeton:manage")
            for number, manager in enumerate(managers)])
        return managers

    def _add_varied(self, database, now):
        """The tokens that are narrowed and bound, and those that were revoked."""
        if not self.is_varied:
            return {}
        narrowed, revoked = [], []
        for number in range(NARROWED):
            path, network = f"/team-{number % 300}/app-{number}", f"10.{number >> 8}.{number & 255}"
            narrowed.append((make_secret(), path, f"{network}.7"))
            Seed._insert(database, [Kept(
                narrowed[-1][0], self._owner(number, NARROWED), f"narrowed {number}",
                Seed._made(number, NARROWED, now) + 1, f"default:{path}", f"{network}.0/24")])
        for number in range(REVOKED):
            revoked.append(make_secret())
            Seed._insert(database, [Kept(
                revoked[-1], self._owner(number, REVOKED), f"revoked {number}",
                Seed._made(number, REVOKED, now) + 2, revoked=True)])
        RANDOM.shuffle(narrowed)
        return {"narrowed": narrowed, "revoked": revoked}

    @staticmethod
    def _insert(database, tokens):
        database.executemany(
            """INSERT INTO tokens (id, owner, digest, name, name_folded, holds_name, scopes, addresses, created_at,
                origin, revoked_at, revoked_by, revoked_reason) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, 'desk', ?, ?, ?)""",
            [(token.made << 21 | number, token.owner, hashlib.sha256(token.secret.encode()).digest(), token.name,
              token.name, not token.revoked, token.scopes, token.addresses, token.made,
              *((token.made + DAY, token.owner, "by_owner") if token.revoked else (None, None, None)))
             for number, token in enumerate(tokens)])
