"""Machines as network namespaces, each with two links: one to its clients, one to the database."""

import contextlib
import ctypes
import os
import subprocess

FRONT, BACK = "10.77.0", "10.78.0"
CLONE_NEWNET = 0x40000000


def enter_own_network():
    """Enters a new network namespace that has only a loopback and two bridges. Call it before there are
    threads; all processes started later are in it, too."""
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.unshare(CLONE_NEWNET) != 0:
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))
    ip("link", "set", "lo", "up")
    for bridge, net in (("front", FRONT), ("back", BACK)):
        ip("link", "add", bridge, "type", "bridge")
        ip("address", "add", f"{net}.1/24", "dev", bridge)
        ip("link", "set", bridge, "up")


def ip(*arguments):
    subprocess.run(["ip", *arguments], check=True)


class Host:
    """A machine with that number in both networks. It ends with this process."""

    def __init__(self, number):
        self.number = number
        self.front, self.back = f"{FRONT}.{number}", f"{BACK}.{number}"

    def __enter__(self):
        self.holder = subprocess.Popen(
            ["unshare", "--net", "sh", "-c", "echo ready; exec cat"], stdin=subprocess.PIPE,
            stdout=subprocess.PIPE, text=True)
        assert self.holder.stdout.readline() == "ready\n"
        self.inside("ip", "link", "set", "lo", "up")
        for bridge, address in (("front", self.front), ("back", self.back)):
            end = f"{bridge}{self.number}"
            ip("link", "add", end, "type", "veth", "peer", "name", bridge, "netns", str(self.holder.pid))
            ip("link", "set", end, "master", bridge, "up")
            self.inside("ip", "address", "add", f"{address}/24", "dev", bridge)
            self.inside("ip", "link", "set", bridge, "up")
        return self

    def __exit__(self, *_):
        # The kernel would do so by itself, but later.
        for bridge in ("front", "back"):
            ip("link", "delete", f"{bridge}{self.number}")
        self.holder.stdin.close()
        self.holder.wait(timeout=10)

    @property
    def prefix(self):
        """The prefix that runs a command in it."""
        return ["nsenter", f"--net=/proc/{self.holder.pid}/ns/net", "--"]

    def inside(self, *command):
        subprocess.run([*self.prefix, *command], check=True)

    @contextlib.contextmanager
    def cut_off(self):
        """Unplugs its link to the database."""
        ip("link", "set", f"back{self.number}", "down")
        try:
            yield
        finally:
            ip("link", "set", f"back{self.number}", "up")

    @contextlib.contextmanager
    def losing_all(self):
        """Silently drops everything on its link to the database, in both directions."""
        rules = (("INPUT", "-i"), ("OUTPUT", "-o"))
        for chain, way in rules:
            self.inside("iptables", "-w", "-A", chain, way, "back", "-j", "DROP")
        try:
            yield
        finally:
            for chain, way in rules:
                self.inside("iptables", "-w", "-D", chain, way, "back", "-j", "DROP")

    @contextlib.contextmanager
    def refused(self):
        """Resets its connections to the database, like a firewall."""
        rule = ["OUTPUT", "-o", "back", "-p", "tcp", "-j", "REJECT", "--reject-with", "tcp-reset"]
        self.inside("iptables", "-w", "-A", *rule)
        try:
            yield
        finally:
            self.inside("iptables", "-w", "-D", *rule)
