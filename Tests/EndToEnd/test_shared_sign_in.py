"""Two nodes on one PostgreSQL, and a browser that each request may lead to either."""

import contextlib
import shutil
from urllib.parse import urlsplit

import pytest
import requests
import yaml

from browser import TOKEN
from jeton import PASSWORD, Jeton, basic, hidden_fields, wait_for
from postgresql import PostgreSQL
from provided import MockProvider

ALICE = {"sub": "00u1", "preferred_username": "alice", "name": "Alice Doe", "email": "alice@example.com"}


@pytest.fixture(scope="module")
def database():
    with PostgreSQL() as server:
        yield server


@contextlib.contextmanager
def pair(folder, database, name, **sections):
    """Two nodes behind one address, that of the first, over a database of that name."""
    database.ask(f"CREATE DATABASE {name}")
    a, b = (Jeton(make(folder / node), config=folder / "jeton.yaml") for node in "ab")
    a.config.write_text(yaml.safe_dump({"public_url": a.url, "ledger": database.address(name), **sections}))
    with a:
        make(b.data)
        shutil.copy2(a.data / "jeton.key", b.data / "jeton.key")
        with b:
            yield a, b


@pytest.fixture(scope="module")
def provided(tmp_path_factory, database):
    """Two nodes with a provider that knows alice."""
    folder = tmp_path_factory.mktemp("provided")
    secret = folder / "client-secret"
    secret.write_text("not a secret\n")
    with MockProvider(folder / "provider", [ALICE]) as provider:
        oidc = {"issuer": provider.issuer, "client_id": "jeton", "client_secret_file": str(secret)}
        with pair(folder, database, "provided", sign_in={"oidc": oidc}) as nodes:
            yield nodes


@pytest.fixture(scope="module")
def nodes(tmp_path_factory, database):
    """Two nodes with accounts of their own, one of whose services still takes passwords."""
    services = {"maven": {"title": "Maven"}, "old": {"title": "Old", "passwords": "transition"}}
    with pair(tmp_path_factory.mktemp("own"), database, "own", services=services) as nodes:
        for login in ("carol", "dora", "erin"):
            nodes[0].add_user(login)
        yield nodes


def make(folder):
    folder.mkdir(mode=0o700)
    return folder


def begin(node):
    """A browser that was sent to the provider by that node and comes back, and where it is sent from there."""
    browser = requests.Session()
    sent = browser.get(node.url + "/sign-in/oidc", allow_redirects=False)
    assert sent.status_code == 302, sent.text
    back = requests.post(sent.headers["Location"], data={"sub": "00u1"}, allow_redirects=False, timeout=30)
    assert "/sign-in/callback?" in back.headers["Location"], back.text
    return browser, "/sign-in/callback?" + urlsplit(back.headers["Location"]).query


def finish(node, browser, callback):
    return browser.get(node.url + callback, allow_redirects=False)


def is_signed_in(node, browser):
    answer = browser.get(node.url + "/tokens", allow_redirects=False)
    assert answer.status_code in (200, 303)
    return answer.status_code == 200


def send(node, browser, page, action, **fields):
    """Sends the form of `page` that goes to `action` to that node, wherever the page came from."""
    return browser.post(
        node.url + action, data={**hidden_fields(page.text, action), **fields}, allow_redirects=False)


def try_password(node, browser, login, password):
    return send(node, browser, browser.get(node.url + "/"), "/sign-in", login=login, password=password)


def sign_in(node, login):
    """A browser that is signed in there, with the password."""
    browser = requests.Session()
    assert try_password(node, browser, login, PASSWORD).status_code == 303
    return browser


def test_a_sign_in_that_one_node_began_is_finished_by_the_other_once(provided):
    a, b = provided
    browser, callback = begin(a)
    pending = browser.cookies.copy()
    assert finish(b, browser, callback).status_code == 303
    assert is_signed_in(a, browser) and is_signed_in(b, browser)
    for node in provided:
        thief = requests.Session()
        thief.cookies = pending.copy()
        again = finish(node, thief, callback)
        assert again.status_code == 400 and "already used" in again.text
        assert not is_signed_in(node, thief)


def test_what_was_finished_where_it_began_is_not_finished_elsewhere(provided):
    a, b = provided
    browser, callback = begin(b)
    pending = browser.cookies.copy()
    assert finish(b, browser, callback).status_code == 303
    thief = requests.Session()
    thief.cookies = pending
    assert finish(a, thief, callback).status_code == 400


def test_a_session_holds_on_both_and_ends_on_both(nodes):
    a, b = nodes
    browser = sign_in(a, "carol")
    cookies = browser.cookies.copy()
    page = browser.get(b.url + "/tokens")
    assert page.status_code == 200
    assert send(b, browser, browser.get(a.url + "/tokens"), "/sign-out").status_code == 303
    for node in nodes:
        kept = requests.Session()
        kept.cookies = cookies.copy()
        assert not is_signed_in(node, kept)


def test_a_secret_that_one_node_made_is_shown_by_the_other_once(nodes):
    a, b = nodes
    browser = sign_in(a, "carol")
    page = browser.get(a.url + "/tokens")
    made = send(a, browser, page, "/tokens", name="either", services="all", expiry="never")
    assert made.status_code == 303, made.text
    kept = browser.cookies.copy()
    reveal = made.headers["Location"]
    assert browser.head(b.url + reveal).status_code == 410
    shown = browser.get(b.url + reveal)
    assert shown.status_code == 200
    secret, = set(TOKEN.findall(shown.text))
    for node in nodes:
        assert wait_for(lambda node=node: node.status(secret) == 200)
        assert secret not in node.whole_log()
        again = requests.Session()
        again.cookies = kept.copy()
        assert again.get(node.url + reveal).status_code == 410
        assert browser.get(node.url + reveal).status_code == 410
    assert all(secret not in value for value in kept.values())


def test_wrong_passwords_on_both_nodes_are_counted_together(nodes):
    def try_wrong(node):
        return try_password(node, requests.Session(), "dora", "wrong").status_code

    a, b = nodes
    assert [try_wrong(node) for node in (a, b, a, b, a)] == [422] * 5
    # Five are free for one account, on all nodes together; each answer after that has a wait.
    assert 429 in (try_wrong(b), try_wrong(a))


def test_a_changed_password_is_no_use_at_the_other_node(nodes):
    a, b = nodes

    def status(node, password):
        return node.verify("old", headers={"Authorization": basic("erin", password)}).status_code

    assert [status(node, PASSWORD) for node in nodes] == [200, 200]
    browser = sign_in(a, "erin")
    other = sign_in(b, "erin")
    changed = send(
        a, browser, browser.get(a.url + "/account"), "/account/password", current=PASSWORD,
        password="another long one", **{"password-again": "another long one"})
    assert changed.status_code == 303
    wait_for(lambda: status(b, PASSWORD) == 401)
    assert status(a, PASSWORD) == 401
    assert [status(node, "another long one") for node in nodes] == [200, 200]
    assert not is_signed_in(a, other) and is_signed_in(b, browser)
