"""nginx that asks Jeton, against nginx with a file of passwords. All answer with the same empty GIF, since `return`
would answer before Jeton is asked."""

import subprocess
from contextlib import ExitStack

from load import CONNECTIONS, request
from measurements.loads import PASSWORD, basic, bearer, in_use
from rounds import Row, rate, ratio
from servers import Jeton

CONTENT = "empty_gif;"
PERSON = "person"
#: How many tokens are in use at once, where verdicts are kept.
IN_USE = (50, 10_000)


def asking(bench, jeton, lines="", http=""):
    """nginx that asks this Jeton about each request, with these lines besides."""
    address = f"unix:{jeton.socket}" if jeton.socket else f"127.0.0.1:{jeton.port}"
    return bench.nginx(f"""
        location / {{ auth_request /_jeton; {CONTENT} }}
        location = /_jeton {{
            internal;
            proxy_pass              http://jeton{Jeton.verify};
            proxy_http_version      1.1;
            proxy_set_header        Connection        "";
            proxy_pass_request_body off;
            proxy_set_header        Content-Length    "";
            proxy_set_header        X-Original-Method $request_method;
            proxy_set_header        X-Original-URI    $request_uri;
            proxy_set_header        X-Forwarded-For   $remote_addr;
            {lines}
        }}""", f"upstream jeton {{ server {address}; keepalive {CONNECTIONS}; }} {http}", expected=200)


def with_a_file(bench, name, options):
    """nginx that compares with the one line of a file, which `htpasswd` has made with these options."""
    path = bench.run / f"passwords-{name}"
    subprocess.run(["htpasswd", "-i", "-c", *options, path, PERSON], input=PASSWORD.encode(), check=True,
                   capture_output=True)
    return bench.nginx(
        f'        location / {{ auth_basic "bench"; auth_basic_user_file {path}; {CONTENT} }}', expected=200)


def sha1(bench):
    return with_a_file(bench, "sha1", ["-s"])


def proxied(bench):
    """Over TCP and over a unix socket, against SHA-1 and bcrypt."""
    socket = bench.run / "jeton.sock"
    with ExitStack() as stack:
        jeton = stack.enter_context(bench.jeton())
        local = stack.enter_context(bench.another("unix", configuration={
            "listen": f"unix:{socket}", "public_url": "http://127.0.0.1"}))
        tcp, unix = (stack.enter_context(asking(bench, server)) for server in (jeton, local))
        fast, slow = (stack.enter_context(server) for server in (
            sha1(bench), with_a_file(bench, "bcrypt", ["-B", "-C", "5"])))
        for server in (tcp, unix):
            server.prepare(bearer(jeton.seed if server is tcp else local.seed))
        for server in (fast, slow):
            server.prepare([request("/", basic(PERSON, PASSWORD))])
        found = bench.peaks({
            "nginx, auth_request to Jeton": (tcp, jeton), "nginx, asking Jeton over a unix socket": (unix, local),
            "nginx, auth_basic, sha1": fast, "nginx, auth_basic, bcrypt": slow})
    tcp, unix, fast, slow = found.values()
    what, there = "nginx with `auth_request` to Jeton", "nginx with `auth_request` to Jeton over a unix socket"
    lines = {name: f"nginx `auth_basic`, one {name} line: {rate(values)}"
             for name, values in (("SHA-1", fast), ("bcrypt", slow))}
    return [
        Row(there, rate(unix), lines["SHA-1"], ratio(unix, fast), 0.55),
        Row(there, rate(unix), f"over TCP: {rate(tcp)}", ratio(unix, tcp), None),
        Row(what, rate(tcp), lines["SHA-1"], ratio(tcp, fast), 0.4),
        Row(what, rate(tcp), lines["bcrypt"], ratio(tcp, slow), 30),
    ]


#: The verdict of a token and an address, for a second. Jeton forbids to keep it (`no-store`), so that has to be
#: ignored.
CACHED = """
            proxy_cache                verdicts;
            proxy_cache_key            "$http_authorization $request_uri";
            proxy_cache_valid          200 1s;
            proxy_ignore_headers       Cache-Control;"""


def cached(bench):
    """nginx that keeps each verdict for a second, against nginx that asks every time: with few tokens, each of which
    is asked about again within the second, and with many, of which most are not."""
    with ExitStack() as stack:
        jeton = stack.enter_context(bench.jeton())
        kept, fresh, fast = (stack.enter_context(server) for server in (
            asking(bench, jeton, CACHED, "proxy_cache_path verdicts keys_zone=verdicts:10m use_temp_path=off;"),
            asking(bench, jeton), sha1(bench)))
        fast.prepare([request("/", basic(PERSON, PASSWORD))])
        turns = {"file": (bench.peak(fast), fast)}
        for count in IN_USE:
            load = bench.load(f"cached-{count}", in_use(jeton.seed, count))
            turns |= {(count, server): (bench.peak(server, load), server, jeton) for server in (kept, fresh)}
        found = bench.in_turns(turns)
    against = f"nginx `auth_basic`, one SHA-1 line: {rate(found['file'])}"
    rows = []
    for count in IN_USE:
        what = f"nginx that keeps verdicts for a second, {count:,} tokens in use"
        mine, asks = found[count, kept], found[count, fresh]
        rows += [Row(what, rate(mine), f"nginx that asks Jeton every time: {rate(asks)}", ratio(mine, asks), None),
                 Row(what, rate(mine), against, ratio(mine, found["file"]), None)]
    return rows
