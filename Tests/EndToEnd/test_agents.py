"""Agents act on behalf of a person: a token for the person's and their own, which tells both (RFC 8693)."""

import concurrent.futures
import json

import pytest
import requests

from issuer import ACCESS_TOKEN, EXCHANGE
from jeton import Jeton, basic, hidden_fields, wait_for
from proxies import PROXIES, Running
from service import Service

CONFIG = """
services:
  git: { title: Git, kind: git, url: "https://git.example.com/", paths: ["/*/*.git"] }
  maven: { title: Maven, secret_file: SECRET }
agents: { allowed: ["bot-agent*"], max_lifetime: 2h, max_depth: DEPTH }
"""
SECRET = "the secret of a service, long enough"


def started(folder, depth=1, more=""):
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "secret").write_text(SECRET)
    config = folder / "jeton.yaml"
    config.write_text(CONFIG.replace("SECRET", str(folder / "secret")).replace("DEPTH", str(depth)) + more)
    return Jeton(folder, config=config)


def add_people(desk):
    for login in ("alice", "bob"):
        desk.add_user(login)
    for login in ("bot-agent", "bot-agent-2", "bot-ci"):
        desk.run("account", "add", login, "--purpose", "Agents", "--owners", "team")
    desk.agent = desk.make_token("agent", user="bot-agent")


@pytest.fixture(scope="module")
def desk(tmp_path_factory):
    with started(tmp_path_factory.mktemp("agents")) as desk:
        add_people(desk)
        yield desk


@pytest.fixture
def alices(desk, request):
    """A token of alice for git and maven."""
    return desk.make_token(request.node.name[:90], "--scope", "git", "--scope", "maven:read")


def ask(desk, subject, actor=None, **more):
    form = {
        "grant_type": EXCHANGE, "subject_token": subject, "subject_token_type": ACCESS_TOKEN,
        "actor_token": actor or desk.agent, "actor_token_type": ACCESS_TOKEN, **more}
    form = {name: value for name, value in form.items() if value is not None}
    return requests.post(desk.url + "/oauth/token", data=form, timeout=30)


def acting(desk, subject, actor=None, **more):
    """The token of an agent on behalf of the owner of `subject`."""
    answer = ask(desk, subject, actor, **more)
    assert answer.status_code == 200, answer.text
    return answer.json()["access_token"]


def verify(desk, token, service="git", method="GET", **headers):
    return desk.verify(service, method, {"Authorization": f"Bearer {token}", **headers})


def listed(desk, token, user="alice"):
    """What the desk lists of the token."""
    identifier = verify(desk, token).headers["X-Jeton-Token"]
    return next(
        row for row in json.loads(desk.run("token", "list", "--user", user, "--json").stdout)
        if row["id"] == identifier)


def test_an_agent_acts_on_behalf_of_a_person_and_the_service_learns_both(desk, alices):
    answer = ask(desk, alices, scope="git:read")
    assert answer.headers["Cache-Control"] == "no-store"
    body = answer.json()
    token = body.pop("access_token")
    assert 890 <= body.pop("expires_in") <= 900
    assert body == {"issued_token_type": ACCESS_TOKEN, "token_type": "Bearer", "scope": "git:read"}
    granted = verify(desk, token)
    assert (granted.headers["Remote-User"], granted.headers["Remote-Actor"]) == ("alice", "bot-agent")
    assert "Remote-Kind" not in granted.headers
    assert "Remote-Actor" not in verify(desk, alices).headers
    # Twice, as what is granted is cached for others.
    assert verify(desk, token).headers["Remote-Actor"] == "bot-agent"
    assert verify(desk, token, method="PUT").status_code == 403
    assert verify(desk, token, "maven").status_code == 403
    row = listed(desk, token)
    parent = listed(desk, alices)
    assert row["name"] == "agent bot-agent"
    assert row["traded_for"] == parent["id"]
    assert (row["actor"]["login"], row["actor"]["acts_for"]) == ("bot-agent", [])
    assert parent["actor"] is None
    event = json.loads(desk.run("events", "--token", row["id"], "--json").stdout.splitlines()[0])
    assert event["kind"] == "token_created"
    assert (event["actor"]["login"], event["subject"]["login"]) == ("bot-agent", "alice")
    found = json.loads(desk.run("token", "list", "--kind", "agent", "--json").stdout)
    assert row["id"] in [each["id"] for each in found] and parent["id"] not in [each["id"] for each in found]


def test_without_a_scope_it_gets_those_of_the_person_but_the_desks(desk):
    with_desk = desk.make_token("with the desk", "--scope", "git:read", "--scope", "jeton:rotate")
    assert ask(desk, with_desk).json()["scope"] == "git:read"
    everything = desk.make_token("everything")
    assert ask(desk, everything).json()["scope"] == "git maven"
    assert ask(desk, everything, resource="https://git.example.com/team/app.git").json()["scope"] == "git"
    assert ask(desk, everything, scope="git:read:/team/app.git").json()["scope"] == "git:read:/team/app.git"


def test_its_time_is_limited_by_the_operator_and_the_parent(desk, alices):
    assert 3590 <= ask(desk, alices, expires_in="3600").json()["expires_in"] <= 3600
    assert 7190 <= ask(desk, alices, expires_in="99999999").json()["expires_in"] <= 7200
    short = desk.make_token("short", "--expires", "5m")
    assert ask(desk, short, expires_in="3600").json()["expires_in"] <= 300


def test_introspection_tells_who_acts(desk, alices):
    def introspected(token):
        return requests.post(
            desk.url + "/oauth/introspect", data={"token": token}, timeout=30,
            headers={"Authorization": basic("maven", SECRET)}).json()

    answer = introspected(acting(desk, alices))
    assert (answer["active"], answer["username"]) == (True, "alice")
    assert answer["act"]["username"] == "bot-agent"
    assert "act" not in introspected(alices)


def test_the_metadata_offers_the_exchange(desk):
    metadata = requests.get(desk.url + "/.well-known/oauth-authorization-server", timeout=30).json()
    assert EXCHANGE in metadata["grant_types_supported"]


def error(answer):
    assert answer.status_code == 400, answer.text
    assert "jtn_" not in answer.text
    return answer.json()["error"]


def test_what_is_refused(desk, alices):
    child = acting(desk, alices)
    ci = desk.make_token("ci", user="bot-ci")
    revoked = desk.make_token("revoked")
    desk.revoke("revoked")
    count = len(json.loads(desk.run("token", "list", "--kind", "agent", "--json").stdout))
    refused = [
        # Who acts.
        (ask(desk, alices, ci), "unauthorized_client"),
        (ask(desk, alices, alices), "unauthorized_client"),
        (ask(desk, alices, child), "unauthorized_client"),
        (ask(desk, alices, revoked), "invalid_request"),
        (ask(desk, alices, "nonsense"), "invalid_request"),
        (ask(desk, alices, actor_token=None), "invalid_request"),
        (ask(desk, alices, actor_token_type=None), "invalid_request"),
        (ask(desk, alices, actor_token_type="urn:ietf:params:oauth:token-type:jwt"), "invalid_request"),
        # On behalf of whom.
        (ask(desk, ci), "invalid_request"),
        (ask(desk, child), "invalid_request"),
        (ask(desk, revoked), "invalid_request"),
        (ask(desk, ""), "invalid_request"),
        (ask(desk, desk.agent), "invalid_request"),
        # To do what, and for how long.
        (ask(desk, alices, scope="maven:write"), "invalid_scope"),
        (ask(desk, alices, scope="jeton:manage"), "invalid_scope"),
        (ask(desk, alices, scope="elsewhere"), "invalid_scope"),
        (ask(desk, alices, resource="https://elsewhere.example"), "invalid_target"),
        (ask(desk, desk.make_token("git alone", "--scope", "git"), audience="maven"), "invalid_target"),
        (ask(desk, desk.make_token("desk alone", "--scope", "jeton:rotate")), "invalid_request"),
        (ask(desk, alices, expires_in="soon"), "invalid_request"),
        (ask(desk, alices, expires_in="0"), "invalid_request"),
        (ask(desk, alices, requested_token_type="urn:ietf:params:oauth:token-type:id_token"), "invalid_request"),
    ]
    assert [error(answer) for answer, _ in refused] == [expected for _, expected in refused]
    assert len(json.loads(desk.run("token", "list", "--kind", "agent", "--json").stdout)) == count
    # A token that is bound to addresses is not passed on from elsewhere.
    bound = desk.make_token("bound", "--from", "10.0.0.0/8")
    assert error(ask(desk, bound)) == "invalid_request"


def test_no_agent_is_allowed_unless_the_operator_says_so(tmp_path):
    with Jeton(tmp_path, config=None) as desk:
        add_people(desk)
        assert error(ask(desk, desk.make_token("one"))) == "unauthorized_client"
        metadata = requests.get(desk.url + "/.well-known/oauth-authorization-server", timeout=30).json()
        assert EXCHANGE not in metadata["grant_types_supported"]


def test_it_ends_with_the_persons_token(desk):
    parent = desk.make_token("ends")
    children = [acting(desk, parent) for _ in range(3)]
    assert [verify(desk, token).status_code for token in children] == [200] * 3
    desk.revoke("ends")
    answers = [verify(desk, token) for token in children]
    assert [(each.status_code, each.headers["X-Jeton-Reason"]) for each in answers] == [(401, "revoked")] * 3


def test_it_shrinks_and_is_paused_with_the_persons_token(desk):
    parent = desk.make_token("shrinks", "--scope", "git", "--scope", "maven", "--scope", "jeton:manage")
    token, other = acting(desk, parent, scope="git:write"), acting(desk, parent, scope="maven")
    assert verify(desk, token, method="PUT").status_code == 200
    manager = {"Authorization": f"Bearer {desk.make_token('narrows', '--scope', 'jeton:manage')}"}
    identifier = listed(desk, parent)["id"]
    requests.patch(
        f"{desk.url}/api/v1/tokens/{identifier}", json={"scopes": ["git:read"]}, headers=manager,
        timeout=30).raise_for_status()
    assert verify(desk, token).status_code == 200
    assert verify(desk, token, method="PUT").status_code == 403
    assert verify(desk, other, "maven").headers["X-Jeton-Reason"] == "revoked"
    desk.run("token", "pause", "--id", identifier, "--for", "1h")
    assert verify(desk, token).headers["X-Jeton-Reason"] == "paused"
    desk.run("token", "resume", "--id", identifier)
    assert verify(desk, token).status_code == 200


def test_a_suspended_agent_and_a_suspended_person_stop_it_at_once(desk):
    parent = desk.make_token("suspended", user="bob")
    agent = desk.make_token("second", user="bot-agent-2")
    token = acting(desk, parent, agent)
    assert verify(desk, token).status_code == 200
    desk.run("account", "suspend", "bot-agent-2")
    answer = verify(desk, token)
    assert (answer.status_code, answer.headers["X-Jeton-Reason"]) == (403, "agent_inactive")
    assert "agent" in answer.text
    assert verify(desk, parent).status_code == 200
    assert error(ask(desk, parent, agent)) == "invalid_request"
    desk.run("account", "resume", "bot-agent-2")
    assert verify(desk, token).status_code == 200
    desk.run("user", "suspend", "bob")
    assert verify(desk, token).headers["X-Jeton-Reason"] == "owner_suspended"
    assert error(ask(desk, parent, agent)) == "invalid_request"
    desk.run("user", "resume", "bob")
    assert verify(desk, token).headers["Remote-Actor"] == "bot-agent-2"


def test_after_a_restart_it_is_the_same(desk, alices):
    token = acting(desk, alices)
    desk.stop()
    desk.start()
    wait_for(lambda: verify(desk, token).status_code != 503)
    assert verify(desk, token).headers["Remote-Actor"] == "bot-agent"


def test_the_person_ends_all_agents(desk):
    browser = desk.sign_in()
    parent = desk.make_token("for the page")
    token, other = acting(desk, parent, scope="git:read"), acting(desk, parent)
    page = browser.get(desk.url + "/tokens", timeout=30).text
    assert "Agent bot-agent on behalf of you" in page and "Agents on your behalf" in page
    answer = browser.post(desk.url + "/agents/end", data=hidden_fields(page, "/agents/end"), timeout=30)
    assert "of agents revoked" in answer.text and "Agents on your behalf" not in answer.text
    assert [verify(desk, each).status_code for each in (token, other)] == [401, 401]
    assert verify(desk, parent).status_code == 200


def test_so_do_the_api_and_the_operator(desk):
    parent = desk.make_token("for the API", "--scope", "git")
    manager = {"Authorization": f"Bearer {desk.make_token('ends agents', '--scope', 'jeton:manage')}"}

    def end():
        return requests.post(desk.url + "/api/v1/agents/end", headers=manager, json={}, timeout=30)

    token = acting(desk, parent)
    answer = end()
    assert answer.status_code == 200 and answer.json()["ended"] >= 1
    assert verify(desk, token).status_code == 401
    assert end().json() == {"ended": 0}
    token = acting(desk, parent)
    assert desk.run("token", "revoke", "--agents", "--user", "alice").stdout == (
        "revoked 1 token of agents on behalf of alice\n")
    assert verify(desk, token).status_code == 401
    assert desk.run("token", "revoke", "--agents", "--user", "alice").stdout == (
        "no agent acts on behalf of alice\n")
    # An agent's token cannot end others, or get more.
    token = acting(desk, parent)
    assert requests.post(
        desk.url + "/api/v1/agents/end", json={}, headers={"Authorization": f"Bearer {token}"}, timeout=30
    ).status_code == 403


def test_at_once_with_the_revocation_of_the_parent_nothing_stays(desk):
    """Whatever the order, no agent has a token that works once the parent's revocation was answered."""
    for turn in range(5):
        parent = desk.make_token(f"race {turn}")
        with concurrent.futures.ThreadPoolExecutor(8) as pool:
            asked = [pool.submit(ask, desk, parent) for _ in range(8)]
            pool.submit(desk.revoke, f"race {turn}").result()
            answers = [each.result() for each in asked]
        for answer in answers:
            if answer.status_code == 200:
                assert verify(desk, answer.json()["access_token"]).status_code == 401


def test_a_second_agent_where_the_operator_allows_it(tmp_path):
    with started(tmp_path / "desk", depth=2) as desk:
        add_people(desk)
        second = desk.make_token("second", user="bot-agent-2")
        parent = desk.make_token("laptop", "--scope", "git")
        first = acting(desk, parent, scope="git:read")
        token = acting(desk, first, second, expires_in="7200")
        assert error(ask(desk, first, second, scope="git:write")) == "invalid_scope"
        granted = verify(desk, token)
        assert (granted.headers["Remote-User"], granted.headers["Remote-Actor"]) == ("alice", "bot-agent-2")
        row = listed(desk, token)
        assert len(row["actor"]["acts_for"]) == 1 and row["actor"]["got_for"] == listed(desk, first)["id"]
        assert row["expires_at"] <= listed(desk, first)["expires_at"]
        assert error(ask(desk, token)) == "invalid_request"
        # The chain ends wherever one of them ends.
        desk.run("account", "suspend", "bot-agent")
        assert verify(desk, token).headers["X-Jeton-Reason"] == "agent_inactive"
        desk.run("account", "resume", "bot-agent")
        desk.run("token", "revoke", "--id", listed(desk, first)["id"])
        assert verify(desk, token).headers["X-Jeton-Reason"] == "revoked"


def test_nginx_passes_the_agent_on_and_none_that_a_client_wrote(desk, alices, tmp_path):
    nginx = next(proxy for proxy in PROXIES if proxy.name == "nginx")
    token = acting(desk, alices)
    with Service(tmp_path / "service") as service, Running(
            nginx, tmp_path / "nginx", jeton=desk.port, service=service.port) as front:
        for sent, expected in ((token, ["bot-agent"]), (alices, [])):
            answer = requests.get(
                front.url + "/x", timeout=30, headers={"Authorization": f"Bearer {sent}", "Remote-Actor": "root"})
            assert answer.status_code == 200
            actors = [value for name, value in service.seen[-1]["headers"] if name.lower() == "remote-actor"]
            assert actors == expected
