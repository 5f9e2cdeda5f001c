"""Uploads, answers and pauses that take longer than a minute, through all that the documents set before a service.

All of them at once, each in a thread that waits: a minute and a quarter for all together.
"""

import contextlib
import http.client
import socket
import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from fronts import FRONTS
from jeton import desk_of
from service import Service, _Handler

# Longer than the minute after which most servers give up by themselves.
LONG = 66
CONFIG = """
trusted_proxies: [127.0.0.1/32]
services: { maven: { title: Maven private repository } }
"""


class Slow(_Handler):
    """Thinks, or pauses within its answer, as long as the test says."""

    def _answer(self):
        kind = self.path.split("/")[-1]
        if kind not in ("thinks", "pauses"):
            return super()._answer()
        if kind == "thinks":
            time.sleep(LONG)
        self.send_response(200)
        self.send_header("Content-Length", "200000")
        self.end_headers()
        self.wfile.write(b"x" * 100_000)
        if kind == "pauses":
            self.wfile.flush()
            time.sleep(LONG)
        self.wfile.write(b"y" * 100_000)


@pytest.fixture(scope="module")
def desk(tmp_path_factory):
    with desk_of(tmp_path_factory, CONFIG, "alice") as jeton:
        yield jeton


def request(front, token, method, path, body=None, length=None):
    connection = http.client.HTTPConnection("127.0.0.1", front.port, timeout=LONG + 240)
    with contextlib.closing(connection):
        headers = {"Authorization": f"Bearer {token}", **({"Content-Length": str(length)} if length else {})}
        connection.request(method, front.front.path + path, body, headers)
        answer = connection.getresponse()
        return answer.status, len(answer.read())


def thinks(front, token):
    """The service has much to do before its first byte."""
    assert request(front, token, "GET", "/thinks") == (200, 200_000)


def pauses(front, token):
    """An answer stands still in its middle."""
    assert request(front, token, "GET", "/pauses") == (200, 200_000)


def trickles(front, token):
    """An upload of a few bytes every few seconds: less than a server that counts them may demand."""
    def pieces():
        for _ in range(LONG // 6 + 1):
            yield b"x" * 40
            time.sleep(6)
        yield b"y" * 400

    length = 40 * (LONG // 6 + 1) + 400
    status, _ = request(front, token, "PUT", "/trickles", pieces(), length)
    assert status == 200


def stands_still(front, token):
    """An upload whose client has to think."""
    def pieces():
        yield b"x" * 1000
        time.sleep(LONG)
        yield b"y" * 1000

    status, _ = request(front, token, "PUT", "/stands-still", pieces(), 2000)
    assert status == 200


def reads_late(front, token):
    """A client that reads an answer only after a while; it does not fit into anybody's buffers."""
    with socket.create_connection(("127.0.0.1", front.port), timeout=LONG + 240) as client:
        client.sendall((
            f"GET {front.front.path}/large HTTP/1.1\r\nHost: h\r\nAuthorization: Bearer {token}\r\n"
            "Connection: close\r\n\r\n").encode())
        time.sleep(LONG)
        received = 0
        while piece := client.recv(1 << 20):
            received += len(piece)
        assert received > Large.size


def holds_a_head(front, _):
    """Without a token, a head that comes a byte at a time. It is not held for ever."""
    began = time.monotonic()
    with socket.create_connection(("127.0.0.1", front.port), timeout=LONG + 60) as client:
        client.sendall(b"GET / HTTP/1.1\r\nHost: h\r\nX-Slow: ")
        client.settimeout(4)
        while time.monotonic() < began + LONG + 60:
            try:
                if not client.recv(4096):
                    return
            except TimeoutError:
                with contextlib.suppress(ConnectionError):
                    client.sendall(b"x")
            except ConnectionError:
                return
    raise AssertionError("it is held for ever")


class Large(Slow):
    size = 30_000_000

    def _answer(self):
        if not self.path.endswith("/large"):
            return super()._answer()
        self.send_response(200)
        self.send_header("Content-Length", str(self.size))
        self.end_headers()
        for _ in range(self.size // 1_000_000):
            self.wfile.write(b"z" * 1_000_000)


WORK = [thinks, pauses, trickles, stands_still, reads_late, holds_a_head]
# Traefik has one limit for a head and its body together.
EXCEPT = {("traefik", "holds_a_head")}


@pytest.mark.timeout(600)
def test_nothing_that_takes_long_is_cut_and_no_head_is_held(tmp_path, desk):
    token = desk.make_token("long work")
    with Service(tmp_path) as service, contextlib.ExitStack() as stack:
        service.server.RequestHandlerClass = Large
        fronts = []
        for front in FRONTS:
            folder = tmp_path / front.name
            running = stack.enter_context(front.start(folder, jeton=desk.port, service=service.port, name="maven"))
            running.front = front
            fronts.append(running)
        faults = []

        def work(front, what):
            try:
                what(front, token)
            except Exception as fault:
                faults.append(f"{front.front.name} {what.__name__}: {fault!r}"[:200])

        pairs = [(front, what) for front in fronts for what in WORK if (front.front.name, what.__name__) not in EXCEPT]
        with ThreadPoolExecutor(len(pairs)) as pool:
            list(pool.map(lambda pair: work(*pair), pairs))
        assert not faults, "\n".join(sorted(faults))
