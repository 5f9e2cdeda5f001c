"""Passwords that the identity provider keeps, at a service in transition: Canaille's password grant
(RFC 6749, section 4.3), which comes without an ID token."""

import json

import pytest

from canaille import Canaille
from jeton import PASSWORD, Jeton, basic

SECRET = "a secret: with % & reserved"


@pytest.fixture(scope="module")
def canaille(tmp_path_factory):
    with Canaille(tmp_path_factory.mktemp("canaille")) as provider:
        for login, name in (("alice", "Alice Doe"), ("bob", "Bob Ray")):
            provider.add_user(login, PASSWORD, name, f"{login}@example.com")
        provider.add_group("staff", "alice")
        yield provider


@pytest.fixture(scope="module")
def desk(tmp_path_factory, canaille):
    folder = tmp_path_factory.mktemp("desk")
    jeton = Jeton(folder, config=folder / "jeton.yaml")
    canaille.add_client("jeton", SECRET, jeton.url, "--grant-types", "password")
    (folder / "client-secret").write_text(SECRET + "\n")
    jeton.config.write_text(f"""
public_url: {jeton.url}
sign_in:
  password_check: oidc
  oidc:
    issuer: {canaille.issuer}
    client_id: jeton
    client_secret_file: {folder}/client-secret
    scopes: [openid, profile, email, groups]
    allowed_groups: [staff]
services:
  maven: {{ title: Maven private repository, passwords: transition }}
""")
    with jeton:
        yield jeton


def asks(canaille):
    """How often the provider was asked for a grant."""
    return canaille.log.read_text().count("POST /oauth/token")


@pytest.mark.timeout(180)
def test_the_providers_password_passes(desk, canaille):
    granted = desk.verify(headers={"Authorization": basic("alice", PASSWORD)})
    assert granted.status_code == 200, granted.text + desk.log.read_text()
    assert granted.headers["Remote-User"] == "alice"
    assert granted.headers["Remote-Name"] == "Alice Doe"
    assert granted.headers["Remote-Groups"] == "staff"
    assert granted.headers["X-Jeton-Password-Deprecated"] == "undated"

    # Once asked, nobody is asked again, neither for a right one nor for a wrong one.
    wrong = desk.verify(headers={"Authorization": basic("alice", "wrong")})
    assert (wrong.status_code, wrong.headers["X-Jeton-Reason"]) == (401, "wrong_password")
    before = asks(canaille)
    for password, status in ((PASSWORD, 200), ("wrong", 401)) * 20:
        assert desk.verify(headers={"Authorization": basic("alice", password)}).status_code == status
    assert asks(canaille) == before

    # Whoever may not sign in may not pass, and an e-mail address is no login.
    for login in ("bob", "alice@example.com", "nobody"):
        refused = desk.verify(headers={"Authorization": basic(login, PASSWORD)})
        assert refused.headers["X-Jeton-Reason"] == "wrong_password", login
    people = json.loads(desk.run("user", "list", "--json").stdout)
    assert [person["login"] for person in people] == ["alice"]


@pytest.mark.timeout(180)
def test_a_password_of_the_desks_own_is_no_use(desk):
    desk.add_user("root", "--break-glass")
    refused = desk.verify(headers={"Authorization": basic("root", PASSWORD)})
    assert refused.headers["X-Jeton-Reason"] == "wrong_password"


@pytest.mark.timeout(180)
def test_without_the_provider_tokens_pass_and_passwords_are_told_to_wait(desk, canaille):
    token = desk.make_token("ci")
    canaille.stop()
    try:
        unchecked = desk.verify(headers={"Authorization": basic("alice", "another one")})
        assert (unchecked.status_code, unchecked.headers["X-Jeton-Reason"]) == (503, "password_unchecked")
        assert unchecked.headers["Retry-After"] == "60"
        assert "a password could not be checked: provider_unreachable" in desk.log.read_text()
        assert "another one" not in desk.log.read_text()
        assert desk.status(token) == 200
    finally:
        canaille.start()
