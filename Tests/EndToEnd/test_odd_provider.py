"""Providers that fall short in what is not needed: people sign in, and the administrator is told once."""

import sqlite3

import pytest

from canaille import Canaille, await_another_second
from glewlwyd import Glewlwyd
from jeton import PASSWORD
from provided import Flaws, MockProvider, provided_desk, through_glewlwyd, through_mock
from test_canaille import sign_in

SECRET = "a secret: with % & reserved"
# Without groups in the ID token or userinfo, so that userinfo is asked.
ALICE = {"sub": "00u1", "preferred_username": "alice", "name": "Alice Doe", "email": "alice@example.com"}

ANSWERS = [
    (401, "application/json", b'{"error":"invalid_token"}', "userinfo_status_401"),
    (403, "application/json", b'{"error":"insufficient_scope"}', "userinfo_status_403"),
    (404, "text/html", b"<title>Nothing here</title>", "userinfo_status_404"),
    (500, "text/html", b"", "userinfo_status_500"),
    (200, "application/jwt", b"e30.e30.c2ln", "userinfo_jwt"),
    (200, "application/json", b"", "userinfo_not_json"),
]


def told(desk):
    """The reasons in the ledger; and the log has a line for each."""
    with sqlite3.connect(f"file:{desk.data}/jeton.db?mode=ro", uri=True) as ledger:
        reasons = [row[0] for row in ledger.execute(
            "SELECT detail FROM events WHERE kind = 'provider_degraded' ORDER BY id")]
    assert desk.whole_log().count("jeton: warning: the identity provider ") == len(reasons)
    return reasons


def test_userinfo_of_the_mock_fails(tmp_path):
    with MockProvider(tmp_path / "provider", [ALICE]) as mock, Flaws(mock.port) as flaws:
        with provided_desk(tmp_path, flaws.url, "not a secret") as desk:
            for status, kind, body, reason in ANSWERS:
                flaws.answers["/userinfo"] = (status, kind, body)
                for _ in range(2):
                    answer, _ = through_mock(desk, "00u1")
                    assert (answer.status_code, answer.headers.get("Location")) == (303, "/tokens"), answer.text
                assert told(desk).count(reason) == 1
            assert told(desk) == [row[3] for row in ANSWERS]


def test_groups_that_are_needed_and_cannot_be_read_let_nobody_in(tmp_path):
    with MockProvider(tmp_path / "provider", [ALICE]) as mock, Flaws(mock.port) as flaws:
        with provided_desk(tmp_path, flaws.url, "not a secret", allowed_groups=["staff"]) as desk:
            assert through_mock(desk, "00u1")[0].status_code == 403
            flaws.answers["/userinfo"] = (403, "application/json", b"{}")
            answer, session = through_mock(desk, "00u1")
            assert answer.status_code == 502
            assert "the identity provider did not send your groups" in answer.text
            assert not session.cookies.get("jeton-session")
            assert "sign-in: groups_unknown" in desk.whole_log()


@pytest.mark.parametrize("address", ["", "/oauth2/x", "http://id.example.com/x"])
def test_an_optional_endpoint_of_the_mock_cannot_be_used(tmp_path, address):
    with MockProvider(tmp_path / "provider", [ALICE]) as mock, Flaws(mock.port) as flaws:
        flaws.discovery = {"end_session_endpoint": address, "introspection_endpoint": address}
        with provided_desk(tmp_path, flaws.url, "not a secret") as desk:
            for _ in range(2):
                assert through_mock(desk, "00u1")[0].status_code == 303
            assert told(desk) == ["unusable_endpoint_end_session"]


def test_glewlwyd_with_an_endpoint_that_cannot_be_used(tmp_path):
    class Behind(Glewlwyd):
        """Calls itself by the address of what stands before it."""
        issuer = property(lambda self: self.flaws.url + "/api/oidc")

    provider = Behind(tmp_path / "glewlwyd")
    with Flaws(provider.port) as flaws:
        provider.flaws = flaws
        with provider:
            flaws.discovery = {"userinfo_endpoint": flaws.url + "/none", "end_session_endpoint": ""}
            flaws.answers["/none"] = (404, "text/plain", b"")
            desk = provided_desk(
                tmp_path, provider.issuer, "glewlwyd's secret", token_endpoint_auth_method="client_secret_post")
            provider.add_user("alice", PASSWORD, "Alice Doe", "alice@example.com")
            provider.add_client("jeton", "glewlwyd's secret", desk.url)
            with desk:
                for _ in range(2):
                    answer, _ = through_glewlwyd(desk, provider, "alice", PASSWORD)
                    assert answer.status_code == 303, answer.text
                assert sorted(told(desk)) == ["unusable_endpoint_end_session", "userinfo_status_404"]


@pytest.fixture(scope="module")
def canaille(tmp_path_factory):
    with Canaille(tmp_path_factory.mktemp("canaille")) as provider:
        provider.add_user("alice", PASSWORD, "Alice Doe", "alice@example.com")
        yield provider


@pytest.fixture(scope="module")
def desk(tmp_path_factory, canaille):
    """A desk whose client at Canaille is registered for a signed userinfo, and that asks for what is not there."""
    jeton = provided_desk(
        tmp_path_factory.mktemp("desk"), canaille.issuer, SECRET, title="Canaille",
        claims={"groups": "departments"})
    canaille.add_client("jeton", SECRET, jeton.url, "--userinfo-signed-response-alg", "RS256")
    with jeton:
        yield jeton


def test_canaille_signs_its_userinfo(desk, browser):
    await_another_second()
    browser.go("/")
    sign_in(browser)
    assert (browser.path, browser.heading) == ("/tokens", "My tokens")
    assert told(desk) == ["userinfo_jwt"]
