"""Hostile requests, byte by byte, at Jeton itself and at every proxy of docs/protect."""

import contextlib
import re
import socket
import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from proxies import PROXIES, Running
from service import Listening, Server
from test_proxies import desk, reader, service  # noqa: F401 (fixtures)

# What a second request would look like that hides in the first one's body.
HIDDEN = b"PUT /hidden HTTP/1.1\r\nHost: h\r\nContent-Length: 0\r\n\r\n"
CHUNKED = b"0\r\n\r\n" + HIDDEN


def request(line=b"PUT PATH HTTP/1.1", *fields, body=b""):
    """A request with the token of a reader; PATH is where Jeton or the service is."""
    return b"\r\n".join([line, b"Host: h", b"Authorization: Bearer READER", *fields, b"", body])


def get(*fields, path=b"PATH", body=b""):
    return request(b"GET " + path + b" HTTP/1.1", *fields, body=body)


LENGTH = b"Content-Length: %d" % len(HIDDEN)

# What is sent, and what Jeton itself may say: statuses, where 0 is closing without a word. More than
# one are there where libmicrohttpd 0.9 and 1.0 differ, or where a refusal by other rules is as good.
ROWS = {
    # Where does it end? (RFC 9112, sections 6 and 11.2)
    "length and coding": (request(b"PUT PATH HTTP/1.1", LENGTH, b"Transfer-Encoding: chunked", body=CHUNKED), {400}),
    "coding and length": (
        request(b"PUT PATH HTTP/1.1", b"Transfer-Encoding: chunked", b"Content-Length: 3", body=CHUNKED), {400}),
    "length and coding on a read": (get(LENGTH, b"Transfer-Encoding: chunked", body=CHUNKED), {400}),
    "two lengths": (get(b"Content-Length: 0", LENGTH, body=HIDDEN), {400}),
    "two lengths that agree": (get(LENGTH, LENGTH, body=HIDDEN), {400}),
    "two lengths in one field": (get(b"Content-Length: 0, %d" % len(HIDDEN), body=HIDDEN), {400}),
    "a length with a sign": (get(b"Content-Length: +%d" % len(HIDDEN), body=HIDDEN), {400}),
    "a length in hexadecimal": (get(b"Content-Length: 0x%x" % len(HIDDEN), body=HIDDEN), {400}),
    "a length beyond all numbers": (get(b"Content-Length: 99999999999999999999999", body=HIDDEN), {400, 413}),
    "a body on a read": (get(LENGTH, body=HIDDEN), {200}),
    "coding: xchunked": (get(b"Transfer-Encoding: xchunked", body=CHUNKED), {400}),
    "coding: twice": (get(b"Transfer-Encoding: chunked", b"Transfer-Encoding: identity", body=CHUNKED), {400}),
    "coding: a list": (get(b"Transfer-Encoding: chunked, identity", body=CHUNKED), {400}),
    "coding: another before": (get(b"Transfer-Encoding: gzip, chunked", body=CHUNKED), {400}),
    "coding: vertical tab": (get(b"Transfer-Encoding: \x0bchunked", body=CHUNKED), {400}),
    "coding: in quotes": (get(b'Transfer-Encoding: "chunked"', body=CHUNKED), {400}),
    "coding: upper case": (get(b"TRANSFER-ENCODING: CHUNKED", body=CHUNKED), {200}),
    "coding: space before the colon": (get(b"Transfer-Encoding : chunked", LENGTH, body=CHUNKED), {400}),
    "coding: folded": (get(b"Transfer-Encoding:\r\n chunked", LENGTH, body=CHUNKED), {400}),
    "coding: underscore": (get(b"Transfer_Encoding: chunked", LENGTH, body=HIDDEN), {200}),
    "coding: with HTTP/1.0": (request(b"GET PATH HTTP/1.0", b"Transfer-Encoding: chunked", body=CHUNKED), {400}),
    "length: underscore": (get(b"Content_Length: %d" % len(HIDDEN), b"Connection: close", body=HIDDEN), {200}),
    "length: space before the colon": (get(b"Content-Length : %d" % len(HIDDEN), body=HIDDEN), {400}),
    "chunk: negative": (get(b"Transfer-Encoding: chunked", body=b"-1\r\n" + HIDDEN), {400, 0}),
    "chunk: hexadecimal mark": (get(b"Transfer-Encoding: chunked", body=b"0x0\r\n\r\n" + HIDDEN), {400, 0}),
    "chunk: too large a number": (get(b"Transfer-Encoding: chunked", body=b"f" * 17 + b"\r\n" + HIDDEN), {400, 413, 0}),
    "chunk: an extension": (get(b"Transfer-Encoding: chunked", body=b"0;a=b\r\n\r\n" + HIDDEN), {200, 400}),
    "chunk: a bare LF in an extension": (get(b"Transfer-Encoding: chunked", body=b"0;\n\r\n" + HIDDEN), {200, 400, 0}),
    "chunk: longer than it says": (
        get(b"Transfer-Encoding: chunked", body=b"1\r\nabc\r\n0\r\n\r\n" + HIDDEN), {400, 0}),
    "bare LF": (get().replace(b"\r\n", b"\n"), {200, 400}),
    "bare LF hides a field": (get(b"X: y\nContent-Length: %d" % len(HIDDEN), body=HIDDEN), {200, 400}),
    "bare CR hides a field": (get(b"X: y\rContent-Length: %d" % len(HIDDEN), body=HIDDEN), {400}),
    "bare CR hides an identity": (get(b"X: y\rRemote-User: root"), {400}),
    "bare LF hides an identity": (get(b"X: y\nRemote-User: root"), {200, 400}),
    "a fold hides an identity": (get(b"X: y\r\n \rRemote-User: root"), {400}),
    "NUL hides an identity": (get(b"X: y\x00\r\nRemote-User: root", b"Remote-User\x00: root"), {400}),
    "a quote hides an identity": (get(b'X: "y', b'Remote-User: root"'), {200}),
    "folded field": (get(b"X: y\r\n z"), {400}),
    "folded first field": (b"GET PATH HTTP/1.1\r\n Host: h\r\nAuthorization: Bearer READER\r\n\r\n", {400}),
    "field without a name": (get(b": y"), {400}),
    "field without a colon": (get(b"y"), {400}),
    "NUL in a value": (get(b"X: a\x00b"), {400}),
    "NUL in a name": (get(b"X\x00y: a"), {400}),
    "NUL after Authorization": (request(b"PUT PATH HTTP/1.1", b"X-Original-Method: GET\x00"), {400}),
    "control in a value": (get(b"X: a\x01b"), {400}),
    "name of other than ASCII": (get("Rémote-User: root".encode()), {400}),
    "value of other than ASCII": (get("X: ü".encode() + b"\xff"), {200}),
    "a large field": (get(b"X: " + b"y" * 100_000), {431, 0}),
    "many fields": (get(*[b"X-%d: y" % n for n in range(1000)]), {431, 0}),
    # What is asked for?
    "encoded slash": (get(path=b"PATH/a%2Fb%2f%5c"), {200}),
    "encoded NUL": (get(path=b"PATH/a%00"), {200}),
    "encoded dot segments": (get(path=b"PATH/..%2f..%2fverify/git"), {200}),
    "dot segments": (get(path=b"PATH/../git"), {200}),
    "broken encoding": (get(path=b"PATH/%zz%"), {200}),
    "double slash": (get(path=b"/PATH"), {404}),
    "backslash": (get(path=b"PATH\\..\\git"), {500, 400}),
    "fragment": (get(path=b"PATH#/x"), {500, 400}),
    "path of other than ASCII": (get(path="PATH/ü".encode() + b"\xff"), {200}),
    "NUL in the path": (get(path=b"PATH\x00x"), {400}),
    "space in the path": (get(path=b"PATH x"), {400, 0}),
    "tab in the path": (get(path=b"PATH\tx"), {400}),
    "no path": (request(b"GET  HTTP/1.1"), {400}),
    "a path of 100,000 bytes": (get(path=b"PATH/" + b"x" * 100_000), {431, 414, 0}),
    "absolute form": (get(path=b"http://evil.example/PATH"), {404}),
    "absolute form, right path": (request(b"PUT http://hPATH HTTP/1.1"), {403}),
    "absolute form, other host": (request(b"PUT http://evil.examplePATH HTTP/1.1"), {403}),
    "absolute form, with a user": (request(b"PUT http://root:x@hPATH HTTP/1.1"), {403}),
    "absolute form, other scheme": (request(b"PUT file://hPATH HTTP/1.1"), {400}),
    "absolute form, no authority": (request(b"PUT http:PATH HTTP/1.1"), {400}),
    "authority form": (get(path=b"evil.example:80"), {400}),
    "CONNECT": (request(b"CONNECT evil.example:443 HTTP/1.1"), {400}),
    "CONNECT to a path": (request(b"CONNECT PATH HTTP/1.1"), {400, 403}),
    "asterisk form": (request(b"OPTIONS * HTTP/1.1"), {400}),
    "asterisk form of GET": (get(path=b"*"), {400}),
    # How?
    "lower case": (request(b"put PATH HTTP/1.1", b"Content-Length: 0"), {403}),
    "get": (request(b"get PATH HTTP/1.1"), {403}),
    "a very long method": (request(b"G" * 10_000 + b" PATH HTTP/1.1"), {403, 431, 0}),
    "a method with an odd character": (request(b"G@T PATH HTTP/1.1"), {400, 403}),
    "no method": (request(b" PATH HTTP/1.1"), {400, 0}),
    "TRACE": (request(b"TRACE PATH HTTP/1.1"), {403}),
    # In which version?
    "HTTP/1.0 without Host": (b"GET PATH HTTP/1.0\r\nAuthorization: Bearer READER\r\n\r\n", {200}),
    "HTTP/1.1 without Host": (b"GET PATH HTTP/1.1\r\nAuthorization: Bearer READER\r\n\r\n", {400}),
    "two Hosts": (get(b"Host: evil.example"), {400}),
    "an odd Host": (b"GET PATH HTTP/1.1\r\nHost: a b/c@d\r\nAuthorization: Bearer READER\r\n\r\n", {200, 400}),
    "HTTP/0.9": (b"GET PATH\r\n\r\n", {400, 401, 0}),
    "HTTP/1.9": (request(b"GET PATH HTTP/1.9"), {200, 400, 505}),
    "HTTP/2.0": (request(b"GET PATH HTTP/2.0"), {400, 505, 0}),
    "HTTP/2 by prior knowledge": (
        b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + b"\x00\x00\x00\x04\x00\x00\x00\x00\x00", {400, 505, 0}),
    "TLS": (b"\x16\x03\x01\x00\x28\x01\x00\x00\x24\x03\x03" + bytes(34) + b"\r\n\r\n", {400, 0}),
    # Who?
    "two credentials": (get(b"Private-Token: jtn_0123456789ABCDEFGHIJKLMNOPQRSTUV0gITR2"), {400}),
    "two Authorizations": (get(b"Authorization: Bearer jtn_0123456789ABCDEFGHIJKLMNOPQRSTUV0gITR2"), {400}),
    "a scope in the query": (request(b"PUT PATH?scope=maven:write&service=git&method=GET HTTP/1.1"), {403}),
    "a token in the query": (b"GET PATH?access_token=READER&private_token=READER HTTP/1.1\r\nHost: h\r\n\r\n", {401}),
    "a forged identity": (b"GET PATH HTTP/1.1\r\nHost: h\r\nRemote-User: alice\r\nX-Jeton-Token: x\r\n\r\n", {401}),
}


def send(port, data):
    """The statuses that come back, in order; none where the connection is closed without a word."""
    with socket.create_connection(("127.0.0.1", port), timeout=30) as client:
        with contextlib.suppress(BrokenPipeError, ConnectionResetError):
            client.sendall(data)
        received = b""
        with contextlib.suppress(ConnectionResetError):
            # Until an answer's head is there, or what is none of HTTP/1 (frames of HTTP/2, alerts of TLS).
            while b"\r\n\r\n" not in received and received.startswith(b"HTTP/1"[:len(received)]):
                piece = client.recv(65536)
                if not piece:
                    break
                received += piece
            client.settimeout(0.3)  # and what follows it
            with contextlib.suppress(TimeoutError):
                while piece := client.recv(65536):
                    received += piece
        return [int(status) for status in re.findall(rb"^HTTP/1\.[01] (\d+)", received, re.M) if status != b"100"]


def send_all(port, path, token):
    """All rows, several at a time."""
    def send_row(row):
        return send(port, row[0].replace(b"PATH", path).replace(b"READER", token.encode()))

    with ThreadPoolExecutor(16) as pool:
        return dict(zip(ROWS, pool.map(send_row, ROWS.values())))


class Wire(Listening):
    """Stands between a proxy and Jeton, and notes what Jeton was told of each request."""

    def __init__(self, port):
        self.told = []
        self.heads = []
        self.server = Server(("127.0.0.1", 0), self._relay)
        self.jeton = port

    def _relay(self, proxy, *_):
        with socket.create_connection(("127.0.0.1", self.jeton)) as jeton, contextlib.suppress(OSError):
            threading.Thread(target=self._back, args=(jeton, proxy), daemon=True).start()
            heads = b""
            while piece := proxy.recv(65536):
                heads += piece
                while b"\r\n\r\n" in heads:
                    head, _, heads = heads.partition(b"\r\n\r\n")
                    self._note(head.decode("latin-1"))
                jeton.sendall(piece)

    @staticmethod
    def _back(jeton, proxy):
        with contextlib.suppress(OSError):
            while piece := jeton.recv(65536):
                proxy.sendall(piece)
            proxy.shutdown(socket.SHUT_WR)

    def _note(self, head):
        self.heads.append(head)
        line, *fields = head.split("\r\n")
        method, path, _ = line.split(" ")
        values = dict((name.lower(), value.strip()) for name, _, value in (field.partition(":") for field in fields))
        for dialect in ("original", "forwarded"):
            if f"x-{dialect}-method" in values:
                self.told.append((values[f"x-{dialect}-method"], values.get(f"x-{dialect}-uri")))
        self.told.append((method, path.removeprefix("/verify/maven")))


def test_jeton_itself_refuses_and_lives(desk, reader):
    answers = send_all(desk.port, b"/verify/maven", reader)
    wrong = {
        name: answer for name, answer in answers.items() if (answer[0] if answer else 0) not in ROWS[name][1]}
    assert not wrong
    # libmicrohttpd says the head of its own refusals twice; but the hidden request, a 404, nobody answers.
    assert not [name for name, answer in answers.items() if 404 in answer[1:]]
    assert desk.verify(headers={"Authorization": f"Bearer {reader}"}).status_code == 200


@pytest.mark.parametrize("proxy", PROXIES, ids=lambda proxy: proxy.name)
def test_what_arrives_at_the_service_is_what_jeton_granted(proxy, desk, service, reader, tmp_path):
    with Wire(desk.port) as wire, Running(proxy, tmp_path, jeton=wire.port, service=service.port) as running:
        count = len(service.seen)
        send_all(running.port, b"/some/path", reader)
        arrived = service.seen[count:]
        assert arrived, "the harmless ones do"
        for seen in arrived:
            assert (seen["method"], seen["path"]) in wire.told, seen
            assert seen["method"] in ("GET", "HEAD", "OPTIONS"), seen
            names = [(re.sub("[^a-z0-9]", "_", name.lower()), value) for name, value in seen["headers"]]
            assert [value for name, value in names if name == "remote_user"] == ["alice"], seen
            assert "root" not in [value for _, value in names], seen
        harmless = get().replace(b"PATH", b"/").replace(b"READER", reader.encode())
        assert send(running.port, harmless) == [200], "and it lives"
