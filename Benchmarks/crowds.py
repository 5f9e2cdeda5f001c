"""Crowds: many clients that hold connections and do nothing useful with them."""

import contextlib
import re
import resource
import selectors
import socket
import subprocess
import threading

from load import Broken
from machine import LOAD_CORE, on_core
from servers import wait_for


class IdleConnections:
    """That many connections over which nothing is sent; one that the server closes is opened again."""

    def __init__(self, port, count):
        self.address = ("127.0.0.1", port)
        self.count = count
        self.reopened = 0
        self._selector = selectors.DefaultSelector()
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._keep)

    def __enter__(self):
        resource.setrlimit(resource.RLIMIT_NOFILE, (resource.getrlimit(resource.RLIMIT_NOFILE)[1],) * 2)
        with on_core(LOAD_CORE):
            for _ in range(self.count):
                self._open()
            self._thread.start()
        return self

    def __exit__(self, *_):
        self._ended.set()
        self._thread.join()
        for key in list(self._selector.get_map().values()):
            key.fileobj.close()
        self._selector.close()

    def _open(self):
        connection = socket.create_connection(self.address, timeout=30)
        self._selector.register(connection, selectors.EVENT_READ)

    def _keep(self):
        while not self._ended.is_set():
            for key, _ in self._selector.select(timeout=0.5):
                self._selector.unregister(key.fileobj)
                key.fileobj.close()
                self._open()
                self.reopened += 1


@contextlib.contextmanager
def slow_loris(port, path, count, seconds, folder):
    """slowhttptest with that many connections, each of which sends a header line now and then and never
    comes to an end. Begins once all are open."""
    log = folder / "slowhttptest"
    command = ["slowhttptest", "-H", "-c", str(count), "-r", str(count // 4), "-i", "5", "-l", str(seconds),
               "-p", "30", "-x", "24", "-u", f"http://127.0.0.1:{port}{path}"]
    with log.open("wb") as output, on_core(LOAD_CORE):
        process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=output, stderr=output)
    try:
        wait_for(lambda: _connected(log, process) >= count, seconds=60, every=0.5)
        yield
        if process.poll() is not None:
            raise Broken("slowhttptest ended before the measurement did")
    finally:
        process.terminate()
        process.wait(timeout=30)


def _connected(log, process):
    if process.poll() is not None:
        raise Broken(f"slowhttptest ended by itself: see {log}")
    text = re.sub(r"\x1b\[[0-9;]*m", "", log.read_text(errors="replace"))
    return max((int(number) for number in re.findall(r"connected:\s+(\d+)", text)), default=0)
