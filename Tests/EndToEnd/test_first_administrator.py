"""The first hour of a desk: the README's own lines, the link to the first administrator's account, who administers
from then on, and the groups of local accounts."""

import contextlib
import json
import re
import subprocess
from concurrent.futures import ThreadPoolExecutor

import pytest
import requests

from browser import Browser
from jeton import BINARY, PASSWORD, ROOT, Jeton, basic, hidden_fields, wait_for
from postgresql import PostgreSQL, node
from provided import MockProvider, provided_desk
from test_oidc import ALICE, BOB

OPS = {"services": {"ops": {"title": "Operations", "groups": ["ops"]}, "open": {"title": "Open to all"}}}


@pytest.fixture
def desk(tmp_path):
    """A fresh data folder, and `jeton serve` on it without any configuration."""
    with Jeton(tmp_path, config=None) as jeton:
        yield jeton


def links(text):
    return re.findall(r"http://\S+/welcome\?code=[\w-]+", text)


def accept(desk, link, login, password=PASSWORD):
    """Chooses login and password behind a link; the session and the answer."""
    session = requests.Session()
    page = session.get(link, timeout=20)
    if page.status_code != 200:
        return session, page
    fields = hidden_fields(page.text, "/welcome")
    answer = session.post(
        desk.url + "/welcome", headers={"Origin": desk.url}, timeout=20,
        data={**fields, "login": login, "name": "", "password": password, "password-again": password})
    return session, answer


def send(desk, session, path, **fields):
    """Sends the form that goes to `path`, from the page that has it."""
    page = session.get(desk.url + fields.pop("on", path), timeout=20)
    return session.post(
        desk.url + path, headers={"Origin": desk.url}, data={**hidden_fields(page.text, path), **fields}, timeout=20)


def refused(desk, *arguments, input=""):
    result = desk.run(*arguments, check=False, input=input)
    assert result.returncode == 1 and not result.stdout, result
    return result.stderr


# The README


def test_the_lines_of_the_readme_make_a_desk_that_somebody_administers(desk):
    readme = (ROOT / "README.md").read_text()
    block = next(block for block in re.findall(r"```console\n(.*?)```", readme, re.S) if "user add" in block)
    lines = [line[2:] for line in block.splitlines() if line.startswith("$ ")]
    assert lines[0] == 'jeton() { .build/release/jeton "$@"; }'
    script = "\n".join(["set -e", f'jeton() {{ "{BINARY.absolute()}" "$@"; }}', *lines[1:]])
    result = subprocess.run(
        ["bash", "-c", script.replace("http://127.0.0.1:8080", desk.url)], cwd=desk.folder, capture_output=True,
        text=True, timeout=120)
    assert result.returncode == 0, result.stderr
    assert "HTTP/1.1 200 OK" in result.stdout and "Remote-User: alice" in result.stdout
    assert result.stdout.rstrip().splitlines()[-1].startswith("this token was revoked")
    person = json.loads(desk.run("user", "list", "--json").stdout)[0]
    assert (person["login"], person["administrator"]) == ("alice", True)
    alice = desk.sign_in("alice", "correct horse battery")
    assert alice.get(desk.url + "/admin", timeout=20).url == desk.url + "/admin"


# The link


def test_an_account_that_does_not_administer_leaves_the_link_good(desk):
    desk.add_user("alice")
    link = desk.welcome_link()
    _, taken = accept(desk, link, "Alice")
    assert taken.status_code == 422
    assert "already has an account here" in taken.text and "jeton user promote Alice" in taken.text
    root, answer = accept(desk, link, "root")
    assert answer.status_code == 200 and root.get(desk.url + "/admin/people", timeout=20).status_code == 200
    assert accept(desk, link, "mallory")[1].status_code == 404


def test_each_start_and_each_invite_has_a_link_and_one_of_them_is_used(tmp_path):
    desk = Jeton(tmp_path, config=None)
    with desk:
        first = desk.welcome_link()
    desk.add_user("alice")
    with desk:
        assert "There is no administrator yet" in desk.greeting.read_text()
        assert "jeton user promote LOGIN" in desk.greeting.read_text()
        second = desk.welcome_link()
        third = desk.run("invite").stdout.strip()
        assert links(third) == [third]
    at_rest = desk.run("invite").stdout.strip()
    assert len({first, second, third, at_rest}) == 4
    with desk:
        fourth = desk.welcome_link()
        for link in (first, second, third, fourth):
            assert requests.get(desk.url + link[link.index("/welcome"):], timeout=20).status_code == 200, link
        assert accept(desk, third, "root")[1].status_code == 200
        for link in (first, second, third, fourth):
            assert requests.get(desk.url + link[link.index("/welcome"):], timeout=20).status_code == 404, link
        assert "jeton user promote LOGIN" in refused(desk, "invite")
    with desk:
        assert not links(desk.greeting.read_text())
    assert third.split("=")[1] not in desk.log.read_text()


def test_who_is_promoted_ends_the_link(desk):
    desk.add_user("alice")
    link = desk.welcome_link()
    assert desk.run("user", "promote", "alice").stdout == "promoted alice\n"
    assert requests.get(link, timeout=20).status_code == 404
    assert desk.sign_in().get(desk.url + "/admin/people", timeout=20).status_code == 200


# Who administers


def test_the_last_administrator_stays_and_others_lose_the_role_at_once(desk):
    desk.add_user("alice", "--admin")
    desk.add_user("bob")
    for verb in ("demote", "suspend"):
        assert "alice is the last administrator" in refused(desk, "user", verb, "alice")
    alice = desk.sign_in()
    people = {person["login"]: person["id"] for person in json.loads(desk.run("user", "list", "--json").stdout)}
    refusal = send(desk, alice, f"/admin/people/{people['alice']}/demote")
    assert refusal.status_code == 403 and "alice is the last administrator" in refusal.text
    assert "bob is now an administrator." in send(desk, alice, f"/admin/people/{people['bob']}/promote").text

    token = desk.make_token("provisioning", "--scope", "jeton:scim", user="bob")
    bob = desk.sign_in("bob")
    pages = ["/admin/people", "/admin/tokens", "/admin/events"]

    def administers():
        scim = requests.get(desk.url + "/scim/v2/Users", headers={"Authorization": f"Bearer {token}"}, timeout=20)
        return [bob.get(desk.url + page, timeout=20).status_code for page in pages] + [scim.status_code]

    assert administers() == [200, 200, 200, 200]
    desk.run("user", "demote", "bob")
    assert administers() == [403, 403, 403, 403]
    assert bob.get(desk.url + "/tokens", timeout=20).status_code == 200, "he is signed in as ever"
    desk.run("user", "promote", "bob")
    assert administers() == [200, 200, 200, 200]
    # Who ends one's own role is led where one may go.
    stepped = send(desk, alice, f"/admin/people/{people['alice']}/demote")
    assert stepped.url == desk.url + "/tokens" and "You are no longer an administrator." in stepped.text
    events = bob.get(desk.url + "/admin/events", timeout=20).text
    assert "made bob an administrator" in events and "removed the administrator role" in events


def test_where_groups_at_the_provider_administer_the_desk_does_not_decide(tmp_path):
    with MockProvider(tmp_path / "provider", [ALICE, BOB]) as provider:
        desk = provided_desk(
            tmp_path, provider.issuer, "not a secret", title="Example ID", admin_groups=["desk-admins"])
        with desk:
            assert not links(desk.greeting.read_text())
            assert "The identity provider signs people in" in refused(desk, "invite")
            session = requests.Session()
            there = session.get(desk.url + "/sign-in/oidc", timeout=20)
            session.post(there.url, data={"sub": BOB["sub"]}, timeout=20)
            assert session.get(desk.url + "/tokens", timeout=20).status_code == 200
            for verb in ("promote", "demote"):
                said = refused(desk, "user", verb, "bob")
                assert "The identity provider decides whether bob is an administrator" in said and "admin_groups" in said
            assert "decides on the groups of bob" in refused(desk, "user", "groups", "bob", "--add", "ops")
            # What is the desk's own it decides itself.
            for login in ("root", "second"):
                desk.add_user(login, "--break-glass")
            desk.run("user", "demote", "root")
            assert "last administrator" in refused(desk, "user", "demote", "second")


# Where people look for it


def test_a_fresh_desk_says_where_the_link_is_and_not_the_link(desk):
    page = requests.get(desk.url + "/", timeout=20).text
    assert "No account exists yet" in page and "jeton invite" in page and "journalctl --unit jeton" in page
    assert "/welcome?code=" not in page and 'type="password"' not in page
    desk.add_user("alice")
    page = requests.get(desk.url + "/", timeout=20).text
    assert "This desk has no administrator yet" in page and 'type="password"' in page
    desk.run("user", "promote", "alice")
    assert "has no administrator" not in requests.get(desk.url + "/", timeout=20).text


def test_addresses_that_people_type_lead_to_the_form(desk):
    desk.add_user("alice", "--admin")
    desk.add_user("bob")
    for path, end in (("/sign-in", "/sign-in"), ("/login", "/"), ("/admin", "/?return_to=%2Fadmin"),
                      ("/login?return_to=%2Faccount", "/?return_to=%2Faccount"),
                      ("/login?return_to=//elsewhere.example", "/")):
        answer = requests.get(desk.url + path, timeout=20)
        assert (answer.status_code, answer.url) == (200, desk.url + end)
        assert "Login or e-mail address" in answer.text

    session = requests.Session()
    page = session.get(desk.url + "/admin", timeout=20)
    fields = {**hidden_fields(page.text, "/sign-in"), "login": "alice", "password": PASSWORD}
    answer = session.post(desk.url + "/sign-in", data=fields, headers={"Origin": desk.url}, timeout=20)
    assert answer.url == desk.url + "/admin"
    assert session.get(desk.url + "/sign-in", timeout=20).url == desk.url + "/tokens"
    assert desk.sign_in("bob").get(desk.url + "/admin", timeout=20).status_code == 403


def test_the_address_signs_in_where_it_is_one_persons_and_guesses_are_slowed(desk):
    desk.add_user("alice", "--email", "Alice@Example.com", "--admin")
    desk.add_user("bob", "--email", "team@example.com")
    desk.add_user("carol", "--email", "team@example.com")
    desk.add_user("dave@example.com", password="another one of his")
    desk.add_user("dave", "--email", "dave@example.com")
    assert "Login alice" in desk.sign_in("aLICE@example.com").get(desk.url + "/account", timeout=20).text
    # A login wins.
    session = desk.sign_in("dave@example.com", "another one of his")
    assert "Login dave@example.com" in session.get(desk.url + "/account", timeout=20).text

    def attempt(login, password):
        session = requests.Session()
        fields = hidden_fields(session.get(desk.url + "/", timeout=20).text, "/sign-in")
        return session.post(
            desk.url + "/sign-in", data={**fields, "login": login, "password": password},
            headers={"Origin": desk.url}, timeout=20).status_code

    assert attempt("team@example.com", PASSWORD) == 422
    # Each wait is twice as long as the one before, so that a busy machine comes to one, too.
    assert any(attempt(login, "wrong one") == 429 for login in ("alice", "alice@example.com") * 8)


# Groups


@pytest.fixture
def grouped(tmp_path):
    path = tmp_path / "jeton.yaml"
    path.write_text(json.dumps(OPS))
    with Jeton(tmp_path, config=path) as jeton:
        yield jeton


def test_groups_of_a_local_account_open_and_close_a_service_at_once(grouped):
    grouped.add_user("alice", "--admin")
    grouped.add_user("bob", "--group", "qa")
    wish = ("token", "create", "--user", "bob", "--name", "ops", "--scope", "ops:read")
    assert "bob is in no group that may use ops" in refused(grouped, *wish)
    assert "unknown scope" in refused(grouped, *wish[:-1], "nothing")
    manager = grouped.make_token("manager", "--scope", "jeton:manage", user="bob")
    answer = requests.post(
        grouped.url + "/api/v1/tokens", json={"name": "ops", "scopes": ["ops"]}, timeout=20,
        headers={"Authorization": f"Bearer {manager}"})
    assert (answer.status_code, "bob is in no group that may use ops" in answer.json()["detail"]) == (422, True)

    said = grouped.run("user", "groups", "bob", "--add", "ops").stdout
    assert said == "bob is in qa, ops\n"
    token = grouped.run(*wish).stdout.strip()
    granted = grouped.verify("ops", headers={"Authorization": basic("bob", token)})
    assert (granted.status_code, granted.headers["Remote-Groups"]) == (200, "qa,ops")
    grouped.run("user", "groups", "bob", "--remove", "ops")
    assert grouped.status(token, "ops") == 403
    assert "qa" in grouped.run("user", "list").stdout

    # By the page, too, where what was typed stays if it cannot be taken.
    alice = grouped.sign_in()
    people = {person["login"]: person["id"] for person in json.loads(grouped.run("user", "list", "--json").stdout)}
    page = f"/admin/people/{people['bob']}"
    faulty = send(grouped, alice, page + "/groups", on=page, groups="x" * 201)
    assert faulty.status_code == 422 and "x" * 201 in faulty.text
    assert "Groups of bob saved." in send(grouped, alice, page + "/groups", on=page, groups=" ops ,sre").text
    assert grouped.status(token, "ops") == 200
    assert grouped.run("user", "groups", "bob").stdout == "bob is in ops, sre\n"
    assert "changed the groups of bob" in alice.get(grouped.url + "/admin/events", timeout=20).text
    # A form from before the groups were taken is told why.
    bob = grouped.sign_in("bob")
    fields = {"name": "late", "services": "only", "access.ops": "read", "access.open": "none", "expires": "never"}
    form = hidden_fields(bob.get(grouped.url + "/tokens", timeout=20).text, "/tokens")
    grouped.run("user", "groups", "bob", "--remove", "ops", "--remove", "sre")
    late = bob.post(grouped.url + "/tokens", data={**form, **fields}, headers={"Origin": grouped.url}, timeout=20)
    assert late.status_code == 422 and "bob is in no group that may use ops" in late.text


# Several nodes


def test_two_nodes_have_one_first_administrator_and_the_same_groups(tmp_path):
    with PostgreSQL() as server, contextlib.ExitStack() as stack:
        nodes = [node(tmp_path / name, server, **OPS) for name in "ab"]
        for one in nodes:
            stack.enter_context(one)
        with ThreadPoolExecutor(2) as pool:
            accepted = list(pool.map(
                lambda one: accept(one, one.welcome_link(), f"root-{one.port}")[1].status_code, nodes))
        assert sorted(accepted) == [200, 404], "both links were good, and one of them was used"
        people = json.loads(nodes[0].run("user", "list", "--json").stdout)
        assert [person["administrator"] for person in people] == [True]
        nodes[1].add_user("bob")
        nodes[1].run("user", "groups", "bob", "--add", "ops")
        token = nodes[1].make_token("ops", "--scope", "ops", user="bob")
        wait_for(lambda: nodes[0].status(token, "ops") == 200)
        nodes[0].run("user", "groups", "bob", "--remove", "ops")
        wait_for(lambda: nodes[1].status(token, "ops") == 403)


# In a browser


@pytest.mark.parametrize("theme, width", [("light", 1280), ("dark", 390), ("dark", 1280), ("light", 390)])
def test_an_administrator_gives_role_and_groups_in_a_browser(grouped, theme, width, tmp_path):
    browser = Browser(grouped.url, theme=theme, width=width)

    def look(name):
        browser.check()
        browser.driver.save_screenshot(str(tmp_path / f"{name}-{width}-{theme}.png"))

    try:
        browser.go("/")
        assert browser.heading == "No account exists yet"
        look("fresh")
        grouped.add_user("bob", "--group", "qa")
        browser.go("/sign-in")
        assert "This desk has no administrator yet." in browser.text
        look("sign-in")
        browser.driver.get(grouped.welcome_link())
        for login in ("bob", "alice"):
            browser.fill("Login", login)
            browser.fill("Password", PASSWORD)
            browser.fill("Repeat password", PASSWORD)
            browser.click("button", "Create account")
            if login == "bob":
                assert "jeton user promote bob" in browser.text
                browser.driver.get_log("browser")  # Chromium tells of the 422
                look("welcome-taken")
        browser.go("/admin")
        look("overview")
        browser.click("a", "People")
        look("people")
        browser.click("a", "bob")
        assert browser.heading == "bob"
        browser.fill("Member of", "ops, qa")
        browser.click("button", "Save groups")
        assert "They apply at every service from now on" in browser.text
        look("person")
        browser.click("a", "Make an administrator")
        look("promote")
        browser.click("button", "Make an administrator")
        assert "bob is now an administrator." in browser.text
        browser.click("a", "Remove administrator role")
        look("demote")
        browser.click("button", "Remove administrator role")
        browser.go("/admin/people")
        browser.click("a", "alice")
        browser.click("a", "Remove administrator role")
        browser.click("button", "Remove administrator role")
        assert "alice is the last administrator of this desk who can sign in" in browser.text
        browser.driver.get_log("browser")
        look("last")
        people = {person["login"]: person["groups"]
                  for person in json.loads(grouped.run("user", "list", "--json").stdout)}
        assert people["bob"] == ["qa", "ops"]
    finally:
        browser.close()
