"""What an administrator of a large organisation waits for: each list and search of pages and API, on both engines.

What is asked for is a line of readings.py. Nothing is asked for at the same time: what is measured is how long one
person waits.
"""

import datetime
import html
import http.client
import random
import re
import sqlite3
import subprocess
import time
import urllib.parse
from contextlib import ExitStack, closing

import requests
import yaml

import report
from activity import network
from load import Broken
from machine import LOAD_CORE, on_core
from organisation import ADMINISTRATOR, OWNER, Organisation
from population import SERVICES
from readings import API_READINGS, API_SCOPES, READINGS, Reading
from rounds import Row
from seed import identifier_text
from servers import BINARY, PASSWORD, Server, hidden_fields

#: The most milliseconds that an answer may take at p99, and the most bytes that a page may have.
MILLISECONDS, BYTES = 200, 100_000
#: The requests of a round for each reading, and the seconds after which a reading that is slow has been seen enough.
TIMES, ENOUGH = 15, 20
#: What every page costs: that one reads nothing of the ledger but who is signed in.
BARE = "/help"


#: Kinds of events, some of which are rare.
KINDS = ["token_created", "token_revoked", "token_rotated", "signed_in", "subject_added", "password_set"]


def day(ago):
    """The date so many days ago."""
    return (datetime.datetime.now(datetime.timezone.utc) - datetime.timedelta(days=ago)).date().isoformat()


class Examples:
    """Values for the `{…}` of readings, of which each has another turn at every request."""

    def __init__(self, database, seed=7):
        self._random = random.Random(seed)
        with closing(sqlite3.connect(f"file:{database}?mode=ro", uri=True)) as ledger:
            people = self._some(ledger, "SELECT id, login, name FROM subjects WHERE purpose IS NULL AND ended_at IS NULL")
            accounts = self._some(ledger, "SELECT id, login FROM subjects WHERE purpose IS NOT NULL")
            tokens = self._some(ledger, "SELECT coalesce(token, id), name, owner FROM tokens WHERE replaced_at IS NULL")
            used = self._some(ledger, "SELECT address, client FROM uses WHERE address <> ''")
        self._values = {
            "login": [login for _, login, _ in people], "name": [name.split()[-1] for *_, name in people],
            "fullname": [name for *_, name in people],
            "person": [identifier_text(id) for id, *_ in people],
            "account": [identifier_text(id) for id, _ in accounts], "bot": [login for _, login in accounts],
            "token": [name for _, name, _ in tokens], "id": [identifier_text(id) for id, *_ in tokens],
            "owner": [identifier_text(owner) for *_, owner in tokens],
            "address": [address for address, _ in used], "client": [client for _, client in used],
            "network": [network(address) for address, _ in used],
            "service": list(SERVICES), "nothing": ["nobody-and-nothing"], "kind": KINDS,
            "day": [day(number) for number in self._random.sample(range(1, 900), 200)],
            "recent": [day(number) for number in range(1, 60)],
        }

    def _some(self, ledger, query):
        """Some rows of that query, the same ones each time."""
        rows = ledger.execute(f"{query} ORDER BY 1 LIMIT 20000").fetchall()
        return self._random.sample(rows, min(200, len(rows)))

    def fill(self, path):
        """A path with examples in place of its `{…}`."""
        return re.sub(r"\{(\w+)\}", lambda found: urllib.parse.quote(self._next(found[1]), safe=""), path)

    def _next(self, name):
        values = self._values[name]
        values.append(values.pop(0))
        return values[-1]


class Desk(Server):
    """`jeton serve` on a copy of the organisation's ledger, with somebody who is signed in."""

    ready_path = "/readyz"

    def __init__(self, folder, organisation, ledger=None):
        super().__init__(folder)
        configuration = yaml.safe_load(organisation.configuration.read_text())
        if ledger:
            configuration["ledger"] = ledger
        self.configuration = self.folder / "jeton.yaml"
        self.configuration.write_text(yaml.safe_dump(configuration))
        self.data = organisation.copy(self.folder / "data")
        if ledger:
            (self.data / "jeton.db").unlink()

    @property
    def command(self):
        return [BINARY, "serve", "--data", self.data, "--listen", f"127.0.0.1:{self.port}", "--config",
                self.configuration]

    def start(self, within=900):
        super().start(within=within)
        self.signed_in = {login: self._sign_in(login) for login in (ADMINISTRATOR, OWNER)}
        scopes = [part for scope in API_SCOPES for part in ("--scope", scope)]
        made = subprocess.run(
            [BINARY, "token", "create", "--user", ADMINISTRATOR, "--name", "bench", *scopes, "--data", self.data,
             "--config", self.configuration],
            capture_output=True, text=True, timeout=60)
        if made.returncode:
            raise Broken(f"jeton token create: {made.stderr}")
        self.with_token = {"Authorization": f"Bearer {made.stdout.strip()}"}
        self.connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=120)
        return self

    def _sign_in(self, login):
        """The headers of a browser in which that person is signed in."""
        session = requests.Session()
        page = session.get(self.url + "/", timeout=60).text
        form = {**hidden_fields(page, "/sign-in"), "login": login, "password": PASSWORD}
        answer = session.post(f"{self.url}/sign-in", data=form, headers={"Origin": self.url}, timeout=60)
        if not answer.ok or "/sign-in" in answer.text:
            raise Broken(f"{login} could not sign in: {answer.status_code}")
        return {"Cookie": "; ".join(f"{name}={value}" for name, value in session.cookies.items()),
                "Accept": "text/html"}

    def get(self, path, headers):
        """The milliseconds that an answer takes, and the answer."""
        began = time.perf_counter()
        self.connection.request("GET", path, headers=headers)
        answer = self.connection.getresponse()
        body = answer.read()
        took = (time.perf_counter() - began) * 1000
        if answer.status != 200:
            raise Broken(f"{path}: {answer.status}")
        return took, body


class Waits:
    """How long the answers to one reading took, and the largest of them."""

    def __init__(self):
        self.milliseconds, self.bytes = [], 0

    def add(self, took, body):
        self.milliseconds.append(took)
        self.bytes = max(self.bytes, len(body))

    def quantile(self, share):
        ordered = sorted(self.milliseconds)
        return ordered[min(int(len(ordered) * share), len(ordered) - 1)]

    @property
    def p50(self):
        return self.quantile(0.5)

    @property
    def p99(self):
        return self.quantile(0.99)

    @property
    def slow(self):
        return sum(took > MILLISECONDS for took in self.milliseconds)


def next_page(body):
    """The address behind a list's link to its next page; `None` on the last one."""
    links = [html.unescape(link) for link in re.findall(r'<a [^>]*href="([^"]+)"', body.decode())]
    return next((link for link in links if re.search(r"[?&](after|before)=", link)), None)


def read(desk, reading, headers, examples, waits, times):
    """Asks so many times, and turns pages."""
    began = time.monotonic()
    while times > 0 and time.monotonic() - began < ENOUGH:
        path = examples.fill(reading.path)
        took, body = desk.get(path, headers)
        # Of a row that turns pages, the first page is another row's.
        if not reading.turns:
            waits.add(took, body)
            times -= 1
        for _ in range(reading.turns):
            path = next_page(body)
            if path is None:
                raise Broken(f"{reading.name}: there is no next page")
            took, body = desk.get(path, headers)
            waits.add(took, body)
            times -= 1


def measure(desk, examples, rounds):
    """The waits for each reading, and for the bare page, in turns."""
    asked = [(reading, desk.signed_in[reading.who]) for reading in [Reading("a page without a list", BARE), *READINGS]]
    asked += [(reading, desk.with_token) for reading in API_READINGS]
    found = {reading.name: Waits() for reading, _ in asked}
    for reading, headers in asked:
        read(desk, reading, headers, examples, Waits(), 1)  # so that the files are in the page cache
    for _ in range(rounds):
        for reading, headers in asked:
            read(desk, reading, headers, examples, found[reading.name], TIMES)
    return found


def table(found):
    """What was found, in Markdown: the engines beside one another."""
    head = " | ".join(f"{engine}: p50 | p99 | of the bare page's" for engine in found)
    lines = [f"| | {head} | kB | over {MILLISECONDS} ms |", "| --- |" + " --- |" * (3 * len(found) + 2)]
    for name in next(iter(found.values())):
        cells, waits = [], [of[name] for of in found.values()]
        for of in found.values():
            bare = of["a page without a list"]
            cells += [f"{of[name].p50:.1f} ms", f"{of[name].p99:.1f} ms", f"{of[name].p50 / bare.p50:.1f}"]
        most, slow = max(each.bytes for each in waits), sum(each.slow for each in waits)
        lines.append(f"| {name} | {' | '.join(cells)} | {most / 1000:.1f} | {slow or ''} |")
    return "\n".join(lines)


def oversight(bench):
    """An administrator's lists and searches of 200,000 tokens."""
    organisation = Organisation(bench.folder / "organisation").ensure().ensure_postgresql()
    examples, found = Examples(organisation.database), {}
    with ExitStack() as stack:
        with on_core(LOAD_CORE):  # as on another machine
            database = stack.enter_context(organisation.serve())
        for engine, ledger in (("SQLite", None), ("PostgreSQL", database.address())):
            with Desk(bench.run / f"oversight-{engine}", organisation, ledger) as desk, on_core(LOAD_CORE):
                found[engine] = measure(desk, examples, bench.rounds)
    text = table(found)
    print(text, flush=True)
    if bench.writes:
        report.put(text, "oversight")
    return [row for engine, waits in found.items() for row in summary(engine, waits)]


def summary(engine, waits):
    """The worst of all readings, which must keep the limits."""
    bare = waits["a page without a list"]
    name, slowest = max(waits.items(), key=lambda item: item[1].p99)
    largest_name, largest = max(waits.items(), key=lambda item: item[1].bytes)
    slow = sum(each.slow for each in waits.values())
    asked = sum(len(each.milliseconds) for each in waits.values())
    return [
        Row(f"the slowest list of 200,000 tokens in {engine}, p99 ({name})", f"{slowest.p99:.0f} ms",
            f"a page without a list: {bare.p99:.1f} ms", slowest.p99, MILLISECONDS, True, " ms", True),
        Row(f"answers over {MILLISECONDS} ms in {engine}, of {asked:,}", f"{slow}", "", slow, None, True, " answers"),
        Row(f"the largest page in {engine} ({largest_name})", f"{largest.bytes / 1000:.0f} kB", "",
            largest.bytes / 1000, BYTES / 1000, True, " kB", True),
    ]
