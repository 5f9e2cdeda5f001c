"""A transmitter of Shared Signals (SSF 1.0), which is the identity provider's side."""

import base64
import json
import time
import urllib.parse
import uuid
from http.server import BaseHTTPRequestHandler

import jwt
import requests
from cryptography.hazmat.primitives.asymmetric import ec, rsa

from service import Listening, Server

SECEVENT = "https://schemas.openid.net/secevent/"
CAEP = SECEVENT + "caep/event-type/"
RISC = SECEVENT + "risc/event-type/"
SSF = SECEVENT + "ssf/event-type/"
AUDIENCE = "https://jeton.example/signals"


def encoded(value):
    return base64.urlsafe_b64encode(json.dumps(value).encode()).rstrip(b"=").decode()


class Key:
    """A key that signs, by default RSA with 2048 bits."""

    def __init__(self, name, algorithm="RS256", bits=2048):
        self.name, self.algorithm = name, algorithm
        self.private = (
            ec.generate_private_key(ec.SECP256R1()) if algorithm == "ES256"
            else rsa.generate_private_key(public_exponent=65537, key_size=bits))

    @property
    def public(self):
        kind = jwt.algorithms.ECAlgorithm if self.algorithm == "ES256" else jwt.algorithms.RSAAlgorithm
        return {**json.loads(kind.to_jwk(self.private.public_key())), "kid": self.name, "use": "sig"}

    def sign(self, claims, **headers):
        header = {"typ": "secevent+jwt", "kid": self.name, **headers}
        if header["typ"] is None:
            # PyJWT writes a type of its own unless it is given an empty one, which it leaves out.
            header["typ"] = ""
        return jwt.encode(claims, self.private, self.algorithm, headers=header)


class Transmitter(Listening):
    """A transmitter on a free loopback port, with stream management, push and poll.

    `answers` replaces answers by path: status, media type, body. `waiting` are the sets that a poll gets, by jti, and
    `errors` what the receiver said of those that it refused.
    """

    def __init__(self, subject_issuer=None):
        self.server = Server(("127.0.0.1", 0), _Handler)
        self.server.transmitter = self
        self.issuer = f"http://127.0.0.1:{self.port}"
        self.subject_issuer = subject_issuer or self.issuer
        self.key = Key("first")
        self.keys = [self.key]
        self.answers = {}
        self.requests = []
        self.stream = None
        self.status = "enabled"
        self.waiting = {}
        self.errors = {}
        self.state = lambda state: state

    def subject(self, sub):
        return {"format": "iss_sub", "iss": self.subject_issuer, "sub": sub}

    def claims(self, event, subject, /, **more):
        """The claims of a set; `event` is its type, or a pair of type and members. None leaves a claim out."""
        kind, members = event if isinstance(event, tuple) else (event, {})
        claims = {
            "iss": self.issuer, "aud": AUDIENCE, "iat": int(time.time()), "jti": uuid.uuid4().hex,
            "sub_id": subject, "events": {kind: {"event_timestamp": int(time.time()), **members}}, **more}
        return {name: value for name, value in claims.items() if value is not None}

    def set(self, event, subject, /, **more):
        return self.key.sign(self.claims(event, subject, **more))

    def push(self, desk, token, authorization="Bearer of the transmitter", media_type="application/secevent+jwt"):
        headers = {"Content-Type": media_type, "Accept": "application/json"}
        if authorization:
            headers["Authorization"] = authorization
        return requests.post(desk.url + "/signals", data=token, headers=headers, timeout=30)

    def send(self, desk, event, subject, /, **more):
        """Pushes a set that has to be taken."""
        answer = self.push(desk, self.set(event, subject, **more))
        assert (answer.status_code, answer.content) == (202, b""), answer.text
        return answer

    def verification(self, state):
        subject = {"format": "opaque", "id": self.stream["stream_id"]}
        return self.set((SSF + "verification", {"state": self.state(state)}), subject)


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def handle_any(self):
        transmitter = self.server.transmitter
        path = self.path.split("?")[0]
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        transmitter.requests.append((self.command, self.path, dict(self.headers), body))
        if path in transmitter.answers:
            return self.answer(*transmitter.answers[path])
        method = getattr(self, self.command.lower() + path.replace("/", "_").replace(".", "").replace("-", "_"), None)
        if not method:
            return self.answer(404, "text/plain", b"")
        if path.startswith("/ssf") and self.headers.get("Authorization") != "Bearer access":
            return self.answer(401, "application/json", b"{}")
        method(transmitter, body)

    do_GET = do_POST = do_PATCH = handle_any

    def answer(self, status, media_type="application/json", content=b""):
        if not isinstance(content, bytes):
            content = json.dumps(content).encode()
        self.send_response(status)
        self.send_header("Content-Type", media_type)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def json(self, status, value):
        self.answer(status, "application/json", value)

    def log_message(self, *_):
        pass

    # What it says of itself

    def get_well_known_ssf_configuration(self, transmitter, _):
        base = transmitter.issuer
        self.json(200, {
            "spec_version": "1_0", "issuer": base, "jwks_uri": base + "/keys",
            "delivery_methods_supported": ["urn:ietf:rfc:8935", "urn:ietf:rfc:8936"],
            "configuration_endpoint": base + "/ssf/streams", "status_endpoint": base + "/ssf/status",
            "verification_endpoint": base + "/ssf/verify", "critical_subject_members": ["warehouse"],
            "authorization_schemes": [{"spec_urn": "urn:ietf:rfc:6749"}], "default_subjects": "ALL"})

    def get_keys(self, transmitter, _):
        self.json(200, {"keys": [key.public for key in transmitter.keys]})

    def get_well_known_openid_configuration(self, transmitter, _):
        self.json(200, {"issuer": transmitter.issuer, "token_endpoint": transmitter.issuer + "/token"})

    def post_token(self, _, body):
        form = urllib.parse.parse_qs(body.decode())
        basic = base64.b64encode(b"receiver:client%20secret").decode()
        if self.headers.get("Authorization") != f"Basic {basic}":
            return self.json(401, {"error": "invalid_client"})
        assert form == {"grant_type": ["client_credentials"], "scope": ["ssf.manage ssf.read"]}
        self.json(200, {"access_token": "access", "token_type": "Bearer", "expires_in": 3600})

    # Stream management

    def post_ssf_streams(self, transmitter, body):
        if transmitter.stream:
            return self.json(409, {"err": "stream_exists"})
        self.configure(transmitter, json.loads(body), 201)

    def patch_ssf_streams(self, transmitter, body):
        asked = json.loads(body)
        if asked["stream_id"] != transmitter.stream["stream_id"]:
            return self.json(404, {})
        self.configure(transmitter, asked, 200)

    def configure(self, transmitter, asked, status):
        delivery = asked["delivery"]
        if delivery["method"] == "urn:ietf:rfc:8936":
            delivery["endpoint_url"] = transmitter.issuer + "/ssf/poll"
        transmitter.stream = {
            "stream_id": transmitter.stream["stream_id"] if transmitter.stream else "stream-1",
            "iss": transmitter.issuer, "aud": [AUDIENCE], "delivery": delivery,
            "events_requested": asked["events_requested"], "events_delivered": asked["events_requested"]}
        self.json(status, transmitter.stream)

    def get_ssf_streams(self, transmitter, _):
        self.json(200, [transmitter.stream])

    def get_ssf_status(self, transmitter, _):
        self.json(200, {"stream_id": "stream-1", "status": transmitter.status})

    def post_ssf_verify(self, transmitter, body):
        token = transmitter.verification(json.loads(body)["state"])
        delivery = transmitter.stream["delivery"]
        if delivery["method"] == "urn:ietf:rfc:8936":
            transmitter.waiting[json.loads(base64.urlsafe_b64decode(token.split(".")[1] + "=="))["jti"]] = token
        else:
            requests.post(
                delivery["endpoint_url"], data=token, timeout=30, headers={
                    "Content-Type": "application/secevent+jwt",
                    "Authorization": delivery.get("authorization_header", "")})
        self.answer(204)

    # Poll (RFC 8936)

    def post_ssf_poll(self, transmitter, body):
        asked = json.loads(body)
        for jti in asked.get("ack", []):
            transmitter.waiting.pop(jti, None)
        for jti, error in asked.get("setErrs", {}).items():
            transmitter.errors[jti] = error
            transmitter.waiting.pop(jti, None)
        end = time.monotonic() + (0 if asked["returnImmediately"] else 5)
        while not transmitter.waiting and time.monotonic() < end:
            time.sleep(0.02)
        self.json(200, {"sets": dict(list(transmitter.waiting.items())[:asked["maxEvents"]]), "moreAvailable": False})
