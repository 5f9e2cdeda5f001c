"""How long an incident takes: from the command to the last refusal on the last of two nodes, for 100,000 tokens."""

import hashlib
import http.client
import json
import subprocess
import threading
import time
from contextlib import ExitStack

from load import Broken
from machine import LOAD_CORE, on_core
from organisation import Organisation
from oversight import Desk
from rounds import Row
from seed import make_secret
from servers import BINARY

#: How many tokens are paused, and how many of them are presented all the while, on each node.
TOKENS, WATCHED = 100_000, 60
WORKING = """replaced_at IS NULL AND revoked_at IS NULL AND paused_until IS NULL AND scopes = ''
    AND addresses = '' AND (expires_at IS NULL OR expires_at > {now}) AND owner IN (
        SELECT id FROM subjects WHERE suspended_at IS NULL AND deactivated_at IS NULL AND ended_at IS NULL)"""


class Watch(threading.Thread):
    """Presents secrets to one node until each is refused, and notes when that was."""

    def __init__(self, desk, secrets):
        super().__init__(daemon=True)
        self.connection = http.client.HTTPConnection("127.0.0.1", desk.port, timeout=60)
        self.left, self.last = list(secrets), None

    def status(self, secret):
        self.connection.request("GET", "/verify/maven", headers={"Authorization": f"Bearer {secret}"})
        answer = self.connection.getresponse()
        answer.read()
        return answer.status

    def run(self):
        while self.left:
            self.left = [secret for secret in self.left if self.status(secret) == 200]
            self.last = time.monotonic()


def known_secrets(server, now):
    """Gives some of the tokens secrets that the benchmark knows: the oldest, the newest and others in between."""
    found = server.ask(f"SELECT id FROM tokens WHERE {WORKING.format(now=now)} ORDER BY id").split()
    chosen = {found[number * (len(found) - 1) // (WATCHED - 1)]: make_secret() for number in range(WATCHED)}
    for id, secret in chosen.items():
        digest = hashlib.sha256(secret.encode()).hexdigest()
        server.ask(f"UPDATE tokens SET digest = '\\x{digest}' WHERE id = {id}")
    return list(chosen.values())


def run(desk, *arguments, expected=0):
    """What a command on a node prints, as JSON."""
    made = subprocess.run(
        [BINARY, "incident", *arguments, "--json", "--data", desk.data, "--config", desk.configuration],
        capture_output=True, text=True, timeout=300)
    if made.returncode != expected:
        raise Broken(f"jeton incident: {made.returncode}: {made.stderr}")
    return json.loads(made.stdout)


def choose(server, now):
    """Has the organisation's ledger as many working tokens as are paused, by ending the others."""
    server.ask(f"""
        UPDATE tokens SET revoked_at = {now}, revoked_reason = 'by_administrator' WHERE revoked_at IS NULL AND id NOT IN (
            SELECT id FROM tokens WHERE {WORKING.format(now=now).replace("AND scopes = ''", "")}
            ORDER BY scopes <> '', id LIMIT {TOKENS})""", timeout=300)


def incident(bench):
    """Pausing very many tokens at once."""
    organisation = Organisation(bench.folder / "organisation").ensure().ensure_postgresql()
    now = int(time.time() * 1000)
    with ExitStack() as stack:
        with on_core(LOAD_CORE):
            server = stack.enter_context(organisation.serve())
        choose(server, now)
        secrets = known_secrets(server, now)
        desks = []
        for number in (1, 2):
            desk = Desk(bench.run / f"incident-{number}", organisation, server.address())
            stack.callback(desk.stop)
            super(Desk, desk).start(within=300)
            desks.append(desk)
        watches = [Watch(desk, secrets) for desk in desks]
        if any(watch.status(secret) != 200 for watch in watches for secret in secrets):
            raise Broken("a token is refused before the incident")
        preview = run(desks[0], "open", "Benchmark", "--created-until", "2100-01-01", expected=2)
        for watch in watches:
            watch.start()
        began = time.monotonic()
        run(desks[0], "open", "Benchmark", "--selection", preview["id"], "--yes")
        answered = time.monotonic() - began
        for watch in watches:
            watch.join(timeout=120)
            if watch.left:
                raise Broken(f"{len(watch.left)} tokens are still granted")
        here, there = (watch.last - began for watch in watches)
    return [Row(
        f"an incident that pauses {TOKENS:,} tokens, until the last refusal on the last of two nodes",
        f"{max(here, there):.1f} s", f"the command's answer: {answered:.1f} s", max(here, there), None, True, " s")]
