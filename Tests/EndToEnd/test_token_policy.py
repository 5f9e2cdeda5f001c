"""Rules about tokens: an organisation with 10,000 tokens counts what a rule would end, sets a day, and the day comes.
And the form under each rule, in Chromium, with JavaScript and without."""

import contextlib
import datetime
import hashlib
import json
import re
import sqlite3
import subprocess
import time

import pytest
import requests
from selenium.webdriver.common.by import By

from browser import Browser
from jeton import BINARY, Jeton, make_secret, wait_for
from postgresql import PostgreSQL
from test_browser import sign_in
from test_transition import Clock

DAY = 86_400_000
PEOPLE = 500
TOKENS = 10_000
TODAY = datetime.datetime.now(datetime.timezone.utc)
ENFORCED = (TODAY + datetime.timedelta(days=30)).date()

SERVICES = """
services:
  maven: { title: Maven repository }
  git: { title: Projects over Git, kind: git, paths: [/*/*.git] }
  ops: { title: Operations, groups: [ops], TOKENS }
"""


class Kind:
    """Tokens that were made alike."""

    def __init__(self, scopes, addresses="", age=10):
        self.scopes, self.addresses, self.age = scopes, addresses, age
        self.some = []  # logins and secrets of a few of them


#: What the organisation has: of each kind the same number.
KINDS = {
    "every": Kind("", "127.0.0.0/8"),
    "maven": Kind("maven", "127.0.0.0/8"),
    "loose": Kind("maven"),
    "old": Kind("maven", "127.0.0.0/8", age=400),
    "ageing": Kind("maven", "127.0.0.0/8", age=350),
}


def seed(database):
    """Writes the people and their tokens as versions before any policy did."""
    now = int(time.time() * 1000)
    connection = sqlite3.connect(database)
    connection.executemany(
        """INSERT INTO subjects (id, login, login_folded, name, name_folded, groups, is_administrator, created_at)
           VALUES (?1, ?2, ?2, ?2, ?2, '', 0, ?3)""",
        [(1_000 + number, f"person{number}", now - 900 * DAY) for number in range(PEOPLE)])
    rows = []
    names = list(KINDS)
    for number in range(TOKENS):
        # Each person has tokens of one kind.
        person = number % PEOPLE
        kind = KINDS[names[person % len(names)]]
        secret = make_secret()
        # The newest are paused first.
        kind.some = [*kind.some[-2:], (f"person{person}", secret)]
        rows.append((
            1_000_000 + number, 1_000 + person, hashlib.sha256(secret.encode()).digest(), f"token {number}",
            kind.scopes, kind.addresses, now - kind.age * DAY))
    connection.executemany(
        """INSERT INTO tokens (id, owner, digest, name, name_folded, holds_name, scopes, addresses, created_at, origin)
           VALUES (?1, ?2, ?3, ?4, ?4, 1, ?5, ?6, ?7, 'command_line')""", rows)
    connection.commit()
    connection.close()


@pytest.fixture
def clock(tmp_path):
    with Clock(tmp_path) as clock:
        clock.set(f"{TODAY:%Y-%m-%d %H:%M:%S}")
        yield clock


@pytest.fixture(params=["SQLite", "PostgreSQL"])
def desk(request, tmp_path, clock):
    """The organisation, which has moved to PostgreSQL where that is asked for."""
    with contextlib.ExitStack() as stack:
        postgresql = stack.enter_context(PostgreSQL()) if request.param == "PostgreSQL" else None
        jeton = Jeton(tmp_path / "desk", config=tmp_path / "jeton.yaml", environment=dict(clock.environment))
        jeton.folder.mkdir()
        jeton.config.write_text(SERVICES.replace(", TOKENS", ""))
        stack.enter_context(jeton)
        jeton.add_user("alice", "--admin")
        assert jeton.stop() == 0
        for kind in KINDS.values():
            kind.some = []
        seed(jeton.data / "jeton.db")
        if postgresql:
            address = postgresql.address()
            subprocess.run(
                [BINARY, "migrate", "--quiet", "--from", f"sqlite:{jeton.data / 'jeton.db'}", "--to", address],
                check=True, capture_output=True, stdin=subprocess.DEVNULL)
            jeton.environment["JETON_LEDGER"] = address
        yield jeton.start()


def configure(desk, rules, ops=""):
    text = SERVICES.replace(", TOKENS", f", tokens: {{ {ops} }}" if ops else "")
    desk.config.write_text(f"tokens: {{ {rules} }}\n{text}" if rules else text)


def restart(desk, rules, ops=""):
    assert desk.stop() == 0
    configure(desk, rules, ops)
    desk.start()


def reasons(desk):
    """What each kind of token is answered at Maven."""
    found = {}
    for name, kind in KINDS.items():
        answers = {
            (answer.status_code, answer.headers.get("X-Jeton-Reason"))
            for login, secret in kind.some
            for answer in [desk.verify(headers={"Authorization": f"Bearer {secret}", "X-Forwarded-For": "127.0.0.1"})]}
        assert len(answers) == 1, (name, answers)
        found[name] = answers.pop()
    return found


def check(desk, *options):
    return json.loads(desk.run("policy", "check", "--format", "json", *options).stdout)


def test_ten_thousand_tokens_are_counted_before_a_rule_ends_one(desk, clock, tmp_path):
    good, refused = (200, None), (403, "policy")
    each, owners = TOKENS // len(KINDS), PEOPLE // len(KINDS)
    assert reasons(desk) == dict.fromkeys(KINDS, good)
    assert "There are no rules about tokens" in desk.run("policy", "check").stdout

    # A candidate that the server does not use.
    candidate = tmp_path / "candidate.yaml"
    rules = "max_lifetime: 365d, every_service: refused, addresses: required"
    candidate.write_text(f"tokens: {{ {rules}, enforce_from: {ENFORCED} }}\n" + SERVICES.replace(", TOKENS", ""))
    began = time.monotonic()
    counted = check(desk, "--config", candidate)
    assert time.monotonic() - began < 20
    assert counted["tokens"] == TOKENS and counted["people"] == PEOPLE
    told = {line["rule"]: line for line in counted["rules"]}

    def of(line, when):
        return told[line][when]["tokens"], told[line][when]["people"]

    assert of("tokens.every_service", "then") == (each, owners)
    assert of("tokens.addresses", "then") == (each, owners)
    assert of("tokens.max_lifetime", "now") == (each, owners)
    assert of("tokens.max_lifetime", "then") == (2 * each, 2 * owners)
    assert counted["together"]["tokens"] == 4 * each
    assert {owner["tokens"] for owner in counted["together"]["owners"]} == {TOKENS // PEOPLE}
    later = check(desk, "--config", candidate, "--at", str(ENFORCED + datetime.timedelta(days=400)))
    assert later["together"]["tokens"] == TOKENS
    printed = desk.run("policy", "check", "--config", candidate).stdout
    line = rf"tokens\.every_service +refused +{ENFORCED} +{each} tokens of {owners} people"
    assert re.search(line, printed), printed
    assert reasons(desk) == dict.fromkeys(KINDS, good)

    # Set with a day: nothing is refused before it.
    restart(desk, f"{rules}, enforce_from: {ENFORCED}")
    assert reasons(desk) == dict.fromkeys(KINDS, good)
    page = desk.sign_in().get(desk.url + "/admin/policy").text
    assert "10000 tokens of 500 people" in page and f"would end {4 * each} tokens of {4 * owners} people" in page
    clock.set(f"{ENFORCED - datetime.timedelta(days=1)} 23:59:00")
    assert reasons(desk) == dict.fromkeys(KINDS, good)

    # The day comes.
    clock.set(f"{ENFORCED} 00:00:10")
    assert reasons(desk) == {"every": refused, "maven": good, "loose": refused, "old": refused, "ageing": refused}
    _, secret = KINDS["loose"].some[-1]
    said = desk.verify(headers={"Authorization": f"Bearer {secret}"}).text
    words = f"{ENFORCED.day} {ENFORCED:%B %Y}"
    assert said.startswith(f"tokens must be bound to addresses since {words}; bind this one at {desk.my_tokens}, "), said

    # Loosened: they are good again, and the others as they were.
    restart(desk, f"max_lifetime: 365d, enforce_from: {ENFORCED}")
    assert reasons(desk) == {**dict.fromkeys(KINDS, good), "old": refused, "ageing": refused}
    restart(desk, "")
    assert reasons(desk) == dict.fromkeys(KINDS, good)


def test_tokens_that_nobody_uses_are_paused_and_come_back(desk, clock):
    _, secret = KINDS["loose"].some[-1]
    headers = {"Authorization": f"Bearer {secret}"}
    today = TODAY.date()
    restart(desk, f"idle: {{ pause: 60d }}, enforce_from: {today}", ops="addresses: required")

    def reason():
        return desk.verify(headers=headers).headers.get("X-Jeton-Reason")

    assert reason() is None
    assert desk.stop() == 0
    clock.set(f"{today + datetime.timedelta(days=70)} 00:00:00")
    desk.start()
    wait_for(lambda: reason() == "paused", seconds=60)
    restart(desk, "")
    wait_for(lambda: reason() is None, seconds=60)


@pytest.fixture
def small(tmp_path):
    jeton = Jeton(tmp_path, config=tmp_path / "jeton.yaml")
    configure(jeton, "")
    with jeton:
        jeton.add_user("alice")
        yield jeton


def test_the_command_line_and_the_api_say_the_same_words(small):
    manager = small.api()
    restart(small, "max_lifetime: 365d", ops="addresses: required")
    late = (TODAY + datetime.timedelta(days=900)).date()
    refused = small.run("token", "create", "--user", "alice", "--name", "x", "--expires", str(late), check=False)
    assert refused.returncode == 1
    assert refused.stderr == "jeton: --expires must be within 365 days (tokens.max_lifetime).\n"
    never = small.run("token", "create", "--user", "alice", "--name", "x", "--expires", "never", check=False)
    assert never.stderr == "jeton: --expires is needed: tokens work for at most 365 days (tokens.max_lifetime).\n"
    answer = requests.post(
        small.url + "/api/v1/tokens", json={"name": "x", "expires_at": str(late)},
        headers={"Authorization": f"Bearer {manager.token}"}, timeout=10)
    assert answer.status_code == 422
    assert answer.json()["detail"] == "expires_at must be within 365 days (tokens.max_lifetime)."
    made = small.run("token", "create", "--user", "alice", "--name", "x")
    assert "by the rules about tokens" in made.stderr and made.stdout.startswith("jtn_")
    told = requests.get(
        small.url + "/api/v1/services", headers={"Authorization": f"Bearer {manager.token}"}, timeout=10).json()
    assert told["token_rules"] == {"max_lifetime": "365d"}


@pytest.mark.parametrize("scripts", [True, False], ids=["with JavaScript", "without"])
def test_the_form_under_each_rule(small, scripts):
    browser = Browser(small.url, scripts=scripts)
    try:
        sign_in(browser)
        day = TODAY + datetime.timedelta(days=30)
        words = f"{day.day} {day:%B %Y}"

        restart(small, "max_lifetime: 30d, every_service: refused")
        browser.go("/tokens/new")
        browser.check()
        assert f"Expires on {words} unless you choose earlier." in browser.text
        assert not browser.driver.find_elements(By.ID, "services-every")
        assert not browser.driver.find_elements(By.ID, "expires-never")
        browser.fill("Name", "laptop")
        browser.driver.find_element(By.ID, "access.maven").send_keys("Read")
        browser.click("button", "Create token")
        assert browser.heading == "“laptop” is ready"
        assert f"expires on {day.day} {day:%b %Y}" in browser.text

        restart(small, "addresses: required")
        browser.go("/tokens/new?service=maven&access=read&name=bound")
        browser.check()
        assert "Every token has to be bound to addresses here." in browser.text
        browser.fill("Only from these IP addresses", "10.0.0.0/8")
        browser.click("button", "Create token")
        assert browser.heading == "“bound” is ready"

        restart(small, "narrowed: required")
        browser.go("/tokens/new?service=git&access=write&name=wide")
        assert "Needed for access to this service." in browser.text
        browser.click("button", "Create token")
        assert "must be limited to paths at git, as in git:/team/app.git (tokens.narrowed)" in browser.text
        browser.check()
        browser.fill("Only this path (Projects over Git)", "/team/app.git")
        browser.click("button", "Create token")
        assert browser.heading == "“wide” is ready"

        restart(small, "who: service-accounts")
        browser.go("/tokens/new")
        browser.check()
        assert "Only service accounts may have tokens here. Ask your administrator." in browser.text
        restart(small, "default_lifetime: 90d")
        browser.go("/tokens/new")
        assert "unless you choose otherwise." in browser.text
        browser.choose("Never")
        browser.fill("Name", "for good")
        browser.click("button", "Create token")
        assert "never expires" in browser.text
    finally:
        browser.close()


def test_the_page_of_a_desk_without_rules_says_how_to_begin(small):
    small.run("user", "promote", "alice")
    session = small.sign_in()
    page = session.get(small.url + "/admin/policy").text
    assert "There are no rules" in page and "jeton policy check --config" in page
