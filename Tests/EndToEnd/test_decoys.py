"""Decoys: they work nowhere, are answered as unknown tokens are, and tell within a second who tried them."""

import json
import socket
import statistics
import struct
import time

import pytest
import requests

from jeton import basic, desk_of, hidden_fields, make_secret, wait_for

SERVICE = "s" * 40


@pytest.fixture(scope="module")
def desk(tmp_path_factory):
    folder = tmp_path_factory.mktemp("files")
    (folder / "secret").write_text(SERVICE)
    config = f"""
trusted_proxies: [127.0.0.0/8]
services:
  maven: {{ title: Maven, secret_file: {folder}/secret, saslauthd: {{ socket: {folder}/mux }} }}
  git: {{ title: Git, kind: git }}
"""
    with desk_of(tmp_path_factory, config, ("alice", "--admin"), "bruno") as server:
        server.mux = folder / "mux"
        yield server


@pytest.fixture(scope="module")
def decoy(desk):
    return desk.make_token("in the wiki", "--decoy")


def events(desk, kind="decoy_tried"):
    return [json.loads(line) for line in desk.run("events", "--kind", kind, "--json").stdout.splitlines()]


def raw(desk, method, path, headers, body=b"", address="198.51.100.1"):
    """The whole answer, byte for byte, but for the date."""
    with socket.create_connection((desk.host, desk.port), timeout=10) as connection:
        lines = [f"{method} {path} HTTP/1.1", f"Host: {desk.address}", f"X-Forwarded-For: {address}", "Connection: close",
                 f"Content-Length: {len(body)}", *(f"{name}: {value}" for name, value in headers.items()), "", ""]
        connection.sendall("\r\n".join(lines).encode() + body)
        answer = b""
        while piece := connection.recv(65536):
            answer += piece
    return b"\r\n".join(line for line in answer.split(b"\r\n") if not line.lower().startswith(b"date:"))


def saslauthd(desk, secret):
    def counted(text):
        return struct.pack("!H", len(text)) + text.encode()
    with socket.socket(socket.AF_UNIX) as connection:
        connection.settimeout(10)
        connection.connect(str(desk.mux))
        connection.sendall(counted("alice") + counted(secret) + counted("imap") + counted(""))
        return connection.recv(1000)


ASKED = {
    "verify": lambda desk, secret: raw(desk, "GET", "/verify/maven", {"Authorization": f"Bearer {secret}"}),
    "verify with a login": lambda desk, secret: raw(desk, "PUT", "/verify/git", {"Authorization": basic("alice", secret)}),
    "introspection": lambda desk, secret: raw(
        desk, "POST", "/oauth/introspect",
        {"Authorization": basic("maven", SERVICE), "Content-Type": "application/x-www-form-urlencoded"},
        f"token={secret}".encode()),
    "revocation": lambda desk, secret: raw(
        desk, "POST", "/oauth/revoke", {"Content-Type": "application/x-www-form-urlencoded"}, f"token={secret}".encode()),
    "the API": lambda desk, secret: raw(desk, "GET", "/api/v1/me", {"Authorization": f"Bearer {secret}"}),
    "creating by the API": lambda desk, secret: raw(
        desk, "POST", "/api/v1/tokens", {"Authorization": f"Bearer {secret}", "Content-Type": "application/json"},
        b'{"name":"x"}'),
    "rotating": lambda desk, secret: raw(desk, "POST", "/api/v1/tokens/self/rotate", {"Authorization": f"Bearer {secret}"}),
    "SCIM": lambda desk, secret: raw(desk, "GET", "/scim/v2/Users", {"Authorization": f"Bearer {secret}"}),
    "leaks": lambda desk, secret: raw(
        desk, "POST", "/leaks", {"Authorization": f"Bearer {secret}", "Content-Type": "application/json"}, b"[]"),
    "saslauthd": saslauthd,
}


@pytest.mark.parametrize("what", ASKED)
def test_a_decoy_is_answered_as_unknown_byte_for_byte(desk, decoy, what):
    unknown, answer = (ASKED[what](desk, secret) for secret in (make_secret(), decoy))
    assert answer == unknown
    assert decoy.encode() not in answer


def test_the_time_is_the_same(desk, decoy, capsys):
    """Not asserted tightly: this machine does other things, too."""
    times = {"decoy": [], "unknown": []}
    for number in range(400):
        for name in times:
            secret = decoy if name == "decoy" else make_secret()
            begun = time.perf_counter()
            # Each from an address of its own, so that nobody is slowed for guessing.
            raw(desk, "GET", "/verify/maven", {"Authorization": f"Bearer {secret}"}, address=f"10.9.{number // 250}.{number % 250}")
            times[name].append(time.perf_counter() - begun)
    medians = {name: statistics.median(taken) * 1e6 for name, taken in times.items()}
    with capsys.disabled():
        print(f"\nmedian: decoy {medians['decoy']:.0f} µs, unknown {medians['unknown']:.0f} µs")
    assert abs(medians["decoy"] - medians["unknown"]) < 0.25 * medians["unknown"]


def test_a_try_is_an_event_within_a_second(desk):
    secret = desk.make_token("in a .netrc", "--decoy", user="bruno")
    headers = {"Authorization": basic("bruno", secret), "User-Agent": "curl/8.5.0"}
    begun = time.monotonic()
    raw(desk, "GET", "/verify/git", headers, address="203.0.113.77")
    event = wait_for(lambda: [one for one in events(desk) if "in a .netrc" in one["detail"]], seconds=5)[0]
    took = time.monotonic() - begun
    assert took < 2, "a second, and a command to look"
    assert event["address"] == "203.0.113.77" and event["detail"] == "in a .netrc, tried at git by curl 8.5.0"
    assert event["subject"]["login"] == "bruno" if isinstance(event["subject"], dict) else event["subject"]
    # The same network and client is no news on the same day; another one is.
    for _ in range(3):
        raw(desk, "GET", "/verify/git", headers, address="203.0.113.77")
    raw(desk, "GET", "/verify/maven", {**headers, "User-Agent": "Go-http-client/1.1"}, address="203.0.113.77")
    wait_for(lambda: len([one for one in events(desk) if "in a .netrc" in one["detail"]]) == 2, seconds=5)
    listed = json.loads(desk.run("decoy", "list", "--user", "bruno", "--json").stdout)
    assert [one["tries"] for one in listed if one["name"] == "in a .netrc"] == [5]
    assert listed[0]["last_try"]["address"] == "203.0.113.77"
    assert secret not in desk.whole_log() and secret not in desk.run("events", "--json").stdout


def test_a_decoy_is_no_token(desk, decoy):
    listed = json.loads(desk.run("decoy", "list", "--json").stdout)
    id = next(one["id"] for one in listed if one["name"] == "in the wiki")
    for command in (["token", "rotate"], ["token", "pause", "--for", "1h"], ["token", "resume"], ["token", "revoke"],
                    ["token", "show"]):
        result = desk.run(*command, "--id", id, check=False)
        assert result.returncode != 0 and "no such token" in result.stderr.lower(), (command, result)
    assert "in the wiki" not in desk.run("token", "list").stdout
    for options in (["--scope", "maven"], ["--expires", "1d"], ["--from", "10.0.0.0/8"]):
        result = desk.run("token", "create", "--user", "alice", "--name", "x", "--decoy", *options, check=False)
        assert result.returncode == 2 and "a decoy works nowhere" in result.stderr


def test_by_the_api(desk):
    token = desk.make_token("decoy manager", "--scope", "jeton:manage")
    headers = {"Authorization": f"Bearer {token}"}
    made = requests.post(f"{desk.url}/api/v1/decoys", json={"name": "in a repository"}, headers=headers)
    assert made.status_code == 201 and desk.status(made.json()["secret"]) == 401
    listed = requests.get(f"{desk.url}/api/v1/decoys", headers=headers).json()["decoys"]
    assert "in a repository" in [one["name"] for one in listed] and all("secret" not in one for one in listed)
    assert requests.post(f"{desk.url}/api/v1/decoys", json={"name": ""}, headers=headers).status_code == 422
    other = desk.make_token("another manager", "--scope", "jeton:manage", user="bruno")
    path = f"{desk.url}/api/v1/decoys/{made.json()['id']}"
    assert requests.delete(path, headers={"Authorization": f"Bearer {other}"}).status_code == 404
    assert requests.delete(path, headers=headers).status_code == 204
    before = len(events(desk))
    desk.status(made.json()["secret"])
    time.sleep(1)
    assert len(events(desk)) == before, "a revoked one tells nothing"


def test_on_the_pages(desk):
    session = desk.sign_in()
    page = session.get(desk.url + "/decoys").text
    answer = session.post(desk.url + "/decoys", data={**hidden_fields(page, "/decoys"), "name": "on a page"},
                          headers={"Origin": desk.url})
    assert "Your decoy is ready" in answer.text
    secret = answer.text.split('id="secret"')[1].split(">")[1].split("<")[0]
    assert desk.status(secret) == 401
    assert session.get(answer.url).status_code == 410
    wait_for(lambda: "Never tried" not in session.get(desk.url + "/decoys").text.split("on a page")[1].split("</tr>")[0])
    everybody = session.get(desk.url + "/admin/decoys").text
    assert "on a page" in everybody and "in a .netrc" in everybody
    assert "tried a decoy" in session.get(desk.url + "/admin/events").text
    id = answer.url.split("/decoys/")[1].split("/")[0]
    fields = hidden_fields(everybody, f"/admin/decoys/{id}/revoke")
    done = session.post(f"{desk.url}/admin/decoys/{id}/revoke", data=fields, headers={"Origin": desk.url})
    assert "Decoy “on a page” revoked" in done.text
    assert desk.sign_in("bruno").get(desk.url + "/admin/decoys").status_code == 403
