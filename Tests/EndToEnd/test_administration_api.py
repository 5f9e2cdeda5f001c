"""The administration API with the real server: what a token with jeton:admin does, and what it never does, also by
`jeton apply`."""

import json
import os
import re
import subprocess

import pytest
import requests

from jeton import BINARY, PASSWORD, ROOT, Jeton

CONFIG = """
services:
  maven: { title: Maven repository, tokens: { approval: [ops] } }
  git: { title: Projects over Git, kind: git }
accounts:
  may_oversee: [bot-siem]
"""
# No such provider is there: what matters is that it has groups whose members are administrators.
PROVIDER = 'sign_in: { oidc: { issuer: "http://127.0.0.1:9", client_id: jeton, admin_groups: [desk-admins] } }\n'
SIGNED_IN = "an administrator does that, signed in at the desk."


class Overseer:
    """The administration API with a token."""

    def __init__(self, desk, secret):
        self.desk, self.secret = desk, secret

    def __call__(self, method, path, body=None, **options):
        return requests.request(
            method, f"{self.desk.url}/api/v1{path}", json=body, timeout=10,
            headers={"Authorization": f"Bearer {self.secret}"}, **options)

    def refused(self, method, path, body=None, status=403):
        """The sentence of a refusal."""
        answer = self(method, path, body)
        assert answer.status_code == status, answer.text
        return answer.json()["detail"]


def people_and_accounts(jeton, *options):
    for login in ("root", "boss"):
        jeton.add_user(login, "--admin", "--group", "ops", *options)
    for login in ("alice", "bob"):
        jeton.add_user(login, "--group", "dev")
    jeton.run("account", "add", "bot-ci", "--purpose", "Builds", "--owners", "dev", "--steward", "root")
    jeton.run("account", "add", "bot-siem", "--purpose", "Oversees", "--steward", "boss", "--steward", "alice")


@pytest.fixture(scope="module")
def desk(tmp_path_factory):
    folder = tmp_path_factory.mktemp("administration")
    config = folder / "jeton.yaml"
    config.write_text(CONFIG)
    with Jeton(folder, config=config) as jeton:
        people_and_accounts(jeton)
        yield jeton


@pytest.fixture(scope="module")
def provided(tmp_path_factory):
    """A token with jeton:admin at a desk where an identity provider's groups make administrators."""
    folder = tmp_path_factory.mktemp("provided")
    config = folder / "jeton.yaml"
    config.write_text(CONFIG + PROVIDER)
    with Jeton(folder, config=config) as jeton:
        people_and_accounts(jeton, "--break-glass")
        yield Overseer(jeton, jeton.make_token("admin", "--scope", "jeton:admin", user="root"))


def created(desk, login, scope, name=None):
    """The answer to a person who creates a token in a browser."""
    return desk.sign_in(login).post(
        f"{desk.url}/api/v1/tokens", json={"name": name or f"{scope} {login}", "scopes": [scope]}, timeout=10)


@pytest.fixture(scope="module")
def admin(desk):
    """A token of root's with jeton:admin."""
    return Overseer(desk, created(desk, "root", "jeton:admin").json()["secret"])


@pytest.fixture(scope="module")
def audit(desk):
    return Overseer(desk, created(desk, "root", "jeton:audit").json()["secret"])


@pytest.mark.parametrize("scope", ["jeton:admin", "jeton:audit"])
def test_only_an_administrator_who_is_signed_in_grants_it(desk, admin, scope):
    only = f"“{scope}” can be granted only by an administrator who is signed in"
    answer = created(desk, "alice", scope)
    assert answer.status_code == 422 and only in answer.json()["detail"], answer.text
    # A token of an administrator's that manages tokens grants none.
    manager = Overseer(desk, desk.make_token(f"manager {scope}", "--scope", "jeton:manage", user="root"))
    assert "jeton:" in manager.refused("POST", "/tokens", {"name": "x", "scopes": [scope]}, 422)
    both = desk.sign_in("root").post(
        f"{desk.url}/api/v1/tokens", json={"name": "both", "scopes": [scope, "git"]}, timeout=10)
    assert both.status_code == 422 and "must stand alone" in both.text
    assert created(desk, "root", scope, f"another {scope}").status_code == 201


def test_it_creates_no_token_for_anybody(desk, admin):
    desk.make_token("ci", "--scope", "git", user="alice")
    ids = {token["name"]: token["id"] for token in admin("GET", "/admin/tokens?state=all").json()["tokens"]}
    own = ids["jeton:admin root"]
    for scopes in ([], ["git"], ["jeton:manage"], ["jeton:admin"], ["jeton:audit"], ["jeton:scim"], ["jeton:rotate"]):
        body = {"name": "more", "scopes": scopes}
        for path in ("/tokens", "/accounts/bot-ci/tokens"):
            assert admin("POST", path, body).status_code == 403, path
        assert admin("POST", "/requests", {**body, "reason": "x"}).status_code == 403
        assert admin("POST", "/admin/tokens", body).status_code == 405
        assert admin("POST", "/admin/accounts/bot-ci/tokens", body).status_code == 404
        if scopes not in ([], ["git"]):
            for id in (ids["ci"], own):
                assert admin("PATCH", f"/admin/tokens/{id}", {"scopes": scopes}).status_code == (
                    200 if id == own and scopes == ["jeton:admin"] else 422)
    # Nor does it learn a secret, or use one from elsewhere.
    for id in (ids["ci"], own):
        assert admin("POST", f"/tokens/{id}/rotate", {}).status_code in (403, 404)
        assert admin("POST", f"/tokens/{id}/regenerate", {}).status_code == 403
        assert admin("POST", f"/admin/tokens/{id}/rotate", {}).status_code == 404
        assert admin("POST", f"/admin/tokens/{id}/hand-over", {"account": "bot-ci"}).status_code == 404
        assert admin("POST", f"/tokens/{id}/hand-over", {"account": "bot-ci"}).status_code == 403
    assert admin("PATCH", f"/admin/tokens/{ids['ci']}", {"addresses": ["192.0.2.0/24"]}).status_code == 200
    assert SIGNED_IN in admin.refused("PATCH", f"/admin/tokens/{ids['ci']}", {"addresses": []})
    assert {token["id"] for token in admin("GET", "/admin/tokens?state=all").json()["tokens"]} == set(ids.values())


def test_it_makes_nobody_an_administrator(provided):
    admin, desk = provided, provided.desk
    for act in ("promote", "demote", "invite", "release-identity"):
        assert admin("POST", f"/admin/people/bob/{act}", {}).status_code == 404
    assert admin("PUT", "/admin/people/bob/password", {"password": PASSWORD}).status_code == 404
    assert admin("POST", "/admin/people", {"login": "mallory"}).status_code == 405
    assert admin("DELETE", "/admin/people/bob").status_code == 405
    admins = "cannot change a group whose members are administrators: " + SIGNED_IN
    for change in ({"add": ["desk-admins"]}, {"add": ["x", "DESK-ADMINS", "desk-admins"]}, {"remove": ["desk-admins"]}):
        assert admins in admin.refused("POST", "/admin/people/bob/groups", change)
    assert admins in admin.refused("PATCH", "/admin/accounts/bot-ci", {"groups": ["desk-admins"]})
    assert admins in admin.refused(
        "POST", "/admin/accounts", {"login": "bot-x", "purpose": "x", "owners": ["dev"], "groups": ["desk-admins"]})
    assert "cannot change its own owner" in admin.refused("POST", "/admin/people/root/groups", {"add": ["x"]})
    identity = "cannot change a login or an e-mail address: " + SIGNED_IN
    assert identity in admin.refused("PATCH", "/admin/people/bob", {"login": "robert"})
    assert identity in admin.refused("PATCH", "/admin/people/bob", {"email": "root@example.com"})
    bob = admin("GET", "/admin/people/bob").json()
    assert (bob["groups"], bob["administrator"], bob["email"]) == (["dev"], False, None)
    # An administrator whom another one shut out stays so.
    desk.add_user("rogue", "--admin", "--break-glass")
    assert admin("POST", "/admin/people/rogue/suspend", {}).status_code == 200
    assert "cannot resume an administrator: " + SIGNED_IN in admin.refused("POST", "/admin/people/rogue/resume", {})


def asked(desk, login, scope, name):
    answer = desk.sign_in(login).post(
        f"{desk.url}/api/v1/requests", json={"name": name, "scopes": [scope], "reason": "for work"}, timeout=10)
    assert answer.status_code == 201, answer.text
    return answer.json()["id"]


def test_it_decides_nothing_that_its_owner_asked_for(desk, admin):
    own = asked(desk, "root", "maven", "root's")
    for act in ("approve", "deny"):
        told = admin.refused("POST", f"/admin/requests/{own}/{act}", {})
        assert "cannot decide what its owner or a steward of its owner asked for: " + SIGNED_IN in told
        assert admin("POST", f"/requests/{own}/{act}", {}).status_code == 403
    bobs = asked(desk, "bob", "maven", "bob's")
    approved = admin("POST", f"/admin/requests/{bobs}/approve", {"word": "fine"})
    assert approved.status_code == 200 and approved.json()["state"] == "approved"
    assert admin("POST", f"/requests/{bobs}/token", {}).status_code == 403, "it creates what is approved for nobody"


def test_it_approves_no_token_with_a_scope_at_the_desk_and_no_handing_over(tmp_path):
    config = tmp_path / "jeton.yaml"
    config.write_text("services: { maven: {} }\ntokens: { approval: [ops] }\n")
    with Jeton(tmp_path, config=config) as desk:
        desk.add_user("root", "--admin", "--group", "ops")
        desk.add_user("bob")
        desk.run("account", "add", "bot-ci", "--purpose", "Builds", "--owners", "ops", "--steward", "root")
        admin = Overseer(desk, desk.make_token("admin", "--scope", "jeton:admin", user="root"))
        for scope in ("jeton:manage", "jeton:rotate"):
            id = asked(desk, "bob", scope, scope)
            told = admin.refused("POST", f"/admin/requests/{id}/approve", {})
            assert told.endswith("cannot approve a token with a scope at the desk itself: " + SIGNED_IN)
            assert admin("GET", f"/admin/requests/{id}").json()["state"] == "open"
        desk.make_token("old", "--scope", "maven", user="bob")
        token, = admin("GET", "/admin/tokens?owner=bob").json()["tokens"]
        answer = desk.sign_in("bob").post(
            f"{desk.url}/api/v1/tokens/{token['id']}/hand-over", json={"account": "bot-ci", "reason": "x"}, timeout=10)
        assert answer.status_code == 202, answer.text
        told = admin.refused("POST", f"/admin/requests/{answer.json()['id']}/approve", {})
        assert told.endswith("cannot hand over tokens: " + SIGNED_IN)


def test_it_is_refused_as_soon_as_its_owner_administers_no_longer(desk, admin, audit):
    boss = [Overseer(desk, created(desk, "boss", scope).json()["secret"]) for scope in ("jeton:admin", "jeton:audit")]
    for token in boss:
        assert token("GET", "/admin/people").status_code == 200
    desk.run("user", "demote", "boss")
    for token in boss:
        answer = token("GET", "/admin/people")
        assert (answer.status_code, answer.headers["X-Jeton-Reason"]) == (403, "insufficient_scope")
        assert answer.json()["detail"].startswith("The owner of this token is no longer an administrator: ")
        for path in ("/events", "/admin/tokens", "/admin/policy"):
            assert token("GET", path).status_code == 403
    assert boss[0]("POST", "/admin/people/bob/suspend", {}).status_code == 403
    desk.run("user", "promote", "boss")
    assert boss[0]("GET", "/admin/people").status_code == 200
    desk.run("user", "suspend", "boss")
    assert boss[0]("GET", "/admin/people").headers["X-Jeton-Reason"] == "owner_suspended"
    desk.run("user", "resume", "boss")


def test_a_service_account_s_is_as_good_as_its_steward(desk, admin):
    steward = desk.sign_in("boss")
    def create(account, scope):
        return steward.post(
            f"{desk.url}/api/v1/accounts/{account}/tokens", json={"name": f"oversees {scope}", "scopes": [scope]}, timeout=10)
    desk.run("account", "edit", "bot-ci", "--steward", "root", "--steward", "boss")
    assert create("bot-ci", "jeton:admin").status_code == 422, "the operator does not let it oversee"
    alice = desk.sign_in("alice").post(
        f"{desk.url}/api/v1/accounts/bot-siem/tokens", json={"name": "x", "scopes": ["jeton:admin"]}, timeout=10)
    assert alice.status_code == 422, "a steward who is no administrator"
    siem = Overseer(desk, create("bot-siem", "jeton:admin").json()["secret"])
    assert siem("GET", "/admin/people").status_code == 200
    assert "cannot change its own owner" in siem.refused("PATCH", "/admin/accounts/bot-siem", {"purpose": "more"})
    of_steward = asked(desk, "boss", "maven", "boss's")
    desk.run("account", "edit", "bot-siem", "--group", "ops")
    assert "a steward of its owner asked for" in siem.refused("POST", f"/admin/requests/{of_steward}/approve", {})
    desk.run("user", "demote", "boss")
    told = siem.refused("GET", "/admin/people")
    assert told.startswith("No steward of bot-siem is an administrator any longer: ")
    desk.run("user", "promote", "boss")
    assert siem("GET", "/admin/people").status_code == 200


def test_a_reader_changes_nothing(desk, audit):
    for method, path, body in [
            ("POST", "/admin/people/bob/suspend", {}), ("POST", "/admin/people/bob/groups", {"add": ["x"]}),
            ("PATCH", "/admin/people/bob", {"name": "x"}), ("DELETE", "/admin/people/bob/sessions", None),
            ("POST", "/admin/accounts", {"login": "bot-y", "purpose": "x", "owners": ["dev"]}),
            ("DELETE", "/admin/accounts/bot-ci", None), ("POST", "/admin/state/plan", {})]:
        assert "needs a token with the scope jeton:admin" in audit.refused(method, path, body), path
    assert audit("GET", "/admin/people").status_code == 200 and audit("GET", "/events").status_code == 200


def test_what_it_does_is_an_event_with_the_token(desk, admin, audit):
    assert admin("PATCH", "/admin/people/bob", {"name": "Bob B."}).status_code == 200
    session = desk.sign_in("bob")
    ids = [found["id"] for found in admin("GET", "/admin/people/bob/sessions").json()["sessions"]]
    assert ids and admin("DELETE", f"/admin/people/bob/sessions/{ids[0]}").json() == {"ended": 1}
    desk.sign_in("bob")
    assert admin("DELETE", "/admin/people/bob/sessions").json()["ended"] >= 1
    assert session.get(f"{desk.url}/tokens", allow_redirects=False).status_code == 303
    page = audit("GET", "/events?before=&subject=bob&kind=subject_changed,signed_out,signed_out_everywhere").json()
    own = admin("GET", "/me").json()["token"]["id"]
    found = {event["kind"]: event for event in page["events"] if event["actor_token"] == own}
    assert set(found) == {"subject_changed", "signed_out", "signed_out_everywhere"}
    assert all(event["actor"]["login"] == "root" for event in found.values())


# jeton apply

STATE = """
accounts:
  bot-deploy:
    purpose: Deploys
    owners: [dev]
    services: [git]
    tokens:
      nightly: { scopes: [git, jeton:rotate] }
groups:
  deployers: [alice, bob]
"""


class Pipeline:
    """`jeton apply --desk` with a token in the environment, in a folder of its own."""

    def __init__(self, desk, folder, secret):
        self.desk, self.folder, self.secret = desk, folder, secret

    def run(self, *arguments, environment=None, **options):
        variables = {key: value for key, value in os.environ.items() if not key.startswith("JETON")}
        result = subprocess.run(
            [BINARY.resolve(), "apply", "-f", "desk.yaml", "--desk", self.desk.url, *map(str, arguments)], cwd=self.folder,
            env={**variables, **({"JETON_TOKEN": self.secret} if environment is None else environment)},
            capture_output=True, text=True, timeout=60, **options)
        assert self.secret not in result.stdout + result.stderr
        return result

    def write(self, text):
        (self.folder / "desk.yaml").write_text(text)


@pytest.fixture
def pipeline(desk, admin, tmp_path):
    return Pipeline(desk, tmp_path, admin.secret)


def test_a_pipeline_applies_the_files_and_creates_no_token(desk, admin, pipeline):
    pipeline.write(STATE)
    planned = pipeline.run("--dry-run")
    assert planned.returncode == 0, planned
    assert planned.stdout == """+ account bot-deploy
    purpose    Deploys
    owners     dev
    services   git
! token nightly of bot-deploy, missing: somebody who is signed in creates it
    scopes     git, jeton:rotate
+ alice in group deployers
+ bob in group deployers
3 to add, 0 to change, 0 to remove; 1 token is missing
"""
    note = "jeton: desk.yaml:8:7: A token with jeton:admin cannot create tokens, or ask for them: "
    assert planned.stderr == note + SIGNED_IN.rstrip(".") + "\n"
    assert admin("GET", "/admin/accounts/bot-deploy").status_code == 404, "a dry run changes nothing"

    made = pipeline.run()
    assert made.returncode == 0 and made.stdout.endswith("\n3 added, 0 changed, 0 removed; 1 token is missing\n"), made
    assert admin("GET", "/admin/accounts/bot-deploy").json()["tokens"] == []
    assert "deployers" in admin("GET", "/admin/people/alice").json()["groups"]
    # Somebody who is signed in creates what is missing; afterwards the file is what the desk has.
    steward = desk.sign_in("alice")
    answer = steward.post(
        f"{desk.url}/api/v1/accounts/bot-deploy/tokens", json={"name": "nightly", "scopes": ["git", "jeton:rotate"]}, timeout=10)
    assert answer.status_code == 201, answer.text
    again = pipeline.run()
    assert (again.returncode, again.stdout, again.stderr) == (0, "nothing to change\n", "")
    # It is narrowed, pruned and suspended over the network, too.
    pipeline.write(STATE.replace("scopes: [git, jeton:rotate]", "scopes: [git:read]"))
    changed = pipeline.run("--json")
    plan = json.loads(changed.stdout)
    assert changed.returncode == 0 and plan["applied"] and plan["secrets"] == [] and plan["missing"] == [], changed
    token, = admin("GET", "/admin/accounts/bot-deploy").json()["tokens"]
    assert token["scopes"] == ["git:read"]
    pipeline.write(STATE.replace("    tokens:\n      nightly: { scopes: [git, jeton:rotate] }\n", "    tokens: {}\n").replace(
        "    purpose", "    suspended: true\n    purpose") + "prune: { tokens: true }\n")
    assert pipeline.run().returncode == 0
    ended = admin("GET", "/admin/accounts/bot-deploy").json()
    assert ended["tokens"] == [] and ended["suspended_at"]


@pytest.mark.parametrize("text, place, words", [
    ("groups:\n  desk-admins: [bob]\n", "2:17", "cannot change a group whose members are administrators"),
    ("groups:\n  other: [root]\n", "2:11", "cannot change its own owner"),
    ("accounts:\n  bot-ci: { groups: [desk-admins] }\n", "2:3", "cannot change a group whose members are administrators"),
    ("accounts:\n  bot-new: { purpose: x, owners: [dev], groups: [desk-admins] }\n", "2:3",
     "cannot change a group whose members are administrators"),
])
def test_a_pipeline_never_does_what_its_token_never_does(provided, tmp_path, text, place, words):
    pipeline = Pipeline(provided.desk, tmp_path, provided.secret)
    # What is right beside it is not made, either.
    pipeline.write(text + ("  right: [alice]\n" if text.startswith("groups") else "groups: { right: [alice] }\n"))
    result = pipeline.run()
    assert (result.returncode, result.stdout) == (2, ""), result
    assert result.stderr == f"jeton: desk.yaml:{place}: A token with jeton:admin {words}: {SIGNED_IN.rstrip('.')}\n"
    assert "right" not in provided("GET", "/admin/people/alice").json()["groups"]


def test_a_pipeline_takes_its_owner_out_of_no_group(provided, tmp_path):
    pipeline = Pipeline(provided.desk, tmp_path, provided.secret)
    pipeline.write("groups: { dev: [alice, bob] }\nprune: { groups: true }\n")
    result = pipeline.run()
    assert result.returncode == 2 and "desk.yaml:2:18: A token with jeton:admin cannot change its own owner" in result.stderr
    pipeline.write("groups: { dev: [alice, bob], ops: [root] }\nprune: { groups: true }\n")
    assert pipeline.run().stdout == "- boss in group ops\n0 added, 0 changed, 1 removed\n"


def test_a_token_never_suspends_or_revokes_itself_by_a_file(desk, tmp_path):
    secret = desk.make_token("apply", "--scope", "jeton:admin", user="bot-siem")
    own = Pipeline(desk, tmp_path, secret)
    for text, words in (
            ("accounts: { bot-siem: { suspended: true } }\n", "this would suspend the account whose token asks for it"),
            ("accounts: { bot-siem: { tokens: {} } }\nprune: { tokens: true }\n",
             "this would revoke the token that asks for it"),
            ("accounts: { bot-ci: {} }\nprune: { accounts: true }\n",
             "this would suspend the account whose token asks for it")):
        own.write(text)
        result = own.run()
        assert result.returncode == 2 and words in result.stderr, result
    assert Overseer(desk, secret)("GET", "/admin/people").status_code == 200


def test_how_a_pipeline_gets_its_token(desk, audit, pipeline):
    pipeline.write("groups: {}\n")
    file = pipeline.folder / "token"
    file.write_text(pipeline.secret + "\n")
    assert pipeline.run("--token-file", file, environment={}).stdout == "nothing to change\n"
    assert pipeline.run("--token-file", "-", environment={}, input=pipeline.secret).stdout == "nothing to change\n"

    def refused(*arguments, status=2, **options):
        result = pipeline.run(*arguments, **options)
        assert (result.returncode, result.stdout) == (status, ""), result
        return result.stderr.removeprefix("jeton: ").rstrip("\n")

    assert refused(environment={}) == "--desk needs --token-file FILE, or the token in $JETON_TOKEN"
    assert refused(environment={"JETON_TOKEN": "x y"}) == "$JETON_TOKEN must have the token and nothing else"
    assert refused("--secrets-to", "here") == "--secrets-to is not for --desk: a token with jeton:admin creates no tokens"
    told = refused(environment={"JETON_TOKEN": audit.secret}, status=1)
    assert told == "This needs a token with the scope jeton:admin."
    assert audit.secret not in told
    plain = subprocess.run(
        [BINARY, "apply", "-f", "-", "--desk", "http://tokens.example.com"], input="", capture_output=True, text=True,
        env={**os.environ, "JETON_TOKEN": pipeline.secret})
    assert plain.returncode == 2 and "--desk must begin with https://" in plain.stderr
    alone = subprocess.run([BINARY, "apply", "-f", "-", "--token-file", file], input="", capture_output=True, text=True)
    assert alone.returncode == 2 and alone.stderr == "jeton: --token-file is only for --desk URL\n"
    desk.stop()
    told = refused(status=1)
    assert told.startswith("the desk was not reached (cannot connect: ")
    desk.start()


def test_the_pipeline_of_the_documents(desk, admin, pipeline):
    """The lines that docs/operate/apply.md has for a pipeline."""
    page = (ROOT / "docs/operate/apply.md").read_text()
    line, = re.findall(r"^jeton apply -f desk\.yaml --desk .*$", page, flags=re.M)
    pipeline.write("groups: {}\n")
    line = line.replace("https://tokens.example.com", desk.url)
    result = subprocess.run(
        ["bash", "-c", line.replace("jeton", str(BINARY.resolve()), 1)], cwd=pipeline.folder, capture_output=True,
        text=True, env={**os.environ, "JETON_TOKEN": admin.secret})
    assert (result.returncode, result.stdout) == (0, "nothing to change\n"), result
