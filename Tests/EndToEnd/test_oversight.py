"""The administrators' home and the inventory in a real Chromium: with JavaScript and without, in light and dark, from
390 to 1920 pixels, whatever the names are."""

import csv
import io
import os
import re

import pytest
from selenium.webdriver.common.by import By
from selenium.webdriver.support.select import Select

from browser import Browser
from jeton import PASSWORD, Jeton

LONG_LOGIN = "long.login." * 8 + "@example.com"
LONG_NAME = "Wwwwwwwwww" * 10
PICTURES = os.environ.get("PICTURES_OF_PAGES")  # a folder for pictures of what was looked at


@pytest.fixture(scope="module")
def desk(tmp_path_factory):
    folder = tmp_path_factory.mktemp("oversight")
    config = folder / "jeton.yaml"
    config.write_text("""
services:
  maven: { title: Maven private repository }
  git: { title: Studio projects over Git, kind: git, url: "https://git.example.com/git/", paths: [/*/*.git] }
  npm: { title: npm packages }
""")
    with Jeton(folder, config=config) as jeton:
        jeton.add_user("alice", "--admin")
        for login in ("bob", "bobby", LONG_LOGIN):
            jeton.add_user(login)
        for number in range(60):
            jeton.make_token(f"job {number:02}", "--scope", "maven:read", user="bobby")
        jeton.make_token("everything", user="bob")
        jeton.make_token("narrow", "--scope", "git:read", "--expires", "3d", user="bob")
        long = jeton.make_token(
            LONG_NAME, "--scope", "maven:read", "--scope", "git", "--scope", "npm:write", user=LONG_LOGIN)
        jeton.verify(headers={"Private-Token": long, "User-Agent": "w" * 200})
        jeton.make_token("gone", user="bob")
        jeton.run("token", "revoke", "--user", "bob", "--name", "gone")
        yield jeton


@pytest.fixture
def browse(desk):
    opened = []

    def browse(**options):
        browser = Browser(desk.url, **options)
        opened.append(browser)
        browser.go("/")
        browser.fill("Login or e-mail address", "alice")
        browser.fill("Password", PASSWORD)
        browser.click("button", "Sign in")
        return browser

    yield browse
    for browser in opened:
        browser.close()


def names(browser):
    return [link.text for link in browser.driver.find_elements(By.CSS_SELECTOR, ".fixed td strong a")]


def look(browser, name):
    if PICTURES:
        height = browser.driver.execute_script("return document.documentElement.scrollHeight")
        width = browser.driver.execute_script("return document.documentElement.clientWidth")
        browser.driver.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", {
            "width": width, "height": min(height, 4000), "deviceScaleFactor": 1, "mobile": False})
        browser.driver.save_screenshot(f"{PICTURES}/{name}.png")


@pytest.mark.parametrize("scripts", [True, False], ids=["with JavaScript", "without JavaScript"])
def test_a_token_is_found_by_its_owner_and_revoked_from_the_list(desk, browse, scripts):
    browser = browse(scripts=scripts)
    desk.make_token(f"to go {scripts}", user="bob")
    browser.go("/admin/tokens")
    browser.open_form("Filters")
    browser.fill("Owner", "bob")
    Select(browser.find("select", "Order")).select_by_visible_text("by name")
    browser.click("button", "Apply filters")
    shown = names(browser)
    assert shown[:2] == ["everything", "narrow"] and f"to go {scripts}" in shown, "bob's, and none of bobby's"
    browser.check()

    browser.click("a", f"Revoke to go {scripts} of bob")
    browser.click("button", "Revoke this token")
    said = f"Token “to go {scripts}” of bob revoked: 1 secret."
    assert said in browser.text
    assert "owner=bob" in browser.driver.current_url and "sort=name" in browser.driver.current_url
    assert f"to go {scripts}" not in names(browser)
    browser.check()
    browser.driver.refresh()
    assert said not in browser.text and browser.heading == "All tokens"

    # A filter is taken away; what was revoked is found by its state.
    browser.click("a", "Remove the filter owner bob")
    assert len(names(browser)) == 50
    for state, wanted in (("Active", False), ("Paused", False), ("Revoked", True)):
        box = browser.find("input", state)
        if box.is_selected() != wanted:
            box.click()
    browser.click("button", "Search")
    assert f"to go {scripts}" in names(browser) and "everything" not in names(browser)


@pytest.mark.parametrize("scripts", [True, False], ids=["with JavaScript", "without JavaScript"])
def test_pages_boxes_and_the_order(desk, browse, scripts):
    browser = browse(scripts=scripts)
    browser.go("/admin/tokens?owner=bobby&sort=name")
    assert names(browser) == [f"job {number:02}" for number in range(50)]
    boxes = "input[name=token]"
    link = browser.find("a", "Select all on this page")
    link.click() if scripts else browser.click("a", "Select all on this page")
    assert len(browser.driver.find_elements(By.CSS_SELECTOR, f"{boxes}:checked")) == 50
    browser.check()
    browser.find("a", "Select none").click() if scripts else browser.click("a", "Select none")
    assert not browser.driver.find_elements(By.CSS_SELECTOR, f"{boxes}:checked")

    browser.click("a", "Next 50")
    assert names(browser) == [f"job {number:02}" for number in range(50, 60)]
    browser.check()
    browser.click("a", "First page")
    assert names(browser)[0] == "job 00"
    browser.click("a", "Created")
    assert names(browser)[0] == "job 59"
    head = browser.driver.find_element(By.CSS_SELECTOR, "th[aria-sort]")
    assert (head.text.strip().split()[0], head.get_attribute("aria-sort")) == ("Created", "descending")
    browser.click("a", "Created")
    assert names(browser)[0] == "job 00"


@pytest.mark.parametrize("width", [390, 900, 1280, 1920])
@pytest.mark.parametrize("theme", ["light", "dark"])
def test_the_list_holds_whatever_the_names_are(desk, browse, theme, width):
    browser = browse(theme=theme, width=width)
    for name, path in (("list", "/admin/tokens"), ("all", "/admin/tokens?state=all&sort=last-use"),
                       ("none", "/admin/tokens?q=nothing&kind=account"),
                       ("faults", "/admin/tokens?address=here&used_from=yesterday"),
                       ("finding", "/admin/tokens?finding=unlimited"), ("home", "/admin")):
        browser.show(theme, width)
        browser.go(path)
        if name == "faults":
            browser.driver.get_log("browser")  # Chromium complains of the status
        browser.check()
        look(browser, f"{name}-{theme}-{width}")
    browser.show(theme, width)
    browser.go("/admin/tokens?sort=last-use")
    for folded in browser.driver.find_elements(By.CSS_SELECTOR, "details:not([open]) > summary"):
        folded.click()
    browser.check()
    look(browser, f"unfolded-{theme}-{width}")
    if width < 800:
        return
    widths = {head.text.split()[0]: head.size["width"]
              for head in browser.driver.find_elements(By.CSS_SELECTOR, ".fixed th") if head.text.strip()}
    assert widths["Token"] > 140 and widths["Owner"] > 100 and widths["Access"] > 100 and widths["Last"] > 100, widths
    for row in browser.driver.find_elements(By.CSS_SELECTOR, ".fixed tbody tr")[:3]:
        for cell in row.find_elements(By.TAG_NAME, "td"):
            over = browser.driver.execute_script("return arguments[0].scrollWidth - arguments[0].clientWidth", cell)
            assert over <= 0, f"{cell.get_attribute('data-column')} is {over} pixels too wide"


def test_the_home_leads_to_what_asks_for_an_act(desk, browse):
    browser = browse()
    browser.go("/admin")
    assert browser.heading == "Overview"
    assert browser.driver.find_element(By.CSS_SELECTOR, ".banner nav [aria-current]").text == "Overview"
    browser.click("a", "Every service, and never expires")
    assert "everything" in names(browser) and "narrow" not in names(browser)
    assert "have it narrowed" in browser.text
    browser.check()
    browser.go("/admin")
    browser.click("a", "Expires within 7 days")
    assert names(browser) == ["narrow"]


def test_the_whole_list_is_a_file(desk):
    session = desk.sign_in()
    answer = session.get(f"{desk.url}/admin/tokens.csv?owner=bobby&sort=name&state=all", timeout=20)
    rows = list(csv.DictReader(io.StringIO(answer.text)))
    assert [row["name"] for row in rows] == [f"job {number:02}" for number in range(60)]
    assert {(row["owner"], row["state"], row["scopes"]) for row in rows} == {("bobby", "active", "maven:read")}
    assert re.fullmatch(r"\w{13}", rows[0]["token"])


def test_a_notice_cannot_be_forged(desk):
    """Neither a link nor somebody else's cookie makes the desk say something."""
    session = desk.sign_in()
    for value in ("x", "U29tZXRoaW5n", "eyJzZW50ZW5jZSI6IkNhbGwgdGhpcyBudW1iZXIifQ"):
        session.cookies.set("jeton-notice", value)
        page = session.get(f"{desk.url}/admin/tokens?done=revoked&notice=Call", timeout=20)
        assert page.status_code == 200 and 'class="notice good"' not in page.text
        assert "jeton-notice=; " in page.headers["Set-Cookie"], "what says nothing is taken away"
