"""What the gate answers in a second, or how soon."""

from contextlib import ExitStack

from load import Broken
from machine import LOAD_CORE, SERVER_CORE
from measurements.loads import at_services, bearer, half_denied, in_use, of_a_proxy, with_logins
from rounds import Row, median, rate, ratio

#: How many different tokens are in use at once.
IN_USE = (50, 1000, 10_000, 100_000)
SERVICES = 1000
BOTH = (SERVER_CORE, LOAD_CORE)


def peak(bench):
    """Verified requests a second, and what the same server costs that answers all with an empty 200."""
    with ExitStack() as stack:
        jeton = stack.enter_context(bench.jeton())
        empty = stack.enter_context(bench.variant("empty-answer"))
        nginx = stack.enter_context(bench.nginx())
        nginx.prepare(bearer(jeton.seed))
        found = bench.peaks({"nginx, return 204": nginx, "Jeton, 1 M tokens": jeton,
                             "Jeton's server, an empty 200": empty})
    against, mine, floor = found.values()
    what = "verified requests a second, 1 M tokens, one core"
    return [
        Row(what, rate(mine), f"nginx `return 204`: {rate(against)}", ratio(mine, against), 0.9),
        Row(what, rate(mine), f"the same server, an empty 200: {rate(floor)}", ratio(mine, floor), 0.95),
        Row("the floor: the same server, an empty 200", rate(floor), f"nginx `return 204`: {rate(against)}",
            ratio(floor, against), None),
    ]


def default(bench):
    """Without a configuration: a login with a token as its password, and a line of the log each."""
    with ExitStack() as stack:
        shipped = stack.enter_context(bench.another("shipped", configuration={"log": None, "limits": None}))
        silent = stack.enter_context(bench.jeton())
        nginx = stack.enter_context(bench.nginx("        location / { access_log access.log; return 204; }"))
        for server in (shipped, silent, nginx):
            server.prepare(with_logins(silent.seed))
        found = bench.in_turns({server: (bench.peak(server), server) for server in (shipped, silent, nginx)})
    mine, without, against = found.values()
    what = "as configured by default: `login:token`, a line of the log each"
    return [
        Row(what, rate(mine), f"nginx `return 204` with `access_log`: {rate(against)}", ratio(mine, against), 0.9),
        Row(what, rate(mine), f"without the lines: {rate(without)}", ratio(mine, without), None),
    ]


def latency(bench):
    """The time that requests take at half of the lower peak, the same constant rate for both."""
    with ExitStack() as stack:
        jeton = stack.enter_context(bench.jeton())
        nginx = stack.enter_context(bench.nginx())
        nginx.prepare(bearer(jeton.seed))
        servers = {"nginx": nginx, "jeton": jeton}
        peaks = bench.in_turns({name: (bench.peak(server), server) for name, server in servers.items()},
                               rounds=min(bench.rounds, 3))
        half = min(median(values) for values in peaks.values()) / 2

        def paced(server):
            return lambda: bench.pace.run(server.port, server.requests, half, bench.seconds)

        found = bench.in_turns({name: (paced(server), server) for name, server in servers.items()})

    def values(name, part):
        return [max(result["corrected"][part], 1) for result in found[name]]

    def row(part, goal):
        mine, theirs = values("jeton", part), values("nginx", part)
        return Row(f"{part} at half of the peak ({half:,.0f}/s)", f"{median(mine):.0f} µs",
                   f"nginx `return 204`: {median(theirs):.0f} µs", ratio(mine, theirs), goal, at_most=True)

    late = max(median([result["late"]["p99"] for result in results]) for results in found.values())
    return [row("p99", 1.2), row("p50", None),
            Row("how late the load generator itself was, p99", f"{late:.0f} µs", "counted in", late, None)]


def working_set(bench):
    """Few and many different tokens of a million, against nginx with the same requests."""
    with ExitStack() as stack:
        nginx = stack.enter_context(bench.nginx())
        turns = {}
        for count in IN_USE:
            # One for each: what many tokens leave to be written would be in the way of few.
            jeton = stack.enter_context(bench.another(f"in-use-{count}"))
            load = bench.load(f"in-use-{count}", in_use(jeton.seed, count))
            for name, server in (("jeton", jeton), ("nginx", nginx)):
                turns[count, name] = (bench.peak(server, load), server)
        found = bench.in_turns(turns)
    return [
        Row(f"verified requests a second, {count:,} tokens in use of 1 M", rate(found[count, "jeton"]),
            f"nginx `return 204`: {rate(found[count, 'nginx'])}",
            ratio(found[count, "jeton"], found[count, "nginx"]), None)
        for count in IN_USE]


def denials(bench):
    """Every other request is denied, against none."""
    with ExitStack() as stack:
        jeton = stack.enter_context(bench.jeton())
        nginx = stack.enter_context(bench.nginx())
        load = bench.load("half-denied", half_denied(jeton.seed))
        found = bench.in_turns({
            "denied": (bench.peak(jeton, load, refused=0.5), jeton), "granted": (bench.peak(jeton), jeton),
            "nginx": (bench.peak(nginx, load), nginx)})
    mine, granted, against = found.values()
    what = "answers a second, half of them denials"
    return [
        Row(what, rate(mine), f"all of them grants: {rate(granted)}", ratio(mine, granted), None),
        Row(what, rate(mine), f"nginx `return 204`: {rate(against)}", ratio(mine, against), None),
    ]


def narrowed(bench):
    """Tokens that are narrowed to paths and bound to addresses, against plain ones with the same requests."""
    services = {"default": {"title": "Default", "paths": ["/*/*"]}}
    with bench.another("narrowed", configuration={"services": services}) as jeton:
        loads = {
            name: bench.load(name, of_a_proxy(jeton.seed, secrets)) for name, secrets in (
                ("narrowed", [secret for secret, *_ in jeton.seed.narrowed]), ("plain", jeton.seed.secrets))}
        # Both are checked for each request: neither passes elsewhere.
        own = loads["narrowed"].read_text().split("\0")[0]
        for other in (own.replace("/team-", "/another-"), own.replace("For: 10.", "For: 11.")):
            if (status := jeton.exchange(other)) != 403:
                raise Broken(f"a narrowed and bound token was answered with {status} elsewhere")
        found = bench.in_turns({name: (bench.peak(jeton, load), jeton) for name, load in loads.items()})
    mine, plain = found.values()
    return [Row("verified requests a second, tokens narrowed to a path and bound to addresses", rate(mine),
                f"plain tokens: {rate(plain)}", ratio(mine, plain), None)]


def services(bench):
    """A thousand services, against one."""
    many = {f"service-{number}": {"title": f"Service {number}"} for number in range(SERVICES)}
    with ExitStack() as stack:
        servers = [stack.enter_context(bench.another(f"services-{count}", configuration={
            "services": {"default": {"title": "Default"}, **dict(list(many.items())[:count])}}))
            for count in (SERVICES, 1)]
        for server, count in zip(servers, (SERVICES, 1)):
            server.prepare(at_services(server.seed, count))
        found = bench.in_turns({server: (bench.peak(server), server) for server in servers})
    mine, one = found.values()
    return [Row(f"verified requests a second, at {SERVICES:,} services", rate(mine), f"at one: {rate(one)}",
                ratio(mine, one), None)]


def two_cores(bench):
    """Both cores for the server, and for the load, too: against nginx with two workers in the same way."""
    with ExitStack() as stack:
        jeton = stack.enter_context(bench.another("two-cores", cores=BOTH))
        nginx = stack.enter_context(bench.nginx(cores=BOTH))
        nginx.prepare(bearer(jeton.seed))
        found = bench.in_turns({server: (bench.peak(server, cores=BOTH), server) for server in (jeton, nginx)})
    mine, against = found.values()
    return [Row("verified requests a second, two cores that the load shares", rate(mine),
                f"nginx `return 204`, two workers: {rate(against)}", ratio(mine, against), None)]
