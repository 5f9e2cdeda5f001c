"""User names that tools send by themselves: nobody new is called so, and who was before stays."""

import contextlib
import html
import sqlite3

import pytest
import requests

from jeton import EXAMPLE, PASSWORD, Jeton, basic, hidden_fields


@pytest.fixture
def config(tmp_path):
    path = tmp_path / "jeton.yaml"
    path.write_text((EXAMPLE / "jeton.yaml").read_text() + "  old: { passwords: transition }\n")
    return path


def test_no_new_account_is_called_by_one(tmp_path):
    with Jeton(tmp_path, config=None) as desk:
        link = desk.welcome_link()
        first = requests.get(link)
        refused = requests.post(
            desk.url + "/welcome", headers={"Origin": desk.url}, cookies=first.cookies,
            data={**hidden_fields(first.text, "/welcome"), "login": "git", "password": PASSWORD,
                  "password-again": PASSWORD})
        assert refused.status_code == 422
        sentence = "must not be “git”: tools send that word by themselves, beside anybody's token"
        assert sentence in html.unescape(refused.text)
        for word in ("OAUTH-USER", "jwt", "<token>"):
            refused = desk.run("user", "add", word, input=PASSWORD + "\n", check=False)
            assert (refused.returncode, refused.stderr) == (
                1, f"jeton: LOGIN must not be “{word}”: tools send that word by themselves, beside anybody's token.\n")


def test_an_account_from_before_stays(tmp_path, config):
    desk = Jeton(tmp_path, config=config)
    with desk:
        desk.add_user("alice")
        desk.add_user("robot")
        desk.stop()
        with contextlib.closing(sqlite3.connect(desk.data / "jeton.db")) as ledger, ledger:
            ledger.execute("UPDATE subjects SET login = 'Git', login_folded = 'git' WHERE login = 'robot'")
        desk.start()
        robots, hers = desk.make_token("ci", user="git"), desk.make_token("laptop")

        def user(login, secret, service="maven"):
            answer = desk.verify(service, headers={"Authorization": basic(login, secret)})
            return answer.headers.get("Remote-User") or answer.headers["X-Jeton-Reason"]

        assert user("git", robots) == user("GIT", robots) == user("", robots) == "Git"
        assert user("git", hers) == "alice", "the token says whose it is"
        assert user("alice", robots) == "wrong_login"
        assert user("git", PASSWORD, "old") == "Git"
        desk.sign_in("git")
