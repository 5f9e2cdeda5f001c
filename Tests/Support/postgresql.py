"""A real PostgreSQL server for a test, and nodes that share it."""

import contextlib
import os
import shutil
import signal
import subprocess
from pathlib import Path

import requests
import yaml

from jeton import EXAMPLE, Jeton, free_port, wait_for


class PostgreSQL:
    """A server in a new folder, which ends with this object, or with the tests. It does not wait for the
    disk, unless a setting (`fsync="on"`) makes it. `data` is a data folder to start with, of which it takes a copy;
    :meth:`keep` makes one."""

    def __init__(self, data=None, port=None, **settings):
        self.data, self.is_kept = data, False
        self.settings = [f"{name}={value}" for name, value in settings.items()]
        self.port = port or free_port()
        self.folder = Path(f"/tmp/jeton-pg-{os.getpid()}-{self.port}")

    def __enter__(self):
        if self.data:
            self.folder.mkdir()
            subprocess.run(["cp", "--archive", self.data, self.folder / "data"], check=True)
        script = Path(__file__).with_name("postgresql-server")
        self.script = subprocess.Popen(
            [script, self.folder, str(self.port), *self.settings],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        said = self.script.stdout.readline().split()
        assert said and said[0] == "ready", "PostgreSQL did not come up"
        self.pid = int(said[1])
        return self

    def __exit__(self, *_):
        if not self.is_kept:
            self.thaw()
        self.script.stdin.close()
        self.script.wait(timeout=30)

    def address(self, database="postgres"):
        return f"postgres://jeton@127.0.0.1:{self.port}/{database}"

    def keep(self, path):
        """Stops the server in peace, and moves its data folder to that path. Nothing else may follow."""
        os.kill(self.pid, signal.SIGINT)
        wait_for(lambda: not (self.folder / "data/postmaster.pid").exists(), seconds=120)
        shutil.move(self.folder / "data", path)
        self.is_kept = True

    def ask(self, sql, database="postgres", timeout=60):
        """The result of a statement, as text."""
        return subprocess.run(
            ["psql", "--no-psqlrc", "--quiet", "--tuples-only", "--no-align", "--command", sql,
             self.address(database)],
            check=True, capture_output=True, text=True, timeout=timeout).stdout.strip()

    def _processes(self):
        children = Path(f"/proc/{self.pid}/task/{self.pid}/children").read_text().split()
        return [self.pid, *map(int, children)]

    def freeze(self):
        """Freezes the server and its children, like a machine that hangs."""
        for process in self._processes():
            os.kill(process, signal.SIGSTOP)

    def thaw(self):
        for process in self._processes():
            # A child may end meanwhile.
            with contextlib.suppress(ProcessLookupError):
                os.kill(process, signal.SIGCONT)


@contextlib.contextmanager
def held(address, sql):
    """Holds the locks of those statements in the database at that address during the block."""
    psql = subprocess.Popen(
        ["psql", "--no-psqlrc", "--quiet", "--tuples-only", address], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
        text=True)
    psql.stdin.write(f"BEGIN; {sql}; SELECT 'held';\n")
    psql.stdin.flush()
    while "held" not in (line := psql.stdout.readline()):
        assert line, "psql has ended"
    try:
        yield
    finally:
        psql.stdin.close()
        psql.wait(timeout=30)
        psql.stdout.close()


def configuration(folder, **keys):
    """A configuration file with the example's services and those keys."""
    content = yaml.safe_load((EXAMPLE / "jeton.yaml").read_text())
    path = Path(folder) / "jeton.yaml"
    path.write_text(yaml.safe_dump({**content, **keys}))
    return path


def node(folder, postgresql, **keys):
    """A node whose ledger is that server's database `postgres`."""
    folder.mkdir()
    return Jeton(folder, config=configuration(folder, ledger=postgresql.address(), **keys))


def readiness(jeton):
    """The status of `/readyz` and its text."""
    answer = requests.get(jeton.url + "/readyz", timeout=10)
    return answer.status_code, answer.text
