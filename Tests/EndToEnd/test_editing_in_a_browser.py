"""Editing a token, narrowing it, and asking whose a secret is, in Chromium: accessible, and with nothing of a secret."""

import re

import pytest
from selenium.webdriver.common.by import By
from selenium.webdriver.support.ui import Select

from browser import Browser
from jeton import Jeton
from test_browser import sign_in

VIEWS = [("light", 1280), ("dark", 1280), ("light", 390), ("dark", 390)]


@pytest.fixture(scope="module")
def desk(tmp_path_factory):
    with Jeton(tmp_path_factory.mktemp("editing")) as desk:
        desk.add_user("alice", "--admin")
        desk.add_user("bob")
        yield desk


@pytest.fixture
def browser(desk):
    browser = Browser(desk.url)
    sign_in(browser)
    yield browser
    browser.close()


def check_everywhere(browser):
    """The page as it is, in each theme and width."""
    browser.driver.get_log("browser")  # that a form came back with 422
    for theme, width in VIEWS:
        browser.show(theme, width)
        browser.check()


def token_id(desk, name):
    return re.search(r"^id +(\w+)", desk.run("token", "show", "--user", "alice", "--name", name).stdout, re.M).group(1)


def test_a_token_is_edited(desk, browser):
    secret = desk.make_token("Build server", "--scope", "maven", "--scope", "git:write")
    path = f"/tokens/{token_id(desk, 'Build server')}/edit"
    browser.go(path)
    assert browser.heading == "Edit “Build server”"
    check_everywhere(browser)

    browser.fill("Name", "x" * 100)
    browser.fill("Only from these IP addresses", "home")
    browser.click("button", "Save")
    alert = browser.driver.find_element(By.CSS_SELECTOR, "[role=alert]").text
    assert "“home” is not an IP address or range" in alert
    check_everywhere(browser)

    browser.fill("Name", "Build server 2")
    browser.fill("What it is for", "Nightly builds")
    browser.fill("Only from these IP addresses", "")
    selects = browser.driver.find_elements(By.CSS_SELECTOR, ".line select")
    Select(selects[0]).select_by_visible_text("Read only")
    Select(selects[1]).select_by_visible_text("No access")
    browser.click("button", "Save")
    assert browser.path.split("?")[0] == path.removesuffix("/edit")
    shown = desk.run("token", "show", "--user", "alice", "--name", "Build server 2").stdout
    assert re.search(r"^scopes +git:read$", shown, re.M) and re.search(r"^for +Nightly builds$", shown, re.M)
    assert desk.status(secret) == 403, "maven is gone at once"


def test_a_token_for_every_service_is_limited(desk, browser):
    secret = desk.make_token("Everything")
    browser.go(f"/tokens/{token_id(desk, 'Everything')}/edit")
    assert not browser.driver.find_element(By.CSS_SELECTOR, ".chosen").is_displayed()
    browser.choose("Only selected services")
    Select(browser.driver.find_element(By.ID, "access.git")).select_by_visible_text("Read")
    check_everywhere(browser)
    browser.click("button", "Save")
    assert desk.status(secret) == 403 and desk.status(secret, "git") == 200


def test_whose_a_secret_is(desk, browser):
    secret = desk.make_token("Found in a log")
    other = desk.make_token("Of bob", user="bob")
    browser.go("/admin/whose")
    check_everywhere(browser)
    browser.fill("Secret, identifier, login or name", f"Authorization: Bearer {other}")
    browser.click("button", "Find")
    assert "A token of bob" in browser.text and "This is the secret of “Of bob”." in browser.text
    assert other not in browser.driver.page_source and "whose" in browser.path and "?" not in browser.path
    check_everywhere(browser)
    browser.fill("Secret, identifier, login or name", "alice")
    browser.click("button", "Find")
    assert "Found in a log" in browser.text
    check_everywhere(browser)

    browser.go("/tokens/whose")
    browser.fill("Secret, identifier or name", other)
    browser.click("button", "Find")
    assert "a token of this desk, but not of yours" in browser.text and "bob" not in browser.text
    check_everywhere(browser)
    browser.fill("Secret, identifier or name", secret)
    browser.click("button", "Find")
    assert "Your token" in browser.text
    log = desk.whole_log()
    assert secret not in log and other not in log
