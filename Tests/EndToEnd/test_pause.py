"""A paused token in the hands of Git and Maven: refused with 403, kept, and at work again when it is resumed."""

import datetime

import pytest

from jeton import Jeton, git
from test_git import commit, refusal
from test_maven import maven, projects  # noqa: F401
from test_transition import Clock


@pytest.fixture(scope="module")
def api(jeton):
    return jeton.api()


def stored(folder, repository, token):
    """Sets up Git's own store with that token for the repository's host; its file."""
    git("config", "--global", "credential.helper", "store", folder=folder)
    git("credential", "approve", folder=folder,
        input=f"protocol=http\nhost={repository.split('/')[0]}\nusername=alice\npassword={token}\n\n")
    return folder / ".git-credentials"


def test_git_keeps_a_paused_token_and_works_again_when_it_is_resumed(jeton, builds, api, tmp_path):
    repository = builds.address + builds.make_repository("paused")
    token = api.create("kept")
    kept = stored(tmp_path, repository, token.secret)
    git("clone", "--quiet", f"http://{repository}", "one", folder=tmp_path)
    commit(tmp_path / "one", "waits")

    answer = api.pause(token.id, 3600, wait="all")
    assert answer.headers["X-Jeton-Nodes"] == "1/1"
    [pause] = answer.json()["pauses"]
    sentence = f"this token was paused by its owner until {pause['until']}; it can be resumed at {jeton.my_tokens}"
    before = kept.read_text()
    for verb in ("fetch", "push"):
        result = git("-C", "one", verb, folder=tmp_path, check=False)
        assert refusal(result) == [sentence]
        assert f"fatal: unable to access 'http://{repository}/': The requested URL returned error: 403" in result.stderr
        assert kept.read_text() == before, "Git forgets only what a 401 refused"
    assert token.secret in before

    api.resume(token.id)
    git("-C", "one", "fetch", "--quiet", folder=tmp_path)
    git("-C", "one", "push", "--quiet", folder=tmp_path)
    assert "waits" in git("log", "origin/main", folder=tmp_path / "one")


@pytest.mark.parametrize("forgets", [False, True])
def test_what_a_helper_is_told(jeton, builds, api, tmp_path, forgets):
    """Any helper is told to erase a revoked token, and nothing of a paused one, so none asks its person again."""
    repository = builds.address + builds.make_repository(f"helper-{forgets}")
    token = api.create(f"helper {forgets}")
    told = tmp_path / "told"
    helper = tmp_path / "helper"
    helper.write_text(
        f'#!/bin/sh\necho "$1" >>{told}\n[ "$1" != get ] || echo "username=alice\npassword={token.secret}"\n')
    helper.chmod(0o700)
    git("config", "--global", "credential.helper", str(helper), folder=tmp_path)
    git("ls-remote", f"http://{repository}", folder=tmp_path)
    assert told.read_text().split() == ["get", "store"]
    if forgets:
        api.revoke(token.id)
    else:
        api.pause(token.id, 3600)
    git("ls-remote", f"http://{repository}", folder=tmp_path, check=False)
    assert told.read_text().split()[2:] == (["get", "erase"] if forgets else ["get"])


@pytest.mark.parametrize("project, goal", [("library", "deploy"), ("application", "compile")])
def test_a_build_of_maven_fails_and_works_after_the_resume(jeton, builds, api, projects, project, goal):  # noqa: F811
    """The same command, without `-U`: Maven remembers no download that was refused."""
    token = api.create(f"{goal}s", scopes=["maven"])
    if goal == "compile":
        assert maven(projects, "library", "deploy", builds, token.secret).returncode == 0
    api.pause(token.id, 3600)
    result = maven(projects, project, goal, builds, token.secret)
    assert result.returncode != 0 and "status: 403 Forbidden" in result.stdout
    api.resume(token.id)
    result = maven(projects, project, goal, builds, token.secret)
    assert result.returncode == 0, result.stdout


def test_a_pause_ends_by_itself(tmp_path):
    """By the clock, when the token is used: nobody resumes it, and nothing has to come by."""
    (tmp_path / "desk").mkdir()

    def moment(seconds):
        now = datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(seconds=seconds)
        return f"{now:%Y-%m-%d %H:%M:%S}"

    with Clock(tmp_path) as clock:
        clock.set(moment(0))
        with Jeton(tmp_path / "desk", environment=clock.environment) as jeton:
            jeton.add_user("alice")
            api = jeton.api()
            token = api.create("rests")
            assert [jeton.status(token.secret) for _ in range(3)] == [200] * 3  # the last answers are ready ones
            api.pause(token.id, 900)
            assert [jeton.status(token.secret) for _ in range(3)] == [403] * 3
            clock.set(moment(800))
            assert jeton.status(token.secret) == 403
            clock.set(moment(902))
            assert [jeton.status(token.secret) for _ in range(3)] == [200] * 3
            shown = api.session.get(f"{api.url}/tokens/{token.id}", timeout=10).json()
            assert (shown["state"], shown["pauses"]) == ("live", [])
