"""Load: requests that are written down beforehand, sent by wrk as fast as it goes, or at a constant rate."""

import json
import os
import subprocess
import time
from pathlib import Path

from machine import LOAD_CORE, on_core

HERE = Path(__file__).resolve().parent
CONNECTIONS = 64
#: How far the share of refused requests may be off: at the end, some have not been answered.
TOLERANCE = 0.02
#: Of each run of wrk since they were taken last, the share of its core that it used: near 1, the load would be
#: what is measured.
SHARES = []


class Broken(Exception):
    """A measurement that means nothing, since not every request was answered as it should be."""


def request(path, authorization=None, method="GET", form=None, json_body=None, host="127.0.0.1", fields=()):
    """A request as it stands on the wire; `fields` are further lines of its head."""
    body, kind = "", None
    if form is not None:
        body, kind = form, "application/x-www-form-urlencoded"
    if json_body is not None:
        body, kind = json.dumps(json_body), "application/json"
    head = [f"{method} {path} HTTP/1.1", f"Host: {host}", "User-Agent: bench/1.0"]
    if authorization:
        head.append(f"Authorization: {authorization}")
    if kind:
        head += [f"Content-Type: {kind}", f"Content-Length: {len(body)}"]
    return "\r\n".join([*head, *fields]) + "\r\n\r\n" + body


def write_requests(path, requests):
    """Writes them down for load.lua and pace."""
    path.write_text("\0".join(requests))
    path.chmod(0o600)
    return path


def wrk(url, requests, seconds, refused=0, cores=(LOAD_CORE,), connections=CONNECTIONS):
    """The requests that the server at `url` answered in a second, each with a status below 400, but for the share
    that is to be `refused`. wrk has one thread for each of the cores."""
    result = wrk_result(url, requests, seconds, refused, cores, connections)
    return result["requests"] / result["microseconds"] * 1e6


def wrk_result(url, requests, seconds, refused=0, cores=(LOAD_CORE,), connections=CONNECTIONS, within=()):
    """All that load.lua says of the same. `within`: a command that runs wrk."""
    before, began = os.times(), time.monotonic()
    result = _run(
        [*within, "wrk", "--threads", str(len(cores)), "--connections", str(connections), "--duration", f"{seconds}s",
         "--timeout", "30s", "--script", HERE / "load.lua", url, "--", requests], seconds, cores)
    after, lasted = os.times(), time.monotonic() - began
    count = result["requests"]
    if result["broken"] or not count or abs(result["refused"] / count - refused) > (TOLERANCE if refused else 0):
        raise Broken(f"wrk: {result['refused']} refused, {result['broken']} broken, {count} in all")
    used = after.children_user + after.children_system - before.children_user - before.children_system
    SHARES.append(used / lasted / len(cores))
    return result


def taken_shares():
    """What :data:`SHARES` has; from then on it begins anew."""
    shares = SHARES[:]
    SHARES.clear()
    return shares


class Pace:
    """The load of a constant rate."""

    def __init__(self, folder):
        self.binary = Path(folder) / "pace"
        subprocess.run(
            ["clang", "-O2", "-Wall", "-Wextra", "-Werror", "-o", self.binary, HERE / "pace.c"], check=True)

    def run(self, port, requests, rate, seconds, connections=CONNECTIONS):
        """What `pace` says of that load."""
        result = _run(self._command(port, requests, rate, seconds, connections), seconds)
        return self._checked(result)

    def start(self, port, requests, rate, seconds, connections):
        """Begins that load; :meth:`finish` waits for its end."""
        with on_core(LOAD_CORE):
            return subprocess.Popen(
                self._command(port, requests, rate, seconds, connections), stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE, text=True)

    def finish(self, process):
        """What it said in the end."""
        output, _ = process.communicate(timeout=120)
        return self._checked(json.loads(output))

    def _command(self, port, requests, rate, seconds, connections):
        return [str(part) for part in (self.binary, port, requests, f"{rate:.0f}", seconds, connections)]

    @staticmethod
    def _checked(result):
        if result["refused"] or result["broken"] or result["unanswered"]:
            counts = {name: result[name] for name in ("refused", "broken", "unanswered", "answered")}
            raise Broken(f"pace: {counts}")
        return result


def _run(command, seconds, cores=(LOAD_CORE,)):
    with on_core(*cores):
        result = subprocess.run(
            [str(part) for part in command], capture_output=True, text=True, timeout=seconds + 120)
    if result.returncode != 0:
        raise Broken(f"{command[0]}: {result.stderr.strip()}")
    return json.loads(result.stdout.strip().splitlines()[-1])
