"""Load: requests that are written down beforehand, sent by wrk as fast as it goes, or at a constant rate."""

import json
import subprocess
from pathlib import Path

from machine import LOAD_CORE, on_core

HERE = Path(__file__).resolve().parent
CONNECTIONS = 64


class Broken(Exception):
    """A measurement that means nothing, since not every request was answered as it should be."""


def request(path, authorization=None, method="GET", form=None, json_body=None, host="127.0.0.1"):
    """A request as it stands on the wire."""
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
    return "\r\n".join(head) + "\r\n\r\n" + body


def write_requests(path, requests):
    """Writes them down for load.lua and pace."""
    path.write_text("\0".join(requests))
    path.chmod(0o600)
    return path


def wrk(port, requests, seconds, connections=CONNECTIONS):
    """The requests that the server on `port` answered in a second, each with a status below 400."""
    result = _run(
        ["wrk", "--threads", "1", "--connections", str(connections), "--duration", f"{seconds}s",
         "--timeout", "30s", "--script", HERE / "load.lua", f"http://127.0.0.1:{port}", "--", requests],
        seconds)
    if result["refused"] or result["broken"] or not result["requests"]:
        raise Broken(f"wrk: {result['refused']} refused, {result['broken']} broken, {result['requests']} in all")
    return result["requests"] / result["microseconds"] * 1e6


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


def _run(command, seconds):
    with on_core(LOAD_CORE):
        result = subprocess.run(
            [str(part) for part in command], capture_output=True, text=True, timeout=seconds + 120)
    if result.returncode != 0:
        raise Broken(f"{command[0]}: {result.stderr.strip()}")
    return json.loads(result.stdout.strip().splitlines()[-1])
