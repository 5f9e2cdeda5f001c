"""Every page that an administrator, a steward and a person can open, found by the links and held against the list of
all routes: accessible, as wide as the screen, readable in every column, and usable without JavaScript. With the longest
names that people, tokens and accounts can have."""

import collections
import html.parser
import json
import re
from urllib.parse import parse_qsl, urlsplit

import pytest

from api import API
from browser import Browser
from jeton import PASSWORD, ROOT, Jeton, wait_for

WIDTHS = (390, 900, 1280, 1920)
#: What a person sees first of each: one page of a route, and one for each query that its links have.
ADMINISTRATOR, STEWARD, PERSON = "root", "alice" + "x" * 59, "bob"
#: Names as long as they may be: one that cannot be broken, and one that can.
WIDE, SPACED = "W" * 100, " ".join(["Wolfeschlegelsteinhausenbergerdorff", *["Maria-Magdalena"] * 4])[:100].strip()

CONFIG = """
services:
  maven: { title: Maven private repository, passwords: transition }
  git:   { title: Studio projects over Git and everything that is built from them, kind: git, paths: [/*/*.git] }
  ops:   { title: Operations, tokens: { approval: [approvers] } }
"""

#: Where each of them begins besides the first page: refusals and other pages' forms lead there.
BY_ADDRESS = {
    ADMINISTRATOR: ["/admin"],
    STEWARD: ["/tokens/new?service=maven&access=read"],
    PERSON: [
        "/tokens/new?service=git&access=write&path=/team/app.git", "/device",
        "/oauth/authorize?client_id=jeton-git&response_type=code&redirect_uri=http%3A%2F%2F127.0.0.1%3A7777"
        "&code_challenge=E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM&code_challenge_method=S256&scope=git%3Awrite"],
}
#: Routes that answer browsers with no page of their own.
NO_PAGES = {
    "/assets/{name}", "/login", "/sign-in", "/sign-in/oidc", "/sign-in/callback", "/welcome", "/",
    "/healthz", "/readyz", "/metrics", "/nuxeo/authentication/token",
    "/tokens/{id}/regenerate",  # an earlier address
    "/oauth/login/{authorization}",  # as /device, only while npm waits
    "/admin/people/{id}/release-identity",  # with an identity provider only, see test_oidc.py
    "/admin/whose/file",  # leads to the page with the form
    "/accounts/{id}/new",  # as /tokens/new, after a refusal
    "/notices/unsubscribe/{code}",  # from a mail, see test_notices.py
    "/tokens/{id}/reveal", "/tokens/{id}/seen", "/decoys/{id}/reveal",  # once, after a form, see test_browser.py
}


def routes():
    """The routes that people open, as the walk over all routes lists them."""
    rows = re.findall(
        r'RouteRow\(\s*"GET (/[^"]*)"', (ROOT / "Tests/JetonTests/RouteWalk/RouteTable.swift").read_text())
    return sorted(
        path for path in set(rows) - NO_PAGES
        if not re.match(r"/(api/v1|scim|\.well-known|verify|leaks|oauth/protected-resource)\b", path) and "." not in path)


class Page(html.parser.HTMLParser):
    """What a page offers to somebody without JavaScript: links, and controls with the forms that they belong to."""

    def __init__(self, text):
        super().__init__()
        self.links, self.actions, self.idle, self._forms = [], [], [], []
        self.controls, self.sending = [], collections.Counter()
        self.feed(text)

    def handle_starttag(self, tag, attributes):
        given = dict(attributes)
        if tag == "a" and "href" in given:
            self.links.append(given["href"])
        if tag == "form":
            self.actions.append(given.get("action", ""))
            self._forms.append(given.get("id") or f"form {self.getpos()}")
        form = given.get("form") or (self._forms[-1] if self._forms else None)
        kind = given.get("type", "submit" if tag == "button" else "text")
        if tag == "button" or tag == "input" and kind in ("submit", "button", "image"):
            self.sending[form] += kind != "button"
            if kind == "button" or form is None:
                self.idle.append(given)
        elif tag in ("input", "select", "textarea") and kind not in ("hidden", "radio") and "disabled" not in given:
            self.controls.append((form, given.get("name") or given.get("id")))

    def handle_endtag(self, tag):
        if tag == "form" and self._forms:
            self._forms.pop()

    @property
    def dead(self):
        """Controls that do nothing without a script: those of no form, or of a form that nothing sends."""
        scripted = [link for link in self.links if link.startswith("javascript:") or link == "#"]
        return [*self.idle, *scripted, *(name for form, name in self.controls if not self.sending[form])]


@pytest.fixture(scope="module")
def desk(tmp_path_factory):
    folder = tmp_path_factory.mktemp("desk")
    (folder / "jeton.yaml").write_text(CONFIG)
    with Jeton(folder, config=folder / "jeton.yaml") as jeton:
        populate(jeton)
        yield jeton


def populate(desk):
    """People, accounts and tokens of every kind, of which some were used, with long names."""
    desk.add_user(ADMINISTRATOR, "--admin", "--name", SPACED)
    desk.add_user(STEWARD, "--name", WIDE, "--email", "a" * 60 + "@" + "b" * 60 + ".example.com",
                  "--group", "approvers", "--group", "g" * 60)
    desk.add_user(PERSON)
    desk.add_user("zoe", "--admin")
    desk.add_user("carol.of.the.company@" + "partner-" * 10 + ".example.com", "--name", "Carol")
    desk.run("user", "suspend", "carol.of.the.company@" + "partner-" * 10 + ".example.com")
    desk.run("account", "add", "bot-" + "y" * 56, "--purpose", SPACED, "--owners", "approvers")
    desk.run("account", "add", "bot-ci", "--purpose", "Builds", "--owners", "approvers")
    for owner in (STEWARD, PERSON, ADMINISTRATOR):
        for number in range(3):
            desk.make_token(f"token {number}", "--scope", "git:read", "--expires", "3d", user=owner)
        used = desk.make_token(WIDE, "--scope", "maven", "--scope", "git", user=owner)
        desk.verify(headers={"Private-Token": used, "User-Agent": "w" * 100})
        desk.make_token(SPACED, user=owner)
        desk.revoke("token 1", user=owner)
        desk.run("token", "pause", "--user", owner, "--name", "token 2", "--for", "1h")
    desk.make_token(WIDE, "--scope", "maven:read", user="bot-" + "y" * 56)
    rotated = desk.make_token("rotated", user=STEWARD)
    desk.verify(headers={"Private-Token": rotated})
    desk.run("token", "rotate", "--user", STEWARD, "--name", "rotated", "--overlap", "24h")
    for owner in (PERSON, ADMINISTRATOR):
        desk.verify(headers={"Private-Token": desk.make_token(WIDE, "--decoy", user=owner), "User-Agent": "w" * 100})
        leaked = desk.make_token("leaked", user=owner)
        desk.run("leaks", "report", input=json.dumps([
            {"token": leaked, "url": url, "source": "commit"} for url in (f"https://git.example.com/{WIDE}", SPACED)]))
    manager = desk.api(user=PERSON)
    asked = manager.session.post(
        f"{manager.url}/requests", json={"name": "asked", "scopes": ["ops"], "reason": SPACED}, timeout=10)
    assert asked.ok, asked.text
    desk.verify(headers={"Authorization": f"Basic {PERSON}:{PASSWORD}"})
    wait_for(lambda: "at " in desk.run("token", "list", "--user", STEWARD).stdout, seconds=30)
    desk.run("incident", "open", WIDE, "--user", PERSON, "--yes")
    desk.run("incident", "open", SPACED, "--service", "maven", "--yes")
    desk.addresses = {**BY_ADDRESS, ADMINISTRATOR: [*BY_ADDRESS[ADMINISTRATOR], selection(desk)]}


def selection(desk):
    """The page on which the administrator is about to change all tokens, their own among them."""
    overseer = API(desk.url, desk.make_token("overseer", "--scope", "jeton:admin", user=ADMINISTRATOR))
    made = overseer.session.post(f"{overseer.url}/admin/selections", json={"filter": {}}, timeout=10)
    assert made.status_code == 201, made.text
    return f"/admin/bulk/{made.json()['id']}"


class Walk:
    """All pages that one person finds, beginning with the first one and with those addresses, without scripts."""

    #: Enough of the pages of one route, besides one for each query.
    PER_ROUTE = 4

    def __init__(self, desk, login, known, addresses):
        self.session = desk.sign_in(login)
        self.desk, self.known = desk, known
        self.pages = {}  # the addresses of pages, by route
        self.dead, self.passed = {}, set()
        waiting = collections.deque(["/", "/nothing", *addresses])
        seen = set()
        while waiting:
            address = waiting.popleft()
            route, kind = self._kind(address)
            if kind in seen and len(self.pages.get(route, ())) >= self.PER_ROUTE or address in seen:
                continue
            seen |= {kind, address}
            answer = self.session.get(desk.url + address, timeout=20)
            if not answer.headers.get("Content-Type", "").startswith("text/html"):
                continue
            if answer.history:  # it leads elsewhere
                self.passed.add(route)
                waiting.append(urlsplit(answer.url)._replace(scheme="", netloc="").geturl())
                continue
            self.pages.setdefault(route, []).append(address)
            page = Page(answer.text)
            if page.dead:
                self.dead[address] = page.dead
            waiting.extend(self._inner(address, page.links))
            # Some forms lead to a question, which has an address of its own.
            waiting.extend(each for each in self._inner(address, page.actions) if self._kind(each)[0] in self.known)

    def _kind(self, address):
        """The route of an address, and what makes one page of it unlike another: its route and its query's names."""
        parts = urlsplit(address)
        route = next((route for route in self.known if matches(route, parts.path)), parts.path)
        return route, (route, tuple(sorted({name for name, _ in parse_qsl(parts.query)})))

    def _inner(self, address, links):
        """The addresses at the same desk."""
        for link in links:
            parts = urlsplit(link.removeprefix(self.desk.url))
            if parts.scheme or parts.netloc or not link:
                continue
            path = parts.path or urlsplit(address).path
            if path.startswith("/"):
                yield parts._replace(path=path, fragment="").geturl()


def matches(route, path):
    return re.fullmatch(re.sub(r"\\\{\w+\\\}", r"[^/]+", re.escape(route)), path)


@pytest.fixture(scope="module")
def walks(desk):
    # A route without a placeholder before one with it: /tokens/new is no token.
    known = sorted(routes(), key=lambda route: route.count("{"))
    return {login: Walk(desk, login, known, addresses) for login, addresses in desk.addresses.items()}


def test_the_walk_comes_to_every_page(walks):
    """A page without a link to it would not be looked at, and nobody would find it."""
    reached = {route for walk in walks.values() for route in [*walk.pages, *walk.passed]}
    missed = [route for route in routes() if route not in reached]
    assert not missed, f"no link leads to {', '.join(missed)}"


def test_every_control_works_without_javascript(walks):
    assert {address: dead for walk in walks.values() for address, dead in walk.dead.items()} == {}


#: Says what is hard to read: a table's words that are broken although they are short (as "repository", 90 pixels), and
#: columns too narrow for long ones; and what reaches beyond the screen.
LAYOUT = """
const found = [];
const wide = document.documentElement.scrollWidth - document.documentElement.clientWidth;
if (wide > 0) {
  const outside = [...document.querySelectorAll("main *")].filter(
    (each) => each.getBoundingClientRect().right > document.documentElement.clientWidth + 1);
  found.push(`${wide} pixels too wide: ${outside.slice(0, 3).map((each) => each.outerHTML.slice(0, 120))}`);
}
for (const cell of document.querySelectorAll("td, th")) {
  const box = cell.getBoundingClientRect();
  if (!cell.checkVisibility() || box.width <= 1 || !cell.textContent.trim()) continue;
  const walker = document.createTreeWalker(cell, NodeFilter.SHOW_TEXT);
  for (let node = walker.nextNode(); node; node = walker.nextNode()) {
    if (!node.parentElement.checkVisibility() || node.parentElement.closest(".unseen")) continue;
    for (const word of node.data.matchAll(/[^\\s\\-]+/g)) {
      const range = document.createRange();
      range.setStart(node, word.index);
      range.setEnd(node, word.index + word[0].length);
      const lines = [...range.getClientRects()].filter((line) => line.width > 0);
      const tops = new Set(lines.map((line) => Math.round(line.top)));
      if (tops.size < 2) continue;
      const widest = Math.max(...lines.map((line) => line.width));
      if (lines.reduce((sum, line) => sum + line.width, 0) <= 90 || widest < 80) {
        found.push(`“${word[0].slice(0, 40)}” stands in ${tops.size} lines of at most ${Math.round(widest)} px`);
      }
    }
  }
}
return [...new Set(found)].slice(0, 5);
"""


def unfold(browser):
    browser.driver.execute_script("for (const each of document.querySelectorAll('details')) each.open = true;")


@pytest.mark.parametrize("login", [ADMINISTRATOR, STEWARD, PERSON], ids=["administrator", "steward", "person"])
def test_every_page_is_accessible_and_holds_at_every_width(desk, walks, login):
    browser, told, seen = Browser(desk.url), [], set()
    try:
        sign_in(browser, login)
        for route, addresses in sorted(walks[login].pages.items()):
            for address in addresses:
                browser.show("light", 1280)
                browser.go(address)
                unfold(browser)
                told += [f"{address}: {each}" for each in browser.violations()]
                # The rest of axe's rules do not depend on colours, and the cards of phones are another layout.
                browser.show("dark", 390)
                rules = ["cat.color"] if route in seen else None
                told += [f"{address}, dark, at 390: {each}" for each in browser.violations(rules)]
                seen.add(route)
                for width in WIDTHS:
                    browser.show("dark", width)
                    told += [f"{address} at {width}: {each}" for each in browser.driver.execute_script(LAYOUT)]
                told += [f"{address}: {each}" for each in browser.complaints()]
    finally:
        browser.close()
    assert not told, f"{len(told)} faults:\n" + "\n".join(told)


def sign_in(browser, login):
    browser.go("/")
    browser.fill("Login or e-mail address", login)
    browser.fill("Password", PASSWORD)
    browser.click("button", "Sign in")
