"""What one request takes, counted instead of timed: the same on a busy machine, and on another one.

Where the processor has counters, it counts itself, the kernel's part, too. Everywhere, Callgrind runs the server,
translated, with the caches of Cachegrind's model: 50 to 100 times slower, one thread at a time, and without the kernel.
It is asked to count only while the requests are sent, so that neither the start nor the first time of a token is in
the result. Of its threads, those that answer count: what others do by the clock would be far too much of a request
that takes so much longer.
"""

import socket
import subprocess
import threading
import time
from collections import Counter
from contextlib import closing
from pathlib import Path

from load import CONNECTIONS, Broken, wrk_result
from machine import SERVER_CORE
from measurements.loads import in_use
from rounds import Row
from run import MILLION
from servers import BINARY, ROOT, Jeton, wait_for

IN_USE = (50, 10_000)
#: So many requests are counted, after so many others, with which the caches are filled.
REQUESTS, BEFORE = 10_000, 2000
#: What is told of a request: the events of Callgrind that add up to it.
EVENTS = {"instructions": ("Ir",), "misses of the first-level data cache": ("D1mr", "D1mw"),
          "misses of the last-level cache by data": ("DLmr", "DLmw")}


#: A function that only threads call which answer requests.
ANSWERING = "MHD_"
#: What the processor's own counters tell, as `perf list` calls it.
COUNTERS = {"instructions": "instructions", "cache-misses": "misses of the last-level cache"}


class CountedJeton(Jeton):
    """Jeton within Callgrind, which counts nothing before it is asked to."""

    @property
    def command(self):
        return ["valgrind", "--tool=callgrind", "--cache-sim=yes", *caches(), "--instr-atstart=no",
                "--separate-threads=yes", "--fair-sched=yes", f"--callgrind-out-file={self.folder}/counted",
                *super().command]

    @property
    def environment(self):
        # One instruction that overwrites a whole block (`rep stosb`) would count as one for each of its bytes.
        return {**super().environment, "GLIBC_TUNABLES": "glibc.cpu.hwcaps=-ERMS,-FSRM"}

    def control(self, *arguments):
        """Has Callgrind do something."""
        result = subprocess.run(
            ["callgrind_control", *arguments, str(self.process.pid)], capture_output=True, text=True, timeout=300)
        if result.returncode or "OK" not in result.stdout:
            raise Broken(f"callgrind_control {' '.join(arguments)}: {result.stdout}{result.stderr}")

    def count(self, prepared):
        """What these requests took, each of which was answered before: the events of each function."""
        send(self.port, prepared)
        self.wait_until_idle()
        self.control("--instr=on")
        send(self.port, prepared[:BEFORE])
        self.control("--zero")
        send(self.port, prepared)
        self.control("--dump")
        self.control("--instr=off")
        found = {}
        for path in self.folder.glob("counted.*"):
            functions = own_costs(path.read_text(errors="replace"))
            if any(ANSWERING in name for name in functions):
                for name, events in functions.items():
                    found.setdefault(name, Counter()).update(events)
            path.unlink()
        return found

    def wait_until_idle(self):
        """Waits for the end of what it does after a start, and after a use."""
        def is_idle():
            before = self.processor_time
            time.sleep(5)
            return self.processor_time - before < 0.5

        wait_for(is_idle, seconds=600)


def counted(bench):
    """Instructions, and misses of the caches, with few and with many tokens in use."""
    return by_processor(bench) + by_callgrind(bench)


def by_processor(bench):
    """What the processor counted; nothing where it does not count, as on most virtual machines."""
    said = subprocess.run(perf("--", "true"), capture_output=True, text=True)
    if said.returncode or "<not" in said.stderr or ":u" in said.stderr:
        print("this machine has no counters for perf: counted by Callgrind alone")
        return []
    rows = []
    with bench.jeton() as server:
        for count in IN_USE:
            load, told = bench.load(f"counted-{count}", in_use(server.seed, count)), bench.run / f"perf-{count}"
            bench.peak(server, load)()  # until each has been seen
            done = wrk_result(server.url, load, bench.seconds,
                              within=perf("--output", told, "--pid", server.process.pid, "--"))
            counts = {event: float(value) for value, _, event, *_ in (
                line.split(",") for line in told.read_text().splitlines() if line and line[0] != "#")}
            rows += [Row(f"{what} a request, the kernel's part included, {count:,} tokens in use",
                         f"{counts[event] / done['requests']:,.1f}", "", counts[event] / done["requests"], None)
                     for event, what in COUNTERS.items()]
    return rows


def perf(*arguments):
    """perf that counts, and tells it as lines with commas."""
    return ["perf", "stat", "--field-separator", ",", "--event", ",".join(COUNTERS), *map(str, arguments)]


def by_callgrind(bench):
    """What Callgrind counted; by function, in a file."""
    # Valgrind cannot read the debugging information of this compiler, and needs the symbols alone.
    binary = bench.run / "jeton-counted"
    subprocess.run(["strip", "--strip-debug", "-o", binary, BINARY], check=True)
    rows, parts = [], []
    with CountedJeton(bench.run / "counted", bench.seed(MILLION), binary) as server:
        for count in IN_USE:
            found = server.count((in_use(server.seed, count) * -(-REQUESTS // count))[:REQUESTS])
            events = sum(found.values(), Counter())
            for what, names in EVENTS.items():
                value = sum(events[name] for name in names) / REQUESTS
                rows.append(Row(f"{what} a request, {count:,} tokens in use", f"{value:,.1f}", "", value, None))
            parts.append(f"{count:,} tokens in use, of a request\n{by_function(found)}")
    path = bench.folder / "counted.txt"
    path.write_text("\n".join(parts))
    print(f"by function: {path.relative_to(ROOT)}")
    return rows


def caches():
    """This core's own caches as options: of two levels, since the third is shared with whatever else runs."""
    found = []
    for index in sorted(Path(f"/sys/devices/system/cpu/cpu{SERVER_CORE}/cache").glob("index*")):
        level, kind, size, ways, line = ((index / name).read_text().strip() for name in (
            "level", "type", "size", "ways_of_associativity", "coherency_line_size"))
        name = {("1", "Data"): "D1", ("1", "Instruction"): "I1", ("2", "Unified"): "LL"}.get((level, kind))
        if name:
            found.append(f"--{name}={int(size.removesuffix('K')) * 1024},{ways},{line}")
    if len(found) != 3:
        raise SystemExit("this system does not tell its caches in /sys/devices/system/cpu")
    return found


def send(port, prepared):
    """Sends these requests over all connections, each as soon as the one before it is answered with 200."""
    failed = []

    def one(part):
        with closing(socket.create_connection(("127.0.0.1", port), timeout=300)) as connection:
            for each in part:
                connection.sendall(each.encode())
                answer = connection.recv(65536)
                if not answer.startswith(b"HTTP/1.1 200") or not answer.endswith(b"\r\n\r\n"):
                    failed.append(answer[:100])
                    return

    threads = [threading.Thread(target=one, args=(prepared[number::CONNECTIONS],), daemon=True)
               for number in range(CONNECTIONS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if failed:
        raise Broken(f"counted: {len(failed)} connections were answered otherwise, the first with {failed[0]}")


def own_costs(text):
    """The events of each function in a file of Callgrind's, without those of the functions that it calls
    (https://valgrind.org/docs/manual/cl-format.html). One of a library without symbols is its address there."""
    names, functions, events, current, is_call, library = {}, {}, [], None, False, ""

    def named(value, kind="fn"):
        number, _, name = value.partition(" ")
        return names.setdefault((kind, number), name)

    for line in text.splitlines():
        kind, _, value = line.partition("=")
        if line.startswith("events: "):
            events = line.split()[1:]
        elif kind == "ob":
            library = named(value, "ob")
        elif kind == "cob":
            named(value, "ob")
        elif kind == "fn":
            name = named(value)
            name = f"{name} of {Path(library).name}" if name.startswith("0x") else name
            current = functions.setdefault(name, Counter())
        elif kind == "cfn":
            named(value)
        elif kind == "calls":
            is_call = True
        elif line[:1] in tuple("0123456789+-*"):
            if not is_call:  # else this line is what was called
                current.update(dict(zip(events, map(int, line.split()[1:]))))
            is_call = False
    return functions


def by_function(found):
    """The functions that took most by themselves, a line each."""
    lines = ["  ".join(f"{what:>12}" for what in ("instructions", "L1 misses", "LL misses"))]
    for name, events in sorted(found.items(), key=lambda pair: -pair[1]["Ir"])[:100]:
        numbers = (sum(events[event] for event in names) / REQUESTS for names in EVENTS.values())
        lines.append("  ".join(f"{number:12,.2f}" for number in numbers) + f"  {name}")
    return subprocess.run(["swift", "demangle", "--simplified"], input="\n".join(lines) + "\n", check=True,
                          capture_output=True, text=True).stdout
