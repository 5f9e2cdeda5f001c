"""What the ledger takes: many tokens, a start, changes, uses, an engine."""

import itertools
import subprocess
import time
from contextlib import ExitStack

from load import request
from machine import LOAD_CORE, SERVER_CORE, on_core, resident
from postgresql import PostgreSQL
from rounds import Row, alternate, median, rate, ratio
from run import MILLION, TEN_THOUSAND
from servers import BINARY, Jeton

#: Tokens made, and tokens revoked, a second.
CHURN = 100


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
        measured = bench.peak(jeton)
        changes = _changes(jeton.seed, bench.rounds * (bench.seconds + 2) * CHURN)

        def busy():
            prepared = bench.load("changes", list(itertools.islice(changes, _per_round(bench))))
            load = bench.pace.start(jeton.port, prepared, 2 * CHURN, bench.seconds + 2, 8)
            time.sleep(1)
            answered = measured()
            bench.pace.finish(load)
            return answered

        found = alternate(bench.rounds, {"quiet": measured, "busy": busy})
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
                ratio(counted, uncounted), 0.98)]


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
