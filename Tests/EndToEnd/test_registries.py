"""Clients of registries publish by a job's identity and sign in in the browser, unmodified, at registries that know
nothing of it, behind nginx with the lines of docs/protect/registries.md."""

import base64
import contextlib
import hashlib
import json
import re
import secrets
import subprocess
import sys
import time
import urllib.parse
from http.server import BaseHTTPRequestHandler

import pytest
import requests

from authority import Authority
from consent import person, program
from issuer import Issuer, github, gitlab
from jeton import ROOT, Jeton, accepts, free_port, wait_for
from proxies import BIN, PROXIES, Running
from service import Listening, Server
from test_clients import run, wheel

PAGE = ROOT / "docs/protect/registries.md"

# The registries, which know nothing of identities


class Packages(Listening):
    """A registry of npm packages: it takes what is put, and writes down who the proxy says it is from."""

    def __init__(self):
        self.published = {}
        self.asked = []
        registry = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def answer(self):
                body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
                registry.asked.append((self.command, self.path, self.headers.get("Authorization")))
                if self.command == "PUT":
                    registry.published[urllib.parse.unquote(self.path)] = (
                        self.headers["Remote-User"], json.loads(body))
                    return self.say(201, {"ok": True})
                if self.path == "/-/whoami":
                    return self.say(200, {"username": self.headers["Remote-User"]})
                return self.say(404, {"error": "not found"})

            def say(self, status, value):
                content = json.dumps(value).encode()
                self.send_response(status)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(content)))
                self.end_headers()
                self.wfile.write(content)

            do_GET = do_PUT = do_POST = answer

            def log_message(self, *_):
                pass

        self.server = Server(("127.0.0.1", 0), Handler)


class Index:
    """pypiserver, which takes every upload that reaches it."""

    def __init__(self, folder):
        self.folder = folder
        self.port = free_port()

    def __enter__(self):
        self.process = subprocess.Popen(
            [sys.executable, "-m", "pypiserver", "run", "--interface", "127.0.0.1", "--port", str(self.port),
             "--server", "wsgiref", "--disable-fallback", "--authenticate", ".", "--passwords", ".", str(self.folder)],
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        wait_for(lambda: accepts(self.port))
        return self

    def __exit__(self, *_):
        self.process.terminate()
        self.process.wait(timeout=10)


def block(name):
    """The lines of the page that begin with that name."""
    return re.search(rf"```\w+\n# {re.escape(name)}\n(.*?)```", PAGE.read_text(), re.S)[1]


class Registry(Running):
    """nginx in front of a registry at `localhost`, by https, with the lines of both pages."""

    def __init__(self, folder, authority, **options):
        super().__init__(PROXIES[0], folder, **options)
        self.authority = authority

    @property
    def url(self):
        return f"https://localhost:{self.port}"

    def blocks(self, text):
        """With the page's lines in it."""
        return text.replace("    location / {", f"{block('registry.conf')}\n    location / {{", 1)

    def written(self, text):
        certificate, key = self.authority.pair("localhost")
        text = self.blocks(text)
        text = text.replace("listen 127.0.0.1:8081;", (
            f"listen 127.0.0.1:8081 ssl; ssl_certificate {certificate}; ssl_certificate_key {key};"))
        return super().written(text).replace("/oauth/dialects/default", f"/oauth/dialects/{self.name}")

    def _is_ready(self):
        assert self.process.poll() is None, self.log.read_text()
        return accepts(self.port)

    def ask(self, method, path, **options):
        return requests.request(
            method, self.url + path, verify=self.authority.certificate, timeout=20, **options)


class BelowPath(Registry):
    """The same with a registry below a path."""

    def blocks(self, text):
        text = text.replace("server {", block("below.conf") + "\nserver {", 1)
        return text.replace("    location / {", f"{block('npm.conf')}\n    location / {{", 1).replace(
            "/oauth/dialects/npm", f"/oauth/dialects/{self.name}")


class BehindCaddy(Running):
    """Caddy, by plain http."""

    def __init__(self, folder, **options):
        super().__init__(next(each for each in PROXIES if each.name == "caddy-2.11"), folder, **options)

    def written(self, text):
        text = text.replace("\t\tforward_auth", block("registry") + "\n\t\tforward_auth", 1)
        return super().written(text).replace("/oauth/dialects/default", f"/oauth/dialects/{self.name}")


class House:
    """A desk that knows two issuers, and both registries in front of which it stands."""

    SERVICES = ("pypi", "npm", "cargo", "below")

    def __init__(self, folder, stack):
        self.folder = folder
        self.authority = Authority(folder)
        self.github = stack.enter_context(Issuer())
        self.gitlab = stack.enter_context(Issuer())
        (folder / "pypi").mkdir()
        self.index = stack.enter_context(Index(folder / "pypi"))
        self.packages = stack.enter_context(Packages())
        behind = {"pypi": self.index.port, "npm": self.packages.port, "cargo": self.packages.port, "below": self.packages.port}
        fronts = {
            name: (BelowPath if name == "below" else Registry)(
                folder / f"nginx-{name}", self.authority, jeton=0, service=behind[name], name=name)
            for name in self.SERVICES}
        self.desk = stack.enter_context(self.make_desk({name: front.url for name, front in fronts.items()}))
        for front in fronts.values():
            front.ports[8080] = self.desk.port
            stack.enter_context(front)
        self.pypi, self.npm, self.cargo, self.below = fronts.values()
        self.desk.run("account", "add", "bot-app", "--purpose", "Releases", "--steward", "alice", "--steward", "bob")

    def make_desk(self, urls):
        desk = Jeton(self.folder, config=self.folder / "jeton.yaml")
        more = {
            "npm": ", kind: npm, paths: ['/@*/*', '/*']", "pypi": ", kind: pypi, writes: { only_from: [ci] }"}
        urls["below"] += "/npm"
        services = [
            f"  {name}: {{ title: The {name}, url: '{url}/'{more.get(name, '')} }}" for name, url in urls.items()]
        (self.folder / "jeton.yaml").write_text("\n".join([
            f"public_url: {desk.url}", "services:", *services, "federation:",
            f"  github: {{ kind: github, issuer: '{self.github.issuer}' }}",
            f"  gitlab: {{ kind: gitlab, issuer: '{self.gitlab.issuer}' }}", ""]))
        desk.add_user("alice")
        desk.add_user("bob")
        return desk

    def trusts(self, name, issuer, *scopes, claim="repository_id=74"):
        options = [part for scope in scopes for part in ("--scope", scope)]
        self.desk.run("trust", "add", "--account", "bot-app", "--name", name, "--issuer", issuer, "--claim", claim, *options)

    def tokens(self):
        """The tokens of the account, also those that have ended, the newest first."""
        return json.loads(self.desk.run("token", "list", "--user", "bot-app", "--all", "--json").stdout)


@pytest.fixture(scope="module")
def house(tmp_path_factory):
    with contextlib.ExitStack() as stack:
        house = House(tmp_path_factory.mktemp("house"), stack)
        house.trusts("github", "github", "pypi:write", "npm:write", "cargo:write", "below:write")
        house.trusts("gitlab", "gitlab", "pypi:write", "npm:write", claim="project_id=20")
        yield house


# A job's identity


class GitHub(Listening):
    """Where a job of GitHub's asks for its identity, as a runner has it."""

    def __init__(self, issuer, claims):
        runner = self
        self.secret = secrets.token_urlsafe()
        self.audiences = []

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self):
                if self.headers["Authorization"].lower() != f"bearer {runner.secret}".lower():
                    return self.send_error(401)
                query = urllib.parse.parse_qs(urllib.parse.urlsplit(self.path).query)
                [audience] = query["audience"]
                runner.audiences.append(audience)
                content = json.dumps({"value": issuer.identity(audience, **claims)}).encode()
                self.send_response(200)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(content)))
                self.end_headers()
                self.wfile.write(content)

            def log_message(self, *_):
                pass

        self.server = Server(("127.0.0.1", 0), Handler)

    @property
    def environment(self):
        return {
            "GITHUB_ACTIONS": "true", "CI": "true",
            "ACTIONS_ID_TOKEN_REQUEST_URL": f"http://127.0.0.1:{self.port}/token?api-version=2.0",
            "ACTIONS_ID_TOKEN_REQUEST_TOKEN": self.secret}


@pytest.fixture
def runner(house):
    with GitHub(house.github, github()) as runner:
        yield runner


# Python


def uv_publish(house, folder, version, *options, **environment):
    file = wheel(folder, version)
    return run(
        folder, str(BIN / "uv"), "publish", "--no-config", "--no-cache", "--publish-url", house.pypi.url + "/", *options,
        str(file), **house.authority.environment, UV_HTTP_RETRIES="0", **environment)


def has(house, version):
    return (house.index.folder / f"greeting-{version}-py3-none-any.whl").exists()


def test_uv_publishes_in_github_by_itself_and_burns_its_token(house, tmp_path, runner):
    published = uv_publish(house, tmp_path, "1.0", **runner.environment)
    assert published.returncode == 0, published.stderr
    assert has(house, "1.0")
    assert runner.audiences == ["localhost"]
    token = house.tokens()[0]
    assert token["scopes"] == ["pypi:write"] and token["state"] == "revoked", token
    said = [line for line in published.stdout.splitlines() if not line.startswith("::add-mask::")]
    assert not any("jtn_" in text for text in (*said, published.stderr, house.desk.whole_log()))


def test_uv_publishes_in_gitlab(house, tmp_path):
    identity = house.gitlab.identity("localhost", **gitlab())
    published = uv_publish(
        house, tmp_path, "1.1", "--trusted-publishing", "always", GITLAB_CI="true", LOCALHOST_ID_TOKEN=identity)
    assert published.returncode == 0, published.stderr
    assert has(house, "1.1") and house.tokens()[0]["state"] == "revoked"
    again = uv_publish(
        house, tmp_path, "1.2", "--trusted-publishing", "always", GITLAB_CI="true", LOCALHOST_ID_TOKEN=identity)
    assert again.returncode != 0 and not has(house, "1.2"), "an identity is for one token"


def test_a_laptop_publishes_nothing(house, tmp_path):
    """Not even with a token that may write: `writes: { only_from: [ci] }`."""
    token = house.desk.make_token("laptop", "--scope", "pypi:write")
    assert house.desk.status(token, "pypi") == 200
    refused = uv_publish(house, tmp_path, "1.3", "--username", "__token__", "--password", token)
    assert refused.returncode != 0 and "403" in refused.stderr and not has(house, "1.3"), refused.stderr


def test_another_repository_publishes_nothing(house, tmp_path):
    with GitHub(house.github, github(repository_id="75")) as runner:
        refused = uv_publish(house, tmp_path, "1.4", "--trusted-publishing", "always", **runner.environment)
    assert refused.returncode != 0 and not has(house, "1.4")
    assert "no trust rule matches this identity" in refused.stderr, refused.stderr


def minted(house, identity):
    return house.pypi.ask("POST", "/_/oidc/mint-token", json={"token": identity})


def test_the_endpoints_of_python(house):
    assert house.pypi.ask("GET", "/_/oidc/audience").json() == {"audience": "localhost"}
    before = int(time.time())
    answer = minted(house, house.github.identity(house.desk.url, **github()))
    assert answer.status_code == 200 and answer.headers["Cache-Control"] == "no-store"
    given = answer.json()
    assert given.keys() == {"success", "token", "expires"} and given["success"] is True
    assert before + 880 <= given["expires"] <= time.time() + 901
    assert house.desk.status(given["token"], "pypi") == 200
    assert house.desk.status(given["token"], "npm") == 403, "it is for this service alone"
    assert house.pypi.ask("POST", "/_/oidc/burn-token", json={"token": given["token"]}).status_code == 200
    assert house.desk.status(given["token"], "pypi") == 401
    assert house.pypi.ask("POST", "/_/oidc/burn-token", json={"token": given["token"]}).status_code == 200


@pytest.mark.parametrize("claims, code, words", [
    ({"aud": "somebody else"}, "invalid-token", "for somebody else (aud)"),
    ({"repository_id": "75"}, "invalid-publisher", "no trust rule matches"),
    ({"exp": 1_000_000_000, "iat": 999_999_000}, "invalid-token", "has expired"),
    ({"event_name": "pull_request_target"}, "invalid-token", "pull_request_target"),
])
def test_refusals_are_those_of_pythons_index(house, claims, code, words):
    claims = dict(claims)
    answer = minted(house, house.github.identity(claims.pop("aud", house.desk.url), **github(**claims)))
    assert answer.status_code == 422
    assert answer.json()["message"] == "Token request failed"
    [error] = answer.json()["errors"]
    assert error["code"] == code and words in error["description"]


@pytest.mark.parametrize("body, status, code", [
    (b"", 400, "invalid-payload"), (b"[]", 400, "invalid-payload"), (b'{"token": 1}', 400, "invalid-payload"),
    (b'{"token": "x"}', 422, "invalid-token"), (b'{"token": "jtn_' + b"0" * 38 + b'"}', 422, "invalid-token"),
    (b'{"token": "' + b"x" * 40_000 + b'"}', 413, None)])
def test_what_is_no_identity_is_refused(house, body, status, code):
    answer = house.pypi.ask("POST", "/_/oidc/mint-token", data=body)
    assert answer.status_code == status, answer.text
    if code:
        assert [error["code"] for error in answer.json()["errors"]] == [code]


def test_an_identity_gives_one_token_also_at_two_services(house):
    identity = house.github.identity(house.desk.url, **github())
    assert minted(house, identity).status_code == 200
    again = minted(house, identity)
    assert (again.status_code, again.json()["errors"][0]["code"]) == (422, "invalid-reuse-token")
    assert exchanged(house, identity, "demo").status_code == 401


def test_a_service_that_is_not_configured_is_the_proxys_fault(house):
    answer = requests.get(f"{house.desk.url}/oauth/dialects/nowhere/_/oidc/audience", timeout=20)
    assert (answer.status_code, answer.json()["errors"][0]["code"]) == (500, "not-configured")


# npm


def npm(house, folder, *arguments, **environment):
    return run(
        folder, str(BIN / "npm"), *arguments, "--registry", house.npm.url + "/", "--cache", "cache",
        "--no-update-notifier", "--fetch-retries=0", **house.authority.environment, **environment)


def package(folder, name, version="1.0.0"):
    (folder / "package.json").write_text(json.dumps({"name": name, "version": version}))
    (folder / "index.js").write_text("module.exports = 'hello'\n")


def npm_path(folder):
    """npm runs node from the path."""
    return {"PATH": f"{BIN}:/usr/bin:/bin"}


@pytest.mark.parametrize("name", ["@acme/demo", "plain"])
def test_npm_publishes_by_the_identity_of_its_job(house, tmp_path, runner, name):
    package(tmp_path, name)
    published = npm(house, tmp_path, "publish", "--loglevel", "verbose", **npm_path(tmp_path), **runner.environment)
    assert published.returncode == 0, published.stderr
    user, document = house.packages.published[f"/{name}"]
    assert user == "bot-app" and document["name"] == name
    assert runner.audiences == ["npm:localhost"]
    assert house.tokens()[0]["scopes"] == [f"npm:write:/{name}"]
    assert all(header is None for _, _, header in house.packages.asked), "the registry never gets a token"


def test_npm_publishes_in_gitlab(house, tmp_path):
    package(tmp_path, "from-gitlab")
    identity = house.gitlab.identity("npm:localhost", **gitlab())
    published = npm(house, tmp_path, "publish", GITLAB_CI="true", CI="true", NPM_ID_TOKEN=identity, **npm_path(tmp_path))
    assert published.returncode == 0, published.stderr
    assert "/from-gitlab" in house.packages.published


def test_npm_of_another_repository_publishes_nothing_and_tells_why(house, tmp_path):
    package(tmp_path, "stolen")
    with GitHub(house.github, github(repository_id="75")) as runner:
        refused = npm(house, tmp_path, "publish", "--loglevel", "verbose", **npm_path(tmp_path), **runner.environment)
    assert refused.returncode != 0 and "no trust rule matches this identity" in refused.stderr, refused.stderr
    assert "/stolen" not in house.packages.published


def exchanged(house, identity, package):
    return house.npm.ask(
        "POST", f"/-/npm/v1/oidc/token/exchange/package/{package}", headers={"Authorization": f"Bearer {identity}"})


def test_a_token_of_npms_is_for_one_package(house):
    answer = exchanged(house, house.github.identity("npm:localhost", **github()), "@acme%2fdemo")
    assert answer.status_code == 201, answer.text
    token = answer.json()["token"]

    def put(path):
        return house.npm.ask("PUT", path, json={}, headers={"Authorization": f"Bearer {token}"}).status_code

    assert put("/@acme%2fdemo") == 201
    assert put("/@acme%2fother") == 403 and put("/demo") == 403


@pytest.mark.parametrize("name", [
    "..", "%2e%2e%2fdemo", "@acme%2f..%2fdemo", "@%2fdemo", "acme%2fdemo", "@acme%2fdemo%2fmore", "@acme%252fdemo", "*"])
def test_what_is_no_package_is_refused(house, name):
    address = f"{house.desk.url}/oauth/dialects/npm/-/npm/v1/oidc/token/exchange/package/{name}"
    request = requests.Request(
        "POST", address, headers={"Authorization": f"Bearer {house.github.identity(house.desk.url, **github())}"})
    with requests.Session() as session:
        prepared = session.prepare_request(request)
        prepared.url = address
        answer = session.send(prepared, timeout=20)
    assert answer.status_code in (400, 404), answer.text


def test_the_audience_of_npm_is_for_npm_alone(house):
    answer = minted(house, house.github.identity("npm:localhost", **github()))
    assert (answer.status_code, answer.json()["errors"][0]["code"]) == (422, "invalid-token")


def test_a_registry_below_a_path(house):
    asked = house.below.ask("POST", "/npm/-/v1/login", json={}).json()
    assert asked["doneUrl"].startswith(f"{house.below.url}/npm/-/v1/done?code=")
    assert house.below.ask("GET", asked["doneUrl"].removeprefix(house.below.url)).status_code == 202
    answer = house.below.ask(
        "POST", "/-/npm/v1/oidc/token/exchange/package/@acme%2fdemo",
        headers={"Authorization": f"Bearer {house.github.identity('npm:localhost', **github())}"})
    assert answer.status_code == 201, answer.text
    assert house.below.ask("POST", "/npm/-/v1/elsewhere").status_code == 401, "the rest is behind the gate"


def test_behind_caddy(house, tmp_path):
    with BehindCaddy(tmp_path, jeton=house.desk.port, service=house.packages.port, name="npm") as caddy:
        identity = house.github.identity("npm:localhost", **github())
        answer = requests.post(
            f"{caddy.url}/-/npm/v1/oidc/token/exchange/package/@acme%2fdemo", timeout=20,
            headers={"Authorization": f"Bearer {identity}"})
        assert answer.status_code == 201, answer.text
        assert house.tokens()[0]["scopes"] == ["npm:write:/@acme/demo"]
        assert requests.post(f"{caddy.url}/-/v1/login", json={}, timeout=20).status_code == 200
        assert requests.get(f"{caddy.url}/_/oidc/audience", timeout=20).json() == {"audience": "localhost"}
        assert requests.get(f"{caddy.url}/-/whoami", timeout=20).status_code == 401


# cargo's action, by its exact requests


def test_cargos_action(house):
    audience = house.cargo.url.removeprefix("https://")
    answer = house.cargo.ask(
        "POST", "/api/v1/trusted_publishing/tokens",
        json={"jwt": house.github.identity(audience, **github())},
        headers={"User-Agent": "crates-io-auth-action/1.0"})
    assert answer.status_code == 200 and answer.json().keys() == {"token"}, answer.text
    token = answer.json()["token"]
    assert house.desk.status(token, "cargo") == 200
    ended = house.cargo.ask(
        "DELETE", "/api/v1/trusted_publishing/tokens", headers={"Authorization": f"Bearer {token}"})
    assert (ended.status_code, ended.text) == (204, "")
    assert house.desk.status(token, "cargo") == 401
    refused = house.cargo.ask("POST", "/api/v1/trusted_publishing/tokens", json={"jwt": "x"})
    assert refused.status_code == 400 and "not a signed identity" in refused.json()["errors"][0]["detail"]


# terraform, by its exact requests


def test_terraform_finds_where_to_sign_in(house):
    document = house.pypi.ask("GET", "/.well-known/terraform.json")
    assert document.headers["Content-Type"] == "application/json"
    login = document.json()["login.v1"]
    assert login == {
        "client": "terraform-cli", "grant_types": ["authz_code"], "ports": [10000, 10010], "scopes": ["pypi"],
        "authz": f"{house.desk.url}/oauth/authorize", "token": f"{house.desk.url}/oauth/token"}


# npm login


@contextlib.contextmanager
def logging_in(house, folder, **more):
    """`npm login`, which waits for its person, and the address that it shows."""
    with program(
            str(BIN / "npm"), "login", "--auth-type=web", "--registry", house.npm.url + "/", "--cache", "cache",
            "--no-update-notifier", "--fetch-retries=0", "--browser=false", cwd=folder,
            env={"HOME": str(folder), "LC_ALL": "C.UTF-8", **npm_path(folder), **house.authority.environment, **more},
    ) as npm:
        said = []
        while not any("/oauth/login/" in line for line in said):
            line = npm.stdout.readline()
            assert line, npm.communicate()
            said.append(line)
        yield npm, re.search(r"https?://\S+/oauth/login/\S+", "".join(said))[0]


def test_npm_signs_a_person_in_and_publishes(house, tmp_path):
    with person(house.desk.url) as alice, logging_in(house, tmp_path) as (login, address):
        alice.open(address)
        assert "npm" in alice.heading
        alice.allow()
    assert login.returncode == 0, login.err
    token = re.search(r"_authToken=(jtn_\w+)", (tmp_path / ".npmrc").read_text())[1]
    assert house.desk.status(token, "npm") == 200 and house.desk.status(token, "pypi") == 403
    package(tmp_path, "by-hand")
    published = npm(house, tmp_path, "publish", **npm_path(tmp_path))
    assert published.returncode == 0, published.stderr
    assert house.packages.published["/by-hand"][0] == "alice"
    assert token not in house.desk.whole_log()


def test_npm_whose_person_refuses_gets_no_token_and_asks_for_no_password(house, tmp_path):
    with person(house.desk.url) as alice, logging_in(house, tmp_path) as (login, address):
        alice.open(address)
        alice.refuse()
    assert login.returncode != 0 and "Username" not in login.out + login.err, login.out + login.err
    assert not (tmp_path / ".npmrc").exists()


def test_what_npm_polls_is_for_its_own_address_once(house):
    asked = house.npm.ask("POST", "/-/v1/login", json={}).json()
    assert asked["loginUrl"].startswith(f"{house.desk.url}/oauth/login/")
    assert asked["doneUrl"].startswith(f"{house.npm.url}/-/v1/done?code=")
    path = asked["doneUrl"].removeprefix(house.npm.url)
    pending = house.npm.ask("GET", path)
    assert (pending.status_code, pending.headers["Retry-After"]) == (202, "5")
    with person(house.desk.url) as alice:
        alice.open(asked["loginUrl"])
        alice.allow()
    elsewhere = requests.get(
        f"{house.desk.url}/oauth/dialects/npm{path}", headers={"X-Forwarded-For": "192.0.2.9"}, timeout=20)
    assert "token" not in elsewhere.json()
    given = house.npm.ask("GET", path)
    assert given.status_code == 200 and house.desk.status(given.json()["token"], "npm") == 200
    assert "token" not in house.npm.ask("GET", path).json()
    code = path.partition("=")[2]
    assert code not in house.desk.whole_log() and code not in house.npm.log.read_text()


def test_terraform_signs_in_by_its_exact_requests(house):
    """terraform itself cannot be had here: what it sends is in its login protocol, version 1."""
    login = house.pypi.ask("GET", "/.well-known/terraform.json").json()["login.v1"]
    verifier = secrets.token_urlsafe(64)
    challenge = base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).decode().rstrip("=")
    port = login["ports"][0] + 3
    redirect = f"http://localhost:{port}/login"
    query = urllib.parse.urlencode({
        "client_id": login["client"], "code_challenge": challenge, "code_challenge_method": "S256",
        "redirect_uri": redirect, "response_type": "code", "scope": " ".join(login["scopes"]), "state": "a/b="})
    with person(house.desk.url) as alice, Loopback(port) as loopback:
        alice.open(f"{login['authz']}?{query}")
        alice.allow()
        got = wait_for(lambda: loopback.asked and loopback.asked[0])
    answer = urllib.parse.parse_qs(urllib.parse.urlsplit(got).query)
    assert answer["state"] == ["a/b="]
    issued = requests.post(login["token"], timeout=20, data={
        "client_id": login["client"], "code": answer["code"][0], "code_verifier": verifier,
        "grant_type": "authorization_code", "redirect_uri": redirect})
    assert issued.status_code == 200, issued.text
    assert issued.json()["token_type"].lower() == "bearer"
    assert house.desk.status(issued.json()["access_token"], "pypi") == 200


class Loopback(Listening):
    """Where terraform waits for the browser."""

    def __init__(self, port):
        self.asked = []
        loopback = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self):
                loopback.asked.append(self.path)
                self.send_response(200)
                self.end_headers()

            def log_message(self, *_):
                pass

        self.server = Server(("127.0.0.1", port), Handler)
