"""Signing in through Canaille: real forms, and an `iss` in each answer (RFC 9207)."""

import time
from urllib.parse import parse_qs, urlsplit

import pytest
import requests
from selenium.webdriver.common.by import By
from selenium.webdriver.support.wait import WebDriverWait

from canaille import Canaille, await_another_second
from jeton import PASSWORD, wait_for
from provided import provided_desk
from test_browser import shown_secret

SECRET = "a secret: with % & reserved"


@pytest.fixture(scope="module")
def canaille(tmp_path_factory):
    with Canaille(tmp_path_factory.mktemp("canaille")) as provider:
        provider.add_user("alice", PASSWORD, "Alice Doe", "alice@example.com")
        provider.add_group("staff", "alice")
        yield provider


@pytest.fixture(scope="module")
def desk(tmp_path_factory, canaille):
    jeton = provided_desk(
        tmp_path_factory.mktemp("desk"), canaille.issuer, SECRET, title="Canaille", allowed_groups=["staff"],
        scopes=["openid", "profile", "email", "groups"])
    canaille.add_client("jeton", SECRET, jeton.url)
    with jeton:
        yield jeton


def await_field(browser, name):
    """The field of that name, once Canaille's page has it."""
    return WebDriverWait(browser.driver, 30).until(
        lambda driver: driver.find_elements(By.CSS_SELECTOR, f"input[name='{name}']"))[0]


def leave(browser):
    browser.find("a", "Sign in with Canaille").click()


def sign_in(browser, login="alice", password=PASSWORD):
    """From the desk's button through Canaille's forms, and back to the desk."""
    leave(browser)
    for name, value in (("login", login), ("password", password)):
        field = await_field(browser, name)
        field.send_keys(value)
        field.submit()
    await_desk(browser)


def await_desk(browser):
    WebDriverWait(browser.driver, 30).until(lambda driver: driver.current_url.startswith(browser.url))
    browser.driver.get_log("browser")  # what Canaille's own pages complain of


def test_from_the_forms_to_a_token_and_out_of_both(desk, canaille, browser):
    browser.go("/")
    sign_in(browser)
    assert (browser.path, browser.heading) == ("/tokens", "My tokens")
    browser.check()
    browser.open_form("New token")
    browser.fill("Name", "ci")
    browser.click("button", "Create token")
    secret = shown_secret(browser)
    granted = desk.verify(headers={"Authorization": f"Bearer {secret}"})
    assert granted.status_code == 200
    assert granted.headers["Remote-User"] == "alice"
    assert granted.headers["Remote-Name"] == "Alice Doe"
    assert granted.headers["Remote-Email"] == "alice@example.com"
    assert granted.headers["Remote-Groups"] == "staff"

    # Signed in there, one is through again without a form.
    await_another_second()
    browser.driver.delete_cookie("jeton-session")
    browser.go("/")
    leave(browser)
    await_desk(browser)
    assert browser.path == "/tokens"

    # "Sign in again" is one click, since Canaille still knows the browser.
    session = browser.driver.get_cookie("jeton-session")["value"]
    await_another_second()
    browser.go("/sign-in/oidc?again=yes&return_to=%2Ftokens%3Fdone%3Dsigned-in-again")
    await_desk(browser)
    assert "You have signed in again. Your tokens work." in browser.text
    assert browser.driver.get_cookie("jeton-session")["value"] != session

    # Signing out ends both sessions: the way in leads past the forms again.
    browser.find("button", "Sign out").click()
    WebDriverWait(browser.driver, 30).until(lambda driver: driver.current_url == desk.url + "/")
    leave(browser)
    await_field(browser, "login")
    assert browser.driver.current_url.startswith(canaille.issuer)
    assert desk.status(secret) == 200


def test_an_answer_without_its_issuer_is_refused(desk, canaille, browser):
    told = requests.get(canaille.issuer + "/.well-known/openid-configuration", timeout=30).json()
    assert told["authorization_response_iss_parameter_supported"] is True
    browser.go("/")
    sign_in(browser)
    signed_in_at = int(time.time())
    cookies = {each["name"]: each["value"] for each in browser.driver.get_cookies()}

    def answer():
        """What Canaille answers to who is signed in there, to a browser of its own at the desk."""
        away = requests.get(desk.url + "/sign-in/oidc", allow_redirects=False, timeout=30)
        back = requests.get(away.headers["Location"], cookies=cookies, allow_redirects=False, timeout=30)
        return away.cookies.get_dict(), back.headers["Location"]

    for change in (lambda iss: "", lambda iss: "&iss=https%3A%2F%2Fevil.example"):
        pending, location = answer()
        (iss,) = [pair for pair in urlsplit(location).query.split("&") if pair.startswith("iss=")]
        forged = location.replace("&" + iss, "").replace(iss + "&", "") + change(iss)
        refused = requests.get(forged, cookies=pending, allow_redirects=False, timeout=30)
        assert refused.status_code == 400
        assert "a different identity provider" in refused.text
        assert "jeton-session" not in refused.cookies

    # Canaille cannot make two access tokens for one person within one second.
    wait_for(lambda: int(time.time()) > signed_in_at)
    pending, location = answer()
    assert parse_qs(urlsplit(location).query)["iss"] == [canaille.issuer]
    arrived = requests.get(location, cookies=pending, allow_redirects=False, timeout=30)
    assert (arrived.status_code, arrived.headers.get("Location")) == (303, "/tokens"), arrived.text


def test_who_is_in_no_group_that_may_is_told_so(desk, canaille, browser):
    canaille.add_user("mallory", PASSWORD, "Mallory Roe", "mallory@example.com")
    browser.go("/")
    sign_in(browser, "mallory")
    assert browser.heading == "Sign-in failed"
    assert "not in a group that may use this desk" in browser.text
    browser.check()
