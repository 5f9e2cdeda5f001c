"""An application of another origin in a real Chromium, which calls a service behind every proxy of docs/protect."""

import re
import subprocess
from http.server import BaseHTTPRequestHandler

import pytest
from selenium.webdriver.common.by import By

from browser import Browser
from jeton import ROOT, desk_of
from proxies import PROXIES, Running
from service import Listening, Server
from test_proxies import CONFIG, ask, bearer, service  # noqa: F401 (a fixture)

PAGE = (ROOT / "docs/protect/cors.md").read_text()
EXAMPLE = "https://app.example.com"


def block(heading, name=None):
    section = PAGE.split(f"\n## {heading}\n")[1].split("\n## ")[0]
    if not name:
        return re.search(r"```console\n(.*?)```", section, re.S)[1]
    return re.search(rf"```\w+\n(?:#|--) {re.escape(name)}\n(.*?)```", section, re.S)[1]


class Application(Listening):
    """An origin of its own, with a page that does nothing by itself."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self):
            body = b"<!doctype html><html lang=en><title>Application</title><h1>Application</h1>"
            self.send_response(200)
            self.send_header("Content-Type", "text/html")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_):
            pass

    def __init__(self):
        self.server = Server(("127.0.0.1", 0), self.Handler)

    @property
    def origin(self):
        return f"http://127.0.0.1:{self.port}"


class Shared(Running):
    """A proxy by its own page, with the lines of this one for the application at `origin`."""

    def __init__(self, *arguments, origin, **options):
        super().__init__(*arguments, **options)
        self.origin = origin

    def written(self, text):
        text = super().written(self._added(text))
        (self.folder / "cors.conf").write_text(self._of_here(block("nginx", "cors.conf")))
        return text

    def _added(self, text):
        kind = self.proxy.name.split("-")[0]
        added = {
            "nginx": self._nginx, "caddy": self._caddy, "traefik": self._traefik, "envoy": self._envoy,
            "haproxy": self._haproxy, "apache": self._apache,
        }[kind](text)
        return self._of_here(added)

    def _of_here(self, text):
        return text.replace(EXAMPLE, self.origin)

    def _nginx(self, text):
        text = once(text, "\nserver {", "\n" + block("nginx", "above") + "\nserver {")
        text = once(text, "    location / {\n", "    location / {\n" + block("nginx", "location"))
        return re.sub(r"(location @\w+ \{\n)", r"\1        include cors.conf;\n", text)

    def _caddy(self, text):
        return once(text, "\troute {\n", "\troute {\n" + block("Caddy", "cors"))

    def _traefik(self, text):
        if "forwardAuth" not in text:
            return text
        text = once(text, "middlewares: [clean, jeton", "middlewares: [cors, clean, jeton")
        return once(text, "  middlewares:\n", "  middlewares:\n" + block("Traefik", "cors"))

    def _envoy(self, text):
        text = once(text, '                      domains: ["*"]\n',
                    '                      domains: ["*"]\n' + block("Envoy", "host"))
        filters = "                http_filters:\n"
        return once(text, filters, filters + block("Envoy", "filter"))

    def _haproxy(self, text):
        if "frontend public" not in text:
            return text
        bind = "    bind 127.0.0.1:8081\n"
        return once(text, bind, bind + block("HAProxy", "cors"))

    def _apache(self, text):
        if "local function judge" not in text:
            return text
        judge = "local function judge(r, address)\n"
        return once(text, judge, judge + block("Apache httpd", "cors"))


def once(text, before, after):
    assert text.count(before) == 1, before
    return text.replace(before, after)


@pytest.fixture(scope="module")
def desk(tmp_path_factory):
    with desk_of(tmp_path_factory, CONFIG, "alice") as jeton:
        yield jeton


@pytest.fixture(scope="module")
def application():
    with Application() as application:
        yield application


@pytest.fixture(scope="module")
def stranger():
    with Application() as application:
        yield application


@pytest.fixture(scope="module", params=PROXIES, ids=lambda proxy: proxy.name)
def proxy(request, tmp_path_factory, desk, service, application):  # noqa: F811
    folder = tmp_path_factory.mktemp(request.param.name)
    with Shared(
            request.param, folder, jeton=desk.port, service=service.port, origin=application.origin) as running:
        yield running


@pytest.fixture(scope="module")
def browser():
    browser = Browser("")
    browser.driver.set_script_timeout(60)
    yield browser
    browser.close()


@pytest.fixture(scope="module")
def token(desk):
    return desk.make_token("application")


def fetch(browser, application, url, method="GET", token=None):
    """What the application makes of it: status, reason and text, or the error's name."""
    browser.driver.get(application.origin)
    assert browser.driver.find_elements(By.TAG_NAME, "h1")
    return browser.driver.execute_async_script(
        """
        const [url, method, token, done] = arguments;
        fetch(url, {
            method, headers: token ? {Authorization: `Bearer ${token}`} : {}, credentials: "omit",
            body: method === "GET" ? undefined : "body",
        }).then(async answer => done([answer.status, answer.headers.get("X-Jeton-Reason"), await answer.text()]),
                error => done(error.name));
        """, url, method, token)


def test_an_application_reads_and_writes_with_a_token(proxy, browser, application, service, token):  # noqa: F811
    for method in ("GET", "PUT", "POST", "DELETE"):
        status, reason, text = fetch(browser, application, proxy.url + "/some/path", method, token)
        assert (status, reason) == (200, None)
        assert '"alice"' in text and f'"method": "{method}"' in text
        assert token not in text


def test_an_application_can_read_why_it_is_refused(proxy, browser, application, desk, token):
    name = f"for a while {proxy.proxy.name}"
    revoked = desk.make_token(name)
    desk.revoke(name)
    status, reason, text = fetch(browser, application, proxy.url + "/x", "GET", revoked)
    assert (status, reason, text.split(";")[0]) == (401, "revoked", "this token was revoked")
    reader = desk.make_token(f"reads {name}", "--scope", "maven:read")
    status, reason, text = fetch(browser, application, proxy.url + "/x", "PUT", reader)
    assert (status, reason) == (403, "insufficient_scope")
    assert fetch(browser, application, proxy.url + "/x")[:2] == [401, "no_credentials"]


def test_a_page_of_another_origin_gets_nothing(proxy, browser, stranger, service, token):  # noqa: F811
    count = len(service.seen)
    for method in ("GET", "PUT"):
        assert fetch(browser, stranger, proxy.url + "/some/path", method, token) == "TypeError"
    assert len(service.seen) == count


def test_without_these_lines_the_browser_stops(tmp_path, browser, application, desk, service, token):  # noqa: F811
    proxy = next(proxy for proxy in PROXIES if proxy.name == "nginx")
    count = len(service.seen)
    with Running(proxy, tmp_path, jeton=desk.port, service=service.port) as running:
        assert fetch(browser, application, running.url + "/x", "GET", token) == "TypeError"
    assert len(service.seen) == count


def preflight(origin, method="PUT"):
    return [("Origin", origin), ("Access-Control-Request-Method", method),
            ("Access-Control-Request-Headers", "authorization")]


def test_a_preflight_never_reaches_the_service(proxy, service, application, stranger):  # noqa: F811
    count = len(service.seen)
    for path in ("/", "/some/path?q=1", "/x/../y", "/a/%2e%2e/z"):
        answer = ask(proxy, "OPTIONS", path, preflight(application.origin))
        assert answer.status in (200, 204), path
        assert answer.headers["Access-Control-Allow-Origin"] == application.origin
        assert "PUT" in answer.headers["Access-Control-Allow-Methods"]
        assert "authorization" in answer.headers["Access-Control-Allow-Headers"].lower()
    mine = application.origin
    for origin in (stranger.origin, "null", mine + ".evil.example.com", "https://x/" + mine, mine + "0"):
        answer = ask(proxy, "OPTIONS", headers=preflight(origin))
        assert answer.status == (200 if proxy.proxy.name == "traefik" else 401), origin
        assert answer.headers["Access-Control-Allow-Origin"] is None
    assert len(service.seen) == count


def test_nothing_but_a_preflight_passes_without_a_token(proxy, service, application):  # noqa: F811
    origin = ("Origin", application.origin)
    count = len(service.seen)
    for method, headers in [
        ("OPTIONS", []), ("OPTIONS", [origin]), ("OPTIONS", [("Access-Control-Request-Method", "PUT")]),
        *[(method, preflight(application.origin)) for method in ("GET", "HEAD", "POST", "PUT", "DELETE")],
        ("GET", preflight(application.origin) + [("X-HTTP-Method-Override", "OPTIONS")]),
        ("GET", preflight(application.origin) + [("X-Original-Method", "OPTIONS")]),
        ("POST", preflight(application.origin) + [("X-Forwarded-Method", "OPTIONS"), ("X-Forwarded-Uri", "/")]),
    ]:
        answer = ask(proxy, method, headers=headers, body=b"x" if method in ("POST", "PUT") else None)
        assert answer.status == 401, (method, headers)
        expected = application.origin if origin in headers else None
        assert answer.headers["Access-Control-Allow-Origin"] == expected
    assert ask(proxy, "options", headers=preflight(application.origin)).status in (400, 401, 405, 501)
    assert len(service.seen) == count


def test_answers_name_the_origin_once_and_vary_by_it(proxy, application, token):
    for headers, origins in (([bearer(token), ("Origin", application.origin)], [application.origin]),
                             ([bearer(token)], []), ([bearer(token), ("Origin", "https://evil.example.com")], [])):
        answer = ask(proxy, headers=headers)
        assert answer.status == 200
        assert (answer.headers.get_all("Access-Control-Allow-Origin") or []) == origins
        assert answer.headers["Access-Control-Allow-Methods"] is None
        if origins and proxy.proxy.name != "envoy":
            assert "Origin" in ", ".join(answer.headers.get_all("Vary"))


def test_what_the_page_says_to_try(proxy, application):
    steps = re.findall(r"^\$ (.*)\n((?:[^$].*\n)*)", block("Try it"), re.M)
    assert len(steps) == 3
    for command, expected in steps:
        command = command.replace(EXAMPLE, application.origin).replace("https://maven.example.com", proxy.url)
        said = subprocess.run(["bash", "-c", command], capture_output=True, text=True, timeout=60).stdout
        expected = expected.replace(EXAMPLE, application.origin)
        if proxy.proxy.name in ("envoy", "traefik"):
            expected = expected.replace("204", "200")
        assert said.strip().lower() == expected.strip().lower()
