"""The ways in which curl and its like hand over a token, by the real curl."""

import subprocess

import pytest

from jeton import PASSWORD, in_seconds, wait_for


@pytest.fixture(scope="module")
def token(jeton):
    return jeton.make_token("curl")


def curl(jeton, *options, service="maven", query="", home=None):
    """The status and body that curl gets from the gate."""
    result = subprocess.run(
        ["curl", "--silent", "--write-out", "%{http_code}", *options, f"{jeton.url}/verify/{service}{query}"],
        capture_output=True, text=True, timeout=20, env={"HOME": str(home or "/nonexistent"), "PATH": "/usr/bin"})
    assert result.returncode == 0, result.stderr
    return int(result.stdout[-3:]), result.stdout[:-3]


@pytest.mark.parametrize(
    "options",
    [
        ["--user", "alice:TOKEN"],
        ["--user", "ALICE:TOKEN"],
        ["--user", ":TOKEN"],
        ["--user", "__token__:TOKEN"],
        ["--user", "oauth2:TOKEN"],
        ["--user", "x-access-token:TOKEN"],
        *(["--user", f"{word}:TOKEN"] for word in (
            "OAUTH-USER", "oauth2accesstoken", "x-token-auth", "gitlab-ci-token", "PersonalAccessToken", "<token>",
            "x-oauth-basic", "jwt", "git")),
        ["--user", "TOKEN:"],
        ["--user", "TOKEN:x-oauth-basic"],
        ["--header", "Authorization: Bearer TOKEN"],
        ["--header", "Authorization: bearer TOKEN"],
        ["--header", "Authorization: token TOKEN"],
        ["--header", "Authorization: TOKEN"],
        ["--header", "X-Authentication-Token: TOKEN"],
        ["--header", "Private-Token: TOKEN"],
        ["--user", "alice:TOKEN", "--header", "Private-Token: TOKEN"],
        ["--header", "Authorization: Bearer\tTOKEN"],
        ["--header", "X-NuGet-ApiKey: TOKEN"],
        ["--header", "X-JFrog-Art-Api: TOKEN"],
        ["--header", "Job-Token: TOKEN"],
        ["--header", "Deploy-Token: TOKEN"],
        ["--header", "X-NuGet-ApiKey: of another service", "--user", "alice:TOKEN"],
    ],
    ids=" ".join,
)
def test_every_usual_way_is_taken(jeton, token, options):
    assert curl(jeton, *(option.replace("TOKEN", token) for option in options)) == (200, "")


def test_a_netrc_file_is_enough(jeton, token, tmp_path):
    (tmp_path / ".netrc").write_text(f"machine 127.0.0.1 login alice password {token}\n")
    (tmp_path / ".netrc").chmod(0o600)
    assert curl(jeton, "--netrc", home=tmp_path) == (200, "")


@pytest.mark.parametrize("query", ["token", "access_token", "private_token"])
def test_a_token_in_the_query_string_is_never_read(jeton, token, query):
    status, body = curl(jeton, query=f"?{query}={token}")
    assert (status, "needs a token" in body) == (401, True)


def test_the_query_string_cannot_choose_the_service(jeton):
    git_only = jeton.make_token("git alone", "--scope", "git")
    assert curl(jeton, "--user", f":{git_only}", query="?service=git")[0] == 403
    assert curl(jeton, "--user", f":{git_only}", service="git")[0] == 200


def test_another_ones_login_is_refused(jeton, token):
    status, body = curl(jeton, "--user", f"mallory:{token}")
    assert (status, "belongs to another login" in body) == (401, True)


def test_a_password_is_refused_and_the_answer_says_where_tokens_are_made(jeton):
    status, body = curl(jeton, "--user", f"alice:{PASSWORD}")
    assert status == 401
    assert body.startswith("this is not a token, and passwords are not accepted here; create a token at http://")


def test_two_different_credentials_are_refused(jeton, token):
    other = jeton.make_token("another")
    status, _ = curl(jeton, "--user", f"alice:{token}", "--header", f"Private-Token: {other}")
    assert status == 400


def test_a_token_ends_at_its_expiry(jeton):
    short = jeton.make_token("short", "--expires", in_seconds(3))
    assert jeton.status(short) == 200
    wait_for(lambda: jeton.status(short) == 401)
    assert "has expired" in curl(jeton, "--user", f":{short}")[1]


def test_a_suspended_owner_takes_all_tokens_along(jeton):
    jeton.add_user("bob")
    token = jeton.make_token("bob's", user="bob")
    assert jeton.status(token) == 200
    jeton.run("user", "suspend", "bob")
    assert "is suspended" in curl(jeton, "--user", f"bob:{token}")[1]
    jeton.run("user", "resume", "bob")
    assert jeton.status(token) == 200
