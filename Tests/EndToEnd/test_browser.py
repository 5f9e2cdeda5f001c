"""The whole life of a token in a real Chromium: with JavaScript and without, in light and dark, narrow
and wide, every page checked by axe-core."""

import html
import re
from urllib.parse import urlsplit

import pytest
import requests
from selenium.common.exceptions import WebDriverException
from selenium.webdriver.common.by import By
from selenium.webdriver.support.select import Select

from browser import TOKEN, Browser
from jeton import PASSWORD, ROOT, Jeton, wait_for


@pytest.fixture
def desk(tmp_path):
    with Jeton(tmp_path) as jeton:
        yield jeton


@pytest.fixture
def browse(desk):
    opened = []

    def browse(**options):
        opened.append(Browser(desk.url, **options))
        return opened[-1]

    yield browse
    for browser in opened:
        browser.close()


def make_first_account(browser, desk):
    browser.driver.get(desk.welcome_link())
    browser.check()
    browser.fill("Login", "alice")
    browser.fill("Password", PASSWORD)
    browser.fill("Repeat password", PASSWORD)
    browser.click("button", "Create account")


def sign_in(browser):
    browser.go("/")
    browser.fill("Login or e-mail address", "alice")
    browser.fill("Password", PASSWORD)
    browser.click("button", "Sign in")


@pytest.mark.parametrize("theme, width", [("light", 1280), ("dark", 390)])
def test_a_desk_of_https_that_is_opened_by_http_says_so(tmp_path, theme, width):
    desk = Jeton(tmp_path, config=None, environment={"JETON_PUBLIC_URL": "https://tokens.example.test"})
    with desk:
        desk.add_user("alice")
        browser = Browser(
            f"http://tokens.example.test:{desk.port}", theme=theme, width=width, host="tokens.example.test")
        try:
            sign_in(browser)
            assert browser.heading == "Your browser sent no cookie"
            assert "This desk is at https://tokens.example.test." in browser.text
            link = browser.find("a", "Open the desk there")
            assert link.get_attribute("href") == "https://tokens.example.test/"
            browser.driver.get_log("browser")  # Chromium complains of headers that are good for https alone
            browser.check()
        finally:
            browser.close()


def test_a_browser_that_takes_no_cookies_is_told_so(desk, browse):
    desk.add_user("alice")
    browser = browse(cookies=False)
    sign_in(browser)
    assert browser.heading == "Your browser sent no cookie"
    assert f"This desk is at {desk.url}." in browser.text
    assert "allow cookies" in browser.text
    browser.check()


def shown_secret(browser):
    found = set(TOKEN.findall(browser.driver.page_source))
    assert len(found) == 1, f"one secret is shown, not {len(found)}"
    return found.pop()


def no_secret(browser):
    assert not TOKEN.search(browser.driver.page_source)


@pytest.mark.parametrize(
    "scripts, theme, width",
    [(True, "light", 1200), (True, "dark", 390), (False, "light", 1200)],
    ids=["light and wide", "dark and narrow", "without JavaScript"],
)
def test_the_whole_life_of_a_token(desk, browse, scripts, theme, width):
    browser = browse(scripts=scripts, theme=theme, width=width)
    if not scripts:
        browser.driver.get("data:text/html,<title>off</title><script>document.title = 'on'</script>")
        assert browser.driver.title == "off", "JavaScript was to be off"

    # The first account, by the link that was printed; it works once.
    make_first_account(browser, desk)
    assert (browser.path, browser.heading) == ("/tokens", "My tokens")
    assert "You have no tokens yet" in browser.text
    browser.check()
    browser.driver.get(desk.welcome_link())
    assert not browser.driver.find_elements(By.CSS_SELECTOR, "input[type=password]")
    browser.check()

    # Signed out, and in again.
    browser.go("/tokens")
    browser.click("button", "Sign out")
    browser.go("/tokens")
    assert browser.driver.find_elements(By.CSS_SELECTOR, "input[type=password]"), "the sign-in page"
    browser.check()
    sign_in(browser)
    assert browser.heading == "My tokens"

    # A name that cannot be, then a token, shown once.
    browser.open_form("New token")
    browser.fill("Name", "x" * 90 + "\u202e")
    browser.click("button", "Create token")
    assert "must not hold invisible characters" in browser.text
    browser.check()
    browser.fill("Name", "CI chain")
    browser.click("button", "Create token")
    browser.check()
    token = shown_secret(browser)
    assert "will not be shown again" in browser.text
    for tool in ("curl", "Maven", "Git", "CI", ".netrc"):
        assert any(tool in label.text for label in browser.driver.find_elements(By.TAG_NAME, "label")), tool
    reveal = browser.path

    browser.driver.refresh()
    no_secret(browser)
    browser.check()
    browser.go("/tokens")
    no_secret(browser)
    browser.driver.back()
    no_secret(browser)
    browser.go(reveal)
    no_secret(browser)

    # Used through the gate: "last used" appears.
    browser.go("/tokens")
    assert "Never used" in browser.text
    agent = {"Authorization": f"Bearer {token}", "User-Agent": "Apache-Maven/3.8.7 (Java 17.0.15; Linux 6.1)"}
    assert desk.verify(headers=agent).status_code == 200

    def is_told():
        browser.driver.refresh()
        return "Maven 3.8.7" in browser.text

    wait_for(is_told, every=0.2)
    assert "Maven private repository, from 127.0.0.1, with Maven 3.8.7" in browser.text
    browser.check()

    # A new secret; the previous one goes on for a day, and the page shows where.
    browser.click("a", "Rotate CI chain")
    browser.check()
    browser.choose("In 24 hours")
    browser.click("button", "Rotate")
    browser.check()
    second = shown_secret(browser)
    assert second != token
    browser.click("a", "I have copied it")
    no_secret(browser)
    browser.driver.back()
    no_secret(browser)
    assert (desk.status(token), desk.status(second)) == (200, 200)
    browser.go("/tokens")
    assert "The previous secret works until" in browser.text
    wait_for(lambda: browser.driver.refresh() or "Not yet: " in browser.text, every=0.2)
    browser.check()
    browser.click("button", "End the previous secret now: CI chain")
    assert "Maven 3.8.7" in browser.text
    browser.check()
    browser.click("button", "End the previous secret")
    assert "The previous secret of token “CI chain” has ended." in browser.text
    assert (desk.status(token), desk.status(second)) == (401, 200)
    browser.check()

    # Paused: refused with a status that tools keep the token on, and resumed.
    browser.click("button", "Pause CI chain for 15 minutes")
    assert "Paused by you until" in browser.text
    browser.check()
    assert desk.status(second) == 403
    browser.go("/tokens")
    assert "paused until" in browser.text
    browser.check()
    browser.click("a", "CI chain")
    browser.click("button", "Resume")
    assert desk.status(second) == 200
    browser.check()

    # Revoked: asked once, refused at once, listed below.
    browser.go("/tokens")
    browser.click("a", "Revoke CI chain")
    assert "What will stop working" in browser.text and "Maven" in browser.text
    browser.check()
    browser.click("button", "Revoke this token")
    refused = desk.verify(headers={"Authorization": f"Bearer {second}"})
    assert (refused.status_code, refused.headers["X-Jeton-Reason"]) == (401, "revoked")
    assert "Token “CI chain” revoked: 1 secret." in browser.text
    browser.check()
    browser.go("/tokens")
    past = browser.driver.find_element(By.CSS_SELECTOR, "details:not(#new, .more)")
    past.find_element(By.TAG_NAME, "summary").click()
    assert "by alice" in past.text
    browser.check()

    # The other pages.
    for path in ("/account", "/admin/people", "/admin/tokens", "/admin/events", "/nothing"):
        browser.go(path)
        browser.check()

    # Gone is gone.
    browser.go("/tokens")
    browser.click("button", "Sign out")
    browser.driver.back()
    browser.driver.refresh()
    assert "CI chain" not in browser.driver.page_source
    for path in ("/tokens", "/account", "/admin/people", "/admin/tokens", "/admin/events"):
        browser.go(path)
        assert browser.driver.find_elements(By.CSS_SELECTOR, "input[type=password]"), path


def test_the_page_of_a_paused_token_follows_what_happens(desk, browse):
    """Without a reload: somebody else resumes the token, and the page no longer says that it is paused."""
    browser = browse()
    make_first_account(browser, desk)
    desk.make_token("CI chain")
    manager = desk.api()
    token = next(each["id"] for each in manager.list() if each["name"] == "CI chain")
    browser.go(f"/tokens/{token}")
    browser.click("button", "Pause CI chain for 1 hour")
    assert "Nothing has tried to use it since it was paused" in browser.text
    assert manager.session.post(f"{manager.url}/tokens/{token}/resume", timeout=10).ok

    def is_resumed():
        try:
            return "Paused by you" not in browser.text and browser.heading == "CI chain"
        except WebDriverException:
            return False  # the page is just loaded again

    wait_for(is_resumed)
    assert browser.path == f"/tokens/{token}"
    browser.check()


def test_every_page_in_both_themes_and_widths(desk, browse):
    """With something on it: long names, several people, many tokens."""
    browser = browse()
    make_first_account(browser, desk)
    desk.add_user("bob")
    desk.add_user("x" * 64)
    desk.run("user", "suspend", "bob")
    for number in range(12):
        desk.make_token(f"token {number}", "--scope", "git:read", "--expires", "3d")
    long = desk.make_token("Wwwwwwwwww" * 10, "--scope", "maven:read", "--scope", "git", "--scope", "jeton:manage")
    desk.verify(headers={"Private-Token": long, "User-Agent": "w" * 100})
    desk.revoke("token 3")
    browser.go("/tokens")
    pages = ["/tokens", "/account", "/admin/people", "/admin/tokens", "/admin/events", "/nothing",
             "/admin/tokens?search=nothing", "/help", "/help/git", "/help/github-actions"]
    links = [urlsplit(link.get_attribute("href") or "").path
             for link in browser.driver.find_elements(By.CSS_SELECTOR, "main a")]
    for kind in (r"/tokens/\w+", r"/tokens/\w+/rotate", r"/tokens/\w+/revoke"):
        pages.append(next(link for link in links if re.fullmatch(kind, link)))
    pages.append(next(f"/admin{link}" for link in links if re.fullmatch(r"/tokens/\w+", link)))
    browser.go("/admin/people")
    browser.click("a", "x" * 64)
    pages += [browser.path, f"{browser.path}/suspend"]
    for theme, width in (("light", 1200), ("dark", 1200), ("light", 390), ("dark", 390), ("light", 320)):
        browser.show(theme, width)
        for path in pages:
            browser.go(path)
            for folded in browser.driver.find_elements(By.CSS_SELECTOR, "details:not([open]) > summary"):
                folded.click()
            browser.check()


@pytest.mark.parametrize("scripts, theme, width", [(True, "light", 1280), (True, "dark", 390), (False, "light", 390)])
def test_a_token_for_one_repository_and_one_network(tmp_path, scripts, theme, width):
    config = tmp_path / "jeton.yaml"
    config.write_text("""
services:
  maven: { title: Maven private repository }
  git: { title: Studio projects over Git, kind: git, url: "https://git.example.com/git/", paths: [/*/*.git] }
""")
    with Jeton(tmp_path, config=config) as desk:
        desk.add_user("alice")
        browser = Browser(desk.url, scripts=scripts, theme=theme, width=width)
        try:
            make_a_narrow_token(browser, desk)
        finally:
            browser.close()


def make_a_narrow_token(browser, desk):
    sign_in(browser)
    browser.open_form("New token")
    browser.fill("Name", "One repository")
    browser.choose("Only selected services")
    assert "Only this path" not in browser.text, "there is no access yet to narrow"
    Select(browser.find("select", "Studio projects over Git")).select_by_visible_text("Read and write")
    below, addresses = "Only this path (Studio projects over Git)", "Only from these IP addresses"
    browser.fill(below, "/team/../app.git")
    browser.open_form("More options")
    browser.fill(addresses, "127.0.0.0/8 home")
    browser.check()
    browser.click("button", "Create token")

    # Both are said at once, above the form and beside each field, and what was typed is still there.
    alert = browser.driver.find_element(By.CSS_SELECTOR, "[role=alert]").text
    assert "“Only this path” for Studio projects over Git must be a plain path such as /team/app.git" in alert
    for label, typed in ((below, "/team/../app.git"), (addresses, "127.0.0.0/8 home")):
        field = browser.find("input", label)
        assert (field.get_attribute("aria-invalid"), field.get_attribute("value")) == ("true", typed)
    browser.check()

    browser.fill(below, "https://git.example.com/git/team/app.git")
    browser.fill(addresses, "127.0.0.0/8, 2001:db8::/32")
    browser.click("button", "Create token")
    browser.check()
    token = shown_secret(browser)
    limits = "Studio projects over Git: read and write in /team/app.git", "Only from 127.0.0.0/8, 2001:db8::/32"
    assert all(limit in browser.text for limit in limits)
    assert "git clone https://git.example.com/git/team/app.git" in browser.driver.page_source
    browser.click("a", "I have copied it")
    assert all(limit in browser.text for limit in limits)
    browser.check()
    for target, status in (("/git/team/app.git/HEAD", 200), ("/git/team/other.git/HEAD", 403)):
        headers = {"Authorization": f"Bearer {token}", "X-Original-Method": "PUT", "X-Original-URI": target}
        assert desk.verify("git", headers=headers).status_code == status


def test_a_token_is_not_taken_for_a_password(desk, browse):
    browser = browse()
    make_first_account(browser, desk)
    token = desk.make_token("mine")
    browser.click("button", "Sign out")
    browser.go("/")
    browser.fill("Login or e-mail address", "alice")
    browser.fill("Password", token)
    browser.click("button", "Sign in")
    assert "token" in browser.driver.find_element(By.CSS_SELECTOR, "[role=alert]").text
    no_secret(browser)
    browser.check()
    browser.go("/tokens")
    assert browser.driver.find_elements(By.CSS_SELECTOR, "input[type=password]")


def test_signing_out_everywhere_ends_the_other_browser(desk, browse):
    one, two = browse(), browse()
    make_first_account(one, desk)
    sign_in(two)
    two.go("/account")
    one.go("/account")
    one.click("button", "Sign out everywhere")
    two.go("/tokens")
    assert two.driver.find_elements(By.CSS_SELECTOR, "input[type=password]")


def test_a_new_person_comes_by_a_link(desk, browse):
    """The administrator adds somebody, and hands over a link that works once."""
    browser = browse()
    make_first_account(browser, desk)
    browser.go("/admin/people")
    browser.open_form("Add a person")
    browser.fill("Login", "bob")
    browser.click("button", "Add a person")
    browser.check()
    link = re.search(r"http://[^\s<\"]+/welcome\?code=[\w-]+", browser.driver.page_source).group()
    browser.driver.refresh()
    assert "/welcome?code=" not in browser.driver.page_source

    other = browse()
    other.driver.get(link)
    other.check()
    other.fill("Password", PASSWORD)
    other.fill("Repeat password", PASSWORD)
    other.click("button", "Set password")
    assert (other.path, other.heading) == ("/tokens", "My tokens")
    assert "People" not in other.text, "bob is no administrator"
    other.go("/admin/people")
    assert "alice" not in other.text


def test_the_guides_are_there_for_anybody_and_each_of_docs_use(desk, browse):
    names = sorted(path.stem for path in (ROOT / "docs/use").glob("*.md"))
    assert "maven" in names
    for name in names:
        path = "/help" if name == "README" else f"/help/{name}"
        answer = requests.get(desk.url + path)
        if name == "nuxeo":  # a desk says nothing of what it does not do
            assert answer.status_code == 404
            continue
        heading = (ROOT / f"docs/use/{name}.md").read_text().splitlines()[0].removeprefix("# ")
        assert answer.status_code == 200, name
        assert heading in html.unescape(answer.text), name
    browser = browse()
    browser.go("/help/git")
    browser.check()
    assert browser.driver.find_elements(By.CSS_SELECTOR, ".lines button.copy"), "lines can be copied"


@pytest.mark.parametrize("width", [1200, 390, 320])
def test_the_guides_open_beside_the_page_that_shows_the_token(desk, browse, width):
    browser = browse()
    make_first_account(browser, desk)
    browser.go("/tokens")
    browser.open_form("New token")
    browser.fill("Name", "beside")
    browser.click("button", "Create token")
    browser.show("light", width)
    browser.driver.find_element(By.CSS_SELECTOR, "label[for=tool-more]").click()
    browser.check()
    token = browser.driver.find_element(By.ID, "secret").text
    browser.driver.find_element(By.CSS_SELECTOR, ".panel-more a[href='/help/npm']").click()
    wait_for(lambda: len(browser.driver.window_handles) == 2)
    first, second = browser.driver.window_handles
    browser.driver.switch_to.window(second)
    wait_for(lambda: browser.path == "/help/npm")
    assert token not in browser.driver.page_source
    browser.driver.switch_to.window(first)
    assert browser.driver.find_element(By.ID, "secret").text == token, "the token is still there"
