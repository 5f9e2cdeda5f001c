"""What an administrator of a large organisation waits for: each list and search of pages and API, on both engines.

What is asked for is a line of readings.py. Nothing is asked for at the same time: what is measured is how long one
person waits.
"""

import html
import http.client
import json
import re
import subprocess
import time
from contextlib import ExitStack
from statistics import median

import requests
import yaml

import report
from examples import Examples
from load import Broken
from machine import LOAD_CORE, on_core
from organisation import ADMINISTRATOR, OWNER, Organisation
from readings import API_READINGS, READINGS, Reading
from rounds import Row
from servers import BINARY, PASSWORD, Server, hidden_fields

#: The most milliseconds that an answer may take at p99, and the most bytes that a page may have.
MILLISECONDS, BYTES = 200, 100_000
#: The requests of a round for each reading, and the seconds after which a reading that is slow has been seen enough.
TIMES, ENOUGH = 15, 20
#: What every page costs: that one reads nothing of the ledger but who is signed in.
BARE = Reading("a page without a list", "/help")


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
        scopes = {reading.scope for reading in API_READINGS}
        self.with_token = {scope: {"Authorization": f"Bearer {self._make_token(scope)}"} for scope in scopes}
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

    def _make_token(self, scope):
        made = subprocess.run(
            [BINARY, "token", "create", "--user", ADMINISTRATOR, "--name", f"bench {scope}", "--scope", scope,
             "--data", self.data, "--config", self.configuration], capture_output=True, text=True, timeout=60)
        if made.returncode:
            raise Broken(f"jeton token create: {made.stderr}")
        return made.stdout.strip()

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

    def __init__(self, reading):
        self.reading, self.milliseconds, self.bytes = reading, [], 0

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
    def is_page(self):
        return not self.reading.path.startswith("/api/") and not self.reading.is_file


def next_page(body):
    """The address behind a list's link to its next page; `None` on the last one."""
    links = [html.unescape(link) for link in re.findall(r'<a [^>]*href="([^"]+)"', body.decode())]
    return next((link for link in links if re.search(r"[?&](after|before)=", link)), None)


def read(desk, waits, headers, examples, times):
    """Asks so many times, and turns pages."""
    reading, began = waits.reading, time.monotonic()
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
    asked = [(reading, desk.signed_in[reading.who]) for reading in [BARE, *READINGS]]
    asked += [(reading, desk.with_token[reading.scope]) for reading in API_READINGS]
    found = {reading.name: Waits(reading) for reading, _ in asked}
    for reading, headers in asked:
        read(desk, Waits(reading), headers, examples, 1)  # so that the files are in the page cache
    for number in range(rounds):
        for reading, headers in asked:
            # A file is made for long, and nobody waits for two of them.
            if not reading.is_file or number == 0:
                read(desk, found[reading.name], headers, examples, 3 if reading.is_file else TIMES)
    return found


def families(found):
    """The readings of each family, by its name: what comes before the first comma."""
    grouped = {}
    for name in next(iter(found.values())):
        grouped.setdefault(name.partition(",")[0], []).append(name)
    return grouped


def table(found):
    """What was found, in Markdown: a line for each family of readings, the engines beside one another."""
    head = " | ".join(f"{engine}: p50 | the slowest: p99 | which" for engine in found)
    lines = [f"| | readings | {head} | kB |", "| --- | --- |" + " --- |" * (3 * len(found) + 1)]
    for family, names in families(found).items():
        for kind in (False, True):
            chosen = [name for name in names if found[next(iter(found))][name].reading.is_file == kind]
            if not chosen:
                continue
            cells = []
            for of in found.values():
                slowest = max(chosen, key=lambda name: of[name].p99)
                cells += [f"{median(of[name].p50 for name in chosen):.0f} ms", f"{of[slowest].p99:.0f} ms",
                          slowest.partition(", ")[2]]
            most = max(of[name].bytes for of in found.values() for name in chosen)
            title = f"{family}, files" if kind else family
            lines.append(f"| {title} | {len(chosen)} | {' | '.join(cells)} | {most / 1000:.0f} |")
    return "\n".join(lines)


def every(found):
    """All of what was found, for programs."""
    return {
        engine: {name: {"path": each.reading.path, "p50": each.p50, "p99": each.p99, "bytes": each.bytes,
                        "asked": len(each.milliseconds)} for name, each in waits.items()}
        for engine, waits in found.items()}


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
    (bench.folder / "oversight.json").write_text(json.dumps(every(found), indent=2))
    text = table(found)
    print(text, flush=True)
    if bench.writes:
        report.put(text, "oversight")
    return [row for engine, waits in found.items() for row in summary(engine, waits)]


def summary(engine, waits):
    """The worst of all readings, which must keep the limits."""
    bare = waits[BARE.name]
    limited = [each for each in waits.values() if not each.reading.is_file]
    slowest = max(limited, key=lambda each: each.p99)
    largest = max((each for each in limited if each.is_page), key=lambda each: each.bytes)
    slow = sum(took > MILLISECONDS for each in limited for took in each.milliseconds)
    asked = sum(len(each.milliseconds) for each in limited)
    return [
        Row(f"the slowest of {len(limited)} lists of 200,000 tokens in {engine}, p99 ({slowest.reading.name})",
            f"{slowest.p99:.0f} ms", f"a page without a list: {bare.p99:.1f} ms", slowest.p99, MILLISECONDS, True,
            " ms", True),
        Row(f"answers over {MILLISECONDS} ms in {engine}, of {asked:,}", f"{slow}", "", slow, None, True, " answers"),
        Row(f"the largest page in {engine} ({largest.reading.name})", f"{largest.bytes / 1000:.0f} kB", "",
            largest.bytes / 1000, BYTES / 1000, True, " kB", True),
    ]
