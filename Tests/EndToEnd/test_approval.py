"""Tokens that others must approve: the form with and without scripts, two approvers at the same moment in two real
Chromiums, a requester who is suspended meanwhile, a request that nobody answers, the API and the command line."""

import concurrent.futures
import datetime
import re
import threading

import pytest
import requests

from browser import TOKEN, Browser
from jeton import PASSWORD, Jeton
from postgresql import PostgreSQL, node
from test_transition import Clock

CONFIG = """
services:
  git:   { title: Projects over Git, kind: git, tokens: { approval: [ops] } }
  maven: { title: Maven repository }
"""


def people(desk):
    desk.add_user("alice")
    for login in ("bruno", "chen"):
        desk.add_user(login, "--group", "ops")


@pytest.fixture
def desk(tmp_path):
    config = tmp_path / "jeton.yaml"
    config.write_text(CONFIG)
    with Jeton(tmp_path, config=config) as jeton:
        people(jeton)
        yield jeton


@pytest.fixture
def browse(desk):
    opened = []

    def browse(login, **options):
        browser = Browser(desk.url, **options)
        opened.append(browser)
        sign_in(browser, login)
        return browser

    yield browse
    for browser in opened:
        browser.close()


def sign_in(browser, login):
    browser.go("/")
    browser.fill("Login or e-mail address", login)
    browser.fill("Password", PASSWORD)
    browser.click("button", "Sign in")


def check(browser):
    """A page that says why something was not done comes with 409 or 422, which Chromium notes."""
    browser.driver.get_log("browser")
    browser.check()


def ask(browser, name="CI chain"):
    """Asks for a token for Git as a person does, and returns the request's path."""
    browser.go("/tokens/new?service=git&access=write")
    browser.fill("Name", name)
    assert "This token needs approval by a member of ops." in browser.text
    browser.fill("Why do you need it?", "The nightly build pushes tags.")
    browser.click("button", "Ask for approval")
    assert browser.heading == f"Request for “{name}”"
    return browser.path


def post(api, path, **body):
    return api.session.post(f"{api.url}{path}", json=body, timeout=10)


def the_token(browser):
    return TOKEN.search(browser.text).group()


@pytest.mark.parametrize("scripts", [True, False], ids=["with scripts", "without scripts"])
def test_a_person_asks_is_approved_and_creates_what_was_asked_for(desk, browse, scripts):
    alice, bruno = browse("alice", scripts=scripts), browse("bruno", theme="dark", width=390)
    assert "Requests" not in alice.text, "she has nothing to do with requests yet"

    # The usual form: nothing is created, it asks for the reason, and keeps what was typed.
    alice.go("/tokens/new")
    alice.fill("Name", "CI chain")
    alice.choose("Only selected services")
    from selenium.webdriver.common.by import By
    from selenium.webdriver.support.select import Select
    Select(alice.driver.find_element(By.ID, "access.git")).select_by_value("write")
    alice.click("button", "Create token")
    assert "Nothing has been created." in alice.text
    check(alice)
    alice.click("button", "Ask for approval")
    assert "The reason must say why: those who approve read it." in alice.text
    check(alice)
    alice.fill("Why do you need it?", "The nightly build pushes tags.")
    alice.click("button", "Ask for approval")
    path = alice.path
    assert re.fullmatch(r"/requests/\w{13}", path)
    assert "It waits for approval by a member of ops." in alice.text
    check(alice)

    bruno.go("/tokens")
    bruno.click("a", "Requests (1)")
    check(bruno)
    bruno.click("a", "CI chain")
    assert "The nightly build pushes tags." in bruno.text and "Projects over Git: read and write" in bruno.text
    check(bruno)
    bruno.fill("A word to alice", "Until the summer.")
    bruno.click("button", "Approve")
    assert "approved" in bruno.text and "Until the summer." in bruno.text
    check(bruno)
    assert not TOKEN.search(bruno.driver.page_source)

    alice.go("/requests")
    check(alice)
    alice.click("a", "CI chain")
    assert "You can create the token until" in alice.text and "Until the summer." in alice.text
    check(alice)
    alice.click("button", "Create the token")
    secret = the_token(alice)
    assert desk.status(secret, "git") == 200 and desk.status(secret, "maven") == 403
    alice.go(path)
    assert "The token was created on" in alice.text and "Create the token" not in alice.text
    check(alice)
    assert secret not in desk.whole_log()


def test_of_two_who_decide_at_the_same_moment_one_does_and_the_other_is_told_who(desk, browse):
    """In two browsers, over and over: whoever is second sees the first one's name, and nothing else happens."""
    alice = browse("alice")
    deciders = {"bruno": (browse("bruno"), "Approve", "approved"), "chen": (browse("chen"), "Deny", "denied")}
    for number in range(5):
        path = ask(alice, f"CI {number}")
        start = threading.Barrier(2)

        def decide(login):
            browser, button, _ = deciders[login]
            browser.go(path)
            found = browser.find("button", button)
            old = browser.driver.find_element("tag name", "html")
            start.wait(timeout=20)
            found.click()
            browser.await_page(old)
            return browser.text

        with concurrent.futures.ThreadPoolExecutor(2) as pool:
            texts = dict(zip(deciders, pool.map(decide, deciders)))
        late = [login for login, text in texts.items() if "Nothing was changed." in text]
        assert len(late) == 1, texts
        first = next(login for login in deciders if login not in late)
        done = deciders[first][2]
        assert re.search(rf"{first} {done} this request at \S+Z\. Nothing was changed\.", texts[late[0]]), texts
        alice.go(path)
        assert ("Create the token" in alice.text) == (done == "approved")
        assert alice.text.count(first) and late[0] not in alice.text


def test_two_clicks_create_one_token_and_show_it(desk, browse):
    alice, bruno = browse("alice"), desk.sign_in("bruno")
    path = ask(alice)
    decide(desk, bruno, path, "approve")
    alice.go(path)
    session = requests.Session()
    for cookie in alice.driver.get_cookies():
        session.cookies.set(cookie["name"], cookie["value"])
    fields = hidden(session.get(desk.url + path).text, path + "/token")

    def create(_):
        return session.post(
            f"{desk.url}{path}/token", data=fields, headers={"Origin": desk.url}, allow_redirects=False)

    with concurrent.futures.ThreadPoolExecutor(4) as pool:
        answers = list(pool.map(create, range(4)))
    assert {answer.status_code for answer in answers} == {303}
    assert len({answer.headers["Location"] for answer in answers}) == 1
    listed = desk.run("token", "list", "--user", "alice", "--json").stdout
    assert listed.count('"name":"CI chain"') == 1
    shown = [answer for answer in answers if answer.headers.get("Set-Cookie")]
    assert len(shown) == 1, "one answer brings the secret"


def hidden(page, action):
    from jeton import hidden_fields

    return hidden_fields(page, action)


def decide(desk, session, path, decision, word=""):
    fields = hidden(session.get(desk.url + path).text, f"{path}/decide")
    return session.post(
        f"{desk.url}{path}/decide", data={**fields, "decision": decision, "word": word},
        headers={"Origin": desk.url})


def test_a_requester_who_is_suspended_meanwhile(desk, browse):
    alice, bruno = browse("alice"), browse("bruno")
    approved, open_one = ask(alice, "approved"), ask(alice, "open")
    assert decide(desk, desk.sign_in("chen"), approved, "approve").status_code == 200
    api = desk.api()
    desk.run("user", "suspend", "alice")

    # Nobody approves what they asked for, and what was approved cannot be created, by no way.
    bruno.go(open_one)
    assert "alice is suspended: this request can be denied, but not approved." in bruno.text
    check(bruno)
    bruno.click("button", "Approve")
    assert ("alice is suspended: deny this request, or let an administrator resume the account first."
            in bruno.text)
    alice.go(approved)
    assert alice.path == "/", "signed out"
    answer = api.session.post(f"{api.url}{approved}/token", timeout=10)
    assert answer.status_code == 403 and answer.headers["X-Jeton-Reason"] == "owner_suspended"
    assert '"name":"approved"' not in desk.run("token", "list", "--all", "--json").stdout

    desk.run("user", "resume", "alice")
    sign_in(alice, "alice")
    alice.go(approved)
    alice.click("button", "Create the token")
    assert desk.status(the_token(alice), "git") == 200


def test_an_approver_who_has_left_the_group_sees_nothing_more(desk):
    api = desk.api()
    asked = api.session.post(
        f"{api.url}/requests", json={"name": "CI", "scopes": ["git"], "reason": "r"}, timeout=10).json()
    path = f"/requests/{asked['id']}"
    bruno = desk.sign_in("bruno")
    page = bruno.get(desk.url + path)
    assert page.status_code == 200
    desk.run("user", "groups", "bruno", "--remove", "ops")
    fields = hidden(page.text, f"{path}/decide")
    late = bruno.post(f"{desk.url}{path}/decide", data={**fields, "decision": "approve"},
                      headers={"Origin": desk.url})
    assert late.status_code == 404
    assert bruno.get(desk.url + path).status_code == 404
    assert api.session.get(f"{api.url}{path}", timeout=10).json()["state"] == "open"


def test_the_way_of_programs(desk):
    """By the API: the refusal says how to ask, a token asks and creates, and no token decides."""
    api, brunos = desk.api(), desk.api("brunos", user="bruno")
    wanted = {"name": "CI", "scopes": ["git:write"], "addresses": ["127.0.0.0/8"]}

    refused = post(api, "/tokens", **wanted)
    assert refused.status_code == 403 and refused.headers["X-Jeton-Reason"] == "needs_approval"
    assert refused.json()["type"] == "urn:jeton:problem:needs-approval"
    assert refused.json()["detail"] == (
        "This token needs approval by a member of ops. Ask for it: POST the same body with a reason to "
        "/api/v1/requests. Once it is approved, create it with POST /api/v1/requests/{id}/token.")

    asked = post(api, "/requests", **wanted, reason="The release job pushes tags.")
    assert asked.status_code == 201
    path = asked.headers["Location"].removeprefix("/api/v1")
    assert post(api, "/requests", **wanted, reason="again").json()["id"] == asked.json()["id"]
    assert post(api, f"{path}/token").status_code == 409
    assert [each["id"] for each in brunos.session.get(f"{brunos.url}/requests", timeout=10).json()["to_decide"]] == [
        asked.json()["id"]]
    for verb in ("approve", "deny"):
        assert post(brunos, f"{path}/{verb}").status_code == 403, "a token that leaked could approve another"
        assert post(api, f"{path}/{verb}").status_code == 403

    person = desk.sign_in("bruno")
    approved = person.post(f"{desk.url}/api/v1{path}/approve", json={"word": "fine"})
    assert (approved.status_code, approved.json()["state"]) == (200, "approved")
    assert [(each["by"], each["word"]) for each in approved.json()["decisions"]] == [("bruno", "fine")]
    created = post(api, f"{path}/token")
    assert created.status_code == 201 and desk.status(created.json()["secret"], "git") == 200
    assert post(api, f"{path}/token").status_code == 409
    assert api.session.get(f"{api.url}{path}", timeout=10).json()["created_token"] == created.json()["id"]

    # A rotation needs no approval, and a narrower token none either; a wider one is a new one.
    rotated = post(api, f"/tokens/{created.json()['id']}/rotate")
    assert rotated.status_code == 201
    narrowed = api.session.patch(
        f"{api.url}/tokens/{created.json()['id']}", json={"scopes": ["git:read"]}, timeout=10)
    assert narrowed.status_code == 200
    assert post(api, "/tokens", name="all").status_code == 403, "it would reach Git as well"
    assert post(api, "/tokens", name="other", scopes=["maven"]).status_code == 201


def test_the_operators_way(desk):
    api = desk.api()

    def ask(name):
        answer = api.session.post(
            f"{api.url}/requests", json={"name": name, "scopes": ["git"], "reason": "Why not?"}, timeout=10)
        return answer.json()["id"]

    first, second = ask("first"), ask("second")
    listed = desk.run("request", "list").stdout.splitlines()
    assert listed[0].split() == ["ID", "STATE", "ASKED", "BY", "TOKEN", "NEEDS", "ASKED"]
    assert [line.split()[:5] for line in listed[1:]] == [
        [second, "open", "alice", "second", "ops"], [first, "open", "alice", "first", "ops"]]
    approved = desk.run("request", "approve", first, "--word", "By hand")
    assert approved.stdout == "approved “first” of alice\n"
    assert desk.run("request", "deny", second).returncode == 0
    shown = desk.run("request", "show", first).stdout
    assert "state      approved" in shown and ": By hand" in shown and "by the operator at" in shown
    assert len(desk.run("request", "list").stdout.splitlines()) == 1
    assert len(desk.run("request", "list", "--all").stdout.splitlines()) == 3
    late = desk.run("request", "approve", second, check=False)
    assert late.returncode == 1
    assert re.search(r"the operator denied this request at \S+Z\.", late.stderr), late.stderr
    missing = desk.run("request", "show", "0000000000001", check=False)
    assert missing.stderr == "jeton: There is no such request: `jeton request list` lists them.\n"
    # What the operator creates by hand needs nobody, and its event says so.
    desk.make_token("by hand", "--scope", "git")
    desk.run("user", "promote", "alice")
    events = desk.sign_in().get(f"{desk.url}/admin/events").text
    assert "by hand (git), without approval by a member of ops" in events
    for words in ("asked for a token", "approved a request of alice", "denied a request of alice"):
        assert words in events, words


def test_a_node_with_the_old_configuration_asks_for_approval_too(tmp_path):
    with PostgreSQL() as server, node(tmp_path / "old", server) as old:
        old.add_user("alice")
        api = old.api()
        assert post(api, "/tokens", name="before").status_code == 201
        with node(tmp_path / "new", server, tokens={"approval": ["ops"]}):
            refused = post(api, "/tokens", name="after")
            assert (refused.status_code, refused.json()["type"]) == (403, "urn:jeton:problem:needs-approval")
            told = server.ask("SELECT detail FROM events WHERE kind = 'token_policy_changed'")
            assert told == "tokens.approval: ops (was none)"


def test_a_request_that_nobody_answers_and_an_approval_that_nobody_uses(tmp_path):
    folder = tmp_path / "desk"
    folder.mkdir()
    config = folder / "jeton.yaml"
    config.write_text(CONFIG)

    def moment(days, seconds=0):
        now = datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(days=days, seconds=seconds)
        return f"{now:%Y-%m-%d %H:%M:%S}"

    with Clock(tmp_path) as clock:
        clock.set(moment(0))
        with Jeton(folder, config=config, environment=clock.environment) as jeton:
            people(jeton)
            api = jeton.api()

            def ask(name):
                return api.session.post(
                    f"{api.url}/requests", json={"name": name, "scopes": ["git"], "reason": "r"},
                    timeout=10).json()["id"]

            def state(id):
                return api.session.get(f"{api.url}/requests/{id}", timeout=10).json()["state"]

            def approve(id):
                return jeton.sign_in("bruno").post(f"{jeton.url}/api/v1/requests/{id}/approve", json={})

            lonely, late, used = ask("lonely"), ask("late"), ask("used")
            clock.set(moment(30, -60))
            assert [state(id) for id in (lonely, late, used)] == ["open"] * 3
            for id in (late, used):
                assert approve(id).json()["state"] == "approved"
            clock.set(moment(30, 60))
            assert state(lonely) == "expired"
            answer = approve(lonely)
            assert answer.status_code == 409
            assert answer.json()["detail"] == "Nobody answered this request within 30 days: ask again."
            clock.set(moment(37, -120))
            assert api.session.post(f"{api.url}/requests/{used}/token", timeout=10).status_code == 201
            clock.set(moment(37, 60))
            answer = api.session.post(f"{api.url}/requests/{late}/token", timeout=10)
            assert answer.status_code == 409
            assert answer.json()["detail"] == "The approval was not used within 7 days: ask again."
            page = jeton.sign_in().get(f"{jeton.url}/requests").text
            assert page.count(">expired<") == 2 and page.count(">created<") == 1
            assert ask("lonely") != lonely, "it can be asked for again"
