"""`jeton serve` at a unix socket, and what stands in front of it."""

import contextlib
import http.client
import os
import re
import shutil
import socket
import subprocess
import sys
import tempfile
from pathlib import Path

from jeton import ROOT, Jeton, wait_for
from proxies import PROXIES, Running

SOCKET = "/run/jeton/gate.sock"  # in the documents

# Does what systemd does before it runs the program of a unit with a socket (sd_listen_fds(3)).
PASSING = """import os, sys
os.dup2(int(sys.argv[1]), 3)
os.environ.update(LISTEN_PID=str(os.getpid()), LISTEN_FDS="1")
os.execv(sys.argv[2], sys.argv[2:])"""


class ToSocket(http.client.HTTPConnection):
    """A connection to a unix socket."""

    def __init__(self, path, timeout=60):
        super().__init__("jeton", timeout=timeout)
        self.path = str(path)

    def connect(self):
        self.sock = socket.socket(socket.AF_UNIX)
        self.sock.settimeout(self.timeout)
        self.sock.connect(self.path)


def ask(path, target, headers=(), method="GET"):
    """The answer at a socket, with its body in `text`."""
    with contextlib.closing(ToSocket(path)) as connection:
        connection.putrequest(method, target)
        for name, value in headers:
            connection.putheader(name, value)
        connection.endheaders()
        answer = connection.getresponse()
        answer.text = answer.read().decode()
        return answer


class SocketJeton(Jeton):
    """A server at a socket in `folder`. With `kept`, that socket is opened before it, and stays open after it."""

    kept = None

    def __init__(self, folder, config, **options):
        super().__init__(folder, config=config, **options)
        self.path = self.folder / "gate.sock"

    @property
    def address(self):
        return f"unix:{self.path}"

    @property
    def prefix(self):
        if self.kept is None:
            return []
        return [sys.executable, "-c", PASSING, str(self.kept.fileno())]

    def keep(self):
        """Opens the socket, as systemd does for jeton.socket."""
        self.kept = socket.socket(socket.AF_UNIX)
        self.kept.bind(str(self.path))
        self.kept.listen(4096)
        os.set_inheritable(self.kept.fileno(), True)

    def start(self, until=None):
        command = [*self.prefix, self.binary, "serve", "--data", self.data, "--listen", self.address]
        command += ["--config", self.config]
        passed = [self.kept.fileno()] if self.kept else []
        with self.greeting.open("wb") as greeting, self.log.open("ab") as log:
            self.process = subprocess.Popen(
                command, env={**os.environ, **self.environment}, stdin=subprocess.DEVNULL, stdout=greeting,
                stderr=log, pass_fds=passed)
        wait_for(until or self._is_ready)
        return self

    def _is_ready(self):
        assert self.process.poll() is None, f"the server ended by itself:\n{self.log.read_text()[-4000:]}"
        return self.greeting.read_text().endswith("\n")

    def ask(self, target, headers=(), method="GET"):
        return ask(self.path, target, headers, method)

    def verify(self, service="maven", method="GET", headers=None):
        answer = self.ask(f"/verify/{service}", (headers or {}).items(), method)
        answer.status_code = answer.status
        return answer

    def status(self, token, service="maven", connection=None):
        return self.verify(service, headers={"Authorization": f"Bearer {token}"}).status

    def logged(self, marker):
        """The line of the log with that text."""
        return wait_for(lambda: next((line for line in self.log.read_text().splitlines() if marker in line), None))

    def __exit__(self, *_):
        super().__exit__()
        if self.kept:
            self.kept.close()


@contextlib.contextmanager
def open_folder():
    """A folder that everybody may enter: a socket in it is guarded by its own permissions."""
    folder = Path(tempfile.mkdtemp(prefix="jeton-"))
    folder.chmod(0o755)
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def replacements(page):
    """What a proxy's page says to write for a socket: pairs of the old text and the new one."""
    text = (ROOT / "docs/protect" / page).read_text()
    section = text[text.index("## At a unix socket"):]
    rows = re.findall(r"^\| `(.*?)` \| `(.*?)` \|$", section.split("\n## ")[0].split("\n\nA complete")[0], re.M)
    assert rows, page
    return rows


class AtSocket(Running):
    """A proxy with its page's configuration, changed as the page says for a socket at `path`."""

    def __init__(self, proxy, folder, *, path, service, **options):
        super().__init__(proxy, folder, jeton=8080, service=service, **options)
        self.path = path

    def written(self, text):
        for old, new in replacements(self.proxy.page):
            text = text.replace(old, new)
        return super().written(text).replace(SOCKET, str(self.path))


PROXIES_AT_SOCKETS = [proxy for proxy in PROXIES if proxy.name not in ("traefik", "apache")]
