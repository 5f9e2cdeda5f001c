"""The real binary, run in a separate folder, and what the tests do with it."""

import base64
import contextlib
import datetime
import html.parser
import http.client
import itertools
import os
import random
import re
import secrets
import signal
import socket
import subprocess
import time
import zlib
from pathlib import Path

import requests

from api import API

ROOT = Path(__file__).resolve().parents[2]
BINARY = Path(os.environ.get("JETON", ROOT / ".build/release/jeton"))
EXAMPLE = ROOT / "examples/maven-and-git"
PASSWORD = "correct horse battery staple"


# Below the ports that the system assigns, and separate for each process that runs tests.
_PORTS = range(10_000 + 2_000 * int(os.environ.get("PYTEST_XDIST_WORKER", "gw0")[2:]), 32_000)[:2_000]
_next_port = itertools.cycle(random.sample(_PORTS, len(_PORTS)))


def free_port():
    for port in _next_port:
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            with contextlib.suppress(OSError):
                probe.bind(("127.0.0.1", port))
                return port


def wait_for(what, seconds=30, every=0.02):
    """Calls `what` until it returns something true, and returns that."""
    end = time.monotonic() + seconds
    while True:
        found = what()
        if found:
            return found
        assert time.monotonic() < end, f"this did not come about within {seconds} s: {what}"
        time.sleep(every)


def accepts(port, host="127.0.0.1"):
    with socket.socket() as probe:
        return probe.connect_ex((host, port)) == 0


def basic(login, password):
    return "Basic " + base64.b64encode(f"{login}:{password}".encode()).decode()


def in_seconds(seconds):
    """The time in that many seconds, in RFC 3339."""
    moment = datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(seconds=seconds)
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")


_DIGITS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"


def make_secret():
    """A token as docs/tokens.md specifies it, for a ledger that a test fills."""
    payload = "jtn_" + "".join(secrets.choice(_DIGITS) for _ in range(32))
    number, checksum = zlib.crc32(payload.encode()), ""
    for _ in range(6):
        number, digit = divmod(number, 62)
        checksum = _DIGITS[digit] + checksum
    return payload + checksum


class Jeton:
    """`jeton serve` on a free loopback port, with its data and its log in `folder`.

    `environment` is added to the tests' own environment.
    """

    host = "127.0.0.1"
    binary = BINARY
    prefix = ()  # the prefix of a command that runs it where the server should run

    def __init__(self, folder, config=EXAMPLE / "jeton.yaml", environment=None):
        self.folder = Path(folder)
        self.data = self.folder / "data"
        self.greeting = self.folder / "greeting.txt"  # standard output
        self.log = self.folder / "jeton.log"  # standard error
        self.config = config
        self.environment = environment or {}
        self.process = None
        self.port = free_port()

    @property
    def address(self):
        return f"{self.host}:{self.port}"

    @property
    def url(self):
        return f"http://{self.address}"

    @property
    def my_tokens(self):
        """The address of the list, to which some refusals direct people."""
        return self.url + "/tokens"

    def new_token(self, service="maven", access="read", path=None):
        """The address of the form, filled in, at which most refusals end."""
        below = f"&path={path}" if path else ""
        return f"{self.my_tokens}/new?service={service}&access={access}{below}"

    # The process

    def start(self, until=None):
        """Starts the server, and returns once it answers and has printed so, or once `until` is true."""
        command = [*self.prefix, self.binary, "serve", "--data", self.data, "--listen", self.address]
        if self.config:
            command += ["--config", self.config]
        with self.greeting.open("wb") as greeting, self.log.open("ab") as log:
            self.process = subprocess.Popen(
                command, env={**os.environ, **self.environment}, stdin=subprocess.DEVNULL, stdout=greeting,
                stderr=log)
        wait_for(until or self._is_ready)
        return self

    def _is_ready(self):
        assert self.process.poll() is None, f"the server ended by itself:\n{self.log.read_text()[-4000:]}"
        return accepts(self.port, self.host) and self.greeting.read_text().endswith("\n")

    def whole_log(self):
        """The log, once it has a line for each answer so far: lines are written a moment after their answers."""
        path = f"/last-{time.monotonic_ns()}"
        requests.get(self.url + path, timeout=20)
        wait_for(lambda: path in self.log.read_text())
        return self.log.read_text()

    def stop(self):
        """Stops the server, and returns its exit code."""
        self.process.send_signal(signal.SIGTERM)
        code = self.process.wait(timeout=15)
        self.process = None
        return code

    def kill(self):
        """Ends the server as a crash does."""
        self.process.kill()
        self.process.wait()
        self.process = None

    def __enter__(self):
        return self.start()

    def __exit__(self, *_):
        if self.process:
            self.kill()

    # The command line

    def run(self, *arguments, input="", check=True):
        """Runs `jeton …` on this server's data."""
        result = subprocess.run(
            [BINARY, *arguments, "--data", self.data],
            input=input, capture_output=True, text=True, timeout=30)
        if check:
            assert result.returncode == 0, f"jeton {' '.join(arguments)}: {result.stderr}"
        return result

    def add_user(self, login, *options, password=PASSWORD):
        self.run("user", "add", login, *([] if self.process else ["--create-ledger"]), *options, input=password + "\n")

    def make_token(self, name, *options, user="alice"):
        return self.run("token", "create", "--user", user, "--name", name, *options).stdout.strip()

    def revoke(self, name, user="alice"):
        self.run("token", "revoke", "--user", user, "--name", name)

    def api(self, name="manager", user="alice"):
        """The JSON API, with a new token of that name that may manage tokens."""
        return API(self.url, self.make_token(name, "--scope", "jeton:manage", user=user))

    def welcome_link(self):
        """The one-time link of the first start, as it was printed."""
        found = re.search(r"http://\S+/welcome\?code=[\w-]+", self.greeting.read_text())
        assert found, f"no one-time link was printed:\n{self.greeting.read_text()}"
        return found.group()

    # Like a proxy

    def verify(self, service="maven", method="GET", headers=None, **options):
        return requests.request(method, f"{self.url}/verify/{service}", headers=headers, **options)

    def status(self, token, service="maven", connection=None):
        """The answer to verifying `token`, over `connection` if it is given."""
        mine = connection or http.client.HTTPConnection(self.host, self.port, timeout=10)
        mine.request("GET", f"/verify/{service}", headers={"Authorization": f"Bearer {token}"})
        answer = mine.getresponse()
        answer.read()
        if not connection:
            mine.close()
        return answer.status

    # Like a browser

    def sign_in(self, login="alice", password=PASSWORD):
        """A session that is signed in."""
        session = requests.Session()
        page = session.get(self.url + "/")
        answer = session.post(
            self.url + "/sign-in",
            data={**hidden_fields(page.text, "/sign-in"), "login": login, "password": password},
            headers={"Origin": self.url})
        assert answer.status_code == 200, answer.text
        assert "/sign-in" not in answer.text, "the sign-in page came again"
        return session


class _Forms(html.parser.HTMLParser):
    def __init__(self):
        super().__init__()
        self.forms = []

    def handle_starttag(self, tag, attributes):
        attributes = dict(attributes)
        if tag == "form":
            self.forms.append((attributes.get("action"), {}))
        elif tag == "input" and attributes.get("type") == "hidden" and self.forms:
            self.forms[-1][1][attributes["name"]] = attributes.get("value", "")


def hidden_fields(page, action):
    """The hidden fields of the page's form that goes to `action`."""
    parser = _Forms()
    parser.feed(page)
    for found, fields in parser.forms:
        if found and found.split("?")[0] == action:
            return fields
    raise AssertionError(f"no form goes to {action}:\n{page}")


class Builds:
    """An example: nginx in front of a Maven repository and Git repositories, which asks `jeton`."""

    def __init__(self, folder, jeton, more=None, example=EXAMPLE):
        self.folder = Path(folder)
        self.example = example
        self.jeton = jeton
        self.port = free_port()
        self.more = more
        self.process = None

    @property
    def address(self):
        return f"127.0.0.1:{self.port}"

    @property
    def url(self):
        return f"http://{self.address}"

    def __enter__(self):
        self.folder.mkdir(parents=True, exist_ok=True)
        command = [ROOT / "examples/serve", self.example.name, self.folder, self.jeton.address, self.address]
        if self.more:
            path = self.folder / "more.conf"
            path.write_text(self.more)
            command.append(path)
        self.process = subprocess.Popen(command, stdin=subprocess.DEVNULL)
        # nginx opens its ports one after another.
        ports = [self.port, *map(int, re.findall(r"listen 127\.0\.0\.1:(\d+)", self.more or ""))]
        wait_for(lambda: all(map(accepts, ports)) and (self.folder / "fcgiwrap.socket").exists())
        if (self.example / "vendor").exists():
            wait_for((self.folder / "vendor.sock").exists)
        return self

    def __exit__(self, *_):
        self.process.terminate()
        self.process.wait(timeout=10)

    def make_repository(self, name):
        """A bare Git repository with one commit, and its path below /git/."""
        bare = self.folder / "git" / f"{name}.git"
        subprocess.run(["git", "init", "--quiet", "--bare", "--initial-branch=main", bare], check=True)
        tree = git("hash-object", "-t", "tree", "-w", "--stdin", folder=bare, input="").strip()
        commit = git("commit-tree", tree, "-m", "The first", folder=bare).strip()
        git("update-ref", "refs/heads/main", commit, folder=bare)
        return f"/git/{name}.git"


def git_environment(home):
    """Git without any user configuration or prompts."""
    return {
        "PATH": os.environ["PATH"], "HOME": str(home), "GIT_TERMINAL_PROMPT": "0", "LC_ALL": "C.UTF-8",
        "GIT_CONFIG_NOSYSTEM": "1",
        **{f"GIT_{who}_{what}": value for who in ("AUTHOR", "COMMITTER")
           for what, value in (("NAME", "Alice"), ("EMAIL", "alice@example.com"))},
    }


def git(*arguments, folder, input=None, check=True):
    """Runs Git in `folder`; returns its output, or the whole result if it may fail."""
    result = subprocess.run(
        ["git", *arguments], cwd=folder, env=git_environment(folder), input=input,
        capture_output=True, text=True, timeout=240)
    if not check:
        return result
    assert result.returncode == 0, result.stderr
    return result.stdout


@contextlib.contextmanager
def desk_of(tmp_path_factory, config, *people):
    """A server with that configuration. Each of the people is a login, or arguments of `add_user`."""
    folder = tmp_path_factory.mktemp("desk")
    (folder / "jeton.yaml").write_text(config)
    with Jeton(folder, config=folder / "jeton.yaml") as jeton:
        for person in people:
            jeton.add_user(*([person] if isinstance(person, str) else person))
        yield jeton
