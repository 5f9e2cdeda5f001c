"""What a service needs in order to write its own address, through all that the documents set before one.

Docker, Maven, WebDAV and browsers go where an answer's `Location` leads: never past the gate.
"""

import pytest

from fronts import FRONTS, Site
from jeton import desk_of
from service import Service, _Handler
from test_proxies import ask, bearer

CONFIG = """
trusted_proxies: [127.0.0.1/32]
services: { maven: { title: Maven private repository } }
"""
HOST = "repository.example.com:8443"

# Names in which services look for the host, the scheme and the port that a client used.
ADDRESSES = [
    "X-Forwarded-Host", "X-Forwarded-Proto", "X-Forwarded-Port", "X-Forwarded-Scheme", "X-Forwarded-Protocol",
    "X-Forwarded-Ssl", "X-Forwarded-Server", "Forwarded", "X-Real-IP", "X-Url-Scheme", "Front-End-Https", "X-Host",
    "X-Scheme", "X_Forwarded_Host", "X.Forwarded.Proto", "x-forwarded-host", "X_Forwarded-Proto",
]

# Of these, what the first lines of nginx.md take care of.
FEW = ["Forwarded", "X-Forwarded-Host", "X-Forwarded-Proto", "X-Forwarded-Port", "X_Forwarded_Host"]


class Redirects(_Handler):
    """Redirects to the address that it knows by its headers, or to its own."""

    def _answer(self):
        kind = self.path.split("/")[-1]
        told = self.headers
        where = {
            "own": f"http://127.0.0.1:{self.server.server_address[1]}",
            "host": f"http://{told['Host']}",
            "forwarded": f"{told['X-Forwarded-Proto']}://{told['X-Forwarded-Host']}",
        }.get(kind)
        if not where:
            return super()._answer()
        self.send_response(302)
        self.send_header("Location", where + "/landed?x=http://127.0.0.1/y")
        self.send_header("Content-Length", "0")
        self.end_headers()


@pytest.fixture(scope="module")
def desk(tmp_path_factory):
    with desk_of(tmp_path_factory, CONFIG, "alice") as jeton:
        yield jeton


@pytest.fixture(scope="module")
def service(tmp_path_factory):
    with Service(tmp_path_factory.mktemp("git")) as service:
        service.server.RequestHandlerClass = Redirects
        yield service


@pytest.fixture(scope="module", params=FRONTS, ids=lambda front: front.name)
def front(request, tmp_path_factory, desk, service):
    folder = tmp_path_factory.mktemp(request.param.name)
    with request.param.start(folder, jeton=desk.port, service=service.port, name="maven") as running:
        running.front = request.param
        yield running


@pytest.fixture(scope="module")
def token(desk):
    return desk.make_token("addresses")


def get(front, path, *headers, token):
    return ask(front, path=front.front.path + path, headers=[("Host", HOST), bearer(token), *headers])


def test_the_service_learns_by_which_address_it_was_asked(front, service, token):
    assert get(front, "/some/path", token=token).status == 200
    seen = dict(service.seen[-1]["headers"])
    assert (seen["host"], seen["x-forwarded-host"], seen["x-forwarded-proto"]) == (HOST, HOST, "http")


def test_no_address_that_the_client_wrote_arrives(front, service, token):
    for name in ADDRESSES if front.front.is_whole else FEW:
        for value in ("evil.example", "for=1.2.3.4;host=evil.example;proto=https", "https"):
            count = len(service.seen)
            answer = get(front, "/some/path", (name, value), token=token)
            assert answer.status in (200, 400), name
            for seen in service.seen[count:]:
                assert value not in [told for _, told in seen["headers"]], name
                assert "evil.example" not in str(seen["headers"]), name
                assert ("x-forwarded-proto", "http") in seen["headers"], name


def test_a_redirect_leads_through_the_gate_again(front, service, token):
    for kind in ("host", "forwarded", *(["own"] if front.front.moves else [])):
        answer = get(front, f"/{kind}", token=token)
        where = answer.headers["Location"]
        assert (answer.status, where.split("?")[1]) == (302, "x=http://127.0.0.1/y"), kind
        expected = [f"http://{HOST}/landed"]
        if kind == "own":
            expected += ["/landed"]
        if kind == "own" and isinstance(front, Site):  # by nginx's own port
            expected += [f"http://{HOST.split(':')[0]}:{front.port}{front.front.path}/landed"]
        assert where.split("?")[0] in expected, (kind, where)
