"""What a client writes to have another path served than the one that was judged, through every proxy of docs/protect.

Tokens here are narrowed to `/team/app`, and what they must not reach is `/team/secret`.
"""

import contextlib
import http.client
import re
import socket
import subprocess

import pytest

from jeton import desk_of
from proxies import PROXIES, Running
from test_hostile import Wire
from test_proxies import CREDENTIALS, ask, bearer, seen_by, service  # noqa: F401 (a fixture)

CONFIG = """
trusted_proxies: [127.0.0.1/32]
services:
  files: { title: Files, kind: http, paths: [/team/*] }
"""
OPEN, SECRET = "/team/app/file", "/team/secret/file"

# Names that frameworks and servers take for the target, for a part of it that they cut off, or for the method.
TARGETS = [
    "X-Original-URL", "X-Rewrite-URL", "X-Original-URI", "X-Forwarded-Uri", "X-Forwarded-Path",
    "X-Forwarded-Prefix", "X-Script-Name", "Script_Name", "Path_Info", "Request_Uri", "x-original-url",
    "X_Original_URL", "X.Rewrite.URL", "X-Original_URL", "X_Forwarded_Prefix", "X-Rewrite-Url",
]
METHODS = [
    "X-HTTP-Method-Override", "X-HTTP-Method", "X-Method-Override", "X-Original-Method", "X-Forwarded-Method",
    "X_HTTP_Method_Override", "X.Method.Override",
]

# Of these, what Jeton reads, or might: only its proxy may say it there.
TOLD = {
    "x-original-url", "x-original-uri", "x-original-method", "x-rewrite-url", "x-forwarded-uri", "x-forwarded-method",
}


@pytest.fixture(scope="module")
def desk(tmp_path_factory):
    with desk_of(tmp_path_factory, CONFIG, "alice") as jeton:
        yield jeton


@pytest.fixture(scope="module")
def wire(desk):
    """Between the proxy and Jeton: what Jeton is told is in its `heads`."""
    with Wire(desk.port) as wire:
        yield wire


@pytest.fixture(scope="module", params=PROXIES, ids=lambda proxy: proxy.name)
def proxy(request, tmp_path_factory, wire, service):
    folder = tmp_path_factory.mktemp(request.param.name)
    with Running(request.param, folder, jeton=wire.port, service=service.port, name="files") as running:
        yield running


@pytest.fixture(scope="module")
def narrow(desk):
    return desk.make_token("narrow", "--scope", "files:read:/team/app", "--scope", "files:write:/team/app")


def test_nothing_that_a_client_writes_names_another_target_to_the_service(proxy, service, wire, narrow):
    assert ask(proxy, path=OPEN, headers=[bearer(narrow)]).status == 200
    assert ask(proxy, path=SECRET, headers=[bearer(narrow)]).status == 403
    for name in TARGETS + METHODS:
        for value in (SECRET, f"http://127.0.0.1{SECRET}") if name in TARGETS else ("DELETE",):
            (count, told) = (len(service.seen), len(wire.heads))
            answer = ask(proxy, path=OPEN, headers=[bearer(narrow), (name, value), (name.lower(), value)])
            assert answer.status in (200, 400, 403), name
            for seen in service.seen[count:]:
                assert (seen["method"], seen["path"]) == ("GET", OPEN)
                assert not [field for field in seen["headers"] if value in field[1]], name
            if name.lower() in TOLD:
                assert value not in "".join(wire.heads[told:]), f"Jeton is told {name}"


def test_jeton_is_told_each_credential(proxy, wire, narrow):
    for name in CREDENTIALS:
        count = len(wire.heads)
        ask(proxy, path=OPEN, headers=[(name, narrow)])
        assert narrow in "".join(wire.heads[count:]), name


def test_jeton_is_told_a_query_once(proxy, wire, narrow):
    count = len(wire.heads)
    assert ask(proxy, path=OPEN + "?once=only", headers=[bearer(narrow)]).status == 200
    assert "".join(wire.heads[count:]).count("once=only") == 1


def test_the_page_lets_through_what_a_client_may_say(proxy, service, narrow):
    headers = [("Accept", "text/x"), ("Content-Description", "x"), ("Depth", "1"),
               ("Overwrite", "F"), ("If-None-Match", '"x"'), ("Git-Protocol", "version=2")]
    assert ask(proxy, path=OPEN, headers=[bearer(narrow)] + headers).status == 200
    seen = [value for _, value in service.seen[-1]["headers"]]
    assert [value for _, value in headers if value not in seen] == []


DESTINATIONS = [
    [OPEN + ".2", SECRET], [SECRET, OPEN + ".2"], [f"http://h{OPEN}.2", f"http://h{SECRET}"], [OPEN + ".2", "../x"],
    [f"{OPEN}.2,{SECRET}"], [f"{OPEN}.2, {SECRET}"], [f"http://h?{OPEN}"], [f"http://h#{OPEN}"], [f"http://h{SECRET}"],
]


@pytest.mark.parametrize("lines", DESTINATIONS, ids=lambda lines: " and ".join(lines))
def test_two_destinations_are_none(proxy, service, narrow, lines):
    # Envoy asks with `a,b` for two lines, and hands the service both.
    count = len(service.seen)
    answer = ask(proxy, "MOVE", OPEN, [bearer(narrow)] + [("Destination", line) for line in lines])
    assert answer.status in (400, 403, 405, 501)
    assert len(service.seen) == count


def test_one_destination_below_the_path_passes(proxy, service, narrow):
    for destination in (OPEN + ".2", f"http://127.0.0.1:{proxy.port}{OPEN}.2", OPEN + "%2C2"):
        assert ask(proxy, "MOVE", OPEN, [bearer(narrow), ("Destination", destination)]).status == 200
        assert ("destination", destination) in seen_by(service)["headers"]


def raw(proxy, *pieces):
    """Sends these bytes, one piece after the other, and gives the answer's status; 0 for none."""
    with socket.create_connection(("127.0.0.1", proxy.port), timeout=30) as client:
        with contextlib.suppress(BrokenPipeError, ConnectionResetError):
            for piece in pieces:
                client.sendall(piece)
            received = b""
            while b"\r\n\r\n" not in received and (piece := client.recv(65536)):
                received += piece
            found = re.match(rb"HTTP/1\.[01] (\d+)", received)
            return int(found[1]) if found else 0
    return 0


@pytest.mark.parametrize("announced", [True, False], ids=["announced", "unannounced"])
@pytest.mark.parametrize("split", [True, False], ids=["apart", "at once"])
def test_a_trailer_brings_the_service_no_identity(proxy, service, narrow, announced, split):
    """Fields behind a chunked body (RFC 9110, section 6.5), which some services merge into the headers."""
    path = f"/team/app/trailer-{proxy.proxy.name}-{announced}-{split}"
    head = "\r\n".join([
        f"PUT {path} HTTP/1.1", "Host: h", f"Authorization: Bearer {narrow}", "Transfer-Encoding: chunked",
        *(["TE: trailers", "Trailer: Remote-User, Remote-Groups, X-Original-URL"] if announced else []), "", ""])
    trailer = f"Remote-User: root\r\nRemote-Groups: root\r\nX-Original-URL: {SECRET}\r\n\r\n"
    pieces = [head.encode(), b"5\r\nhello\r\n", b"0\r\n" + trailer.encode()]
    status = raw(proxy, *(pieces if split else [b"".join(pieces)]))
    assert status in (200, 400, 501), "dropped, or refused"
    assert service.trailers.get(path, []) == []
    # A body in chunks without trailers passes.
    plain = f"{path}-plain"
    status = raw(proxy, head.replace(path, plain).encode(), b"5\r\nhello\r\n", b"0\r\n\r\n")
    assert (status, service.trailers.get(plain)) in ((200, []), (200, None))
    assert [seen for seen in service.seen if seen["path"] == plain]


def test_an_absolute_target_is_judged_by_its_path(proxy, service, narrow):
    for line, expected in (
        (f"GET http://h{OPEN} HTTP/1.1", (200, 400)), (f"GET http://h{SECRET} HTTP/1.1", (400, 403)),
        (f"GET http://h?{OPEN} HTTP/1.1", (400, 403, 404)), (f"GET http://h#{OPEN} HTTP/1.1", (400, 403, 404)),
        (f"GET http://h#{SECRET} HTTP/1.1", (400, 403, 404)),
    ):
        count = len(service.seen)
        status = raw(proxy, f"{line}\r\nHost: h\r\nAuthorization: Bearer {narrow}\r\n\r\n".encode())
        assert status in expected, line
        for seen in service.seen[count:]:
            assert seen["path"].removeprefix("http://h") == OPEN, line


def test_http2_reaches_the_path_of_a_narrowed_token_and_no_other(proxy, service, wire, narrow):
    if not proxy.proxy.http2:
        pytest.skip(f"{proxy.proxy.name} speaks HTTP/2 with TLS alone")

    def status(path):
        return subprocess.run(
            ["curl", "--silent", "--http2-prior-knowledge", "--max-time", "60", "--output", "/dev/null",
             "--write-out", "%{http_code}", "--oauth2-bearer", narrow, proxy.url + path],
            capture_output=True, text=True, timeout=90, check=True).stdout

    count = len(wire.heads)
    assert status(OPEN) == "200"
    assert service.seen[-1]["path"] == OPEN
    told = re.findall(r"(?im)^x-(?:original|forwarded)-ur[il]: *(\S+)", "\n".join(wire.heads[count:]))
    assert set(told) <= {OPEN}, "no absolute target"
    assert status(SECRET) == "403"


def test_a_query_with_commas_still_reads(proxy, desk, service):
    reader = desk.make_token(f"reader {proxy.proxy.name}", "--scope", "files:read")
    assert ask(proxy, path="/any/where?fields=a,b,c", headers=[bearer(reader)]).status == 200
    assert service.seen[-1]["path"] == "/any/where?fields=a,b,c"
    # In the path it may stand for two lines of a field, so that a reader has to write it %2C.
    assert ask(proxy, path="/any/a%2Cb", headers=[bearer(reader)]).status == 200
    assert ask(proxy, "PUT", "/any/a%2Cb", [bearer(reader)], b"x").status == 403


def test_a_connection_that_asks_again_is_judged_again(proxy, service, narrow):
    connection = http.client.HTTPConnection("127.0.0.1", proxy.port, timeout=60)
    with contextlib.closing(connection):
        for path, expected in ((OPEN, 200), (SECRET, 403), (OPEN, 200)):
            connection.request("GET", path, headers=dict([bearer(narrow), ("X-Original-URL", OPEN)]))
            answer = connection.getresponse()
            answer.read()
            assert answer.status == expected
