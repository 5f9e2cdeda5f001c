"""What strangers cause at the sign-in page is bounded: in the ledger, and for everybody else."""

import secrets
import sqlite3
import string

import requests

from jeton import PASSWORD, Jeton, hidden_fields

LETTERS = string.ascii_letters + string.digits


def token_shaped():
    """What has a token's length and prefix, and the checksum of none."""
    return "jtn_" + "".join(secrets.choice(LETTERS) for _ in range(38))


def events(desk):
    with sqlite3.connect(f"file:{desk.data}/jeton.db?mode=ro", uri=True) as ledger:
        return [detail for detail, in ledger.execute("SELECT detail FROM events WHERE kind = 'sign_in_refused'")]


def try_each(desk, passwords):
    """The statuses of signing in with each of them, as another person each time."""
    session = requests.Session()
    fields = hidden_fields(session.get(desk.url + "/").text, "/sign-in")
    return [
        session.post(desk.url + "/sign-in", data={**fields, "login": f"login{number}", "password": password},
                     headers={"Origin": desk.url}, allow_redirects=False).status_code
        for number, password in enumerate(passwords)]


def test_a_visitor_who_sends_tokens_for_passwords_fills_no_ledger(tmp_path):
    with Jeton(tmp_path) as desk:
        desk.add_user("alice")
        tokens = [desk.make_token(f"ci {number}") for number in range(3)]
        statuses = try_each(desk, (tokens + [token_shaped() for _ in range(17)]) + tokens * 60)
        assert statuses[:20] == [422] * 20
        assert statuses.count(429) >= 150, "a wait of some seconds is over now and then"
        kept = events(desk)
        assert len(kept) <= 10
        assert not any(token in detail for token in tokens for detail in kept)
        # The sum is written at the end.
        desk.stop()
        assert any(" more like it from one address" in detail for detail in events(desk))


def test_a_known_browser_is_not_kept_out_by_them(tmp_path):
    with Jeton(tmp_path) as desk:
        desk.add_user("alice")
        session = desk.sign_in()
        fields = hidden_fields(session.get(desk.url + "/tokens").text, "/sign-out")
        session.post(desk.url + "/sign-out", data=fields, headers={"Origin": desk.url})
        assert 429 in try_each(desk, [token_shaped() for _ in range(40)])
        fields = hidden_fields(session.get(desk.url + "/").text, "/sign-in")
        answer = session.post(
            desk.url + "/sign-in", data={**fields, "login": "alice", "password": PASSWORD},
            headers={"Origin": desk.url}, allow_redirects=False)
        assert answer.status_code == 303
