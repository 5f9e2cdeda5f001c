"""Real package clients through nginx and Jeton: each with a good token, and with each that is not.

npm and cargo run where the machine has them, and npm from PyPI besides. The headers that they send are always tried.
Every service but the registry challenges with Basic and Bearer, each on a line of its own.
"""

import base64
import contextlib
import hashlib
import http.client
import io
import json
import os
import re
import shutil
import subprocess
import sys
import tarfile
import zipfile

import pytest
import requests

from jeton import PASSWORD, ROOT, Builds, Jeton, accepts, free_port, wait_for

CARGO = shutil.which("cargo")
BIN = ROOT / ".venv/bin"  # requirements.txt puts uv and npm there
SERVICES = ("pypi", "npm", "cargo", "registry", "apt")
KINDS = {"registry": "docker", "apt": "http"}  # and of the others, their names

SITE = """
map $sent_http_www_authenticate $second_SERVICE { default $jeton_challenge; ~resource_metadata= ""; }
server {
    listen 127.0.0.1:PORT;
    client_max_body_size 0;
    auth_request_set $jeton_status  $upstream_status;
    auth_request_set $jeton_message $upstream_http_x_jeton_message;
    auth_request_set $jeton_challenge $upstream_http_x_jeton_challenge;
    error_page 401 403 @refused;
    location / {
        auth_request /_jeton/SERVICE;
        WHAT
    }
    location /_jeton/ {
        internal;
        proxy_pass http://jeton/verify/;
        proxy_pass_request_body off;
        proxy_set_header Content-Length "";
        proxy_set_header X-Original-Method $request_method;
        proxy_set_header X-Original-URI    $request_uri;
        proxy_set_header X-Forwarded-For   $remote_addr;
    }
    location ^~ /.well-known/oauth-protected-resource { proxy_pass http://jeton/oauth/protected-resource/SERVICE; }
    location @refused {
        default_type text/plain;
        add_header WWW-Authenticate $second_SERVICE always;
        return 401 "$jeton_message\\n";
    }
}
"""


@pytest.fixture(scope="module")
def ports():
    return {name: free_port() for name in SERVICES}


@pytest.fixture(scope="module")
def jeton(tmp_path_factory, ports):
    folder = tmp_path_factory.mktemp("jeton")
    lines = [
        f"  {name}: {{ title: The {name}, kind: {KINDS.get(name, name)}, "
        f'url: "http://127.0.0.1:{ports[name]}/" }}' for name in SERVICES]
    (folder / "jeton.yaml").write_text("\n".join(["services:", *lines, ""]))
    with Jeton(folder, config=folder / "jeton.yaml") as server:
        server.add_user("alice")
        yield server


class House:
    """The services' folders and their addresses behind the gate."""

    def __init__(self, folder, ports):
        self.folder = folder
        self.ports = ports
        self.behind = {name: free_port() for name in ("pypi", "registry")}
        for name in (*SERVICES, "images"):
            (folder / name).mkdir()

    def host(self, service):
        return f"127.0.0.1:{self.ports[service]}"

    def url(self, service):
        return f"http://{self.host(service)}"

    @property
    def site(self):
        def what(service):
            if service in self.behind:
                return (f"proxy_pass http://127.0.0.1:{self.behind[service]};"
                        'proxy_set_header Host $http_host; proxy_set_header Authorization "";')
            return f"root {self.folder}/{service}; default_type application/json;"

        return "".join(
            SITE.replace("PORT", str(port)).replace("SERVICE", name).replace("WHAT", what(name))
            for name, port in self.ports.items())

    def fill(self):
        wheel(self.folder / "pypi", "1.0")
        packument(self.folder / "npm", self.url("npm"))
        sparse_registry(self.folder / "cargo", self.url("cargo"))
        image(self.folder / "images")
        packages(self.folder / "apt")
        (self.folder / "registry.yml").write_text(json.dumps({
            "version": 0.1, "storage": {"filesystem": {"rootdirectory": str(self.folder / "registry")}},
            "http": {"addr": f"127.0.0.1:{self.behind['registry']}"}}))

    def servers(self):
        yield [sys.executable, "-m", "pypiserver", "run", "--interface", "127.0.0.1",
               "--port", str(self.behind["pypi"]), "--server", "wsgiref", "--disable-fallback", "--overwrite",
               "--authenticate", ".", "--passwords", ".", str(self.folder / "pypi")]
        yield ["docker-registry", "serve", str(self.folder / "registry.yml")]


def archive(path, files):
    with tarfile.open(path, "w:gz") as tar:
        for name, text in files.items():
            entry = tarfile.TarInfo(name)
            entry.size = len(text)
            tar.addfile(entry, io.BytesIO(text.encode()))
    return path.read_bytes()


def wheel(folder, version):
    """A wheel of the package `greeting`, and its path."""
    path = folder / f"greeting-{version}-py3-none-any.whl"
    info = f"greeting-{version}.dist-info"
    with zipfile.ZipFile(path, "w") as file:
        file.writestr("greeting.py", "hello = 'hello'\n")
        file.writestr(f"{info}/METADATA", f"Metadata-Version: 2.1\nName: greeting\nVersion: {version}\n")
        file.writestr(f"{info}/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n")
        file.writestr(f"{info}/RECORD", "")
    return path


def packument(folder, url):
    """An npm registry of one package, in plain files."""
    manifest = {"name": "greeting", "version": "1.0.0"}
    content = archive(folder / "greeting-1.0.0.tgz", {"package/package.json": json.dumps(manifest)})
    integrity = "sha512-" + base64.b64encode(hashlib.sha512(content).digest()).decode()
    dist = {"tarball": f"{url}/greeting-1.0.0.tgz", "integrity": integrity}
    (folder / "greeting").write_text(json.dumps(
        {"name": "greeting", "dist-tags": {"latest": "1.0.0"}, "versions": {"1.0.0": {**manifest, "dist": dist}}}))


def sparse_registry(folder, url):
    """A cargo registry of one crate, in plain files."""
    content = archive(folder / "greeting-1.0.0.crate", {
        "greeting-1.0.0/Cargo.toml": '[package]\nname = "greeting"\nversion = "1.0.0"\nedition = "2021"\n',
        "greeting-1.0.0/src/lib.rs": ""})
    (folder / "config.json").write_text(json.dumps(
        {"dl": url + "/{crate}-{version}.crate", "api": url, "auth-required": True}))
    (folder / "gr/ee").mkdir(parents=True)
    (folder / "gr/ee/greeting").write_text(json.dumps(
        {"name": "greeting", "vers": "1.0.0", "deps": [], "features": {}, "yanked": False,
         "cksum": hashlib.sha256(content).hexdigest()}) + "\n")


def packages(folder):
    """A flat repository of apt with one package, which nobody installs."""
    index = "Package: greeting\nVersion: 1.0\nArchitecture: all\nFilename: ./greeting.deb\nSize: 1\n\n"
    (folder / "Packages").write_text(index)
    digest = hashlib.sha256(index.encode()).hexdigest()
    (folder / "Release").write_text(f"Suite: greetings\nSHA256:\n {digest} {len(index)} Packages\n")


def image(folder):
    """An image of one empty layer, as skopeo's `dir:` has it."""
    def blob(content, kind):
        digest = hashlib.sha256(content).hexdigest()
        (folder / digest).write_bytes(content)
        return {"mediaType": f"application/vnd.oci.image.{kind}", "size": len(content), "digest": f"sha256:{digest}"}

    layer = blob(archive(folder / "layer.tar.gz", {"greeting": "hello"}), "layer.v1.tar+gzip")
    config = blob(json.dumps({
        "architecture": "amd64", "os": "linux", "config": {},
        "rootfs": {"type": "layers", "diff_ids": [layer["digest"]]}}).encode(), "config.v1+json")
    (folder / "layer.tar.gz").unlink()
    (folder / "version").write_text("Directory Transport Version: 1.1\n")
    (folder / "manifest.json").write_text(json.dumps({
        "schemaVersion": 2, "mediaType": "application/vnd.oci.image.manifest.v1+json",
        "config": config, "layers": [layer]}))


@pytest.fixture(scope="module")
def house(jeton, ports, tmp_path_factory):
    house = House(tmp_path_factory.mktemp("packages"), ports)
    house.fill()
    started = []
    try:
        for number, command in enumerate(house.servers()):
            with (house.folder / f"server-{number}.log").open("wb") as log:
                started.append(subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=log, stderr=log))
        with Builds(tmp_path_factory.mktemp("builds"), jeton, more=house.site):
            for port in house.behind.values():
                wait_for(lambda: accepts(port))
            yield house
    finally:
        for process in started:
            process.terminate()
            process.wait(timeout=10)


def run(folder, *command, **environment):
    """Runs a client as on a machine where nobody has set anything."""
    return subprocess.run(
        command, cwd=folder, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=120,
        env={"PATH": os.environ["PATH"], "HOME": str(folder), "LC_ALL": "C.UTF-8", "XDG_RUNTIME_DIR": str(folder),
             **environment})


# The clients: each does its one thing in an empty folder. What it needs and how it words a refusal
# stands in the table below them.


def netrc(folder, login, secret):
    path = folder / ".netrc"
    path.write_text(f'machine 127.0.0.1 login {login} password "{secret}"\n')
    path.chmod(0o600)
    return path


def pip(house, folder, *options):
    result = run(
        folder, sys.executable, "-m", "pip", "install", "--isolated", "-vv", "--no-input", "--no-deps",
        "--no-cache-dir", "--disable-pip-version-check", "--target", "here", "--retries", "0", *options, "greeting")
    assert (folder / "here/greeting.py").exists() == (result.returncode == 0), result.stdout
    return result


def pip_by_address(house, folder, login, secret):
    secret = secret.replace(" ", "%20")
    return pip(house, folder, "--index-url", f"http://{login}:{secret}@{house.host('pypi')}/simple/")


def pip_by_netrc(house, folder, login, secret):
    netrc(folder, login, secret)
    return pip(house, folder, "--index-url", f"{house.url('pypi')}/simple/")


def uv(house, folder, login, secret):
    result = run(
        folder, str(BIN / "uv"), "pip", "install", "--no-config", "--no-cache", "--no-deps", "--python", sys.executable,
        "--target", "here", "--index-url", f"http://{house.host('pypi')}/simple/", "greeting",
        NETRC=str(netrc(folder, login, secret)))
    assert (folder / "here/greeting.py").exists() == (result.returncode == 0), result.stderr
    return result


def twine(house, folder, login, secret):
    version = f"2.{int(hashlib.sha256(str(folder).encode()).hexdigest()[:6], 16)}"
    result = run(
        folder, sys.executable, "-m", "twine", "upload", "--non-interactive", "--disable-progress-bar",
        str(wheel(folder, version)), TWINE_REPOSITORY_URL=house.url("pypi"), TWINE_USERNAME=login,
        TWINE_PASSWORD=secret)
    arrived = (house.folder / "pypi" / f"greeting-{version}-py3-none-any.whl").exists()
    assert arrived == (result.returncode == 0), result.stdout
    return result


def twine_without_login(house, folder, login, secret):
    return twine(house, folder, "__token__", secret)


def npm_of_pypi(house, folder, login, secret):
    return npm(house, folder, login, secret, program=BIN / "npm")


def npm(house, folder, login, secret, program="npm"):
    (folder / ".npmrc").write_text(
        f"registry={house.url('npm')}/\n//{house.host('npm')}/:_authToken=${{NPM_TOKEN}}\n")
    result = run(
        folder, str(program), "install", "--no-audit", "--no-fund", "--no-update-notifier", "--fetch-retries=0",
        "--cache=cache", "greeting", NPM_TOKEN=secret)
    assert (folder / "node_modules/greeting").exists() == (result.returncode == 0), result.stderr
    return result


def has_cargo():
    """Whether the machine has a cargo that sends a token to a sparse registry: 1.74 or later."""
    if not CARGO:
        return False
    version = subprocess.run([CARGO, "--version"], capture_output=True, text=True, timeout=60).stdout
    found = re.match(r"cargo 1\.(\d+)", version)
    return bool(found) and int(found[1]) >= 74


def cargo(house, folder, login, secret):
    (folder / "src").mkdir()
    (folder / "src/lib.rs").touch()
    (folder / "Cargo.toml").write_text(
        '[package]\nname = "mine"\nversion = "1.0.0"\nedition = "2021"\n'
        '[dependencies]\ngreeting = { version = "1", registry = "company" }\n')
    return run(
        folder, "cargo", "fetch", CARGO_HOME=str(folder / "cargo-home"),
        RUSTUP_HOME=os.environ.get("RUSTUP_HOME", os.path.expanduser("~/.rustup")),
        CARGO_REGISTRIES_COMPANY_INDEX=f"sparse+{house.url('cargo')}/", CARGO_REGISTRIES_COMPANY_TOKEN=secret,
        CARGO_REGISTRY_GLOBAL_CREDENTIAL_PROVIDERS="cargo:token")


def skopeo_push(house, folder, login, secret):
    return run(
        folder, "skopeo", "--insecure-policy", "copy", "--dest-tls-verify=false", f"--dest-creds={login}:{secret}",
        f"dir:{house.folder}/images", f"docker://{house.host('registry')}/team/image:1")


def skopeo_pull(house, folder, login, secret):
    result = run(
        folder, "skopeo", "--insecure-policy", "copy", "--src-tls-verify=false", f"--src-creds={login}:{secret}",
        f"docker://{house.host('registry')}/team/image:1", f"dir:{folder}/pulled")
    assert (folder / "pulled/manifest.json").exists() == (result.returncode == 0)
    return result


def apt(house, folder, login, secret):
    for name in ("lists/partial", "cache/archives/partial", "parts"):
        (folder / name).mkdir(parents=True)
    (folder / "status").touch()
    (folder / "sources.list").write_text(f"deb [trusted=yes] {house.url('apt')}/ ./\n")
    (folder / "auth.conf").write_text(f"machine {house.url('apt')}/ login {login} password {secret.replace(' ', '_')}\n")
    options = {
        "Dir::Etc::SourceList": folder / "sources.list", "Dir::Etc::SourceParts": folder / "parts",
        "Dir::Etc::Netrc": folder / "auth.conf", "Dir::Etc::NetrcParts": folder / "parts",
        "Dir::State::Lists": folder / "lists", "Dir::State::Status": folder / "status", "Dir::Cache": folder / "cache",
        "Acquire::Languages": "none", "Acquire::Retries": "0", "APT::Update::Error-Mode": "any",
        "APT::Sandbox::User": ""}
    result = run(
        folder, "apt-get", *(f"--option={name}={value}" for name, value in options.items()), "update")
    found = [path for path in (folder / "lists").glob("*Packages*") if "greeting" in path.read_text()]
    assert bool(found) == (result.returncode == 0), result.stdout + result.stderr
    return result


def curl_netrc(house, folder, login, secret):
    netrc(folder, login, secret)
    return run(folder, "curl", "--silent", "--fail-with-body", "--include", "--netrc", house.url("npm") + "/greeting")


def curl_user(house, folder, login, secret):
    return run(
        folder, "curl", "--silent", "--fail-with-body", "--include", "--user", f"{login}:{secret}",
        house.url("npm") + "/greeting")


#   client, service, the least that it may, with a login of the reader's own, its words for 401 and for 403
CLIENTS = [
    (curl_user, "npm", "read", True, "401 Unauthorized", "403 Forbidden"),
    (curl_netrc, "npm", "read", True, "401 Unauthorized", "403 Forbidden"),
    (pip_by_address, "pypi", "read", True, "401", "403"),
    (pip_by_netrc, "pypi", "read", True, "401", "403"),
    (uv, "pypi", "read", True, "401", "403"),
    (apt, "apt", "read", True, "401", "403"),
    (twine, "pypi", "write", True, "401 Unauthorized", "403 Forbidden"),
    (twine_without_login, "pypi", "write", False, "401 Unauthorized", "403 Forbidden"),
    (npm, "npm", "read", False, "E401", "E403"),
    (npm_of_pypi, "npm", "read", False, "E401", "E403"),
    (cargo, "cargo", "read", False, "token rejected", "may not read at The cargo"),
    (skopeo_push, "registry", "write", True, "401|unauthorized|authentication required", "403|denied"),
    (skopeo_pull, "registry", "read", True, "401|unauthorized|authentication required", "403|denied"),
]

LOGIN = {"a wrong login": "mallory"}


def rows():
    for client, service, verb, has_login, unauthorized, forbidden in CLIENTS:
        kinds = ["good", "revoked", "a password", "another service", "a wrong login", "only reads"]
        if not has_login:
            kinds.remove("a wrong login")
        if verb == "read":
            kinds.remove("only reads")
        for kind in kinds:
            words = {"good": None, "another service": forbidden, "only reads": forbidden}.get(kind, unauthorized)
            yield pytest.param(client, service, verb, kind, words, id=f"{client.__name__}-{kind}")


@pytest.fixture(scope="module")
def secret(jeton):
    """What is handed over in place of a password, of each kind."""
    made = {}

    def secret(kind, service, verb):
        if kind == "a password":
            return PASSWORD
        key = (kind, service, verb)
        if key not in made:
            other = "npm" if service != "npm" else "cargo"
            scope = {"another service": other, "only reads": f"{service}:read"}.get(kind, f"{service}:{verb}")
            name = " ".join(key)
            made[key] = jeton.make_token(name, "--scope", scope)
            if kind == "revoked":
                jeton.revoke(name)
        return made[key]

    return secret


@pytest.mark.parametrize("service", SERVICES)
def test_each_service_challenges_with_both_but_the_registry(house, jeton, service):
    connection = http.client.HTTPConnection("127.0.0.1", house.ports[service], timeout=60)
    with contextlib.closing(connection):
        connection.request("GET", "/v2/")
        answer = connection.getresponse()
    challenges = answer.headers.get_all("WWW-Authenticate")
    assert (answer.status, challenges[0]) == (401, f'Basic realm="The {service}", charset="UTF-8"')
    assert challenges[1:] == ([] if service == "registry" else [
        f'Bearer scope="{service}:read", resource_metadata="{house.url(service)}/.well-known/oauth-protected-resource"'])
    metadata = requests.get(house.url(service) + "/.well-known/oauth-protected-resource", timeout=60).json()
    assert metadata["resource"] == house.url(service)
    assert metadata["authorization_servers"] == [jeton.url]


@pytest.mark.parametrize("client, service, verb, kind, words", list(rows()))
def test_each_client(house, secret, tmp_path, client, service, verb, kind, words):
    program = client.__name__.split("_")[0]
    if client is npm and not shutil.which(program) or program == "cargo" and not has_cargo():
        pytest.skip(f"this machine has no {program}: the test of its header stands for it")
    given = secret(kind, service, verb)
    if client is skopeo_pull and kind == "good":
        pushed = tmp_path / "push"
        pushed.mkdir()
        assert skopeo_push(house, pushed, "alice", secret("good", service, "write")).returncode == 0
    result = client(house, tmp_path, LOGIN.get(kind, "alice"), given)
    said = result.stdout + result.stderr
    if words is None:
        assert result.returncode == 0, said
    else:
        assert result.returncode != 0, said
        assert any(word.lower() in said.lower() for word in words.split("|")), said


@pytest.mark.parametrize("service, header", [("npm", "Bearer TOKEN"), ("cargo", "TOKEN")])
@pytest.mark.parametrize(
    "kind, status", [("good", 200), ("revoked", 401), ("a password", 401), ("another service", 403)])
def test_the_headers_of_npm_and_cargo(house, secret, service, header, kind, status):
    value = header.replace("TOKEN", secret(kind, service, "read"))
    path = {"npm": "/greeting", "cargo": "/config.json"}[service]
    assert requests.get(house.url(service) + path, headers={"Authorization": value}).status_code == status
