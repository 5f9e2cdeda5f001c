"""`jeton apply` with a real server: plan, apply, apply again, drift, prune, errors with their places, and runs that
are killed."""

import json
import os
import re
import signal
import subprocess
import time

import pytest

from jeton import BINARY, ROOT, Jeton, wait_for

PAGE = ROOT / "docs/operate/apply.md"


def example(kind, number=0):
    return re.findall(rf"```{kind}\n(.*?)```", PAGE.read_text(), flags=re.S)[number]


@pytest.fixture
def desk(tmp_path):
    with Jeton(tmp_path) as jeton:
        for login in ("alice", "bob", "carol"):
            jeton.add_user(login)
        yield jeton


class Files:
    """State files in a folder, and `jeton apply` on them."""

    def __init__(self, desk):
        self.desk, self.folder, self.secrets = desk, desk.folder, desk.folder / "secrets"

    def write(self, text, name="desk.yaml"):
        (self.folder / name).write_text(text)

    def run(self, *arguments, names=("desk.yaml",), input=""):
        files = [argument for name in names for argument in ("-f", name)]
        return subprocess.run(
            [BINARY.resolve(), "apply", *files, *map(str, arguments), "--data", self.desk.data], cwd=self.folder,
            input=input, capture_output=True, text=True, timeout=60)

    def apply(self, *arguments, **options):
        """What is printed."""
        result = self.run(*arguments, **options)
        assert (result.returncode, result.stderr) == (0, ""), result
        return result.stdout

    def plan(self, *arguments, **options):
        return json.loads(self.apply("--dry-run", "--json", *arguments, **options))

    def refused(self, *arguments, **options):
        """The lines of the errors."""
        result = self.run(*arguments, **options)
        assert (result.returncode, result.stdout) == (2, ""), result
        return [line.removeprefix("jeton: ") for line in result.stderr.splitlines()]


@pytest.fixture
def files(desk):
    return Files(desk)


def state(desk):
    """All that apply may change."""
    return [
        json.loads(desk.run(*words, "--json").stdout)
        for words in (["account", "list"], ["token", "list", "--all"], ["user", "list"])]


def account(desk, login="bot-ci"):
    return json.loads(desk.run("account", "show", login, "--json").stdout)


def test_the_page_plans_applies_and_then_has_nothing_to_change(files):
    files.write(example("yaml"))
    before = state(files.desk)
    printed = example("console").partition("\n")
    assert printed[0] == "$ jeton apply -f desk.yaml --dry-run"
    assert files.apply("--dry-run") == printed[2]
    assert state(files.desk) == before, "a dry run changes nothing"

    made = files.apply("--secrets-to", files.secrets)
    assert made.endswith("\n5 added, 0 changed, 0 removed\n") and "jtn_" not in made
    found = account(files.desk)
    assert (found["purpose"], found["owners"], found["services"], found["addresses"], found["review_on"]) == (
        "Nightly builds", ["build-team"], ["maven"], ["10.0.0.0/8"], "2099-06-01")
    assert found["active_stewards"] == ["alice", "bob"]
    tokens = {token["name"]: token for token in found["tokens"]}
    assert set(tokens) == {"nightly", "release"}
    assert (tokens["nightly"]["scopes"], tokens["nightly"]["expires_at"]) == (["maven:read"], "2100-01-01T00:00:00Z")
    assert tokens["release"]["addresses"] == ["10.1.0.0/16"]
    for name in tokens:
        file = files.secrets / "bot-ci" / name
        assert file.stat().st_mode & 0o777 == 0o600 and file.parent.stat().st_mode & 0o777 == 0o700
        secret = file.read_text().strip()
        headers = {"Authorization": f"Bearer {secret}", "X-Forwarded-For": "10.1.2.3"}
        assert files.desk.verify(headers=headers).status_code in (200, 403), "the secret is that of a token"
    assert sorted(os.listdir(files.secrets / "bot-ci")) == ["nightly", "release"]

    after = state(files.desk)
    for arguments in ([], ["--dry-run"], ["--secrets-to", files.secrets]):
        assert files.apply(*arguments) == "nothing to change\n"
    assert state(files.desk) == after
    drift = re.search(r"jq -e '(.*?)'", PAGE.read_text())[1]
    plan = files.apply("--dry-run", "--json")
    assert subprocess.run(["jq", "-e", drift], input=plan, capture_output=True, text=True).returncode == 0


def test_without_a_folder_for_secrets_no_token_is_created(files):
    files.write(example("yaml"))
    made = files.apply()
    assert made.endswith("\n3 added, 0 changed, 0 removed; 2 tokens are missing\n")
    assert account(files.desk)["tokens"] == []
    again = files.apply()
    assert again.startswith("! token nightly of bot-ci, missing: ") and "2 tokens are missing" in again
    plan = files.plan()
    assert plan["steps"] == [] and [token["token"] for token in plan["missing"]] == ["nightly", "release"]
    assert plan["summary"] == {"add": 0, "change": 0, "remove": 0, "missing": 2}


def test_what_somebody_changed_by_hand_is_shown_and_put_right(files):
    files.write(example("yaml"))
    files.apply("--secrets-to", files.secrets)
    desk = files.desk
    desk.run("account", "edit", "bot-ci", "--purpose", "Something else", "--address", "10.0.0.0/8", "--address", "192.0.2.1")
    desk.run("user", "groups", "alice", "--remove", "build-team", "--add", "other")
    drifted = files.apply("--dry-run")
    assert drifted == """~ account bot-ci
    purpose    Something else → Nightly builds
    addresses  - 192.0.2.1
+ alice in group build-team
1 to add, 1 to change, 0 to remove
"""
    assert files.apply() == drifted.replace("to add", "added").replace("to change", "changed").replace(
        "to remove", "removed")
    assert files.apply() == "nothing to change\n"
    alice = next(person for person in json.loads(desk.run("user", "list", "--json").stdout) if person["login"] == "alice")
    assert sorted(alice["groups"]) == ["build-team", "other"], "what no file names is left alone"
    # A list says the same in another order.
    files.write(example("yaml").replace("[alice, bob]", "[bob, ALICE]"))
    assert files.apply() == "nothing to change\n"


def test_a_token_is_narrowed_and_never_widened(files):
    files.write(example("yaml").replace("scopes: [maven:write]", "scopes: [maven]"))
    files.apply("--secrets-to", files.secrets)
    files.write(example("yaml").replace("expires: 2099-12-31", "expires: 2099-01-31"))
    assert files.apply() == """~ token nightly of bot-ci
    expires    2100-01-01T00:00:00Z → 2099-02-01T00:00:00Z
~ token release of bot-ci
    scopes     + maven:write, - maven
0 added, 2 changed, 0 removed
"""
    assert files.apply("--dry-run") == "nothing to change\n"
    files.write(example("yaml"))
    before = state(files.desk)
    assert files.refused() == [
        "desk.yaml:12:18: `expires` can only be earlier than 2099-02-01T00:00:00Z: create a new token for longer"]
    assert state(files.desk) == before


@pytest.fixture
def crowded(files):
    """A desk with more than the files name."""
    desk = files.desk
    files.write(example("yaml"))
    files.apply("--secrets-to", files.secrets)
    desk.run("account", "add", "bot-old", "--purpose", "Old", "--owners", "build-team")
    desk.run("account", "add", "bot-own", "--purpose", "Other tokens", "--owners", "build-team")
    desk.make_token("old", "--scope", "maven", user="bot-ci")
    desk.make_token("kept", "--scope", "maven", user="bot-own")
    desk.run("user", "groups", "carol", "--add", "build-team", "--add", "elsewhere")
    return files


def test_what_is_not_named_ends_only_where_it_is_pruned(crowded):
    assert crowded.apply() == "nothing to change\n"
    text = example("yaml").replace("groups:\n", "  bot-own: {}\ngroups:\n")
    crowded.write(text + "prune: { accounts: true, tokens: true, groups: true }\n")
    planned = crowded.apply("--dry-run")
    assert planned == """- token old of bot-ci, is revoked
- account bot-old, is suspended
- carol in group build-team
- carol in group elsewhere
0 to add, 0 to change, 4 to remove
"""
    crowded.apply()
    desk = crowded.desk
    assert account(desk, "bot-old")["suspended_at"] is not None
    assert account(desk, "bot-own")["suspended_at"] is None
    assert [token["name"] for token in account(desk, "bot-own")["tokens"]] == ["kept"], "it has no key tokens"
    assert {token["name"] for token in account(desk)["tokens"]} == {"nightly", "release"}
    assert crowded.apply() == "nothing to change\n"


def test_nothing_is_pruned_where_nothing_is_named(crowded):
    crowded.write("prune:\n  accounts: true\n  groups: true\n")
    before = state(crowded.desk)
    assert crowded.refused() == [
        "desk.yaml:2:13: no account is named, so this would end every one: name those that stay, or leave out prune",
        "desk.yaml:3:11: no group is named, so this would end every one: name those that stay, or leave out prune"]
    assert state(crowded.desk) == before


def test_a_suspended_account_stays_so_unless_the_file_says_otherwise(files):
    files.write(example("yaml"))
    files.apply("--secrets-to", files.secrets)
    files.desk.run("account", "suspend", "bot-ci")
    result = files.run()
    assert (result.returncode, result.stdout) == (0, "nothing to change\n")
    assert result.stderr == "jeton: desk.yaml:3:3: bot-ci is suspended, and stays so: its tokens are left as they are\n"
    files.write(example("yaml").replace("    purpose:", "    suspended: false\n    purpose:"))
    assert files.apply() == "~ account bot-ci\n    suspended  yes → no\n0 added, 1 changed, 0 removed\n"
    assert account(files.desk)["suspended_at"] is None
    files.write(example("yaml").replace("    purpose:", "    suspended: true\n    purpose:"))
    assert files.apply() == "~ account bot-ci\n    suspended  no → yes\n0 added, 1 changed, 0 removed\n"
    assert files.run().stdout == "nothing to change\n"


@pytest.mark.parametrize("text, lines", [
    ("acounts: {}\n", ["1:1: unknown key `acounts` (did you mean `accounts`?)"]),
    ("accounts: [bot-ci]\n", ["1:11: `accounts`: expected keys: names of your choice"]),
    ("accounts:\n  bot-ci: { purpos: x }\n", ["2:13: unknown key `purpos` (did you mean `purpose`?)"]),
    ("accounts:\n  bot-ci:\n    owners: ops\n", ["3:13: `owners`: expected a list, [] for an empty one"]),
    ("accounts:\n  bot-ci: { suspended: maybe }\n", ["2:24: `suspended`: expected true or false"]),
    ("accounts:\n  bot-ci: { tokens: { a: { expires: never } } }\n",
     ["2:23: `a` has no `scopes`: say what it may do; [] is every service"]),
    ("accounts:\n  bot-ci: {\n", ["3:1: did not find expected node content"]),
    ("accounts:\n  bot-ci: {}\n  bot-ci: {}\n", ["3:3: duplicate key `bot-ci`: first in line 2"]),
    ("accounts:\n  ci: { purpose: x, owners: [ops] }\n",
     ["2:3: `login` must fit “bot-*”, such as bot-ci: the operator sets accounts.logins"]),
    ("accounts:\n  alice: { purpose: x, owners: [ops] }\n", ["2:3: alice is a person, and no service account"]),
    ("accounts:\n  bot-ci: { owners: [ops] }\n",
     ["2:3: `purpose` must not be empty: say what the account is for"]),
    ("accounts:\n  bot-ci: { purpose: x, owners: [ops], services: [maven, mavn] }\n",
     ["2:58: there is no service “mavn”: use maven, git"]),
    ("accounts:\n  bot-ci: { purpose: x, owners: [ops], stewards: [alice, zoe] }\n",
     ["2:58: there is no person “zoe”: use their login"]),
    ("accounts:\n  bot-ci: { purpose: x, owners: [ops], addresses: [home] }\n",
     ["2:52: “home” is not an IP address or range: use one such as 10.0.0.0/8 or 2001:db8::/32"]),
    ("accounts:\n  bot-ci: { purpose: x, owners: [ops], review: soon }\n",
     ["2:48: `review` must be a day such as 2027-01-31"]),
    ("accounts:\n  bot-ci: { purpose: x, owners: [ops], tokens: { a: { scopes: [jeton:admin] } } }\n", None),
    ("accounts:\n  bot-ci: { purpose: x, owners: [ops], tokens: { a: { scopes: [maven, svn] } } }\n",
     ["2:71: unknown scope “svn”: use git, git:read, git:write, maven, maven:read, maven:write, jeton:manage, jeton:rotate"]),
    ("accounts:\n  bot-ci: { purpose: x, owners: [ops], tokens: { a: { scopes: [], expires: soon } } }\n", None),
    ("accounts:\n  bot-ci: { purpose: x, owners: [ops], tokens: { a: { scopes: [], expires: 2020-01-01 } } }\n",
     ["2:76: `expires` must be in the future"]),
    ("accounts:\n  bot-ci: { purpose: x, owners: [ops], tokens: { a: { scopes: [] }, A: { scopes: [] } } }\n",
     ["2:69: the token “A” is named twice"]),
    ("accounts:\n  bot-ci: { purpose: x, owners: [ops] }\n  BOT-CI: { purpose: x }\n",
     ["3:3: the account “BOT-CI” is named twice"]),
    ("groups: { ops: [zoe] }\n", ["1:17: there is no person “zoe”: use their login"]),
    ("groups:\n  ops:\n    - alice\n    - bot-there\n",
     ["4:7: “bot-there” is a service account: its groups are a key of the account"]),
    ("groups: { 'a,b': [alice] }\n", None),
    ("prune: { people: true }\n", ["1:10: unknown key `people`"]),
])
def test_an_error_has_its_place_and_nothing_is_changed(files, text, lines):
    files.desk.run("account", "add", "bot-there", "--purpose", "x", "--owners", "ops")
    before = state(files.desk)
    # What is right beside it is not made, either.
    files.write(text if text.startswith("groups") else text + "groups: { right: [alice] }\n")
    found = files.refused("--secrets-to", files.secrets)
    for line in found:
        assert re.match(r"desk\.yaml:\d+:\d+: ", line), found
    if lines and "did not find" not in lines[0]:
        assert found == [f"desk.yaml:{line}" for line in lines]
    assert state(files.desk) == before and not files.secrets.exists()


def test_all_errors_are_reported_at_once(files):
    files.write("""accounts:
  bot-a: { purpose: x, owners: [ops], services: [nothing] }
  bot-b: { purpose: x, stewards: [alice] }
groups:
  ops: [zoe, alice]
""")
    assert files.refused() == [
        "desk.yaml:2:50: there is no service “nothing”: use maven, git",
        "desk.yaml:3:3: an account needs an owner group, or at least two stewards, so that it survives any of them",
        "desk.yaml:5:9: there is no person “zoe”: use their login"]


def test_several_files_a_folder_and_standard_input_are_one_state(files):
    folder = files.folder / "state"
    folder.mkdir()
    files.write("accounts: { bot-a: { purpose: A, owners: [ops] } }\n", "state/a.yaml")
    files.write("groups: { ops: [alice] }\n", "state/b.yml")
    files.write("no state file", "state/README.md")
    more = "accounts: { bot-c: { purpose: C, owners: [ops] } }\n"
    made = files.apply(names=["state", "-"], input=more)
    assert made.endswith("3 added, 0 changed, 0 removed\n")
    assert files.apply(names=["state/a.yaml", "state/b.yml"]) == "nothing to change\n"
    twice = files.refused(names=["state", "-"], input=more.replace("bot-c", "bot-a"))
    assert twice == ["standard input:1:13: the account “bot-a” is named twice"]
    assert files.refused(names=["none.yaml"]) == ["none.yaml: the file cannot be read: No such file or directory"]
    (files.folder / "empty").mkdir()
    assert files.refused(names=["empty"]) == ["empty: there is no file in it that ends in .yaml or .yml"]


def test_it_works_without_a_server(files):
    files.write(example("yaml"))
    assert files.desk.stop() == 0
    config = ["--config", files.desk.config]
    assert files.apply("--secrets-to", files.secrets, *config).endswith("5 added, 0 changed, 0 removed\n")
    assert files.apply(*config) == "nothing to change\n"


def test_a_secret_that_cannot_be_written_leaves_no_token(files):
    files.write(example("yaml"))
    files.secrets.write_text("a file where a folder should be")
    failed = files.run("--secrets-to", files.secrets)
    assert failed.returncode == 1 and "cannot be written to" in failed.stderr and "step 2 of" in failed.stderr
    assert account(files.desk)["tokens"] == []
    files.secrets.unlink()
    assert files.apply("--secrets-to", files.secrets).endswith("4 added, 0 changed, 0 removed\n")
    assert files.apply() == "nothing to change\n"


def test_a_run_that_is_killed_is_finished_by_the_next(files):
    """Killed at many moments: in the end everything is there, each token once, with its secret in its file."""
    names = [f"token-{number}" for number in range(12)]
    lines = "".join(f"      {name}: {{ scopes: [maven] }}\n" for name in names)
    files.write(f"accounts:\n  bot-ci:\n    purpose: x\n    owners: [ops]\n    tokens:\n{lines}")
    command = [
        BINARY.resolve(), "apply", "-f", "desk.yaml", "--secrets-to", files.secrets, "--data", files.desk.data]
    killed = 0
    for delay in (0.02, 0.03, 0.04, 0.05, 0.06, 0.07, 0.08):
        process = subprocess.Popen(command, cwd=files.folder, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        time.sleep(delay)
        process.send_signal(signal.SIGKILL)
        killed += process.wait() == -signal.SIGKILL
    assert killed
    files.run("--secrets-to", files.secrets)
    assert files.apply("--secrets-to", files.secrets) == "nothing to change\n"
    assert sorted(token["name"] for token in account(files.desk)["tokens"]) == sorted(names)
    assert sorted(os.listdir(files.secrets / "bot-ci")) == sorted(names), "no draft is left"
    for name in names:
        assert files.desk.status((files.secrets / "bot-ci" / name).read_text().strip()) == 200, name


def test_a_secret_that_was_lost_is_replaced_and_one_in_use_is_not(files):
    """The moment between the answer of the server and the file, which no kill hits reliably."""
    files.write("accounts:\n  bot-ci:\n    purpose: x\n    owners: [ops]\n    tokens:\n"
                "      lost: { scopes: [maven] }\n      used: { scopes: [maven] }\n      kept: { scopes: [maven] }\n")
    files.apply("--secrets-to", files.secrets)
    folder = files.secrets / "bot-ci"
    lost, used, kept = [(folder / name).read_text().strip() for name in ("lost", "used", "kept")]
    assert files.desk.status(used) == 200
    wait_for(lambda: [token for token in account(files.desk)["tokens"] if token["last_used"]])
    for name, content in (("lost", ""), ("used", ""), ("kept", kept + "\n")):
        (folder / name).unlink()
        (folder / f"{name}.new").write_text(content)
    assert "token lost of bot-ci\n    secret     left by an interrupted run → a new one\n" in files.apply(
        "--dry-run", "--secrets-to", files.secrets)
    files.apply("--secrets-to", files.secrets)
    assert sorted(os.listdir(folder)) == ["kept", "lost"]
    assert (folder / "kept").read_text().strip() == kept and files.desk.status(kept) == 200
    assert files.desk.status(lost) == 401 and files.desk.status((folder / "lost").read_text().strip()) == 200
    assert files.desk.status(used) == 200
    assert files.apply("--secrets-to", files.secrets) == "nothing to change\n"
