"""What is measured, each by one function that returns rows of the table."""

import base64
import itertools
import os
import subprocess
import time
from contextlib import ExitStack

from crowds import IdleConnections, slow_loris
from incident import incident
from load import CONNECTIONS, request, wrk, write_requests
from machine import LOAD_CORE, SERVER_CORE, on_core, resident
from oversight import oversight
from peers import Canaille, Glewlwyd, JupyterHub
from postgresql import PostgreSQL
from rounds import Row, alternate, median, ratio
from run import MILLION, TEN_THOUSAND
from servers import BINARY, Jeton
from strangers import strangers
from trades import trades
from upgrade import upgrade

#: Tokens made, and tokens revoked, a second.
CHURN = 100


def rate(values):
    return f"{median(values):,.0f}/s"


def bearer(seed):
    return [request(Jeton.verify, f"Bearer {secret}") for secret in seed.secrets]


# The measurements

def peak(bench):
    """Verified requests a second, and what the same server costs that answers all with an empty 200."""
    with ExitStack() as stack:
        jeton = stack.enter_context(bench.jeton())
        empty = stack.enter_context(bench.variant("empty-answer"))
        nginx = stack.enter_context(bench.nginx("        location / { return 204; }"))
        nginx.prepare(bearer(jeton.seed))
        found = bench.peaks({"nginx, return 204": nginx, "Jeton, 1 M tokens": jeton,
                             "Jeton's server, an empty 200": empty})
        load = _load_share(nginx, bench)
    against, mine, floor = found.values()
    return [
        Row("verified requests a second, 1 M tokens, one core", rate(mine), f"nginx `return 204`: {rate(against)}",
            ratio(mine, against), 1.0),
        Row("the floor: the same server, an empty 200", rate(floor), f"nginx `return 204`: {rate(against)}",
            ratio(floor, against), None),
        Row("share of its core that wrk used, at nginx's peak", f"{load:.0%}", "all of it", load, None),
    ]


def _load_share(server, bench):
    """Which part of its core wrk used: near 1 the load would be what is measured."""
    before = os.times()
    began = time.monotonic()
    wrk(server.port, server.requests, bench.seconds)
    after = os.times()
    used = after.children_user + after.children_system - before.children_user - before.children_system
    return used / (time.monotonic() - began)


def log(bench):
    """A line for each grant, as it is by default, against none, and against nginx that writes one, too."""
    with ExitStack() as stack:
        silent = stack.enter_context(bench.jeton())
        telling = stack.enter_context(bench.another("telling", grants=True))
        nginx = stack.enter_context(bench.nginx("        location / { access_log access.log; return 204; }"))
        nginx.prepare(bearer(silent.seed))
        found = alternate(bench.rounds, {
            "silent": bench.peak(silent), "telling": bench.peak(telling), "nginx": bench.peak(nginx)})
    what = "verified requests a second, each a line of the log"
    return [
        Row(what, rate(found["telling"]), f"without the lines: {rate(found['silent'])}",
            ratio(found["telling"], found["silent"]), None),
        Row(what, rate(found["telling"]), f"nginx `return 204` with `access_log`: {rate(found['nginx'])}",
            ratio(found["telling"], found["nginx"]), None),
    ]


def latency(bench):
    """The time that requests take at half of the lower peak, the same constant rate for both."""
    with ExitStack() as stack:
        jeton = stack.enter_context(bench.jeton())
        nginx = stack.enter_context(bench.nginx("        location / { return 204; }"))
        nginx.prepare(bearer(jeton.seed))
        servers = {"nginx": nginx, "jeton": jeton}
        peaks = alternate(min(bench.rounds, 3), {name: bench.peak(server) for name, server in servers.items()})
        half = min(median(values) for values in peaks.values()) / 2

        def paced(server):
            return lambda: bench.pace.run(server.port, server.requests, half, bench.seconds)

        found = alternate(bench.rounds, {name: paced(server) for name, server in servers.items()})

    def values(name, part):
        return [max(result["corrected"][part], 1) for result in found[name]]

    def row(part, goal):
        mine, theirs = values("jeton", part), values("nginx", part)
        return Row(f"{part} at half of the peak ({half:,.0f}/s)", f"{median(mine):.0f} µs",
                   f"nginx `return 204`: {median(theirs):.0f} µs", ratio(mine, theirs), goal, at_most=True)

    late = max(median([result["late"]["p99"] for result in results]) for results in found.values())
    return [row("p99", 1.2), row("p50", None),
            Row("how late the load generator itself was, p99", f"{late:.0f} µs", "counted in", late, None)]


def proxied(bench):
    """nginx that asks Jeton, and nginx with a file of passwords. All answer with the same empty GIF."""
    content = "empty_gif;"
    user, password = "person", "correct horse battery staple"
    with ExitStack() as stack:
        jeton = stack.enter_context(bench.jeton())
        files = {}
        for name, options in (("sha1", ["-s"]), ("bcrypt", ["-B", "-C", "5"])):
            files[name] = bench.run / f"passwords-{name}"
            subprocess.run(["htpasswd", "-i", "-c", *options, files[name], user], input=password.encode(),
                           check=True, capture_output=True)
        guarded = f"""
        location / {{ auth_request /_jeton; {content} }}
        location = /_jeton {{
            internal;
            proxy_pass              http://jeton{Jeton.verify};
            proxy_http_version      1.1;
            proxy_set_header        Connection        "";
            proxy_pass_request_body off;
            proxy_set_header        Content-Length    "";
            proxy_set_header        X-Original-Method $request_method;
            proxy_set_header        X-Original-URI    $request_uri;
            proxy_set_header        X-Forwarded-For   $remote_addr;
        }}"""
        upstream = f"upstream jeton {{ server 127.0.0.1:{jeton.port}; keepalive {CONNECTIONS}; }}"
        servers = {"nginx, auth_request to Jeton": bench.nginx(guarded, upstream, expected=200)}
        for name, path in files.items():
            servers[f"nginx, auth_basic, {name}"] = bench.nginx(
                f'        location / {{ auth_basic "bench"; auth_basic_user_file {path}; {content} }}', expected=200)
        for server in servers.values():
            stack.enter_context(server)
        asking, sha1, bcrypt = servers.values()
        asking.prepare(bearer(jeton.seed))
        for server in (sha1, bcrypt):
            server.prepare([request("/", _basic(user, password))])
        found = bench.peaks(servers)
    asking, sha1, bcrypt = found.values()
    what = "nginx with `auth_request` to Jeton"
    return [
        Row(what, rate(asking), f"nginx `auth_basic`, one SHA-1 line: {rate(sha1)}", ratio(asking, sha1), 0.4),
        Row(what, rate(asking), f"nginx `auth_basic`, one bcrypt line: {rate(bcrypt)}", ratio(asking, bcrypt), 30),
    ]


def _basic(user, password):
    return "Basic " + base64.b64encode(f"{user}:{password}".encode()).decode()


def peers(bench):
    """Others that tell whether a token is good."""
    home = bench.folder / "peers"
    with ExitStack() as stack:
        servers = {
            "Jeton, 1 M tokens": bench.jeton(),
            "glewlwyd, introspection": Glewlwyd(home / "glewlwyd", bench.peer_tokens),
            "JupyterHub, token check": JupyterHub(
                home / "jupyterhub", bench.peer_tokens, bench.folder / "jupyterhub"),
            "canaille, introspection": Canaille(home / "canaille", bench.peer_tokens, bench.folder / "canaille"),
        }
        for server in servers.values():
            stack.enter_context(server)
        found = bench.peaks(servers)
    mine = found.pop("Jeton, 1 M tokens")
    return [Row("verified requests a second", rate(mine), f"{name}: {rate(theirs)}", ratio(mine, theirs), goal)
            for (name, theirs), goal in zip(found.items(), (60, 100, 300))]


def size(bench):
    """Many tokens against few, and what one of many takes in memory."""
    with ExitStack() as stack:
        few = stack.enter_context(bench.jeton(TEN_THOUSAND))
        many = stack.enter_context(bench.jeton(bench.largest))
        now, most = resident(many.process.pid)
        label = f"{bench.largest // 1_000_000} M tokens"
        found = bench.peaks({"Jeton, 10 k tokens": few, f"Jeton, {label}": many})
    small, large = found.values()
    return [
        Row(f"verified requests a second, {label}", rate(large), f"10 k tokens: {rate(small)}",
            ratio(large, small), 0.9),
        Row(f"memory a token, resident, of {label}", f"{now / bench.largest:.0f} bytes", "", now / bench.largest, 80,
            at_most=True, unit=" bytes"),
        Row("the same, at most while loading", f"{most / bench.largest:.0f} bytes", "", most / bench.largest, None,
            unit=" bytes"),
    ]


def loading(bench):
    """From the start to /readyz, against sqlite3 reading the same columns. Both read from the page cache."""
    return [row for count in (MILLION, bench.largest) for row in _loading(bench, count)]


#: Those of Ledger's TokenRow.columns: what a start reads.
COLUMNS = (
    "id, token, replaced_at, owner, digest, scopes, addresses, created_at, expires_at, revoked_at, pauses"
)


def _loading(bench, count):
    seed = bench.seed(count)

    def start():
        with bench.jeton(count) as server:
            return server.seconds_to_start

    def select():
        began = time.monotonic()
        with on_core(SERVER_CORE):
            subprocess.run(
                ["sqlite3", "-readonly", seed.database, f"SELECT {COLUMNS} FROM tokens ORDER BY id"],
                stdout=subprocess.DEVNULL, check=True)
        return time.monotonic() - began

    select()  # so that the file is in the page cache
    found = alternate(bench.rounds, {"start": start, "select": select})
    label = f"{count // 1_000_000} M tokens"
    return [Row(f"loading {label} from SQLite", f"{median(found['start']):.2f} s",
                f"`SELECT` by the sqlite3 shell: {median(found['select']):.2f} s",
                ratio(found["start"], found["select"]), 1.5, at_most=True)]


def churn(bench):
    """While tokens are made and revoked, against while they are not."""
    with bench.jeton() as jeton:
        changes = _changes(jeton.seed, bench.rounds * (bench.seconds + 2) * CHURN)

        def busy():
            prepared = write_requests(bench.run / "changes", list(itertools.islice(changes, _per_round(bench))))
            load = bench.pace.start(jeton.port, prepared, 2 * CHURN, bench.seconds + 2, 8)
            time.sleep(1)
            answered = wrk(jeton.port, jeton.requests, bench.seconds)
            bench.pace.finish(load)
            return answered

        found = alternate(bench.rounds, {"quiet": bench.peak(jeton), "busy": busy})
    return [Row(f"while {CHURN} tokens a second are made and {CHURN} revoked", rate(found["busy"]),
                f"the same without: {rate(found['quiet'])}", ratio(found["busy"], found["quiet"]), 0.95)]


def _per_round(bench):
    return 2 * CHURN * (bench.seconds + 2)


def _changes(seed, count):
    """`count` new tokens and as many revocations, by turns, by one manager after the other."""
    managers = seed.managers
    revocable = [(manager["secret"], id) for manager in managers for id in manager["revocable"]]
    if len(revocable) < count:
        raise SystemExit(f"the seed has {len(revocable)} tokens to revoke, and this run needs {count}: fewer ROUNDS")
    for number in range(count):
        manager = managers[number % len(managers)]["secret"]
        yield request("/api/v1/tokens", f"Bearer {manager}", "POST", json_body={"name": f"made {number}"})
        secret, id = revocable[number]
        yield request(f"/api/v1/tokens/{id}", f"Bearer {secret}", "DELETE")


def uses(bench):
    """Recording uses, against the same sources without the one call that does."""
    with ExitStack() as stack:
        recording = stack.enter_context(bench.jeton())
        silent = stack.enter_context(bench.variant("without-uses"))
        counted, uncounted = bench.duel(recording, silent)
    return [Row("recording uses", rate(counted), f"not recording: {rate(uncounted)}",
                ratio(counted, uncounted), 0.97)]


#: What Debian's PostgreSQL has by default, where the tests' own server is in a hurry.
BY_DEFAULT = {"fsync": "on", "full_page_writes": "on", "autovacuum": "on", "shared_buffers": "128MB"}


def engine(bench):
    """The ledger in PostgreSQL, against the same one in SQLite."""
    with ExitStack() as stack:
        seed = bench.seed(MILLION)
        with bench.jeton():
            pass  # what an earlier version seeded is brought up to date by a start
        # As on another machine: what it takes is the load's, and none of Jeton's.
        with on_core(LOAD_CORE):
            database = stack.enter_context(PostgreSQL(**BY_DEFAULT))
        subprocess.run(
            [BINARY, "migrate", "--quiet", "--from", f"sqlite:{seed.database}", "--to", database.address()],
            stdout=subprocess.DEVNULL, check=True)
        # So that it does not do so while it is measured.
        database.ask("VACUUM ANALYZE")
        database.ask("CHECKPOINT")
        moved = stack.enter_context(Jeton(bench.run / "engine-postgresql", seed, ledger=database.address()))
        own = stack.enter_context(bench.jeton())
        there, here = bench.duel(moved, own)
    return [Row("verified requests a second, the ledger in PostgreSQL", rate(there), f"in SQLite: {rate(here)}",
                ratio(there, here), 0.97)]


def idle(bench):
    """What it takes with 10 k tokens while nothing happens, and how large it is."""
    starts, memory = [], []
    for _ in range(bench.rounds):
        with bench.jeton(TEN_THOUSAND) as jeton:
            starts.append(jeton.seconds_to_start * 1000)
            time.sleep(2)
            memory.append(resident(jeton.process.pid)[0] / 1e6)
    stripped = bench.run / "jeton-stripped"
    subprocess.run(["strip", "-o", stripped, BINARY], check=True)
    megabytes = stripped.stat().st_size / 1e6
    return [
        Row("idle: memory with 10 k tokens", f"{median(memory):.0f} MB", "", median(memory), 40, True, " MB"),
        Row("start with 10 k tokens, to /readyz", f"{median(starts):.0f} ms", "", median(starts), 150, True, " ms"),
        Row("the binary, Swift's library linked in, stripped", f"{megabytes:.1f} MB", "", megabytes, 30, True, " MB"),
    ]


def crowd(bench):
    """What many useless connections take from the others."""
    with bench.jeton() as jeton:
        answered = bench.peak(jeton)

        def among_idle():
            with IdleConnections(jeton.port, 10_000):
                return answered()

        def among_slow():
            with slow_loris(jeton.port, Jeton.verify, 2000, bench.seconds + 60, bench.run):
                return answered()

        found = alternate(bench.rounds, {"alone": answered, "idle": among_idle, "slow": among_slow})
    alone = f"without: {rate(found['alone'])}"
    return [
        Row("among 10,000 idle connections", rate(found["idle"]), alone, ratio(found["idle"], found["alone"]), 0.9),
        Row("under a slow loris of 2,000", rate(found["slow"]), alone, ratio(found["slow"], found["alone"]), 0.9),
    ]


ALL = {function.__name__: function
       for function in (peak, log, latency, proxied, peers, size, loading, churn, uses, engine, idle, crowd,
                        strangers, oversight, upgrade, incident, trades)}
