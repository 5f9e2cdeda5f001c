"""Back-channel logout by Glewlwyd: what ends there ends here, in the browser too."""

import sqlite3

import pytest
import requests
from selenium.webdriver.common.by import By
from selenium.webdriver.support.wait import WebDriverWait

from glewlwyd import Glewlwyd
from jeton import PASSWORD, wait_for
from provided import provided_desk

SECRET = "glewlwyd's secret"


@pytest.fixture(scope="module")
def glewlwyd(tmp_path_factory):
    with Glewlwyd(tmp_path_factory.mktemp("glewlwyd")) as provider:
        yield provider


@pytest.fixture(scope="module")
def desk(tmp_path_factory, glewlwyd):
    # With this secret it would refuse `client_secret_basic`: it does not decode what it gets.
    jeton = provided_desk(
        tmp_path_factory.mktemp("desk"), glewlwyd.issuer, SECRET, title="Glewlwyd",
        token_endpoint_auth_method="client_secret_post")
    for login, name in (("alice", "Alice Doe"), ("bob", "Bob Ray")):
        glewlwyd.add_user(login, PASSWORD, name, f"{login}@example.com")
    glewlwyd.add_client("jeton", SECRET, jeton.url)
    with jeton:
        yield jeton


def await_element(browser, selector):
    """Glewlwyd's pages are drawn by a script, whenever that is done."""
    return WebDriverWait(browser.driver, 30).until(
        lambda driver: [each for each in driver.find_elements(By.CSS_SELECTOR, selector)
                        if each.is_displayed() and each.is_enabled()])[0]


def sign_in(browser, glewlwyd, login):
    """Through Glewlwyd's form; what its page asks besides was allowed before."""
    session = glewlwyd.sign_in(login, PASSWORD)
    glewlwyd.allow(session, "jeton")
    browser.go("/")
    browser.find("a", "Sign in with Glewlwyd").click()
    await_element(browser, "#username").send_keys(login)
    await_element(browser, "#password").send_keys(PASSWORD)
    await_element(browser, "#loginbut").click()
    await_element(browser, "button[title='Continue to client application']").click()
    WebDriverWait(browser.driver, 30).until(lambda driver: driver.current_url.startswith(browser.url))
    browser.driver.get_log("browser")


def is_signed_in(desk, cookies):
    answer = requests.get(desk.url + "/tokens", cookies=cookies, allow_redirects=False, timeout=30)
    return answer.status_code == 200


def sign_out_there(browser, glewlwyd, hint):
    """What another application's sign-out does: Glewlwyd asks, and ends its session."""
    browser.driver.get(f"{glewlwyd.issuer}/end_session?id_token_hint={hint}")
    await_element(browser, "button.btn-danger:not(.dropdown-toggle)").click()


def cookies_of(browser):
    return {each["name"]: each["value"] for each in browser.driver.get_cookies()}


def test_what_ends_there_ends_here(desk, glewlwyd, browser):
    sign_in(browser, glewlwyd, "bob")
    bob = cookies_of(browser)
    browser.driver.delete_all_cookies()
    sign_in(browser, glewlwyd, "alice")
    assert (browser.path, browser.heading) == ("/tokens", "My tokens")
    alice = cookies_of(browser)
    secret = desk.make_token("ci")
    assert is_signed_in(desk, alice) and is_signed_in(desk, bob)

    sign_out_there(browser, glewlwyd, alice["jeton-hint"])
    wait_for(lambda: not is_signed_in(desk, alice))
    browser.go("/tokens")
    assert (browser.path, browser.heading) == ("/", "Sign in to the token desk")
    # Nobody else's session has ended, and tokens are no sessions.
    assert is_signed_in(desk, bob)
    assert desk.status(secret) == 200
    with sqlite3.connect(f"file:{desk.data}/jeton.db?mode=ro", uri=True) as ledger:
        kept = ledger.execute("SELECT detail FROM events WHERE kind = 'signed_out'").fetchall()
    assert kept == [("by the identity provider",)]


def test_signing_out_here_leads_to_the_end_there(desk, glewlwyd, browser):
    told = requests.get(glewlwyd.issuer + "/.well-known/openid-configuration", timeout=30).json()
    assert told["end_session_endpoint"] == f"{glewlwyd.url}//api/oidc/end_session"  # taken as it is
    sign_in(browser, glewlwyd, "alice")
    browser.find("button", "Sign out").click()
    await_element(browser, "button.btn-danger:not(.dropdown-toggle)").click()
    # Glewlwyd ends its own session, and asks for the password again.
    WebDriverWait(browser.driver, 30).until(
        lambda driver: "You are disconnected" in driver.find_element(By.TAG_NAME, "body").text)
    browser.go("/")
    browser.find("a", "Sign in with Glewlwyd").click()
    await_element(browser, "#username")
