"""The browser of a person who is asked whether a program may have a token."""

import contextlib
import os
import signal
import subprocess

from selenium.common.exceptions import WebDriverException

from browser import Browser
from jeton import PASSWORD, wait_for

OPENER = """#!/bin/sh
printf '%s\\n' "$1" >>"{file}"
"""


class Opened:
    """What programs open in a browser: addresses that `xdg-open` writes down."""

    def __init__(self, folder):
        self.file = folder / "opened"
        self.bin = folder / "bin"
        self.bin.mkdir()
        for name in ("xdg-open", "x-www-browser", "www-browser"):
            path = self.bin / name
            path.write_text(OPENER.format(file=self.file))
            path.chmod(0o755)

    def environment(self, environment):
        """That environment, in which a program finds this browser."""
        return {**environment, "PATH": f"{self.bin}:{environment['PATH']}", "BROWSER": str(self.bin / "xdg-open")}

    def address(self):
        """The address that was opened, and no other since the last call."""
        wait_for(lambda: self.file.exists() and self.file.read_text().endswith("\n"))
        address, *others = self.file.read_text().split()
        assert not others, others
        self.file.unlink()
        return address


class Person(Browser):
    """A person at Chromium, who signs in where that is asked."""

    def __init__(self, url, login="alice", **options):
        super().__init__(url, **options)
        self.login = login

    def open(self, address):
        self.driver.get(address)
        if self.driver.find_elements("css selector", "form[action='/sign-in']"):
            self.fill("Login or e-mail address", self.login)
            self.fill("Password", PASSWORD)
            self.click("button", "Sign in")

    def allow(self):
        self._answer("Let it have the token")

    def refuse(self):
        self._answer("Refuse")

    def _answer(self, button):
        """Clicks it, and waits for the next page, which may be a program's."""
        before = self.driver.find_element("tag name", "html").id
        self.find("button", button).click()
        wait_for(lambda: self._page() not in (None, before))
        self.complaints()  # a program's page may lack an icon

    def _page(self):
        """What tells a page that is complete from others."""
        with contextlib.suppress(WebDriverException):
            if self.driver.execute_script("return document.readyState") == "complete":
                return self.driver.find_element("tag name", "html").id
        return None


@contextlib.contextmanager
def person(url, **options):
    person = Person(url, **options)
    try:
        yield person
    finally:
        person.close()


@contextlib.contextmanager
def program(*command, **options):
    """A program that waits for its person; `.out` and `.err` are what it printed."""
    process = subprocess.Popen(
        command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        start_new_session=True, **options)
    try:
        yield process
        process.out, process.err = process.communicate(timeout=60)
    finally:
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)
            process.communicate()
