"""One run of the benchmark: what all measurements are made with."""

import itertools
import shutil
import time
from contextlib import ExitStack
from pathlib import Path
from typing import NamedTuple

from load import Pace, wrk, write_requests
from rounds import alternate, median
from seed import Seed
from servers import BINARY, Jeton, Nginx, wait_for
from variants import build

TEN_THOUSAND, MILLION, TEN_MILLION = 10_000, 1_000_000, 10_000_000


class Cost(NamedTuple):
    """Requests a second, and the microseconds of a processor that the server took for each."""

    rate: float
    microseconds: float


class Bench:
    """One run: its settings, its folder, and what it found."""

    def __init__(self, folder, rounds, seconds, largest=TEN_MILLION, peer_tokens=TEN_THOUSAND):
        self.folder = Path(folder)
        self.run = self.folder / "run"
        shutil.rmtree(self.run, ignore_errors=True)
        self.run.mkdir(parents=True)
        self.rounds, self.seconds = rounds, seconds
        self.largest, self.peer_tokens = largest, peer_tokens
        self.pace = Pace(self.folder)
        self.writes = False  # whether the page gets what is found
        self.rates = {}  # for the plot: requests a second by name
        self._copies = {}
        self._numbers = itertools.count(1)

    # What is measured with

    def seed(self, count):
        """A ledger of that many tokens. All but the largest are copies, which a run may change."""
        seed = Seed(self.folder / "seeds", count).ensure()
        if count == self.largest and count > MILLION:
            return seed
        if count not in self._copies:
            self._copies[count] = seed.copy(self.run / "seeds")
        return self._copies[count]

    def jeton(self, count=MILLION):
        return Jeton(self.run / f"jeton-{next(self._numbers)}", self.seed(count))

    def nginx(self, locations="        location / { return 204; }", http="", **options):
        return Nginx(self.run / f"nginx-{next(self._numbers)}", locations, http, **options)

    def another(self, name, binary=BINARY, **options):
        """A server beside :meth:`jeton`, on a copy of its own, since two never share a data folder."""
        seed = Seed(self.folder / "seeds", MILLION).ensure().copy(self.run / name)
        return Jeton(self.run / f"{name}-server", seed, binary, **options)

    def variant(self, name):
        return self.another(name, build(name, self.folder / "variants"))

    def load(self, name, requests):
        """These requests, written down."""
        return write_requests(self.run / f"{name}.requests", requests)

    # How it is measured

    def peak(self, server, requests=None, seconds=None, **options):
        """A measurement of the most that a server answers in a second; without `requests`, of its own load."""
        return lambda: wrk(server.url, requests or server.requests, seconds or self.seconds, **options)

    def cost(self, server, requests=None):
        """The same, and what the server itself took for each request of that, in microseconds of a processor. Where the
        load needs more of its core than the server does of its own, only this tells the servers apart."""
        answered = self.peak(server, requests)

        def measured():
            before, began = server.processor_time, time.monotonic()
            found = answered()
            used, lasted = server.processor_time - before, time.monotonic() - began
            return Cost(found, used / (found * min(lasted, self.seconds)) * 1e6)

        return measured

    def in_turns(self, turns, rounds=None):
        """What each of the measurements found in each round, by name. With each come the servers that it is made
        with: all others stand still in its turn, and write what they have left to write in their own."""
        everyone = {server for _, *servers in turns.values() for server in servers}

        def alone(measurement, *servers):
            def turn():
                with ExitStack() as stack:
                    for other in everyone - set(servers):
                        stack.enter_context(other.frozen())
                    for server in servers:
                        wait_for(server.is_ready, seconds=60)
                    found = measurement()
                for server in servers:
                    server.empty_logs()
                return found

            return turn

        return alternate(rounds or self.rounds, {name: alone(*turn) for name, turn in turns.items()})

    def peaks(self, servers):
        """The peaks of these servers, in turns; the plot is told of them. A server behind which others stand is
        given with these."""
        turns = {}
        for name, server in servers.items():
            first, *behind = server if isinstance(server, tuple) else (server,)
            turns[name] = (self.peak(first), first, *behind)
        results = self.in_turns(turns)
        for name, values in results.items():
            self.rates.setdefault(name, median(values))
        return results

    def duel(self, first, second):
        """The peaks of two servers that differ little: less than a machine does by itself from one round to the
        next. So they change after each second."""
        found = self.in_turns({1: (self.peak(first, seconds=1), first), 2: (self.peak(second, seconds=1), second)},
                              rounds=self.rounds * self.seconds)
        return found[1], found[2]
