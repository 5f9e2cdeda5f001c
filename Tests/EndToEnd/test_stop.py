"""The graceful stop: what has arrived is finished, and the process ends with 0 within 10 seconds, or after a drain."""

import contextlib
import fcntl
import http.client
import os
import signal
import socket
import sqlite3
import subprocess
import time

import pytest
import requests

from jeton import BINARY, Jeton, accepts, free_port, wait_for
from postgresql import configuration, readiness


def refuses(jeton):
    """Whether a new request gets no answer any more."""
    try:
        requests.get(jeton.url + "/healthz", timeout=5)
        return False
    except requests.ConnectionError:
        return True


def test_a_running_request_is_finished(tmp_path):
    with Jeton(tmp_path) as jeton:
        jeton.add_user("alice")
        body = b"login=alice&password=" + b"x" * 1000
        with socket.create_connection(("127.0.0.1", jeton.port), timeout=10) as connection:
            connection.sendall(
                b"POST /sign-in HTTP/1.1\r\nHost: jeton\r\nConnection: close\r\n"
                b"Content-Type: application/x-www-form-urlencoded\r\n"
                b"Content-Length: %d\r\n\r\n" % len(body) + body[:500])
            time.sleep(0.1)
            jeton.process.send_signal(signal.SIGTERM)
            wait_for(lambda: refuses(jeton), seconds=5)
            assert jeton.process.poll() is None, "the server waits for the request that runs"
            connection.sendall(body[500:])
            answer = b""
            while data := connection.recv(65536):
                answer += data
        assert answer.startswith(b"HTTP/1.1 ") and b"\r\n\r\n" in answer
        assert jeton.process.wait(timeout=10) == 0


def test_it_serves_on_while_it_drains_until_it_is_asked_again(tmp_path):
    monitoring = free_port()
    config = configuration(tmp_path, stop={"drain": "1h"}, metrics={"listen": f"127.0.0.1:{monitoring}"})
    with Jeton(tmp_path, config=config) as jeton:
        jeton.add_user("alice")
        good, revoked = jeton.make_token("good"), jeton.make_token("revoked")
        kept = [http.client.HTTPConnection("127.0.0.1", jeton.port, timeout=30) for _ in range(2)]
        for connection in kept:
            assert jeton.status(good, connection=connection) == 200
            assert connection.sock, "it is kept"
        jeton.process.send_signal(signal.SIGTERM)
        wait_for(lambda: readiness(jeton)[0] == 503)
        refused = requests.get(f"http://127.0.0.1:{monitoring}/readyz", timeout=10)
        assert (refused.status_code, refused.headers["Retry-After"]) == (503, "1")
        assert refused.text == readiness(jeton)[1] == "draining: this node is about to stop; ask another\n"
        figures = requests.get(f"http://127.0.0.1:{monitoring}/metrics", timeout=10).text
        assert "\njeton_ready 0\n" in figures and "\njeton_draining 1\n" in figures
        ready = jeton.run("ready", check=False)
        assert ready.returncode == 1 and "is not ready: draining: this node is about to stop" in ready.stderr
        assert requests.get(jeton.url + "/healthz", timeout=10).status_code == 200

        assert jeton.status(good, connection=kept[0]) == 200
        assert kept[0].sock is None, "it was closed behind the answer"
        answer = jeton.verify(headers={"Private-Token": good})
        assert (answer.status_code, answer.headers["Connection"]) == (200, "close")
        jeton.revoke("revoked")
        assert (jeton.status(revoked), jeton.status(good)) == (401, 200)
        assert jeton.sign_in().get(jeton.url + "/tokens").status_code == 200

        jeton.process.send_signal(signal.SIGINT)
        assert jeton.process.wait(timeout=20) == 0
        assert "draining for 1h" in jeton.log.read_text()
        with pytest.raises((http.client.RemoteDisconnected, ConnectionError)):
            jeton.status(good, connection=kept[1])


def test_it_stops_by_itself_when_it_has_drained(tmp_path):
    with Jeton(tmp_path, config=configuration(tmp_path, stop={"drain": "1s"})) as jeton:
        begun = time.monotonic()
        assert jeton.stop() == 0
        assert time.monotonic() - begun >= 1
        assert not accepts(jeton.port)


def test_an_idle_connection_and_a_slow_request_do_not_hold_it_up(tmp_path):
    with Jeton(tmp_path) as jeton:
        with socket.create_connection(("127.0.0.1", jeton.port)), \
                socket.create_connection(("127.0.0.1", jeton.port)) as slow:
            slow.sendall(b"GET /healthz HTTP/1.1\r\nHost:")
            time.sleep(0.1)
            begun = time.monotonic()
            assert jeton.stop() == 0
            assert time.monotonic() - begun < 10


def test_uses_are_kept_by_a_stop(tmp_path):
    with Jeton(tmp_path) as jeton:
        jeton.add_user("alice")
        token = jeton.make_token("used")
        assert jeton.verify(headers={"Private-Token": token, "User-Agent": "curl/8.1"}).status_code == 200
        assert jeton.stop() == 0
        assert "curl 8.1" in jeton.run("token", "list", "--user", "alice").stdout
        jeton.start()
        assert jeton.status(token) == 200


class Unread(Jeton):
    """A server whose log, or greeting, goes into a full pipe that nobody reads."""

    def start(self, stream="stderr"):
        self.folder.mkdir(exist_ok=True)
        self.reader, writer = os.pipe()
        fcntl.fcntl(writer, fcntl.F_SETPIPE_SZ, 4096)
        os.set_blocking(writer, False)
        with contextlib.suppress(BlockingIOError):
            while os.write(writer, b"x" * 1024):
                pass
        os.set_blocking(writer, True)
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                [self.binary, "serve", "--data", self.data, "--listen", self.address, "--config", self.config],
                stdin=subprocess.DEVNULL, **{"stdout": log, "stderr": log, stream: writer})
        os.close(writer)
        wait_for(lambda: accepts(self.port) and readiness(self)[0] == 200)
        return self

    def __exit__(self, *_):
        super().__exit__()
        os.close(self.reader)


@pytest.mark.parametrize("stream", ["stderr", "stdout"])
def test_it_stops_in_time_where_nobody_reads_what_it_writes(tmp_path, stream):
    with contextlib.ExitStack() as stack:
        server = Unread(tmp_path)
        server.start(stream)
        stack.push(server)
        server.add_user("alice")
        token = server.make_token("used")
        for _ in range(50):
            assert server.verify(headers={"Private-Token": token, "User-Agent": "curl/8.1"}).status_code == 200
        begun = time.monotonic()
        server.process.send_signal(signal.SIGTERM)
        assert server.process.wait(timeout=10) == 0
        assert time.monotonic() - begun < 10
        assert "curl 8.1" in server.run("token", "list", "--user", "alice").stdout


def test_a_failure_to_stop_well_is_told_in_time_too(tmp_path):
    server = Unread(tmp_path)
    server.start()
    with contextlib.ExitStack() as stack:
        stack.push(server)
        server.add_user("alice")
        token = server.make_token("used")
        ledger = stack.enter_context(contextlib.closing(sqlite3.connect(server.data / "jeton.db")))
        ledger.execute("BEGIN IMMEDIATE")
        ledger.execute("DROP TABLE uses")
        ledger.commit()
        assert server.verify(headers={"Private-Token": token}).status_code == 200
        server.process.send_signal(signal.SIGTERM)
        assert server.process.wait(timeout=10) == 1


def test_a_start_that_fails_ends_as_a_stop_does(tmp_path):
    with Jeton(tmp_path) as jeton:
        jeton.add_user("alice")
        assert jeton.stop() == 0
    ledger = sqlite3.connect(jeton.data / "jeton.db")
    ledger.execute("UPDATE subjects SET login = ''")
    ledger.commit()
    ledger.close()
    failed = subprocess.run(
        [BINARY, "serve", "--data", jeton.data, "--listen", jeton.address], capture_output=True, text=True,
        timeout=60)
    assert failed.returncode == 1
    assert "a row holds no valid login" in failed.stderr
    # SQLite's log beside the ledger goes with the last connection that is closed.
    assert not (jeton.data / "jeton.db-wal").exists()
