"""Service accounts with the real binary: the way of the command line and of the API, word for word."""

import json
import subprocess

import pytest
import requests

from jeton import BINARY, basic, git, wait_for
from test_maven import maven, projects  # noqa: F401


@pytest.fixture(scope="module")
def desk(jeton):
    """The server, with root, who administers, and bob, who is in the build team."""
    jeton.add_user("root", "--admin")
    jeton.add_user("bob", "--group", "build-team")
    jeton.add_user("carol")
    jeton.run("account", "add", "bot-ci", "--purpose", "Nightly builds", "--owners", "build-team")
    return jeton


def said(desk, *words):
    """The exit code, what was printed, and the error, of a command on the server's data."""
    result = desk.run(*words, check=False)
    return result.returncode, result.stdout, result.stderr


def show(desk, login):
    return json.loads(desk.run("account", "show", login, "--json").stdout)


def test_what_the_command_line_says(desk):
    assert said(desk, "account", "add", "ci", "--owners", "build-team") == (1, "", (
        "jeton: LOGIN must fit “bot-*”, such as bot-ci: the operator sets accounts.logins; --purpose must not be "
        "empty: say what the account is for.\n"))
    assert said(desk, "account", "add", "bot-lone", "--purpose", "x", "--steward", "bob") == (1, "", (
        "jeton: an account needs an owner group, or at least two stewards, so that it survives any of them.\n"))
    assert said(desk, "account", "add", "bot-x", "--purpose", "x", "--owners", "a", "--service", "mavn") == (1, "", (
        "jeton: there is no service “mavn”: use maven, git.\n"))
    assert said(desk, "account", "add", "bot-x", "--purpose", "x", "--owners", "a", "--review", "soon") == (1, "", (
        "jeton: --review must be a day such as 2027-01-31.\n"))
    assert said(desk, "account", "add", "bot-one", "--purpose", "Deploys", "--steward", "bob", "--steward", "carol",
                "--group", "ops", "--service", "maven", "--address", "10.0.0.0/8", "--review", "2099-06-01") == (
        0, "added bot-one\n", "")
    code, _, error = said(desk, "account", "add", "bot-two", "--purpose", "x", "--owners", "nobody-is-in-it")
    assert code == 0 and error.startswith("jeton: nobody is a steward of it yet: its tokens pause at 20"), error
    assert "\nbot-two " in desk.run("account", "list", "--unattended").stdout
    shown = desk.run("account", "show", "bot-one").stdout
    for line in ("login      bot-one", "for        Deploys", "state      active", "named      bob, carol",
                 "stewards   bob, carol", "groups     ops", "services   maven", "from       10.0.0.0/8",
                 "review     2099-06-01", "It has no active token."):
        assert line in shown.splitlines(), shown
    assert said(desk, "account", "edit", "bot-one", "--steward", "") == (1, "", (
        "jeton: an account needs an owner group, or at least two stewards, so that it survives any of them.\n"))
    assert said(desk, "account", "edit", "bot-one", "--owners", "build-team", "--steward", "", "--address", "") == (
        0, "changed bot-one\n", "")
    account = show(desk, "bot-one")
    assert (account["owners"], account["stewards"], account["active_stewards"], account["addresses"]) == (
        ["build-team"], [], ["bob"], [])
    assert said(desk, "user", "suspend", "bot-one") == (1, "", (
        "jeton: bot-one is a service account: use `jeton account suspend bot-one`.\n"))
    assert said(desk, "account", "suspend", "bob") == (1, "", (
        "jeton: bob is a person, and no service account: use `jeton user`.\n"))
    person = desk.run("user", "add", "bot-human", input="correct horse battery staple\n", check=False)
    assert (person.returncode, person.stderr) == (1, (
        "jeton: LOGIN must not be “bot-human”: logins like this one are kept for service accounts.\n"))
    desk.make_token("one", "--scope", "maven", user="bot-one")
    assert said(desk, "account", "remove", "bot-one") == (2, "", (
        "jeton: this would end bot-one and 1 active token for good: add --yes to do it\n"))
    assert said(desk, "account", "remove", "bot-one", "--yes") == (0, "removed bot-one with 1 active token\n", "")
    assert said(desk, "account", "show", "bot-one")[0] == 1


def test_a_token_of_an_account_builds_and_stops_with_it(desk, builds, projects, tmp_path):  # noqa: F811
    repository = builds.url.removeprefix("http://") + builds.make_repository("accounts")
    token = desk.make_token("chain", "--scope", "maven", "--scope", "git", user="bot-ci")
    settings = projects / "settings.xml"
    settings.write_text(settings.read_text().replace("<username>alice<", "<username>bot-ci<"))
    result = maven(projects, "library", "deploy", builds, token)
    assert result.returncode == 0, result.stdout
    git("ls-remote", f"http://bot-ci:{token}@{repository}", folder=tmp_path)
    granted = desk.verify(headers={"Authorization": basic("bot-ci", token)})
    assert (granted.headers["Remote-User"], granted.headers["Remote-Kind"]) == ("bot-ci", "service-account")
    assert desk.verify(headers={"Authorization": basic("bob", token)}).status_code == 401, "no steward's login"

    desk.run("account", "suspend", "bot-ci")
    refused = desk.verify(headers={"Authorization": basic("bot-ci", token)})
    assert (refused.status_code, refused.headers["X-Jeton-Reason"]) == (403, "owner_suspended")
    desk.run("account", "resume", "bot-ci")
    assert desk.status(token) == 200
    wait_for(lambda: [each for each in show(desk, "bot-ci")["tokens"]
                      if each["name"] == "chain" and each["last_used"] and each["last_used"]["service"]])


def test_a_steward_manages_its_tokens_by_the_api(desk):
    api = desk.api("steward", user="bob")
    account = f"{api.url}/accounts/bot-ci"
    listed = api.session.get(f"{api.url}/accounts").json()["accounts"]
    assert [each["login"] for each in listed] == ["bot-ci"]
    assert api.session.get(account).json() == listed[0]
    made = api.session.post(f"{account}/tokens", json={"name": "by bob", "scopes": ["maven:read"]})
    assert made.status_code == 201
    id, secret = made.json()["id"], made.json()["secret"]
    assert made.json()["owner"] == {"login": "bot-ci", "kind": "service-account"}
    assert desk.status(secret) == 200
    assert id in [each["id"] for each in api.session.get(f"{account}/tokens").json()["tokens"]]
    assert id not in [each["id"] for each in api.list()]
    fresh = api.rotate(id, overlap_seconds=0)
    assert (desk.status(secret), desk.status(fresh.secret)) == (401, 200)
    api.pause(id, 60)
    assert desk.status(fresh.secret) == 403
    api.resume(id)
    for scope, words in (("jeton:manage", "“jeton:manage” is not for service accounts"),):
        refused = api.session.post(f"{account}/tokens", json={"name": "x", "scopes": [scope]})
        assert refused.status_code == 422 and words in refused.json()["detail"], refused.text
    mine = {"Authorization": f"Bearer {fresh.secret}"}
    assert requests.get(f"{api.url}/me", headers=mine).json()["subject"]["kind"] == "service-account"
    assert requests.get(f"{api.url}/accounts", headers=mine).status_code == 403

    stranger = desk.api("stranger", user="carol")
    for path, none in ((f"accounts/bot-ci{rest}", f"accounts/bot-none{rest}") for rest in ("", "/tokens")):
        found, missing = (stranger.session.get(f"{api.url}/{each}") for each in (path, none))
        assert (found.status_code, found.text) == (404, missing.text)
        assert "or you are not one of its stewards" in found.text
    assert stranger.session.delete(f"{api.url}/tokens/{id}").status_code == 404
    api.revoke(id)
    assert desk.status(fresh.secret) == 401


def test_only_an_administrator_in_a_browser_creates_one_by_the_api(desk):
    url = f"{desk.url}/api/v1/accounts"
    draft = {"login": "bot-api", "purpose": "Made by the API", "owners": ["build-team"]}
    by_token = desk.api("of an administrator", user="root").session
    bob, root = desk.sign_in("bob"), desk.sign_in("root")
    for session in (by_token, bob):
        refused = session.post(url, json=draft)
        assert (refused.status_code, refused.json()["detail"]) == (
            403, "Service accounts are managed by administrators, in the browser.")
        assert session.get(url, params={"all": "true"}).status_code == 403
    made = root.post(url, json=draft)
    assert made.status_code == 201, made.text
    address = desk.url + made.headers["Location"]
    assert bob.get(address).json() == made.json()
    patch = {"Content-Type": "application/merge-patch+json"}
    changed = root.patch(address, data=json.dumps({"title": "The chain", "review_on": "2099-01-31"}), headers=patch)
    assert changed.json() == {**made.json(), "title": "The chain", "review_on": "2099-01-31"}
    assert "bot-api" in [each["login"] for each in root.get(url, params={"all": "true"}).json()["accounts"]]
    assert bob.delete(address).status_code == 403
    assert root.delete(address).status_code == 204
    assert bob.get(address).status_code == 404


def test_at_rest_the_same_commands_work(tmp_path):
    """Without a server, and without a configuration."""
    def run(*words, input=""):
        return subprocess.run([BINARY, *words, "--data", tmp_path / "data"], input=input, capture_output=True,
                              text=True, timeout=30)

    assert run("user", "add", "alice", "--group", "team", "--create-ledger",
               input="correct horse battery staple\n").returncode == 0
    assert run("account", "add", "bot-x", "--purpose", "x", "--owners", "team").stdout == "added bot-x\n"
    assert run("token", "create", "--user", "bot-x", "--name", "t").stdout.startswith("jtn_")
    assert "  bot-x  t" in run("token", "list", "--user", "bot-x").stdout
    assert run("account", "remove", "bot-x", "--yes").stdout == "removed bot-x with 1 active token\n"
