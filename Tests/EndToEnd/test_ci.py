"""What contrib/ci has for jobs: the script, and the lines of GitHub's action and of GitLab's template as they stand."""

import os
import secrets
import subprocess

import pytest
import yaml

from issuer import Issuer, github, gitlab, kubernetes
from jeton import ROOT, Jeton
from test_registries import GitHub

CI = ROOT / "contrib/ci"
SCRIPT = CI / "jeton-ci-token"


@pytest.fixture(scope="module")
def issuer():
    with Issuer() as issuer:
        yield issuer


@pytest.fixture(scope="module")
def desk(tmp_path_factory, issuer):
    folder = tmp_path_factory.mktemp("desk")
    desk = Jeton(folder, config=folder / "jeton.yaml")
    (folder / "jeton.yaml").write_text(
        f"public_url: {desk.url}\nservices: {{ maven: , git: {{ kind: git }} }}\n"
        f"federation: {{ here: {{ issuer: '{issuer.issuer}' }} }}\n")
    desk.add_user("alice")
    desk.add_user("bob")
    with desk:
        desk.run("account", "add", "bot-app", "--purpose", "Releases", "--steward", "alice", "--steward", "bob")
        for name, claim in (("github", "repository_id=74"), ("gitlab", "project_id=20"), ("cluster", f"sub={kubernetes()['sub']}")):
            desk.run("trust", "add", "--account", "bot-app", "--name", name, "--issuer", "here", "--claim", claim,
                     "--scope", "maven:write", "--scope", "git:read")
        yield desk


def run(command, folder, **environment):
    return subprocess.run(
        command, cwd=folder, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=60,
        env={"PATH": os.environ["PATH"], "HOME": str(folder), "LC_ALL": "C.UTF-8", **environment})


@pytest.fixture(params=["bash", "dash"])
def script(request, tmp_path, desk):
    def script(*arguments, **environment):
        return run([request.param, SCRIPT, "--desk", desk.url, *arguments], tmp_path, **environment)

    return script


def test_the_script_in_github(script, issuer, desk):
    with GitHub(issuer, github()) as runner:
        given = script("--scope", "maven:write", **runner.environment)
    assert given.returncode == 0, given.stderr
    assert runner.audiences == [desk.url]
    token = given.stdout.strip()
    assert desk.status(token, "maven") == 200 and desk.status(token, "git") == 403


def test_the_script_with_what_it_is_given(script, issuer, desk, tmp_path):
    given = script(JETON_ID_TOKEN=issuer.identity(desk.url, **gitlab()))
    assert given.returncode == 0 and desk.status(given.stdout.strip(), "git") == 200, given.stderr
    (tmp_path / "identity").write_text(issuer.identity(desk.url, **kubernetes(nonce=secrets.token_hex())) + "\n")
    given = script(JETON_ID_TOKEN_FILE=str(tmp_path / "identity"))
    assert given.returncode == 0 and desk.status(given.stdout.strip()) == 200, given.stderr


def test_the_script_revokes(script, issuer, desk, tmp_path):
    token = script(JETON_ID_TOKEN=issuer.identity(desk.url, **gitlab())).stdout.strip()
    done = subprocess.run(
        [SCRIPT, "--desk", desk.url, "--revoke"], input=token, capture_output=True, text=True, timeout=60, check=True)
    assert done.stdout == "" and desk.status(token) == 401


@pytest.mark.parametrize("arguments, environment, code, words", [
    ([], {}, 1, "this job has no identity"),
    ([], {"GITHUB_ACTIONS": "true"}, 1, "permissions: id-token: write"),
    ([], {"JETON_ID_TOKEN": 'x"\nurl = "http://elsewhere.example'}, 1, "is no identity"),
    ([], {"JETON_ID_TOKEN": "x.y.z"}, 1, "no token (400): this is not a signed identity"),
    (["--scope"], {}, 2, "--scope needs a value"), (["--dance"], {}, 2, "there is no option --dance"),
    (["--desk", "http://tokens.example.com"], {}, 2, "name the desk"),
    (["--desk", "http://127.0.0.1:9"], {"JETON_ID_TOKEN": "x.y.z"}, 1, "does not answer"),
])
def test_what_the_script_says(script, arguments, environment, code, words):
    refused = script(*arguments, **environment)
    assert (refused.returncode, refused.stdout) == (code, "") and words in refused.stderr, refused.stderr


def test_the_script_says_why_another_repository_gets_nothing(script, issuer, desk):
    identity = issuer.identity(desk.url, **github(repository_id="75"))
    refused = script(JETON_ID_TOKEN=identity)
    assert refused.returncode == 1 and "no trust rule matches this identity" in refused.stderr
    assert identity not in refused.stderr


def test_the_steps_of_githubs_action(tmp_path, issuer, desk):
    action = yaml.safe_load((CI / "github/action.yml").read_text())
    [step] = action["runs"]["steps"]
    inputs = {"desk": desk.url, "scope": "maven:write", "resource": "", "audience": ""}
    assert inputs.keys() == action["inputs"].keys()
    output = tmp_path / "output"
    with GitHub(issuer, github()) as runner:
        done = run(
            [step["shell"], "-e", "-c", step["run"]], tmp_path, GITHUB_ACTION_PATH=str(CI / "github"),
            GITHUB_OUTPUT=str(output), **runner.environment,
            **{name: inputs[value[11:-3]] for name, value in step["env"].items()})
    assert done.returncode == 0, done.stderr
    name, _, token = output.read_text().strip().partition("=")
    assert name == "token" and desk.status(token, "maven") == 200
    assert done.stdout == f"::add-mask::{token}\n"


@pytest.mark.parametrize("shell", ["bash", "dash"])
def test_the_lines_of_gitlabs_template(tmp_path, issuer, desk, shell):
    template = yaml.safe_load((CI / "gitlab/jeton.yml").read_text())[".jeton"]
    [lines] = template["before_script"]
    assert template["id_tokens"] == {"JETON_ID_TOKEN": {"aud": "$JETON_DESK"}}
    identity = issuer.identity(desk.url, **gitlab())
    job = {"JETON_DESK": desk.url, "JETON_SCOPE": "maven:write", "JETON_ID_TOKEN": identity}
    command = [shell, "-e", "-c", f"{lines}\nprintenv JETON_TOKEN"]
    done = run(command, tmp_path, **job)
    assert done.returncode == 0 and desk.status(done.stdout.strip(), "maven") == 200, done.stderr
    again = run(command, tmp_path, **job)
    assert again.returncode == 1 and again.stdout == "" and "no token of Jeton: " in again.stderr, again.stderr
