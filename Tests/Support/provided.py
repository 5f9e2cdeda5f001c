"""A desk whose people sign in through an identity provider, and programs that are such providers."""

import json
import os
import subprocess
import sys
from http.server import BaseHTTPRequestHandler
from pathlib import Path

import requests

from jeton import Jeton, accepts, free_port, wait_for
from service import Listening, Server


def provided_desk(folder, issuer, secret, sign_in=None, services=None, **oidc):
    """The desk `jeton` at that provider, not started yet.

    `sign_in`, `services` and `oidc` are added to these sections.
    """
    jeton = Jeton(folder, config=Path(folder) / "jeton.yaml")
    secret_file = Path(folder) / "client-secret"
    secret_file.write_text(secret + "\n")
    provider = {"issuer": issuer, "client_id": "jeton", "client_secret_file": str(secret_file), **oidc}
    jeton.config.write_text(json.dumps({  # JSON is YAML, too
        "public_url": jeton.url,
        "sign_in": {**(sign_in or {}), "oidc": provider},
        "services": {"maven": {"title": "Maven private repository"}, **(services or {})},
    }))
    return jeton


class Provider:
    """A program that signs people in, on a free loopback port, with its state and its log in `folder`.

    Subclasses define `command`, which runs it, and `prepare`, which creates its state once.
    """

    environment = None

    def __init__(self, folder):
        self.folder = Path(folder)
        self.folder.mkdir(parents=True, exist_ok=True)
        self.log = self.folder / "provider.log"
        self.port = free_port()
        self.process = None
        self.is_prepared = False

    def start(self):
        """Starts it, and returns once it answers."""
        if not self.is_prepared:
            self.prepare()
            self.is_prepared = True
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                self.command, cwd=self.folder, env=self.environment, stdin=subprocess.DEVNULL, stdout=log,
                stderr=log)
        wait_for(self._is_ready, seconds=60)
        return self

    def _is_ready(self):
        assert self.process.poll() is None, f"the provider ended by itself:\n{self.log.read_text()}"
        return accepts(self.port)

    def stop(self):
        self.process.terminate()
        try:
            self.process.wait(timeout=15)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        self.process = None

    def __enter__(self):
        return self.start()

    def __exit__(self, *_):
        if self.process:
            self.stop()


class MockProvider(Provider):
    """oidc-provider-mock, where a click selects the person; `people` are the claims of each."""

    environment = {**os.environ, "AUTHLIB_INSECURE_TRANSPORT": "1"}

    def __init__(self, folder, people):
        super().__init__(folder)
        self.people = people

    @property
    def issuer(self):
        return f"http://127.0.0.1:{self.port}"

    @property
    def command(self):
        told = [word for person in self.people for word in ("--user-claims", json.dumps(person))]
        return [sys.executable, "-m", "oidc_provider_mock", "--port", str(self.port), "--require-nonce", "true", *told]

    def prepare(self):
        pass


class _Forwarding(BaseHTTPRequestHandler):
    def answer(self):
        flaws = self.server.flaws
        path = self.path.split("?")[0]
        length = int(self.headers.get("Content-Length") or 0)
        body = self.rfile.read(length)
        if path in flaws.answers:
            status, kind, content = flaws.answers[path]
            return self.send(status, {"Content-Type": kind}, content)
        # With the original Host, so that the provider uses this server's address.
        answer = requests.request(
            self.command, f"http://127.0.0.1:{flaws.provider}{self.path}", headers=dict(self.headers), data=body,
            allow_redirects=False, timeout=30)
        content = answer.content
        if path.endswith("/.well-known/openid-configuration"):
            content = json.dumps({**answer.json(), **flaws.discovery}).encode()
        kept = {name: value for name, value in answer.headers.items()
                if name.lower() in ("content-type", "location", "set-cookie", "cache-control")}
        self.send(answer.status_code, kept, content)

    do_GET = do_POST = answer

    def send(self, status, headers, content):
        self.send_response(status)
        for name, value in {**headers, "Content-Length": str(len(content))}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, *_):
        pass


class Flaws(Listening):
    """A proxy in front of a provider at the port `provider` that changes some answers, or its discovery.

    `answers` are status, media type and body by path; `discovery` replaces members of that document.
    """

    def __init__(self, provider):
        self.provider = provider
        self.answers = {}
        self.discovery = {}
        self.server = Server(("127.0.0.1", 0), _Forwarding)
        self.server.flaws = self
        self.url = f"http://127.0.0.1:{self.port}"


def through_mock(desk, sub):
    """Signs the person with that `sub` in through oidc-provider-mock; returns the desk's last answer and the session."""
    session = requests.Session()
    away = session.get(desk.url + "/sign-in/oidc", allow_redirects=False, timeout=30)
    assert away.status_code == 302, away.text
    back = session.post(away.headers["Location"], data={"sub": sub}, allow_redirects=False, timeout=30)
    return session.get(back.headers["Location"], allow_redirects=False, timeout=30), session


def through_glewlwyd(desk, glewlwyd, login, password):
    """The same through Glewlwyd, without its pages, which need scripts."""
    there = glewlwyd.sign_in(login, password)
    glewlwyd.allow(there, "jeton")
    here = requests.Session()
    away = here.get(desk.url + "/sign-in/oidc", allow_redirects=False, timeout=30)
    back = there.get(away.headers["Location"] + "&g_continue", allow_redirects=False, timeout=30)
    return here.get(back.headers["Location"], allow_redirects=False, timeout=30), here
