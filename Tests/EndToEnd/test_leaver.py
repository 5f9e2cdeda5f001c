"""Somebody leaves, and the builds go on: with Canaille, which provisions by SCIM, and the real Git and Maven."""

import contextlib
import json
import shutil
import threading

import pytest

from canaille import Canaille
from jeton import PASSWORD, Jeton, basic, git, wait_for
from postgresql import PostgreSQL, configuration
from test_git import refusal
from test_maven import maven, projects  # noqa: F401
from test_transition import Clock, nginx  # noqa: F401

START = "2031-05-01 08:00:00"
IN_THE_GRACE = "2031-05-30 08:00:00"
AFTER_THE_GRACE = "2031-06-01 08:00:00"


@pytest.fixture
def clock(tmp_path):
    with Clock(tmp_path) as clock:
        clock.set(START)
        yield clock


@pytest.fixture(params=["SQLite", "PostgreSQL"])
def desk(request, tmp_path, clock):
    folder = tmp_path / "desk"
    folder.mkdir()
    with contextlib.ExitStack() as stack:
        ledger = {}
        if request.param == "PostgreSQL":
            ledger["ledger"] = stack.enter_context(PostgreSQL()).address()
        desk = Jeton(folder, config=configuration(folder, **ledger), environment=clock.environment)
        stack.enter_context(desk)
        desk.add_user("root", "--admin")
        yield desk


@pytest.fixture
def canaille(tmp_path, desk):
    """The provider, which knows alice and bob of the build team, and tells the desk of everybody."""
    with Canaille(tmp_path / "canaille", "[CANAILLE_SCIM]\nENABLE_SERVER = true\nENABLE_CLIENT = true\n") as provider:
        secret = desk.make_token("canaille", "--scope", "jeton:scim", user="root")
        provider.run("create", "client", "--client-id", "desk", "--client-name", "Jeton", "--client-uri",
                     desk.url + "/scim/v2")
        provider.run("create", "token", "--quiet", "--client", "desk", "--token-id", "provisioning",
                     "--access-token", secret, "--type", "access_token", "--issue-date",
                     "2026-01-01T00:00:00+00:00", "--lifetime", "999999999", "--audience", "desk")
        for login in ("alice", "bob"):
            provider.add_user(login, PASSWORD, f"{login.title()} Doe", f"{login}@example.com")
        provider.add_group("build-team", "alice", "bob")
        yield provider


class Chain:
    """A build that runs again and again, each step with Git or Maven as they are, and counts what fails."""

    def __init__(self, **steps):
        self.failures = []
        self.runs = dict.fromkeys(steps, 0)
        self.over = threading.Event()
        self.threads = [threading.Thread(target=self._repeat, args=step) for step in steps.items()]

    def _repeat(self, name, step):
        while not self.over.is_set():
            result = step()
            if result.returncode:
                self.failures.append(f"{name}: {result.stdout[-2000:]}{result.stderr[-2000:]}")
            self.runs[name] += 1

    def runs_on(self):
        """Waits until each step that begins from now on has been through."""
        before = dict(self.runs)
        wait_for(lambda: all(self.runs[name] >= before[name] + 2 for name in before), seconds=120)
        assert not self.failures, self.failures

    def __enter__(self):
        for thread in self.threads:
            thread.start()
        return self

    def __exit__(self, *_):
        self.over.set()
        for thread in self.threads:
            thread.join()


def build(projects, nginx, secret):  # noqa: F811
    """Compiles what needs the library, which it downloads each time."""
    shutil.rmtree(projects / "application-cache/com/example", ignore_errors=True)
    return maven(projects, "application", "compile", nginx, secret)


def reason(desk, login, token):
    answer = desk.verify(headers={"Authorization": basic(login, token)})
    return answer.status_code, answer.headers.get("X-Jeton-Reason")


def account(desk):
    return json.loads(desk.run("account", "show", "bot-ci", "--json").stdout)


def at(desk, clock, moment):
    """Starts the server again at that time of its clock."""
    assert desk.stop() == 0
    clock.set(moment)
    desk.start()


@pytest.mark.timeout(600)
def test_the_builds_outlive_who_set_them_up(desk, canaille, nginx, clock, projects, tmp_path):  # noqa: F811
    repository = nginx.address + nginx.make_repository("nightly")
    desk.run("account", "add", "bot-ci", "--purpose", "Nightly builds", "--owners", "build-team")
    assert account(desk)["active_stewards"] == ["alice", "bob"]
    personal = desk.make_token("laptop")
    secret = desk.make_token("ci", "--scope", "maven", "--scope", "git")
    assert maven(projects, "library", "deploy", nginx, secret).returncode == 0
    git("clone", "--quiet", f"http://alice:{secret}@{repository}", "clone", folder=tmp_path)

    with Chain(git=lambda: git("-C", "clone", "fetch", folder=tmp_path, check=False),
               maven=lambda: build(projects, nginx, secret)) as chain:
        chain.runs_on()
        desk.run("token", "hand-over", "--user", "alice", "--name", "ci", "--to", "bot-ci")
        chain.runs_on()
        (token,) = account(desk)["tokens"]
        assert token["name"] == "ci" and token["owner"] == "bot-ci"

        # Alice is locked, and then deleted: hers is refused at once, and the chain knows nothing of it.
        canaille.lock("alice")
        assert reason(desk, "alice", personal) == (403, "owner_suspended")
        assert account(desk)["active_stewards"] == ["bob"]
        chain.runs_on()
        canaille.run("delete", "user", "--noconfirm", "--user-name", "alice")
        assert reason(desk, "alice", personal) == (401, "revoked")
        assert desk.status(secret) == 200
        chain.runs_on()
    assert not chain.failures, chain.failures

    # She knows the secret until it is rotated.
    shown = desk.run("token", "show", "--id", token["id"]).stdout
    assert "known to   alice" in shown and "rotate it before 2031-05-31 08:0" in shown
    fresh = desk.run("token", "rotate", "--id", token["id"], "--overlap", "none").stdout.strip()
    assert "known to" not in desk.run("token", "show", "--id", token["id"]).stdout
    assert reason(desk, "alice", secret) == (401, "revoked")
    assert reason(desk, "bot-ci", fresh) == (200, None)
    url = f"http://bot-ci:{fresh}@{repository}"
    git("-C", "clone", "remote", "set-url", "origin", url, folder=tmp_path)
    settings = projects / "settings.xml"
    settings.write_text(settings.read_text().replace("<username>alice<", "<username>bot-ci<"))

    def builds():
        git("-C", "clone", "fetch", folder=tmp_path)
        return build(projects, nginx, fresh).returncode == 0

    # The last steward leaves: administrators are told, and nothing stops.
    assert account(desk)["unattended_since"] is None
    canaille.lock("bob")
    assert account(desk)["active_stewards"] == []
    assert account(desk)["pauses_at"].startswith("2031-05-31T08:0")
    assert "bot-ci" in desk.run("account", "list", "--unattended").stdout
    events = desk.sign_in("root").get(desk.url + "/admin/events").text
    assert "without an active steward" in events
    assert builds()
    at(desk, clock, IN_THE_GRACE)
    assert builds()

    # Nobody came: it is paused, and says whom to ask.
    at(desk, clock, AFTER_THE_GRACE)
    assert reason(desk, "bot-ci", fresh) == (403, "account_unattended")
    refused = git("-C", "clone", "fetch", folder=tmp_path, check=False)
    assert any("steward" in line for line in refusal(refused)), refused.stderr
    assert "status: 403 Forbidden" in build(projects, nginx, fresh).stdout
    shown = desk.run("account", "show", "bot-ci").stdout
    assert "2031-05-31 08:0" in shown and "stewards   nobody who is active" in shown

    # Dora comes, and joins the team at the provider. Nobody has to do anything here.
    canaille.add_user("dora", PASSWORD, "Dora Doe", "dora@example.com")
    assert reason(desk, "bot-ci", fresh) == (403, "account_unattended")
    canaille.run("set", "group", "build-team", "--members", "bob", "--members", "dora")
    assert account(desk)["active_stewards"] == ["dora"]
    assert reason(desk, "bot-ci", fresh) == (200, None)
    assert builds()
