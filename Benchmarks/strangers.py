"""What strangers cost: the costliest request that each route takes from anybody, alone and by 64 clients at once."""

import contextlib
import http.client
import itertools
import json
import os
import statistics
import subprocess
import threading
import time
import urllib.parse
from pathlib import Path

import requests

from load import HERE, Broken, write_requests
from machine import LOAD_CORE, SERVER_CORE, on_core, resident
from rounds import Row
from servers import BINARY, Server, free_port, hidden_fields

#: What is compared with, where there is one: the binary of an earlier version.
BEFORE = os.environ.get("BEFORE")
CLIENTS = 64
MEGABYTE = 1_000_000
FORM = "application/x-www-form-urlencoded"

#: How long /readyz, and a revocation, may take meanwhile, in milliseconds; and the memory, in megabytes.
READY, REVOKED, MEMORY = 50, 100, 400

_numbers = itertools.count(1)


def message(method, path, *fields, body="", kind=FORM):
    """A request as it stands on the wire."""
    head = [f"{method} {path} HTTP/1.1", "Host: 127.0.0.1", *fields]
    if body:
        head += [f"Content-Type: {kind}", f"Content-Length: {len(body)}"]
    return "\r\n".join(head) + "\r\n\r\n" + body


def pairs(count, size):
    """A form of so many pairs, all of it percent-encoded."""
    each = (size - count * 5) // count
    return "&".join(f"p{number:02}={'%41' * (each // 3)}" for number in range(count))


def costliest():
    """For each route what is costliest to answer: the largest that it ever took, and the largest that it takes now.
    All of it is sent by somebody who has neither token nor session."""
    many, query = "a&" * (MEGABYTE // 2), "a&" * 7_000
    cookie = "Cookie: " + "a=b; " * 2_800
    slashes = "/" * 14_000
    document = json.dumps({"name": "x", "scopes": ["wrong"] * 90_000})
    basic = "Authorization: Basic " + "QUFB" * 3_500
    forms = {
        "POST /oauth/revoke": (10, 8_000), "POST /oauth/introspect": (10, 8_000), "POST /sign-in": (20, 16_000),
        "POST /welcome": (20, 16_000), "POST /tokens": (2_000, 128_000), "POST /sign-out": (20, 16_000),
        "POST /tokens/0/revoke": (20, 16_000),
    }
    found = {route: [message(*route.split(), body=many), message(*route.split(), body=pairs(*size))]
             for route, size in forms.items()}
    for route in ("GET /", "GET /welcome", "GET /help", "GET /help/maven", "GET /assets/desk.css", "GET /readyz"):
        method, path = route.split()
        found[route] = [message(method, f"{path}?{query}", "Accept: text/html"),
                        message(method, f"{path}?{'a=b&' * 99}", cookie)]
    found["GET /api/v1/openapi.json"] = [message("GET", f"/api/v1/openapi.json?{query}"), message(
        "GET", "/api/v1/openapi.json", cookie)]
    for path in ("/api/v1/tokens", "/scim/v2/Users"):
        found[f"POST {path}"] = [message("POST", path, body=document, kind="application/json"),
                                 message("POST", path, cookie), message("POST", path, basic)]
    found["DELETE /api/v1/tokens/0"] = [message("DELETE", "/api/v1/tokens/0", cookie),
                                        message("DELETE", "/api/v1/tokens/0", basic)]
    found["GET /verify/default"] = [message("GET", "/verify/default", basic),
                                    message("GET", "/verify/default", "X-Forwarded-For: " + "::1," * 3_500)]
    found["an unknown path"] = [message("GET", slashes), message("GET", f"/?{'%41' * 4_500}")]
    return found


class Desk(Server):
    """`jeton serve` on a data folder of its own, on those cores."""

    ready_path = "/readyz"

    def __init__(self, folder, binary, cores=(SERVER_CORE,)):
        super().__init__(folder)
        self.binary, self.cores = binary, cores
        self.port = free_port()

    @property
    def command(self):
        return [self.binary, "serve", "--data", self.folder / "data", "--listen", f"127.0.0.1:{self.port}"]

    def manager(self):
        """A session that makes tokens."""
        for arguments, text in ((["user", "add", "alice"], "correct horse battery staple\n"),
                                (["token", "create", "--user", "alice", "--name", "manager", "--scope",
                                  "jeton:manage"], "")):
            result = subprocess.run(
                [self.binary, *arguments, "--data", self.folder / "data"], input=text, capture_output=True,
                text=True, timeout=60)
            if result.returncode:
                raise Broken(f"jeton {arguments}: {result.stderr}")
        session = requests.Session()
        session.headers["Authorization"] = f"Bearer {result.stdout.strip()}"
        return session

    def tokens(self, count):
        """So many new tokens, each as identifier and secret."""
        session, made = self.manager(), []
        for number in range(count):
            answer = session.post(f"{self.url}/api/v1/tokens", json={"name": f"token {number}"}, timeout=60)
            answer.raise_for_status()
            made.append((answer.json()["id"], answer.json()["secret"]))
        return made

    def sign_ins(self, count):
        """Sign-ins that fail, each of another person from another address, with the form's proof."""
        session = requests.Session()
        page = session.get(f"{self.url}/", timeout=60).text
        cookie = "; ".join(f"{name}={value}" for name, value in session.cookies.items())
        proof = hidden_fields(page, "/sign-in")
        return [
            message("POST", "/sign-in", f"Cookie: {cookie}", f"X-Forwarded-For: 198.18.{number >> 8}.{number & 255}",
                    body=urllib.parse.urlencode({**proof, "login": f"person{number}", "password": "a wrong one"}))
            for number in range(count)]

    @property
    def processor_time(self):
        """What all of its threads have used, in microseconds (proc(5))."""
        total = 0
        for task in Path(f"/proc/{self.process.pid}/task").iterdir():
            with contextlib.suppress(FileNotFoundError):
                total += int((task / "schedstat").read_text().split()[0])
        return total / 1000


def exchange(port, prepared):
    """Sends one request on a connection of its own, and reads the answer to its end."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=120)
    connection.connect()
    with contextlib.closing(connection), contextlib.suppress(ConnectionError):
        with contextlib.suppress(ConnectionError):
            connection.sock.sendall(prepared.encode())
        answer = http.client.HTTPResponse(connection.sock, method=prepared.split(" ", 1)[0])
        with contextlib.suppress(http.client.HTTPException):
            answer.begin()
            answer.read()


def cost(desk, prepared, times):
    """The microseconds of the processor that one such request takes."""
    exchange(desk.port, prepared)
    before = desk.processor_time
    for _ in range(times):
        exchange(desk.port, prepared)
    return (desk.processor_time - before) / times


def costs(binary, folder, times):
    """The microseconds that the costliest request of each route takes."""
    with Desk(folder, binary) as desk:
        return {route: max(cost(desk, prepared, times) for prepared in all)
                for route, all in costliest().items()}


class Flood:
    """wrk with 64 connections, each of which sends one costly request after the other."""

    def __init__(self, port, prepared, seconds):
        self.command = ["wrk", "--threads", "1", "--connections", str(CLIENTS), "--duration", f"{seconds}s",
                        "--timeout", "60s", "--script", HERE / "load.lua", f"http://127.0.0.1:{port}", "--", prepared]

    def __enter__(self):
        # Behind those who look how long something takes: their own waiting is not the server's.
        with on_core(LOAD_CORE):
            self.process = subprocess.Popen(["nice", "-n", "10", *self.command], stdout=subprocess.DEVNULL)
        return self

    def __exit__(self, *_):
        self.process.wait(timeout=120)


def timed(port, method, path, headers, expected):
    """How many milliseconds one request takes, on a connection of its own."""
    began = time.monotonic()
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=120)
    with contextlib.closing(connection):
        connection.request(method, path, headers=headers)
        answer = connection.getresponse()
        answer.read()
    if answer.status not in expected:
        raise Broken(f"{method} {path}: {answer.status}")
    return (time.monotonic() - began) * 1000


def watch(every, end, ask):
    """What `ask` measures, again and again until the end."""
    found = []
    while time.monotonic() < end:
        found.append(ask())
        time.sleep(every)
    return found


def flooded(desk, seconds, prepared):
    """The times of /readyz and of revocations under a flood, and the memory in it and behind it."""
    prepared = write_requests(desk.folder / "flood", prepared(desk))
    tokens = iter(desk.tokens(seconds * 20))
    revocations, half = [], iter(range(1 << 30))

    def revoke():
        id, secret = next(tokens)
        if next(half) % 2:
            return timed(desk.port, "DELETE", f"/api/v1/tokens/{id}", {"Authorization": f"Bearer {secret}"}, {204})
        form = urllib.parse.urlencode({"token": secret})
        connection_headers = {"Content-Type": FORM}
        began = time.monotonic()
        answer = requests.post(f"{desk.url}/oauth/revoke", data=form, headers=connection_headers, timeout=120)
        if answer.status_code != 200:
            raise Broken(f"/oauth/revoke: {answer.status_code}")
        return (time.monotonic() - began) * 1000

    with on_core(LOAD_CORE), Flood(desk.port, prepared, seconds + 1):
        time.sleep(1)
        end = time.monotonic() + seconds
        looking = threading.Thread(target=lambda: revocations.extend(watch(0.1, end, revoke)))
        looking.start()
        ready = watch(0.02, end, lambda: timed(desk.port, "GET", "/readyz", {}, {200}))
        looking.join()
    most = resident(desk.process.pid)[1]
    time.sleep(3)
    return ready, revocations, most / 1e6, resident(desk.process.pid)[0] / 1e6


def p99(values):
    # Before, one who looks may have been answered but once.
    return statistics.quantiles(values, n=100, method="inclusive")[98] if len(values) > 1 else values[0]


def strangers(bench):
    """What strangers cost the others."""
    binaries = {"after": BINARY, **({"before": BEFORE} if BEFORE else {})}
    times = max(bench.rounds, 3)
    alone = {name: costs(binary, bench.run / f"strangers-{name}", times) for name, binary in binaries.items()}
    rows = []
    for route, mine in alone["after"].items():
        before = alone.get("before", {}).get(route)
        rows.append(Row(f"the costliest request to {route}", f"{mine:,.0f} µs", f"{before:,.0f} µs before" if before
                        else "", mine / before if before else mine, None, unit="" if before else " µs"))
    floods = {
        f"{CLIENTS} strangers": lambda desk: [one for all in costliest().values() for one in all],
        f"{CLIENTS} who sign in": lambda desk: desk.sign_ins(5000),
    }
    for (who, prepared), (cores, label) in itertools.product(
            floods.items(), (((SERVER_CORE,), "one core"), ((SERVER_CORE, LOAD_CORE), "two cores"))):
        found = {}
        for name, binary in binaries.items():
            with Desk(bench.run / f"flooded-{name}-{next(_numbers)}", binary, cores) as desk:
                found[name] = flooded(desk, bench.seconds, prepared)
        ready, revoked, most, left = found["after"]
        before = found.get("before")

        def against(index, unit, pick=lambda value: value):
            return f"{pick(before[index]):,.0f} {unit} before" if before else ""

        rows += [
            Row(f"/readyz under {who}, p99, {label}", f"{p99(ready):.0f} ms", against(0, "ms", p99),
                p99(ready), READY, True, " ms"),
            Row(f"a revocation under {who}, p99, {label}", f"{p99(revoked):.0f} ms",
                against(1, "ms", p99), p99(revoked), REVOKED, True, " ms"),
            Row(f"memory under {who}, at most, {label}", f"{most:.0f} MB", against(2, "MB"), most,
                MEMORY, True, " MB"),
            Row(f"memory when {who} are gone, {label}", f"{left:.0f} MB", against(3, "MB"), left, None, True, " MB"),
        ]
    return rows
