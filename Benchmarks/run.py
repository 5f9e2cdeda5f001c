"""One run of the benchmark: what all measurements are made with."""

import itertools
import shutil
from pathlib import Path

from load import Pace, wrk
from rounds import alternate, median
from seed import Seed
from servers import BINARY, Jeton, Nginx, wait_for
from variants import build

TEN_THOUSAND, MILLION, TEN_MILLION = 10_000, 1_000_000, 10_000_000


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

    def nginx(self, locations, http="", expected=204):
        return Nginx(self.run / f"nginx-{next(self._numbers)}", locations, http, expected)

    def another(self, name, binary=BINARY, grants=False):
        """A server beside :meth:`jeton`, on a copy of its own, since two never share a data folder."""
        seed = Seed(self.folder / "seeds", MILLION).ensure().copy(self.run / name)
        return Jeton(self.run / f"{name}-server", seed, binary, grants=grants)

    def variant(self, name):
        return self.another(name, build(name, self.folder / "variants"))

    def peak(self, server, seconds=None):
        """A measurement of the most that a server answers in a second."""
        return lambda: wrk(server.port, server.requests, seconds or self.seconds)

    def peaks(self, servers):
        """The peaks of these servers, in turns; the plot is told of them."""
        results = alternate(self.rounds, {name: self.peak(server) for name, server in servers.items()})
        for name, values in results.items():
            self.rates.setdefault(name, median(values))
        return results

    def duel(self, first, second):
        """The peaks of two servers that differ little: less than a machine does by itself from one round to the
        next. So they change after each second, and each stands still in the other's: what it has left to write
        it writes in its own."""
        def alone(server, other):
            answered = self.peak(server, seconds=1)

            def turn():
                with other.frozen():
                    wait_for(server.is_ready, seconds=60)
                    return answered()

            return turn

        found = alternate(self.rounds * self.seconds, {1: alone(first, second), 2: alone(second, first)})
        return found[1], found[2]


_numbers = itertools.count(1)
