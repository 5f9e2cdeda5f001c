"""Signals of the identity provider (SSF, CAEP, RISC), from a transmitter of the tests' own: pushed and fetched."""

import contextlib
import json
import subprocess
import threading
import time
import uuid

import pytest
import requests

from jeton import BINARY, PASSWORD, Jeton, hidden_fields, wait_for
from postgresql import PostgreSQL
from provided import MockProvider, through_mock
from test_revoke_race import verify_until
from test_scim import SCIM
from transmitter import AUDIENCE, CAEP, RISC, SSF, Key, Transmitter, encoded

CONNECTIONS = 32
PEOPLE = [{"sub": "00u1", "preferred_username": "alice", "email": "alice@example.com", "email_verified": True},
          {"sub": "00u2", "preferred_username": "bob", "email": "bob@example.com", "email_verified": True}]
ACTS = {"session_revoked": "dormant", "credential_change": "end-sessions", "credential_compromise": "revoke",
        "risk_level_change": "pause"}


def configured(folder, transmitter, provider=None, ledger=None, **signals):
    """A desk that takes that transmitter's signals, not started yet."""
    folder.mkdir(parents=True, exist_ok=True)
    desk = Jeton(folder, config=folder / "jeton.yaml")
    (folder / "secret").write_text("client secret\n")
    (folder / "authorization").write_text("Bearer of the transmitter\n")
    section = {
        "issuer": transmitter.issuer, "audience": AUDIENCE, "authorization_file": str(folder / "authorization"),
        "subject_issuer": transmitter.subject_issuer, "acts": ACTS, **signals}
    sign_in = {"oidc": {"issuer": provider, "client_id": "jeton", "client_secret_file": str(folder / "secret")}}
    desk.config.write_text(json.dumps({
        "public_url": desk.url, "metrics": {"listen": desk.address}, "signals": section, "services": {"maven": {"title": "Maven"}},
        **({"sign_in": sign_in} if provider else {}), **({"ledger": ledger} if ledger else {})}))
    return desk


def stream(**more):
    return {"client_id": "receiver", **more}


@pytest.fixture(scope="module")
def provider(tmp_path_factory):
    with MockProvider(tmp_path_factory.mktemp("provider"), PEOPLE) as provider:
        yield provider


@pytest.fixture(scope="module")
def transmitter(provider):
    with Transmitter(provider.issuer) as transmitter:
        yield transmitter


@pytest.fixture(scope="module")
def desk(tmp_path_factory, transmitter, provider):
    with configured(tmp_path_factory.mktemp("desk"), transmitter, provider.issuer) as desk:
        desk.add_user("root", "--break-glass", "--admin")
        yield desk


@pytest.fixture(scope="module")
def scim(desk):
    return SCIM(desk, desk.make_token("provisioning", "--scope", "jeton:scim", user="root"))


class Person:
    """A new person of the provider's, with a token."""

    def __init__(self, desk, scim, transmitter):
        self.desk, self.sub = desk, uuid.uuid4().hex
        self.login = "p" + self.sub[:8]
        self.id = scim.add(self.login, externalId=self.sub, emails=[{"value": f"{self.login}@example.com"}])
        self.token = desk.make_token("ci", user=self.login)
        self.subject = transmitter.subject(self.sub)
        assert desk.status(self.token) == 200

    def reason(self):
        answer = self.desk.verify(headers={"Authorization": f"Bearer {self.token}"})
        return answer.status_code, answer.headers.get("X-Jeton-Reason")


@pytest.fixture
def person(desk, scim, transmitter):
    return Person(desk, scim, transmitter)


def events(desk, *kinds):
    listed = desk.run("events", *(word for kind in kinds for word in ("--kind", kind)), "--json").stdout
    return [json.loads(line) for line in listed.splitlines()]


def last_signal(desk):
    return max(events(desk, "signal_received"), key=lambda event: event["id"])["detail"]


# What each does


def test_a_session_that_is_revoked_leaves_tokens_dormant_until_the_next_sign_in(desk, transmitter):
    _, browser = through_mock(desk, "00u1")
    token = desk.make_token("ci", user="alice")
    assert desk.status(token) == 200
    transmitter.send(
        desk, (CAEP + "session-revoked", {"reason_admin": {"en": "Landspeed policy\u202e violation"}}),
        transmitter.subject("00u1"))
    refused = desk.verify(headers={"Authorization": f"Bearer {token}"})
    assert (refused.status_code, refused.headers["X-Jeton-Reason"]) == (403, "sign_in_needed")
    assert browser.get(desk.url + "/tokens", allow_redirects=False).status_code == 303, "the session has ended"
    assert last_signal(desk) == (
        "session-revoked: 1 session ended, tokens dormant until the next sign-in "
        "(the provider says: Landspeed policy  violation)")
    _, browser = through_mock(desk, "00u1")
    assert desk.status(token) == 200
    assert "dormant" not in browser.get(desk.url + "/tokens").text


def test_dormancy_survives_a_restart(tmp_path, transmitter, provider):
    with configured(tmp_path, transmitter, provider.issuer) as desk:
        through_mock(desk, "00u2")
        token = desk.make_token("ci", user="bob")
        sent = transmitter.set(CAEP + "session-revoked", transmitter.subject("00u2"))
        assert transmitter.push(desk, sent).status_code == 202
        desk.kill()
        desk.start()
        assert desk.status(token) == 403
        _, browser = through_mock(desk, "00u2")
        assert desk.status(token) == 200
        assert transmitter.push(desk, sent).status_code == 202, "one that came before is acknowledged again"
        assert desk.status(token) == 200, "and does nothing, also after a restart"


def test_pause_and_revoke(desk, transmitter, person):
    low = {"principal": "USER", "current_level": "LOW", "previous_level": "HIGH"}
    transmitter.send(desk, (CAEP + "risk-level-change", low), person.subject)
    assert person.reason() == (200, None)
    assert "noted, nothing done (the level is LOW)" in last_signal(desk)
    transmitter.send(desk, (CAEP + "risk-level-change", {**low, "current_level": "HIGH"}), person.subject)
    assert person.reason() == (403, "paused")
    desk.run("token", "resume", "--name", "ci", "--user", person.login)
    assert person.reason() == (200, None)
    transmitter.send(desk, (RISC + "credential-compromise", {"credential_type": "password"}), person.subject)
    assert person.reason() == (401, "revoked")
    shown = json.loads(desk.run("token", "list", "--user", person.login, "--all", "--json").stdout)
    assert "by_signal" in json.dumps(shown)


def test_accounts_follow_as_by_scim(desk, scim, transmitter, person):
    transmitter.send(desk, (RISC + "account-disabled", {"reason": "hijacking"}), person.subject)
    assert person.reason() == (403, "owner_suspended")
    assert last_signal(desk) == "account-disabled: deactivated, 0 sessions ended (the provider says: hijacking)"
    assert scim.send("GET", f"/Users/{person.id}")["active"] is False
    transmitter.send(desk, RISC + "account-enabled", person.subject)
    assert person.reason() == (200, None)
    assert scim.send("GET", f"/Users/{person.id}")["active"] is True
    transmitter.send(desk, RISC + "account-purged", person.subject)
    assert person.reason() == (401, "revoked")
    scim.send("GET", f"/Users/{person.id}", expected=404)
    transmitter.send(desk, RISC + "account-enabled", person.subject)
    assert person.reason() == (401, "revoked")
    assert "nobody here is meant" in last_signal(desk)


def test_an_administrators_suspension_stays(desk, transmitter, person):
    desk.run("user", "suspend", person.login)
    transmitter.send(desk, RISC + "account-disabled", person.subject)
    transmitter.send(desk, RISC + "account-enabled", person.subject)
    assert person.reason() == (403, "owner_suspended")


@pytest.mark.parametrize("subject, said", [
    (lambda t, p: {"format": "complex", "user": p.subject, "tenant": {"format": "opaque", "id": "t"}}, None),
    (lambda t, p: {"format": "complex", "user": p.subject, "colour": {"format": "opaque", "id": "red"}}, None),
    (lambda t, p: {"format": "complex", "user": p.subject, "device": {"format": "opaque", "id": "d"}},
     "limited to a device"),
    (lambda t, p: {"format": "complex", "user": p.subject, "warehouse": {"format": "opaque", "id": "w"}},
     "the member warehouse"),
    (lambda t, p: {"format": "email", "email": f"{p.login}@example.com"}, "`signals.email_subjects` does not allow"),
    (lambda t, p: {**p.subject, "iss": "https://other.example"}, "of another issuer"),
    (lambda t, p: {"format": "opaque", "id": p.sub}, "opaque"),
    (lambda t, p: {"format": "phone_number", "phone_number": "+12065550100"}, "the format phone_number"),
], ids=["tenant", "not critical", "device", "critical", "email", "other issuer", "opaque", "phone"])
def test_whom_a_subject_names(desk, transmitter, person, subject, said):
    transmitter.send(desk, CAEP + "session-revoked", subject(transmitter, person))
    assert person.reason() == ((200, None) if said else (403, "sign_in_needed"))
    assert (said or "dormant") in last_signal(desk)


def test_an_email_address_where_it_is_allowed(tmp_path, transmitter, provider):
    with configured(tmp_path, transmitter, provider.issuer, email_subjects=True) as desk:
        desk.add_user("root", "--break-glass", "--admin")
        scim = SCIM(desk, desk.make_token("provisioning", "--scope", "jeton:scim", user="root"))
        person = Person(desk, scim, transmitter)
        subject = {"format": "email", "email": f"{person.login}@EXAMPLE.com"}
        transmitter.send(desk, CAEP + "session-revoked", subject)
        assert person.reason() == (403, "sign_in_needed")


def test_one_session_of_several(desk, transmitter):
    """An event that is limited to a session that is not of this desk ends no other."""
    _, browser = through_mock(desk, "00u2")
    subject = {"format": "complex", "user": transmitter.subject("00u2"), "session": {"format": "opaque", "id": "none"}}
    transmitter.send(desk, (CAEP + "credential-change", {"credential_type": "password", "change_type": "update"}), subject)
    assert browser.get(desk.url + "/tokens", allow_redirects=False).status_code == 200
    transmitter.send(desk, CAEP + "credential-change", transmitter.subject("00u2"))
    assert browser.get(desk.url + "/tokens", allow_redirects=False).status_code == 303


# What is refused


def forged(transmitter, claims, header):
    return f"{encoded({'typ': 'secevent+jwt', **header})}.{encoded(claims)}."


def hmac(transmitter, claims):
    import hashlib
    import hmac as mac
    import base64
    signed = f"{encoded({'typ': 'secevent+jwt', 'alg': 'HS256', 'kid': 'first'})}.{encoded(claims)}"
    secret = json.dumps(transmitter.key.public).encode()
    code = mac.new(secret, signed.encode(), hashlib.sha256).digest()
    return f"{signed}.{base64.urlsafe_b64encode(code).rstrip(b'=').decode()}"


NEGATIVE = {
    "no typ": ("invalid_request", "typ", lambda t, c: t.key.sign(c, typ=None)),
    "typ JWT": ("invalid_request", "typ", lambda t, c: t.key.sign(c, typ="JWT")),
    "exp": ("invalid_request", "`exp`", lambda t, c: t.key.sign({**c, "exp": int(time.time()) + 60})),
    "sub": ("invalid_request", "`sub`", lambda t, c: t.key.sign({**c, "sub": "00u1"})),
    "no jti": ("invalid_request", "jti", lambda t, c: t.key.sign({**c, "jti": ""})),
    "no iat": ("invalid_request", "iat", lambda t, c: t.key.sign({k: v for k, v in c.items() if k != "iat"})),
    "future iat": ("invalid_request", "future", lambda t, c: t.key.sign({**c, "iat": int(time.time()) + 600})),
    "old iat": ("invalid_request", "days ago", lambda t, c: t.key.sign({**c, "iat": int(time.time()) - 31 * 86400})),
    "none": ("invalid_key", "not signed", lambda t, c: forged(t, c, {"alg": "none"})),
    "HS256": ("invalid_key", "algorithm", hmac),
    "RS512": ("invalid_key", "algorithm", lambda t, c: __import__("jwt").encode(
        c, t.key.private, "RS512", headers={"typ": "secevent+jwt", "kid": "first"})),
    "other issuer": ("invalid_issuer", "iss", lambda t, c: t.key.sign({**c, "iss": "https://other.example"})),
    "other audience": ("invalid_audience", "aud", lambda t, c: t.key.sign({**c, "aud": ["https://other.example"]})),
    "two events": ("invalid_request", "exactly one", lambda t, c: t.key.sign(
        {**c, "events": {**c["events"], RISC + "account-purged": {}}})),
    "no event": ("invalid_request", "exactly one", lambda t, c: t.key.sign({**c, "events": {}})),
    "no subject": ("invalid_request", "sub_id", lambda t, c: t.key.sign({k: v for k, v in c.items() if k != "sub_id"})),
    "unknown kid": ("invalid_key", "not among", lambda t, c: Key("unknown").sign(c)),
    "another's signature": ("invalid_key", "signature", lambda t, c: Key("first").sign(c)),
    "not a JWS": ("invalid_request", "compact form", lambda t, c: json.dumps(c)),
    "an HTML page": ("invalid_request", "compact form", lambda t, c: "<!DOCTYPE html><title>Sign in</title>"),
    "nothing": ("invalid_request", "compact form", lambda t, c: ""),
}


@pytest.mark.parametrize("name", NEGATIVE)
def test_what_is_refused(desk, transmitter, person, name):
    code, said, make = NEGATIVE[name]
    pushed = make(transmitter, transmitter.claims(CAEP + "session-revoked", person.subject))
    answer = transmitter.push(desk, pushed)
    if answer.status_code == 503:  # the keys were asked for a moment ago, by another test
        time.sleep(int(answer.headers["Retry-After"]) + 1)
        answer = transmitter.push(desk, pushed)
    assert (answer.status_code, answer.headers["Content-Type"]) == (400, "application/json"), answer.text
    assert answer.headers["Content-Language"] == "en"
    assert answer.json()["err"] == code
    assert said in answer.json()["description"]
    assert person.reason() == (200, None)


@pytest.mark.parametrize("options", [{"authorization": None}, {"authorization": "Bearer another"}])
def test_a_push_without_the_right_header(desk, transmitter, person, options):
    answer = transmitter.push(desk, transmitter.set(CAEP + "session-revoked", person.subject), **options)
    assert (answer.status_code, answer.json()["err"]) == (400, "authentication_failed")
    assert "Bearer of the transmitter" not in answer.text
    assert person.reason() == (200, None)


def test_another_media_type(desk, transmitter, person):
    token = transmitter.set(CAEP + "session-revoked", person.subject)
    answer = transmitter.push(desk, token, media_type="application/json")
    assert (answer.status_code, answer.json()["err"]) == (400, "invalid_request")


def test_a_megabyte_and_another_method(desk, transmitter):
    assert transmitter.push(desk, b"e" * (1 << 20)).status_code == 413
    assert transmitter.push(desk, b"e" * (64 << 10)).json()["err"] == "invalid_request"
    answer = requests.get(desk.url + "/signals", timeout=30)
    assert (answer.status_code, answer.headers["Allow"]) == (405, "POST")


def test_the_same_twice_does_nothing_again(desk, transmitter, person):
    token = transmitter.set(RISC + "account-disabled", person.subject)
    assert transmitter.push(desk, token).status_code == 202
    transmitter.send(desk, RISC + "account-enabled", person.subject)
    answer = transmitter.push(desk, token)
    assert (answer.status_code, answer.content) == (202, b"")
    assert person.reason() == (200, None)


def test_an_audience_in_a_list_and_the_long_type(desk, transmitter, person):
    claims = transmitter.claims(CAEP + "session-revoked", person.subject, aud=["https://other.example", AUDIENCE])
    long = transmitter.key.sign(claims, typ="application/secevent+JWT")
    assert transmitter.push(desk, long).status_code == 202
    assert person.reason() == (403, "sign_in_needed")


def test_a_new_key_is_fetched(tmp_path, transmitter, provider):
    with configured(tmp_path, transmitter, provider.issuer) as desk:
        through_mock(desk, "00u1")
        token = desk.make_token("ci", user="alice")
        transmitter.send(desk, (CAEP + "risk-level-change", {"current_level": "LOW"}), transmitter.subject("00u1"))
        curve = Key("rotated", "ES256")
        transmitter.keys.append(curve)
        sent = curve.sign(transmitter.claims(CAEP + "session-revoked", transmitter.subject("00u1")))
        early = transmitter.push(desk, sent)
        assert early.status_code == 503, "the keys were fetched before this one was made"
        wait_for(lambda: transmitter.push(desk, sent).status_code == 202, every=1)
        assert desk.status(token) == 403
        fetches = len([1 for request in transmitter.requests if request[1] == "/keys"])
        for _ in range(20):
            answer = transmitter.push(
                desk, Key("made up").sign(transmitter.claims(CAEP + "session-revoked", transmitter.subject("00u1"))))
            assert answer.json()["err"] in ("invalid_key", "temporarily_unavailable")
            assert answer.status_code == 400 or answer.headers["Retry-After"] == "10"
        fetched = len([1 for request in transmitter.requests if request[1] == "/keys"])
        assert fetched <= fetches + 1, "at most once in ten seconds"


@pytest.mark.parametrize("path", ["/keys", "/.well-known/ssf-configuration"])
def test_an_html_page_in_place_of_keys_is_told_to_try_again(tmp_path, provider, path):
    with Transmitter(provider.issuer) as transmitter, configured(tmp_path, transmitter, provider.issuer) as desk:
        transmitter.answers[path] = (200, "text/html", b"<!DOCTYPE html><title>Sign in</title>")
        answer = transmitter.push(desk, transmitter.set(CAEP + "session-revoked", transmitter.subject("00u1")))
        assert (answer.status_code, answer.headers["Retry-After"]) == (503, "5")
        assert answer.json()["err"] == "temporarily_unavailable"


# Under load


def race(desk, verified, transmitter, token, subject, connections):
    """Returns the statuses of what was asked after the signal was answered, of all connections."""
    over, logs, threads = threading.Event(), [], []
    for number in range(connections):
        log = []
        logs.append(log)
        server = verified[number % len(verified)]
        threads.append(threading.Thread(target=verify_until, args=(server, token, over, log)))
        threads[-1].start()
    wait_for(lambda: all(logs), seconds=60)
    began = time.monotonic()
    transmitter.send(desk, CAEP + "session-revoked", subject)
    answered = time.monotonic()
    wait_for(lambda: all(log[-1][1] == 403 and log[-1][0] > answered for log in logs), seconds=60)
    over.set()
    for thread in threads:
        thread.join()
    assert all(log[0][1] == 200 for log in logs), "each connection began with a grant"
    first = min(sent for log in logs for sent, status in log if status == 403)
    last = max((sent for log in logs for sent, status in log if status == 200), default=began)
    print(f"answered after {(answered - began) * 1000:.0f} ms, first refusal {(first - began) * 1000:.0f} ms after the "
          f"signal was sent, last grant {(last - answered) * 1000:.0f} ms from the answer")
    return first - began, last - answered


def test_no_grant_is_seen_after_a_signal_was_answered(desk, scim, transmitter):
    for _ in range(3):
        person = Person(desk, scim, transmitter)
        first, last = race(desk, [desk], transmitter, person.token, person.subject, CONNECTIONS)
        assert first < 1
        assert last <= 0, "a grant was asked for after the signal was answered"


def test_two_nodes_on_postgresql(tmp_path, transmitter, provider):
    with PostgreSQL() as server, contextlib.ExitStack() as stack:
        nodes = [configured(tmp_path / name, transmitter, provider.issuer, ledger=server.address()) for name in "ab"]
        for node in nodes:
            stack.enter_context(node)
        a, b = nodes
        a.add_user("root", "--break-glass", "--admin")
        scim = SCIM(a, a.make_token("provisioning", "--scope", "jeton:scim", user="root"))
        person = Person(a, scim, transmitter)
        wait_for(lambda: b.status(person.token) == 200)
        first, last = race(a, nodes, transmitter, person.token, person.subject, 16)
        assert first < 1 and last < 1
        token = transmitter.set(RISC + "account-disabled", person.subject)
        assert transmitter.push(a, token).status_code == 202
        transmitter.send(a, RISC + "account-enabled", person.subject)
        assert transmitter.push(b, token).status_code == 202, "what one node took, the other knows"
        assert scim.send("GET", f"/Users/{person.id}")["active"] is True


# Stream management and poll


def test_a_stream_is_set_up_and_verified(tmp_path, provider):
    with Transmitter(provider.issuer) as transmitter:
        secret = {"client_secret_file": str(tmp_path / "secret")}
        with configured(tmp_path, transmitter, provider.issuer, stream=stream(**secret)) as desk:
            transmitter.stream = {"stream_id": "stream-1"}
            early = desk.run("signals", "verify", check=False)
            assert (early.returncode, "jeton signals set-up" in early.stderr) == (1, True)
            for _ in range(2):
                answer = json.loads(desk.run("signals", "set-up", "--json").stdout)
                assert (answer["stream_id"], answer["status"]) == ("stream-1", "enabled")
            assert transmitter.stream["delivery"] == {
                "method": "urn:ietf:rfc:8935", "endpoint_url": desk.url + "/signals",
                "authorization_header": "Bearer of the transmitter"}
            assert [request[0] for request in transmitter.requests if request[1] == "/ssf/streams"] == [
                "POST", "GET", "PATCH", "PATCH"]
            assert "verified:" in desk.run("signals", "verify").stdout
            transmitter.state = lambda _: "another state"
            before = desk.run("signals", "status").stdout
            assert "stream-1" in before and "session-revoked" in before
            transmitter.status = "paused"
            assert json.loads(desk.run("signals", "status", "--ask", "--json").stdout)["status"] == "paused"
            wrong = transmitter.push(desk, transmitter.verification("x"))
            assert (wrong.status_code, wrong.json()["err"]) == (400, "invalid_state")
            transmitter.send(desk, (SSF + "stream-updated", {"status": "disabled"}),
                             {"format": "opaque", "id": "stream-1"})
            assert json.loads(desk.run("signals", "status", "--json").stdout)["status"] == "disabled"
            other = transmitter.push(desk, transmitter.set(
                (SSF + "stream-updated", {"status": "enabled"}), {"format": "opaque", "id": "stream-2"}))
            assert (other.status_code, "another stream" in other.text) == (400, True)
            assert json.loads(desk.run("signals", "status", "--json").stdout)["status"] == "disabled"
            transmitter.answers["/ssf/streams"] = (200, "text/html", b"<!DOCTYPE html><title>Sign in</title>")
            page = desk.run("signals", "set-up", check=False)
            assert (page.returncode, "not a JSON object" in page.stderr) == (1, True)
            (tmp_path / "secret").write_text("another\n")
            for text in (desk.whole_log(), before):
                assert "client secret" not in text and "of the transmitter" not in text


def test_a_stream_that_was_paused_shows_after_a_start(tmp_path, provider):
    with Transmitter(provider.issuer) as transmitter:
        managed = stream(client_secret_file=str(tmp_path / "secret"))
        desk = configured(tmp_path, transmitter, provider.issuer, stream=managed)
        with desk:
            desk.run("signals", "set-up")
            transmitter.status = "paused"
            desk.stop()
            desk.start()
            wait_for(lambda: "the stream of signals is paused" in desk.log.read_text())
            assert json.loads(desk.run("signals", "status", "--json").stdout)["status"] == "paused"


def test_signals_are_fetched_and_acknowledged(tmp_path, provider):
    with Transmitter(provider.issuer) as transmitter:
        polls = stream(client_secret_file=str(tmp_path / "secret"), delivery="poll")
        with configured(tmp_path, transmitter, provider.issuer, stream=polls) as desk:
            through_mock(desk, "00u1")
            token = desk.make_token("ci", user="alice")
            desk.run("signals", "set-up")
            good = transmitter.claims(CAEP + "session-revoked", transmitter.subject("00u1"))
            bad = transmitter.claims(CAEP + "session-revoked", transmitter.subject("00u1"), exp=int(time.time()))
            transmitter.waiting[bad["jti"]] = transmitter.key.sign(bad)
            transmitter.waiting[good["jti"]] = transmitter.key.sign(good)
            wait_for(lambda: desk.status(token) == 403)
            wait_for(lambda: not transmitter.waiting)
            assert transmitter.errors[bad["jti"]]["err"] == "invalid_request"
            assert len(transmitter.errors) == 1
            assert "verified:" in desk.run("signals", "verify").stdout
            # What was not acknowledged when the server was killed comes again, and does nothing.
            through_mock(desk, "00u1")
            desk.kill()
            transmitter.waiting[good["jti"]] = transmitter.key.sign(good)
            desk.start()
            wait_for(lambda: not transmitter.waiting)
            assert desk.status(token) == 200
            began = time.monotonic()
            assert desk.stop() == 0
            assert time.monotonic() - began < 4, "a request that the transmitter holds delays no stop"


def test_a_fetched_signal_by_a_new_key_is_not_lost(tmp_path, provider):
    with Transmitter(provider.issuer) as transmitter:
        polls = stream(client_secret_file=str(tmp_path / "secret"), delivery="poll")
        with configured(tmp_path, transmitter, provider.issuer, stream=polls) as desk:
            through_mock(desk, "00u1")
            token = desk.make_token("ci", user="alice")
            desk.run("signals", "set-up")
            transmitter.waiting["a"] = transmitter.set(CAEP + "risk-level-change", transmitter.subject("00u1"))
            wait_for(lambda: not transmitter.waiting)
            polled = len(transmitter.requests)
            curve = Key("rotated", "ES256")
            transmitter.keys.append(curve)
            transmitter.waiting["b"] = curve.sign(
                transmitter.claims(CAEP + "session-revoked", transmitter.subject("00u1")))
            wait_for(lambda: desk.status(token) == 403, seconds=40)
            assert not transmitter.errors
            assert len(transmitter.requests) - polled < 20, "with pauses while the keys cannot be asked for again"


def test_an_address_to_poll_that_is_not_https(tmp_path, provider):
    with Transmitter(provider.issuer) as transmitter:
        polls = stream(client_secret_file=str(tmp_path / "secret"), delivery="poll")
        with configured(tmp_path, transmitter, provider.issuer, stream=polls) as desk:
            answer = {"stream_id": "stream-1", "delivery": {
                "method": "urn:ietf:rfc:8936", "endpoint_url": "http://poll.example/ssf"}}
            transmitter.answers["/ssf/streams"] = (201, "application/json", json.dumps(answer).encode())
            refused = desk.run("signals", "set-up", check=False)
            assert (refused.returncode, "is not https" in refused.stderr) == (1, True), refused.stderr


# What people see


def test_pages_and_metrics(desk, transmitter, person):
    transmitter.send(desk, CAEP + "session-revoked", person.subject)
    transmitter.push(desk, "not a token")
    browser = requests.Session()
    page = browser.get(desk.url + "/?local", timeout=30)
    form = {**hidden_fields(page.text, "/sign-in"), "login": "root", "password": PASSWORD}
    browser.post(desk.url + "/sign-in", data=form, headers={"Origin": desk.url}, timeout=30)
    policy = browser.get(desk.url + "/admin/policy").text
    assert "Signals of the identity provider" in policy
    assert "A signal was refused" in policy
    assert "tokens are dormant until the next sign-in" in policy
    shown = browser.get(desk.url + f"/admin/people/{person.id}").text
    assert "session-revoked: 0 sessions ended, tokens dormant until the next sign-in" in shown
    metrics = requests.get(desk.url + "/metrics", timeout=30).text
    assert 'jeton_signals_received_total{event="session-revoked"}' in metrics
    assert 'jeton_signals_refused_total{err="invalid_request"}' in metrics


def test_the_card_on_the_page(desk, transmitter, person, browser):
    transmitter.send(desk, CAEP + "session-revoked", person.subject)
    transmitter.push(desk, "not a token")
    browser.go("/?local")
    browser.fill("Login or e-mail address", "root")
    browser.fill("Password", PASSWORD)
    browser.click("button", "Sign in")
    browser.go("/admin/policy")
    for theme in ("light", "dark"):
        for width in (1280, 390):
            browser.show(theme, width)
            browser.check()
    browser.click("a", "Signals among the events")
    assert "sent a signal about" in browser.text


@pytest.mark.parametrize("section, said", [
    ({"issuer": "https://idp.example"}, "`signals.audience` is required"),
    ({"audience": "x"}, "`signals.issuer` is required"),
    ({"issuer": "https://idp.example", "audience": "x"}, "`signals.subject_issuer` is required"),
    ({"issuer": "http://idp.example", "audience": "x"}, "expected an https address"),
    ({"issuer": "https://idp.example", "audience": "x", "subject_issuer": "https://idp.example",
      "acts": {"account_enabled": "revoke"}}, "expected one of note, reactivate"),
    ({"issuer": "https://idp.example", "audience": "x", "subject_issuer": "https://idp.example",
      "stream": {"delivery": "poll"}}, "`signals.stream.client_id` is required"),
])
def test_check_config(tmp_path, section, said):
    config = tmp_path / "jeton.yaml"
    config.write_text(json.dumps({"signals": section}))
    checked = subprocess.run(
        [BINARY, "check-config", "--config", config], capture_output=True, text=True, timeout=30)
    assert checked.returncode == 2
    assert said in checked.stderr


def test_check_config_says_whose_signals_are_taken(tmp_path):
    config = tmp_path / "jeton.yaml"
    config.write_text(json.dumps({"public_url": "https://desk.example", "signals": {
        "issuer": "https://idp.example", "audience": "x", "subject_issuer": "https://idp.example"}}))
    checked = subprocess.run([BINARY, "check-config", "--config", config], capture_output=True, text=True, timeout=30)
    assert (checked.returncode, checked.stderr) == (0, "")
    assert "signals     pushed by https://idp.example" in checked.stdout


def test_nothing_is_taken_where_it_is_not_configured(tmp_path):
    with Jeton(tmp_path) as desk:
        assert requests.post(desk.url + "/signals", data="x", timeout=30).status_code == 404
        status = desk.run("signals", "status", check=False)
        assert (status.returncode, "signals.issuer" in status.stderr) == (1, True)
