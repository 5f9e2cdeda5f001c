"""When a token expires: one rule for page, API and command line, and a header that says so."""

import datetime

import pytest
import requests

from jeton import hidden_fields, wait_for

DAY = (datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(days=400)).date()
END = f"{DAY + datetime.timedelta(days=1)}T00:00:00Z"


@pytest.fixture(scope="module")
def manager(jeton):
    return jeton.api("manager of expiries")


def expiry(manager, name):
    return next(token["expires_at"] for token in manager.list() if token["name"] == name)


def test_a_day_is_the_last_one_on_the_page_in_the_api_and_on_the_command_line(jeton, manager):
    jeton.make_token("by command", "--expires", str(DAY))
    manager.create("by api", expires_at=str(DAY))
    session = jeton.sign_in()
    page = session.get(f"{jeton.url}/tokens")
    made = session.post(
        f"{jeton.url}/tokens",
        data={**hidden_fields(page.text, "/tokens"), "name": "by page", "services": "every", "expires": "date",
              "expires_on": str(DAY)},
        headers={"Origin": jeton.url})
    assert made.status_code == 200, made.text
    assert {expiry(manager, f"by {way}") for way in ("command", "api", "page")} == {END}


def test_pages_and_lists_say_the_time_and_the_zone(jeton):
    jeton.make_token("told", "--expires", END)
    end = datetime.datetime.strptime(END, "%Y-%m-%dT%H:%M:%SZ")
    words = f"{end.day} {end:%b %Y}, 00:00 UTC</time>"
    session = jeton.sign_in()
    for path in ("/tokens", "/admin/tokens?q=told"):
        page = session.get(jeton.url + path).text
        assert words in page and "data-local" not in page.split(words)[0].rsplit("<time", 1)[1], path
    listed = jeton.run("token", "list").stdout
    assert f"{end:%Y-%m-%d} 00:00 UTC" in next(line for line in listed.splitlines() if " told " in line), listed


def test_a_granted_request_says_when_its_token_expires(jeton, manager):
    token = manager.create("with an end", expires_at=END)
    forever = manager.create("without one")

    def told(secret):
        return [jeton.verify(headers={"Authorization": f"Bearer {secret}"}).headers.get("Jeton-Token-Expires")
                for _ in range(3)]  # the second and third answers are ready ones

    assert told(token.secret) == [END] * 3
    assert told(forever.secret) == [None] * 3

    # The old secret of a regenerated token ends earlier than it was meant to.
    manager.regenerate(token.id, overlap_seconds=3600)
    old = datetime.datetime.strptime(told(token.secret)[0], "%Y-%m-%dT%H:%M:%SZ")
    left = old - datetime.datetime.now(datetime.timezone.utc).replace(tzinfo=None)
    assert datetime.timedelta(minutes=50) < left <= datetime.timedelta(hours=1)
    manager.regenerate(forever.id, overlap_seconds=3600)
    assert told(forever.secret)[0] is not None


def test_refusals_say_nothing_of_it(jeton):
    refused = jeton.verify(headers={"Authorization": "Bearer nothing"})
    assert "Jeton-Token-Expires" not in refused.headers


def test_a_token_sees_when_it_was_last_used(jeton, manager):
    token = manager.create("used")
    headers = {"Authorization": f"Bearer {token.secret}"}

    def me():
        return requests.get(f"{jeton.url}/api/v1/me", headers=headers, timeout=10).json()["token"]

    assert me()["last_used"] is None
    assert jeton.verify(headers=headers).status_code == 200
    wait_for(lambda: me()["last_used"] is not None)
    # Asking who one is is a use, too.
    assert me()["last_used"]["service"] in ("maven", "jeton")
    listed = next(one for one in manager.list() if one["id"] == token.id)
    assert listed["last_used"]["service"] in ("maven", "jeton")
