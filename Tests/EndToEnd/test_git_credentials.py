"""The real Git with each of its helpers that can run here: what will be good again stays stored, and what is
bad for good goes."""

import contextlib
import shutil
import subprocess
from pathlib import Path

import pytest

from jeton import git_environment
from secret_service import secret_service
from test_git import refusal

LIBSECRET = Path("/usr/share/doc/git/contrib/credential/libsecret")


class Helper:
    """A credential helper of Git's, with its keeping in `folder`."""

    def __init__(self, folder):
        self.folder = folder
        self.environment = git_environment(folder)

    line = "store"

    def __enter__(self):
        return self

    def __exit__(self, *_):
        pass

    def git(self, *arguments, input=None, check=True):
        result = subprocess.run(
            ["git", "-c", f"credential.helper={self.line}", *arguments], cwd=self.folder, env=self.environment,
            input=input, capture_output=True, text=True, timeout=60)
        if check:
            assert result.returncode == 0, result.stderr
        return result

    def store(self, host, user, token):
        self.git("credential", "approve",
                 input=f"protocol=http\nhost={host}\nusername={user}\npassword={token}\n\n")

    def stored(self, host):
        """The password that Git would send."""
        result = self.git("credential", "fill", input=f"protocol=http\nhost={host}\n\n", check=False)
        return dict(line.split("=", 1) for line in result.stdout.splitlines() if "=" in line).get("password")


class Cache(Helper):
    @property
    def line(self):
        return f"cache --socket {self.folder}/cache/socket --timeout 600"

    def __exit__(self, *_):
        subprocess.run(["git", "credential-cache", "--socket", f"{self.folder}/cache/socket", "exit"],
                       env=self.environment, check=True, timeout=20)


class Recorder(Helper):
    """A helper that writes down what Git has it do."""

    SCRIPT = """#!/bin/sh
cat >"$HOME/said"
echo "$1" >>"$HOME/asked"
case "$1" in
store) cp "$HOME/said" "$HOME/kept" ;;
erase) rm -f "$HOME/kept" ;;
get) test ! -e "$HOME/kept" || cat "$HOME/kept" ;;
esac
"""

    @property
    def line(self):
        return str(self.folder / "recorder")

    def __enter__(self):
        path = self.folder / "recorder"
        path.write_text(self.SCRIPT)
        path.chmod(0o755)
        return self

    @property
    def asked(self):
        return (self.folder / "asked").read_text().split()


class Libsecret(Helper):
    """The desktop's own store, as GNOME keeps it, on a bus of the test's own."""

    @property
    def line(self):
        return str(self.folder / "helper/git-credential-libsecret")

    def __enter__(self):
        shutil.copytree(LIBSECRET, self.folder / "helper")
        subprocess.run(["make", "--silent"], cwd=self.folder / "helper", check=True, timeout=60, capture_output=True)
        with contextlib.ExitStack() as stack:
            stack.enter_context(secret_service(self.folder, self.environment))
            self.stack = stack.pop_all()
        return self

    def __exit__(self, *_):
        self.stack.close()


@pytest.mark.parametrize("kind", [Helper, Cache, Recorder, Libsecret], ids=["store", "cache", "recorder", "libsecret"])
def test_git_keeps_a_token_that_will_be_good_again(builds, jeton, tmp_path, kind):
    user = f"keeps-{kind.__name__.lower()}"
    jeton.add_user(user)
    token = jeton.make_token("laptop", user=user)
    url = builds.url + builds.make_repository(user)
    with kind(tmp_path) as helper:
        def fetch(check=True):
            return helper.git("ls-remote", url, check=check)

        helper.store(builds.address, user, token)
        fetch()
        jeton.run("user", "suspend", user)
        refused = fetch(check=False)
        assert refusal(refused) == ["the account that this token belongs to is suspended; ask your administrator"]
        assert "error: 403" in refused.stderr
        assert helper.stored(builds.address) == token
        jeton.run("user", "resume", user)
        fetch()

        jeton.revoke("laptop", user=user)
        refused = fetch(check=False)
        assert refusal(refused) == [f"this token was revoked; create a new one at {jeton.new_token('git')}"]
        assert helper.stored(builds.address) is None
        if kind is Recorder:
            assert helper.asked.count("erase") == 1
