"""Values for the `{…}` of readings.py, taken from the organisation's ledger."""

import datetime
import random
import re
import sqlite3
import urllib.parse
from contextlib import closing

from activity import network
from population import SERVICES
from seed import identifier_text

#: Kinds of events, some of which are rare.
KINDS = ["token_created", "token_revoked", "token_rotated", "signed_in", "subject_added", "password_set"]
#: How many examples there are of each.
COUNT = 200


def day(ago):
    """The date so many days ago."""
    return (datetime.datetime.now(datetime.timezone.utc) - datetime.timedelta(days=ago)).date().isoformat()


def cursor(identifier, key=None):
    """The place of a row in a list, as addresses have it: the row's identifier, and what the list is ordered by."""
    if key is None:
        return identifier_text(identifier)
    return f"{identifier_text(identifier)}{'-' if isinstance(key, int) else '.'}{key}"


class Examples:
    """The values, of which each has another turn at every request."""

    def __init__(self, database, seed=7):
        self._random = random.Random(seed)
        with closing(sqlite3.connect(f"file:{database}?mode=ro", uri=True)) as ledger:
            self._ledger = ledger
            self._values = {**self._people(), **self._tokens(), **self._places(), **self._times(), **self._cursors()}

    def fill(self, path):
        """A path with examples in place of its `{…}`."""
        return re.sub(r"\{(\w+)\}", lambda found: urllib.parse.quote(self._next(found[1]), safe=""), path)

    def _next(self, name):
        if name == "same":
            return self._last
        values = self._values[name]
        values.append(values.pop(0))
        self._last = values[-1]
        return self._last

    def _some(self, query):
        """Some rows of a query from everywhere in its result, the same ones each time."""
        rows = self._ledger.execute(query).fetchall()
        return self._random.sample(rows, min(COUNT, len(rows)))

    def _people(self):
        people = self._some("SELECT id, login, name FROM subjects WHERE purpose IS NULL AND ended_at IS NULL ORDER BY id")
        accounts = self._some("SELECT id, login FROM subjects WHERE purpose IS NOT NULL AND ended_at IS NULL ORDER BY id")
        return {
            "login": [login for _, login, _ in people], "name": [name.split()[-1] for *_, name in people],
            "fullname": [name for *_, name in people], "person": [identifier_text(id) for id, *_ in people],
            "account": [identifier_text(id) for id, _ in accounts], "bot": [login for _, login in accounts],
            "busiest": [login for login, in self._ledger.execute("""
                SELECT login FROM tokens JOIN subjects ON subjects.id = owner WHERE ended_at IS NULL
                GROUP BY owner ORDER BY count(*) DESC LIMIT 1""")],
            "letter": list("aeinrst"), "nothing": ["nobody-and-nothing"],
        }

    def _tokens(self):
        tokens = self._some("SELECT coalesce(token, id), name FROM tokens WHERE replaced_at IS NULL ORDER BY id")
        return {"token": [name for _, name in tokens], "id": [identifier_text(id) for id, _ in tokens],
                "service": list(SERVICES)}

    def _places(self):
        used = self._some("SELECT address, client FROM use_places WHERE address <> '' ORDER BY token")
        return {"address": [address for address, _ in used], "client": [client for _, client in used],
                "network": [network(address) for address, _ in used]}

    def _times(self):
        return {"kind": KINDS, "day": [day(number) for number in self._random.sample(range(1, 900), COUNT)],
                "recent": [day(number) for number in range(1, 60)]}

    def _cursors(self):
        joined = "FROM tokens JOIN subjects ON subjects.id = owner LEFT JOIN last_uses ON last_uses.token = token_id"
        queries = {
            "token_at": f"SELECT tokens.id {joined} WHERE replaced_at IS NULL",
            "token_at_name": f"SELECT tokens.id, tokens.name_folded {joined} WHERE replaced_at IS NULL",
            "token_at_owner": f"SELECT tokens.id, login_folded {joined} WHERE replaced_at IS NULL",
            "token_at_use": f"SELECT tokens.id, last_at {joined} WHERE replaced_at IS NULL AND last_at IS NOT NULL",
            "token_at_expiry":
                f"SELECT tokens.id, expires_at {joined} WHERE replaced_at IS NULL AND expires_at IS NOT NULL",
            "person_at_login": "SELECT id, login_folded FROM subjects WHERE purpose IS NULL AND ended_at IS NULL",
            "person_at_name": "SELECT id, name_folded FROM subjects WHERE purpose IS NULL AND ended_at IS NULL",
            "person_at_sign_in": """SELECT id, signed_in_at FROM subjects
                WHERE purpose IS NULL AND ended_at IS NULL AND signed_in_at IS NOT NULL""",
            "account_at_login": "SELECT id, login_folded FROM subjects WHERE purpose IS NOT NULL AND ended_at IS NULL",
            "event_at": "SELECT id FROM events WHERE id % 97 = 0",
        }
        return {name: [cursor(*row) for row in self._some(query)] for name, query in queries.items()}
