"""The machine that is measured on: its two cores, and what it is."""

import contextlib
import os
import platform
import re
import subprocess
from datetime import datetime, timezone
from pathlib import Path

SERVER_CORE = 0
LOAD_CORE = 1


@contextlib.contextmanager
def on_core(*cores):
    """What is started meanwhile runs on those cores alone, with all that it starts itself."""
    before = os.sched_getaffinity(0)
    os.sched_setaffinity(0, set(cores))
    try:
        yield
    finally:
        os.sched_setaffinity(0, before)


def check():
    """Says why nothing can be measured here, if so."""
    if not {SERVER_CORE, LOAD_CORE} <= os.sched_getaffinity(0):
        raise SystemExit("the benchmark needs two cores: one for the server, one for the load")


def busy_share():
    """How much of the two cores others have used in the last minute, as the system's load tells."""
    return os.getloadavg()[0] / 2


class Others:
    """What runs beside the benchmark, from when this begins. What begins and ends within it is told in sum alone."""

    def __init__(self):
        self._before = self._sample()

    def told(self):
        """Which share of all cores others have used since then, which of them most, and which share the host of a
        virtual machine gave to others."""
        times, others, own = self._sample()
        spent = [now - then for now, then in zip(times, self._before[0])]
        # Of proc(5): user, nice, system, idle, iowait, irq, softirq, steal.
        everything, busy, stolen = sum(spent), sum(spent) - spent[3] - spent[4] - spent[7], spent[7]
        used = {}
        for key, (name, ticks) in others.items():
            used[name] = used.get(name, 0) + ticks - self._before[1].get(key, (name, 0))[1]
        most = sorted(((ticks / everything, name) for name, ticks in used.items()), reverse=True)[:3]
        names = ", ".join(f"{name} {share:.1%}" for share, name in most if share >= 0.001)
        rest = max(busy - (own - self._before[2]), 0) / everything
        return f"{rest:.1%} of its cores{f' ({names})' if names else ''}; {stolen / everything:.1%} taken by its host"

    @staticmethod
    def _sample():
        """Since the start of the system, in ticks: the times of all cores, those of each process of others, and what
        the benchmark's own have used."""
        times = [int(field) for field in Path("/proc/stat").read_text().split("\n", 1)[0].split()[1:9]]
        found, parents = {}, {}
        for folder in Path("/proc").glob("[0-9]*"):
            with contextlib.suppress(FileNotFoundError, ProcessLookupError):
                head, _, rest = (folder / "stat").read_text().rpartition(")")
                fields = rest.split()
                number, parents[int(folder.name)] = int(folder.name), int(fields[1])
                # A number can be given again, at another time.
                found[number, fields[19]] = (head.partition("(")[2], int(fields[11]) + int(fields[12]))
        own, others = sum(os.times()[:4]) * os.sysconf("SC_CLK_TCK"), {}
        for key, process in found.items():
            above = key[0]
            while above not in (0, os.getpid()):
                above = parents.get(above, 0)
            if above == 0:
                others[key] = process
            elif key[0] != os.getpid():
                own += process[1]
        return times, others, own


def resident(pid):
    """The bytes of that process that are in memory now, and were at most."""
    status = Path(f"/proc/{pid}/status").read_text()
    return tuple(int(re.search(rf"{name}:\s+(\d+) kB", status)[1]) * 1024 for name in ("VmRSS", "VmHWM"))


def description():
    """Machine, system, versions and date, as rows of a table."""
    processor = re.search(r"model name\s*: (.+)", Path("/proc/cpuinfo").read_text())
    memory = int(re.search(r"MemTotal:\s+(\d+)", Path("/proc/meminfo").read_text())[1]) / 1024 / 1024
    rows = [
        ("date", datetime.now(timezone.utc).strftime("%Y-%m-%d %H:%M UTC")),
        ("processor", f"{processor[1] if processor else platform.machine()}, {os.cpu_count()} cores"),
        ("memory", f"{memory:.0f} GiB"),
        ("kernel", f"{platform.system()} {platform.release()}"),
        ("system", platform.freedesktop_os_release()["PRETTY_NAME"]),
        ("Jeton", _output("git", "describe", "--always", "--dirty")),
        ("Swift", _output("swift", "--version").splitlines()[0]),
    ]
    packages = ["nginx", "libmicrohttpd12", "libsqlite3-0", "sqlite3", "wrk", "glewlwyd", "slowhttptest", "valgrind"]
    return rows + [(package, _package_version(package)) for package in packages] + [
        ("PostgreSQL", _output("psql", "--version"))] + [
        (name, _pinned_version(name)) for name in ("jupyterhub", "canaille")]


def _package_version(name):
    return _output("dpkg-query", "--show", "--showformat=${Version}", name)


def _pinned_version(name):
    wanted = (Path(__file__).parent / f"requirements-{name}.txt").read_text()
    return re.search(rf"^{name}==(.+)$", wanted, re.MULTILINE | re.IGNORECASE)[1]


def _output(*command):
    result = subprocess.run(command, capture_output=True, text=True)
    return result.stdout.strip() or "unknown"
