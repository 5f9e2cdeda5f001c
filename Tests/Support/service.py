"""The service behind the proxies of the tests."""

import json
import os
import re
import subprocess
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import wsproto
from wsproto.events import AcceptConnection, CloseConnection, Ping, Request, TextMessage


class Server(ThreadingHTTPServer):
    """Takes many connections at once. By default five may wait, and others are dropped: some proxies try for three
    seconds, which a busy machine exceeds."""

    request_queue_size = 128


class Listening:
    """Runs a `server` of socketserver on a free loopback port, in separate threads."""

    @property
    def port(self):
        return self.server.server_address[1]

    def __enter__(self):
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        return self

    def __exit__(self, *_):
        self.server.shutdown()
        self.server.server_close()


class Service(Listening):
    """Answers with the request it got, echoes WebSockets, and serves the Git repositories in `folder`.

    `seen` has all requests: none may arrive that Jeton did not grant. `trailers` has the fields after a
    chunked body, by path.
    """

    def __init__(self, folder):
        self.folder = folder
        self.seen = []
        self.trailers = {}
        self.arrived = threading.Event()  # the first bytes of an upload have arrived
        self.server = _Server(("127.0.0.1", 0), _Handler)
        self.server.service = self


class _Server(Server):
    def handle_error(self, *_):
        pass  # a proxy may close connections at any time


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def __getattr__(self, name):
        # Every method is answered, so that every one is recorded.
        if name.startswith("do_"):
            return self._answer
        raise AttributeError(name)

    def _answer(self):
        headers = [(name.lower(), value) for name, value in self.headers.items()]
        self.server.service.seen.append({"method": self.command, "path": self.path, "headers": headers})
        if self.headers.get("Upgrade", "").lower() == "websocket":
            self._echo()
        elif ".git/" in self.path:
            self._git(b"".join(self._body()))
        else:
            self._say(200, "application/json", self._tell(headers))

    def _tell(self, headers):
        received = sum(map(len, self._body()))
        return json.dumps(
            {"method": self.command, "path": self.path, "headers": headers, "received": received}).encode()

    def _body(self):
        """The parts of the body, by its length or in chunks."""
        if "chunked" in self.headers.get("Transfer-Encoding", "").lower():
            while size := int(self.rfile.readline().split(b";")[0], 16):
                yield self._piece(size)
                self.rfile.readline()
            trailers = []
            while line := self.rfile.readline().strip():
                trailers.append(line.decode("latin-1"))
            self.server.service.trailers[self.path] = trailers
        else:
            left = int(self.headers.get("Content-Length") or 0)
            while left:
                piece = self._piece(min(1 << 20, left))
                left -= len(piece)
                yield piece

    def _piece(self, size):
        piece = self.rfile.read(1)
        self.server.service.arrived.set()
        piece += self.rfile.read(size - 1)
        if len(piece) < size:
            raise ConnectionError("the body ends early")
        return piece

    def _say(self, status, kind, body):
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    def _git(self, body):
        """Git's own server of its HTTP protocol; see `git help http-backend`."""
        path, _, query = self.path.partition("?")
        result = subprocess.run(
            ["git", "http-backend"], input=body, capture_output=True, timeout=60, check=True,
            env={
                "PATH": os.environ["PATH"], "GIT_PROJECT_ROOT": str(self.server.service.folder),
                "GIT_HTTP_EXPORT_ALL": "", "REQUEST_METHOD": self.command, "PATH_INFO": path,
                "QUERY_STRING": query, "CONTENT_TYPE": self.headers.get("Content-Type", ""),
                "CONTENT_LENGTH": str(len(body)), "REMOTE_USER": self.headers.get("Remote-User", ""),
                "HTTP_CONTENT_ENCODING": self.headers.get("Content-Encoding", ""),
                "GIT_PROTOCOL": self.headers.get("Git-Protocol", ""),
            })
        head, _, content = result.stdout.partition(b"\r\n\r\n")
        status = re.search(rb"(?mi)^Status: (\d+)", head)
        kind = re.search(rb"(?mi)^Content-Type: ([^\r\n]+)", head)
        self._say(int(status[1]) if status else 200, kind[1].decode() if kind else "text/plain", content)

    def _echo(self):
        """A WebSocket echo (RFC 6455)."""
        socket = wsproto.WSConnection(wsproto.ConnectionType.SERVER)
        lines = [f"{self.command} {self.path} HTTP/1.1"] + [f"{name}: {value}" for name, value in self.headers.items()]
        socket.receive_data("\r\n".join(lines + ["", ""]).encode())
        self.close_connection = True
        while True:
            for event in socket.events():
                if isinstance(event, Request):
                    self.connection.sendall(socket.send(AcceptConnection()))
                elif isinstance(event, TextMessage):
                    echo = TextMessage(event.data, message_finished=event.message_finished)
                    self.connection.sendall(socket.send(echo))
                elif isinstance(event, Ping):
                    self.connection.sendall(socket.send(event.response()))
                elif isinstance(event, CloseConnection):
                    self.connection.sendall(socket.send(event.response()))
                    return
            received = self.connection.recv(65536)
            if not received:
                return
            socket.receive_data(received)

    def log_message(self, *_):
        pass
