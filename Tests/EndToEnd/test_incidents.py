"""Incidents on two nodes that share a PostgreSQL: everything that leaked is refused on both when the answer comes, stays
so after a crash, and is released and revoked in parts, by command, over the network, and by two administrators at once."""

import concurrent.futures
import json
import re

import pytest

from api import API
from jeton import PASSWORD, wait_for
from postgresql import PostgreSQL, node


@pytest.fixture(scope="module")
def postgresql():
    with PostgreSQL() as server:
        yield server


@pytest.fixture
def nodes(tmp_path, postgresql):
    here, there = (node(tmp_path / name, postgresql) for name in "ab")
    here.start()
    try:
        if "root" not in here.run("user", "list").stdout:
            here.add_user("root", "--admin")
            here.add_user("second", "--admin")
            here.add_user("alice")
        there.start()
        yield here, there
    finally:
        for server in (here, there):
            if server.process:
                server.stop()


def tokens(server, prefix, count, *options):
    """The secrets by their names."""
    return {f"{prefix} {number}": server.make_token(f"{prefix} {number}", *options) for number in range(count)}


def statuses(server, secrets):
    return {server.status(secret) for secret in secrets}


def granted(nodes, secrets):
    for server in nodes:
        for secret in secrets:
            wait_for(lambda: server.status(secret) == 200, every=0.001)


def identifiers(server, prefix):
    """The names of tokens by their identifiers."""
    listed = json.loads(server.run("token", "list", "--user", "alice", "--json").stdout)
    return {token["id"]: token["name"] for token in listed if token["name"].startswith(prefix)}


def test_a_log_leaked(nodes, tmp_path):
    here, there = nodes
    leaked = tokens(here, "leaked", 5)
    other = here.make_token("other")
    granted(nodes, [*leaked.values(), other])
    log = tmp_path / "build.log"
    log.write_text("\n".join(f"+ curl -u alice:{secret} …" for secret in leaked.values()))

    preview = here.run("incident", "open", "Log was public", "--secrets", str(log), check=False)
    assert preview.returncode == 2
    assert "5 tokens of 1 person" in preview.stdout, preview.stdout
    selection = re.search(r"--selection (\w+) --yes", preview.stderr)[1]
    assert not any(secret in preview.stdout + preview.stderr for secret in leaked.values())
    assert statuses(there, leaked.values()) == {200}, "nothing was changed"

    opened = here.run("incident", "open", "Log was public", "--selection", selection, "--yes").stdout
    number = re.search(r"opened incident (\d+): Log was public", opened)[1]
    assert "paused 5 tokens, in force on 2 of 2 nodes" in opened
    for server in nodes:
        assert statuses(server, leaked.values()) == {403}
        assert server.status(other) == 200

    here.kill()
    here.start()
    assert statuses(here, leaked.values()) == {403}, "what was answered has survived"

    names = identifiers(here, "leaked")
    (first, name), *_ = names.items()
    released = there.run("incident", "release", number, "--token", first).stdout
    assert "released 1 token" in released and "4 paused, 1 released, 0 ended" in released
    granted(nodes, [leaked[name]])
    assert there.run("incident", "close", number, check=False).returncode == 1
    there.run("incident", "revoke", number, "--all")
    gone = [secret for other, secret in leaked.items() if other != name]
    for server in nodes:
        assert statuses(server, gone) == {401}
        assert server.status(leaked[name]) == 200
    here.run("incident", "close", number)
    events = here.run("events", "--incident", number).stdout
    for kind, count in {"incident_opened": 1, "token_paused": 5, "token_resumed": 1, "token_revoked": 4,
                        "incident_closed": 1}.items():
        assert events.count(kind) == count, events
    for server in nodes:
        assert not any(secret in server.whole_log() for secret in leaked.values())


def test_over_the_network_by_where_tokens_were_used(nodes):
    here, there = nodes
    used = here.make_token("used")
    idle = here.make_token("idle")
    admin = here.make_token("overseer", "--scope", "jeton:admin", user="root")
    audit = here.make_token("auditor", "--scope", "jeton:audit", user="root")
    assert here.verify(headers={"Private-Token": used, "User-Agent": "evil/1"}).status_code == 200
    granted(nodes, [idle])
    api = API(here.url, admin)

    def post(path, body, by=None):
        session = (by or api).session
        return session.post(f"{api.url}/admin/{path}", json=body, timeout=30)

    assert post("selections", {"filter": {"client": "evil"}}, API(here.url, audit)).status_code == 403
    assert post("selections", {"filter": {"clients": "evil"}}).status_code == 422
    wait_for(lambda: post("selections", {"filter": {"client": "evil"}}).status_code == 201, seconds=20)
    selection = post("selections", {"filter": {"client": "evil"}}).json()
    assert selection["count"] == 1 and selection["tokens"][0]["name"] == "used"
    opened = post("incidents", {"title": "Evil client", "selection": selection["id"]}).json()
    assert opened["changed"] == 1 and opened["receipt"]["in_force"]
    assert {server.status(used) for server in nodes} == {403}
    assert {server.status(idle) for server in nodes} == {200}
    read = API(there.url, audit).session.get(f"{api.url}/admin/incidents/{opened['number']}", timeout=10).json()
    assert read["tokens"] == {"paused": 1, "released": 0, "ended": 0} and read["opened_by"] == "root"
    assert post(f"incidents/{opened['number']}/release", {"all": True}).json()["changed"] == 1
    granted(nodes, [used])


def test_two_administrators_at_once(nodes):
    """Both revoke the same tokens: each token once, and each administrator is told what the other has done."""
    here, there = nodes
    secrets = tokens(here, "race", 20)
    granted(nodes, secrets.values())
    ids = list(identifiers(here, "race"))

    def desk(server, login):
        session = server.sign_in(login, PASSWORD)

        def post(path, fields):
            page = session.get(f"{server.url}/admin/tokens", timeout=10).text
            proof = re.search(r'name="csrf" value="([^"]+)"', page)[1]
            return session.post(f"{server.url}{path}", data={**fields, "csrf": proof}, timeout=30,
                                allow_redirects=False)

        preview = post("/admin/bulk", {"token": ids}).headers["Location"]
        return session, lambda: post(preview, {"act": "revoke", "confirm": "on"})

    (one, revoke), (two, also_revoke) = desk(here, "root"), desk(there, "second")
    with concurrent.futures.ThreadPoolExecutor() as pool:
        answers = [pool.submit(act) for act in (revoke, also_revoke)]
        assert [answer.result().status_code for answer in answers] == [303, 303]
    told = [
        re.search(r'role="status"><p>([^<]*)', session.get(f"{server.url}/admin/tokens", timeout=10).text)[1]
        for session, server in ((one, here), (two, there))]
    assert sorted(int(re.match(r"(\d+) tokens revoked", text)[1]) for text in told) == [0, 20], told
    assert any("20 were left as they were, since they changed meanwhile: “race" in text for text in told), told
    for server in nodes:
        assert statuses(server, secrets.values()) == {401}
    events = here.run("events", "--kind", "token_revoked", "--limit", "500", "--search", "race").stdout
    assert events.count("token_revoked") == 20
