"""What it costs to trade the identity of a CI job for a token: one at a time, and a thousand jobs that start at once, on
both engines."""

import base64
import concurrent.futures
import contextlib
import http.client
import itertools
import json
import subprocess
import threading
import time
import urllib.parse

from load import Broken
from machine import LOAD_CORE, SERVER_CORE, on_core
from organisation import SETTINGS, PostgreSQL
from rounds import Row, median
from servers import BINARY
from strangers import Desk

#: How many jobs start at once, and on how many connections their trades come.
JOBS, CONNECTIONS = 1000, 32
#: The most milliseconds of a processor for one trade, and the most seconds for all of those jobs.
COST, SPAN = 5, 1.0
#: The trust rules that each identity is compared with.
RULES = 50
ISSUER, FORM = "https://ci.example.com", {"Content-Type": "application/x-www-form-urlencoded"}
ASSERTION = "urn:ietf:params:oauth:grant-type:jwt-bearer"

_numbers = itertools.count(1)


def encoded(data):
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


class Signer:
    """An RSA key that OpenSSL keeps, with its public half in a file."""

    def __init__(self, folder):
        folder.mkdir(parents=True, exist_ok=True)
        self.key, self.keys = folder / "key.pem", folder / "keys.json"
        subprocess.run(["openssl", "genrsa", "-out", self.key, "2048"], check=True, capture_output=True)
        modulus = subprocess.run(
            ["openssl", "rsa", "-in", self.key, "-noout", "-modulus"], check=True, capture_output=True, text=True)
        number = bytes.fromhex(modulus.stdout.strip().removeprefix("Modulus="))
        self.keys.write_text(json.dumps({"keys": [
            {"kty": "RSA", "kid": "bench", "n": encoded(number), "e": "AQAB"}]}))

    def identity(self, audience):
        """An identity as GitHub issues it, with as many claims."""
        now, number = int(time.time()), next(_numbers)
        claims = {
            "iss": ISSUER, "aud": audience, "iat": now, "nbf": now, "exp": now + 900, "jti": f"bench-{number}",
            "sub": "repo:acme/app:environment:release", "repository": "acme/app", "repository_id": "74",
            "repository_owner": "acme", "repository_owner_id": "65", "environment": "release", "run_id": str(number),
            "workflow_ref": "acme/app/.github/workflows/release.yml@refs/tags/v1", "ref": "refs/tags/v1",
            **{f"other_{index}": "x" * 20 for index in range(16)}}
        head = encoded(json.dumps({"alg": "RS256", "typ": "JWT", "kid": "bench"}).encode())
        text = f"{head}.{encoded(json.dumps(claims).encode())}"
        signed = subprocess.run(
            ["openssl", "dgst", "-sha256", "-sign", self.key], input=text.encode(), check=True, capture_output=True)
        return f"{text}.{encoded(signed.stdout)}"


class Trader(Desk):
    """A desk that takes those identities, with many rules, of which the last one matches."""

    def __init__(self, folder, signer, ledger=None, cores=(SERVER_CORE, LOAD_CORE)):
        super().__init__(folder, BINARY, cores)
        self.configuration = self.folder / "jeton.yaml"
        self.folder.mkdir(parents=True, exist_ok=True)
        self.configuration.write_text(json.dumps({
            "public_url": "https://tokens.example.com", "services": {"maven": {"title": "Maven"}},
            "federation": {"ci": {"issuer": ISSUER, "kind": "github", "jwks_file": str(signer.keys)}},
            **({"ledger": ledger} if ledger else {})}))

    @property
    def command(self):
        return [*super().command, "--config", self.configuration]

    def run(self, *arguments, text=""):
        result = subprocess.run(
            [BINARY, *arguments, "--data", self.folder / "data", "--config", self.configuration], input=text,
            capture_output=True, text=True, timeout=60)
        if result.returncode:
            raise Broken(f"jeton {arguments}: {result.stderr}")

    def prepare(self):
        self.run("user", "add", "alice", "--group", "build-team", text="correct horse battery staple\n")
        self.run("account", "add", "bot-app", "--purpose", "Builds", "--owners", "build-team")
        for number in range(RULES):
            self.run("trust", "add", "--account", "bot-app", "--name", f"rule {number}", "--issuer", "ci", "--claim",
                     f"repository_id={74 if number == RULES - 1 else 1000 + number}", "--claim", "environment=release",
                     "--scope", "maven:write")


def trade(connection, body):
    connection.request("POST", "/oauth/token", body=body, headers=FORM)
    answer = connection.getresponse()
    content = answer.read()
    if answer.status != 200:
        raise Broken(f"a trade: {answer.status} {content[:300]}")


def bodies(signer, count):
    """So many requests, each with an identity of its own."""
    with concurrent.futures.ThreadPoolExecutor(4) as pool:
        identities = pool.map(lambda _: signer.identity("https://tokens.example.com"), range(count))
        return [urllib.parse.urlencode({"grant_type": ASSERTION, "assertion": identity}) for identity in identities]


def alone(desk, prepared):
    """The milliseconds of a processor that a trade takes, one after the other."""
    with contextlib.closing(http.client.HTTPConnection("127.0.0.1", desk.port, timeout=60)) as connection:
        trade(connection, prepared[0])
        before = desk.processor_time
        for body in prepared[1:]:
            trade(connection, body)
        return (desk.processor_time - before) / 1000 / (len(prepared) - 1)


def together(desk, prepared):
    """The seconds in which all of these trades are answered, on many connections."""
    shares = [prepared[start::CONNECTIONS] for start in range(CONNECTIONS)]
    begin, broken = threading.Barrier(CONNECTIONS + 1), []

    def run(share):
        connection = http.client.HTTPConnection("127.0.0.1", desk.port, timeout=60)
        connection.connect()
        begin.wait()
        try:
            for body in share:
                trade(connection, body)
        except (Broken, OSError) as error:
            broken.append(error)
        connection.close()

    threads = [threading.Thread(target=run, args=[share]) for share in shares]
    for thread in threads:
        thread.start()
    begin.wait()
    began = time.monotonic()
    for thread in threads:
        thread.join()
    if broken:
        raise Broken(f"{len(broken)} connections: {broken[0]}")
    return time.monotonic() - began


def measured(desk, signer, rounds):
    desk.prepare()
    costs, spans = [], []
    for _ in range(rounds):
        costs.append(alone(desk, bodies(signer, 100)))
        spans.append(together(desk, bodies(signer, JOBS)))
    return median(costs), median(spans)


def trades(bench):
    """What a trade costs, and how long a thousand jobs wait that start at once."""
    signer, rows = Signer(bench.run / "signer"), []
    with on_core(SERVER_CORE, LOAD_CORE), PostgreSQL(fsync="on", synchronous_commit="on", **SETTINGS) as server:
        for engine, ledger in (("SQLite", None), ("PostgreSQL", server.address())):
            with Trader(bench.run / f"trades-{engine}", signer, ledger) as desk:
                cost, span = measured(desk, signer, max(bench.rounds, 3))
            rows += [
                Row(f"a trade on {engine}, of a processor", f"{cost:.2f} ms", "", cost, COST, True, " ms"),
                Row(f"{JOBS:,} jobs that start at once on {engine}", f"{span:.2f} s", "", span, SPAN, True, " s")]
    return rows
