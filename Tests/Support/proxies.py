"""The proxies that Jeton's documents describe, each run with the configuration in its document."""

import os
import re
import subprocess
from pathlib import Path
from typing import Callable, NamedTuple

import requests

from jeton import ROOT, accepts, free_port, wait_for

BIN = ROOT / ".venv/bin"  # requirements-proxies.txt puts caddy, envoy and traefik there

# The configuration around a site of nginx, independent of the machine's own.
# As root, nginx would switch to a user who cannot buffer answers for slow clients.
NGINX = ("user root;" if os.geteuid() == 0 else "") + """
daemon off; pid nginx.pid; error_log stderr; worker_processes 1;
events {} http { access_log off; include jeton.conf;
client_body_temp_path body; proxy_temp_path proxy; fastcgi_temp_path fcgi; uwsgi_temp_path uwsgi; scgi_temp_path scgi; }
"""

# The configuration around a site of Apache httpd: of the machine's own, only its modules are used, and what
# Debian sets for those that it has on (reqtimeout.conf).
HTTPD = "".join(f"LoadModule {name}_module /usr/lib/apache2/modules/mod_{name}.so\n" for name in (
    "mpm_event", "authz_core", "lua", "proxy", "proxy_http", "headers", "reqtimeout")) + """
RequestReadTimeout header=20-40,minrate=500 body=10,minrate=500
DefaultRuntimeDir .
PidFile httpd.pid
ServerName localhost
ErrorLog /dev/stderr
CustomLog access.log "%u %m %U %>s"
Include apache.conf
"""


def httpd(folder):
    """The command that runs Apache httpd with `httpd.conf` in `folder`."""
    # As root, httpd would switch to a user who cannot read the folder: this keeps it from doing so.
    alone = ["unshare", "--user"] if os.geteuid() == 0 else []
    return [*alone, "/usr/sbin/apache2", "-DFOREGROUND", "-d", folder, "-f", folder / "httpd.conf"]


class Proxy(NamedTuple):
    name: str
    page: str
    files: list[str]
    """What the page's blocks are, by their first line: `# NAME`."""
    command: Callable[[Path], list]
    closed: int = 503
    """What the client is told where Jeton does not answer."""
    refuses_early: bool = True
    """Whether a refusal reaches a client that waits for `100 Continue`."""
    upgrades: bool = False
    """Whether it lets a client upgrade to protocols that it does not know."""
    http2: bool = True
    """Whether it speaks HTTP/2 without TLS, as our pages have it."""
    leaves_out: str = "in no line of any page"
    """What is in the lines that its page says are for a later version."""

    def lines(self):
        """The page's code blocks, by the names of their files."""
        page = (ROOT / "docs/protect" / self.page).read_text()
        blocks = re.findall(r"```\w+\n((?:#|--) ([\w.]+)\n.*?)```", page, re.S)
        found = {name: block for block, name in blocks}
        return {name: re.sub(f".*{self.leaves_out}.*\n", "", found[name]) for name in self.files}


PROXIES = [
    Proxy("nginx", "nginx.md", ["jeton.conf"],
          lambda folder: ["nginx", "-e", "stderr", "-p", folder, "-c", folder / "nginx.conf"], http2=False),
    Proxy("caddy-2.6", "caddy.md", ["Caddyfile"],
          lambda folder: ["/usr/bin/caddy", "run", "--config", folder / "Caddyfile"], http2=False,
          leaves_out="since Caddy 2.11"),
    Proxy("caddy-2.11", "caddy.md", ["Caddyfile"],
          lambda folder: [BIN / "caddy", "run", "--config", folder / "Caddyfile"], refuses_early=False),
    Proxy("traefik", "traefik.md", ["traefik.yaml", "services.yaml"],
          lambda folder: [BIN / "traefik", f"--configfile={folder}/traefik.yaml"], closed=500, upgrades=True),
    Proxy("envoy", "envoy.md", ["envoy.yaml"],
          lambda folder: [BIN / "envoy", "--disable-hot-restart", "--concurrency", "1", "-c", folder / "envoy.yaml"]),
    Proxy("haproxy", "haproxy.md", ["haproxy.cfg", "jeton.lua"],
          lambda folder: ["haproxy", "-db", "-f", folder / "haproxy.cfg"]),
    Proxy("apache", "apache.md", ["apache.conf", "jeton.lua"], httpd, http2=False),
]


def question(name):
    """The path at which a proxy asks for that service; a name that begins with a slash is a mistyped address."""
    return name if name.startswith("/") else f"/verify/{name}"


def metadata(name):
    """The path at which a proxy asks for the metadata of that service."""
    return f"/oauth/protected-resource/{name.removeprefix('/')}"


class Running:
    """One of them on a free port, in front of the service at `service`, which asks Jeton at port `jeton`."""

    def __init__(self, proxy, folder, *, jeton, service, name="maven", waits=True):
        self.proxy = proxy
        self.folder = Path(folder)
        self.port = free_port()
        self.ports = {8081: self.port, 9000: service, 8080: jeton}
        self.name = name
        self.waits = waits
        self.log = self.folder / "proxy.log"

    @property
    def url(self):
        return f"http://127.0.0.1:{self.port}"

    def written(self, text):
        """The page's configuration, with other ports, folders and service name."""
        text = re.sub(r"\b(8081|9000|8080)\b", lambda found: str(self.ports[int(found[0])]), text)
        text = re.sub(r"/etc/(traefik|haproxy|apache2)\b", str(self.folder), text)
        text = text.replace("/oauth/protected-resource/default", metadata(self.name))
        return text.replace("/verify/default", question(self.name))

    def __enter__(self):
        self.folder.mkdir(parents=True, exist_ok=True)
        (self.folder / "nginx.conf").write_text(NGINX)
        (self.folder / "httpd.conf").write_text(HTTPD)
        for name, text in self.proxy.lines().items():
            (self.folder / name).write_text(self.written(text))
        with self.log.open("wb") as log:
            self.process = subprocess.Popen(
                self.proxy.command(self.folder), stdin=subprocess.DEVNULL, stdout=log, stderr=log,
                cwd=self.folder,
                env={
                    "PATH": os.environ["PATH"], "HOME": str(self.folder),
                    "CADDY_ADMIN": f"127.0.0.1:{free_port()}",
                })
        wait_for(self._is_ready, seconds=60)
        return self

    def _is_ready(self):
        assert self.process.poll() is None, f"{self.proxy.name} ended by itself:\n{self.log.read_text()}"
        # Traefik listens before it has read its routes, and answers 404 until then.
        return accepts(self.port) and (not self.waits or requests.get(self.url, timeout=60).status_code != 404)

    def __exit__(self, *_):
        self.process.terminate()
        try:
            self.process.wait(timeout=15)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
