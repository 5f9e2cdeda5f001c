"""What only the gate sees of misused tokens, behind the example's nginx."""

import json

import requests

from jeton import wait_for


def told(jeton):
    listed = jeton.run("events", "--kind", "token_misused", "--json").stdout
    return {event["detail"] for event in map(json.loads, listed.splitlines())}


def test_a_token_in_an_address_is_an_event_a_finding_and_on_its_page(jeton, builds):
    token = jeton.make_token("pasted", "--scope", "maven:read")
    for _ in range(3):
        answer = requests.get(f"{builds.url}/maven/a.jar?private_token={token}", timeout=20)
        assert answer.status_code == 401, "it is no credential there"
    detail = "pasted: sent in a query string at maven, where addresses are kept in logs"
    wait_for(lambda: detail in told(jeton))
    assert requests.get(f"{builds.url}/maven/a.jar", auth=("", token), timeout=20).status_code != 401
    found = json.loads(jeton.run("token", "list", "--all", "--finding", "misused", "--json").stdout)
    assert [listed["name"] for listed in found] == ["pasted"]
    session = jeton.sign_in()
    page = session.get(f"{jeton.url}/tokens/{found[0]['id']}", timeout=20).text
    assert detail in page
    assert "used in an unsafe way" in page
    assert "Used in an unsafe way" in session.get(f"{jeton.url}/admin/tokens?finding=misused", timeout=20).text
    assert token not in jeton.whole_log()
    assert token not in jeton.run("events", "--json").stdout


def test_a_token_at_the_wrong_service_and_over_plain_http(jeton, builds):
    token = jeton.make_token("astray", "--scope", "git:read")
    assert requests.get(f"{builds.url}/maven/a.jar", auth=("alice", token), timeout=20).status_code == 403
    wait_for(lambda: "astray: tried at maven, for which it has no scope" in told(jeton))
    plain = {"Authorization": f"Bearer {token}", "X-Forwarded-Proto": "http", "X-Original-Method": "GET",
             "X-Original-URI": "/git/app.git/info/refs?service=git-upload-pack"}
    assert jeton.verify("git", headers=plain).status_code == 200
    wait_for(lambda: "astray: sent over plain http to git, readable by everybody on the way" in told(jeton))
