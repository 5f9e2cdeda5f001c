"""Issuers of job identities: GitHub Actions, GitLab and a cluster, as far as identities go."""

import json
import time
import uuid
from http.server import BaseHTTPRequestHandler

import jwt
import requests
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa

from service import Listening, Server

EXCHANGE = "urn:ietf:params:oauth:grant-type:token-exchange"
ASSERTION = "urn:ietf:params:oauth:grant-type:jwt-bearer"
JWT = "urn:ietf:params:oauth:token-type:jwt"
ACCESS_TOKEN = "urn:ietf:params:oauth:token-type:access_token"


class Key:
    """A key that signs identities."""

    def __init__(self, name, algorithm="RS256"):
        self.name, self.algorithm = name, algorithm
        self.private = {
            "RS256": lambda: rsa.generate_private_key(public_exponent=65537, key_size=2048),
            "ES256": lambda: ec.generate_private_key(ec.SECP256R1()),
            "EdDSA": ed25519.Ed25519PrivateKey.generate}[algorithm]()

    @property
    def public(self):
        kind = {"RS256": jwt.algorithms.RSAAlgorithm, "ES256": jwt.algorithms.ECAlgorithm,
                "EdDSA": jwt.algorithms.OKPAlgorithm}[self.algorithm]
        return {**json.loads(kind.to_jwk(self.private.public_key())), "kid": self.name, "use": "sig"}

    def sign(self, claims, **headers):
        """`claims` signed. A header that is None is left out."""
        header = {"typ": "JWT", "kid": self.name, **headers}
        if header["typ"] is None:
            header["typ"] = ""
        if header["kid"] is None:
            del header["kid"]
        return jwt.encode(claims, self.private, self.algorithm, headers=header)


class Issuer(Listening):
    """An issuer on a free loopback port, with a discovery document and its keys."""

    def __init__(self, algorithm="RS256"):
        self.server = Server(("127.0.0.1", 0), _Handler)
        self.server.issuer = self
        self.issuer = f"http://127.0.0.1:{self.port}"
        self.key = Key("first", algorithm)
        self.keys = [self.key]
        self.fetched = []

    def claims(self, audience, /, **more):
        """Claims that every identity has. None leaves one out."""
        now = int(time.time())
        claims = {"iss": self.issuer, "aud": audience, "sub": "job", "iat": now, "nbf": now, "exp": now + 300,
                  "jti": uuid.uuid4().hex, **more}
        return {name: value for name, value in claims.items() if value is not None}

    def identity(self, audience, /, **more):
        return self.key.sign(self.claims(audience, **more))


def github(**more):
    """What GitHub Actions says of a job that a tag started."""
    return {
        "sub": "repo:acme/app:environment:release", "repository": "acme/app", "repository_id": "74",
        "repository_owner": "acme", "repository_owner_id": "65", "repository_visibility": "private",
        "workflow": "release", "workflow_ref": "acme/app/.github/workflows/release.yml@refs/tags/v1.2",
        "job_workflow_ref": "acme/app/.github/workflows/release.yml@refs/tags/v1.2", "environment": "release",
        "ref": "refs/tags/v1.2", "ref_type": "tag", "ref_protected": "true", "event_name": "push", "run_id": "991",
        "run_number": "12", "run_attempt": "1", "runner_environment": "github-hosted", "actor": "alice",
        "actor_id": "12", "sha": "0" * 40, **more}


def gitlab(**more):
    """What GitLab says of a job of a protected branch."""
    return {
        "sub": "project_path:acme/lib:ref_type:branch:ref:main", "namespace_id": "72", "namespace_path": "acme",
        "project_id": "20", "project_path": "acme/lib", "user_id": "1", "user_login": "alice", "pipeline_id": "574",
        "pipeline_source": "push", "job_id": "302", "ref": "main", "ref_type": "branch", "ref_protected": "true",
        "runner_environment": "self-hosted", "ci_config_ref_uri": "gitlab.test/acme/lib//.gitlab-ci.yml@refs/heads/main",
        **more}


def kubernetes(**more):
    """What a cluster says of a pod's service account, which has no `jti` there."""
    return {
        "jti": None, "sub": "system:serviceaccount:build:runner",
        "kubernetes.io": {
            "namespace": "build", "pod": {"name": "runner-7", "uid": "0e2c"},
            "serviceaccount": {"name": "runner", "uid": "8f1d"}}, **more}


def trade(desk, identity, **more):
    """Trades an identity by token exchange. Returns the answer."""
    form = {"grant_type": EXCHANGE, "subject_token": identity, "subject_token_type": JWT, **more}
    return requests.post(desk.url + "/oauth/token", data={k: v for k, v in form.items() if v is not None}, timeout=30)


def traded(desk, identity, **more):
    """The token that an identity is traded for."""
    answer = trade(desk, identity, **more)
    assert answer.status_code == 200, answer.text
    return answer.json()["access_token"]


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self):
        issuer = self.server.issuer
        issuer.fetched.append(self.path)
        documents = {
            "/.well-known/openid-configuration": {"issuer": issuer.issuer, "jwks_uri": issuer.issuer + "/keys"},
            "/keys": {"keys": [key.public for key in issuer.keys]}}
        document = documents.get(self.path)
        body = json.dumps(document or {}).encode()
        self.send_response(200 if document else 404)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass
