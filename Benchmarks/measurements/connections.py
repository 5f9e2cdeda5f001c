"""What connections cost: new ones, those with TLS, and many that are useless."""

import subprocess
from contextlib import ExitStack

from crowds import IdleConnections, slow_loris
from measurements.loads import bearer, closing
from rounds import Row, alternate, median, rate, ratio
from servers import Jeton


def new_connection(bench):
    """A connection for each request."""
    with ExitStack() as stack:
        jeton = stack.enter_context(bench.jeton())
        nginx = stack.enter_context(bench.nginx())
        for server in (jeton, nginx):
            server.prepare(closing(jeton.seed))
        found = bench.in_turns({server: (bench.cost(server), server) for server in (jeton, nginx)})
    return compared("verified requests a second, each on a new connection", "nginx `return 204`", *found.values())


def tls(bench):
    """TLS at the gate itself, on connections that are kept and on new ones, against nginx with the same
    certificate."""
    certificate, key = certify(bench.run)
    pair = {"tls": {"certificate": str(certificate), "key": str(key)}}
    with ExitStack() as stack:
        jeton = stack.enter_context(bench.another("tls", configuration=pair))
        nginx = stack.enter_context(bench.nginx(tls=(certificate, key)))
        loads = {"kept": bearer(jeton.seed), "new": closing(jeton.seed)}
        nginx.prepare(loads["kept"])
        turns = {}
        for name, prepared in loads.items():
            load = bench.load(f"tls-{name}", prepared)
            for server in (jeton, nginx):
                turns[name, server] = (bench.cost(server, load), server)
        found = bench.in_turns(turns)
    return [row for name, what in (("kept", "connections that are kept"), ("new", "each on a new connection"))
            for row in compared(f"verified requests a second over TLS, {what}", "nginx `listen ssl`, `return 204`",
                                found[name, jeton], found[name, nginx])]


def compared(what, against, mine, theirs):
    """A row for the rates, and one for what each server took of a processor."""
    (rates, costs), (their_rates, their_costs) = (zip(*results) for results in (mine, theirs))
    return [
        Row(what, rate(rates), f"{against}: {rate(their_rates)}", ratio(rates, their_rates), None),
        Row("what the server itself takes for each of these", f"{median(costs):.1f} µs",
            f"{against}: {median(their_costs):.1f} µs", ratio(costs, their_costs), None),
    ]


def certify(folder):
    """A certificate for 127.0.0.1 and its key (ECDSA, P-256), as files."""
    certificate, key = folder / "certificate.pem", folder / "key.pem"
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-noenc", "-days", "30",
         "-subj", "/CN=127.0.0.1", "-addext", "subjectAltName=IP:127.0.0.1", "-keyout", key, "-out", certificate],
        check=True, capture_output=True)
    key.chmod(0o600)
    return certificate, key


def crowd(bench):
    """What many useless connections take from the others."""
    with bench.jeton() as jeton:
        answered = bench.peak(jeton)

        def among_idle():
            with IdleConnections(jeton.port, 10_000):
                return answered()

        def among_slow():
            with slow_loris(jeton.port, Jeton.verify, 2000, bench.seconds + 60, bench.run):
                return answered()

        found = alternate(bench.rounds, {"alone": answered, "idle": among_idle, "slow": among_slow})
    alone = f"without: {rate(found['alone'])}"
    return [
        Row("among 10,000 idle connections", rate(found["idle"]), alone, ratio(found["idle"], found["alone"]), 0.9),
        Row("under a slow loris of 2,000", rate(found["slow"]), alone, ratio(found["slow"], found["alone"]), 0.9),
    ]
