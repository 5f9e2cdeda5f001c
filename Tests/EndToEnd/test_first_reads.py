"""Tokens that are narrowed to one repository, package or crate, in the hands of real clients behind every proxy of
docs/protect: skopeo with a real registry, npm, and cargo where the machine has one that knows sparse registries."""

import base64
import hashlib
import json
import os
import re
import subprocess
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from http.server import BaseHTTPRequestHandler
from urllib.parse import unquote

import pytest
import requests

from jeton import accepts, Jeton, desk_of, free_port, wait_for
from pasted import commands, made_on_the_page, paste, placed
from proxies import BIN, PROXIES, Running
from service import Listening, Server
from test_clients import CARGO, archive, has_cargo, image, run
from test_proxies import ask, bearer

CONFIG = """
services:
  images: { title: Images, kind: docker, paths: [/v2/*/*] }
  npm:    { title: Packages, kind: npm, url: "https://any.example/npm/", paths: [/@team, /@team/*] }
  crates: { title: Crates, kind: cargo, paths: [/*/*/*, /crates/*] }
  other:  { title: Something else, kind: http, paths: [/*] }
"""
SCOPES = {
    "images": ["images:write:/v2/team/app", "images:read:/v2/base/image"],
    "npm": ["npm:read:/@team/greeting"],
    "crates": ["crates:read:/gr/ee/greeting", "crates:read:/crates/greeting"],
}


class Packages(Listening):
    """An npm registry below /npm and a sparse registry of cargo's, with any package; what it is asked is in `asked`.

    Clients find it at `url`, which is set before each is run.
    """

    def __init__(self, folder):
        self.folder = folder
        self.url = ""
        self.asked = []
        packages = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self):
                packages.asked.append((self.command, self.path))
                body = packages.answer(unquote(self.path.partition("?")[0]))
                self.send_response(404 if body is None else 200)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(body or b"")))
                self.end_headers()
                if self.command == "GET":
                    self.wfile.write(body or b"")

            do_HEAD = do_POST = do_PUT = do_GET

            def log_message(self, *_):
                pass

        self.server = Server(("127.0.0.1", 0), Handler)

    def answer(self, path):
        if path == "/npm/-/whoami":
            return b'{"username": "alice"}'
        if path == "/npm/-/ping":
            return b"{}"
        if path == "/config.json":
            return json.dumps({"dl": self.url + "/crates", "auth-required": True}).encode()
        if found := re.fullmatch(r"/npm/@team/(\w+)", path):
            return json.dumps(self.packument(found[1])).encode()
        if found := re.fullmatch(r"/npm/@team/(\w+)/-/\1-1.0.0.tgz", path):
            return self.package(found[1])
        if found := re.fullmatch(r"/\w\w/\w\w/(\w+)", path):
            digest = hashlib.sha256(self.crate(found[1])).hexdigest()
            return (json.dumps({"name": found[1], "vers": "1.0.0", "deps": [], "features": {}, "yanked": False,
                                "cksum": digest}) + "\n").encode()
        if found := re.fullmatch(r"/crates/(\w+)/1.0.0/download", path):
            return self.crate(found[1])
        return None

    def packument(self, name):
        manifest = {"name": f"@team/{name}", "version": "1.0.0"}
        integrity = "sha512-" + base64.b64encode(hashlib.sha512(self.package(name)).digest()).decode()
        dist = {"tarball": f"{self.url}/npm/@team/{name}/-/{name}-1.0.0.tgz", "integrity": integrity}
        return {"name": f"@team/{name}", "dist-tags": {"latest": "1.0.0"},
                "versions": {"1.0.0": {**manifest, "dist": dist}}}

    def package(self, name):
        return self.kept("package", name, {
            "package/package.json": json.dumps({"name": f"@team/{name}", "version": "1.0.0"})})

    def crate(self, name):
        return self.kept("crate", name, {
            f"{name}-1.0.0/Cargo.toml": f'[package]\nname = "{name}"\nversion = "1.0.0"\nedition = "2021"\n',
            f"{name}-1.0.0/src/lib.rs": ""})

    def kept(self, kind, name, files):
        """The same archive each time: it has the moment in it."""
        path = self.folder / f"{kind}-{name}"
        return path.read_bytes() if path.exists() else archive(path, files)


@pytest.fixture(scope="module")
def desk(tmp_path_factory):
    with desk_of(tmp_path_factory, CONFIG, "alice") as jeton:
        yield jeton


@pytest.fixture(scope="module")
def tokens(desk):
    return {name: desk.make_token(name, *(word for scope in scopes for word in ("--scope", scope)))
            for name, scopes in SCOPES.items()}


@pytest.fixture(scope="module")
def packages(tmp_path_factory):
    with Packages(tmp_path_factory.mktemp("packages")) as packages:
        yield packages


@pytest.fixture(scope="module")
def registry(tmp_path_factory):
    """The port of a real registry that has base/image, and a folder with an image."""
    folder, port = tmp_path_factory.mktemp("registry"), free_port()
    (folder / "images").mkdir()
    image(folder / "images")
    (folder / "registry.yml").write_text(json.dumps({
        "version": 0.1, "storage": {"filesystem": {"rootdirectory": str(folder / "store")}},
        "http": {"addr": f"127.0.0.1:{port}", "relativeurls": True}}))
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen(
            ["docker-registry", "serve", folder / "registry.yml"], stdin=subprocess.DEVNULL, stdout=log, stderr=log)
    try:
        wait_for(lambda: accepts(port))
        for name in ("base/image", "team/other"):
            pushed = run(folder, "skopeo", "--insecure-policy", "copy", "--dest-tls-verify=false",
                         f"dir:{folder}/images", f"docker://127.0.0.1:{port}/{name}:1")
            assert pushed.returncode == 0, pushed.stderr
        yield port, folder
    finally:
        process.terminate()
        process.wait(timeout=10)


@pytest.fixture(scope="module", params=PROXIES, ids=lambda proxy: proxy.name)
def behind(request, tmp_path_factory, desk, packages, registry):
    """That proxy before each of the services, by name."""
    with ExitStack() as stack:
        def start(name):
            return Running(
                request.param, tmp_path_factory.mktemp(f"{request.param.name}-{name}"), jeton=desk.port, name=name,
                service=registry[0] if name == "images" else packages.port).__enter__()

        with ThreadPoolExecutor() as pool:
            running = dict(zip(SCOPES, pool.map(start, SCOPES)))
        for one in running.values():
            stack.callback(one.__exit__)
        yield running


def skopeo(folder, *arguments):
    return run(folder, "skopeo", "--insecure-policy", *arguments, REGISTRY_AUTH_FILE=str(folder / "auth.json"))


def test_skopeo_logs_in_and_reaches_its_repository_and_no_other(behind, tokens, registry, tmp_path):
    host = f"127.0.0.1:{behind['images'].port}"
    login = skopeo(tmp_path, "login", "--tls-verify=false", "--username=alice", f"--password={tokens['images']}", host)
    assert login.returncode == 0, login.stderr

    def copy(source, target):
        return skopeo(tmp_path, "copy", "--src-tls-verify=false", "--dest-tls-verify=false", source, target)

    images = f"dir:{registry[1]}/images"
    for source, target in [(images, f"docker://{host}/team/app:1"),
                           # Within one registry skopeo mounts the layers.
                           (f"docker://{host}/base/image:1", f"docker://{host}/team/app:2"),
                           (f"docker://{host}/team/app:2", f"dir:{tmp_path}/pulled")]:
        copied = copy(source, target)
        assert copied.returncode == 0, copied.stderr
    for source, target in [(images, f"docker://{host}/team/other:2"), (images, f"docker://{host}/base/image:2"),
                           (f"docker://{host}/team/other:1", f"dir:{tmp_path}/other")]:
        copied = copy(source, target)
        assert copied.returncode != 0 and ("403" in copied.stderr or "denied" in copied.stderr), copied.stderr


def test_a_registry_mounts_from_what_the_token_may_read_alone(behind, tokens, registry, desk):
    proxy = behind["images"]
    layer = json.loads((registry[1] / "images/manifest.json").read_text())["layers"][0]["digest"]

    def mount(query):
        return ask(proxy, "POST", f"/v2/team/app/blobs/uploads/?mount={layer}{query}", [bearer(tokens["images"])], b"")

    assert mount("&from=base%2Fimage").status == 201
    for query in ("&from=team%2Fother", "&from=base/image&from=team/other", "&fro%6d=team/other",
                  "&from=base/image/../../team/other", ";from=team/other"):
        assert mount(query).status == 403, query


def test_what_is_read_first_is_that_alone(behind, tokens, desk):
    proxy, token = behind["images"], tokens["images"]
    assert ask(proxy, "GET", "/v2/", [bearer(token)]).status == 200
    assert ask(proxy, "HEAD", "/v2/", [bearer(token)]).status == 200
    for method, target in [("GET", "/v2/_catalog"), ("GET", "/v2/team/other/tags/list"), ("POST", "/v2/"),
                           ("OPTIONS", "/v2/"), ("DELETE", "/v2/"), ("GET", "/v2/?from=team/other"), ("GET", "/"),
                           ("GET", "//v2/"), ("GET", "/v2/x/../"), ("GET", "/v2/%2e/"), ("GET", "/V2/")]:
        # Where a proxy puts the path in order before it asks, /v2/ is what is served.
        answer = ask(proxy, method, target, [bearer(token)])
        assert answer.status in (400, 403) or (answer.status in (200, 301, 307, 308) and answer.text in ("{}", "")), (
            f"{method} {target}: {answer.status} {answer.text}")
    for headers in ([("Destination", "/v2/")], [("X-Original-URI", "/v2/team/other/tags/list"),
                                                ("X-Forwarded-Uri", "/v2/team/other/tags/list")]):
        answer = ask(proxy, "GET", "/v2/", [bearer(token), *headers])
        assert answer.status == 403 or "team" not in answer.text
    stranger = desk.make_token(f"stranger {proxy.proxy.name}", "--scope", "other:read:/v2")
    assert ask(proxy, "GET", "/v2/", [bearer(stranger)]).status == 403


def npm(folder, proxy, token, *arguments):
    (folder / ".npmrc").write_text(
        f"@team:registry={proxy.url}/npm/\nregistry={proxy.url}/npm/\n"
        f"//127.0.0.1:{proxy.port}/npm/:_authToken=${{NPM_TOKEN}}\naudit=false\n")
    return subprocess.run(
        [BIN / "npm", *arguments, "--no-fund", "--no-update-notifier", "--fetch-retries=0", "--cache=cache"],
        cwd=folder, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=120,
        env={"PATH": f"{BIN}:{os.environ['PATH']}", "HOME": str(folder), "NPM_TOKEN": token})


def test_npm_installs_its_package_and_no_other(behind, tokens, packages, tmp_path):
    proxy, token = behind["npm"], tokens["npm"]
    packages.url = proxy.url
    whoami = npm(tmp_path, proxy, token, "whoami")
    assert (whoami.returncode, whoami.stdout) == (0, "alice\n"), whoami.stderr
    installed = npm(tmp_path, proxy, token, "install", "@team/greeting")
    assert installed.returncode == 0, installed.stderr
    assert (tmp_path / "node_modules/@team/greeting/package.json").exists()
    assert ("GET", "/npm/@team%2fgreeting") in packages.asked, "npm's own form, as it was sent"
    refused = npm(tmp_path, proxy, token, "install", "@team/secrets")
    assert refused.returncode != 0 and "E403" in refused.stderr, refused.stderr
    assert not any("secrets" in path for _, path in packages.asked)
    for target in ("/npm/@team%2fgreeting%2f..%2fsecrets", "/npm/@team%2fsecrets", "/npm/-/user/x", "/npm/-/whoami/x"):
        answer = requests.get(proxy.url + target, headers=dict([bearer(token)]), timeout=60)
        assert answer.status_code in (400, 403, 404)
    assert not any("secrets" in path or "user" in path for _, path in packages.asked)


@pytest.mark.skipif(not has_cargo(), reason="there is no cargo 1.74 or later here")
def test_cargo_fetches_its_crate_and_no_other(behind, tokens, packages, tmp_path):
    proxy = behind["crates"]
    packages.url = proxy.url

    def fetch(crate):
        folder = tmp_path / crate
        (folder / "src").mkdir(parents=True)
        (folder / "src/lib.rs").touch()
        (folder / "Cargo.toml").write_text(
            '[package]\nname = "mine"\nversion = "1.0.0"\nedition = "2021"\n'
            f'[dependencies]\n{crate} = {{ version = "1", registry = "company" }}\n')
        return run(
            folder, CARGO, "fetch", CARGO_HOME=str(folder / "home"), CARGO_NET_RETRY="0",
            RUSTUP_HOME=os.environ.get("RUSTUP_HOME", os.path.expanduser("~/.rustup")),
            CARGO_REGISTRIES_COMPANY_INDEX=f"sparse+{proxy.url}/",
            CARGO_REGISTRIES_COMPANY_TOKEN=tokens["crates"], CARGO_REGISTRY_GLOBAL_CREDENTIAL_PROVIDERS="cargo:token")

    fetched = fetch("greeting")
    assert fetched.returncode == 0, fetched.stderr
    assert {("GET", "/config.json"), ("GET", "/crates/greeting/1.0.0/download")} <= set(packages.asked)
    refused = fetch("secret")
    assert refused.returncode != 0 and "403" in refused.stderr, refused.stderr
    assert not any(path.endswith("/secret") for _, path in packages.asked)


@pytest.fixture(scope="module")
def lines(tmp_path_factory, packages, registry):
    """A token for one path of one service, and the steps on its page; each is behind nginx."""
    folder = tmp_path_factory.mktemp("lines")
    desk = Jeton(folder, config=folder / "jeton.yaml")
    nginx = next(proxy for proxy in PROXIES if proxy.name == "nginx")
    behind = {name: Running(nginx, folder / name, jeton=desk.port, name=name, service=port)
              for name, port in (("images", registry[0]), ("npm", packages.port))}
    desk.config.write_text(f"""
services:
  images: {{ title: Images, kind: docker, url: "{behind['images'].url}/", paths: [/v2/*/*] }}
  npm:    {{ title: Packages, kind: npm, url: "{behind['npm'].url}/npm/", paths: [/@team] }}
""")

    def lines(name, tool, below):
        token, steps = made_on_the_page(
            desk, name=f"for {name}", services="only", expires="never",
            **{f"access.{name}": "read", f"below.{name}": below})
        assert list(steps)[0] == tool, "its own steps come first"
        return token, steps[tool], behind[name]

    with ExitStack() as stack:
        stack.enter_context(desk)
        desk.add_user("alice")
        for running in behind.values():
            stack.enter_context(running)
        yield lines


def test_the_lines_for_docker_log_in(lines, tmp_path):
    token, steps, _ = lines("images", "Docker", "/v2/team/app")
    login = commands(steps)[0].replace("docker login", "skopeo login --tls-verify=false")
    code, screen = paste(tmp_path, login, token, REGISTRY_AUTH_FILE=str(tmp_path / "auth.json"))
    assert code == 0, screen


def test_the_lines_for_npm_let_it_in(lines, tmp_path, packages):
    _, steps, proxy = lines("npm", "npm", "/@team")
    packages.url = proxy.url
    (tmp_path / ".npmrc").write_text(placed(steps, "~/.npmrc") + "\n" + placed(steps, ".npmrc"))
    done = run(tmp_path, str(BIN / "npm"), "install", "@team/greeting", "--no-audit", "--no-fund", "--cache=cache",
               "--no-update-notifier", PATH=f"{BIN}:{os.environ['PATH']}")
    assert done.returncode == 0, done.stderr
