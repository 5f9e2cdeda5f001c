"""Canaille, a real identity provider, run in a separate folder (https://canaille.readthedocs.io)."""

import functools
import json
import os
import subprocess
import time
import uuid
from pathlib import Path

from jeton import ROOT
from provided import Provider

BINARY = ROOT / ".venv-canaille/bin/canaille"
PYTHON = ROOT / ".venv-canaille/bin/python"


def await_another_second():
    """Waits, since Canaille fails for a second sign-in of a person within the same second."""
    time.sleep(1.05 - time.time() % 1)


class Commands:
    """The process of `canaille-commands`."""

    def __init__(self):
        self.process = subprocess.Popen(
            # Without -P, it would import this module.
            [PYTHON, "-P", Path(__file__).with_name("canaille-commands")], stdin=subprocess.PIPE,
            stdout=subprocess.PIPE, text=True)

    def run(self, arguments, folder, environment):
        command = {"arguments": arguments, "folder": str(folder), "environment": environment}
        self.process.stdin.write(json.dumps(command) + "\n")
        self.process.stdin.flush()
        line = self.process.stdout.readline()
        assert line, "canaille-commands has ended"
        return json.loads(line)


@functools.cache
def _commands():
    return Commands()


class Canaille(Provider):
    """`canaille run`. `settings` is more of its configuration in TOML: keys outside of tables, then tables."""

    def __init__(self, folder, settings=""):
        super().__init__(folder)
        self.settings = settings

    @property
    def issuer(self):
        """Its issuer."""
        return f"http://127.0.0.1:{self.port}"

    @property
    def command(self):
        return [BINARY, "run", "--bind", f"127.0.0.1:{self.port}"]

    @property
    def environment(self):
        return {"PATH": os.environ["PATH"], "HOME": str(self.folder), "LC_ALL": "C.UTF-8",
                "CANAILLE_CONFIG": str(self.folder / "canaille.toml")}

    def prepare(self):
        path = self.folder / "canaille.toml"
        # Without these, its commands cannot build addresses, or not with https.
        head = f"""
SECRET_KEY = "{uuid.uuid4()}"
SERVER_NAME = "127.0.0.1:{self.port}"
PREFERRED_URL_SCHEME = "http"
"""
        database = f"""
[CANAILLE]
DATABASE = "sql"
TIMEZONE = "UTC"
JAVASCRIPT = false
[CANAILLE_SQL]
DATABASE_URI = "sqlite:///{self.folder}/canaille.db"
"""
        path.write_text(head + self.settings + database)
        key = self.run("jwk", "create", "rsa")
        pairs = ", ".join(f"{name} = {json.dumps(value)}" for name, value in json.loads(key).items())
        path.write_text(f"{path.read_text()}[CANAILLE_OIDC]\nACTIVE_JWKS = [{{ {pairs} }}]\n")
        self.run("install")

    # The command line

    def run(self, *arguments):
        """Runs `canaille …` on this server's state, and returns what it prints."""
        done = _commands().run(arguments, self.folder, self.environment)
        assert done["status"] == 0, f"canaille {' '.join(arguments[:2])}: {done['errors']}"
        return done["output"]

    def add_user(self, login, password, name, email, *options):
        """Adds a person, and returns canaille's record of them."""
        given, family = name.split(" ", 1)
        return json.loads(self.run(
            "create", "user", "--user-name", login, "--password", password, "--formatted-name", name,
            "--given-name", given, "--family-name", family, "--display-name", login, "--emails", email,
            *options))

    def add_group(self, name, *logins):
        members = [argument for login in logins for argument in ("--members", login)]
        return json.loads(self.run("create", "group", "--display-name", name, *members))

    def add_client(self, client_id, secret, desk, *options):
        """Registers the desk at that address, and returns canaille's record of it.

        By default, a client that the command line creates gets unsigned ID tokens with an empty `aud`.
        """
        made = json.loads(self.run(
            "create", "client", "--client-id", client_id, "--client-secret", secret, "--client-name", "Jeton",
            "--client-uri", desk, "--redirect-uris", desk + "/sign-in/callback",
            "--post-logout-redirect-uris", desk + "/", "--grant-types", "authorization_code",
            "--response-types", "code", "--token-endpoint-auth-method", "client_secret_basic",
            *(argument for scope in ("openid", "profile", "email", "groups") for argument in ("--scope", scope)),
            "--id-token-signed-response-alg", "RS256", *options))
        self.run("set", "client", made["id"], "--audience", made["id"])
        return made

    def lock(self, login):
        """Locks a person out."""
        self.run("set", "user", login, "--lock-date", "2020-01-01T00:00:00+00:00")

    def unlock(self, login):
        """Unlocks a person, with a date in the far future: the command line accepts no empty one."""
        self.run("set", "user", login, "--lock-date", "2999-01-01T00:00:00+00:00")
