"""Authlib, as a program that somebody writes, at the desk's OAuth endpoints; and what nobody should send there."""

import time

import pytest
import requests
from agents import Callback
from authlib.integrations.requests_client import OAuth2Session
from authlib.oauth2.rfc8414 import AuthorizationServerMetadata
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from consent import person
from jeton import desk_of

CONFIG = """
services:
  git:   { title: Projects over Git, kind: git, url: https://git.example.com/ }
  maven: { title: Maven private repository, url: https://example.com/maven/ }
oauth:
  dynamic_registration: true
  clients:
    reports:
      title: Reports
      redirect_uris: ["http://127.0.0.1/callback"]
      secret_file: FILE
SECRET
"""
SECRET = "a secret of sixteen or more"


@pytest.fixture(scope="module")
def desk(tmp_path_factory):
    file = tmp_path_factory.mktemp("secret") / "secret"
    file.write_text(SECRET + "\n")
    with desk_of(tmp_path_factory, CONFIG.replace("FILE", str(file)).replace("SECRET\n", ""), "alice") as jeton:
        yield jeton


@pytest.fixture(scope="module")
def metadata(desk):
    found = AuthorizationServerMetadata(
        requests.get(desk.url + "/.well-known/oauth-authorization-server", timeout=20).json())
    assert found["issuer"] == desk.url
    for name in ("response_types_supported", "grant_types_supported", "code_challenge_methods_supported",
                 "token_endpoint_auth_methods_supported", "scopes_supported"):
        getattr(found, f"validate_{name}")()
    return found


@pytest.fixture
def callback():
    with Callback() as callback:
        yield callback


def allowed(desk, session, metadata, callback, **options):
    """The address to which the browser came back, after the person agreed."""
    url, state = session.create_authorization_url(
        metadata["authorization_endpoint"], code_verifier="v" * 43, resource="https://git.example.com", **options)
    with person(desk.url) as alice:
        alice.open(url)
        alice.allow()
        address = alice.driver.current_url
    assert address.startswith(callback.url) and callback.server.queries[-1]["iss"] == [desk.url]
    return address


@pytest.mark.parametrize("method", ["client_secret_basic", "client_secret_post"])
def test_authlib_gets_a_token_by_a_code(desk, metadata, callback, method):
    session = OAuth2Session(
        "reports", SECRET, scope="git:read", redirect_uri=callback.url, code_challenge_method="S256",
        token_endpoint_auth_method=method)
    address = allowed(desk, session, metadata, callback)
    token = session.fetch_token(
        metadata["token_endpoint"], authorization_response=address, code_verifier="v" * 43)
    assert (token["token_type"], token["scope"]) == ("Bearer", "git:read")
    assert desk.status(token["access_token"], "git") == 200 and desk.status(token["access_token"]) == 403
    # A code works once, and its second use says that somebody else has it.
    again = requests.post(metadata["token_endpoint"], auth=("reports", SECRET), timeout=20, data={
        "grant_type": "authorization_code", "code": callback.server.queries[-1]["code"][0],
        "redirect_uri": callback.url, "code_verifier": "v" * 43})
    assert (again.status_code, again.json()["error"]) == (400, "invalid_grant")


def test_what_authlib_sends_without_the_proof_or_the_secret_is_refused(desk, metadata, callback):
    session = OAuth2Session(
        "reports", SECRET, scope="git:read", redirect_uri=callback.url, code_challenge_method="S256",
        token_endpoint_auth_method="client_secret_post")
    address = allowed(desk, session, metadata, callback)
    with pytest.raises(Exception, match="invalid_grant"):
        session.fetch_token(metadata["token_endpoint"], authorization_response=address, code_verifier="w" * 43)
    wrong = OAuth2Session("reports", "another secret of sixteen", redirect_uri=callback.url)
    with pytest.raises(Exception, match="invalid_client"):
        wrong.fetch_token(metadata["token_endpoint"], authorization_response=address, code_verifier="v" * 43)


def test_a_registered_client_gets_a_token(desk, metadata, callback):
    registered = requests.post(metadata["registration_endpoint"], timeout=20, json={
        "client_name": "Notebook", "redirect_uris": ["http://127.0.0.1/callback"],
        "token_endpoint_auth_method": "none"}).json()
    session = OAuth2Session(
        registered["client_id"], scope="maven:read git:write", redirect_uri=callback.url, code_challenge_method="S256",
        token_endpoint_auth_method="none")
    address = allowed(desk, session, metadata, callback)
    token = session.fetch_token(
        metadata["token_endpoint"], authorization_response=address, code_verifier="v" * 43)
    assert token["scope"] == "git:write", "the resource is Git's"
    assert desk.status(token["access_token"], "git") == 200 and desk.status(token["access_token"]) == 403


def test_a_device_code_by_authlib(desk, metadata):
    session = OAuth2Session("jeton-git", scope="git:read", token_endpoint_auth_method="none")
    asked = requests.post(metadata["device_authorization_endpoint"], timeout=20, data={
        "client_id": "jeton-git", "scope": "git:read"}).json()

    def poll():
        return session.fetch_token(
            metadata["token_endpoint"], grant_type="urn:ietf:params:oauth:grant-type:device_code",
            device_code=asked["device_code"])

    with pytest.raises(Exception, match="authorization_pending"):
        poll()
    with person(desk.url) as alice:
        alice.open(asked["verification_uri"])
        alice.fill("Code", asked["user_code"])
        alice.click("button", "Continue")
        alice.allow()
    time.sleep(asked["interval"])  # a program that polls sooner is told to slow down
    assert desk.status(poll()["access_token"], "git") == 200


# What nobody should send


NAMES = st.sampled_from([
    "grant_type", "code", "redirect_uri", "code_verifier", "client_id", "client_secret", "device_code", "scope",
    "resource", "audience", "subject_token", "subject_token_type", "assertion", "token", "token_type_hint", "x",
])
VALUES = st.one_of(
    st.text(max_size=60), st.sampled_from([
        "authorization_code", "urn:ietf:params:oauth:grant-type:device_code", "client_credentials", "password",
        "urn:ietf:params:oauth:grant-type:token-exchange", "reports", "jeton-git", "jr_AAAA", "git:read",
        "https://git.example.com", "https://169.254.169.254/x", "http://127.0.0.1/callback", "\x00", "%", "a" * 3000,
        "jtn_0123456789ABCDEFGHIJKLMNOPQRSTUV0gITR2"]))
ENDPOINTS = ["/oauth/token", "/oauth/device", "/oauth/revoke", "/oauth/introspect", "/oauth/register"]


@pytest.mark.parametrize("path", ENDPOINTS)
@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(form=st.lists(st.tuples(NAMES, VALUES), max_size=8), as_json=st.booleans(), login=st.none() | VALUES)
def test_any_form_gets_an_answer_of_oauth(desk, path, form, as_json, login):
    body = {"json": dict(form)} if as_json else {"data": form}
    auth = (login.encode(), b"x") if login is not None and len(login) < 200 else None
    answer = requests.post(desk.url + path, auth=auth, timeout=20, **body)
    assert answer.status_code in (200, 201, 400, 401, 413, 429), (answer.status_code, answer.text)
    if answer.status_code in (400, 401) and answer.headers["Content-Type"] == "application/json":
        told = answer.json()
        assert set(told) >= {"error", "error_description"} and told["error"].replace("_", "").isalpha()
        assert all(0x20 <= ord(character) < 0x7F and character not in '"\\' for character in told["error_description"])
    assert "jtn_0123456789" not in answer.text


def test_the_log_of_all_that_has_no_token_and_no_error(desk):
    log = desk.whole_log()
    assert "jtn_0123456789" not in log and SECRET not in log
    assert '"status":500' not in log
