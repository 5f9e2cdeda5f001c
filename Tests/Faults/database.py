"""A PostgreSQL server for a test, on its own machine, that can be made to fail in many ways."""

import contextlib
import os
import shutil
import signal
import subprocess
import tempfile
import time
from pathlib import Path

from jeton import wait_for

PORT, POOLER = 5432, 6432


def programs():
    """Where the server's programs are."""
    return sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda path: int(path.parent.name))[-1]


class Database:
    """A durable server: none of its settings for durability is turned off."""

    def __init__(self, host, room=None, **settings):
        """With `room`, its files are on a separate disk of that size, in MiB."""
        self.host = host
        self.room = room
        self.settings = {"max_connections": 100, "shared_buffers": "32MB", "fsync": "on", **settings}
        self.server = self.pooler = None

    def __enter__(self):
        self.folder = Path(tempfile.mkdtemp(prefix="jeton-database-", dir="/tmp"))
        self.data = self.folder / "disk" / "data"
        self.data.parent.mkdir()
        if self.room:
            subprocess.run(
                ["mount", "-t", "tmpfs", "-o", f"size={self.room}m", "tmpfs", self.data.parent], check=True)
        subprocess.run(["chown", "-R", "postgres", self.folder], check=True)
        self.as_server(
            programs() / "initdb", f"--pgdata={self.data}", "--username=jeton", "--auth=trust",
            "--encoding=UTF8", "--locale=C.UTF-8", "--wal-segsize=1", "--no-sync", stdout=subprocess.DEVNULL).wait()
        with (self.data / "pg_hba.conf").open("a") as file:
            file.write("host all all 10.78.0.0/24 trust\n")
        return self.start()

    def __exit__(self, *_):
        self.thaw()
        # PgBouncer has no state to save, and has been seen not to stop in order.
        for process, end in ((self.pooler, signal.SIGKILL), (self.server, signal.SIGQUIT)):
            if process and process.poll() is None:
                process.send_signal(end)
                process.wait(timeout=30)
        if self.room:
            wait_for(lambda: subprocess.run(["umount", self.data.parent]).returncode == 0, seconds=30, every=0.5)
        shutil.rmtree(self.folder, ignore_errors=True)

    def as_server(self, *command, **options):
        """Starts a command as the user `postgres` on the database's machine, until the tests end."""
        return subprocess.Popen(
            [*self.host.prefix, "setpriv", "--reuid=postgres", "--regid=postgres", "--clear-groups",
             "--pdeathsig=QUIT", *command], cwd="/", stdin=subprocess.DEVNULL, **options)

    def start(self):
        """Starts the server, and returns when it answers."""
        settings = {
            "port": PORT, "listen_addresses": self.host.back, "unix_socket_directories": self.folder,
            "min_wal_size": "2MB", "max_wal_size": "32MB", **self.settings,
        }
        with (self.folder / "server.log").open("ab") as log:
            self.server = self.as_server(
                programs() / "postgres", "-D", self.data, *(f"-c{key}={value}" for key, value in settings.items()),
                stdout=log, stderr=log)
        wait_for(self.answers, seconds=60)
        return self

    def answers(self):
        assert self.server.poll() is None, (self.folder / "server.log").read_text()[-2000:]
        return self.ask("SELECT 1", check=False) == "1"

    def start_pooler(self):
        """PgBouncer in transaction mode in front of it."""
        path = self.folder / "pgbouncer.ini"
        path.write_text(
            f"[databases]\n* = host={self.folder} port={PORT} user=jeton\n"
            f"[pgbouncer]\nlisten_addr = {self.host.back}\nlisten_port = {POOLER}\nunix_socket_dir =\n"
            "auth_type = any\npool_mode = transaction\ndefault_pool_size = 10\nmax_client_conn = 200\n")
        with (self.folder / "pgbouncer.log").open("ab") as log:
            self.pooler = self.as_server("pgbouncer", path, stdout=log, stderr=log)
        wait_for(lambda: self.ask("SELECT 1", check=False, port=POOLER) == "1")

    def address(self, port=PORT):
        return f"postgres://jeton@{self.host.back}:{port}/postgres"

    def ask(self, sql, check=True, port=PORT):
        """The result of a statement, as text."""
        answer = subprocess.run(
            ["psql", "--no-psqlrc", "--quiet", "--tuples-only", "--no-align", "--command", sql, self.address(port)],
            check=check, capture_output=True, text=True, timeout=60)
        return answer.stdout.strip()

    def good_tokens(self):
        """Whether each token, by its name, may be granted."""
        rows = self.ask(
            "SELECT tokens.name, revoked_at IS NULL AND suspended_at IS NULL FROM tokens "
            "JOIN subjects ON subjects.id = owner")
        return {name: good == "t" for name, good in (row.rsplit("|", 1) for row in rows.splitlines())}

    # Failures

    def processes(self):
        """The server and all that it started, while it runs."""
        if not self.server or self.server.poll() is not None:
            return []
        children = Path(f"/proc/{self.server.pid}/task/{self.server.pid}/children").read_text().split()
        return [self.server.pid, *map(int, children)]

    def kill(self):
        """Kills the server as the kernel does when memory runs out; its children end by themselves."""
        self.server.kill()
        self.server.wait()
        # A new server cannot start on the same files before all children have ended.
        wait_for(self.is_free)

    def is_free(self):
        """Whether no process uses its files any more."""
        for folder in Path("/proc").glob("[0-9]*"):
            with contextlib.suppress(OSError):
                if os.readlink(folder / "cwd") == str(self.data):
                    return False
        return True

    def quit(self):
        """Stops it immediately, without a checkpoint."""
        self.server.send_signal(signal.SIGQUIT)
        self.server.wait(timeout=30)

    def freeze(self):
        """Freezes it and its children, like a machine that hangs."""
        for process in self.processes():
            with contextlib.suppress(ProcessLookupError):
                os.kill(process, signal.SIGSTOP)

    def thaw(self):
        for process in self.processes():
            with contextlib.suppress(ProcessLookupError):
                os.kill(process, signal.SIGCONT)

    def end_idle(self):
        """Ends each connection that is in no transaction, including those that listen for changes, and returns
        their number."""
        return int(self.ask(
            "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity"
            " WHERE application_name = 'jeton' AND state = 'idle'"))

    @contextlib.contextmanager
    def full_disk(self):
        """Fills the disk with its files."""
        ballast = self.data.parent / "ballast"
        with ballast.open("wb") as file, contextlib.suppress(OSError):
            while True:
                file.write(bytes(1 << 14))
                file.flush()
        try:
            yield
        finally:
            ballast.unlink()

    @contextlib.contextmanager
    def standby_away(self):
        """Makes each commit wait for a standby that does not exist."""
        for sql in ("ALTER SYSTEM SET synchronous_standby_names = 'away'", "SELECT pg_reload_conf()"):
            self.ask(sql)
        wait_for(lambda: self.ask("SHOW synchronous_standby_names") == "away")
        try:
            yield
        finally:
            for sql in ("ALTER SYSTEM RESET synchronous_standby_names", "SELECT pg_reload_conf()"):
                self.ask(sql)

    @contextlib.contextmanager
    def no_connection_left(self):
        """Takes all connections that the server allows: the nodes' are ended repeatedly, and others take the
        free places before they reconnect."""
        holders = []
        try:
            end = time.monotonic() + 30
            while len(holders) < self.settings["max_connections"] and time.monotonic() < end:
                holder = subprocess.Popen(
                    ["psql", "--no-psqlrc", "--quiet", self.address()], stdin=subprocess.PIPE,
                    stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
                holders.append(holder)
            self.ask_as_holder(holders)
            yield
        finally:
            for holder in holders:
                with contextlib.suppress(OSError):
                    holder.stdin.close()
                holder.wait(timeout=10)

    def ask_as_holder(self, holders):
        """Ends the nodes' connections, through one that is kept open."""
        ending = (
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'jeton';\n").encode()
        for holder in holders:
            with contextlib.suppress(OSError):
                holder.stdin.write(ending)
                holder.stdin.flush()
