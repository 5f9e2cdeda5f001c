"""The helpers of contrib/helpers, as skopeo, Docker, cargo, pip and others run them, against the real desk."""

import contextlib
import hashlib
import json
import netrc as standard_netrc
import os
import re
import secrets
import shutil
import subprocess
import sys
from xml.etree import ElementTree

import pytest

import test_clients
from consent import person
from jeton import EXAMPLE, ROOT, Jeton, wait_for
from pasted import Terminal
from proxies import BIN
from secret_service import secret_service
from test_clients import has_cargo, run, wheel
from test_recipes import has_docker

HELPERS = ROOT / "contrib/helpers"
sys.path.append(str(HELPERS))

from jeton_helpers import Fault, netrc, properties, settings_xml  # noqa: E402

PYTHON = os.environ.get("HELPERS_PYTHON", sys.executable)  # the oldest that they are for is 3.9
NOT_FOUND = "credentials not found in native keychain\n"


@pytest.fixture(scope="module")
def jeton(tmp_path_factory):
    folder = tmp_path_factory.mktemp("desk")
    services = [f"  {name}: {{ title: The {name}, kind: http }}" for name in (*test_clients.SERVICES, "maven")]
    (folder / "jeton.yaml").write_text("\n".join(["services:", *services, ""]))
    with Jeton(folder, config=folder / "jeton.yaml") as server:
        server.add_user("alice")
        yield server


@pytest.fixture(scope="module")
def desk(jeton):
    return jeton


# The services and their clients, behind the same Jeton.
ports, house = test_clients.ports, test_clients.house


class Home:
    """A person's folder, with the helpers in the path and their tokens in files."""

    def __init__(self, folder):
        self.folder = folder
        self.environment = {
            "PATH": f"{HELPERS}:{os.path.dirname(PYTHON)}:{os.environ['PATH']}", "HOME": str(folder),
            "XDG_RUNTIME_DIR": str(folder), "LC_ALL": "C.UTF-8", "JETON_SIGN_IN": "never",
            "PYTHONDONTWRITEBYTECODE": "1"}

    def run(self, *command, input=None, check=False, **environment):
        result = subprocess.run(
            command, cwd=self.folder, env={**self.environment, **environment}, input=input or "", text=True,
            capture_output=True, timeout=120)
        if check:
            assert result.returncode == 0, result.stdout + result.stderr
        return result

    def knows(self, host, desk, scope="", *options):
        """Has it know the host."""
        self.run("jeton-setup", "host", host, "--desk", desk.url, f"--scope={scope}", *options, check=True)

    def docker(self, action, input="", **environment):
        return self.run("docker-credential-jeton", action, input=input, **environment)

    def stores(self, server, token, login="token"):
        return self.docker("store", json.dumps({"ServerURL": server, "Username": login, "Secret": token}))


@pytest.fixture
def home(tmp_path):
    return Home(tmp_path)


# The protocol of docker-credential-helpers


@pytest.mark.parametrize("action, input, said", [
    ("get", "", "no credentials server URL\n"),
    ("get", " \n", "no credentials server URL\n"),
    ("get", "registry.example.com", NOT_FOUND),
    ("get", "elsewhere.example", NOT_FOUND),
    ("erase", "", "no credentials server URL\n"),
    ("store", '{"Username": "a", "Secret": "b"}', "no credentials server URL\n"),
    ("store", '{"ServerURL": "registry.example.com", "Secret": "b"}', "no credentials username\n"),
    ("store", "x", "the credentials to store are not JSON\n"),
    ("dance", "", "docker-credential-jeton: unknown action: dance\n"),
])
def test_docker_gets_the_words_that_it_knows(home, desk, action, input, said):
    home.knows("registry.example.com", desk)
    result = home.docker(action, input)
    assert (result.returncode, result.stdout) == (1, said)


def test_docker_stores_gets_lists_and_erases(home, desk):
    home.knows("registry.example.com", desk)
    assert home.docker("list").stdout == "{}\n"
    token = desk.make_token("typed in")
    assert home.stores("registry.example.com", token, login="alice").returncode == 0
    got = home.docker("get", "https://Registry.example.com/v2/\n")
    assert json.loads(got.stdout) == {
        "ServerURL": "https://Registry.example.com/v2/", "Username": "alice", "Secret": token}
    assert json.loads(home.docker("list").stdout) == {"registry.example.com": "alice"}
    assert home.docker("erase", "registry.example.com").returncode == 0
    assert home.docker("get", "registry.example.com").stdout == NOT_FOUND
    assert home.docker("erase", "registry.example.com").returncode == 0
    assert desk.status(token, "registry") == 200, "what a person typed in is theirs to revoke"


def test_a_token_that_was_revoked_is_not_handed_out(home, desk):
    home.knows("registry.example.com", desk)
    token = desk.make_token("soon revoked")
    home.stores("registry.example.com", token)
    desk.revoke("soon revoked")
    got = home.docker("get", "registry.example.com")
    assert (got.returncode, got.stdout) == (1, NOT_FOUND)
    assert "jeton-setup sign-in docker registry.example.com" in got.stderr and token not in got.stderr


@pytest.mark.parametrize("asked", [
    "registry.example.com.evil.example", "evil.example", "registry.example.com:444", "registry.example.com@evil.example",
    "https://registry.example.com@evil.example/", "https://registry.example.com%2eevil.example",
    "https://evil.example/registry.example.com", "https://evil.example#registry.example.com",
    "https://evil.example\\@registry.example.com", "registry.example.com\nevil.example", "registry.example.com\r",
    "evil.example\0registry.example.com", "registry.example.com\0", "http://registry.example.com",
    "xregistry.example.com", "registry.example.com..", "REGISTRY．example.com"])
def test_no_other_host_gets_the_token(home, desk, asked):
    home.knows("registry.example.com", desk)
    home.stores("registry.example.com", desk.make_token(f"for one host, {abs(hash(asked))}"))
    # Surrounding space is no part of an address, as with Docker's own helpers.
    result = home.docker("get", asked + "/" if asked.endswith("\r") else asked)
    assert (result.returncode, result.stdout) == (1, NOT_FOUND)


def test_what_is_for_another_host_is_not_kept(home, desk):
    result = home.stores("elsewhere.example", "hunter2")
    assert result.returncode == 1 and "elsewhere.example is not in" in result.stdout
    assert "hunter2" not in result.stdout + result.stderr


# Where tokens are kept


def test_a_file_is_for_its_owner_alone(home, desk):
    home.knows("registry.example.com", desk)
    token = desk.make_token("in a file")
    home.stores("registry.example.com", token)
    kept = home.folder / ".local/share/jeton/tokens/docker@registry.example.com"
    assert token in kept.read_text() and kept.stat().st_mode & 0o777 == 0o600
    assert kept.parent.stat().st_mode & 0o777 == 0o700
    kept.chmod(0o644)
    result = home.docker("get", "registry.example.com")
    assert result.returncode == 1 and token not in result.stdout + result.stderr
    assert result.stdout == f"others can read or write {kept}: revoke that token on My Tokens, and remove the file\n"


def test_the_secret_service_keeps_it(home, desk):
    home.knows("registry.example.com", desk)
    token = desk.make_token("in the keyring")
    with secret_service(home.folder, home.environment):
        assert home.stores("registry.example.com", token).returncode == 0
        assert json.loads(home.docker("get", "registry.example.com").stdout)["Secret"] == token
        assert not (home.folder / ".local/share/jeton/tokens").exists()
        found = home.run("secret-tool", "lookup", "service", "jeton", "tool", "docker", "host", "registry.example.com")
        assert token in found.stdout
        assert home.docker("erase", "registry.example.com").returncode == 0
        assert home.docker("get", "registry.example.com").stdout == NOT_FOUND
    result = home.docker("get", "registry.example.com")
    assert result.returncode == 1 and result.stdout.startswith("the secret service failed: "), result.stdout


# skopeo, which has the code of Podman for this, and Docker


def uses(home, house):
    (home.folder / ".docker").mkdir()
    (home.folder / ".docker/config.json").write_text(json.dumps({"credHelpers": {house.host("registry"): "jeton"}}))
    # skopeo writes to this file what no helper keeps.
    home.environment["REGISTRY_AUTH_FILE"] = str(home.folder / ".docker/config.json")


def skopeo(home, *arguments):
    return home.run("skopeo", "--insecure-policy", *arguments)


def test_skopeo_logs_in_pushes_pulls_and_logs_out(home, desk, house):
    uses(home, house)
    home.knows(house.url("registry"), desk)
    token = desk.make_token("skopeo", "--scope", "registry:write")
    registry = f"docker://{house.host('registry')}/helped/image:1"
    pushed = skopeo(home, "copy", "--dest-tls-verify=false", f"dir:{house.folder}/images", registry)
    assert pushed.returncode != 0, "nobody has signed in"
    login = home.run("skopeo", "login", "--tls-verify=false", "--username", "alice", "--password-stdin",
                     house.host("registry"), input=token)
    assert login.returncode == 0, login.stderr
    assert token not in (home.folder / ".docker/config.json").read_text()
    pushed = skopeo(home, "copy", "--dest-tls-verify=false", f"dir:{house.folder}/images", registry)
    assert pushed.returncode == 0, pushed.stderr
    pulled = skopeo(home, "copy", "--src-tls-verify=false", registry, f"dir:{home.folder}/pulled")
    assert pulled.returncode == 0, pulled.stderr
    assert (home.folder / "pulled/manifest.json").exists()
    assert home.run("skopeo", "logout", house.host("registry")).returncode == 0
    assert json.loads(home.docker("list").stdout) == {}


@pytest.mark.skipif(not has_docker(), reason="there is no docker 28 or later here")
def test_docker_signs_in_reads_and_signs_out(home, desk, house):
    uses(home, house)
    home.knows(house.url("registry"), desk)
    token = desk.make_token("docker", "--scope", "registry:write")
    reference = f"{house.host('registry')}/docked/image:1"
    home.run("docker", "login", "--username", "alice", "--password-stdin", house.host("registry"), input=token,
             check=True)
    assert token not in (home.folder / ".docker/config.json").read_text()
    skopeo(home, "copy", "--dest-tls-verify=false", f"dir:{house.folder}/images", f"docker://{reference}")
    read = home.run("docker", "manifest", "inspect", "--insecure", reference)
    assert read.returncode == 0, read.stderr
    assert json.loads(read.stdout)["layers"]
    home.run("docker", "logout", house.host("registry"), check=True)
    read = home.run("docker", "manifest", "inspect", "--insecure", reference)
    assert read.returncode != 0 and "no basic auth credentials" in read.stderr, read.stderr


# cargo


def asks_as_cargo(home, *requests):
    result = home.run(
        "cargo-credential-jeton", "--cargo-plugin", input="".join(json.dumps(each) + "\n" for each in requests))
    hello, *answers = map(json.loads, result.stdout.splitlines())
    assert (result.returncode, hello) == (0, {"v": [1]})
    return answers


def of_cargo(kind, index="sparse+https://packages.example.com/cargo/", **more):
    return {"v": 1, "kind": kind, "registry": {"index-url": index, "name": "company"}, "args": [], **more}


def test_the_protocol_of_cargo(home, desk):
    home.knows("packages.example.com", desk)
    token = desk.make_token("cargo's protocol")
    gets = of_cargo("get", operation="read")
    nothing, logged_in, got, gone, gone_before = asks_as_cargo(
        home, gets, of_cargo("login", token=token), gets, of_cargo("logout"), of_cargo("logout"))
    assert nothing["Err"]["kind"] == "not-found" and "jeton-setup sign-in cargo" in nothing["Err"]["message"]
    assert logged_in == {"Ok": {"kind": "login"}}
    assert got == {"Ok": {"kind": "get", "token": token, "cache": "session", "operation_independent": True}}
    assert gone == {"Ok": {"kind": "logout"}}
    assert gone_before == {"Err": {"kind": "not-found"}}


@pytest.mark.parametrize("request_, kind", [
    (of_cargo("get", "sparse+https://elsewhere.example/"), "url-not-supported"),
    (of_cargo("get", "sparse+https://packages.example.com@elsewhere.example/"), "url-not-supported"),
    (of_cargo("get", "sparse+https://packages.example.com\n.elsewhere.example/"), "url-not-supported"),
    (of_cargo("login"), "other"),
    (of_cargo("yank"), "operation-not-supported"),
    ({**of_cargo("get"), "v": 2}, "operation-not-supported"),
    ({"v": 1, "kind": "get"}, "other"),
    ([], "other"),
])
def test_what_cargo_is_refused(home, desk, request_, kind):
    home.knows("packages.example.com", desk)
    home.run("jeton-setup", "status", check=True)
    [answer] = asks_as_cargo(home, request_)
    assert answer["Err"]["kind"] == kind, answer


def cargo_home(home, house):
    rust = {"RUSTUP_HOME": os.environ.get("RUSTUP_HOME", os.path.expanduser("~/.rustup")), "CARGO_NET_RETRY": "0"}
    home.environment.update(rust)
    (home.folder / ".cargo").mkdir()
    (home.folder / ".cargo/config.toml").write_text(
        f'[registries.company]\nindex = "sparse+{house.url("cargo")}/"\n'
        'credential-provider = ["cargo-credential-jeton"]\n')
    (home.folder / "mine/src").mkdir(parents=True)
    (home.folder / "mine/src/lib.rs").touch()
    (home.folder / "mine/Cargo.toml").write_text(
        '[package]\nname = "mine"\nversion = "1.0.0"\nedition = "2021"\n'
        '[dependencies]\ngreeting = { version = "1", registry = "company" }\n')
    return lambda: home.run("cargo", "fetch", "--manifest-path", "mine/Cargo.toml")


@pytest.mark.skipif(not has_cargo(), reason="there is no cargo 1.74 or later here")
def test_cargo_fetches_with_what_it_was_given(home, desk, house):
    fetch = cargo_home(home, house)
    home.knows(house.url("cargo"), desk)
    refused = fetch()
    assert refused.returncode != 0 and "no token found for `company`" in refused.stderr, refused.stderr
    token = desk.make_token("cargo", "--scope", "cargo:read")
    home.run("cargo", "login", "--registry", "company", input=token + "\n", check=True)
    assert not (home.folder / ".cargo/credentials.toml").exists()
    fetched = fetch()
    assert fetched.returncode == 0, fetched.stderr
    home.run("cargo", "logout", "--registry", "company", check=True)
    assert fetch().returncode == 0, "the index is in cargo's cache"
    assert home.run("jeton-setup", "status").stdout == ""


# pip and twine, by keyring


@pytest.fixture(scope="module")
def installed(tmp_path_factory):
    """The helpers, as `pip install` puts them beside keyring."""
    folder = tmp_path_factory.mktemp("installed")
    shutil.copytree(HELPERS, folder / "source", ignore=shutil.ignore_patterns("__pycache__"))
    done = run(folder, sys.executable, "-m", "pip", "install", "--isolated", "--quiet", "--no-deps", "--no-index",
               "--no-build-isolation", "--disable-pip-version-check", "--target", "there", "./source")
    assert done.returncode == 0, done.stderr
    return folder / "there"


@pytest.fixture
def ring(home, installed):
    """A home whose Python has the backend, and no other that works."""
    home.environment["PYTHONPATH"] = str(installed)
    return home


def pip(home, house, *options):
    return home.run(
        sys.executable, "-m", "pip", "install", "--no-input", "--no-deps", "--no-cache-dir",
        "--disable-pip-version-check", "--retries", "0", "--target", "here", "--keyring-provider", "import",
        "--index-url", f"{house.url('pypi')}/simple/", *options, "greeting")


def test_pip_and_twine_get_theirs_by_keyring(ring, desk, house):
    ring.knows(house.url("pypi"), desk)
    refused = pip(ring, house)
    assert refused.returncode != 0 and "jeton-setup sign-in pip" in refused.stderr, refused.stderr
    token = desk.make_token("pip", "--scope", "pypi:write")
    address = f"{house.url('pypi')}/simple/"
    ring.run(sys.executable, "-m", "keyring", "set", address, "token", input=token, check=True)
    installed = pip(ring, house)
    assert installed.returncode == 0, installed.stdout + installed.stderr
    assert (ring.folder / "here/greeting.py").exists()
    wheel(ring.folder, "7.0")
    uploaded = ring.run(
        sys.executable, "-m", "twine", "upload", "--non-interactive", "--disable-progress-bar", "--repository-url",
        house.url("pypi"), "--username", "__token__", "greeting-7.0-py3-none-any.whl")
    assert uploaded.returncode == 0, uploaded.stdout + uploaded.stderr
    assert (house.folder / "pypi/greeting-7.0-py3-none-any.whl").exists()
    ring.run(sys.executable, "-m", "keyring", "del", address, "token", check=True)
    assert ring.run("jeton-setup", "status").stdout == ""


def test_uv_gets_its_token_by_keyring(ring, desk, house):
    ring.knows(house.url("pypi"), desk)
    token = desk.make_token("uv", "--scope", "pypi:read")
    keeps(ring, "pip", house.url("pypi"), token)
    (ring.folder / "bin").mkdir()
    program = ring.folder / "bin/keyring"
    program.write_text(f"#!{sys.executable}\nfrom keyring.cli import main\nmain()\n")
    program.chmod(0o755)
    done = ring.run(
        BIN / "uv", "pip", "install", "--no-config", "--target", "here", "--python", sys.executable, "--no-cache",
        "--keyring-provider", "subprocess", "--index-url", f"http://token@{house.host('pypi')}/simple/", "greeting",
        PATH=f"{program.parent}:{ring.environment['PATH']}", UV_HTTP_RETRIES="0")
    assert done.returncode == 0, done.stderr
    assert (ring.folder / "here/greeting.py").exists()


def test_the_backend_has_nothing_for_others(ring, desk):
    ring.knows("packages.example.com", desk)
    token = desk.make_token("for one index")
    ring.run(sys.executable, "-m", "keyring", "set", "packages.example.com", "token", input=token, check=True)
    for service in ("https://elsewhere.example/simple/", "https://packages.example.com@elsewhere.example/", "system",
                    "http://packages.example.com/simple/", "packages.example.com\nelsewhere.example"):
        found = ring.run(sys.executable, "-m", "keyring", "get", service, "token")
        assert found.returncode != 0 and token not in found.stdout, service
    found = ring.run(sys.executable, "-m", "keyring", "get", "https://packages.example.com/simple/", "token")
    assert found.stdout.strip() == token


# Sign-in by device


@pytest.fixture(scope="module")
def alice(desk):
    with person(desk.url) as alice:
        yield alice


def code_in(text):
    """The code that is shown, once the page to enter it at is, too."""
    found = re.search(r"Open (\S+)/device and enter ([B-Z]{4}-[B-Z]{4})", text)
    return found and found[2]


def enter(alice, desk, code):
    alice.open(f"{desk.url}/device")
    alice.fill("Code", code)
    alice.click("button", "Continue")


@contextlib.contextmanager
def waiting(home, *command, **environment):
    """The program that waits for its person, and its code."""
    said = home.folder / f"said-{secrets.token_hex(4)}"
    with said.open("wb") as output:
        process = subprocess.Popen(
            command, cwd=home.folder, env={**home.environment, **environment}, stdin=subprocess.DEVNULL,
            stdout=output, stderr=output)
    process.said = said
    try:
        code = wait_for(lambda: code_in(said.read_text()) or process.poll() is not None)
        assert code is not True, said.read_text()
        yield process, code
        process.wait(timeout=60)
    finally:
        process.kill()
        process.wait()


def client_tokens(desk, client):
    """The tokens that this program got, also those that have ended."""
    api = desk.api(f"manager {secrets.token_hex(4)}")
    answer = api.session.get(f"{api.url}/tokens?state=all&limit=100", timeout=10)
    return [token for token in answer.json()["tokens"] if token["client"] and token["client"]["id"] == client]


def test_skopeo_waits_at_its_terminal_until_somebody_has_signed_in(home, desk, house, alice):
    uses(home, house)
    home.knows(house.url("registry"), desk, "registry:write")
    registry = f"docker://{house.host('registry')}/signed/image:1"
    environment = {**home.environment, "JETON_SIGN_IN": ""}
    with Terminal(home.folder, "skopeo", "--insecure-policy", "copy", "--dest-tls-verify=false",
                  f"dir:{house.folder}/images", registry, **environment) as terminal:
        terminal.until(lambda said: code_in(said.decode()))
        enter(alice, desk, code_in(terminal.said.decode()))
        assert "docker" in alice.text
        alice.allow()
        assert terminal.finish() == 0, terminal.said.decode()
    assert b"jtn_" not in terminal.said
    pulled = skopeo(home, "copy", "--src-tls-verify=false", registry, f"dir:{home.folder}/pulled")
    assert pulled.returncode == 0, pulled.stderr
    [token] = client_tokens(desk, "jeton-docker")
    assert token["scopes"] == ["registry:write"] and token["state"] == "live"
    assert home.run("skopeo", "logout", house.host("registry")).returncode == 0
    [token] = client_tokens(desk, "jeton-docker")
    assert token["state"] == "revoked", "what a sign-in gave is revoked"


def test_a_sign_in_that_is_refused(home, desk, alice):
    home.knows("packages.example.com", desk, "cargo:read")
    with waiting(home, "jeton-setup", "sign-in", "cargo", "packages.example.com") as (process, code):
        enter(alice, desk, code)
        alice.refuse()
    assert process.returncode == 1
    assert process.said.read_text().endswith("jeton-setup: the sign-in was denied in the browser\n")


def test_two_at_once_sign_in_once_and_a_revoked_token_is_replaced(home, desk, alice):
    home.knows("packages.example.com", desk, "pypi:read")
    command = ["jeton-setup", "sign-in", "pip", "packages.example.com"]
    with waiting(home, *command) as (first, code):
        second = subprocess.Popen(command, env=home.environment, cwd=home.folder, stderr=subprocess.PIPE, text=True)
        enter(alice, desk, code)
        alice.allow()
    assert first.returncode == 0, first.said.read_text()
    assert second.communicate(timeout=60)[1] == "pip has a token for packages.example.com.\n"
    [token] = client_tokens(desk, "jeton-keyring")
    assert home.run("jeton-setup", "status").stdout == f"pip\tpackages.example.com\t{desk.url}\n"
    desk.revoke(token["name"])
    with waiting(home, *command) as (again, code):
        enter(alice, desk, code)
        alice.allow()
    assert again.returncode == 0, again.said.read_text()
    assert sorted(token["state"] for token in client_tokens(desk, "jeton-keyring")) == ["live", "revoked"]
    home.run("jeton-setup", "sign-out", "pip", "packages.example.com", check=True)
    assert {token["state"] for token in client_tokens(desk, "jeton-keyring")} == {"revoked"}


def test_a_token_that_may_rotate_itself_does_so_once_a_week(home, desk, alice):
    home.knows("packages.example.com", desk, "cargo:read jeton:rotate")
    with waiting(home, "jeton-setup", "sign-in", "cargo", "packages.example.com") as (process, code):
        enter(alice, desk, code)
        alice.allow()
    assert process.returncode == 0, process.said.read_text()
    gets = json.dumps(of_cargo("get", operation="read")) + "\n"

    def token(*before):
        result = home.run(*before, "cargo-credential-jeton", "--cargo-plugin", input=gets, check=True)
        return json.loads(result.stdout.splitlines()[1])["Ok"]["token"]

    first = token()
    assert token() == first
    rotated = token("faketime", "-f", "+8d")
    assert rotated != first and token() == rotated
    assert desk.status(rotated, "cargo") == 200
    assert desk.status(first, "cargo") == 200, "for an hour, for builds that are running"


def test_without_sign_in_by_device_the_desk_says_so(home, tmp_path_factory):
    folder = tmp_path_factory.mktemp("without")
    (folder / "jeton.yaml").write_text("oauth: { device: false }\n")
    with Jeton(folder, config=folder / "jeton.yaml") as desk:
        desk.add_user("alice")
        home.knows("packages.example.com", desk)
        refused = home.run("jeton-setup", "sign-in", "cargo", "packages.example.com")
    assert refused.returncode == 1 and "switched sign-in by code off" in refused.stderr


def test_a_desk_that_is_down_costs_no_token(home, desk):
    home.knows("packages.example.com", desk)
    token = desk.make_token("while the desk is down")
    home.run("jeton-setup", "sign-in", "docker", "packages.example.com", "--with-token", input=token, check=True)
    hosts = home.folder / ".config/jeton/hosts.ini"
    hosts.write_text(hosts.read_text().replace(desk.url, "http://127.0.0.1:9"))
    assert json.loads(home.docker("get", "packages.example.com").stdout)["Secret"] == token
    refused = home.run("jeton-setup", "sign-in", "cargo", "packages.example.com")
    assert refused.returncode == 1 and "the desk 127.0.0.1:9 does not answer" in refused.stderr


# The files that other tools read


def keeps(home, tool, host, token):
    home.run("jeton-setup", "sign-in", tool, host, "--with-token", input=token + "\n", check=True)


def test_maven_deploys_with_the_settings_that_were_written(home, desk, builds):
    home.knows(builds.url, desk)
    token = desk.make_token("maven", "--scope", "maven:write")
    keeps(home, "maven", builds.url, token)
    mirrors = re.search("<mirrors>.*</mirrors>", (EXAMPLE / "settings.xml").read_text(), re.S)[0]
    settings = home.folder / ".m2/settings.xml"
    settings.parent.mkdir()
    settings.write_text(f"<settings>\n  <!-- ours -->\n  {mirrors}\n</settings>\n")
    written = home.run("jeton-setup", "maven", builds.url, "--id", "builds")
    assert (written.returncode, written.stderr) == (0, f"{settings} has the token.\n")
    assert settings.stat().st_mode & 0o777 == 0o600 and "<!-- ours -->" in settings.read_text()
    shutil.copytree(EXAMPLE / "library", home.folder / "library")
    done = home.run(
        "mvn", "--batch-mode", "--no-transfer-progress", "--file", "library", "--settings", str(settings),
        f"-Dmaven.repo.local={home.folder}/cache", f"-Dbuilds.url={builds.url}/maven/", "-Dmaven.test.skip=true",
        "deploy")
    assert done.returncode == 0, done.stdout
    assert home.run("jeton-setup", "maven", builds.url, "--id", "builds").returncode == 0
    assert settings.read_text().count(token) == 1


def debian_repository(folder):
    """A repository of no packages, as apt reads it."""
    folder.mkdir()
    (folder / "Packages").write_text("")
    digest = hashlib.sha256(b"").hexdigest()
    (folder / "Release").write_text(
        f"Date: Tue, 01 Dec 2026 08:00:00 UTC\nSuite: ours\nSHA256:\n {digest} 0 Packages\n")


def test_apt_reads_a_repository_with_what_was_written(home, desk, house):
    debian_repository(house.folder / "npm/debian")
    address = f"{house.url('npm')}/debian"
    home.knows(address, desk)
    keeps(home, "apt", address, desk.make_token("apt", "--scope", "npm:read"))
    parts = home.folder / "auth.conf.d"
    (home.folder / "sources.list").write_text(f"deb [trusted=yes] {address}/ ./\n")
    for name in ("state/lists/partial", "cache/archives/partial", "auth.conf.d"):
        (home.folder / name).mkdir(parents=True)

    def update():
        options = {
            "Dir::Etc::sourcelist": "sources.list", "Dir::Etc::sourceparts": "-", "Dir::Etc::netrcparts": parts,
            "Dir::State": "state", "Dir::Cache": "cache", "APT::Sandbox::User": "root", "Acquire::Retries": "0"}
        return home.run("apt-get", "update", "--error-on=any", *(
            f"-o{key}={home.folder / value if key[:3] == 'Dir' and value != '-' else value}"
            for key, value in options.items()))

    refused = update()
    assert refused.returncode != 0 and "401" in refused.stdout + refused.stderr
    file = parts / "company.conf"
    home.run("jeton-setup", "apt", address, "--file", str(file), check=True)
    assert file.stat().st_mode & 0o777 == 0o600
    updated = update()
    assert updated.returncode == 0, updated.stdout + updated.stderr


def test_curl_reads_the_netrc_that_was_written(home, desk, house):
    home.knows(house.url("npm"), desk)
    keeps(home, "netrc", house.url("npm"), desk.make_token("netrc", "--scope", "npm:read"))
    home.run("jeton-setup", "netrc", house.url("npm"), check=True)
    got = home.run("curl", "--silent", "--fail-with-body", "--netrc", house.url("npm") + "/greeting")
    assert got.returncode == 0 and json.loads(got.stdout)["name"] == "greeting", got.stdout


PROPERTIES = r"""
import java.io.*; import java.util.*;
class Read {
    public static void main(String[] given) throws Exception {
        Properties found = new Properties();
        found.load(new FileInputStream(given[0]));
        for (String key : new TreeSet<>(found.stringPropertyNames())) System.out.println(key + "=" + found.getProperty(key));
    }
}
"""


def test_gradle_gets_its_properties(home, desk):
    home.knows("packages.example.com", desk)
    token = desk.make_token("gradle")
    keeps(home, "gradle", "packages.example.com", token)
    file = home.folder / ".gradle/gradle.properties"
    file.parent.mkdir()
    file.write_bytes(b"# ours \xe9\r\norg.gradle.jvmargs=-Xmx1g \\\r\n  -Xms1g\r\ncompany\\\r\n  Password : old\r\nlast=1")
    home.run("jeton-setup", "gradle", "packages.example.com", "--name", "company", check=True)
    (home.folder / "Read.java").write_text(PROPERTIES)
    read = home.run("java", "Read.java", str(file), check=True)
    assert read.stdout.splitlines() == [
        f"companyPassword={token}", "companyUsername=token", "last=1", "org.gradle.jvmargs=-Xmx1g -Xms1g"]
    assert file.read_bytes().startswith(b"# ours \xe9\r\n") and file.stat().st_mode & 0o777 == 0o600


SERVER = "<server><id>{}</id><username>{}</username><password>{}</password></server>"


@pytest.mark.parametrize("before", [
    "<settings/>", "<settings></settings>", "<settings>\n  <servers/>\n</settings>\n", "<m:settings xmlns:m='a'/>",
    '<?xml version="1.0" encoding="ISO-8859-1"?>\n<settings><!-- <servers> --><a b=">"/></settings>',
    f"<settings><servers>{SERVER.format('other', 'bob', 'his')}</servers></settings>",
    f"<settings><servers>{SERVER.format('company', 'token', 'old')}</servers></settings>",
    "<settings><servers><server><configuration><id>company</id></configuration></server></servers></settings>",
    "<settings><servers><server>\n<id> company </id></server></servers></settings>",
    "<settings><servers><server><id>company</id><username/><password></password></server></servers></settings>",
])
def test_settings_have_the_server_and_all_that_was_there(before):
    merged = settings_xml.merge(before.encode("latin-1"), "company", "token", "new").decode("latin-1")
    servers = {}
    for server in ElementTree.fromstring(merged).iter():
        if server.tag.endswith("server"):
            found = {child.tag: (child.text or "").strip() for child in server}
            servers[found.get("id")] = (found.get("username"), found.get("password"))
    assert servers["company"] == ("token", "new"), merged
    assert "old" not in merged
    left = merged
    for piece in re.findall("<!--.*?-->|<a [^/]*/>|<configuration>.*</configuration>|bob|his", before):
        assert piece in left
    again = settings_xml.merge(merged.encode("latin-1"), "company", "token", "new").decode("latin-1")
    assert again == merged


@pytest.mark.parametrize("before, why", [
    ("<settings>", "it is no XML"), ("<project/>", "its root is not <settings>"),
    ("<settings/>".encode("utf-16"), "UTF-16"),
    (f"<settings><servers>{SERVER.format('company', 'alice', 'hers')}</servers></settings>", "credentials of “alice”"),
    (f"<settings><servers>{SERVER.format('company', 'token', 'a') * 2}</servers></settings>", "keep one of them"),
])
def test_settings_that_cannot_take_it_stay(before, why):
    with pytest.raises(Fault, match=why) as raised:
        settings_xml.merge(before if isinstance(before, bytes) else before.encode(), "company", "token", "new")
    assert "hers" not in str(raised.value)


def test_credentials_that_were_there_are_replaced_only_where_it_was_asked_for(home, desk):
    home.knows("packages.example.com", desk)
    token = desk.make_token("replaces")
    keeps(home, "netrc", "packages.example.com", token)
    file = home.folder / ".netrc"
    file.write_text("machine packages.example.com login alice password hers\n")
    kept = home.run("jeton-setup", "netrc", "packages.example.com")
    assert kept.returncode == 1 and "line 1 has credentials of “alice”" in kept.stderr and "hers" not in kept.stderr
    assert "hers" in file.read_text()
    home.run("jeton-setup", "netrc", "packages.example.com", "--replace", check=True)
    assert file.read_text() == f"machine packages.example.com\nlogin token\npassword {token}\n"


@pytest.mark.parametrize("before", [
    "", "machine other login bob password his", "machine other login bob password his\ndefault login me password mine\n",
    "machine packages login token password old\n", "machine other\n\tlogin packages\n\tpassword machine\n",
    "macdef init\nmachine packages login token\n\nmachine packages login token password old\n",
    "machine packages login token password old machine other login bob password his",
])
def test_a_netrc_has_the_machine_and_all_that_was_there(tmp_path, before):
    (tmp_path / "before").write_text(before)
    (tmp_path / "after").write_bytes(netrc.merge(before.encode(), "packages", "token", "new"))
    old, new = (standard_netrc.netrc(tmp_path / name) for name in ("before", "after"))
    assert new.hosts.pop("packages") == ("token", "", "new")
    old.hosts.pop("packages", None)
    assert new.hosts == old.hosts and new.macros == old.macros
    # curl and others stop at the default.
    assert (tmp_path / "after").read_text().find("machine packages") < (before.find("default") + 1 or len(before) + 9)


@pytest.mark.parametrize("before, key, value", [
    ("companyUsername=token\ncompanyPassword=old\n", None, None), ("a = b c\n", "a", "b c"), ("! c\n#d\n", None, None),
    ("a\\=b : c", "a=b", "c"), ("companyPasswordOther=1\n", "companyPasswordOther", "1"),
])
def test_properties_have_both_lines_once(before, key, value):
    merged = properties.merge(before.encode(), "company", "token", "new").decode()
    entries = [(found, held) for _, found, held in properties._logical_lines(merged) if found]
    assert ("companyUsername", "token") in entries and ("companyPassword", "new") in entries
    assert len(entries) == (3 if key else 2) and (key is None or (key, value) in entries)
