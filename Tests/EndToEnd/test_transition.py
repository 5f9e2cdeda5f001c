"""From passwords to tokens, with the real nginx, Maven and Git: the password passes and is reported, the
day comes, it is refused with the sentence, and the token passes on."""

import csv
import datetime
import json
import math
import subprocess
import time
from concurrent.futures import ThreadPoolExecutor

import pytest
import requests

from jeton import PASSWORD, Builds, Jeton, basic, git
from test_git import commit, refusal
from test_maven import maven, projects  # noqa: F401

# The day that the house has set, and the time that its clock shows.
UNTIL = "2031-05-02"
BEFORE = "2031-05-01 23:00:00"
AFTER = "2031-05-02 00:00:01"
IN_ADDRESS = PASSWORD.replace(" ", "%20")


class Clock:
    """A clock for a server: libfaketime's, which goes on from where it is set.

    It moves the time since the machine's start as well, by which sleeping is measured: what the server does
    once a second it does at its stop alone.
    """

    def __init__(self, folder):
        self.file = folder / "now"
        # What makes the memory that it shares. A library that finds none sets a variable of its own, which
        # moves the environment, and Swift looks for a program's arguments in front of that.
        self.keeper = subprocess.Popen(
            ["faketime", "-m", "-f", "+0d", "sh", "-c", 'echo "$LD_PRELOAD|$FAKETIME_SHARED"; exec cat'],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        library, shared = self.keeper.stdout.readline().strip().split("|")
        self.environment = {
            "LD_PRELOAD": library, "FAKETIME_SHARED": shared, "FAKETIME_TIMESTAMP_FILE": str(self.file),
            "FAKETIME_NO_CACHE": "1", "FAKETIME_DONT_FAKE_MONOTONIC": "1", "TZ": "UTC",
        }

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.keeper.communicate()
        self.keeper.wait(timeout=10)

    def set(self, moment):
        shown = datetime.datetime.strptime(moment, "%Y-%m-%d %H:%M:%S").replace(tzinfo=datetime.timezone.utc)
        self.file.write_text(f"{math.ceil(shown.timestamp() - time.time()):+d}s\n")


@pytest.fixture
def clock(tmp_path):
    with Clock(tmp_path) as clock:
        clock.set(BEFORE)
        yield clock


@pytest.fixture
def desk(tmp_path, clock):
    """A server whose services take passwords until the day; alice's has been chosen."""
    jeton = Jeton(tmp_path / "desk", config=tmp_path / "jeton.yaml", environment=clock.environment)
    jeton.folder.mkdir()
    jeton.config.write_text(f"""
services:
  maven: {{ title: Maven private repository, passwords: transition, passwords_until: {UNTIL} }}
  git: {{ title: Studio projects over Git, kind: git, passwords: transition, passwords_until: {UNTIL} }}
  closed: {{ title: What takes tokens alone }}
""")
    with jeton:
        jeton.add_user("alice", "--admin")
        yield jeton


@pytest.fixture
def nginx(tmp_path, desk):
    with Builds(tmp_path / "builds", desk) as builds:
        yield builds


def report(desk, *options):
    return desk.run("passwords", "report", "--since", "2031-04-30", *options).stdout


def restart(desk):
    """Stops the server, which writes the uses down, and starts it again at the same time of its clock."""
    assert desk.stop() == 0
    desk.start()


def is_said_of(desk, *texts):
    """Whether the report has a line with all of that."""
    return any(all(text in line for text in texts) for line in report(desk).splitlines())


def test_from_the_password_to_the_token(desk, nginx, clock, projects, tmp_path):  # noqa: F811
    assert "Nobody has used a password" in report(desk)
    token = desk.make_token("builds")
    repository = nginx.url.removeprefix("http://") + nginx.make_repository("website")

    # The password passes: Maven deploys with it, and Git clones and pushes.
    result = maven(projects, "library", "deploy", nginx, PASSWORD)
    assert result.returncode == 0, result.stdout
    assert (nginx.folder / "maven/com/example/library/1.0/library-1.0.jar").stat().st_size > 0
    git("clone", "--quiet", f"http://alice:{IN_ADDRESS}@{repository}", "one", folder=tmp_path)
    commit(tmp_path / "one", "by password")
    git("push", "--quiet", folder=tmp_path / "one")
    granted = desk.verify(headers={"Authorization": basic("alice", PASSWORD)})
    assert granted.status_code == 200
    assert granted.headers["X-Jeton-Password-Deprecated"] == UNTIL
    assert granted.headers["Remote-User"] == "alice"
    assert "X-Jeton-Token" not in granted.headers
    by_token = desk.verify(headers={"Authorization": basic("alice", token)})
    assert "X-Jeton-Token" in by_token.headers and "X-Jeton-Password-Deprecated" not in by_token.headers

    # It is reported: on the command line, in JSON, in CSV and on the pages.
    restart(desk)
    assert is_said_of(desk, "alice", "maven", "Maven 3.", "127.0.0.1", "2031-05-01 23:0"), report(desk)
    assert is_said_of(desk, "alice", "git", "Git 2.", "127.0.0.1")
    lines = report(desk).splitlines()
    assert lines[0].split() == ["SERVICE", "PASSWORDS", "UNTIL", "PEOPLE"]
    assert lines[1].split() == ["git", "transition", UNTIL, "1"]
    told = json.loads(report(desk, "--json", "--service", "git"))
    assert {use["service"] for use in told["uses"]} == {"git"}
    assert told["uses"][0]["count"] >= 4
    rows = list(csv.DictReader(report(desk, "--csv").splitlines()))
    assert {row["service"] for row in rows} == {"git", "maven"}
    alice = desk.sign_in()
    page = alice.get(desk.url + "/admin/passwords").text
    assert "Maven 3." in page and "2 May 2031" in page
    assert 'href="/admin/passwords"' in page
    file = alice.get(desk.url + "/admin/passwords.csv")
    assert file.headers["Content-Type"] == "text/csv; charset=utf-8"
    assert "alice,alice,maven,Maven 3." in file.text
    assert "Your password was used by a tool" in alice.get(desk.url + "/tokens").text

    # The day comes, while the server runs.
    clock.set(AFTER)
    words = "this is not a token, and passwords are not accepted here; create a token at "
    refused = desk.verify(headers={"Authorization": basic("alice", PASSWORD)})
    assert (refused.status_code, refused.text) == (401, words + desk.new_token() + "\n")
    assert refused.headers["X-Jeton-Reason"] == "not_a_token"
    result = maven(projects, "library", "deploy", nginx, PASSWORD)
    assert result.returncode != 0
    assert "status: 401 Unauthorized" in result.stdout
    assert refusal(git("push", "--force", folder=tmp_path / "one", check=False)) == [
        words + desk.new_token("git", "write")]

    # And the token passes on.
    result = maven(projects, "library", "deploy", nginx, token)
    assert result.returncode == 0, result.stdout
    git("remote", "set-url", "origin", f"http://alice:{token}@{repository}", folder=tmp_path / "one")
    commit(tmp_path / "one", "by token")
    git("push", "--quiet", folder=tmp_path / "one")

    # A start after the day changes nothing, and no trace of the password was left.
    restart(desk)
    assert desk.verify(headers={"Authorization": basic("alice", PASSWORD)}).text == refused.text
    assert desk.status(token) == 200
    traces = [PASSWORD.encode(), basic("alice", PASSWORD).split()[1].encode(), IN_ADDRESS.encode()]
    for path in [desk.log, *(each for each in desk.data.iterdir() if each.is_file())]:
        assert not any(trace in path.read_bytes() for trace in traces), path


def test_the_day_is_the_first_second_of_it(desk, clock):
    def reason():
        return desk.verify(headers={"Authorization": basic("alice", PASSWORD)}).headers.get("X-Jeton-Reason")

    clock.set("2031-05-01 23:59:50")
    assert reason() is None
    clock.set("2031-05-02 00:00:00")
    assert reason() == "not_a_token"


def test_only_where_the_operator_says_so(desk):
    headers = {"Authorization": basic("alice", PASSWORD)}
    assert desk.verify("git", headers=headers).status_code == 200
    assert desk.verify("closed", headers=headers).headers["X-Jeton-Reason"] == "not_a_token"
    assert requests.get(desk.url + "/api/v1/me", headers=headers).status_code == 401


def test_a_changed_password_and_a_suspended_account_are_refused_at_once(desk):
    headers = {"Authorization": basic("alice", PASSWORD)}
    assert desk.verify(headers=headers).status_code == 200
    desk.run("user", "passwd", "alice", input="another " + PASSWORD + "\n")
    assert desk.verify(headers=headers).headers["X-Jeton-Reason"] == "wrong_password"
    headers = {"Authorization": basic("alice", "another " + PASSWORD)}
    assert desk.verify(headers=headers).status_code == 200
    desk.add_user("root", "--admin")  # the last administrator cannot be suspended
    desk.run("user", "suspend", "alice")
    assert desk.verify(headers=headers).headers["X-Jeton-Reason"] == "owner_suspended"
    desk.run("user", "resume", "alice")
    assert desk.verify(headers=headers).status_code == 200


def test_guessing_is_slowed_and_tokens_pass_meanwhile(desk):
    token = desk.make_token("meanwhile")
    for number in range(5):
        wrong = desk.verify(headers={"Authorization": basic("alice", f"wrong {number}")})
        assert (wrong.status_code, wrong.headers["X-Jeton-Reason"]) == (401, "wrong_password")
        assert wrong.text == (
            f"this is neither a token nor this login's password; create a token at {desk.new_token()}\n")
    # The first wait is a second, which a busy machine may exceed; each further one is twice as long.
    tries = (desk.verify(headers={"Authorization": basic("alice", f"one more: {number}")}) for number in range(3))
    slowed = next(answer for answer in tries if answer.status_code == 429)
    assert slowed.headers["X-Jeton-Reason"] == "too_many_passwords"
    assert int(slowed.headers["Retry-After"]) >= 1
    assert desk.verify(headers={"Authorization": basic("alice", token)}).status_code == 200


def test_many_at_once_make_one_check_and_hold_no_token_up(desk):
    token = desk.make_token("beside")
    headers = {"Authorization": basic("alice", PASSWORD)}
    with ThreadPoolExecutor(40) as pool:
        answers = [pool.submit(desk.verify, method=method, headers=headers)
                   for method in ("GET", "PUT", "POST", "PROPFIND", "DELETE") * 40]
        began = time.monotonic()
        assert desk.status(token) == 200
        assert time.monotonic() - began < 5
        assert {answer.result().status_code for answer in answers} == {200}
    restart(desk)
    assert is_said_of(desk, "alice", "maven", "Python requests", " 200 "), report(desk)
