"""The metadata of a protected resource (RFC 9728) through every proxy of docs/protect, with the lines of its page."""

import json

import pytest
import requests

from jeton import desk_of, wait_for
from proxies import PROXIES, Running
from service import Service
from test_proxies import CONFIG, ask, bearer

WELL_KNOWN = "/.well-known/oauth-protected-resource"
# Of several services at a host, the path of the address decides.
MORE = """
  library: { title: Library, url: https://maven.example.com/library }
"""


@pytest.fixture(scope="module")
def desk(tmp_path_factory):
    with desk_of(tmp_path_factory, CONFIG + MORE, "alice") as jeton:
        yield jeton


@pytest.fixture(scope="module")
def service(tmp_path_factory):
    with Service(tmp_path_factory.mktemp("service")) as service:
        yield service


@pytest.fixture(scope="module", params=PROXIES, ids=lambda proxy: proxy.name)
def proxy(request, tmp_path_factory, desk, service):
    folder = tmp_path_factory.mktemp(request.param.name)
    with Running(request.param, folder, jeton=desk.port, service=service.port) as running:
        yield running


@pytest.mark.parametrize("path, resource, name", [
    ("", "https://maven.example.com", "maven"),
    ("/", "https://maven.example.com", "maven"),
    ("/org/example", "https://maven.example.com/org/example", "maven"),
    ("/library", "https://maven.example.com/library", "library"),
    ("/library/a%20b/", "https://maven.example.com/library/a%20b/", "library"),
])
def test_anybody_reads_who_issues_tokens_for_the_address_that_they_ask_about(
        proxy, desk, service, path, resource, name):
    count = len(service.seen)
    for headers in ([], [bearer("wrong")], [("X-Forwarded-For", "203.0.113.9"), ("Origin", "https://app.example.com")]):
        answer = ask(proxy, path=WELL_KNOWN + path, headers=headers)
        assert answer.status == 200, answer.text
        assert json.loads(answer.text) == {
            "resource": resource, "authorization_servers": [desk.url],
            "scopes_supported": [f"{name}:read", f"{name}:write"], "bearer_methods_supported": ["header"],
            "resource_name": {"maven": "Maven private repository", "library": "Library"}[name],
            "resource_documentation": f"{desk.url}/help"}
        assert answer.headers["Content-Type"] == "application/json"
        assert answer.headers["Access-Control-Allow-Origin"] == "*"
        assert answer.headers["Cache-Control"] == "max-age=3600"
    assert len(service.seen) == count


def test_a_client_finds_it_by_the_challenge(proxy, desk):
    challenge = ask(proxy).headers.get_all("WWW-Authenticate")[1]
    address = challenge.split('resource_metadata="')[1].split('"')[0]
    assert address.startswith("https://maven.example.com/")
    found = requests.get(proxy.url + address.removeprefix("https://maven.example.com"), timeout=60).json()
    assert found["resource"] == "https://maven.example.com"
    issuer = found["authorization_servers"][0]
    server = requests.get(issuer + "/.well-known/oauth-authorization-server", timeout=60).json()
    assert server["issuer"] == issuer


def test_it_opens_no_way_to_the_service(proxy, service, desk):
    count = len(service.seen)
    for path in (
        WELL_KNOWN + "x", WELL_KNOWN + "-more/x", WELL_KNOWN + "/../../some/path", WELL_KNOWN + "/%2e%2e/%2e%2e/x",
        WELL_KNOWN + "/..%2f..%2fsome/path", WELL_KNOWN + "/..;/..;/x", WELL_KNOWN + "%2f..%2f..%2fx",
        WELL_KNOWN + "%00", WELL_KNOWN + "/\\..\\..\\x", "/x/.." + WELL_KNOWN + "/../../x",
        "//.well-known/oauth-protected-resource", "/.well-known//oauth-protected-resource/x", "/.WELL-KNOWN/oauth-protected-resource",
        f"/some/path?{WELL_KNOWN}", f"/some/path;{WELL_KNOWN}", "/.well-known/openid-configuration",
    ):
        for method in ("GET", "POST"):
            answer = ask(proxy, method, path, body=b"x" if method == "POST" else None)
            assert answer.status >= 300 or json.loads(answer.text)["resource"], (path, answer.status)
    for forged in ("X-Original-URI", "X-Original-URL", "X-Rewrite-URL", "X-Forwarded-Uri"):
        assert ask(proxy, headers=[(forged, WELL_KNOWN)]).status in (400, 401)
    for method in ("POST", "PUT", "DELETE"):
        assert ask(proxy, method, WELL_KNOWN, body=b"x").status in (403, 405)
    assert len(service.seen) == count


def test_without_jeton_nothing_is_told(proxy, service, desk):
    desk.stop()
    try:
        count = len(service.seen)
        assert ask(proxy, path=WELL_KNOWN).status in (500, 502, 503, 504)
        assert len(service.seen) == count
    finally:
        desk.start()
    assert wait_for(lambda: ask(proxy, path=WELL_KNOWN).status == 200)
