"""From a refusal to a token that works, in a real Chromium: the link at the end of git's line, the sign-in that keeps
it, the form that it fills in, and the page that sees the first use."""

import re
import time

import pytest
from selenium.webdriver.common.by import By
from selenium.webdriver.support.select import Select

from browser import Browser
from jeton import PASSWORD, Builds, Jeton, git, wait_for
from test_git import refusal

CONFIG = """
services:
  git:   { title: Projects over Git, kind: git, url: "http://127.0.0.1:PORT/git/", paths: [/*.git] }
  maven: { title: Maven repository, kind: maven, url: "http://127.0.0.1:PORT/maven/" }
"""


@pytest.fixture
def desk(tmp_path):
    jeton = Jeton(tmp_path, config=tmp_path / "jeton.yaml")
    builds = Builds(tmp_path / "builds", jeton)
    jeton.config.write_text(CONFIG.replace("PORT", str(builds.port)))
    with jeton:
        jeton.add_user("alice")
        with builds:
            jeton.builds = builds
            yield jeton


@pytest.fixture(params=[("light", 1280), ("dark", 390)], ids=["light and wide", "dark and narrow"])
def browser(request, desk):
    theme, width = request.param
    browser = Browser(desk.url, theme=theme, width=width)
    yield browser
    browser.close()


def push(desk, token, path, folder, check=False):
    git("init", "--quiet", folder=folder, check=False)
    git("commit", "--quiet", "--allow-empty", "-m", "more", folder=folder)
    url = f"http://alice:{token}@{desk.builds.address}{path}"
    return git("push", "--force", url, "HEAD:refs/heads/other", folder=folder, check=check)


def test_a_refused_push_leads_to_a_token_that_pushes(desk, browser, tmp_path):
    folder = tmp_path / "work"
    folder.mkdir()
    path = desk.builds.make_repository("app")
    reader = desk.make_token("reader", "--scope", "git:read")
    refused = push(desk, reader, path, folder)
    address = f"{desk.my_tokens}/new?service=git&access=write&path=/app.git"
    assert refusal(refused) == [
        f"this token may not write at Projects over Git; create one that may write: {address}"]
    browser.driver.get(address)
    assert "Sign in, and the form for your new token opens, filled in." in browser.text
    browser.check()
    browser.fill("Login or e-mail address", "alice")
    browser.fill("Password", PASSWORD)
    browser.click("button", "Sign in")
    assert browser.driver.current_url == address
    assert browser.heading == "New token"
    assert "A link filled in this form. Nothing has been created yet" in browser.text
    browser.check()
    assert Select(browser.find("select", "Projects over Git")).first_selected_option.text == "Read and write"
    assert browser.find("input", "Only this path (Projects over Git)").get_attribute("value") == "/app.git"
    assert {token["name"] for token in desk.api().list()} == {"manager", "reader"}, "a link creates nothing"
    browser.fill("Name", "push")
    browser.click("button", "Create token")
    browser.check()
    token = browser.driver.find_element(By.ID, "secret").text
    assert browser.driver.find_element(By.CSS_SELECTOR, "input[name=tool]:checked").get_attribute("value") == "git"

    seen = browser.driver.find_element(By.CSS_SELECTOR, "[data-watch]")
    assert seen.text == "Waiting for its first use…"
    assert push(desk, token, path, folder).returncode == 0
    wait_for(lambda: seen.text.startswith("Seen from 127.0.0.1"))
    assert re.fullmatch(r"Seen from 127\.0\.0\.1 by Git \S+ at Projects over Git, writing: it works\.", seen.text)
    browser.check()
    asked = desk.whole_log().count("/seen")
    time.sleep(5)  # twice the time between two requests
    assert desk.whole_log().count("/seen") == asked, "nothing is asked any more once it works"


def test_what_a_link_says_that_cannot_be_used_is_told(desk, browser):
    browser.go("/tokens/new?service=npm&service=maven&access=deploy&path=/org&name=CI&colour=red")
    browser.fill("Login or e-mail address", "alice")
    browser.fill("Password", PASSWORD)
    browser.click("button", "Sign in")
    assert browser.heading == "New token"
    told = [each.text for each in browser.driver.find_elements(By.CSS_SELECTOR, ".notice li")]
    assert [line.split(".")[0] for line in told] == [
        "It names a service that is not at this desk, or that you may not have tokens for",
        "It names an access other than read and write",
        "The path in it does not fit Maven repository",
        "It has a parameter that is not known here, or one in the wrong place"]
    browser.check()
    browser.fill("Name", " ")
    browser.click("button", "Create token")
    assert browser.heading == "New token" and "Please fix this" in browser.text
    browser.check()


def test_a_refusal_is_told_until_it_works(desk, browser):
    """With answers of the desk put into the browser's mouth, among them none at all."""
    browser.go("/tokens/new?service=maven&name=told")
    browser.fill("Login or e-mail address", "alice")
    browser.fill("Password", PASSWORD)
    browser.click("button", "Sign in")
    browser.click("button", "Create token")
    browser.driver.execute_script("""
        const refused = { seen: { works: false, sentence: "Refused from 10.1.2.3: this token may not write" } };
        const works = { seen: { works: true, sentence: "Seen from 10.1.2.3: it works." } };
        const answers = [{ seen: null }, null, refused, works];
        window.asked = 0;
        window.fetch = async () => {
            const answer = answers[window.asked++];
            if (!answer) throw new TypeError("out of reach");
            return new Response(JSON.stringify(answer));
        };""")
    seen = browser.driver.find_element(By.CSS_SELECTOR, "[data-watch]")
    assert (seen.get_attribute("aria-live"), seen.get_attribute("role")) == ("polite", "status")
    assert seen.text == "Waiting for its first use…"
    wait_for(lambda: seen.text == "Refused from 10.1.2.3: this token may not write")
    browser.check()
    wait_for(lambda: seen.text == "Seen from 10.1.2.3: it works.")
    time.sleep(5)
    assert browser.driver.execute_script("return window.asked") == 4
