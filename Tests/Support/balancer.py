"""Load balancers in front of several nodes, configured as on their page, and clients that verify through them."""

import re
import signal
import socket
import subprocess
from pathlib import Path

from jeton import ROOT, accepts, free_port, wait_for
from proxies import NGINX

PAGE = ROOT / "docs/operate/load-balancers.md"


class Balancer:
    """One on a free port in front of `nodes`, which are named by letters as on the page."""

    host = "127.0.0.1"
    file = None
    """The page's block, by its first line."""

    def __init__(self, folder, nodes, **changes):
        self.folder, self.nodes, self.changes = Path(folder), nodes, changes
        self.port = free_port()

    @property
    def address(self):
        return f"{self.host}:{self.port}"

    def written(self):
        """The page's configuration, with other addresses, without missing nodes, and with `changes`."""
        text = re.search(rf"```\w+\n(# {self.file}\n.*?)```", PAGE.read_text(), re.DOTALL)[1]
        text = re.sub(r"(bind|listen) :?8080", rf"\1 {self.address}", text)
        for node in re.findall(r"(\w)\.example\.com:8080", text):
            if node in self.nodes:
                text = text.replace(f"{node}.example.com:8080", self.nodes[node].address)
            else:
                text = re.sub(rf".*{node}\.example\.com.*\n", "", text)
        for before, after in self.changes.items():
            assert before in text
            text = text.replace(before, after)
        assert "example.com" not in text
        return text

    def __enter__(self):
        self.folder.mkdir(exist_ok=True)
        command = self.prepare()
        self.log = self.folder / f"{self.file}.log"
        with self.log.open("wb") as log:
            self.process = subprocess.Popen(command, cwd=self.folder, stdin=subprocess.DEVNULL, stdout=log, stderr=log)
        wait_for(lambda: accepts(self.port))
        for name in self.nodes:
            self.until_up(name)
        return self

    def until_up(self, name):
        """Waits until it sends requests to that node again, if it has health checks."""

    def __exit__(self, *_):
        self.process.terminate()
        self.process.wait(timeout=10)


class HAProxy(Balancer):
    name = "haproxy"
    file = "haproxy.cfg"

    def prepare(self):
        self.control = self.folder / "haproxy.sock"
        path = self.folder / self.file
        path.write_text(f"global\n    stats socket {self.control} level admin\n\n{self.written()}")
        return ["haproxy", "-db", "-f", path]

    def up(self):
        """The nodes that it sends requests to."""
        with socket.socket(socket.AF_UNIX) as control:
            control.connect(str(self.control))
            control.sendall(b"show stat\n")
            rows = [row.split(",") for row in control.makefile().read().splitlines()]
        return {row[1] for row in rows if len(row) > 17 and row[0] == "nodes" and row[17].startswith("UP")}

    def until_up(self, name):
        # It accepts requests a moment before this socket has its name.
        wait_for(self.control.exists)
        wait_for(lambda: name in self.up())


class Nginx(Balancer):
    name = "nginx"
    file = "jeton.conf"

    def prepare(self):
        (self.folder / "nginx.conf").write_text(NGINX)
        (self.folder / self.file).write_text(self.written())
        return ["nginx", "-e", "stderr", "-p", self.folder, "-c", self.folder / "nginx.conf"]


class Crowd:
    """wrk, which verifies a valid token at a steady pace; `keeps` sets whether connections are reused."""

    def __init__(self, address, token, connections, keeps=True):
        self.command = [
            "wrk", "-t1", f"-c{connections}", "-d600s", "-s", Path(__file__).with_name("pace.lua"),
            "-H", f"Authorization: Bearer {token}", "-H", "Connection: " + ("keep-alive" if keeps else "close"),
            f"http://{address}/verify/maven"]

    def __enter__(self):
        self.process = subprocess.Popen(self.command, stdout=subprocess.PIPE, text=True)
        return self

    def __exit__(self, *_):
        self.process.send_signal(signal.SIGINT)
        self.said = self.process.communicate(timeout=20)[0]

    @property
    def count(self):
        """The number of answers."""
        return int(re.search(r"(\d+) requests in", self.said)[1])

    @property
    def wrong(self):
        """The numbers of other answers and of broken connections."""
        return re.findall(r"Socket errors: .*|Non-2xx or 3xx responses: .*", self.said)
