"""A ledger of the last version in which a token had one secret, with chains of tokens that replaced one another."""

import hashlib
import os
import sqlite3
import subprocess
import time
from typing import NamedTuple, Optional

from jeton import ROOT, make_secret

BEFORE = ROOT / ".build/before/.build/release/jeton"
HOUR, DAY = 3_600_000, 86_400_000


class Row(NamedTuple):
    """A row of the table `tokens`."""

    id: int
    owner: int
    digest: bytes
    name: str
    holds_name: int
    created_at: int
    origin: str
    origin_token: Optional[int] = None
    device: Optional[str] = None
    expires_at: Optional[int] = None
    revoked_at: Optional[int] = None
    revoked_reason: Optional[str] = None
    successor: Optional[int] = None

    def verdict(self, now):
        """What the version before answers."""
        if self.revoked_at is not None:
            return "revoked"
        return "expired" if self.expires_at is not None and self.expires_at <= now else "granted"


class Before:
    """The rows of `count` tokens, of which a fifth were replaced, and some of the secrets."""

    def __init__(self, count):
        self.now = int(time.time() * 1000)
        self.rows, self.secrets = [], {}
        self.known = min(199, count // 500 | 1)  # the secret of one row in so many is known
        self.heads = {}  # of each replaced row: the last of its chain, and when the next one was made
        self.first = {}  # of each last one: when the first of its chain was made
        self.owners = max(count // 20, 1)
        self.numbers = iter(range(1, 1 << 21))
        replaced, chain = 0, 0
        while replaced < count // 5:
            replaced += self._add_chain(chain)
            chain += 1
        self.replaced = replaced
        for number in range(count - len(self.rows)):
            self._add_single(number)

    def _row(self, owner, name, made, **fields):
        number = next(self.numbers)
        if number % self.known == 0:
            secret = make_secret()
            digest = hashlib.sha256(secret.encode()).digest()
        else:
            secret, digest = None, os.urandom(32)
        row = Row(id=made << 21 | number, owner=owner + 1, digest=digest, name=name, created_at=made,
                  **{"holds_name": 0, "origin": "desk", **fields})
        if secret:
            self.secrets[secret] = row.id
        self.rows.append(row)
        return row

    def _add_chain(self, chain):
        """One to five tokens, one after the other, and the one that replaced the last of them."""
        length, owner, name = 1 + chain % 5, chain % self.owners, f"chain {chain}"
        made = self.now - 300 * DAY + chain
        rows = [self._row(owner, name, made + DAY * place) for place in range(length + 1)]
        ends = [{"revoked_at": row.created_at, "revoked_reason": "regenerated"} for row in rows[1:]]
        if chain % 7 == 0:
            ends[-1] = {"expires_at": self.now + 6 * DAY}  # within its overlap
        elif chain % 7 == 1:
            ends[-1] = {"expires_at": rows[-1].created_at + DAY}  # after it
        ends.append(
            {"revoked_at": self.now - DAY, "revoked_reason": "by_owner"} if chain % 11 == 0
            else {"expires_at": self.now - HOUR} if chain % 11 == 1
            else {"expires_at": self.now + 90 * DAY} if chain % 11 == 2 else {})
        head = rows[-1]
        self.first[head.id] = rows[0].created_at
        start = len(self.rows) - length - 1
        for place, (row, end) in enumerate(zip(rows, ends)):
            following = rows[place + 1] if row is not head else None
            if following:
                self.heads[row.id] = (head.id, following.created_at)
            self.rows[start + place] = row._replace(
                successor=following and following.id, holds_name=int(row is head and "revoked_at" not in end), **end)
        if chain % 50 < 2:
            for parent in self.rows[start + length - 1:start + length + 1]:
                self._add_children(parent, chain)
        return length

    def _add_children(self, parent, chain):
        """A token that a program got for that one, and one that replaced an earlier one of the same program."""
        end = {"expires_at": parent.expires_at}
        if parent.revoked_at is not None:
            end |= {"revoked_at": parent.revoked_at, "revoked_reason": "with_parent"}
        made = parent.created_at + HOUR
        for device, former in (("one", False), ("two", True)):
            fields = {"origin": "trade", "origin_token": parent.id, "device": device}
            child = self._row(parent.owner - 1, f"program {chain}", made, **fields, **end)
            if former:
                self._row(
                    parent.owner - 1, f"program {chain}", made - 1, **fields, successor=child.id, revoked_at=made,
                    revoked_reason="regenerated")

    def _add_single(self, number):
        kind = number % 20
        end = (
            {"revoked_at": self.now - DAY, "revoked_reason": "by_owner"} if kind == 1
            else {"expires_at": self.now - DAY} if kind == 2
            else {"expires_at": self.now + 400 * DAY} if kind < 7 else {})
        self._row(number % self.owners, f"token {number}", self.now - 200 * DAY + number // 100,
                  holds_name=int(kind != 1), **end)

    def uses(self):
        """Uses of one row in ten on three days, as `(token, day, service, address, client, count, last_at)`."""
        for row in self.rows[::10]:
            for day in (3, 2, 1):
                at = max(self.now - day * DAY, row.created_at)
                yield row.id, at // DAY, "maven", "192.0.2.1", "Apache-Maven 3.8", 5, at

    # How the old tables hold it

    TOKENS = ("id, owner, digest, name, name_folded, holds_name, scopes, created_at, origin, origin_token, device, "
              "expires_at, revoked_at, revoked_by, revoked_reason, successor")

    def _tokens(self):
        for row in self.rows:
            yield (row.id, row.owner, row.digest, row.name, row.name, row.holds_name, "", row.created_at, row.origin,
                   row.origin_token, row.device, row.expires_at, row.revoked_at, row.revoked_at and row.owner,
                   row.revoked_reason, row.successor)

    def _subjects(self):
        for number in range(self.owners):
            yield number + 1, f"person.{number}", f"person.{number}", "Person", "person", "", 0, self.now - 400 * DAY

    def _tables(self):
        uses = {}
        for use in self.uses():
            uses[use[0]] = use
        return {
            "subjects (id, login, login_folded, name, name_folded, groups, is_administrator, created_at)":
                self._subjects(),
            f"tokens ({self.TOKENS})": self._tokens(),
            "uses (token, day, service, address, client, count, last_at)": self.uses(),
            "last_uses (token, service, address, client, count, last_at)":
                ((token, *rest) for token, _, *rest in uses.values()),
        }

    def fill_sqlite(self, path):
        database = sqlite3.connect(path, isolation_level=None)
        database.executescript("PRAGMA synchronous = OFF; PRAGMA cache_size = -1000000; BEGIN;")
        for table, rows in self._tables().items():
            marks = ", ".join("?" * (table.count(",") + 1))
            database.executemany(f"INSERT INTO {table} VALUES ({marks})", rows)
        for command in ("COMMIT", "VACUUM", "PRAGMA wal_checkpoint(TRUNCATE)"):
            database.execute(command)
        database.close()

    def fill_postgresql(self, address):
        for table, rows in self._tables().items():
            copy = subprocess.Popen(
                ["psql", "--no-psqlrc", "--quiet", "--command", f"COPY {table} FROM STDIN", address],
                stdin=subprocess.PIPE, text=True)
            for row in rows:
                copy.stdin.write("\t".join(map(_text, row)) + "\n")
            copy.stdin.close()
            assert copy.wait() == 0
        subprocess.run(["psql", "--no-psqlrc", "--quiet", "--command", "VACUUM ANALYZE", address], check=True)


def _text(value):
    if value is None:
        return "\\N"
    return "\\\\x" + value.hex() if isinstance(value, bytes) else str(value)
