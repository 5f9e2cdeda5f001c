"""Where tokens are kept: the Secret Service (Linux), the Keychain (macOS), or a file that only its owner can read.

An entry is a short text under a tool and a host. It never is on a command line, where other users could read it.
"""

import contextlib
import os
import shutil
import subprocess
import sys
from pathlib import Path

from . import Fault
from .replacing import make_folder, replace_file


def _run(program, arguments, text=""):
    return subprocess.run([program, *arguments], input=text, capture_output=True, text=True, timeout=120)


class SecretService:
    """GNOME Keyring, KWallet or KeePassXC, by `secret-tool` (Debian: libsecret-tools)."""

    name = "secret-service"

    def __init__(self):
        if not shutil.which("secret-tool"):
            raise Fault("secret-tool is not installed (Debian: libsecret-tools); or set “store = file” in hosts.ini")

    def read(self, tool, host):
        result = _run("secret-tool", ["lookup", *self._attributes(tool, host)])
        if result.returncode and result.stderr.strip():
            raise self._fault(result)
        return result.stdout or None

    def write(self, tool, host, text):
        label = f"Jeton: {tool} at {host}"
        result = _run("secret-tool", ["store", f"--label={label}", *self._attributes(tool, host)], text)
        if result.returncode:
            raise self._fault(result)

    def erase(self, tool, host):
        result = _run("secret-tool", ["clear", *self._attributes(tool, host)])
        if result.returncode and result.stderr.strip():
            raise self._fault(result)

    @staticmethod
    def _attributes(tool, host):
        return ["service", "jeton", "tool", tool, "host", host]

    @staticmethod
    def _fault(result):
        said = result.stderr.strip().splitlines()[-1] if result.stderr.strip() else "it gave no reason"
        return Fault(f"the secret service failed: {said}; unlock it, or set “store = file” in hosts.ini")


class Keychain:
    """The login keychain of macOS, by `security`, whose commands it reads from its standard input."""

    name = "keychain"
    NOT_FOUND = 44

    def read(self, tool, host):
        result = _run("security", ["find-generic-password", "-s", "jeton", "-a", f"{tool}@{host}", "-w"])
        if result.returncode == self.NOT_FOUND:
            return None
        if result.returncode:
            raise self._fault(result)
        return result.stdout.rstrip("\n") or None

    def write(self, tool, host, text):
        command = f'add-generic-password -U -s jeton -a "{tool}@{host}" -X {text.encode().hex()}\n'
        result = _run("security", ["-i"], command)
        if result.returncode or result.stderr.strip():
            raise self._fault(result)

    def erase(self, tool, host):
        result = _run("security", ["delete-generic-password", "-s", "jeton", "-a", f"{tool}@{host}"])
        if result.returncode not in (0, self.NOT_FOUND):
            raise self._fault(result)

    @staticmethod
    def _fault(result):
        # What it says may repeat its input: the status alone is told.
        return Fault(f"the keychain failed with status {result.returncode}: unlock it, or set “store = file” in hosts.ini")


class Files:
    """A file for each token, mode 0600, in a folder that only its owner can enter."""

    name = "file"

    def read(self, tool, host):
        path = self._path(tool, host)
        try:
            with path.open(encoding="utf-8") as file:
                about = os.fstat(file.fileno())
                if hasattr(os, "geteuid") and (about.st_mode & 0o077 or about.st_uid != os.geteuid()):
                    raise Fault(f"others can read or write {path}: revoke that token on My Tokens, and remove the file")
                return file.read()
        except FileNotFoundError:
            return None

    def write(self, tool, host, text):
        replace_file(self._path(tool, host), text.encode())

    def erase(self, tool, host):
        with contextlib.suppress(FileNotFoundError):
            self._path(tool, host).unlink()

    @staticmethod
    def _path(tool, host):
        return data_folder() / "tokens" / f"{tool}@{host.replace(':', '+')}"


def data_folder():
    """The folder of what these helpers keep. It is made for its owner alone."""
    if sys.platform == "win32":
        base = Path(os.environ["LOCALAPPDATA"])
    else:
        base = Path(os.environ.get("XDG_DATA_HOME") or Path.home() / ".local/share")
    make_folder(base / "jeton")
    return base / "jeton"


def open_store(name=""):
    """The store of that name; without one, what the system has, and files where it has none."""
    name = os.environ.get("JETON_STORE") or name
    stores = {store.name: store for store in (SecretService, Keychain, Files)}
    if name:
        if name not in stores:
            raise Fault(f"there is no store “{name}”: it is one of {', '.join(stores)}")
        return stores[name]()
    if sys.platform == "darwin":
        return Keychain()
    if os.environ.get("DBUS_SESSION_BUS_ADDRESS") and shutil.which("secret-tool"):
        return SecretService()
    return Files()
