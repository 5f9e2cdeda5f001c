"""The real Git signs in by itself: with Debian's git-credential-oauth, as it is, and Chromium at the page that asks."""

import pytest
import requests

from consent import Opened, person, program
from jeton import git, git_environment, wait_for
from test_git import commit


class Laptop:
    """Git with git-credential-oauth, configured as docs/use/git.md says, and with nothing else."""

    def __init__(self, folder, builds, jeton):
        self.folder = folder
        self.host = builds.url
        self.opened = Opened(folder)
        self.environment = self.opened.environment(git_environment(folder))
        site = f"credential.{builds.url}"
        for name, value in (
                ("credential.helper", "store"), ("credential.helper", "oauth"),
                (f"{site}.oauthClientId", "jeton-git"), (f"{site}.oauthScopes", "git:write"),
                (f"{site}.oauthAuthURL", "/oauth/authorize"),
                (f"{site}.oauthTokenURL", "/oauth/token")):
            git("config", "--global", "--add", name, value, folder=folder)

    def git(self, *arguments, folder=None):
        return program("git", *arguments, cwd=folder or self.folder, env=self.environment)

    @property
    def stored(self):
        path = self.folder / ".git-credentials"
        return path.read_text() if path.exists() else ""


@pytest.fixture
def laptop(tmp_path, builds, jeton):
    return Laptop(tmp_path, builds, jeton)


@pytest.fixture
def repository(builds, request):
    return builds.url + builds.make_repository(request.node.name)


def tokens(jeton, name):
    api = jeton.api(name)
    return [token for token in api.list() if token["client"]]


def test_a_clone_and_a_push_by_a_person_who_only_clicks(laptop, repository, jeton):
    with person(jeton.url) as alice, laptop.git("clone", "--quiet", repository, "one") as clone:
        alice.open(laptop.opened.address())
        assert alice.heading == "Let “git” have a token?"
        alice.check()
        assert "known to this desk" in alice.text and "127.0.0.1" in alice.text
        assert alice.find("input", "Name").get_attribute("value") == "git from 127.0.0.1"
        alice.allow()
        assert alice.driver.current_url.startswith("http://127.0.0.1:")
    assert clone.returncode == 0, clone.err
    commit(laptop.folder / "one", "signed in")
    with laptop.git("push", "--quiet", folder=laptop.folder / "one") as push:
        pass
    assert push.returncode == 0, push.err  # the token is stored: nothing was opened
    assert "oauth2:jtn_" in laptop.stored

    mine, = [token for token in tokens(jeton, "one") if token["name"] == "git from 127.0.0.1"]
    assert mine["scopes"] == ["git:write"] and mine["expires_at"] is None
    assert mine["client"] == {"id": "jeton-git", "title": "git", "address": "127.0.0.1"}
    assert mine["created_through"] == "oauth"
    api = jeton.api("used")
    assert wait_for(lambda: api.get(mine["id"])["last_used"])["service"] == "git"
    assert "jtn_" not in jeton.whole_log()


def test_less_than_was_asked_for(laptop, repository, jeton):
    with person(jeton.url) as alice, laptop.git("clone", "--quiet", repository, "one") as clone:
        alice.open(laptop.opened.address())
        alice.fill("Name", "Only reading")
        alice.find("select", "Studio projects over Git").send_keys("Read")
        alice.choose("30 days")
        alice.allow()
    assert clone.returncode == 0, clone.err
    mine, = [token for token in tokens(jeton, "less") if token["name"] == "Only reading"]
    assert mine["scopes"] == ["git:read"] and mine["expires_at"]
    commit(laptop.folder / "one", "too much")
    with laptop.git("push", "--quiet", folder=laptop.folder / "one") as push:
        pass
    assert push.returncode != 0 and "may not write" in push.err


def test_a_person_who_refuses(laptop, repository, jeton):
    with person(jeton.url) as alice, laptop.git("clone", "--quiet", repository, "one") as clone:
        alice.open(laptop.opened.address())
        alice.refuse()
        assert "access_denied" in alice.driver.current_url
    assert clone.returncode != 0
    assert laptop.stored == ""
    events = jeton.run("events", "--json").stdout
    assert "authorization_denied" in events


def test_the_place_of_a_token_that_git_had(laptop, repository, jeton, builds, tmp_path_factory):
    with person(jeton.url) as alice:
        with laptop.git("clone", "--quiet", repository, "one") as clone:
            alice.open(laptop.opened.address())
            alice.fill("Name", "My laptop")
            alice.allow()
        assert clone.returncode == 0, clone.err
        first = laptop.stored
        other = Laptop(tmp_path_factory.mktemp("other"), builds, jeton)
        with other.git("clone", "--quiet", repository, "one") as clone:
            alice.open(other.opened.address())
            alice.check()
            alice.choose("In place of “My laptop”")
            alice.allow()
        assert clone.returncode == 0, clone.err
    assert other.stored and other.stored != first
    mine = [token for token in tokens(jeton, "place") if token["name"] == "My laptop"]
    assert len(mine) == 1 and mine[0]["rotated_at"]


def test_what_comes_back_too_late_or_twice(jeton, laptop, repository):
    """The code of Git's own request, redeemed again by somebody who saw it."""
    with person(jeton.url) as alice, laptop.git("clone", "--quiet", repository, "one") as clone:
        alice.open(laptop.opened.address())
        alice.fill("Name", "Seen")
        alice.allow()
        answered = alice.driver.current_url
    assert clone.returncode == 0, clone.err
    code = answered.split("code=")[1].split("&")[0]
    redirect = answered.split("?")[0].removesuffix("/")
    again = requests.post(f"{jeton.url}/oauth/token", data={
        "grant_type": "authorization_code", "client_id": "jeton-git", "code": code, "redirect_uri": redirect,
        "code_verifier": "x" * 43}, timeout=20)
    assert again.status_code == 400 and again.json()["error"] == "invalid_grant"
    with laptop.git("ls-remote", repository) as listing:
        pass
    assert "this token was revoked" in listing.err and laptop.stored == "", "what the code gave is revoked"
