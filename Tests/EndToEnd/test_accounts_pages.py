"""A service account in real Chromium, Git and curl: created by an administrator, used by a build, and carried on by
its stewards until the last one has left, and again from when another is named."""

import os
from pathlib import Path

import pytest
import requests
from selenium.webdriver.common.by import By

from browser import Browser
from jeton import PASSWORD, Builds, Jeton, git
from test_browser import no_secret, shown_secret
from test_transition import Clock

VIEWS = [("light", 1280), ("dark", 1280), ("light", 390), ("dark", 390)]
PICTURES = os.environ.get("PICTURES_OF_PAGES")  # a folder for pictures of what was looked at



@pytest.fixture
def clock(tmp_path):
    with Clock(tmp_path) as clock:
        clock.set("2031-03-03 09:00:00")
        yield clock


@pytest.fixture
def desk(tmp_path, clock):
    desk = Jeton(tmp_path / "desk", environment=clock.environment)
    desk.folder.mkdir()
    with desk:
        desk.add_user("root", "--admin")
        for login in ("alice", "bob", "carol"):
            desk.add_user(login)
        yield desk


@pytest.fixture
def browse(desk):
    """Opens a browser in which that person is signed in."""
    opened = []

    def browse(login, **options):
        opened.append(Browser(desk.url, **options))
        sign_in(opened[-1], login)
        return opened[-1]

    yield browse
    for browser in opened:
        browser.close()


def sign_in(browser, login):
    browser.driver.delete_all_cookies()
    browser.go("/")
    browser.fill("Login or e-mail address", login)
    browser.fill("Password", PASSWORD)
    browser.click("button", "Sign in")
    assert browser.heading == "My tokens"


def check_everywhere(browser, name):
    """The page as it is, in each theme and width."""
    browser.driver.get_log("browser")  # that a form came back with 422
    for theme, width in VIEWS:
        browser.show(theme, width)
        browser.check()
        if PICTURES:
            height = browser.driver.execute_script("return document.documentElement.scrollHeight")
            browser.driver.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", {
                "width": width, "height": height, "deviceScaleFactor": 1, "mobile": False})
            Path(PICTURES).mkdir(parents=True, exist_ok=True)
            browser.driver.save_screenshot(str(Path(PICTURES) / f"{name}-{theme}-{width}.png"))
    browser.show("light", 1280)


def create_account(root):
    """Creates bot-ci with two stewards, after a form with faults."""
    root.go("/admin/accounts")
    assert "There are no service accounts yet" in root.text
    check_everywhere(root, "accounts-none")
    root.click("a", "New service account")
    root.fill("Login", "ci")
    root.fill("What it is for", "Builds main every night")
    root.fill("Stewards by name", "alice, zoe")
    root.click("button", "Create service account")
    alert = root.driver.find_element(By.CSS_SELECTOR, "[role=alert]").text
    assert "must fit “bot-*”" in alert and "There is no person “zoe”" in alert
    assert root.find("input", "What it is for").get_attribute("value") == "Builds main every night"
    if root.scripts:
        check_everywhere(root, "account-new-faults")
    root.fill("Login", "bot-ci")
    root.fill("Title", "Nightly builds")
    root.fill("Stewards by name", "alice bob")
    root.click("button", "Create service account")
    assert root.heading == "bot-ci"


def create_token(steward):
    """Creates a token of bot-ci; returns the secret and the path of its page."""
    steward.go("/accounts")
    steward.click("a", "bot-ci")
    assert steward.heading == "Tokens of bot-ci"
    steward.open_form("New token")
    steward.fill("Name", "Nightly")
    steward.click("button", "Create token")
    secret = shown_secret(steward)
    assert "It is a token of bot-ci." in steward.text
    return secret, steward.path.removesuffix("/reveal")


def test_an_account_outlives_its_stewards(desk, clock, browse, tmp_path):
    root, alice = browse("root"), browse("alice")
    create_account(root)
    for name in ("alice", "bob"):
        assert name in root.text
    check_everywhere(root, "account")
    secret, token = create_token(alice)
    check_everywhere(alice, "reveal")
    assert "--user bot-ci" in alice.text and "alice:" not in alice.text
    alice.click("a", "I have copied it")
    assert alice.heading == "Tokens of bot-ci"
    check_everywhere(alice, "account-tokens")

    with Builds(tmp_path / "builds", desk) as builds:
        repository = f"{builds.address}{builds.make_repository('one')}"

        def fetch(secret, check=True):
            return git("ls-remote", f"http://bot-ci:{secret}@{repository}", folder=tmp_path, check=check)

        assert "refs/heads/main" in fetch(secret)
        granted = desk.verify("git", headers={"Authorization": f"Bearer {secret}"})
        assert granted.status_code == 200
        assert (granted.headers["Remote-User"], granted.headers["Remote-Kind"]) == ("bot-ci", "service-account")
        assert "Remote-Groups" not in granted.headers and "Remote-Email" not in granted.headers

        # Another steward rotates it.
        bob = browse("bob")
        bob.go(token)
        assert bob.heading == "Nightly" and "Tokens of bot-ci" in bob.text
        check_everywhere(bob, "token")
        bob.click("a", "Rotate")
        bob.choose("Now")
        check_everywhere(bob, "rotate")
        bob.click("button", "Rotate")
        rotated = shown_secret(bob)
        assert "refs/heads/main" in fetch(rotated)
        assert "was replaced" in fetch(secret, check=False).stderr or fetch(secret, check=False).returncode

        # A stranger finds nothing of it.
        carol = browse("carol")
        carol.go("/tokens")
        assert "My service accounts" not in carol.text
        carol.go(token)
        assert carol.heading == "Page not found"
        carol.go("/accounts")
        check_everywhere(carol, "my-accounts-none")

        # The first steward leaves: the build goes on.
        desk.run("user", "suspend", "alice")
        assert "refs/heads/main" in fetch(rotated)
        root.go("/admin/people")
        assert "has had no active steward" not in root.text

        # The last one leaves: administrators are told, and the build goes on.
        desk.run("user", "suspend", "bob")
        assert "refs/heads/main" in fetch(rotated)
        for path in ("/admin/people", "/admin/events", "/admin/accounts"):
            root.go(path)
            assert "has had no active steward since 3 Mar 2031: its tokens pause on 2 Apr 2031" in root.text
        check_everywhere(root, "unattended")
        root.go("/tokens")
        assert "has had no active steward" not in root.text
        assert root.driver.find_element(By.CSS_SELECTOR, "nav .number").text.startswith("1")

        # The grace is over.
        clock.set("2031-04-02 09:10:00")
        refusal = fetch(rotated, check=False).stderr
        assert "has had no steward for too long; ask your administrator" in refusal
        refused = desk.verify("git", headers={"Authorization": f"Bearer {rotated}"})
        assert (refused.status_code, refused.headers["X-Jeton-Reason"]) == (403, "account_unattended")
        sign_in(root, "root")
        root.go("/admin/accounts")
        assert "its tokens have been paused since 2 Apr 2031" in root.text
        check_everywhere(root, "paused")

        # Somebody is named: life again.
        root.click("a", "Name one for bot-ci")
        assert root.heading == "bot-ci"
        account = root.path
        check_everywhere(root, "account-paused")
        root.fill("Stewards by name", "carol, root")
        root.click("button", "Save")
        assert "bot-ci saved." in root.text and "has had no active steward" not in root.text
        assert "refs/heads/main" in fetch(rotated)
        sign_in(carol, "carol")
        carol.go(token)
        assert carol.heading == "Nightly"
        no_secret(carol)

        # Removed: the page says what stops, and it does. Uses are written when the server stops.
        desk.stop()
        desk.start()
        root.go(account)
        root.click("a", "Remove")
        assert "Studio projects over Git" in root.text
        check_everywhere(root, "remove")
        root.click("button", "Remove this account")
        assert "Its tokens are revoked everywhere" in root.text
        assert desk.status(rotated, "git") == 401
        carol.go(token)
        assert carol.heading == "Page not found"


def test_it_works_without_javascript(desk, browse):
    root, alice = browse("root", scripts=False), browse("alice", scripts=False)
    root.go("/admin/accounts/new")
    root.fill("Login", "bot-ci")
    root.fill("What it is for", "Builds")
    root.fill("Stewards by name", "alice, bob")
    root.click("button", "Create service account")
    assert root.heading == "bot-ci"
    secret, token = create_token(alice)
    assert desk.status(secret) == 200
    alice.go(token)
    alice.click("a", "Revoke")
    assert "It belongs to bot-ci." in alice.text
    alice.click("button", "Revoke this token")
    assert desk.status(secret) == 401
    root.go("/admin/accounts")
    root.click("a", "bot-ci")
    root.click("a", "Suspend")
    root.click("button", "Suspend")
    assert "bot-ci suspended." in root.text
    root.click("button", "Resume")
    assert "bot-ci resumed." in root.text


def test_a_person_at_a_browser_is_pointed_out(desk, browse):
    root, alice = browse("root"), browse("alice")
    root.go("/admin/accounts/new")
    root.fill("Login", "bot-ci")
    root.fill("What it is for", "Builds")
    root.fill("Stewards by name", "alice, bob")
    root.click("button", "Create service account")
    account = root.path
    secret, token = create_token(alice)
    # From where bob's own token is used, and nobody else's.
    own = desk.make_token("mine", user="bob")
    for held, agent, address in (
            (secret, "Apache-Maven/3.9.9", "192.0.2.10"), (secret, "Mozilla/5.0 Firefox/140.0", "192.0.2.10"),
            (secret, "git/2.47", "198.51.100.4"), (own, "git/2.47", "198.51.100.4")):
        answer = requests.get(f"{desk.url}/verify/git", headers={
            "Authorization": f"Bearer {held}", "User-Agent": agent, "X-Forwarded-For": address,
            "X-Original-Method": "GET", "X-Original-URI": "/one.git/info/refs?service=git-upload-pack"}, timeout=10)
        assert answer.status_code == 200
    desk.stop()
    desk.start()
    for browser, path in ((alice, token), (root, account)):
        browser.go(path)
        assert "A person seems to use a token of this account" in browser.text
        assert "with Firefox, from 192.0.2.10" in browser.text
        assert "from 198.51.100.4, where otherwise only bob’s own tokens" in browser.text
        check_everywhere(browser, f"human-use-{path.split('/')[1]}")
