"""Who was provisioned by SCIM and who may sign in: through oidc-provider-mock, Canaille and Glewlwyd."""

import json

import pytest

from canaille import Canaille
from glewlwyd import Glewlwyd
from jeton import PASSWORD, wait_for
from provided import MockProvider, provided_desk, through_glewlwyd, through_mock
from test_canaille import sign_in
from test_oidc import ALICE, BOB
from test_scim import SCIM

SECRET = "a secret: with % & reserved"


def people(desk):
    return {person["login"]: person for person in json.loads(desk.run("user", "list", "--json").stdout)}


def provisioning(desk):
    desk.add_user("root", "--break-glass")
    return SCIM(desk, desk.make_token("provisioning", "--scope", "jeton:scim", user="root"))


@pytest.fixture
def mock(tmp_path):
    with MockProvider(tmp_path / "provider", [ALICE, BOB]) as provider:
        yield provider


@pytest.mark.parametrize("login", ["a.doe", "alice"])
def test_who_was_suspended_before_the_first_sign_in_gets_no_account(tmp_path, mock, login):
    with provided_desk(tmp_path, mock.issuer, "not a secret") as desk:
        scim = provisioning(desk)
        id = scim.add(login, externalId=ALICE["sub"])
        before = set(people(desk))

        def refused():
            answer, session = through_mock(desk, ALICE["sub"])
            assert answer.status_code == 403
            assert "This account is suspended." in answer.text
            assert not session.cookies.get("jeton-session")
            assert set(people(desk)) == before

        scim.patch(f"/Users/{id}", {"op": "replace", "value": {"active": False}})
        refused()
        scim.patch(f"/Users/{id}", {"op": "replace", "value": {"active": True}})
        desk.run("user", "suspend", login)
        refused()
        desk.run("user", "resume", login)
        answer, _ = through_mock(desk, ALICE["sub"])
        assert (answer.status_code, answer.headers.get("Location")) == (303, "/tokens")
        assert people(desk)[login]["id"] == id
        assert len(people(desk)) == len(before)


def test_only_who_was_provisioned_comes_in(tmp_path, mock):
    with provided_desk(tmp_path, mock.issuer, "not a secret", accounts="provisioned") as desk:
        scim = provisioning(desk)
        id = scim.add("alice", externalId=ALICE["sub"])
        answer, session = through_mock(desk, BOB["sub"])
        assert answer.status_code == 403
        assert "“bob” has no account here" in answer.text
        assert "Ask the people who manage the identity provider" in answer.text
        assert not session.cookies.get("jeton-session")
        assert set(people(desk)) == {"root", "alice"}
        answer, _ = through_mock(desk, ALICE["sub"])
        assert answer.status_code == 303
        assert people(desk)["alice"]["id"] == id
        # Once Bob is assigned at the provider, he comes in.
        scim.add("bob", externalId=BOB["sub"])
        assert through_mock(desk, BOB["sub"])[0].status_code == 303


def test_an_account_that_no_provisioning_knows_is_told_to_the_administrator(tmp_path, mock):
    with provided_desk(tmp_path, mock.issuer, "not a secret", admin_groups=["desk-admins"]) as desk:
        scim = provisioning(desk)
        scim.add("alice", externalId=ALICE["sub"])
        _, administrator = through_mock(desk, ALICE["sub"])
        assert "not provisioned" not in administrator.get(desk.url + "/admin/people").text
        assert through_mock(desk, BOB["sub"])[0].status_code == 303
        wait_for(lambda: "jeton: warning: “bob” signed in and has an account now" in desk.log.read_text())
        assert administrator.get(desk.url + "/admin/people").text.count("not provisioned") == 1
        assert "has an account that SCIM did not provision" in administrator.get(desk.url + "/admin/events").text
        scim.patch(f"/Users/{people(desk)['bob']['id']}", {"op": "replace", "value": {"externalId": BOB["sub"]}})
        assert "not provisioned" not in administrator.get(desk.url + "/admin/people").text


def test_glewlwyd(tmp_path):
    """Its `sub` is made up for each client, so that the login is what finds a person."""
    with Glewlwyd(tmp_path / "glewlwyd") as provider:
        desk = provided_desk(
            tmp_path, provider.issuer, "glewlwyd's secret", accounts="provisioned",
            token_endpoint_auth_method="client_secret_post")
        for login, name in (("alice", "Alice Doe"), ("bob", "Bob Ray")):
            provider.add_user(login, PASSWORD, name, f"{login}@example.com")
        provider.add_client("jeton", "glewlwyd's secret", desk.url)
        with desk:
            scim = provisioning(desk)
            id = scim.add("alice", active=False)
            answer, _ = through_glewlwyd(desk, provider, "alice", PASSWORD)
            assert answer.status_code == 403
            assert "This account is suspended." in answer.text
            answer, _ = through_glewlwyd(desk, provider, "bob", PASSWORD)
            assert answer.status_code == 403
            assert "“bob” has no account here" in answer.text
            assert set(people(desk)) == {"root", "alice"}
            scim.patch(f"/Users/{id}", {"op": "replace", "value": {"active": True}})
            answer, _ = through_glewlwyd(desk, provider, "alice", PASSWORD)
            assert answer.status_code == 303
            assert people(desk)["alice"]["id"] == id


@pytest.fixture(scope="module")
def canaille(tmp_path_factory):
    with Canaille(tmp_path_factory.mktemp("canaille"),
                  "[CANAILLE_SCIM]\nENABLE_SERVER = true\nENABLE_CLIENT = true\n") as provider:
        yield provider


@pytest.fixture(scope="module")
def desk(tmp_path_factory, canaille):
    """A desk as the guide has it: Canaille signs people in and provisions them."""
    jeton = provided_desk(
        tmp_path_factory.mktemp("desk"), canaille.issuer, SECRET, title="Canaille", accounts="provisioned",
        claims={"login": "sub"}, scopes=["openid", "profile", "email", "groups"])
    canaille.add_client("jeton", SECRET, jeton.url)
    with jeton:
        jeton.scim = provisioning(jeton)
        secret = jeton.make_token("canaille", "--scope", "jeton:scim", user="root")
        canaille.run("create", "client", "--client-id", "desk", "--client-name", "Jeton",
                     "--client-uri", jeton.scim.url)
        canaille.run("create", "token", "--quiet", "--client", "desk", "--token-id", "provisioning",
                     "--access-token", secret, "--type", "access_token", "--issue-date",
                     "2026-01-01T00:00:00+00:00", "--lifetime", "999999999", "--audience", "desk")
        # Everybody has a display name of their own choosing, which is no login.
        for login, name in (("alice", "Alice Doe"), ("bob", "Bob Ray"), ("carol", "Carol Roe")):
            canaille.add_user(login, PASSWORD, name, f"{login}@example.com", "--display-name", f"{name} (she)")
        yield jeton


def test_canaille_signs_in_whom_it_provisioned(desk, browser):
    id = desk.scim.find('userName eq "alice"')[0]["id"]
    browser.go("/")
    sign_in(browser, "alice")
    assert browser.path == "/tokens", browser.text
    found = people(desk)
    assert found["alice"]["id"] == id
    assert set(found) == {"root", "alice", "bob", "carol"}


def test_whom_an_administrator_suspended_canaille_does_not_bring_in(desk, browser):
    desk.run("user", "suspend", "carol")
    browser.go("/")
    sign_in(browser, "carol")
    assert browser.heading == "Sign-in failed"
    assert "This account is suspended." in browser.text
    assert set(people(desk)) == {"root", "alice", "bob", "carol"}
    browser.check()


def test_who_is_gone_here_stays_out_though_canaille_lets_them_in(desk, browser):
    (bob,) = desk.scim.find('userName eq "bob"')
    desk.scim.send("DELETE", f"/Users/{bob['id']}", expected=204)
    browser.go("/")
    sign_in(browser, "bob")
    assert browser.heading == "Sign-in failed"
    assert "“bob” has no account here" in browser.text
    assert "bob" not in people(desk)
    browser.check()
