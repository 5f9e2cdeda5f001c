"""The page of a person and of a service account, and My Tokens with 303 tokens, in a real Chromium: with JavaScript and
without, in light and dark, from 390 to 1920 pixels, and with two administrators at once."""

import os
import re
from pathlib import Path

import pytest
from selenium.webdriver.common.by import By
from selenium.webdriver.support.select import Select

from browser import Browser
from jeton import PASSWORD, Jeton, wait_for

WIDTHS = (390, 900, 1280, 1920)
PICTURES = os.environ.get("PICTURES_OF_PAGES")  # a folder for pictures of what was looked at
MANY = 303
LARGEST = 100_000  # the most bytes of a page
SCRIPTS = pytest.mark.parametrize("scripts", [True, False], ids=["with JavaScript", "without JavaScript"])

CONFIG = """
services:
  maven: { title: Maven private repository }
  git: { title: Studio projects over Git, kind: git, paths: [/*/*.git] }
  npm: { title: npm packages }
"""


@pytest.fixture(scope="module")
def desk(tmp_path_factory):
    folder = tmp_path_factory.mktemp("people")
    (folder / "jeton.yaml").write_text(CONFIG)
    with Jeton(folder, config=folder / "jeton.yaml") as jeton:
        jeton.add_user("root", "--admin")
        jeton.add_user("zoe", "--admin")
        jeton.add_user("alice", "--name", "Alice Liddell", "--email", "alice@example.com", "--group", "builders")
        jeton.add_user("malice", "--name", "Malice")
        for number in range(60):
            jeton.add_user(f"p{number:02}.{'long.' * 20}@example.com", "--name", f"W{number:02}" + "w" * 96)
        jeton.run("account", "add", "bot-ci", "--title", "Nightly builds", "--purpose", "Builds main every night",
                  "--owners", "builders", "--steward", "malice")
        many = jeton.api(user="alice")
        for number in range(MANY - 1):
            answer = many.session.post(f"{many.url}/tokens", timeout=10, json={
                "name": f"job {number:03} {'w' * 80}", "scopes": ["maven:read", "git", "npm:write"],
                "addresses": ["10.0.0.0/8", "127.0.0.0/8"]})
            assert answer.status_code == 201, answer.text
            last = answer.json()["secret"]
        jeton.verify(headers={"Private-Token": last, "User-Agent": "w" * 200})
        jeton.make_token("theirs", user="malice")
        jeton.add_user("ended", "--name", "Ended")
        jeton.make_token("ended", user="ended")
        jeton.run("user", "remove", "ended", "--yes")
        for name in ("gone", "going"):
            jeton.make_token(name, "--scope", "maven:read", user="bot-ci")
        jeton.revoke("gone", user="bot-ci")
        wait_for(lambda: "at " in jeton.run("token", "list", "--user", "alice", "--service", "maven").stdout, seconds=30)
        yield jeton


@pytest.fixture
def browse(desk):
    opened = []

    def browse(login="root", password=PASSWORD, **options):
        opened.append(Browser(desk.url, **options))
        browser = opened[-1]
        browser.go("/")
        browser.fill("Login or e-mail address", login)
        browser.fill("Password", password)
        browser.click("button", "Sign in")
        return browser

    yield browse
    for browser in opened:
        browser.close()


def identifier(desk, login):
    """The identifier of a person or an account, from the address of their page."""
    browser = desk.sign_in("root")
    for listed in ("people", "people?state=removed", "accounts"):
        page = browser.get(f"{desk.url}/admin/{listed}", params={"search": login}, timeout=20).text
        if found := re.search(rf'href="/admin/\w+/(\w+)">{re.escape(login)}<', page):
            return found[1]
    raise AssertionError(f"there is no {login}")


def notice(browser):
    """What the page says was done; empty where it says nothing."""
    return "".join(each.text for each in browser.driver.find_elements(By.CSS_SELECTOR, ".notice.good[role=status]"))


def says_once(browser, sentence):
    assert notice(browser) == sentence
    browser.check()
    browser.driver.refresh()
    assert notice(browser) == ""


@SCRIPTS
def test_a_person_is_found_renamed_signed_out_and_removed(desk, browse, scripts):
    login = "lea" if scripts else "noel"
    desk.add_user(login, "--name", f"Leaving {login}")
    desk.make_token("build", user=login)
    theirs, root = browse(login), browse(scripts=scripts)
    root.go("/admin/people")
    root.fill("Find by login, name or e-mail", f"leaving {login}")
    root.click("button", "Search")
    root.click("a", login)
    assert root.heading == f"Leaving {login}"
    for words in ("With a password", "127.0.0.1", "1 token in use", "Where they are signed in"):
        assert words in root.text
    root.check()

    sign_out = [each for each in root.driver.find_elements(By.TAG_NAME, "button")
                if each.accessible_name.startswith("Sign out ") and each.is_displayed()]
    old = root.driver.find_element(By.TAG_NAME, "html")
    sign_out[0].click()
    root.await_page(old)
    says_once(root, f"{login} is signed out of that browser.")
    assert "Nowhere." in root.text
    theirs.go("/tokens")
    assert theirs.heading != "My tokens"

    root.click("a", "Edit")
    root.fill("Login", f"{login}.new")
    root.fill("Name", "Leander")
    root.click("button", "Save")
    assert root.heading == "Leander"
    says_once(root, f"{login}.new saved. The change applies everywhere from now on.")

    root.click("a", "Make an administrator")
    root.click("button", "Make an administrator")
    says_once(root, f"{login}.new is now an administrator.")
    root.click("a", "Remove administrator role")
    root.click("button", "Remove administrator role")
    says_once(root, f"{login}.new is no longer an administrator.")

    page = root.path
    root.click("a", f"Remove {login}.new")
    assert "1 token is revoked everywhere." in root.text and "After 365 days" in root.text
    root.fill("Type the login to confirm", f"{login}.new")
    root.click("button", "Remove for good")
    says_once(root, f"{login}.new removed. They cannot sign in, their tokens are revoked, and their login is free.")
    assert f"{login}.new" not in root.text
    root.go(page)
    assert root.heading == "Leander" and "then erased" in root.text
    assert not root.driver.find_elements(By.CSS_SELECTOR, "main form button")
    root.click("a", f"All tokens of {login}.new")
    assert "build" in root.text and "removed" in root.text
    desk.add_user(f"{login}.new")


@SCRIPTS
def test_the_tokens_of_alice_are_hers_and_nobody_elses(desk, browse, scripts):
    root = browse(scripts=scripts)
    root.go(f"/admin/people/{identifier(desk, 'alice')}")
    assert f"{MANY} tokens in use" in root.text
    root.click("a", "All tokens of alice")
    assert f"{MANY} tokens" in root.text
    owners = {each.text for each in root.driver.find_elements(By.CSS_SELECTOR, "td[data-column=Owner] a")}
    assert owners == {"alice"}
    root.go("/admin/tokens?owner=malice")
    assert [each.text for each in root.driver.find_elements(By.CSS_SELECTOR, "td strong a")] == ["theirs"]


@SCRIPTS
def test_a_service_accounts_page_has_what_a_persons_has(desk, browse, scripts):
    root = browse(scripts=scripts)
    root.go("/admin/accounts")
    root.click("a", "bot-ci")
    for words in ("1 token in use", "going", "1 revoked or expired token", "Its events", "created a token for bot-ci",
                  "Its stewards now", "alice"):
        assert words in root.text, words
    root.check()
    root.click("a", "Suspend")
    root.click("button", "Suspend")
    says_once(root, "bot-ci suspended. None of its tokens work any more.")
    root.click("button", "Resume")
    says_once(root, "bot-ci resumed. Its tokens work again.")


@SCRIPTS
def test_my_tokens_with_303_tokens(desk, browse, scripts):
    browser = browse("alice", scripts=scripts)

    def names():
        return [each.text.split()[1] for each in browser.driver.find_elements(By.CSS_SELECTOR, "li.token h3 a")
                if each.text.startswith("job")]

    assert f"{MANY} active tokens" in browser.text and "Page 1 of 7" in browser.text
    if scripts:
        height = browser.driver.execute_script("return document.documentElement.scrollHeight")
        assert height < 15_000, f"My Tokens is {height} pixels long"
    assert names() == [f"{number:03}" for number in range(301, 251, -1)]
    browser.click("a", "Next page")
    assert names()[0] == "251"
    browser.check()
    browser.fill("Find by name, description or identifier", "job 00")
    browser.click("button", "Search")
    assert names() == [f"{number:03}" for number in range(9, -1, -1)] and f"10 of {MANY} tokens" in browser.text
    browser.open_form("Filters")
    Select(browser.find("select", "Sort by")).select_by_visible_text("Name")
    browser.click("button", "Apply filters")
    assert names() == [f"{number:03}" for number in range(10)]
    address = browser.driver.current_url
    assert "search=job+00" in address and "order=name" in address
    browser.fill("Find by name, description or identifier", "nothing")
    browser.click("button", "Search")
    assert "No token matches “nothing”." in browser.text
    browser.check()

    # Whoever revokes one of those that were found comes back to them.
    name = f"extra {scripts}"
    desk.make_token(name, user="alice")
    browser.go("/tokens?search=extra&order=name")
    browser.click("a", f"Revoke {name}")
    browser.click("button", "Revoke this token")
    assert browser.driver.current_url == f"{desk.url}/tokens?search=extra&order=name"
    says_once(browser, f"Token “{name}” revoked: 1 secret. No request with it is granted any more.")


def test_two_administrators_act_at_once(desk, browse):
    desk.add_user("bob")
    desk.make_token("build", user="bob")
    root, zoe = browse(), browse("zoe")
    page = f"/admin/people/{identifier(desk, 'bob')}"
    for browser in (root, zoe):
        browser.go("/admin/tokens?owner=bob")
        browser.click("a", "Revoke build of bob")
    root.click("button", "Revoke this token")
    assert notice(root).startswith("Token “build” of bob revoked")
    zoe.click("button", "Revoke this token")
    assert "revoked" in zoe.text and "Jeton failed" not in zoe.text

    # One removes whom the other is about to promote, to suspend, and to rename.
    for path in ("promote", "suspend", "edit"):
        zoe.go(f"{page}/{path}")
        if path == "promote":
            root.go(f"{page}/remove")
            root.fill("Type the login to confirm", "bob")
            root.click("button", "Remove for good")
            zoe.click("button", "Make an administrator")
        assert zoe.heading == "Nothing was changed", path
    zoe.go(page)
    assert zoe.heading == "bob" and "removed" in zoe.text


def addresses(desk):
    """Each page with the name of its picture."""
    alice, ended, account = (identifier(desk, login) for login in ("alice", "ended", "bot-ci"))
    return {
        "home": "/admin", "inventory": f"/admin/tokens?owner=alice&sort=last-use&allows=maven&kind=person&q=job",
        "inventory-all": "/admin/tokens?state=all&service=maven&used_from=2020-01-01&created_from=2020-01-01",
        "people": "/admin/people", "people-by-sign-in": "/admin/people?order=last-sign-in&state=active",
        "people-removed": "/admin/people?state=removed", "person": f"/admin/people/{alice}",
        "person-edit": f"/admin/people/{alice}/edit", "person-remove": f"/admin/people/{alice}/remove",
        "person-suspend": f"/admin/people/{alice}/suspend", "person-removed": f"/admin/people/{ended}",
        "accounts": "/admin/accounts", "account": f"/admin/accounts/{account}", "events": "/admin/events",
        "events-alice": f"/admin/events?subject={alice}&search=job",
    }


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("login", ["root", "alice"])
def test_pages_hold_at_every_width_and_are_small(desk, browse, login, theme):
    pages = addresses(desk) if login == "root" else {"my-tokens": "/tokens", "my-tokens-found": "/tokens?search=job+00"}
    session = desk.sign_in(login)
    sizes = {name: len(session.get(desk.url + path, timeout=20).content) for name, path in pages.items()}
    assert max(sizes.values()) < LARGEST, sizes
    browser, told = browse(login), []
    for name, path in pages.items():
        for width in WIDTHS:
            browser.show(theme, width)
            browser.go(path)
            told += [f"{name} at {width}: {each}" for each in browser.violations()]
            wide = browser.driver.execute_script(
                "return document.documentElement.scrollWidth - document.documentElement.clientWidth")
            told += [f"{name} at {width}: {wide} pixels too wide"] * (wide > 0)
            look(browser, f"{name}-{theme}-{width}")
    assert not told, "\n".join(told)


def look(browser, name):
    if PICTURES:
        Path(PICTURES).mkdir(parents=True, exist_ok=True)
        height = browser.driver.execute_script("return document.documentElement.scrollHeight")
        width = browser.driver.execute_script("return document.documentElement.clientWidth")
        browser.driver.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", {
            "width": width, "height": min(height, 3000), "deviceScaleFactor": 1, "mobile": False})
        browser.driver.save_screenshot(f"{PICTURES}/{name}.png")
