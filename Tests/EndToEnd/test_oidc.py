"""Signing in through a real OpenID Connect provider (oidc-provider-mock), in a real Chromium."""

import json
import sqlite3
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from http.server import BaseHTTPRequestHandler
from urllib.parse import parse_qs, urlsplit

import pytest
import requests
from selenium.webdriver.common.by import By
from selenium.webdriver.support.select import Select
from selenium.webdriver.support.wait import WebDriverWait

from jeton import PASSWORD, Jeton, free_port, hidden_fields, wait_for
from provided import MockProvider, provided_desk
from service import Server
from test_browser import shown_secret

ALICE = {"sub": "00u1", "preferred_username": "alice", "name": "Alice Doe", "email": "alice@example.com",
         "groups": ["staff", "desk-admins"]}
BOB = {"sub": "00u2", "preferred_username": "bob", "name": "Bob Ray", "email": "bob@example.com",
       "groups": ["guests"]}
OTHER_ALICE = {**ALICE, "sub": "00u3"}


@pytest.fixture
def provider(tmp_path):
    """The provider's address; it ends with the test."""
    with MockProvider(tmp_path / "provider", [ALICE, BOB, OTHER_ALICE]) as mock:
        yield mock.issuer


@pytest.fixture
def desk(tmp_path, provider, request):
    """A desk at that provider; a test's parameter is more of the section `sign_in`."""
    jeton = provided_desk(
        tmp_path, provider, "not a secret", sign_in=getattr(request, "param", None),
        services={"ops": {"title": "Operations", "groups": ["desk-admins"]}}, title="Example ID",
        allowed_groups=["staff"], admin_groups=["desk-admins"])
    with jeton:
        yield jeton


def choose(browser, sub):
    """Clicks "Sign in with …", and at the provider the person of that `sub`."""
    browser.click("a", "Sign in with Example ID")
    press(browser, f"button[value='{sub}']")
    # The provider's pages want a style sheet from elsewhere: their complaints are not the desk's.
    browser.driver.get_log("browser")


def press(browser, selector):
    old = browser.driver.find_element(By.TAG_NAME, "html")
    browser.driver.find_element(By.CSS_SELECTOR, selector).click()
    browser.await_page(old)


def test_from_the_provider_to_a_token_and_out_again(desk, browser):
    assert "welcome" not in desk.greeting.read_text()

    # Where one wanted to go is where one arrives.
    browser.go("/account")
    assert browser.path == "/"
    assert not browser.driver.find_elements(By.CSS_SELECTOR, "input[type=password]")
    browser.check()
    choose(browser, "00u1")
    assert (browser.path, browser.heading) == ("/account", "Alice Doe")
    assert "administrator" in browser.text
    assert not browser.driver.find_elements(By.CSS_SELECTOR, "input[type=password]")
    browser.check()

    browser.go("/tokens")
    browser.open_form("New token")
    browser.fill("Name", "ci")
    browser.click("button", "Create token")
    secret = shown_secret(browser)
    granted = desk.verify(headers={"Authorization": f"Bearer {secret}"})
    assert granted.status_code == 200
    assert granted.headers["Remote-User"] == "alice"
    assert granted.headers["Remote-Email"] == "alice@example.com"
    assert granted.headers["Remote-Groups"] == "staff,desk-admins"

    # Signing out ends the session here, and leads to the provider to end the one there.
    cookies = {each["name"]: each["value"] for each in browser.driver.get_cookies()}
    browser.click("button", "Sign out")
    WebDriverWait(browser.driver, 30).until(lambda driver: "/oauth2/end_session" in driver.current_url)
    asked = parse_qs(urlsplit(browser.driver.current_url).query)
    assert asked["client_id"] == ["jeton"]
    assert asked["post_logout_redirect_uri"] == [desk.url + "/"]
    assert asked["id_token_hint"][0].count(".") == 2
    press(browser, "form button")
    assert browser.driver.current_url == desk.url + "/"
    again = requests.get(desk.url + "/tokens", cookies=cookies, allow_redirects=False)
    assert again.status_code == 303
    assert desk.status(secret) == 200


def test_who_leaves_a_group_is_refused_at_its_services(desk, browser, provider):
    def status_at_ops(secret):
        answer = desk.verify("ops", headers={"Authorization": f"Bearer {secret}"})
        return answer.status_code, answer.headers.get("X-Jeton-Reason")

    browser.go("/tokens")
    choose(browser, "00u1")
    browser.open_form("New token")
    browser.fill("Name", "ops")
    browser.choose("Only selected services")
    Select(browser.find("select", "Operations")).select_by_visible_text("Read")
    browser.click("button", "Create token")
    one = shown_secret(browser)
    every = desk.make_token("every service")
    assert status_at_ops(one) == status_at_ops(every) == (200, None)

    # The provider says otherwise, and the desk learns of it at the next sign-in.
    changed = {name: value for name, value in ALICE.items() if name != "sub"} | {"groups": ["staff"]}
    requests.put(f"{provider}/users/00u1", json=changed, timeout=10).raise_for_status()
    browser.driver.delete_all_cookies()
    browser.go("/tokens")
    choose(browser, "00u1")
    assert status_at_ops(one) == status_at_ops(every) == (403, "not_entitled")
    assert desk.status(every) == 200, "elsewhere it works as before"
    browser.open_form("New token")
    browser.choose("Only selected services")
    assert "Maven private repository" in browser.text
    assert not browser.driver.find_elements(By.ID, "access.ops")
    browser.check()


def test_who_may_not_and_who_is_another(desk, browser):
    browser.go("/")
    choose(browser, "00u2")
    assert browser.heading == "Sign-in failed"
    assert "not in a group that may use this desk" in browser.text
    assert browser.path == "/sign-in/callback"

    browser.go("/")
    choose(browser, "00u1")
    assert browser.path == "/tokens"
    browser.driver.delete_all_cookies()

    # Another person to whom the provider gives the same login.
    browser.go("/")
    choose(browser, "00u3")
    assert browser.heading == "Sign-in failed"
    assert "The login “alice” already belongs to someone else here." in browser.text
    people = json.loads(desk.run("user", "list", "--json").stdout)
    assert [person["login"] for person in people] == ["alice"]


def refused_sign_ins(desk):
    with sqlite3.connect(f"file:{desk.data}/jeton.db?mode=ro", uri=True) as ledger:
        return [detail for detail, in ledger.execute("SELECT detail FROM events WHERE kind = 'sign_in_refused'")]


def answer_of_provider(session, desk, sub="00u1"):
    """Where the provider sends the session back to, once that person was chosen there."""
    away = session.get(desk.url + "/sign-in/oidc", allow_redirects=False)
    return session.post(away.headers["Location"], data={"sub": sub}, allow_redirects=False).headers["Location"]


def test_what_proves_nothing_shuts_nobody_out(desk, browser):
    """As a foreign page does with <img>, or anybody with curl, from the address of the whole office."""
    desk.add_user("root", "--break-glass")
    for query in ("", "?error=access_denied", "?code=x&state=y"):
        for _ in range(30):
            assert requests.get(f"{desk.url}/sign-in/callback{query}").status_code == 400
    # Whoever has begun, and then says no, is not in a group, or comes back late.
    for _ in range(30):
        session = requests.Session()
        location = answer_of_provider(session, desk)
        state = parse_qs(urlsplit(location).query)["state"][0]
        cancelled = session.get(f"{desk.url}/sign-in/callback?state={state}&error=access_denied")
        assert "did not sign you in" in cancelled.text
        assert session.get(f"{desk.url}/sign-in/callback?state=made-up&code=x").status_code == 400
        assert "not in a group" in session.get(answer_of_provider(session, desk, "00u2")).text
    browser.go("/tokens")
    choose(browser, "00u1")
    assert (browser.path, browser.heading) == ("/tokens", "My tokens")
    page = (local := requests.Session()).get(desk.url + "/?local")
    answer = local.post(
        desk.url + "/sign-in",
        data={**hidden_fields(page.text, "/sign-in"), "login": "root", "password": PASSWORD},
        headers={"Origin": desk.url}, allow_redirects=False)
    assert answer.status_code == 303
    assert len(refused_sign_ins(desk)) == 20, "five of each of four reasons"
    desk.stop()
    kept = refused_sign_ins(desk)
    assert "no_pending_sign_in: 85 more like it from one address" in kept
    assert "not_in_allowed_groups: 25 more like it from one address" in kept


def test_two_tabs_and_back(desk, browser):
    """Each tab gets where it wanted; going back leads on, too."""
    browser.go("/account")
    browser.click("a", "Sign in with Example ID")
    first = browser.driver.current_window_handle
    browser.driver.switch_to.new_window("tab")
    browser.go("/tokens")
    browser.click("a", "Sign in with Example ID")
    second = browser.driver.current_window_handle

    browser.driver.switch_to.window(first)
    press(browser, "button[value='00u1']")
    assert (browser.path, browser.heading) == ("/account", "Alice Doe")
    browser.driver.switch_to.window(second)
    press(browser, "button[value='00u1']")
    assert (browser.path, browser.heading) == ("/tokens", "My tokens")
    browser.driver.get_log("browser")

    # The first tab's forms are still good.
    browser.driver.switch_to.window(first)
    browser.go("/tokens")
    browser.open_form("New token")
    browser.fill("Name", "from the first tab")
    browser.click("button", "Create token")
    secret = shown_secret(browser)
    assert desk.status(secret) == 200

    # The answer once more, as "back" has it.
    with_state = desk.url + "/sign-in/callback?code=x&state=y"
    browser.driver.get(with_state)
    assert (browser.path, browser.heading) == ("/tokens", "My tokens")
    pending = [each["name"] for each in browser.driver.get_cookies() if "pending" in each["name"]]
    assert len(pending) == 2
    browser.driver.delete_all_cookies()
    browser.driver.get(with_state)
    assert browser.heading == "Your browser sent no cookie"


@pytest.mark.parametrize("desk", [{"tokens_need_sign_in_every": "15s"}], indirect=True)
def test_tokens_sleep_and_wake_at_the_next_sign_in(desk, browser):
    desk.add_user("root", "--break-glass")
    own = desk.make_token("ours", user="root")
    browser.go("/")
    choose(browser, "00u1")
    secret = desk.make_token("ci")
    assert desk.status(secret) == 200

    def reason():
        return desk.verify(headers={"Authorization": f"Bearer {secret}"}).headers.get("X-Jeton-Reason")

    wait_for(lambda: reason() == "sign_in_needed", seconds=60)
    refused = desk.verify(headers={"Authorization": f"Bearer {secret}"})
    assert refused.status_code == 403
    assert "WWW-Authenticate" not in refused.headers
    assert refused.text.endswith(f"sign in at {desk.my_tokens}\n")
    assert desk.status(own) == 200
    assert [token["asleep"] for token in json.loads(desk.run("token", "list", "--json").stdout)] == [True, False]
    assert " dormant " in desk.run("token", "list", "--user", "alice").stdout
    assert " tokens dormant " in desk.run("user", "list").stdout

    # The browser is signed in all the while, and one click leads through the provider.
    browser.go("/tokens")
    assert "Your tokens have been dormant since" in browser.text
    browser.check()
    browser.click("a", "Sign in again")
    press(browser, "button[value='00u1']")
    browser.driver.get_log("browser")
    assert browser.path == "/tokens"
    assert "You have signed in again. Your tokens work." in browser.text
    assert desk.status(secret) == 200


def test_only_paths_of_the_desk_are_gone_on_to(desk):
    for target in ("https://evil.example/", "//evil.example/", "/\\evil.example", "/sign-out"):
        session = requests.Session()
        away = session.get(
            desk.url + "/sign-in/oidc", params={"return_to": target}, allow_redirects=False)
        assert away.status_code == 302
        back = session.post(away.headers["Location"], data={"sub": "00u1"}, allow_redirects=False)
        arrived = session.get(back.headers["Location"], allow_redirects=False)
        assert (arrived.status_code, arrived.headers["Location"]) == (303, "/tokens")
        # The same answer once more is worth nothing.
        session.cookies.clear()
        replayed = session.get(back.headers["Location"], allow_redirects=False)
        assert replayed.status_code == 400


def test_an_administrator_has_an_identity_joined_anew(desk, browser):
    """As after a realm that was imported anew: the same person, and another sub."""
    desk.add_user("root", "--break-glass")
    browser.go("/")
    choose(browser, "00u1")
    secret = desk.make_token("ci")
    browser.driver.delete_all_cookies()
    browser.go("/")
    choose(browser, "00u3")
    assert "already belongs to someone else" in browser.text

    browser.driver.delete_all_cookies()
    browser.go("/?local")
    browser.fill("Login or e-mail address", "root")
    browser.fill("Password", PASSWORD)
    browser.click("button", "Sign in")
    for path in ("/admin/people", None):
        if path is None:
            browser.go("/admin/people")
            browser.click("a", "alice")
            browser.click("a", "Release the identity of alice")
            assert browser.heading == "Release the identity of Alice Doe?"
        else:
            browser.go(path)
        for theme in ("light", "dark"):
            for width in (1280, 390):
                browser.show(theme, width)
                browser.check()
    browser.click("button", "Release identity")
    assert "Identity of alice released. The next sign-in" in browser.text

    browser.driver.delete_all_cookies()
    browser.go("/tokens")
    choose(browser, "00u3")
    assert "ci" in browser.text, "the same account"
    assert desk.status(secret) == 200


def test_break_glass_is_the_only_password(desk):
    desk.add_user("carol", "--admin")
    desk.add_user("root", "--break-glass")

    def sign_in(login):
        session = requests.Session()
        page = session.get(desk.url + "/?local")
        return session.post(
            desk.url + "/sign-in",
            data={**hidden_fields(page.text, "/sign-in"), "login": login, "password": PASSWORD},
            headers={"Origin": desk.url}, allow_redirects=False)

    assert sign_in("carol").status_code == 403
    answer = sign_in("root")
    assert (answer.status_code, answer.headers["Location"]) == (303, "/tokens")


def test_the_desk_works_while_the_provider_is_away(tmp_path):
    desk = Jeton(tmp_path, config=tmp_path / "jeton.yaml")
    desk.config.write_text(
        f"sign_in: {{ oidc: {{ issuer: 'http://127.0.0.1:{free_port()}', client_id: jeton }} }}\n"
        "services: { maven: { title: Maven } }\n")
    with desk:
        desk.add_user("alice", "--break-glass")
        assert desk.status(desk.make_token("ci")) == 200
        answer = requests.get(desk.url + "/sign-in/oidc", allow_redirects=False)
        assert answer.status_code == 502
        assert "cannot be reached" in answer.text
        assert "Your tokens keep working" in answer.text
        wait_for(lambda: "provider_unreachable" in desk.log.read_text())


class Hostile(BaseHTTPRequestHandler):
    """A provider that answers as its server's `conduct` says."""

    def do_GET(self):
        conduct = self.server.conduct
        if conduct == "silent":
            self.server.over.wait(60)
            return
        self.send_response(200)
        self.end_headers()
        if conduct == "slow":
            while not self.server.over.wait(1):
                self.wfile.write(b" ")
        elif conduct == "HTML":
            self.wfile.write(b"<!doctype html><title>Welcome</title>")
        elif conduct == "10 MB":
            self.wfile.write(b'{"issuer": "' + b"a" * (10 << 20) + b'"}')

    def log_message(self, *_):
        pass


@pytest.fixture
def hostile():
    server = Server(("127.0.0.1", 0), Hostile)
    server.over = threading.Event()
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield server
    server.over.set()
    server.shutdown()
    server.server_close()


@pytest.mark.parametrize("conduct, statuses, reason", [
    ("silent", {504, 503}, "provider_slow"), ("slow", {504, 503}, "provider_slow"),
    ("10 MB", {502, 503}, "provider_answer_too_long"), ("HTML", {502, 503}, "provider_answer_discovery"),
])
def test_the_gate_never_waits_for_the_provider(tmp_path, hostile, conduct, statuses, reason):
    hostile.conduct = conduct
    desk = Jeton(tmp_path, config=tmp_path / "jeton.yaml")
    desk.config.write_text(
        f"sign_in: {{ oidc: {{ issuer: 'http://127.0.0.1:{hostile.server_port}', client_id: jeton }} }}\n"
        "services: { maven: { title: Maven } }\n")
    with desk, ThreadPoolExecutor(40) as pool:
        desk.add_user("root", "--break-glass")
        token = desk.make_token("ci", user="root")
        leaving = [pool.submit(requests.get, desk.url + "/sign-in/oidc", allow_redirects=False, timeout=30)
                   for _ in range(40)]
        while True:
            left = [each for each in leaving if not each.done()]
            asked = time.monotonic()
            assert desk.status(token) == 200
            assert time.monotonic() - asked < 2, "verifying waited"
            if not left:
                break
        assert {each.result().status_code for each in leaving} <= statuses
        assert all("Sign-in failed" in each.result().text for each in leaving)
        assert not any("jeton-session" in each.result().cookies for each in leaving)
    with sqlite3.connect(f"file:{desk.data}/jeton.db?mode=ro", uri=True) as ledger:
        kept = ledger.execute("SELECT detail FROM events WHERE kind = 'sign_in_refused'").fetchall()
    assert (reason,) in kept
    assert len(kept) <= 10, "five of each reason are events, and no more"


def test_what_is_no_logout_token_is_refused(desk):
    answer = requests.post(desk.url + "/sign-in/backchannel-logout", data={"logout_token": "none"})
    assert answer.status_code == 400
    assert answer.headers["Cache-Control"] == "no-store"
    assert answer.json()["error"] == "invalid_request"
