"""The identity provider lets a program act for a person: ID-JAG, Okta's Cross App Access."""

import base64
import concurrent.futures
import contextlib
import hmac
import json
import sqlite3
import time
import uuid

import jwt
import pytest
import requests
from cryptography.hazmat.primitives import serialization

from issuer import ASSERTION, Issuer, Key
from jeton import basic
from provided import Flaws, MockProvider, provided_desk, through_mock

PEOPLE = [
    {"sub": "00u-alice", "preferred_username": "alice", "email": "alice@example.com", "name": "Alice"},
    {"sub": "00u-bob", "preferred_username": "bob", "email": "bob@example.com", "name": "Bob"},
]
SECRET = "the secret of a client, long enough"
RESOURCE = "https://notes.example.com/mcp"
SERVICES = {
    "notes": {"title": "Notes", "url": RESOURCE}, "git": {"title": "Git", "kind": "git", "url": "https://git.example.com/"},
    "closed": {"title": "Closed", "url": "https://closed.example.com/", "groups": ["insiders"]}}


@pytest.fixture(scope="module")
def key():
    return Key("of the provider")


@pytest.fixture(scope="module")
def provider(tmp_path_factory, key):
    """A provider that signs people in, whose keys have one that the tests have, too."""
    with MockProvider(tmp_path_factory.mktemp("provider"), PEOPLE) as mock, Flaws(mock.port) as flaws:
        keys = requests.get(
            requests.get(mock.issuer + "/.well-known/openid-configuration", timeout=30).json()["jwks_uri"], timeout=30)
        flaws.answers["/keys"] = (
            200, "application/json", json.dumps({"keys": keys.json()["keys"] + [key.public]}).encode())
        flaws.discovery["jwks_uri"] = flaws.url + "/keys"
        yield flaws


@pytest.fixture(scope="module")
def jobs():
    with Issuer() as issuer:
        yield issuer


@pytest.fixture(scope="module")
def desk(tmp_path_factory, provider, jobs):
    folder = tmp_path_factory.mktemp("desk")
    secret = folder / "secret-of-the-server"
    secret.write_text(SECRET)
    desk = provided_desk(folder, provider.url, "secret", services=SERVICES)
    config = json.loads(desk.config.read_text())
    config["oauth"] = {"id_jag": True, "clients": {
        "example-agent": {"title": "Example agent", "redirect_uris": ["http://127.0.0.1/callback"]},
        "server-agent": {"title": "Agent on a server", "secret_file": str(secret)}}}
    config["federation"] = {"hub": {"issuer": jobs.issuer, "kind": "github"}}
    desk.config.write_text(json.dumps(config))
    with desk:
        desk.add_user("root", "--admin")
        for person in PEOPLE:
            assert through_mock(desk, person["sub"])[0].status_code == 303
        yield desk


@pytest.fixture
def claims(desk, provider):
    def make(**more):
        now = int(time.time())
        claims = {
            "iss": provider.url, "sub": "00u-alice", "aud": desk.url, "client_id": "example-agent",
            "resource": RESOURCE, "scope": "notes:write", "iat": now, "exp": now + 300, "jti": uuid.uuid4().hex, **more}
        return {name: value for name, value in claims.items() if value is not None}

    return make


@pytest.fixture
def assertion(key, claims):
    def make(typ="oauth-id-jag+jwt", **more):
        return key.sign(claims(**more), typ=typ)

    return make


def ask(desk, assertion, headers=None, **more):
    form = {"grant_type": ASSERTION, "assertion": assertion, "client_id": "example-agent", **more}
    form = {name: value for name, value in form.items() if value is not None}
    return requests.post(desk.url + "/oauth/token", data=form, headers=headers, timeout=30)


def error(answer):
    assert answer.status_code in (400, 401), answer.text
    assert "eyJ" not in answer.text
    return answer.json()["error"]


def test_a_program_acts_for_a_person_as_the_provider_says(desk, assertion):
    answer = ask(desk, assertion())
    assert answer.status_code == 200, answer.text
    assert answer.headers["Cache-Control"] == "no-store"
    body = answer.json()
    token = body.pop("access_token")
    assert 890 <= body.pop("expires_in") <= 900
    assert body == {"token_type": "Bearer", "scope": "notes:write"}
    granted = desk.verify("notes", "PUT", {"Authorization": f"Bearer {token}"})
    assert (granted.status_code, granted.headers["Remote-User"]) == (200, "alice")
    assert desk.verify("git", "GET", {"Authorization": f"Bearer {token}"}).status_code == 403
    found = json.loads(desk.run("token", "list", "--kind", "agent", "--json").stdout)
    row = next(each for each in found if each["id"] == granted.headers["X-Jeton-Token"])
    assert (row["name"], row["created_through"], row["client"]["id"]) == ("Example agent", "assertion", "example-agent")
    # One that comes again, or with the same name, is another token.
    assert ask(desk, assertion()).status_code == 200
    session = through_mock(desk, "00u-alice")[1]
    page = session.get(desk.url + "/tokens", timeout=30).text
    assert "Agent Example agent on behalf of you" in page
    assert desk.run("token", "revoke", "--agents", "--user", "alice").stdout.startswith("revoked ")
    assert desk.verify("notes", "GET", {"Authorization": f"Bearer {token}"}).status_code == 401


def test_the_metadata_names_the_profile(desk):
    metadata = requests.get(desk.url + "/.well-known/oauth-authorization-server", timeout=30).json()
    assert metadata["authorization_grant_profiles_supported"] == ["urn:ietf:params:oauth:grant-profile:id-jag"]
    assert ASSERTION in metadata["grant_types_supported"]


@pytest.mark.parametrize("said, asked, given", [
    ("notes:write", None, "notes:write"), ("notes", "notes:read", "notes:read"), ("notes:read", "notes:write", "notes:read"),
    ("notes:write", "notes", "notes:write"), ("openid notes:read git", None, "notes:read"), (None, None, "notes:read"),
    (None, "notes:write", "notes:write"), (None, "notes:read git", "notes:read"),
])
def test_the_scopes_are_what_both_allow_at_the_resource(desk, assertion, said, asked, given):
    answer = ask(desk, assertion(scope=said), scope=asked)
    assert answer.status_code == 200, answer.text
    assert answer.json()["scope"] == given


def test_a_client_with_a_secret_has_to_send_it(desk, assertion):
    def of_server(**more):
        return ask(desk, assertion(client_id="server-agent"), **{"client_id": "server-agent", **more})

    assert error(of_server()) == "invalid_client"
    assert error(of_server(client_secret="another")) == "invalid_client"
    assert of_server(client_secret=SECRET).status_code == 200
    assert of_server(client_id=None, headers={"Authorization": basic("server-agent", SECRET)}).status_code == 200


def now():
    return int(time.time())


@pytest.mark.parametrize("more, form, expected", [
    ({"typ": "JWT"}, {}, "invalid_grant"), ({"typ": "at+jwt"}, {}, "invalid_grant"),
    ({"typ": "logout+jwt"}, {}, "invalid_grant"), ({"typ": None}, {}, "invalid_grant"),
    ({"typ": "secevent+jwt"}, {}, "invalid_grant"),
    ({"aud": "https://elsewhere.example"}, {}, "invalid_grant"), ({"aud": None}, {}, "invalid_grant"),
    ({"aud": "jeton"}, {}, "invalid_grant"), ({"slash": True}, {}, "invalid_grant"),
    ({"several": True}, {}, "invalid_grant"),
    ({"client_id": "server-agent"}, {}, "invalid_grant"), ({"client_id": None}, {}, "invalid_grant"),
    ({}, {"client_id": "nobody"}, "invalid_client"), ({}, {"client_id": None}, "invalid_request"),
    ({}, {"client_id": "jeton-git"}, "invalid_grant"),
    ({"resource": None}, {}, "invalid_grant"), ({"resource": "https://elsewhere.example/"}, {}, "invalid_target"),
    ({}, {"resource": "https://git.example.com/"}, "invalid_target"),
    ({"resource": "https://closed.example.com/", "scope": "closed"}, {}, "invalid_grant"),
    ({"scope": "git:read"}, {}, "invalid_scope"), ({}, {"scope": "git:read"}, "invalid_scope"),
    ({}, {"scope": "jeton:manage"}, "invalid_scope"), ({"scope": "jeton:manage"}, {}, "invalid_scope"),
    ({"scope": ["notes"]}, {}, "invalid_grant"),
    ({"exp": 700}, {}, "invalid_grant"), ({"exp": -100}, {}, "invalid_grant"), ({"exp": None}, {}, "invalid_grant"),
    ({"iat": -1000, "exp": 30}, {}, "invalid_grant"), ({"iat": 300, "exp": 500}, {}, "invalid_grant"),
    ({"iat": None}, {}, "invalid_grant"), ({"jti": None}, {}, "invalid_grant"), ({"jti": ""}, {}, "invalid_grant"),
    ({"sub": "00u-nobody"}, {}, "invalid_grant"), ({"sub": None}, {}, "invalid_grant"), ({"sub": "alice"}, {}, "invalid_grant"),
    ({"iss": "https://elsewhere.example"}, {}, "invalid_grant"),
])
def test_what_is_refused(desk, assertion, more, form, expected):
    more = dict(more)
    for name in ("exp", "iat"):
        if isinstance(more.get(name), int):
            more[name] += now()
    if more.pop("several", False):
        more["aud"] = [desk.url, "https://elsewhere.example"]
    if more.pop("slash", False):
        more["aud"] = desk.url + "/"
    assert error(ask(desk, assertion(**more), **form)) == expected
    # The form of it is good: the same request is granted without the change.
    assert ask(desk, assertion()).status_code == 200


def signed_by_hand(claims, key):
    """With HS256 and the public key as the secret, which libraries refuse to write."""
    def encoded(content):
        return base64.urlsafe_b64encode(content).rstrip(b"=")

    header = {"alg": "HS256", "typ": "oauth-id-jag+jwt", "kid": key.name}
    text = b".".join(encoded(json.dumps(part).encode()) for part in (header, claims))
    public = key.private.public_key().public_bytes(
        serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
    return (text + b"." + encoded(hmac.digest(public, text, "sha256"))).decode()


def test_only_the_providers_own_key_signs(desk, claims, key, jobs):
    other = Key("of the provider")
    unsigned = jwt.encode(claims(), None, "none", headers={"typ": "oauth-id-jag+jwt"})
    mac = signed_by_hand(claims(), key)
    of_job = jobs.key.sign(claims(), typ="oauth-id-jag+jwt")
    issued_by_job = jobs.key.sign(claims(iss=jobs.issuer), typ="oauth-id-jag+jwt")
    altered = key.sign(claims(), typ="oauth-id-jag+jwt")[:-8] + "AAAAAAAA"
    for each in (other.sign(claims(), typ="oauth-id-jag+jwt"), unsigned, mac, of_job, issued_by_job, altered, "x", "a.b.c"):
        assert error(ask(desk, each)) == "invalid_grant"


def test_it_works_once_also_at_once(desk, assertion):
    once = assertion()
    with concurrent.futures.ThreadPoolExecutor(16) as pool:
        answers = list(pool.map(lambda _: ask(desk, once), range(16)))
    assert sorted(answer.status_code for answer in answers) == [200] + [400] * 15
    assert error(ask(desk, once)) == "invalid_grant"


def test_nobody_acts_for_somebody_who_is_suspended(desk, assertion):
    assert ask(desk, assertion(sub="00u-bob")).status_code == 200
    token = ask(desk, assertion(sub="00u-bob")).json()["access_token"]
    desk.run("user", "suspend", "bob")
    assert error(ask(desk, assertion(sub="00u-bob"))) == "invalid_grant"
    assert desk.verify("notes", "GET", {"Authorization": f"Bearer {token}"}).status_code == 403
    desk.run("user", "resume", "bob")
    assert ask(desk, assertion(sub="00u-bob")).status_code == 200


def test_nobody_acts_for_somebody_who_has_to_sign_in_first(desk, assertion):
    config = desk.config.read_text()
    desk.stop()
    changed = json.loads(config)
    changed["sign_in"]["tokens_need_sign_in_every"] = "1d"
    desk.config.write_text(json.dumps(changed))
    with contextlib.closing(sqlite3.connect(desk.data / "jeton.db")) as database, database:
        database.execute("UPDATE subjects SET last_sign_in_at = 1, created_at = 1 WHERE login = 'bob'")
        database.execute("UPDATE sign_in_demand SET since = 1")
    desk.start()
    with contextlib.closing(sqlite3.connect(desk.data / "jeton.db")) as database, database:
        database.execute("UPDATE sign_in_demand SET since = 1")
    desk.stop()
    desk.start()
    assert error(ask(desk, assertion(sub="00u-bob"))) == "invalid_grant"
    assert ask(desk, assertion()).status_code == 200
    assert through_mock(desk, "00u-bob")[0].status_code == 303
    assert ask(desk, assertion(sub="00u-bob")).status_code == 200


def test_it_is_off_unless_the_operator_says_otherwise(tmp_path, provider, key):
    with provided_desk(tmp_path, provider.url, "secret", services=SERVICES) as desk:
        claims = {"iss": provider.url, "sub": "00u-alice", "aud": desk.url, "client_id": "jeton-git", "resource": RESOURCE,
                  "iat": now(), "exp": now() + 60, "jti": "1"}
        answer = ask(desk, key.sign(claims, typ="oauth-id-jag+jwt"), client_id="jeton-git")
        assert error(answer) == "unsupported_grant_type"
        metadata = requests.get(desk.url + "/.well-known/oauth-authorization-server", timeout=30).json()
        assert "authorization_grant_profiles_supported" not in metadata
