"""A token that is handed over to a service account, in the hands of Git: what was stored with its former owner's login
goes on, also for a while after they have left."""

import itertools
import json

import pytest

from jeton import Builds, Jeton, basic, git
from test_git import commit, refusal
from test_pause import stored
from test_transition import Clock


@pytest.fixture
def clock(tmp_path):
    with Clock(tmp_path) as clock:
        clock.set("2031-05-01 08:00:00")
        yield clock


@pytest.fixture
def desk(tmp_path, clock):
    (tmp_path / "desk").mkdir()
    with Jeton(tmp_path / "desk", environment=clock.environment) as desk:
        desk.add_user("root", "--admin")
        desk.add_user("alice")
        desk.add_user("bruno")
        desk.run("account", "add", "bot-ci", "--purpose", "Nightly builds", "--steward", "bruno", "--steward", "root")
        yield desk


@pytest.fixture
def nginx(tmp_path, desk):
    with Builds(tmp_path / "builds", desk) as builds:
        yield builds


def test_a_stored_login_goes_on_until_the_grace_is_over(desk, nginx, clock, tmp_path):
    repository = nginx.address + nginx.make_repository("nightly")
    secret = desk.make_token("nightly", "--scope", "git", "--scope", "maven", "--scope", "jeton:manage")
    kept = stored(tmp_path, repository, secret)
    git("clone", "--quiet", f"http://{repository}", "one", folder=tmp_path)

    told = desk.run("token", "hand-over", "--user", "alice", "--name", "nightly", "--to", "bot-ci").stdout
    assert "to bot-ci for git maven, without jeton:manage" in told
    assert "alice knows its secret: rotate it when you can" in told

    count = itertools.count()

    def works():
        commit(tmp_path / "one", f"goes on at {clock.file.read_text()}, {next(count)}")
        git("-C", "one", "push", "--quiet", folder=tmp_path)
        git("-C", "one", "fetch", "--quiet", folder=tmp_path)

    works()
    granted = desk.verify("git", headers={"Authorization": basic("alice", secret)})
    assert (granted.status_code, granted.headers["Remote-User"]) == (200, "bot-ci")
    assert granted.headers["Remote-Kind"] == "service-account"

    # Alice leaves: it works for the grace.
    desk.run("user", "suspend", "alice")
    works()
    assert "rotate it before 2031-05-31 08:0" in desk.run("token", "show", "--user", "bot-ci", "--name", "nightly").stdout
    clock.set("2031-05-31 07:59:00")
    works()

    # After it, Git is refused, and forgets nothing.
    clock.set("2031-05-31 08:05:00")
    before = kept.read_text()
    result = git("-C", "one", "fetch", folder=tmp_path, check=False)
    account = json.loads(desk.run("account", "show", "bot-ci", "--json").stdout)["id"]
    assert refusal(result) == [
        "somebody who knows this secret has left, and it was not replaced in time; "
        f"a steward of its service account rotates it at {desk.url}/accounts/{account}"]
    assert kept.read_text() == before and secret in before
    refused = desk.verify("git", headers={"Authorization": basic("bot-ci", secret)})
    assert (refused.status_code, refused.headers["X-Jeton-Reason"]) == (403, "rotation_needed")

    # A steward rotates it: the new secret works under the account's login alone.
    new = desk.run("token", "rotate", "--user", "bot-ci", "--name", "nightly", "--overlap", "none").stdout.strip()
    kept.unlink()
    git("credential", "approve", folder=tmp_path,
        input=f"protocol=http\nhost={nginx.address}\nusername=bot-ci\npassword={new}\n\n")
    works()
    assert desk.verify("git", headers={"Authorization": basic("alice", new)}).headers["X-Jeton-Reason"] == "wrong_login"
    assert "known to" not in desk.run("token", "show", "--user", "bot-ci", "--name", "nightly").stdout
