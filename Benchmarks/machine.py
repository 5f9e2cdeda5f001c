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
    packages = ["nginx", "libmicrohttpd12", "libsqlite3-0", "sqlite3", "wrk", "glewlwyd", "slowhttptest"]
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
