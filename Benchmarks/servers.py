"""The servers that are measured, each in a folder of its own, on the server's core, ended by its process."""

import contextlib
import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import requests

ROOT = Path(__file__).resolve().parents[1]
sys.path.append(str(ROOT / "Tests/Support"))

from jeton import BINARY, PASSWORD, free_port, hidden_fields, wait_for  # noqa: E402
from load import Broken, request, write_requests  # noqa: E402
from machine import SERVER_CORE, on_core  # noqa: E402


class Server:
    """A process that listens on a port of loopback."""

    #: The status with which every request of the load is answered.
    expected = 200
    #: The cores that it runs on.
    cores = (SERVER_CORE,)

    def __init__(self, folder):
        self.folder = Path(folder)
        self.folder.mkdir(parents=True, exist_ok=True)
        self.port = free_port()
        self.process = None
        self.requests = self.folder / "requests"

    @property
    def url(self):
        return f"http://127.0.0.1:{self.port}"

    @property
    def command(self):
        """What is run."""
        raise NotImplementedError

    @property
    def environment(self):
        return {**os.environ, "LC_ALL": "C.UTF-8"}

    def start(self, within=120):
        with on_core(*self.cores), (self.folder / "log").open("ab") as log:
            # A session of its own: what it starts itself is ended with it.
            self.process = subprocess.Popen(
                [str(part) for part in self.command], stdin=subprocess.DEVNULL, stdout=log, stderr=log,
                cwd=self.folder, env=self.environment, start_new_session=True)
        wait_for(self.is_ready, seconds=within, every=0.002)
        return self

    def is_ready(self):
        assert self.process.poll() is None, f"{self.command[0]} ended by itself: see {self.folder}/log"
        try:
            return requests.get(self.url + self.ready_path, timeout=5).status_code < 500
        except requests.ConnectionError:
            return False

    ready_path = "/"

    def stop(self):
        if not self.process:
            return
        self.process.send_signal(signal.SIGTERM)
        try:
            self.process.wait(timeout=30)
        except subprocess.TimeoutExpired:
            os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait()
        self.process = None

    @contextlib.contextmanager
    def frozen(self):
        """It does nothing meanwhile, not even what it has left to do."""
        os.kill(self.process.pid, signal.SIGSTOP)
        try:
            yield
        finally:
            os.kill(self.process.pid, signal.SIGCONT)

    def __enter__(self):
        try:
            return self.start()
        except BaseException:
            self.stop()
            raise

    def __exit__(self, *_):
        self.stop()

    def prepare(self, prepared):
        """Writes the load down, and sees that its first request is answered as it should be."""
        write_requests(self.requests, prepared)
        self.check(prepared[0])

    def check(self, prepared):
        status = exchange(self.port, prepared)
        if status != self.expected:
            raise Broken(f"{type(self).__name__} answered {status} in place of {self.expected}")


def exchange(port, prepared):
    """The status with which one prepared request is answered."""
    with socket.create_connection(("127.0.0.1", port), timeout=60) as connection:
        connection.sendall(prepared.encode())
        return int(connection.recv(65536).split(b" ", 2)[1])


class Jeton(Server):
    """`jeton serve` on a seeded data folder."""

    ready_path = "/readyz"
    verify = "/verify/default"

    def __init__(self, folder, seed, binary=BINARY, ledger=None, grants=False):
        """`ledger`: the database into which the seed was moved, in place of the seed's own file. `grants`: whether
        each grant is a line of the log."""
        super().__init__(folder)
        self.seed = seed
        self.data = self.folder / "data" if ledger else seed.data
        self.binary = binary
        self.seconds_to_start = None
        # More connections than by default, for the crowds.
        configuration = [f"log: {{ grants: {str(grants).lower()} }}", "limits: { connections: 14000 }"]
        if ledger:
            configuration.append(f"ledger: {ledger}")
        (self.folder / "jeton.yaml").write_text("\n".join(configuration) + "\n")

    @property
    def command(self):
        return [self.binary, "serve", "--data", self.data, "--listen", f"127.0.0.1:{self.port}",
                "--config", self.folder / "jeton.yaml"]

    def start(self, within=900):
        began = time.monotonic()
        super().start(within=within)
        self.seconds_to_start = time.monotonic() - began
        self.prepare([request(self.verify, f"Bearer {secret}") for secret in self.seed.secrets])
        return self


class Nginx(Server):
    """nginx with one worker and no access log; `locations` is its server's content."""

    def __init__(self, folder, locations, http="", expected=204):
        super().__init__(folder)
        self.expected = expected
        user = "user root;" if os.geteuid() == 0 else ""
        (self.folder / "nginx.conf").write_text(f"""
{user}
daemon off;
worker_processes 1;
pid nginx.pid;
error_log error.log;
worker_rlimit_nofile 20000;
events {{ worker_connections 16384; }}
http {{
    access_log off;
    keepalive_requests 1000000000;
    client_body_temp_path temp; proxy_temp_path temp; fastcgi_temp_path temp; uwsgi_temp_path temp;
    scgi_temp_path temp;
    {http}
    server {{
        listen 127.0.0.1:{self.port} backlog=4096;
{locations}
    }}
}}
""")

    @property
    def command(self):
        return ["/usr/sbin/nginx", "-p", self.folder, "-e", "error.log", "-c", "nginx.conf"]
