"""Programs whose `client_id` is the https address of their metadata, at a real server with its own certificate.

The desk takes such documents only from public addresses. The tests therefore run in a network of their own, in which a
public address is this machine: the file runs itself once more there.
"""

import json
import os
import ssl
import subprocess
import sys
import tempfile
import threading
import time
from http.server import BaseHTTPRequestHandler
from pathlib import Path

import pytest
import requests

from agents import Agent, Asked, Callback, Streaming, notes
from consent import person
from jeton import BINARY, Jeton
from proxies import PROXIES
from service import Listening, Server

PUBLIC = "93.184.215.14"
# What the names of the tests are: the resolver reads it.
HOSTS = f"""
127.0.0.1       localhost
{PUBLIC}        agent.example.com slow.example.com
127.0.0.1       inside.example.com
169.254.169.254 cloud.example.com
10.0.0.7        office.example.com
::ffff:127.0.0.1 mapped.example.com
::1             six.example.com
{PUBLIC}        both.example.com
127.0.0.1       both.example.com
"""
CONFIG = """
services:
  notes: { title: Notes, url: "http://127.0.0.1:PORT/mcp" }
oauth:
  client_metadata: POLICY
"""


def test_documents_in_a_network_of_their_own():
    as_root = [] if os.geteuid() == 0 else ["--map-root-user"]
    # A short folder: a socket's path has at most 107 bytes.
    with tempfile.TemporaryDirectory(prefix="apart") as folder:
        result = subprocess.run(
            ["unshare", *as_root, "--net", "--mount", sys.executable, "-m", "pytest", "-p", "no:cacheprovider",
             "--override-ini=python_functions=apart_", f"--basetemp={folder}/t", __file__],
            env={**os.environ, "JETON": str(BINARY)}, cwd=Path(__file__).parent, capture_output=True, text=True,
            timeout=500)
    assert result.returncode == 0, result.stdout[-8000:] + result.stderr[-2000:]
    assert " passed" in result.stdout


@pytest.fixture(scope="module")
def network(tmp_path_factory):
    """Loopback, and the public address on it; names and certificates of this test."""
    folder = tmp_path_factory.mktemp("network")

    def run(*command):
        subprocess.run(command, check=True, capture_output=True, timeout=20, cwd=folder)

    run("ip", "link", "set", "lo", "up")
    run("ip", "address", "add", f"{PUBLIC}/32", "dev", "lo")
    (folder / "hosts").write_text(HOSTS)
    run("mount", "--bind", folder / "hosts", "/etc/hosts")
    names = ",".join(f"DNS:{name}.example.com" for name in (
        "agent", "slow", "inside", "cloud", "office", "mapped", "six", "both"))
    run("openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2",
        "-subj", "/CN=test", "-addext", f"subjectAltName={names}", "-keyout", "key.pem", "-out", "certificate.pem")
    run("mount", "--bind", folder / "certificate.pem", "/etc/ssl/certs/ca-certificates.crt")
    return folder


@pytest.fixture(scope="module")
def web(network):
    """All that is at these hosts, at the public address and at loopback: what was asked for is in `seen`."""
    with Web(PUBLIC, network) as public, Web("127.0.0.1", network) as private:
        public.private = private
        yield public


@pytest.fixture(scope="module")
def places(tmp_path_factory, network):
    folder = tmp_path_factory.mktemp("mcp")
    with notes(tmp_path_factory.mktemp("notes")) as server:
        # A proxy of the environment would look names up itself: it is not there, and not asked.
        desk = Jeton(folder, config=folder / "jeton.yaml", environment={
            "https_proxy": "http://127.0.0.1:9", "HTTPS_PROXY": "http://127.0.0.1:9", "ALL_PROXY": "http://127.0.0.1:9"})
        nginx = next(proxy for proxy in PROXIES if proxy.name == "nginx")
        front = Streaming(nginx, folder / "nginx", jeton=desk.port, service=server, name="notes")
        (folder / "jeton.yaml").write_text(CONFIG.replace("PORT", str(front.port)).replace("POLICY", "any"))
        with desk:
            desk.add_user("alice")
            for number in range(4):
                desk.add_user(f"user{number}")
            with front:
                yield desk, front


@pytest.fixture(scope="module")
def desk(places):
    return places[0]


def apart_the_official_client_is_known_by_its_document(places, web):
    desk, front = places
    with Callback() as callback, person(desk.url, arguments=["--disable-background-networking"]) as browser:
        alice = Asked(browser)
        # The document says any port of loopback.
        web.document("/agent.json", redirect_uris=["http://127.0.0.1/callback"])
        agent = Agent(
            front.url + "/mcp", alice, callback, name="another name", metadata_url="https://agent.example.com/agent.json")
        assert agent.whoami()["remote-user"] == "alice"
        assert agent.asked["client_id"] == ["https://agent.example.com/agent.json"]
        assert "Example agent (agent.example.com)" in browser_heading(alice)
        assert "by agent.example.com, which chose this name" in alice.pages[-1]
        assert agent.storage.tokens.access_token.startswith("jtn_")
    assert web.seen.count("/agent.json") == 1, "once, and not again to redeem the code"


def apart_nothing_is_fetched_for_somebody_who_is_not_signed_in(desk, web):
    web.document("/stranger.json")
    for _ in range(3):
        answer = requests.get(desk.url + request("https://agent.example.com/stranger.json"), timeout=20)
        assert "/sign-in" in answer.text
    assert "/stranger.json" not in web.seen


def apart_what_lies_is_refused_without_a_word_of_it(desk, web):
    # Each may have ten fetched.
    people = [desk.sign_in(f"user{number}") for number in range(3)]
    for number, (path, host, change, sentence) in enumerate(LIES):
        identifier = f"https://{host}.example.com{path}"
        web.answer(path, change, identifier)
        seen, private = len(web.seen), len(web.private.seen)
        began = time.monotonic()
        answer = people[number // 8].get(desk.url + request(identifier), timeout=60)
        assert answer.status_code == 400, identifier
        assert sentence in answer.text, (identifier, answer.text)
        for word in ("Example agent", "evil", "http-equiv", "169.254", "127.0.0.1:9"):
            assert word not in answer.text.replace(identifier, ""), (identifier, word)
        assert time.monotonic() - began < 15
        assert len(web.private.seen) == private, "nothing inside is asked"
        assert len(web.seen) <= seen + 1, "and nobody twice"
    log = desk.whole_log()
    assert "evil" not in log and "Example agent" not in log


def apart_a_person_can_have_ten_fetched_in_ten_minutes(desk, web):
    session = desk.sign_in("user3")
    told = [
        "Too many programs were looked up" in session.get(
            desk.url + request(f"https://inside.example.com/{number}.json"), timeout=20).text
        for number in range(12)]
    assert told[-2:] == [True, True] and told[0] is False


def apart_only_hosts_that_the_operator_names_are_asked(tmp_path, web):
    web.document("/named.json")
    for number, (policy, allowed) in enumerate(
            [("[agent.example.com]", True), ("[other.example.com]", False), ("off", False)]):
        folder = tmp_path / str(number)
        folder.mkdir()
        config = folder / "jeton.yaml"
        config.write_text(CONFIG.replace("PORT", "1").replace("POLICY", policy))
        with Jeton(folder, config=config) as desk:
            desk.add_user("alice")
            seen = web.seen.count("/named.json")
            page = desk.sign_in().get(desk.url + request("https://agent.example.com/named.json"), timeout=20)
            assert ("Example agent (agent.example.com)" in page.text) is allowed
            assert web.seen.count("/named.json") == seen + allowed
            metadata = requests.get(desk.url + "/.well-known/oauth-authorization-server", timeout=20).json()
            assert ("client_id_metadata_document_supported" in metadata) is (policy != "off")
            assert "registration_endpoint" not in metadata


def browser_heading(asked):
    return asked.pages[-1].split("have a token?")[0]


def request(identifier):
    return (f"/oauth/authorize?response_type=code&client_id={identifier}&redirect_uri=http://127.0.0.1:1/callback"
            f"&code_challenge=E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM&code_challenge_method=S256&scope=notes:write")


def document(identifier, **members):
    return {"client_id": identifier, "client_name": "Example agent", "redirect_uris": ["http://127.0.0.1/callback"],
            "token_endpoint_auth_method": "none", **members}


# A path, the host, what is there, and what the person reads.
LIES = [
    ("/other.json", "agent", {"client_id": "https://evil.example.com/other.json"}, "its client_id is another address"),
    ("/redirect.json", "agent", {"redirect_uris": ["https://evil.example.com/"]}, "not registered with"),
    ("/port.json", "agent", {"redirect_uris": ["http://localhost/callback"]}, "not registered with"),
    ("/none.json", "agent", {"redirect_uris": ["http://evil.example.com/"]}, "redirect_uris needs an https address"),
    ("/secret.json", "agent", {"token_endpoint_auth_method": "client_secret_post"}, "the only token_endpoint_auth_method"),
    ("/large.json", "agent", "large", "too large"),
    ("/moved.json", "agent", "moved", "redirects are not followed"),
    ("/page.json", "agent", "page", "no JSON"),
    ("/missing.json", "agent", "missing", "not 200"),
    ("/slow.json", "slow", "slow", "within 5 seconds"),
    ("/drip.json", "slow", "drip", "within 5 seconds"),
    ("/inside.json", "inside", {}, "in a private network"),
    ("/cloud.json", "cloud", {}, "in a private network"),
    ("/office.json", "office", {}, "in a private network"),
    ("/mapped.json", "mapped", {}, "in a private network"),
    ("/six.json", "six", {}, "in a private network"),
    ("/both.json", "both", {}, "in a private network"),
    ("/nowhere.json", "nowhere", {}, "cannot be reached"),
    ("/x.json", "agent.example.com:8443/..%2f.agent", {}, "does not know the program"),
]


class Web(Listening):
    """An https server at port 443 of an address."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self):
            web = self.server.web
            web.seen.append(self.path)
            body = web.bodies.get(self.path, "missing")
            moved = {"Location": "https://agent.example.com/agent.json"} if body == "moved" else {}
            status, kind, content = {
                "large": (200, "application/json", json.dumps(document("x", filling="x" * 5_000_000))),
                "drip": (200, "application/json", " " * 1000),
                "moved": (302, "application/json", "{}"), "missing": (404, "application/json", "{}"),
                "page": (200, "text/html", "<meta http-equiv=refresh content='0; url=https://evil.example.com/'>"),
            }.get(body, (200, "application/json", body))
            if body == "slow":
                web.ended.wait(12)
            self.send_response(status)
            for name, value in {"Content-Type": kind, "Content-Length": str(len(content)), **moved}.items():
                self.send_header(name, value)
            self.end_headers()
            if body == "drip":
                for byte in b" " * 24:
                    self.wfile.write(bytes([byte]))
                    if web.ended.wait(0.5):
                        break
            self.wfile.write(content.encode())

        def log_message(self, *_):
            pass

    class Tolerant(Server):
        def handle_error(self, *_):
            pass  # the desk hangs up where it has read enough

    def __init__(self, address, folder):
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(folder / "certificate.pem", folder / "key.pem")
        self.server = self.Tolerant((address, 443), self.Handler)
        self.server.socket = context.wrap_socket(self.server.socket, server_side=True, do_handshake_on_connect=False)
        self.server.web = self
        self.seen, self.bodies, self.ended = [], {}, threading.Event()

    def document(self, path, **members):
        self.bodies[path] = json.dumps(document(f"https://agent.example.com{path}", **members))

    def answer(self, path, change, identifier):
        for web in (self, self.private):
            web.bodies[path] = change if isinstance(change, str) else json.dumps({**document(identifier), **change})

    def __exit__(self, *error):
        self.ended.set()
        super().__exit__(*error)
