"""What the page of a new token shows to paste, pasted: into a real terminal with the real tools, in a home where
nobody has set anything, and in one where somebody has."""

import os
import re
import shutil
import subprocess
import sys
from contextlib import ExitStack

import pytest

from jeton import EXAMPLE, Builds, Jeton, accepts, free_port, git_environment, wait_for
from pasted import Terminal, commands, made_on_the_page, paste, placed
from proxies import BIN, PROXIES, Running
from test_clients import has_cargo, image, run, wheel
from test_first_reads import Packages

KINDS = {"git": "git", "maven": "maven", "npm": "npm", "pypi": "pypi", "crates": "cargo", "images": "docker"}
FIRST = {"git": "Git", "maven": "Maven", "npm": "npm", "pypi": "pip", "crates": "cargo", "images": "Docker"}


@pytest.fixture(scope="module")
def house(tmp_path_factory):
    """A desk with a service of each kind, and each of them behind nginx."""
    folder = tmp_path_factory.mktemp("house")
    house = House()
    house.desk = Jeton(folder, config=folder / "jeton.yaml")
    nginx = next(proxy for proxy in PROXIES if proxy.name == "nginx")
    with ExitStack() as stack:
        def behind(name, port):
            return stack.enter_context(
                Running(nginx, folder / name, jeton=house.desk.port, name=name, service=port, waits=False))

        house.packages = stack.enter_context(Packages(tmp_path_factory.mktemp("packages")))
        house.index = stack.enter_context(Index(tmp_path_factory.mktemp("index")))
        registry = stack.enter_context(Registry(tmp_path_factory.mktemp("registry")))
        house.builds = Builds(folder / "builds", house.desk)
        npm, crates, pypi, images = (
            behind(name, port) for name, port in (
                ("npm", house.packages.port), ("crates", house.packages.port), ("pypi", house.index.port),
                ("images", registry.port)))
        house.urls = {
            "git": f"{house.builds.url}/git/", "maven": f"{house.builds.url}/maven/", "npm": f"{npm.url}/npm/",
            "pypi": f"{pypi.url}/", "crates": f"{crates.url}/", "images": f"{images.url}/"}
        paths = {"git": ", paths: [/*.git]"}
        house.desk.config.write_text("services:\n" + "".join(
            f"  {name}: {{ title: The {name}, kind: {kind}, url: \"{house.urls[name]}\"{paths.get(name, '')} }}\n"
            for name, kind in KINDS.items()))
        stack.enter_context(house.desk)
        house.desk.add_user("alice")
        stack.enter_context(house.builds)
        yield house


class House:
    def token(self, name, access="write", below=""):
        """A token for one service alone, and what its page has to paste."""
        token, steps = made_on_the_page(
            self.desk, name=f"{name} {os.urandom(4).hex()}", services="only", expires="never",
            **{f"access.{name}": access, f"below.{name}": below})
        assert list(steps)[0] == FIRST[name], "its own tool comes first"
        assert not any(token in lines for found in steps.values() for lines in commands(found))
        return token, steps[FIRST[name]]


class Process:
    def __init__(self, folder):
        self.folder = folder
        self.port = free_port()

    def __enter__(self):
        with (self.folder / "log").open("wb") as log:
            self.process = subprocess.Popen(self.command(), stdin=subprocess.DEVNULL, stdout=log, stderr=log)
        wait_for(lambda: accepts(self.port))
        return self

    def __exit__(self, *_):
        self.process.terminate()
        self.process.wait(timeout=10)


class Index(Process):
    """A package index with the package `greeting`, which takes uploads."""

    def command(self):
        wheel(self.folder, "1.0")
        return [sys.executable, "-m", "pypiserver", "run", "--interface", "127.0.0.1", "--port", str(self.port),
                "--server", "wsgiref", "--disable-fallback", "--overwrite", "--authenticate", ".", "--passwords", ".",
                str(self.folder)]


class Registry(Process):
    """A container registry."""

    def command(self):
        (self.folder / "registry.yml").write_text(
            f"version: 0.1\nstorage: {{ filesystem: {{ rootdirectory: {self.folder}/store }} }}\n"
            f"http: {{ addr: '127.0.0.1:{self.port}', relativeurls: true }}\n")
        return ["docker-registry", "serve", str(self.folder / "registry.yml")]


def put(home, steps):
    """Does what the steps say: runs those that ask nothing, and adds content to the files in the home."""
    for place, lines in steps:
        if place == "commands" and "chmod 600" in lines:
            done = run(home, "sh", "-c", lines)
            assert done.returncode == 0, done.stderr
        elif place.startswith("~/"):
            path = home / place[2:]
            path.parent.mkdir(exist_ok=True, parents=True)
            path.write_text((path.read_text() if path.exists() else "") + lines + "\n")


def is_private(path):
    return path.stat().st_mode & 0o777 == 0o600


# Git


@pytest.mark.parametrize("shell", ["bash", "dash"])
def test_git_asks_and_keeps_it_for_its_host_alone(house, tmp_path, shell):
    token, steps = house.token("git")
    [lines] = commands(steps)
    code, screen = paste(tmp_path, lines, token, shell=(shell, "-c"), GIT_CONFIG_NOSYSTEM="1")
    assert code == 0 and token not in screen, screen
    assert house.builds.address in (tmp_path / ".gitconfig").read_text()
    assert is_private(tmp_path / ".git-credentials")
    repository = house.builds.make_repository(f"kept-{shell}")
    listed = run_git(tmp_path, "ls-remote", house.builds.url + repository)
    assert listed.returncode == 0, listed.stderr
    assert helpers_of(tmp_path, "https://elsewhere.example") == []


def run_git(home, *arguments):
    return subprocess.run(
        ["git", *arguments], cwd=home, env=git_environment(home), stdin=subprocess.DEVNULL, capture_output=True,
        text=True, timeout=60)


def helpers_of(home, url):
    return run_git(home, "config", "--get-urlmatch", "credential.helper", url).stdout.split()


def test_a_helper_that_somebody_has_set_stays_in_force_for_every_host(house, tmp_path):
    """Nothing of theirs is put into a file that is not encrypted, and the token goes where the rest is."""
    kept = tmp_path / "kept"
    helper = f"store --file {kept}"
    assert run_git(tmp_path, "config", "--global", "credential.helper", helper).returncode == 0
    other = "protocol=https\nhost=elsewhere.example\nusername=alice\npassword=theirs\n\n"
    subprocess.run(["git", "credential", "approve"], input=other, env=git_environment(tmp_path), text=True, check=True)
    before = (tmp_path / ".gitconfig").read_text()
    token, steps = house.token("git")
    [lines] = commands(steps)
    code, screen = paste(tmp_path, lines, token, GIT_CONFIG_NOSYSTEM="1")
    assert code == 0, screen
    assert (tmp_path / ".gitconfig").read_text() == before
    assert not (tmp_path / ".git-credentials").exists()
    assert sorted("theirs" if "theirs" in line else "token" for line in kept.read_text().splitlines()) == [
        "theirs", "token"]
    filled = subprocess.run(
        ["git", "credential", "fill"], input="protocol=https\nhost=elsewhere.example\n\n", capture_output=True,
        env=git_environment(tmp_path), text=True, check=True)
    assert "password=theirs" in filled.stdout
    listed = run_git(tmp_path, "ls-remote", house.builds.url + house.builds.make_repository("helped"))
    assert listed.returncode == 0, listed.stderr


def test_a_new_secret_takes_the_place_of_the_old_one(house, tmp_path):
    for _ in range(2):
        token, steps = house.token("git")
        code, screen = paste(tmp_path, commands(steps)[0], token, GIT_CONFIG_NOSYSTEM="1")
        assert code == 0, screen
        assert [line.count(token) for line in (tmp_path / ".git-credentials").read_text().splitlines()] == [1]


def test_lines_that_are_pasted_at_a_prompt_leave_nothing_in_the_history(house, tmp_path):
    token, steps = house.token("git")
    with Terminal(tmp_path, "bash", "--norc", "-i", GIT_CONFIG_NOSYSTEM="1",
                  HISTFILE=str(tmp_path / "history")) as terminal:
        terminal.until(lambda said: b"ready$ " in said)
        terminal.write(commands(steps)[0] + "\n")
        terminal.answer(token)
        terminal.until(lambda said: said.endswith(b"ready$ "))
        terminal.write("history -w; exit\n")
        assert terminal.finish() == 0
    history = (tmp_path / "history").read_text()
    assert "git credential approve" in history and token not in history
    assert token in (tmp_path / ".git-credentials").read_text()


def test_a_token_for_one_repository_is_offered_to_no_other(house, tmp_path):
    mine = house.builds.make_repository("mine")
    others = house.builds.make_repository("others")
    wide, wide_steps = house.token("git")
    paste(tmp_path, commands(wide_steps)[0], wide, GIT_CONFIG_NOSYSTEM="1")
    token, steps = house.token("git", below="/mine.git")
    setup, clone = commands(steps)
    code, screen = paste(tmp_path, setup, token, GIT_CONFIG_NOSYSTEM="1")
    assert code == 0 and token not in screen, screen
    assert is_private(tmp_path / ".git-credentials-mine.git")
    cloned = subprocess.run(
        ["sh", "-c", clone], cwd=tmp_path, env=git_environment(tmp_path), capture_output=True, text=True, timeout=60)
    assert cloned.returncode == 0, cloned.stderr
    assert run_git(tmp_path, "ls-remote", house.builds.url + others).returncode == 0, "the wide one serves the others"
    assert token not in (tmp_path / ".git-credentials").read_text()
    # Once the wide one is gone, only the narrow one's repository is reached, and it was never sent to the other.
    (tmp_path / ".git-credentials").unlink()
    assert run_git(tmp_path, "ls-remote", house.builds.url + mine).returncode == 0
    refused = run_git(tmp_path, "ls-remote", house.builds.url + others)
    assert refused.returncode != 0 and "may" not in refused.stderr, refused.stderr


# The others


def test_curl_asks_for_it(house, tmp_path):
    token, _ = house.token("maven", "read")
    _, steps = made_on_the_page(
        house.desk, name="curl", services="only", expires="never", **{"access.maven": "read"})
    [lines] = commands(steps["curl"])
    code, screen = paste(tmp_path, lines.replace("curl ", "curl --write-out %{http_code} ", 1), token)
    assert code == 0 and token not in screen, screen
    assert screen.rstrip().endswith(("200", "403", "404")) and "may not" not in screen, screen


def test_a_job_reads_it_from_its_variable(house, tmp_path):
    token, steps = made_on_the_page(
        house.desk, name="job", services="only", expires="never", **{"access.npm": "read"})
    variables = dict(line.split("=") for line in placed(steps["CI variable"], "secret variables").splitlines())
    assert variables == {"NPM_LOGIN": "alice", "NPM_TOKEN": token}
    command = commands(steps["CI variable"])[0].removesuffix("/npm/") + "/npm/-/whoami"
    done = run(tmp_path, "sh", "-c", command, **variables)
    assert (done.returncode, done.stdout) == (0, '{"username": "alice"}'), done.stderr


def test_maven_deploys_with_its_settings(house, tmp_path):
    _, steps = house.token("maven")
    put(tmp_path, steps)
    settings = tmp_path / ".m2/settings.xml"
    assert is_private(settings)
    shutil.copytree(EXAMPLE / "library", tmp_path / "library")
    pom = tmp_path / "library/pom.xml"
    pom.write_text(pom.read_text().replace("<id>builds</id>", "<id>maven</id>"))
    mirrors = (EXAMPLE / "settings.xml").read_text().partition("<mirrors>")[2].partition("</mirrors>")[0]
    settings.write_text(settings.read_text().replace("</settings>", f"<mirrors>{mirrors}</mirrors></settings>"))
    done = subprocess.run(
        ["mvn", "--batch-mode", "--no-transfer-progress", "--settings", settings,
         f"-Dmaven.repo.local={tmp_path}/cache", f"-Dbuilds.url={house.urls['maven']}", "-Dmaven.test.skip=true",
         "deploy"], cwd=tmp_path / "library", stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=100)
    assert done.returncode == 0, done.stdout


def test_npm_installs_and_the_registry_of_other_projects_stays(house, tmp_path):
    _, steps = house.token("npm", "read")
    (tmp_path / ".npmrc").write_text("fund=false\n")
    put(tmp_path, steps)
    assert is_private(tmp_path / ".npmrc")
    project = tmp_path / "project"
    project.mkdir()
    (project / ".npmrc").write_text(placed(steps, ".npmrc") + "\n")
    (project / "package.json").write_text("{}")
    house.packages.url = house.urls["npm"].removesuffix("/npm/")
    path = {"PATH": f"{BIN}:{os.environ['PATH']}", "HOME": str(tmp_path)}

    def npm(folder, *arguments):
        return subprocess.run([BIN / "npm", *arguments], cwd=folder, env=path, stdin=subprocess.DEVNULL,
                              capture_output=True, text=True, timeout=120)

    done = npm(project, "install", "@team/greeting", "--no-audit", "--no-update-notifier")
    assert done.returncode == 0, done.stderr
    assert npm(tmp_path, "config", "get", "registry").stdout == "https://registry.npmjs.org/\n"


def test_pip_installs_and_twine_publishes(house, tmp_path):
    token, steps = house.token("pypi")
    put(tmp_path, steps)
    assert is_private(tmp_path / ".netrc")
    (tmp_path / "requirements.txt").write_text(placed(steps, "requirements.txt") + "\ngreeting\n")
    done = run(tmp_path, sys.executable, "-m", "pip", "install", "--isolated", "--no-input", "--no-deps",
               "--disable-pip-version-check", "--no-cache-dir", "--target", str(tmp_path / "installed"), "-r",
               "requirements.txt")
    assert done.returncode == 0, done.stderr
    (tmp_path / "dist").mkdir()
    wheel(tmp_path / "dist", "2.0")
    upload = commands(steps)[-1].replace("twine ", f"{sys.executable} -m twine ", 1)
    (tmp_path / ".netrc").unlink()  # twine does not need it
    code, screen = paste(tmp_path, upload, token, PYTHON_KEYRING_BACKEND="keyring.backends.null.Keyring")
    assert code == 0 and token not in screen, screen
    assert (house.index.folder / "greeting-2.0-py3-none-any.whl").exists()


@pytest.mark.skipif(not has_cargo(), reason="there is no cargo 1.74 or later here")
def test_cargo_asks_for_it_and_fetches(house, tmp_path):
    token, steps = house.token("crates", "read")
    put(tmp_path, steps)
    house.packages.url = house.urls["crates"].rstrip("/")
    rust = {"RUSTUP_HOME": os.environ.get("RUSTUP_HOME", os.path.expanduser("~/.rustup")), "CARGO_NET_RETRY": "0"}
    with Terminal(tmp_path, "bash", "-c", commands(steps)[0], **rust) as terminal:
        terminal.until(lambda said: b"paste the token" in said)
        terminal.write(token + "\n")
        assert terminal.finish() == 0, terminal.said
    assert is_private(tmp_path / ".cargo/credentials.toml")
    mine = tmp_path / "mine"
    (mine / "src").mkdir(parents=True)
    (mine / "src/lib.rs").touch()
    (mine / "Cargo.toml").write_text(
        '[package]\nname = "mine"\nversion = "1.0.0"\nedition = "2021"\n'
        '[dependencies]\ngreeting = { version = "1", registry = "crates" }\n')
    done = run(tmp_path, "cargo", "fetch", "--manifest-path", str(mine / "Cargo.toml"), **rust)
    assert done.returncode == 0, done.stderr


def has_docker():
    """Whether the machine has a docker that signs in without a daemon: 28 or later."""
    if not shutil.which("docker"):
        return False
    version = subprocess.run(["docker", "--version"], capture_output=True, text=True, timeout=60).stdout
    return int((re.search(r"version (\d+)", version) or [0, 0])[1]) >= 28


@pytest.mark.skipif(not has_docker(), reason="there is no docker 28 or later here")
def test_docker_asks_for_it(house, tmp_path):
    token, steps = house.token("images")
    [lines] = commands(steps)
    code, screen = paste(tmp_path, lines, token)
    assert code == 0 and "Login Succeeded" in screen and token not in screen, screen


def test_skopeo_asks_for_it_and_pushes(house, tmp_path):
    token, steps = house.token("images")
    [lines] = commands(steps)
    login = lines.replace("docker login", "skopeo login --tls-verify=false")
    auth = {"REGISTRY_AUTH_FILE": str(tmp_path / "auth.json"), "XDG_RUNTIME_DIR": str(tmp_path)}
    code, screen = paste(tmp_path, login, token, **auth)
    assert code == 0 and token not in screen, screen
    (tmp_path / "image").mkdir()
    image(tmp_path / "image")
    host = house.urls["images"].removeprefix("http://").rstrip("/")
    pushed = run(tmp_path, "skopeo", "--insecure-policy", "copy", "--dest-tls-verify=false", f"dir:{tmp_path}/image",
                 f"docker://{host}/team/app:1", **auth)
    assert pushed.returncode == 0, pushed.stderr


def test_the_desk_lists_tokens_for_one_that_manages(house, tmp_path):
    token, steps = made_on_the_page(house.desk, name="manager", services="only", manage="on", expires="never")
    code, screen = paste(tmp_path, commands(steps["Jeton API"])[0], token)
    assert code == 0 and token not in screen and '"manager"' in screen, screen
