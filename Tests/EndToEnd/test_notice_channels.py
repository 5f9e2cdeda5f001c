"""The ways by which notices go: mail servers with TLS, logins and bad days, and webhooks as others verify them."""

import base64
import contextlib
import json
import subprocess

import pytest
from cloudevents.core.bindings.http import HTTPMessage, from_http
from cloudevents.core.formats.json import JSONFormat
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from standardwebhooks import Webhook

from jeton import Jeton, free_port
from receivers import Endpoint, Mailbox

OLD, NEW = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", "whsec_" + base64.b64encode(b"n" * 32).decode()
SEED = bytes(range(32))


@pytest.fixture(scope="module")
def pair(tmp_path_factory):
    """A certificate of localhost, and its key."""
    folder = tmp_path_factory.mktemp("pair")
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=localhost",
         "-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1", "-keyout", folder / "key.pem", "-out", folder / "cert.pem"],
        check=True, capture_output=True)
    return folder / "cert.pem", folder / "key.pem"


@contextlib.contextmanager
def desk(folder, **notices):
    folder.mkdir(exist_ok=True)
    (folder / "jeton.yaml").write_text(json.dumps({"notices": notices}))
    with Jeton(folder, config=folder / "jeton.yaml") as jeton:
        yield jeton


def secret_file(folder, name, text):
    (folder / name).write_text(text + "\n")
    return str(folder / name)


def test(jeton, *arguments):
    """What a test message was answered."""
    result = jeton.run("notices", "test", *arguments, check=False)
    assert "a long mail password" not in result.stdout + result.stderr
    return (result.stdout or result.stderr.removeprefix("jeton: ")).strip()


test.__test__ = False

MAIL_SERVERS = {
    "starttls, login": (dict(auth=True), dict(security="starttls"), Mailbox.PASSWORD, "mail: it was taken"),
    "tls, login": (dict(tls=True, auth=True), dict(security="tls"), Mailbox.PASSWORD, "mail: it was taken"),
    "wrong password": (dict(auth=True), dict(security="starttls"), "wrong", "the mail server refuses the login"),
    "no login": (dict(auth=True), dict(security="starttls"), None, "the mail server asks for a login (530)"),
    "a certificate of nobody": (dict(), dict(security="starttls", ca_file=None), None, "certificate problem"),
    "tls where there is none": (dict(), dict(security="tls"), None, "mail: "),
}


@pytest.mark.parametrize("case", MAIL_SERVERS)
def test_a_mail_server_is_spoken_to_as_configured(tmp_path, pair, case):
    server, options, password, answer = MAIL_SERVERS[case]
    with Mailbox(free_port(), pair=pair, **server) as mail:
        mail_options = {"server": f"localhost:{mail.port}", "from": "Jeton <tokens@desk.example>", "ca_file": str(pair[0])} | options
        if mail_options["ca_file"] is None:
            del mail_options["ca_file"]
        if password:
            mail_options |= {"login": Mailbox.LOGIN, "password_file": secret_file(tmp_path, "password", password)}
        with desk(tmp_path / "desk", mail=mail_options) as jeton:
            told = test(jeton, "--to", "bob@example.com")
        assert answer in told
        assert len(mail.mails) == (told == "mail: it was taken")
        for received in mail.mails:
            assert received.message["Auto-Submitted"] == "auto-generated" and received.message["Message-ID"]
            assert received.text and received.html and not received.message.defects


def test_starttls_is_not_left_out_where_the_server_does_not_offer_it(tmp_path):
    with Mailbox(free_port()) as mail, desk(
        tmp_path, mail={"server": f"localhost:{mail.port}", "security": "starttls", "from": "t@desk.example"}) as jeton:
        assert "STARTTLS" in test(jeton, "--to", "bob@example.com") and not mail.mails


def test_each_refusal_of_a_mail_server_is_told(tmp_path):
    with Mailbox(free_port()) as mail, desk(
        tmp_path, mail={"server": f"localhost:{mail.port}", "security": "none", "from": "t@desk.example"}) as jeton:
        for where, answer in (("answers", "451 4.3.0 later"), ("answers", "552 5.3.4 too large"), ("recipients", "450 busy")):
            setattr(mail, where, [answer])
            assert f"refuses the mail with status {answer[:3]}" in test(jeton, "--to", "bob@example.com")
        mail.cuts = 1
        assert "mail: " in test(jeton, "--to", "bob@example.com")
        mail.senders = ["550 not you"]
        assert "refuses mail from this sender with status 550" in test(jeton, "--to", "bob@example.com")
        assert not mail.mails
        assert test(jeton, "--to", "bob@example.com") == "mail: it was taken"


def test_webhooks_are_verified_by_the_libraries_of_others(tmp_path, pair):
    with Endpoint(free_port(), pair=pair) as hook:
        common = {"url": hook.url, "ca_file": str(pair[0])}
        with desk(tmp_path / "desk", webhooks={
            "both": common | {
                "secret_file": secret_file(tmp_path, "new", NEW), "previous_secret_file": secret_file(tmp_path, "old", OLD)},
            "events": common | {"secret_file": secret_file(tmp_path, "new2", NEW), "format": "cloudevents"},
            "public": common | {
                "secret_file": secret_file(tmp_path, "seed", "whsk_" + base64.b64encode(SEED).decode())},
            "untrusted": {"url": hook.url, "secret_file": secret_file(tmp_path, "new3", NEW)},
        }) as jeton:
            assert test(jeton, "--endpoint", "both") == "both: it was taken"
            both = hook.hooks[-1]
            for key in (OLD, NEW):
                assert Webhook(key).verify(both.body, both.headers)["type"] == "desk.test"
            test(jeton, "--endpoint", "events")
            event = from_http(HTTPMessage(headers=hook.hooks[-1].headers, body=hook.hooks[-1].body), JSONFormat())
            assert (event.get_type(), event.get_source(), event.get_specversion()) == ("jeton.desk.test", jeton.url, "1.0")
            Webhook(NEW).verify(hook.hooks[-1].body, hook.hooks[-1].headers)
            test(jeton, "--endpoint", "public")
            headers, body = hook.hooks[-1].headers, hook.hooks[-1].body
            version, signature = headers["webhook-signature"].split(",")
            assert version == "v1a"
            Ed25519PrivateKey.from_private_bytes(SEED).public_key().verify(
                base64.b64decode(signature), f"{headers['webhook-id']}.{headers['webhook-timestamp']}.".encode() + body)
            before = len(hook.hooks)
            assert "certificate problem" in test(jeton, "--endpoint", "untrusted") and len(hook.hooks) == before


@pytest.mark.parametrize("answer, told", [
    (410, "the endpoint is gone (410)"), ((429, {"Retry-After": "120"}), "status 429"), (500, "status 500"),
    ((301, {"Location": "http://127.0.0.1:1/"}), "redirect"), ("reset", "reset"), (400, "status 400"),
])
def test_what_an_endpoint_answers_is_told(tmp_path, answer, told):
    with Endpoint(free_port()) as hook, desk(
        tmp_path, webhooks={"ops": {"url": hook.url, "secret_file": secret_file(tmp_path, "secret", NEW)}}) as jeton:
        hook.answers = [answer]
        assert told in test(jeton, "--endpoint", "ops") and len(hook.hooks) == 1
