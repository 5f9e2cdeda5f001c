"""The desk itself behind nginx, Caddy and Traefik with TLS: every block of its page, run as it stands."""

import base64
import hashlib
import json
import os
import re
import shutil
import subprocess
import time
from contextlib import contextmanager
from urllib.parse import urlsplit

import pytest
import requests
from requests.adapters import HTTPAdapter
from selenium.webdriver.common.by import By
from urllib3.util import connection as urllib3_connection

from browser import TOKEN, Browser
from jeton import PASSWORD, ROOT, Jeton, accepts, free_port, hidden_fields, wait_for
from proxies import BIN, NGINX

PAGE = (ROOT / "docs/operate/behind-a-proxy.md").read_text()
NAME = "tokens.example.com"
CLIENT = "127.0.0.7"  # not trusted as the proxy's address is

PROXIES = {
    "nginx": ("jeton.conf", lambda folder: ["nginx", "-e", "stderr", "-p", folder, "-c", folder / "nginx.conf"]),
    "caddy-2.6": ("Caddyfile", lambda folder: ["/usr/bin/caddy", "run", "--config", folder / "Caddyfile"]),
    "caddy-2.11": ("Caddyfile", lambda folder: [BIN / "caddy", "run", "--config", folder / "Caddyfile"]),
    "traefik": ("traefik.yaml", lambda folder: [BIN / "traefik", f"--configfile={folder}/traefik.yaml"]),
}


def block(name):
    found = re.findall(rf"```\w+\n(# {re.escape(name)}\n.*?)```", PAGE, re.S)
    assert len(found) == 1, name
    return found[0]


class Front:
    """A desk whose own page's proxy stands before it, on free ports in place of 80 and 443."""

    def __init__(self, kind, folder):
        self.kind, self.folder = kind, folder
        self.plain, self.secure = free_port(), free_port()
        folder.mkdir(exist_ok=True)
        self.certificate, self.key = folder / "tokens.pem", folder / "tokens.key"
        subprocess.run(
            ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2",
             "-subj", f"/CN={NAME}", "-addext", f"subjectAltName=DNS:{NAME}", "-keyout", self.key,
             "-out", self.certificate], check=True, capture_output=True)
        config = folder / "jeton.yaml"
        config.write_text(self.written("jeton.yaml") + "services: { maven: }\n")
        self.desk = Jeton(folder / "desk", config=config)
        (folder / "desk").mkdir(exist_ok=True)

    @property
    def pin(self):
        """By which Chromium knows the certificate's key."""
        key = subprocess.run(
            ["openssl", "x509", "-in", self.certificate, "-pubkey", "-noout"], capture_output=True, check=True).stdout
        der = subprocess.run(
            ["openssl", "pkey", "-pubin", "-outform", "DER"], input=key, capture_output=True, check=True).stdout
        return base64.b64encode(hashlib.sha256(der).digest()).decode()

    @property
    def url(self):
        return f"https://{NAME}:{self.secure}"

    def written(self, name):
        text = block(name)
        if name == "jeton.yaml":
            return text.replace(f"https://{NAME}", self.url)
        text = text.replace("127.0.0.1:8080", self.desk.address)
        text = text.replace("/etc/ssl", str(self.folder)).replace("/etc/traefik", str(self.folder))
        text = re.sub(r"(listen |address: :)443", lambda found: self._at(found[1], self.secure), text)
        return re.sub(r"(listen |address: :)80\b", lambda found: self._at(found[1], self.plain), text)

    @staticmethod
    def _at(what, port):
        return f"{what.removesuffix(':')}127.0.0.1:{port}"

    def __enter__(self):
        self.desk.start()
        first, command = PROXIES[self.kind]
        for name in [first] + (["desk.yaml"] if self.kind == "traefik" else []):
            (self.folder / name).write_text(self.written(name))
        (self.folder / "nginx.conf").write_text(NGINX)
        if first == "Caddyfile":
            ports = f"{{\n\thttp_port {self.plain}\n\thttps_port {self.secure}\n\tdefault_bind 127.0.0.1\n}}\n"
            (self.folder / first).write_text(ports + self.written(first))
        self.log = self.folder / "proxy.log"
        with self.log.open("wb") as log:
            self.process = subprocess.Popen(
                command(self.folder), stdin=subprocess.DEVNULL, stdout=log, stderr=log, cwd=self.folder,
                env={"PATH": os.environ["PATH"], "HOME": str(self.folder),
                     "CADDY_ADMIN": f"127.0.0.1:{free_port()}"})
        wait_for(self._is_ready, seconds=60)
        return self

    def _is_ready(self):
        assert self.process.poll() is None, self.log.read_text()
        if not (accepts(self.plain) and accepts(self.secure)):
            return False
        with self.client() as session:
            try:
                return session.get(self.url + "/", timeout=20).status_code == 200
            except requests.exceptions.SSLError:  # Traefik has another certificate until it has read its files
                return False

    def __exit__(self, *_):
        self.process.terminate()
        self.process.wait(timeout=20)
        self.desk.__exit__()

    @contextmanager
    def client(self, source=CLIENT):
        """A session of somebody at `source` for whom the name leads here."""

        class Here(HTTPAdapter):
            def init_poolmanager(self, *arguments, **options):
                super().init_poolmanager(*arguments, source_address=(source, 0), **options)

        real = urllib3_connection.create_connection
        urllib3_connection.create_connection = lambda address, *rest, **options: real(
            ("127.0.0.1", address[1]), *rest, **options)
        try:
            with requests.Session() as session:
                session.mount("https://", Here())
                session.verify, session.trust_env = str(self.certificate), False
                yield session
        finally:
            urllib3_connection.create_connection = real

    def shell(self, command, token):
        """Runs a line of the page, with a curl for which the name leads here."""
        tools = self.folder / "bin"
        tools.mkdir(exist_ok=True)
        (tools / "curl").write_text(
            f'#!/bin/sh\nexec {shutil.which("curl")} --cacert {self.certificate} --max-time 60 '
            f'--connect-to {NAME}:443:127.0.0.1:{self.secure} --connect-to {NAME}:80:127.0.0.1:{self.plain} "$@"\n')
        (tools / "curl").chmod(0o755)
        return subprocess.run(
            ["bash", "-c", command], capture_output=True, text=True, timeout=120, check=True,
            env={"PATH": f"{tools}:{os.environ['PATH']}", "TOKEN": token, "LC_ALL": "C.UTF-8"}).stdout


@pytest.fixture(scope="module", params=PROXIES)
def front(request, tmp_path_factory):
    with Front(request.param, tmp_path_factory.mktemp(request.param)) as front:
        front.desk.add_user("alice", "--admin")
        yield front


def sign_in(front, session, origin=None):
    page = session.get(front.url + "/", timeout=30)
    return session.post(
        front.url + "/sign-in", data={**hidden_fields(page.text, "/sign-in"), "login": "alice", "password": PASSWORD},
        headers={"Origin": origin or front.url, "Sec-Fetch-Site": "cross-site" if origin else "same-origin"},
        timeout=30)


def test_what_the_page_says_to_try_prints_what_it_says(front):
    token = front.desk.make_token("tried", "--scope", "jeton:manage")
    console = re.search(r"## Try it\n+```console\n(.*?)```", PAGE, re.S)[1]
    steps = re.findall(r"^\$ (.*)\n((?:[^$].*\n)*)", console, re.M)
    assert len(steps) == 5
    for command, expected in steps:
        said = front.shell(command, token).rstrip("\n") + "\n"
        said = said.replace(f":{front.secure}/", "/")
        if front.kind != "nginx":
            said = said.replace("308 https", "301 https")
        pattern = re.escape(expected).replace("…", ".*")
        assert re.fullmatch(pattern, said, re.I), f"{front.kind}: {command}\n{said}"


def test_a_token_lives_its_whole_life_with_the_clients_address(front):
    desk = front.desk
    with front.client() as session:
        assert sign_in(front, session).url == front.url + "/tokens"
        cookies = {cookie.name: cookie for cookie in session.cookies}
        assert cookies and all(name.startswith("__Host-") and each.secure for name, each in cookies.items())
        page = session.get(front.url + "/account", timeout=30).text
        assert CLIENT in page
        page = session.get(front.url + "/tokens", timeout=30)
        answer = session.post(
            front.url + "/tokens", data={**hidden_fields(page.text, "/tokens"), "name": "ci"},
            headers={"Origin": front.url, "Sec-Fetch-Site": "same-origin"}, timeout=30)
        token = TOKEN.search(answer.text).group()
        events = session.get(front.url + "/admin/events", timeout=30).text
        assert CLIENT in events and "127.0.0.1" not in events
        assert (answer.headers["Cache-Control"], answer.url.startswith(front.url)) == ("no-store", True)
    # Used at the desk, from another address of a client that invents one.
    with front.client("127.0.0.8") as script:
        me = script.get(front.url + "/api/v1/me", headers={
            "Authorization": f"Bearer {token}", "X-Forwarded-For": "203.0.113.9", "Forwarded": "for=203.0.113.9"},
            timeout=30)
        assert (me.status_code, me.json()["subject"]["login"]) == (200, "alice")
        api = {"Authorization": "Bearer " + desk.make_token("manager", "--scope", "jeton:manage")}

        def row():
            tokens = script.get(front.url + "/api/v1/tokens", headers=api, timeout=30).json()["tokens"]
            return next(each for each in tokens if each["name"] == "ci")

        assert wait_for(lambda: row().get("last_used"))["address"] == "127.0.0.8"
        assert desk.status(token) == 200
        revoked = script.delete(f"{front.url}/api/v1/tokens/{row()['id']}", headers=api, timeout=30)
        assert revoked.status_code == 204
    assert desk.status(token) == 401


def test_a_form_of_another_site_is_refused(front):
    with front.client() as session:
        answer = sign_in(front, session, origin="https://evil.example.com")
        assert answer.status_code in (400, 403)
        assert session.get(front.url + "/tokens", timeout=30).url != front.url + "/tokens" or \
            "/sign-out" not in session.get(front.url + "/tokens", timeout=30).text


@pytest.mark.parametrize("path", [
    "/verify", "/verify/", "/verify/maven", "/verify/maven/x?y", "/healthz", "/readyz", "/metrics", "//verify/maven",
    "/%76erify/maven", "/x/../verify/maven", "/verify%2fmaven", "/VERIFY/maven", "/./healthz"])
def test_the_gate_is_closed_from_outside(front, path):
    token = front.desk.make_token(f"outside {time.monotonic_ns()}")
    said = front.shell(
        f"curl -s -o /dev/null -w '%{{http_code}}' --path-as-is -u $TOKEN: 'https://{NAME}{path}'", token)
    assert said == "404", (front.kind, path)


def test_plain_http_is_sent_to_https_by_every_path(front):
    said = front.shell(f"curl -s -o /dev/null -w '%{{http_code}} %{{redirect_url}}' 'http://{NAME}/use/git?a=b'", "")
    assert re.fullmatch(rf"30[18] https://{NAME}(:{front.secure})?/use/git\?a=b", said)


def test_a_form_as_large_as_it_may_be_arrives_and_what_is_larger_is_refused(front):
    with front.client() as session:
        manager = front.desk.make_token(f"large {time.monotonic_ns()}", "--scope", "jeton:manage")
        for size, status in ((60_000, [422]), (70_000, [413, 502]), (2_000_000, [413, 502])):
            try:
                answer = session.post(
                    front.url + "/api/v1/tokens", data=json.dumps({"name": "x" * size}), timeout=60,
                    headers={"Authorization": f"Bearer {manager}", "Content-Type": "application/json"})
                assert answer.status_code in status, (size, answer.text[:200])
            except requests.ConnectionError:  # refused while we still send
                assert 413 in status


def test_a_person_signs_in_creates_a_token_and_revokes_it_in_a_browser(front):
    browser = Browser(front.url, host=NAME, arguments=[f"--ignore-certificate-errors-spki-list={front.pin}"])
    try:
        browser.go("/")
        browser.fill("Login or e-mail address", "alice")
        browser.fill("Password", PASSWORD)
        browser.click("button", "Sign in")
        assert browser.heading == "My tokens"
        browser.open_form("New token")
        browser.fill("Name", "by hand")
        browser.click("button", "Create token")
        token = TOKEN.search(browser.driver.page_source).group()
        assert front.desk.status(token) == 200
        assert urlsplit(browser.driver.current_url).netloc == f"{NAME}:{front.secure}"
        browser.go("/tokens")
        browser.click("a", "Revoke by hand")
        browser.click("button", "Revoke this token")
        assert front.desk.status(token) == 401
        assert browser.driver.find_elements(By.TAG_NAME, "h1")
    finally:
        browser.close()
