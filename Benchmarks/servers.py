"""The servers that are measured, each in a folder of its own, on the server's core, ended by its process."""

import contextlib
import json
import os
import signal
import socket
import ssl
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
    #: With TLS, the certificate that it shows.
    certificate = None

    def __init__(self, folder):
        self.folder = Path(folder)
        self.folder.mkdir(parents=True, exist_ok=True)
        self.port = free_port()
        self.process = None
        self.requests = self.folder / "requests"

    @property
    def url(self):
        return f"{'https' if self.certificate else 'http'}://127.0.0.1:{self.port}"

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
            answer = requests.get(self.url + self.ready_path, timeout=5, verify=self.certificate or True)
            return answer.status_code < 500
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
        os.killpg(self.process.pid, signal.SIGSTOP)
        try:
            yield
        finally:
            os.killpg(self.process.pid, signal.SIGCONT)

    @property
    def processor_time(self):
        """The seconds that it and what it started have used of a processor (proc(5))."""
        ticks = 0
        for path in Path("/proc").glob("[0-9]*/stat"):
            with contextlib.suppress(FileNotFoundError, ProcessLookupError):
                fields = path.read_text().rpartition(")")[2].split()
                if int(fields[2]) == self.process.pid:  # its group
                    ticks += int(fields[11]) + int(fields[12])
        return ticks / os.sysconf("SC_CLK_TCK")

    def empty_logs(self):
        """Empties what it has logged: a line for each request would fill the disk."""
        for path in (self.folder / "log", self.folder / "access.log"):
            if path.exists():
                os.truncate(path, 0)

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
        status = self.exchange(prepared)
        if status != self.expected:
            raise Broken(f"{type(self).__name__} answered {status} in place of {self.expected}")

    def exchange(self, prepared):
        """The status with which one prepared request is answered."""
        with self.connection() as connection:
            connection.sendall(prepared.encode())
            return int(connection.recv(65536).split(b" ", 2)[1])

    def connection(self):
        """A new connection."""
        connection = socket.create_connection(("127.0.0.1", self.port), timeout=60)
        if not self.certificate:
            return connection
        return ssl.create_default_context(cafile=self.certificate).wrap_socket(
            connection, server_hostname="127.0.0.1")


#: What is set where nothing else is measured: no line for each grant, and connections for the crowds.
QUIET = {"log": {"grants": False}, "limits": {"connections": 14000}}


class Jeton(Server):
    """`jeton serve` on a seeded data folder."""

    ready_path = "/readyz"
    verify = "/verify/default"

    def __init__(self, folder, seed, binary=BINARY, ledger=None, configuration=None, cores=(SERVER_CORE,)):
        """`ledger`: the database into which the seed was moved, in place of the seed's own file. `configuration`:
        what is set beside :data:`QUIET`; its `listen: unix:PATH` takes the place of the port."""
        super().__init__(folder)
        self.seed, self.binary, self.cores = seed, binary, cores
        self.data = self.folder / "data" if ledger else seed.data
        self.seconds_to_start = None
        values = {**QUIET, **(configuration or {})}
        if ledger:
            values["ledger"] = ledger
        self.certificate = values.get("tls", {}).get("certificate")
        self.socket = values.get("listen", "").removeprefix("unix:")
        # JSON is YAML, too.
        lines = [f"{name}: {json.dumps(value)}\n" for name, value in values.items() if value is not None]
        (self.folder / "jeton.yaml").write_text("".join(lines))

    @property
    def command(self):
        address = [] if self.socket else ["--listen", f"127.0.0.1:{self.port}"]
        return [self.binary, "serve", "--data", self.data, *address, "--config", self.folder / "jeton.yaml"]

    def connection(self):
        if not self.socket:
            return super().connection()
        connection = socket.socket(socket.AF_UNIX)
        connection.settimeout(60)
        connection.connect(self.socket)
        return connection

    def is_ready(self):
        if not self.socket:
            return super().is_ready()
        assert self.process.poll() is None, f"{self.command[0]} ended by itself: see {self.folder}/log"
        try:
            return self.exchange(request(self.ready_path)) < 500
        except OSError:
            return False

    def start(self, within=900):
        began = time.monotonic()
        super().start(within=within)
        self.seconds_to_start = time.monotonic() - began
        self.prepare([request(self.verify, f"Bearer {secret}") for secret in self.seed.secrets])
        return self


class Nginx(Server):
    """nginx with one worker for each of its cores, and no access log; `locations` is its server's content. With
    `tls`, a certificate and its key, it speaks TLS by the rules that Jeton has: no old versions, and every connection
    with a full handshake."""

    def __init__(self, folder, locations, http="", expected=204, cores=(SERVER_CORE,), tls=None):
        super().__init__(folder)
        self.expected, self.cores = expected, cores
        user = "user root;" if os.geteuid() == 0 else ""
        secure = ""
        if tls:
            self.certificate, key = tls
            secure = (f"ssl_certificate {self.certificate}; ssl_certificate_key {key}; "
                      "ssl_protocols TLSv1.2 TLSv1.3; ssl_session_tickets off; ssl_session_cache off;")
        (self.folder / "nginx.conf").write_text(f"""
{user}
daemon off;
worker_processes {len(cores)};
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
        listen 127.0.0.1:{self.port} {'ssl' if tls else ''} backlog=4096;
        {secure}
{locations}
    }}
}}
""")

    @property
    def command(self):
        return ["/usr/sbin/nginx", "-p", self.folder, "-e", "error.log", "-c", "nginx.conf"]
