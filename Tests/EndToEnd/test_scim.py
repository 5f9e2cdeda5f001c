"""Provisioning by SCIM: with the tester of scim2-tester, as Okta and Entra do it, and by a real Canaille."""

import json
import re
import sqlite3
import subprocess
import threading
import time
import uuid

import pytest
import requests
from httpx2 import Client
from scim2_client.engines.httpx2 import SyncSCIMClient
from scim2_tester import Status, check_server

from canaille import Canaille
from jeton import ROOT, Jeton, basic, wait_for
from provided import provided_desk
from test_oidc import ALICE, OTHER_ALICE, provider  # noqa: F401: a fixture
from test_revoke_race import verify_until

PATCH = "urn:ietf:params:scim:api:messages:2.0:PatchOp"
USER = "urn:ietf:params:scim:schemas:core:2.0:User"
CONNECTIONS = 64


class SCIM:
    """SCIM at a server, by a provisioning token."""

    def __init__(self, jeton, token):
        self.url = jeton.url + "/scim/v2"
        self.session = requests.Session()
        self.session.headers["Authorization"] = f"Bearer {token}"
        self.session.headers["Content-Type"] = "application/scim+json"

    def send(self, method, path, body=None, expected=200, **options):
        answer = self.session.request(method, self.url + path, json=body, timeout=30, **options)
        assert answer.status_code == expected, answer.text
        return answer.json() if answer.content else None

    def patch(self, path, *operations, **options):
        return self.send("PATCH", path, {"schemas": [PATCH], "Operations": list(operations)}, **options)

    def add(self, login, **more):
        return self.send("POST", "/Users", {"schemas": [USER], "userName": login, **more}, expected=201)["id"]

    def find(self, filter, kind="Users"):
        return self.send("GET", f"/{kind}", params={"filter": filter})["Resources"]


@pytest.fixture(scope="module")
def desk(tmp_path_factory):
    """A server with an administrator who signs in by password even beside a provider."""
    with Jeton(tmp_path_factory.mktemp("desk")) as server:
        server.add_user("root", "--break-glass")
        yield server


@pytest.fixture(scope="module")
def scim(desk):
    return SCIM(desk, desk.make_token("provisioning", "--scope", "jeton:scim", user="root"))


def reason(desk, token):
    answer = desk.verify(headers={"Authorization": f"Bearer {token}"})
    return answer.status_code, answer.headers.get("X-Jeton-Reason")


def test_scim2_tester_passes_in_full(desk, scim):
    client = Client(base_url=scim.url, headers={"Authorization": scim.session.headers["Authorization"]})
    results = check_server(SyncSCIMClient(client))
    failed = [f"{result.title}: {result.reason}" for result in results if result.status != Status.SUCCESS]
    assert not failed, "\n".join(failed)
    assert len(results) >= 90
    kinds = {result.resource_type for result in results}
    assert {"User", "Group"} <= kinds


def test_what_okta_sends(desk, scim):
    """Its requests in its order, as its documentation and its own SCIM test suite have them."""
    # Is she here? No. Then she is added.
    assert scim.find('userName eq "okta.user@example.com"') == []
    created = scim.send("POST", "/Users", {
        "schemas": [USER], "userName": "okta.user@example.com",
        "name": {"givenName": "Okta", "familyName": "User"},
        "emails": [{"primary": True, "value": "okta.user@example.com", "type": "work"}],
        "displayName": "Okta User", "locale": "en-US", "externalId": "00u1okta", "groups": [],
        "password": "1mz050nq", "active": True,
    }, expected=201)
    id = created["id"]
    assert created["active"] is True
    assert "password" not in created
    assert [user["id"] for user in scim.find('userName eq "okta.user@example.com"')] == [id]
    assert scim.send("GET", f"/Users/{id}") == created
    token = desk.make_token("ci", user="okta.user@example.com")
    assert desk.status(token) == 200

    # A profile update, by PUT.
    created["name"]["familyName"] = "Renamed"
    created["displayName"] = "Okta Renamed"
    assert scim.send("PUT", f"/Users/{id}", created)["displayName"] == "Okta Renamed"
    granted = desk.verify(headers={"Authorization": f"Bearer {token}"})
    assert granted.headers["Remote-Name"] == "Okta Renamed"

    # Deactivated and reactivated: by PATCH without and with a path.
    for off, on in (
        ({"op": "replace", "value": {"active": False}}, {"op": "replace", "value": {"active": True}}),
        ({"op": "replace", "path": "active", "value": False}, {"op": "replace", "path": "active", "value": True}),
    ):
        assert scim.patch(f"/Users/{id}", off)["active"] is False
        assert reason(desk, token) == (403, "owner_suspended")
        assert scim.patch(f"/Users/{id}", on)["active"] is True
        assert desk.status(token) == 200

    # A group is pushed: added, filled, changed, renamed, removed.
    group = scim.send("POST", "/Groups", {
        "schemas": ["urn:ietf:params:scim:schemas:core:2.0:Group"], "displayName": "Okta devs",
        "members": [{"value": id, "display": "okta.user@example.com"}],
    }, expected=201)["id"]

    def groups():
        return desk.verify(headers={"Authorization": f"Bearer {token}"}).headers.get("Remote-Groups", "")

    assert groups() == "Okta devs"
    scim.patch(f"/Groups/{group}", {"op": "remove", "path": f'members[value eq "{id}"]'})
    assert groups() == ""
    scim.patch(f"/Groups/{group}", {"op": "add", "path": "members", "value": [{"value": id}]})
    scim.patch(f"/Groups/{group}", {"op": "replace", "value": {"id": group, "displayName": "Okta developers"}})
    assert groups() == "Okta developers"
    found = scim.send("GET", "/Groups", params={"startIndex": 1, "count": 100})
    assert "Okta developers" in [each["displayName"] for each in found["Resources"]]
    scim.send("DELETE", f"/Groups/{group}", expected=204)
    assert groups() == ""
    assert b"1mz050nq" not in b"".join(path.read_bytes() for path in desk.data.glob("jeton.db*"))
    assert "1mz050nq" not in desk.whole_log()


def test_what_entra_sends(desk, scim):
    created = scim.send("POST", "/Users", {
        "schemas": [USER, "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"],
        "externalId": "58342554-38d6-4ec8-948c-50044d0a33fd", "userName": "entra_user@example.com",
        "active": True, "displayName": "Entra User",
        "emails": [{"primary": True, "type": "work", "value": "entra_user@example.com"}],
        "meta": {"resourceType": "User"}, "name": {"formatted": "Entra User", "givenName": "Entra"},
        "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User": {"department": "Sales"},
    }, expected=201)
    id = created["id"]
    assert [user["id"] for user in scim.find('externalId eq "58342554-38d6-4ec8-948c-50044d0a33fd"')] == [id]
    token = desk.make_token("ci", user="entra_user@example.com")
    scim.patch(
        f"/Users/{id}",
        {"op": "Replace", "path": "displayName", "value": "Entra Renamed"},
        {"op": "Replace", "path": 'emails[type eq "work"].value', "value": "renamed@example.com"},
        {"op": "Add", "path": 'phoneNumbers[type eq "work"].value', "value": "+1 555"},
        {"op": "Add", "path": "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:department",
         "value": "Support"},
        {"op": "Replace", "path": "name.familyName", "value": "User"})
    granted = desk.verify(headers={"Authorization": f"Bearer {token}"})
    assert (granted.headers["Remote-Name"], granted.headers["Remote-Email"]) == (
        "Entra Renamed", "renamed@example.com")
    assert scim.patch(f"/Users/{id}", {"op": "Replace", "path": "active", "value": "False"})["active"] is False
    assert reason(desk, token) == (403, "owner_suspended")
    scim.patch(f"/Users/{id}", {"op": "Replace", "value": {"active": "True"}})
    assert desk.status(token) == 200
    group = scim.send("POST", "/Groups", {"displayName": "Entra group", "externalId": str(uuid.uuid4())},
                      expected=201)["id"]
    scim.patch(f"/Groups/{group}", {"op": "Add", "path": "members", "value": [{"$ref": None, "value": id}]})
    listed = scim.send("GET", f"/Groups/{group}", params={"excludedAttributes": "members"})
    assert "members" not in listed
    scim.patch(f"/Groups/{group}", {"op": "Remove", "path": "members", "value": [{"value": id}]})
    assert "members" not in scim.send("GET", f"/Groups/{group}")


@pytest.mark.parametrize("more", [{"externalId": "e-1"}, {}], ids=["with externalId, as Entra", "without, as Okta"])
def test_a_group_that_is_sent_again_makes_no_twin(desk, scim, more):
    """As after an answer that was lost."""
    login = f"twin{len(more)}"
    id = scim.add(login)
    token = desk.make_token("ci", user=login)
    group = {"displayName": f"twins{len(more)}", "members": [{"value": id}], **more}
    first = scim.send("POST", "/Groups", group, expected=201)["id"]
    assert scim.send("POST", "/Groups", group, expected=409)["scimType"] == "uniqueness"
    scim.patch(f"/Groups/{first}", {"op": "remove", "path": f'members[value eq "{id}"]'})
    granted = desk.verify(headers={"Authorization": f"Bearer {token}"})
    assert granted.headers.get("Remote-Groups", "") == ""


@pytest.mark.parametrize("value", [[], [{}], "", [{"value": None}], [{"$ref": None}], None], ids=json.dumps)
def test_what_names_nobody_removes_nobody(scim, value):
    login = f"member{uuid.uuid4().hex[:8]}"
    id = scim.add(login)
    group = scim.send("POST", "/Groups", {"displayName": f"group of {login}", "members": [{"value": id}]},
                      expected=201)["id"]
    scim.patch(f"/Groups/{group}", {"op": "Remove", "path": "members", "value": value},
               expected=200 if value == [] else 400)
    members = scim.send("GET", f"/Groups/{group}")["members"]
    assert [member["value"] for member in members] == [id]
    scim.patch(f"/Groups/{group}", {"op": "Remove", "path": "members", "value": [{"$ref": members[0]["$ref"]}]})
    assert "members" not in scim.send("GET", f"/Groups/{group}")


def costly(scim):
    """Requests within every size, that are work beyond measure: method, path, body and query."""
    group = scim.send("POST", "/Groups", {"displayName": f"costly {uuid.uuid4()}"}, expected=201)["id"]
    ids = [user["id"] for user in scim.send("GET", "/Users")["Resources"]]
    scim.patch(f"/Groups/{group}", {"op": "add", "path": "members", "value": [{"value": id} for id in ids]})
    filter = " or ".join(f'value co "{number:02}"' for number in range(119))
    operation = {"op": "remove", "path": f"members[{filter} and value eq 1]"}
    text = "a" * 1000
    person = scim.add(f"costly{uuid.uuid4().hex[:8]}", emails=[
        {"value": "x@example.com", "display": text[number:]} for number in range(25)])
    sought = " or ".join(f'emails.display co "b{text[:n]}"' for n in range(500, 503))
    return {
        "operations and comparisons": ("PATCH", f"/Groups/{group}", {"Operations": [operation] * 400}, None),
        "texts that are almost found": ("GET", "/Users", None, {"filter": sought}),
        "attributes": ("POST", "/Users/.search", {"attributes": ["emails"] * 80000}, None),
        "names": ("PATCH", f"/Users/{person}",
                  {"Operations": [{"op": "replace", "value": {f"x{n}": 1 for n in range(60000)}}]}, None),
        "paths": ("PATCH", f"/Users/{person}", {"Operations": [
            {"op": "remove", "path": "emails[" + " or ".join(['display eq "x"'] * 150) + "]"}] * 300}, None),
    }


def test_no_request_within_the_sizes_costs_seconds(desk, scim):
    for number in range(300):
        scim.add(f"many{number}")
    for name, (method, path, body, query) in costly(scim).items():
        begun = time.monotonic()
        answer = scim.session.request(method, scim.url + path, json=body, params=query, timeout=120)
        # A debug build on a busy machine is some twenty times slower than what people run.
        assert time.monotonic() - begun < 10, name
        assert answer.status_code in (200, 400), f"{name}: {answer.text[:300]}"
        print(name, answer.status_code, f"{time.monotonic() - begun:.2f} s", answer.text[:120])


def test_a_provisioning_token_is_for_nothing_else(desk, scim):
    token = scim.session.headers["Authorization"].removeprefix("Bearer ")
    assert reason(desk, token) == (403, "insufficient_scope")
    headers = {"Authorization": f"Bearer {token}"}
    assert requests.get(desk.url + "/api/v1/tokens", headers=headers).status_code == 403
    manager = desk.make_token("manager", "--scope", "jeton:manage", user="root")
    plain = desk.make_token("plain", user="root")
    for other in (manager, plain):
        answer = requests.get(scim.url + "/Users", headers={"Authorization": f"Bearer {other}"})
        assert answer.status_code == 403
        assert answer.headers["Content-Type"] == "application/scim+json"
    bred = requests.post(desk.url + "/api/v1/tokens", json={"name": "child", "scopes": ["jeton:scim"]},
                         headers={"Authorization": f"Bearer {manager}"})
    assert bred.status_code == 422
    desk.add_user("nobody")
    refused = desk.run("token", "create", "--user", "nobody", "--name", "x", "--scope", "jeton:scim", check=False)
    assert refused.returncode == 1
    assert "only by an administrator" in refused.stderr
    # As a password it is taken, too.
    assert requests.get(scim.url + "/Users", headers={"Authorization": basic("root", token)}).status_code == 200


def test_what_ends_stays_ended_and_is_listed(desk, scim):
    id = scim.add("leaver", externalId="leaver-1")
    token = desk.make_token("ci", user="leaver")
    scim.send("DELETE", f"/Users/{id}", expected=204)
    assert reason(desk, token) == (401, "revoked")
    scim.send("GET", f"/Users/{id}", expected=404)
    listed = json.loads(desk.run("token", "list", "--all", "--json").stdout)
    assert [each["revoked"]["reason"] for each in listed if each["owner"] == "leaver"] == ["account_ended"]
    assert "leaver" not in desk.run("user", "list").stdout
    assert re.search(r"leaver .*ended", desk.run("user", "list", "--all").stdout)
    heir = scim.add("leaver", externalId="leaver-1")
    assert heir != id
    assert reason(desk, token) == (401, "revoked")
    assert desk.status(desk.make_token("ci", user="leaver")) == 200


def test_two_suspensions(desk, scim):
    id = scim.add("twice")
    token = desk.make_token("ci", user="twice")
    scim.patch(f"/Users/{id}", {"op": "replace", "value": {"active": False}})
    assert "deactivated by the provider" in desk.run("user", "list").stdout
    refused = desk.run("user", "resume", "twice", check=False)
    assert refused.returncode == 1
    assert "reactivate the account there" in refused.stderr
    desk.run("user", "suspend", "twice")
    scim.send("PUT", f"/Users/{id}", {"userName": "twice", "displayName": "Twice", "active": True})
    assert reason(desk, token) == (403, "owner_suspended")
    desk.run("user", "resume", "twice")
    assert desk.status(token) == 200


def test_no_grant_is_seen_after_a_deactivation_was_answered(desk, scim):
    """And from the request to the first refusal it takes less than a second, under load."""
    for number in range(5):
        id = scim.add(f"raced{number}")
        token = desk.make_token("ci", user=f"raced{number}")
        over, logs, threads = threading.Event(), [], []
        for _ in range(CONNECTIONS):
            log = []
            logs.append(log)
            threads.append(threading.Thread(target=verify_until, args=(desk, token, over, log)))
            threads[-1].start()
        wait_for(lambda: all(logs), seconds=60)
        scim.patch(f"/Users/{id}", {"op": "replace", "value": {"active": False}})
        answered = time.monotonic()
        wait_for(lambda: all(log[-1][0] > answered for log in logs), seconds=60)
        over.set()
        for thread in threads:
            thread.join()

        seen = sorted(entry for log in logs for entry in log)
        assert all(log[0][1] == 200 for log in logs), "each connection began with a grant"
        after = [status for sent, status in seen if sent > answered]
        assert len(after) >= CONNECTIONS
        assert set(after) == {403}, f"{after.count(200)} grants after the deactivation"


@pytest.mark.parametrize("body", [
    b"[" * 200000, b"{" * 5000, b'{"a":' * 2000 + b"1" + b"}" * 2000, b"\xff\xfe", b"\x00", b"null", b"",
    b'{"userName":"x","emails":' + b"[" * 2000 + b"]" * 2000 + b"}",
    b'{"userName":"' + b"x" * 500000 + b'"}',
    b'{"userName":"x","displayName":"' + b"x" * 500000 + b'"}',
    b'{"userName":"x","emails":[' + b",".join([b'{"value":"a@b.c"}'] * 20000) + b"]}",
    b'{"Operations":[' + b",".join([b'{"op":"add","path":"emails","value":[{"value":"a@b.c"}]}'] * 10000) + b"]}",
    b'{"Operations":[{"op":"add","path":"' + b"(" * 100000 + b'","value":1}]}',
    b'{"Operations":[{"op":"add","path":"emails[' + b"not (" * 2000 + b'","value":1}]}',
], ids=range(14))
def test_hostile_bodies_are_refused_in_words(desk, scim, body):
    id = (scim.find('userName eq "hostile"') or [{"id": scim.add("hostile")}])[0]["id"]
    for method, path in (("POST", "/Users"), ("PUT", f"/Users/{id}"), ("PATCH", f"/Users/{id}"),
                         ("POST", "/Groups"), ("POST", "/.search")):
        answer = scim.session.request(method, scim.url + path, data=body, timeout=30)
        if answer.status_code == 200 and path == "/.search":
            continue  # What is no part of a search is no condition of it.
        assert answer.status_code == 400, f"{method} {path}: {answer.status_code}"
        assert answer.json()["schemas"] == ["urn:ietf:params:scim:api:messages:2.0:Error"]
        assert len(answer.content) < 1000
    assert scim.send("GET", f"/Users/{id}")["userName"] == "hostile"


def test_nothing_there_is_a_page(desk):
    for path in ("/scim", "/scim/", "/scim/v2", "/scim/v2/", "/scim/v1/Users", "/scim/v2/Nothing"):
        answer = requests.get(desk.url + path, headers={"Accept": "text/html"})
        assert (answer.status_code, answer.headers["Content-Type"]) == (404, "application/scim+json")


def sign_in(desk, sub):
    """Through the provider as the person of that `sub`: where that leads, and the browser."""
    browser = requests.Session()
    away = browser.get(desk.url + "/sign-in/oidc", allow_redirects=False)
    back = browser.post(away.headers["Location"], data={"sub": sub}, allow_redirects=False)
    return browser.get(back.headers["Location"], allow_redirects=False), browser


@pytest.mark.parametrize("way", ["command line", "SCIM"])
def test_every_sub_changes_under_one_issuer(tmp_path, provider, way):
    with provided_desk(tmp_path, provider, "not a secret") as desk:
        desk.add_user("root", "--break-glass")
        scim = SCIM(desk, desk.make_token("provisioning", "--scope", "jeton:scim", user="root"))
        id = scim.add("alice", externalId="of a directory") if way == "SCIM" else None
        arrived, former = sign_in(desk, ALICE["sub"])
        assert arrived.status_code == 303
        token = desk.make_token("ci", user="alice")
        refused, _ = sign_in(desk, OTHER_ALICE["sub"])
        assert refused.status_code == 409
        if way == "SCIM":
            scim.patch(f"/Users/{id}", {"op": "replace", "path": "externalId", "value": OTHER_ALICE["sub"]})
        else:
            assert "released the identity of alice" in desk.run("user", "release-identity", "alice").stdout
            assert former.get(desk.url + "/tokens", allow_redirects=False).status_code == 303, "sessions end"
            again = desk.run("user", "release-identity", "alice", check=False)
            assert (again.returncode, "no identity to release" in again.stderr) == (1, True)
        arrived, browser = sign_in(desk, OTHER_ALICE["sub"])
        assert arrived.status_code == 303, arrived.text
        assert former.get(desk.url + "/tokens", allow_redirects=False).status_code == 303
        assert desk.status(token) == 200
        assert "ci" in browser.get(desk.url + "/tokens").text, "the same account"
        assert sign_in(desk, ALICE["sub"])[0].status_code == 409


def test_a_login_has_one_writer(tmp_path, provider):
    """Canaille's preferred_username is no login, and others' differ from the userName as well."""
    with provided_desk(tmp_path, provider, "not a secret") as desk:
        desk.add_user("root", "--break-glass")
        scim = SCIM(desk, desk.make_token("provisioning", "--scope", "jeton:scim", user="root"))
        told = {"userName": "a.doe", "externalId": ALICE["sub"], "displayName": "A. Doe"}
        id = scim.send("POST", "/Users", told, expected=201)["id"]
        token = desk.make_token("ci", user="a.doe")
        for _ in range(2):
            assert sign_in(desk, ALICE["sub"])[0].status_code == 303
            for _ in range(2):
                granted = desk.verify(headers={"Authorization": basic("a.doe", token)})
                assert (granted.status_code, granted.headers["Remote-User"], granted.headers["Remote-Email"]) == (
                    200, "a.doe", ALICE["email"])
                scim.send("PUT", f"/Users/{id}", {**told, "displayName": f"A. Doe {uuid.uuid4()}"})


def test_a_large_group_is_pushed_in_pieces(desk, scim):
    """The body's limit is limits.body: 1 MiB holds some ten thousand members; more come in several requests."""
    ids = [scim.add(f"member{number}") for number in range(40)]
    group = scim.send("POST", "/Groups", {"displayName": "large"}, expected=201)["id"]
    for start in range(0, len(ids), 10):
        scim.patch(f"/Groups/{group}", *(
            {"op": "add", "path": "members", "value": [{"value": id}]} for id in ids[start:start + 10]))
    assert len(scim.send("GET", f"/Groups/{group}")["members"]) == 40
    answer = scim.session.put(scim.url + f"/Groups/{group}", data=b" " * (2 << 20))
    assert answer.status_code == 413


def test_who_signs_in_is_who_was_provisioned(tmp_path, provider):
    config = tmp_path / "jeton.yaml"
    desk = Jeton(tmp_path, config=config)
    secret = tmp_path / "client-secret"
    secret.write_text("not a secret\n")
    config.write_text(f"""
sign_in:
  oidc:
    issuer: {provider}
    client_id: jeton
    client_secret_file: {secret}
    admin_groups: [pushed-admins]
services: {{ maven: {{ title: Maven }} }}
public_url: {desk.url}
""")
    with desk:
        desk.add_user("root", "--break-glass")
        scim = SCIM(desk, desk.make_token("provisioning", "--scope", "jeton:scim", user="root"))
        id = scim.add("alice", externalId=ALICE["sub"], displayName="Alice of SCIM")
        token = desk.make_token("ci")
        browser = requests.Session()
        away = browser.get(desk.url + "/sign-in/oidc", allow_redirects=False)
        back = browser.post(away.headers["Location"], data={"sub": ALICE["sub"]}, allow_redirects=False)
        assert browser.get(back.headers["Location"], allow_redirects=False).headers["Location"] == "/tokens"
        people = json.loads(desk.run("user", "list", "--json").stdout)
        assert [(person["id"], person["login"]) for person in people if person["login"] != "root"] == [(id, "alice")]
        group = scim.send("POST", "/Groups", {"displayName": "pushed-admins", "members": [{"value": id}]},
                          expected=201)["id"]
        granted = desk.verify(headers={"Authorization": f"Bearer {token}"})
        assert granted.headers["Remote-Groups"] == "staff,desk-admins,pushed-admins"
        assert browser.get(desk.url + "/admin/people").status_code == 200
        scim.patch(f"/Groups/{group}", {"op": "remove", "path": "members"})
        assert browser.get(desk.url + "/admin/people").status_code == 403

        scim.patch(f"/Users/{id}", {"op": "replace", "value": {"active": False}})
        assert reason(desk, token) == (403, "owner_suspended")
        assert browser.get(desk.url + "/tokens", allow_redirects=False).status_code == 303
        away = browser.get(desk.url + "/sign-in/oidc", allow_redirects=False)
        back = browser.post(away.headers["Location"], data={"sub": ALICE["sub"]}, allow_redirects=False)
        assert browser.get(back.headers["Location"], allow_redirects=False).status_code == 403
        # Sessions do not come back with the tokens.
        scim.patch(f"/Users/{id}", {"op": "replace", "value": {"active": True}})
        assert desk.status(token) == 200
        assert browser.get(desk.url + "/tokens", allow_redirects=False).status_code == 303


@pytest.fixture(scope="module")
def canaille(tmp_path_factory):
    # Without its own SCIM server it cannot name the people that it tells of.
    with Canaille(tmp_path_factory.mktemp("canaille"),
                  "[CANAILLE_SCIM]\nENABLE_SERVER = true\nENABLE_CLIENT = true\n") as provider:
        yield provider


def unlock(canaille, login):
    """Its command line takes no empty date, so this is what the button of its page does."""
    program = f"""
from canaille import create_app
from canaille.app import models
from canaille.backends import Backend
app = create_app()
with app.app_context(), app.backend.session():
    user = Backend.instance.get(models.User, user_name={login!r})
    user.lock_date = None
    Backend.instance.save(user)
"""
    subprocess.run(
        [ROOT / ".venv-canaille/bin/python", "-c", program], cwd=canaille.folder, check=True, timeout=120,
        env={"CANAILLE_CONFIG": str(canaille.folder / "canaille.toml")}, capture_output=True)


def test_canaille_provisions_and_whom_it_locks_is_refused(desk, scim, canaille):
    # What it sends is its own access token for the client: so that is the provisioning token.
    secret = desk.make_token("canaille", "--scope", "jeton:scim", user="root")
    canaille.run("create", "client", "--client-id", "desk", "--client-name", "Jeton", "--client-uri", scim.url)
    canaille.run("create", "token", "--quiet", "--client", "desk", "--token-id", "provisioning",
                 "--access-token", secret, "--type", "access_token", "--issue-date", "2026-01-01T00:00:00+00:00",
                 "--lifetime", "999999999", "--audience", "desk")
    # With a telephone number, which is not kept here, but must not be in the way either.
    canaille.add_user("camille", "correct horse battery staple", "Camille Doe", "camille@example.com",
                      "--phone-numbers", "+33 1 23 45 67 89", "--title", "Engineer")
    user = scim.find('userName eq "camille"')[0]
    assert user["active"] is True
    assert user["emails"] == [{"value": "camille@example.com"}]
    assert "phoneNumbers" not in user
    token = desk.make_token("ci", user="camille")
    assert desk.status(token) == 200

    canaille.add_group("engineers", "camille")
    granted = desk.verify(headers={"Authorization": f"Bearer {token}"})
    assert granted.headers["Remote-Groups"] == "engineers"

    canaille.lock("camille")
    assert scim.find('userName eq "camille"')[0]["active"] is False
    assert reason(desk, token) == (403, "owner_suspended")
    # It sends the password's hash along, every time.
    with sqlite3.connect(canaille.folder / "canaille.db") as database:
        (hash,) = database.execute("SELECT password FROM user").fetchone()
    assert hash.startswith(b"$")
    assert hash not in b"".join(path.read_bytes() for path in desk.data.glob("jeton.db*"))
    assert hash.decode() not in desk.whole_log()

    unlock(canaille, "camille")
    assert desk.status(token) == 200
    canaille.run("delete", "user", "--user-name", "camille", "--noconfirm")
    assert scim.find('userName eq "camille"') == []
    assert reason(desk, token) == (401, "revoked")
