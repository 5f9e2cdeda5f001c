"""`make bench`: everything side by side, in one run. docs/performance.md says how and why.

Settings are environment variables: ROUNDS (7), SECONDS (10), ONLY (names, separated by commas), LARGEST
(10000000 tokens), PEER_TOKENS (10000), PROFILE=1 (a flame graph in place of the table), WRITE=1 (writes the
page although not everything was measured), BEFORE (another binary, with which strangers are compared).
"""

import os
import signal
import sys

import machine
import report
from flames import profile
from load import taken_shares
from measurements import ALL
from plot import bars
from rounds import median
from run import TEN_MILLION, TEN_THOUSAND, Bench
from servers import ROOT

#: The rounds that results on the page are of, at least.
FEWEST = 7
PICTURE = ROOT / "docs/images/performance.svg"


def setting(name, default):
    text = os.environ.get(name) or str(default)
    if not text.isdigit() or int(text) == 0:
        raise SystemExit(f"{name} is a whole number above 0, and not “{text}”")
    return int(text)


def chosen():
    names = [name for name in os.environ.get("ONLY", "").replace(",", " ").split() if name]
    for name in names:
        if name not in ALL:
            raise SystemExit(f"there is no measurement “{name}”: choose of {', '.join(ALL)}")
    return names or list(ALL)


def main():
    # Asked to end, it ends what it started, as after an error.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit("ended before the end"))
    machine.check()
    bench = Bench(
        ROOT / ".build/bench", setting("ROUNDS", 7), setting("SECONDS", 10), setting("LARGEST", TEN_MILLION),
        setting("PEER_TOKENS", TEN_THOUSAND))
    if os.environ.get("PROFILE"):
        return profile(bench)
    names, rows, loads, busy, others = chosen(), [], [], machine.busy_share(), machine.Others()
    bench.writes = names == list(ALL) or bool(os.environ.get("WRITE"))
    if bench.writes and bench.rounds < FEWEST and names != ["oversight"]:
        raise SystemExit(f"the page has results of at least {FEWEST} rounds, and not of {bench.rounds}")
    for name in names:
        print(f"== {name}", flush=True)
        found = ALL[name](bench)
        print(report.table(found), flush=True)
        rows += found
        if shares := taken_shares():
            loads.append((name, f"{median(shares):.0%}, at most {max(shares):.0%}"))
            print(f"wrk's share of its core: {loads[-1][1]}", flush=True)
    described = machine.description() + [
        ("rounds", f"{bench.rounds}, of {bench.seconds} s each"),
        ("the machine before the run", f"its cores were {busy:.0%} busy with something else"),
        ("others during the run", others.told()),
        *((f"wrk's share of its core, `{name}`", share) for name, share in loads)]
    print(report.settings(described[-3 - len(loads):]), flush=True)
    report.keep(bench.folder / "latest.json", rows, described, bench.rates)
    if bench.writes and names != ["oversight"]:  # which has written a section of its own
        if bench.rates:
            bars(PICTURE, bench.rates)
        report.write(rows, described)
        print(f"written: {report.PAGE.relative_to(ROOT)}")
    missed = [row.what for row in rows if row.must and not row.is_reached]
    if missed:
        raise SystemExit(f"not good enough: {'; '.join(missed)}")


if __name__ == "__main__":
    main()
