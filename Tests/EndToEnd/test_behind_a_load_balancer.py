"""Each proxy of docs/protect behind a real load balancer that ends TLS: whose address and which scheme is believed."""

import re
import ssl
import subprocess
from http.client import HTTPSConnection

import pytest

from jeton import ROOT, accepts, desk_of, free_port, wait_for
from proxies import PROXIES, Running
from test_proxies import ask, bearer, seen_by, service  # noqa: F401 (a fixture)
from test_tls import Pair

PAGE = (ROOT / "docs/protect/behind-a-load-balancer.md").read_text()
BALANCER = "127.0.0.10"  # the page's 10.0.0.10
HOME, ELSEWHERE = "127.0.0.7", "127.0.0.8"


def block(heading, name):
    section = PAGE.split(f"\n## {heading}\n")[1].split("\n## ")[0]
    return re.search(rf"```\w+\n# {re.escape(name)}\n(.*?)```", section, re.S)[1].replace("10.0.0.10", BALANCER)


def behind(text, marker, added, count=1):
    assert text.count(marker) == count, marker
    return text.replace(marker, marker + added)


class Behind(Running):
    """A proxy by its own page, with this page's lines."""

    def written(self, text):
        kind = self.proxy.name.split("-")[0]
        added = {
            "nginx": self._nginx, "caddy": self._caddy, "traefik": self._traefik, "envoy": self._envoy,
            "haproxy": self._haproxy, "apache": self._apache,
        }[kind](text)
        return super().written(added)

    def _nginx(self, text):
        text = text.replace("$scheme", "$client_scheme")
        listen = "    listen 127.0.0.1:8081;\n"
        return block("nginx", "above") + behind(text, listen, block("nginx", "server"))

    def _caddy(self, text):
        text = behind(text, "\t\tforward_auth 127.0.0.1:8080 {\n", block("Caddy", "trusted"))
        return re.sub(
            r"(\t\treverse_proxy 127\.0\.0\.1:9000)(?: \{\n(.*?)\t\t\}\n|\n)",
            lambda found: f"{found[1]} {{\n{block('Caddy', 'trusted')}{found[2] or ''}\t\t}}\n", text, flags=re.S)

    def _traefik(self, text):
        if "forwardAuth" not in text:
            return behind(text, "    address: 127.0.0.1:8081\n", block("Traefik", "entry"))
        return re.sub(r"(      forwardAuth:\n)", lambda found: found[1] + block("Traefik", "auth"), text)

    def _envoy(self, text):
        return re.sub(r"( +use_remote_address: true.*\n)", lambda found: found[1] + block("Envoy", "hops"), text)

    def _haproxy(self, text):
        if "frontend public" not in text:
            return text
        text = behind(text, "    bind 127.0.0.1:8081\n", block("HAProxy", "first"))
        return text.replace("    default_backend service\n", block("HAProxy", "last") + "    default_backend service\n")

    def _apache(self, text):
        if "<VirtualHost" not in text:
            return text
        modules = "".join(  # a2enmod remoteip setenvif
            f"LoadModule {name}_module /usr/lib/apache2/modules/mod_{name}.so\n" for name in ("remoteip", "setenvif"))
        text = behind(text, "<VirtualHost 127.0.0.1:8081>\n", block("Apache httpd", "host"))
        return modules + text.replace("    </Location>\n", block("Apache httpd", "location") + "    </Location>\n")


class Balancer:
    """The page's HAProxy on a free port, which comes from an address of its own."""

    def __init__(self, folder, port):
        self.folder, self.behind, self.port = folder, port, free_port()
        self.pair = Pair(folder, "balancer")

    def __enter__(self):
        (self.folder / "certificate.pem").write_text(self.pair.certificate.read_text() + self.pair.key.read_text())
        text = block("The load balancer", "balancer.cfg").replace("/etc/haproxy", str(self.folder))
        text = text.replace("bind :443", f"bind 127.0.0.1:{self.port}")
        text = text.replace("proxy.example.com:8081", f"127.0.0.1:{self.behind} source {BALANCER}")
        (self.folder / "balancer.cfg").write_text(text)
        self.process = subprocess.Popen(
            ["haproxy", "-db", "-f", self.folder / "balancer.cfg"], stdin=subprocess.DEVNULL, cwd=self.folder)
        wait_for(lambda: accepts(self.port), seconds=60)
        return self

    def __exit__(self, *_):
        self.process.terminate()
        self.process.wait(timeout=20)

    def ask(self, method="GET", headers=(), source=HOME, body=None, path="/some/path"):
        """The status of the answer to a client at `source`."""
        context = ssl.create_default_context(cafile=self.pair.certificate)
        connection = HTTPSConnection(
            "127.0.0.1", self.port, timeout=60, source_address=(source, 0), context=context)
        connection.putrequest(method, path, skip_accept_encoding=True)
        for name, value in headers:
            connection.putheader(name, value)
        if body is not None:
            connection.putheader("Content-Length", str(len(body)))
        connection.endheaders(body)
        answer = connection.getresponse()
        answer.read()
        connection.close()
        return answer.status


@pytest.fixture(scope="module")
def desk(tmp_path_factory):
    # The clients, too, are of this machine: of its addresses the proxy's and the balancer's alone are trusted.
    text = block("Jeton", "jeton.yaml").replace("[127.0.0.1,", "[127.0.0.1/32,")
    with desk_of(tmp_path_factory, text + "services: { maven: }\n", "alice") as jeton:
        yield jeton


@pytest.fixture(scope="module", params=PROXIES, ids=lambda proxy: proxy.name)
def proxy(request, tmp_path_factory, desk, service):  # noqa: F811
    folder = tmp_path_factory.mktemp(request.param.name)
    with Behind(request.param, folder, jeton=desk.port, service=service.port) as running:
        yield running


@pytest.fixture(scope="module")
def balancer(tmp_path_factory, proxy):
    with Balancer(tmp_path_factory.mktemp("balancer"), proxy.port) as balancer:
        yield balancer


@pytest.fixture(scope="module")
def bound(desk):
    """A token that is good from HOME alone."""
    return desk.make_token("bound", "--from", HOME)


FORGED = [[]] + [[("X-Forwarded-For", value)] for value in (
    HOME, f"{HOME}, {BALANCER}", f"{HOME}, 127.0.0.1", f"{HOME},{HOME}", "unknown")] + [
    [("X-Real-IP", HOME), ("Forwarded", f"for={HOME}")], [("X-Forwarded-For", HOME), ("x-forwarded-for", HOME)]]


def test_a_bound_token_is_good_from_where_it_is_bound_to(balancer, service, bound):  # noqa: F811
    for forged in FORGED:
        assert balancer.ask(headers=[bearer(bound)] + forged, source=HOME) == 200, forged
    for forged in FORGED:
        count = len(service.seen)
        assert balancer.ask(headers=[bearer(bound)] + forged, source=ELSEWHERE) == 403, forged
        assert len(service.seen) == count


def test_who_comes_past_the_balancer_is_where_they_are(proxy, service, bound):  # noqa: F811
    assert ask(proxy, headers=[bearer(bound)], source=HOME).status == 200
    for forged in FORGED:
        count = len(service.seen)
        answer = ask(proxy, headers=[bearer(bound)] + forged, source=ELSEWHERE)
        assert answer.status in (400, 403), forged
        assert len(service.seen) == count


def test_last_used_is_the_clients_address(balancer, desk, proxy):
    name = f"used {proxy.proxy.name}"
    token = desk.make_token(name)
    assert balancer.ask(headers=[bearer(token), ("X-Forwarded-For", "203.0.113.9")], source=ELSEWHERE) == 200
    api = desk.api(f"manager {name}")
    use = wait_for(lambda: next(row for row in api.list() if row["name"] == name).get("last_used"))
    assert use["address"] == ELSEWHERE


def test_the_service_learns_address_and_scheme(balancer, service, proxy, bound):  # noqa: F811
    assert balancer.ask(headers=[bearer(bound), ("X-Forwarded-Proto", "ftp")]) == 200
    headers = seen_by(service)["headers"]
    assert [value for name, value in headers if name == "x_forwarded_proto"] == ["https"]
    told = [value for name, value in headers if name == "x_forwarded_for"]
    assert len(told) == 1 and re.split(", ?", told[0])[0] == HOME, told
    # Who comes past the balancer by plain HTTP cannot say otherwise. Envoy's page says that it believes everybody.
    if proxy.proxy.name == "envoy":
        return
    answer = ask(proxy, headers=[bearer(bound), ("X-Forwarded-Proto", "https")], source=HOME)
    assert answer.status == 200
    assert "https" not in [value for name, value in seen_by(service)["headers"] if name == "x_forwarded_proto"]


def test_the_desk_itself_learns_the_clients_address(tmp_path, desk, bound):
    with Balancer(tmp_path, desk.port) as balancer:
        for forged in FORGED:
            def status(source):
                return balancer.ask(headers=[bearer(bound)] + forged, source=source, path="/api/v1/me")

            assert (status(HOME), status(ELSEWHERE)) == (200, 403), forged


def test_what_only_reads_cannot_write_through_the_balancer(balancer, proxy, service, desk):  # noqa: F811
    reader = desk.make_token(f"reads {proxy.proxy.name}", "--scope", "maven:read")
    count = len(service.seen)
    for forged in ([], [("X-Forwarded-Method", "GET"), ("X-Forwarded-Uri", "/")], [("X-Original-Method", "GET")]):
        assert balancer.ask("PUT", [bearer(reader)] + forged, body=b"x") == 403
        assert ask(proxy, "PUT", headers=[bearer(reader)] + forged, body=b"x").status == 403
    assert len(service.seen) == count
    assert balancer.ask("GET", [bearer(reader)]) == 200
