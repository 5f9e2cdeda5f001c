"""The official MCP client and an MCP server that knows nothing of OAuth, behind nginx with the lines of docs/protect."""

import contextlib

import pytest
import requests

from agents import Agent, Asked, Callback, Streaming, notes
from consent import person
from jeton import Jeton
from proxies import PROXIES

CONFIG = """
services:
  notes: { title: Notes, url: "http://127.0.0.1:PORT/mcp" }
  other: { title: Other }
oauth:
  dynamic_registration: true
  clients:
    example-agent:
      title: Example agent
      redirect_uris: ["http://127.0.0.1/callback"]
      scopes: ["notes:write"]
"""


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    with notes(tmp_path_factory.mktemp("notes")) as port:
        yield port


@contextlib.contextmanager
def protected(proxy, server, folder):
    """The desk, and that proxy before the MCP server."""
    desk = Jeton(folder, config=folder / "jeton.yaml")
    front = Streaming(proxy, folder / "proxy", jeton=desk.port, service=server, name="notes")
    (folder / "jeton.yaml").write_text(CONFIG.replace("PORT", str(front.port)))
    with desk:
        desk.add_user("alice")
        with front:
            yield desk, front


@pytest.fixture(scope="module")
def places(tmp_path_factory, server):
    nginx = next(proxy for proxy in PROXIES if proxy.name == "nginx")
    with protected(nginx, server, tmp_path_factory.mktemp("mcp")) as places:
        yield places


@pytest.fixture(scope="module")
def desk(places):
    return places[0]


@pytest.fixture(scope="module")
def address(places):
    return places[1].url + "/mcp"


@pytest.fixture
def browser(desk):
    with person(desk.url) as browser:
        yield browser


@pytest.fixture
def callback():
    with Callback() as callback:
        yield callback


def test_a_client_that_is_configured_signs_a_person_in_and_calls_a_tool(desk, address, browser, callback):
    alice = Asked(browser)
    agent = Agent(address, alice, callback, client_id="example-agent")
    headers = agent.whoami()
    assert headers["remote-user"] == "alice"
    assert "authorization" not in headers
    assert agent.asked["resource"] == [address] and agent.asked["scope"] == ["notes:write"]
    assert agent.asked["code_challenge_method"] == ["S256"]
    assert "Example agent" in alice.pages[-1] and "known to this desk" in alice.pages[-1]
    token = agent.storage.tokens.access_token
    assert token.startswith("jtn_")
    assert desk.status(token, "notes") == 200 and desk.status(token, "other") == 403
    # It goes on with what it has, without the browser.
    count = len(alice.pages)
    assert agent.whoami()["remote-user"] == "alice"
    assert len(alice.pages) == count
    listed = [row for row in desk.api("reads the list").list() if row["id"] == headers["x-jeton-token"]]
    assert listed and "Example agent" in listed[0]["name"]
    # The end of the token is the end of the agent's access, until the person agrees again.
    desk.revoke(listed[0]["name"])
    assert agent.whoami()["remote-user"] == "alice"
    assert len(alice.pages) == count + 1


@pytest.mark.parametrize("proxy", [each for each in PROXIES if each.name != "nginx"], ids=lambda proxy: proxy.name)
def test_it_works_behind_every_proxy(proxy, server, tmp_path, callback):
    with protected(proxy, server, tmp_path) as (desk, front), person(desk.url) as browser:
        agent = Agent(front.url + "/mcp", Asked(browser), callback, client_id="example-agent")
        headers = agent.whoami()
        assert headers["remote-user"] == "alice" and "authorization" not in headers
        assert agent.asked["scope"] == ["notes:write"] and agent.asked["resource"] == [front.url + "/mcp"]


def test_a_client_that_registers_itself_is_shown_as_unchecked(desk, address, browser, callback):
    alice = Asked(browser)
    agent = Agent(address, alice, callback, name="Stranger's agent")
    assert agent.whoami()["remote-user"] == "alice"
    assert agent.storage.client.client_id.startswith("jr_")
    assert "Stranger's agent (unverified)" in alice.pages[-1]
    assert "nobody has checked its name" in alice.pages[-1]
    assert desk.status(agent.storage.tokens.access_token, "other") == 403


def test_a_person_who_refuses_gives_nothing(desk, address, browser, callback):
    before = len(desk.api("before").list())
    agent = Agent(address, Asked(browser, allows=False), callback, client_id="example-agent")
    with pytest.raises(BaseExceptionGroup) as refused:
        agent.whoami()
    assert "access_denied" in "".join(map(str, flat(refused.value)))
    assert agent.storage.tokens is None
    assert len(desk.api("after").list()) == before + 1, "the one that looks"


def flat(error):
    """The errors in a group of groups."""
    return [one for each in error.exceptions for one in flat(each)] if isinstance(error, BaseExceptionGroup) else [error]


def test_a_client_that_the_desk_does_not_know_is_told_nothing(desk, address, browser, callback):
    for identifier in ("https://stranger.example/client.json", "example-agen", "jr_AAAA"):
        browser.open(
            f"{desk.url}/oauth/authorize?response_type=code&client_id={identifier}&redirect_uri={callback.url}"
            f"&code_challenge=E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM&code_challenge_method=S256&resource={address}")
        assert "does not know the program" in browser.text
        assert not callback.server.queries


def test_the_server_answers_nobody_without_a_token(address, server):
    call = {"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": {"name": "whoami", "arguments": {}}}
    answer = requests.post(address, json=call, timeout=60)
    assert answer.status_code == 401
    assert 'Bearer scope="notes:write", resource_metadata=' in answer.headers["WWW-Authenticate"]
    metadata = requests.get(
        address.removesuffix("/mcp") + "/.well-known/oauth-protected-resource/mcp", timeout=60).json()
    assert metadata["resource"] == address


def test_what_is_registered_is_bounded(desk):
    def register(**metadata):
        return requests.post(desk.url + "/oauth/register", json=metadata, timeout=20)

    assert register(redirect_uris=["http://127.0.0.1/"], client_name="x" * 5000).json()["client_name"] == "x" * 60
    for refused in (
        {"redirect_uris": ["http://example.com/"]}, {"redirect_uris": ["javascript:alert(1)"]}, {},
        {"redirect_uris": [f"https://example.com/{'x' * 80}/{number}" for number in range(10)]},
    ):
        answer = register(**refused)
        assert (answer.status_code, answer.json()["error"].startswith("invalid_")) == (400, True)
    assert register(redirect_uris=["http://127.0.0.1/"], client_name="x" * 50_000).status_code == 413
