"""Three nodes and their database, each on a separate machine (a network namespace)."""

import contextlib
import subprocess
import threading
import time

import requests
import yaml

from database import PORT, Database
from jeton import EXAMPLE, Jeton, wait_for
from network import Host

STALE_FOR = 3


class Node(Jeton):
    """A node on its own machine."""

    def __init__(self, host, folder, ledger, environment=None, **keys):
        folder.mkdir()
        config = folder / "jeton.yaml"
        content = yaml.safe_load((EXAMPLE / "jeton.yaml").read_text())
        config.write_text(yaml.safe_dump({
            **content, "ledger": ledger, "stale_for": f"{STALE_FOR}s", "trusted_proxies": ["10.77.0.0/24"],
            "public_url": "http://tokens.example.com", **keys}))
        super().__init__(folder, config, environment)
        self.machine = host
        self.host, self.port, self.name = host.front, 8080, folder.name
        self.prefix = [*host.prefix, "setpriv", "--pdeathsig=KILL"]

    def command(self, *arguments, timeout=60):
        """Runs `jeton …` on the node's machine; it may fail."""
        return subprocess.run(
            [*self.machine.prefix, self.binary, *arguments, "--data", self.data, "--config", self.config],
            capture_output=True, text=True, timeout=timeout)

    def is_ready(self):
        with contextlib.suppress(requests.RequestException):
            return self.process is not None and requests.get(self.url + "/readyz", timeout=2).status_code == 200


class Cluster:
    """The nodes a, b and c. With `pooled`, they use the database through PgBouncer. `clocks` sets how far a
    node's clock is off, in libfaketime's format."""

    def __init__(self, folder, pooled=False, clocks=None, room=None, database=None, **keys):
        self.folder = folder
        self.pooled, self.clocks, self.keys = pooled, clocks or {}, keys
        self.machines = {name: Host(number) for number, name in enumerate("abc", start=11)}
        self.database = Database(Host(10), room=room, **(database or {}))
        self.nodes = {}

    def __enter__(self):
        with contextlib.ExitStack() as stack:
            for host in (self.database.host, *self.machines.values()):
                stack.enter_context(host)
            stack.enter_context(self.database)
            keys = dict(self.keys)
            if self.pooled:
                self.database.start_pooler()
                keys["postgresql"] = {**keys.get("postgresql", {}), "prepared_statements": False}
            ledger = self.database.address(6432 if self.pooled else PORT) + "?connect_timeout=2"
            for name, host in self.machines.items():
                node = Node(host, self.folder / name, ledger, fake_clock(self.clocks.get(name)), **keys)
                stack.callback(lambda node=node: node.process and node.kill())
                self.nodes[name] = node.start()
            for node in self:
                wait_for(node.is_ready)
            self._stack = stack.pop_all()
        return self

    def __exit__(self, *_):
        self._stack.close()

    def __iter__(self):
        return iter(self.nodes.values())

    def __getitem__(self, name):
        return self.nodes[name]

    def until_ready(self, seconds=30):
        """Waits until all nodes can verify; returns the seconds that took."""
        begun = time.monotonic()
        for node in self:
            wait_for(node.is_ready, seconds=seconds, every=0.01)
        return time.monotonic() - begun


def fake_clock(offset):
    """An environment in which only the wall clock is off by that."""
    if not offset:
        return {}
    return {
        "LD_PRELOAD": "/usr/lib/x86_64-linux-gnu/faketime/libfaketimeMT.so.1", "FAKETIME": offset,
        "FAKETIME_DONT_FAKE_MONOTONIC": "1", "FAKETIME_DONT_RESET": "1"}


def in_threads(work, things):
    """Calls that with each of them in parallel."""
    threads = [threading.Thread(target=work, args=(thing,)) for thing in things]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
