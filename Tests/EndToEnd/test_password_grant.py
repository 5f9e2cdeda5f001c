"""Passwords that the identity provider keeps, at a service in transition, by its password grant
(RFC 6749, section 4.3): Canaille's comes without an ID token, Glewlwyd's with one."""

import base64
import json

import pytest

from canaille import Canaille
from glewlwyd import Glewlwyd
from jeton import PASSWORD, basic, wait_for
from provided import provided_desk

SECRET = "a secret: with % & reserved"


def open_desk(folder, issuer, secret, **oidc):
    """A desk whose service takes the provider's passwords."""
    jeton = provided_desk(folder, issuer, secret, sign_in={"password_check": "oidc"}, **oidc)
    settings = json.loads(jeton.config.read_text())
    settings["services"]["maven"]["passwords"] = "transition"
    jeton.config.write_text(json.dumps(settings))
    return jeton


def by_password(desk, login, password):
    return desk.verify(headers={"Authorization": basic(login, password)})


def judged(desk, login, password):
    """What it is told once the provider has answered. Canaille fails where it is to make two access tokens for
    one person in one second, which would be the same; and a busy machine may answer too late at first."""
    def answer():
        told = by_password(desk, login, password)
        return [] if told.status_code == 502 else [told]

    return wait_for(answer, seconds=60, every=0.2)[0]


@pytest.fixture(scope="module")
def canaille(tmp_path_factory):
    with Canaille(tmp_path_factory.mktemp("canaille")) as provider:
        for login, name in (("alice", "Alice Doe"), ("bob", "Bob Ray")):
            provider.add_user(login, PASSWORD, name, f"{login}@example.com")
        provider.add_group("staff", "alice")
        yield provider


@pytest.fixture(scope="module")
def desk(tmp_path_factory, canaille):
    jeton = open_desk(
        tmp_path_factory.mktemp("desk"), canaille.issuer, SECRET,
        scopes=["openid", "profile", "email", "groups"], allowed_groups=["staff"])
    canaille.add_client("jeton", SECRET, jeton.url, "--grant-types", "password")
    with jeton:
        yield jeton


@pytest.fixture
def away(canaille):
    """The provider has ended, until the test has."""
    canaille.stop()
    yield
    canaille.start()


def test_the_providers_password_passes(desk):
    granted = judged(desk, "alice", PASSWORD)
    assert granted.status_code == 200, granted.text + desk.log.read_text()
    assert granted.headers["Remote-User"] == "alice"
    assert granted.headers["Remote-Name"] == "Alice Doe"
    assert granted.headers["Remote-Groups"] == "staff"
    assert granted.headers["X-Jeton-Password-Deprecated"] == "undated"
    wrong = judged(desk, "alice", "wrong")
    assert (wrong.status_code, wrong.headers["X-Jeton-Reason"]) == (401, "wrong_password")

    # Whoever may not sign in may not pass, and an e-mail address is no login.
    for login in ("bob", "alice@example.com", "nobody"):
        assert judged(desk, login, PASSWORD).headers["X-Jeton-Reason"] == "wrong_password", login
    people = json.loads(desk.run("user", "list", "--json").stdout)
    assert [person["login"] for person in people] == ["alice"]


def test_while_the_provider_is_away_only_what_has_to_wait_does(desk, request):
    desk.add_user("root", "--break-glass")
    token = desk.make_token("ci")
    for password, status in ((PASSWORD, 200), ("wrong lately", 401)):
        assert judged(desk, "alice", password).status_code == status
    request.getfixturevalue("away")

    # What was looked at lately asks nobody, whether it was right or wrong.
    for password, status in ((PASSWORD, 200), ("wrong lately", 401)) * 20:
        assert by_password(desk, "alice", password).status_code == status
    # A password of the desk's own is no use, and the provider would not have been told of it.
    assert by_password(desk, "root", PASSWORD).headers["X-Jeton-Reason"] == "wrong_password"
    # What is new has to wait, and tokens do not.
    unchecked = by_password(desk, "alice", "another one")
    assert (unchecked.status_code, unchecked.headers["X-Jeton-Reason"]) == (502, "password_unchecked")
    assert unchecked.headers["Retry-After"] == "60"
    wait_for(lambda: "a password could not be checked: provider_unreachable" in desk.log.read_text())
    log = desk.whole_log()
    assert "another one" not in log and PASSWORD not in log
    assert desk.status(token) == 200


def test_a_token_with_something_around_it_is_not_sent_to_the_provider(desk, request):
    """What is sent there while it is away is 502."""
    assert judged(desk, "alice", PASSWORD).status_code == 200
    token = desk.make_token("pasted")
    request.getfixturevalue("away")
    assert by_password(desk, "alice", f"x{token[5:]}x").status_code == 502
    whole = "there is a token in this, with something around it; check for quotes, spaces and line breaks\n"
    broken = f"this token was cut off or mistyped; copy it again, or create a new one at {desk.new_token()}\n"
    encoded = base64.b64encode(f"{token}\n".encode()).decode()
    rows = [(text, whole) for text in (
        f'"{token}"', f"'{token}'", f" {token}", f"{token}\n", f"{token}\r\n", f"\ufeff{token}", f"Bearer {token}",
        f"token={token}", f"alice:{token}", encoded)]
    rows += [(text, broken) for text in (token[:-1], token[1:], token.capitalize(), token[:30])]
    for text, sentence in rows:
        refused = by_password(desk, "alice", text)
        assert (refused.status_code, refused.headers["X-Jeton-Reason"]) == (401, "not_a_token"), sentence
        assert refused.text == sentence
    assert token[4:30] not in desk.whole_log()


class Obliging(Glewlwyd):
    """Glewlwyd with the password grant, which it has only where it may do more than OpenID Connect."""

    def send(self, path, body, method="POST"):
        if path == "mod/plugin":
            body["parameters"].update({"allow-non-oidc": True, "auth-type-password-enabled": True})
        if path == "client":
            body.update({"authorization_type": ["code", "password"], "scope": ["openid"]})
        super().send(path, body, method)


def test_an_id_token_that_comes_along_says_who_it_was(tmp_path):
    with Obliging(tmp_path / "glewlwyd") as glewlwyd:
        desk = open_desk(
            tmp_path, glewlwyd.issuer, SECRET, scopes=["openid"],
            token_endpoint_auth_method="client_secret_post")
        glewlwyd.add_user("alice", PASSWORD, "Alice Doe", "alice@example.com")
        glewlwyd.add_client("jeton", SECRET, desk.url)
        with desk:
            granted = judged(desk, "alice", PASSWORD)
            assert granted.status_code == 200, granted.text + desk.log.read_text()
            assert granted.headers["Remote-User"] == "alice"
            # A 403 without a word is what it has for a wrong one.
            wrong = judged(desk, "alice", "wrong")
            assert (wrong.status_code, wrong.headers["X-Jeton-Reason"]) == (401, "wrong_password")
