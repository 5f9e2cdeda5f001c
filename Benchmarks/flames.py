"""Where the time goes: perf samples the server under full load, and what it saw becomes a picture."""

import re
import subprocess
import threading

from load import wrk
from plot import Flame, flames
from run import MILLION
from servers import ROOT

PICTURE = ROOT / "docs/images/verify-flames.svg"
RATE = 997  # samples a second; no divisor of what the server does each second


def profile(bench):
    """Writes the picture, and prints the functions that take most themselves."""
    data = bench.run / "perf.data"
    with bench.jeton(MILLION) as jeton:
        load = threading.Thread(target=wrk, args=(jeton.url, jeton.requests, bench.seconds + 4))
        load.start()
        # There are no counters in most virtual machines: cpu-clock is a timer, and works everywhere.
        subprocess.run(
            ["perf", "record", "--quiet", "--event", "cpu-clock", "--freq", str(RATE), "--call-graph", "fp",
             "--pid", str(jeton.process.pid), "--output", data, "--", "sleep", str(bench.seconds)], check=True)
        load.join()
    script = subprocess.run(
        ["perf", "script", "--input", data, "--fields", "ip,sym"], check=True, capture_output=True, text=True)
    names = subprocess.run(
        ["swift", "demangle", "--simplified"], input=script.stdout, check=True, capture_output=True, text=True)
    root, own = _read(names.stdout)
    flames(PICTURE, root, f"The server verifying at full load, {root.samples:,} samples")
    for name, count in sorted(own.items(), key=lambda pair: -pair[1])[:25]:
        print(f"{count / root.samples:6.1%}  {name}")
    print(f"the picture: {PICTURE.relative_to(ROOT)}")


def _read(text):
    root, own = Flame(), {}
    for block in text.split("\n\n"):
        stack = [_name(line) for line in block.splitlines() if line.strip()]
        if stack:
            own[stack[0]] = own.get(stack[0], 0) + 1
            root.add(stack[::-1])
    return root, own


def _name(line):
    name = re.sub(r"^\s*[0-9a-f]+\s+", "", line)
    return re.sub(r"\s+", " ", name).strip() or "unknown"
