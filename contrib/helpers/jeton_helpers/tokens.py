"""The token of a tool for a host: kept, rotated while it works, and replaced by a new sign-in once it does not."""

import contextlib
import json
import os
import sys
import time
from datetime import datetime, timezone
from typing import NamedTuple, Optional

from . import Fault, NotSignedIn, desk
from .stores import data_folder, open_store

LOGIN = "token"
"""The login beside a token: any service that asks Jeton takes this word for "whoever the token belongs to"."""
ROTATE_AFTER = 7 * 86_400
OVERLAP = 3_600
MARGIN = 60


class Kept(NamedTuple):
    """An entry of the store."""

    token: str
    login: str = LOGIN
    expires_at: Optional[int] = None
    """In seconds since 1970."""
    signed_in: bool = True
    """Whether these helpers got it, and may revoke it. Else a person typed it in."""


class Tokens:
    """The tokens of one tool, such as `docker`."""

    def __init__(self, tool):
        self.tool = tool

    def get(self, host, show=None):
        """A token that works, as far as the desk can tell now.

        `show` is told the line with the code if somebody has to sign in; without it, that is NotSignedIn.
        """
        with _lock(self.tool, host.name):
            kept = self._working(host)
            if kept:
                return kept
            show = show or terminal()
            if not show:
                raise NotSignedIn(f"there is no token for {host.name}: run “jeton-setup sign-in {self.tool} {host.name}”")
            issued = desk.sign_in(host, self.tool, show)
            kept = Kept(issued.token, expires_at=issued.expires_at)
            self._write(host, kept)
            return kept

    def put(self, host, token, login=LOGIN):
        """Keeps a token that somebody typed in."""
        with _lock(self.tool, host.name):
            self._write(host, Kept(token, login, signed_in=False))

    def forget(self, host):
        """Removes the token, and revokes it if a sign-in gave it. Returns whether there was one.

        Raises Fault if the desk could not revoke it; it is removed even then.
        """
        with _lock(self.tool, host.name):
            kept = self.kept(host)
            open_store(host.store).erase(self.tool, host.name)
        if kept and kept.signed_in:
            desk.revoke(host.desk, kept.token)
        return kept is not None

    def kept(self, host):
        """What the store has, without asking the desk, or None."""
        text = open_store(host.store).read(self.tool, host.name)
        if not text:
            return None
        try:
            return Kept(**json.loads(text))
        except (ValueError, TypeError):
            raise Fault(f"the entry for {self.tool} at {host.name} is damaged: run “jeton-setup sign-out” for it") from None

    def _write(self, host, kept):
        open_store(host.store).write(self.tool, host.name, json.dumps(kept._asdict()))

    def _working(self, host):
        kept = self.kept(host)
        if not kept or (kept.expires_at is not None and kept.expires_at - MARGIN < time.time()):
            return None
        try:
            about = desk.about_token(host.desk, kept.token)
        except desk.Unreachable:
            return kept  # the service may well work without the desk's answer to us
        if about is None:
            return None
        return self._rotated(host, kept, about)

    def _rotated(self, host, kept, about):
        """With a new secret if it is time for one. A token that cannot rotate itself stays as it is."""
        if "jeton:rotate" not in about.get("scopes", []):
            return kept
        since = about.get("rotated_at") or about.get("created_at")
        try:
            age = datetime.now(timezone.utc) - datetime.strptime(since, "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=timezone.utc)
            if age.total_seconds() < ROTATE_AFTER:
                return kept
            secret = desk.rotate(host.desk, kept.token, OVERLAP)
        except (TypeError, ValueError, desk.Unreachable):
            return kept
        if not secret:
            return kept
        kept = kept._replace(token=secret)
        self._write(host, kept)
        return kept


def terminal():
    """A function that shows a line to the person at the terminal, or None where there is none."""
    if os.environ.get("JETON_SIGN_IN") == "never":
        return None
    try:
        console = open("CONOUT$" if sys.platform == "win32" else "/dev/tty", "w", encoding="utf-8")
    except OSError:
        return None

    def show(line):
        print(line, file=console, flush=True)

    return show


@contextlib.contextmanager
def _lock(tool, host):
    """Lets one program at a time have the token of that tool and host: two that start at once sign in once."""
    with open(data_folder() / f"{tool}@{host.replace(':', '+')}.lock", "a+b") as file:
        if sys.platform == "win32":
            import msvcrt

            file.seek(0)
            while True:
                with contextlib.suppress(OSError):  # it gives up after ten seconds
                    msvcrt.locking(file.fileno(), msvcrt.LK_LOCK, 1)
                    break
            try:
                yield
            finally:
                file.seek(0)
                msvcrt.locking(file.fileno(), msvcrt.LK_UNLCK, 1)
        else:
            import fcntl

            fcntl.flock(file, fcntl.LOCK_EX)
            yield
