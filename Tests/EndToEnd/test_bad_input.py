"""Bad input, sent byte by byte: each has its clear answer, and no answer is a 5xx."""

import base64
import json
import socket
import time

import pytest
import requests

from jeton import Jeton, basic


def send(jeton, *parts, timeout=10):
    """Sends those bytes; returns the status, the headers by lower-case name, and the body of the answer."""
    with socket.create_connection(("127.0.0.1", jeton.port), timeout=timeout) as connection:
        try:
            for part in parts:
                connection.sendall(part)
        except (BrokenPipeError, ConnectionResetError):
            pass  # refused before it was sent whole: the answer is there to read all the same
        data = b""
        try:
            while piece := connection.recv(65536):
                data += piece
        except ConnectionResetError:
            pass
    head, _, body = data.partition(b"\r\n\r\n")
    lines = head.decode("latin-1").split("\r\n")
    assert lines[0].startswith("HTTP/1.1 "), f"this is no answer: {data[:200]!r}"
    headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines[1:])}
    return int(lines[0].split()[1]), headers, body.decode()


def get(*lines, path="/verify/maven"):
    """A GET request with those header lines, as bytes or text."""
    head = [f"GET {path} HTTP/1.1", "Host: jeton", "Connection: close", *lines]
    return b"\r\n".join(line if isinstance(line, bytes) else line.encode() for line in head) + b"\r\n\r\n"


def encoded(pair):
    return "Authorization: Basic " + base64.b64encode(pair).decode()


@pytest.fixture(scope="module")
def token(jeton):
    return jeton.make_token("bad input")


NOT_A_TOKEN = "this is not a token, and passwords are not accepted here"


@pytest.mark.parametrize(
    "name, lines, status, sentence",
    [
        ("nothing", [], 401, "needs a token"),
        ("an empty header", ["Authorization:"], 401, "needs a token"),
        ("no base64", ["Authorization: Basic !!!"], 401, NOT_A_TOKEN),
        ("base64 without its end", ["Authorization: Basic YWxpY2U6"], 401, NOT_A_TOKEN),
        ("Basic and nothing", ["Authorization: Basic"], 401, NOT_A_TOKEN),
        ("no colon", [encoded(b"alice")], 401, NOT_A_TOKEN),
        ("NUL bytes", [encoded(b"\0\0:\0\0")], 401, NOT_A_TOKEN),
        ("bytes that are no text", [encoded(b"\xff\xfe:\xff")], 401, NOT_A_TOKEN),
        ("an unknown scheme", ["Authorization: Digest username=alice"], 401, NOT_A_TOKEN),
        ("raw bytes", [b"Authorization: Bearer \xc3\xa9\xff"], 401, NOT_A_TOKEN),
        ("a token that was mistyped", ["Authorization: Bearer jtn_" + "a" * 38], 401,
         "this token was cut off or mistyped; copy it again, or create a new one at"),
        ("a token in quotes", ['Authorization: Bearer "jtn_0123456789ABCDEFGHIJKLMNOPQRSTUV0gITR2"'], 401,
         "there is a token in this, with something around it; check for quotes, spaces and line breaks"),
        ("a token that was never made",
         ["Authorization: Bearer jtn_00000000000000000000000000000000UNKNOWN"], 401, "this token is unknown"),
        ("two different ones", ["Authorization: Bearer one", "Authorization: Bearer two"], 400, "two different"),
    ],
    ids=lambda value: value if isinstance(value, str) and " " in value else None,
)
def test_bad_credentials(jeton, name, lines, status, sentence):
    lines = [line if isinstance(line, bytes) else line.replace("UNKNOWN", CHECKSUM) for line in lines]
    answer = send(jeton, get(*lines))
    assert (answer[0], sentence in answer[2]) == (status, True), answer
    assert ("www-authenticate" in answer[1]) == (status == 401)
    assert answer[1]["x-jeton-message"] + "\n" == answer[2]


def checksum(text):
    """The six characters of base62 that end a token: the CRC-32 of what precedes them."""
    import zlib

    alphabet = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
    rest, digits = zlib.crc32(text.encode()), ""
    for _ in range(6):
        rest, digit = divmod(rest, 62)
        digits = alphabet[digit] + digits
    return digits


CHECKSUM = checksum("jtn_" + "0" * 32)


@pytest.mark.parametrize("login", ["élise", "ÉLISE"])
@pytest.mark.parametrize("encoding", ["utf-8", "latin-1"])
def test_a_login_that_is_not_ascii_is_understood_in_both_encodings(jeton, login, encoding):
    if "élise" not in jeton.run("user", "list").stdout:
        jeton.add_user("élise")
        jeton.elise = jeton.make_token("hers", user="élise")
    status, headers, _ = send(jeton, get(encoded(f"{login}:{jeton.elise}".encode(encoding))))
    assert (status, headers["remote-user"]) == (200, "%C3%A9lise")


def test_two_equal_credentials_are_one(jeton, token):
    line = f"Authorization: Bearer {token}"
    assert send(jeton, get(line, line))[0] == 200


def test_64_kib_of_authorization(jeton, token):
    status, headers, body = send(jeton, get("Authorization: Bearer " + "x" * 65536))
    assert status in (401, 431) and body.strip()
    # The server goes on for everybody else.
    assert jeton.status(token) == 200


def test_10_000_headers(jeton, token):
    status, _, body = send(jeton, get(*(f"X-Header-{n}: {n}" for n in range(10_000))))
    assert (status, bool(body.strip())) == (431, True)
    assert jeton.status(token) == 200


def test_a_target_that_is_too_long(jeton):
    assert send(jeton, get(path="/" + "x" * 100_000))[0] in (414, 431)


@pytest.mark.parametrize("path", ["/sign-in", "/tokens", "/api/v1/tokens"])
def test_a_body_too_large(jeton, path):
    size = 50_000_000
    head = f"POST {path} HTTP/1.1\r\nHost: jeton\r\nConnection: close\r\nContent-Length: {size}\r\n\r\n".encode()
    status, _, body = send(jeton, head, bytes(1_000_000))
    assert (status, bool(body.strip())) == (413, True)


def test_a_body_too_large_that_does_not_say_so(jeton):
    head = b"POST /sign-in HTTP/1.1\r\nHost: jeton\r\nConnection: close\r\nTransfer-Encoding: chunked\r\n\r\n"
    chunk = b"10000\r\n" + b"x" * 65536 + b"\r\n"
    assert send(jeton, head, *[chunk] * 100, b"0\r\n\r\n")[0] == 413


@pytest.mark.parametrize(
    "name, request_line",
    [
        ("no HTTP at all", b"hello\r\n\r\n"),
        ("a TLS handshake", bytes.fromhex("16030100c8010000c40303") + bytes(200) + b"\r\n\r\n"),
        ("a version of the future", b"GET / HTTP/9.9\r\n\r\n"),
        ("a length that is no number", b"POST /sign-in HTTP/1.1\r\nHost: a\r\nContent-Length: x\r\n\r\n"),
        ("a negative length", b"POST /sign-in HTTP/1.1\r\nHost: a\r\nContent-Length: -1\r\n\r\n"),
        ("a length beyond all numbers",
         b"POST /sign-in HTTP/1.1\r\nHost: a\r\nContent-Length: 99999999999999999999999\r\n\r\n"),
        ("a NUL in the target", b"GET /\0 HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_what_is_no_request(jeton, token, name, request_line):
    with socket.create_connection(("127.0.0.1", jeton.port), timeout=10) as connection:
        connection.sendall(request_line)
        connection.shutdown(socket.SHUT_WR)
        data = b""
        try:
            while piece := connection.recv(65536):
                data += piece
        except ConnectionResetError:
            pass
    # An answer that says so, or none.
    assert data == b"" or data.startswith((b"HTTP/1.1 4", b"HTTP/1.1 505 ")), data[:100]
    assert jeton.status(token) == 200


@pytest.mark.parametrize("path", ["/%", "/%zz", "/%00", "/tokens/%ff", "/../etc/passwd",
                                  "//", "/api/v1/tokens/x", "/welcome?code=%00", "/?return_to=//x",
                                  "/assets/../jeton", "/admin/people/0/suspend"])
def test_odd_addresses(jeton, path):
    assert send(jeton, get(path=path))[0] < 500


@pytest.mark.parametrize("service", ["nothing", "MAVEN", "maven2", "jeton", "%6daven", "maven%2f", "", "/"])
def test_an_unknown_service(jeton, token, service):
    status, headers, body = send(jeton, get(f"Authorization: Bearer {token}", path=f"/verify/{service}"))
    assert (status, headers["x-jeton-reason"]) == (500, "unknown_service")
    assert body == "no service of this name is configured at the token desk; ask your administrator\n"


# The JSON API

@pytest.fixture(scope="module")
def api(jeton):
    return jeton.api("bad input, managing")


def problem(answer, status):
    """The problem details of a refusal (RFC 9457)."""
    assert answer.status_code == status, answer.text
    assert answer.headers["Content-Type"].split(";")[0] == "application/problem+json"
    details = answer.json()
    assert details["status"] == status and details["title"]
    return details


@pytest.mark.parametrize(
    "text, line, column",
    [
        ('{"name": "a",}', 1, 14),
        ('{"name":\n  x}', 2, 3),
        ('{"name": "a"', 1, 12),
        ("\n", 2, None),
        ("[" * 50_000, 1, None),
        ('{"name": "\\ud800"}', 1, None),
        ('{"name": "a", "name": "b"}', 1, None),
        (b'{"name": "\xff"}', 1, None),
        ('{"name": "a\\u0000b"}', 1, None),
    ],
    ids=["comma", "word", "cut off", "empty", "deep", "half a surrogate", "twice", "no UTF-8", "NUL"],
)
def test_invalid_json_is_refused_with_the_place(api, text, line, column):
    answer = api.session.post(f"{api.url}/tokens", data=text, headers={"Content-Type": "application/json"})
    details = problem(answer, 400)
    assert f"line {line}" in details["detail"], details
    if column:
        assert "column" in details["detail"], details


@pytest.mark.parametrize(
    "fields, field, words",
    [
        ({}, "name", "is missing"),
        ({"name": None}, "name", ""),
        ({"name": 7}, "name", ""),
        ({"name": ""}, "name", "must not be empty"),
        ({"name": "  \t "}, "name", "must not be empty"),
        ({"name": "x" * 101}, "name", "at most 100 characters"),
        ({"name": "a\nb"}, "name", "control characters"),
        ({"name": "a\u202eb"}, "name", "direction"),
        ({"name": "a\u200bb"}, "name", "invisible"),
        ({"name": "a", "scopes": ["nothing"]}, "scopes", "unknown scope “nothing”"),
        ({"name": "a", "scopes": ["maven:admin"]}, "scopes", "unknown scope"),
        ({"name": "a", "scopes": ["jeton:manage"]}, "scopes", "only by a person who is signed in"),
        ({"name": "a", "scopes": "maven"}, "scopes", ""),
        ({"name": "a", "scopes": ["maven:read"] * 1000}, "scopes", ""),
        ({"name": "a", "expires_at": "2001-01-01T00:00:00Z"}, "expires_at", "future"),
        ({"name": "a", "expires_at": "tomorrow"}, "expires_at", ""),
        ({"name": "a", "expires_at": 1e300}, "expires_at", ""),
        ({"name": "a", "expires_at": "9999-12-31T23:59:59Z"}, "expires_at", "hundred years"),
    ],
    ids=lambda value: json.dumps(value)[:50] if isinstance(value, dict) else "",
)
def test_a_bad_field_is_named(api, fields, field, words):
    details = problem(api.session.post(f"{api.url}/tokens", json=fields), 422)
    faults = {fault["field"]: fault["detail"] for fault in details["errors"]}
    assert words in faults[field], details


def test_a_name_is_taken_once(api):
    api.create("Taken")
    details = problem(api.session.post(f"{api.url}/tokens", json={"name": "taken"}), 422)
    assert [fault["field"] for fault in details["errors"]] == ["name"]


# What is slow

def test_a_client_that_never_ends_its_request_is_let_go(tmp_path):
    """A thousand of them do not keep others out."""
    with Jeton(tmp_path) as jeton:
        jeton.add_user("alice")
        token = jeton.make_token("patient")
        slow = []
        for _ in range(300):
            connection = socket.create_connection(("127.0.0.1", jeton.port))
            try:
                connection.sendall(b"GET /verify/maven HTTP/1.1\r\nHost: ")
            except (BrokenPipeError, ConnectionResetError):
                pass  # one too many from this address
            slow.append(connection)
        for connection in slow[-50:]:
            connection.close()
        time.sleep(0.2)
        answer = requests.get(f"{jeton.url}/verify/maven", headers={"Authorization": basic("", token)}, timeout=10)
        assert answer.status_code == 200
        for connection in slow:
            connection.close()
