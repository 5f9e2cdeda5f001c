"""The real Git through the example's nginx: smart HTTP, with a token where a password goes."""

import json
import urllib.error
import urllib.request

import pytest

from jeton import PASSWORD, git


@pytest.fixture
def repository(builds, request):
    name = request.node.name.replace("[", "-").strip("]")
    return builds.url.removeprefix("http://") + builds.make_repository(name)


@pytest.fixture(scope="module")
def token(jeton):
    return jeton.make_token("git")


def commit(folder, text):
    (folder / "file").write_text(text)
    git("add", "file", folder=folder)
    git("commit", "--quiet", "--message", text, folder=folder)


def refusal(result):
    """The lines that Git printed of our own."""
    assert result.returncode != 0, "this should have been refused"
    return [line.removeprefix("remote: ") for line in result.stderr.splitlines() if line.startswith("remote: ")]


def test_git_meets_both_challenges(repository, jeton):
    address = f"http://{repository}/info/refs?service=git-receive-pack"
    with pytest.raises(urllib.error.HTTPError) as found:
        urllib.request.urlopen(address, timeout=60)
    known = "https://builds.example.com/.well-known/oauth-protected-resource/git/"
    assert found.value.headers.get_all("WWW-Authenticate") == [
        'Basic realm="Studio projects over Git", charset="UTF-8"', f'Bearer scope="git:write", resource_metadata="{known}"']
    here = "http://" + repository.split("/")[0]
    for name in ("git", "maven"):
        path = f"/.well-known/oauth-protected-resource/{name}/"
        with urllib.request.urlopen(here + path, timeout=60) as answer:
            metadata = json.load(answer)
        assert (metadata["resource"], metadata["scopes_supported"][0], metadata["authorization_servers"]) == (
            f"https://builds.example.com/{name}/", f"{name}:read", [jeton.url])


def test_clone_push_and_fetch(repository, token, tmp_path):
    for name in ("one", "two"):
        git("clone", "--quiet", f"http://alice:{token}@{repository}", name, folder=tmp_path)
    commit(tmp_path / "one", "from one")
    git("push", "--quiet", folder=tmp_path / "one")
    git("pull", "--quiet", folder=tmp_path / "two")
    assert (tmp_path / "two/file").read_text() == "from one"


def test_a_large_push_arrives_whole(repository, token, tmp_path):
    git("clone", "--quiet", f"http://alice:{token}@{repository}", "one", folder=tmp_path)
    with open("/dev/urandom", "rb") as random:
        (tmp_path / "one/large").write_bytes(random.read(100_000_000))
    git("add", "large", folder=tmp_path / "one")
    git("commit", "--quiet", "--message", "large", folder=tmp_path / "one")
    git("push", "--quiet", folder=tmp_path / "one")  # larger than http.postBuffer: chunked
    git("clone", "--quiet", f"http://alice:{token}@{repository}", "two", folder=tmp_path)
    assert (tmp_path / "one/large").read_bytes() == (tmp_path / "two/large").read_bytes()


@pytest.mark.parametrize("form", ["alice:TOKEN", "TOKEN", "TOKEN:x-oauth-basic", "oauth2:TOKEN"])
def test_every_usual_form_of_address_works(repository, token, tmp_path, form):
    git("ls-remote", f"http://{form.replace('TOKEN', token)}@{repository}", folder=tmp_path)


def test_the_stored_credential_is_used_and_erased_when_it_is_revoked(repository, jeton, tmp_path):
    token = jeton.make_token("stored")
    git("config", "--global", "credential.helper", "store", folder=tmp_path)
    host = repository.split("/")[0]
    git("credential", "approve", folder=tmp_path,
        input=f"protocol=http\nhost={host}\nusername=alice\npassword={token}\n\n")
    git("clone", "--quiet", f"http://{repository}", "one", folder=tmp_path)
    commit(tmp_path / "one", "stored")
    git("-C", "one", "push", "--quiet", folder=tmp_path)
    assert token in (tmp_path / ".git-credentials").read_text()

    jeton.revoke("stored")
    result = git("ls-remote", f"http://{repository}", folder=tmp_path, check=False)
    assert refusal(result) == [f"this token was revoked; create a new one at {jeton.new_token('git')}"]
    assert token not in (tmp_path / ".git-credentials").read_text(), "Git forgets what a 401 refused"


def test_a_wrong_login_is_refused(repository, jeton, token, tmp_path):
    result = git("ls-remote", f"http://mallory:{token}@{repository}", folder=tmp_path, check=False)
    assert refusal(result) == [
        f"this token belongs to another login; send its owner's login with it, or none; see {jeton.my_tokens}"]
    assert "Authentication failed" in result.stderr


def test_a_password_is_refused(repository, jeton, tmp_path):
    address = f"http://alice:{PASSWORD.replace(' ', '%20')}@{repository}"
    assert refusal(git("ls-remote", address, folder=tmp_path, check=False)) == [
        f"this is not a token, and passwords are not accepted here; create a token at {jeton.new_token('git')}"]


def test_nobody_is_let_in_without_a_token(repository, tmp_path):
    result = git("ls-remote", f"http://{repository}", folder=tmp_path, check=False)
    assert result.returncode != 0
    assert "could not read Username" in result.stderr, "Git asks who it is: it was challenged"


def test_a_token_that_reads_can_clone_and_cannot_push(repository, jeton, tmp_path):
    reader = jeton.make_token("git reader", "--scope", "git:read")
    git("clone", "--quiet", f"http://:{reader}@{repository}", "one", folder=tmp_path)
    commit(tmp_path / "one", "not to arrive")
    assert refusal(git("push", folder=tmp_path / "one", check=False)) == [
        "this token may not write at Studio projects over Git; create one that may write: "
        + jeton.new_token("git", "write")]
    assert "not to arrive" not in git("log", "origin/main", folder=tmp_path / "one")
    git("fetch", "--quiet", folder=tmp_path / "one")


def test_a_revoked_token_can_neither_fetch_nor_push(repository, jeton, tmp_path):
    token = jeton.make_token("cloned with")
    git("clone", "--quiet", f"http://alice:{token}@{repository}", "one", folder=tmp_path)
    commit(tmp_path / "one", "too late")
    jeton.revoke("cloned with")
    for verb, access in (("fetch", "read"), ("push", "write")):
        assert refusal(git(verb, folder=tmp_path / "one", check=False)) == [
            f"this token was revoked; create a new one at {jeton.new_token('git', access)}"]


def test_a_token_for_maven_cannot_even_list(repository, jeton, tmp_path):
    other = jeton.make_token("maven alone", "--scope", "maven")
    result = git("ls-remote", f"http://:{other}@{repository}", folder=tmp_path, check=False)
    assert refusal(result) == [
        "this token may not read at Studio projects over Git; create one that may read: " + jeton.new_token("git")]
