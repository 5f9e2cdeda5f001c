"""What the page that shows a token has to paste, and a terminal to paste it into."""

import contextlib
import html
import os
import pty
import re
import select
import signal
import termios
import time

from jeton import hidden_fields, wait_for


def made_on_the_page(desk, login="alice", **fields):
    """A token made on My Tokens, and what its page shows to paste: the lines by tool, step and place.

    `steps["npm"]` is a list of (place, lines); the place of commands is `commands`. The tools are in the page's order.
    """
    browser = desk.sign_in(login)
    page = browser.get(desk.url + "/tokens")
    shown = browser.post(
        desk.url + "/tokens", data={**hidden_fields(page.text, "/tokens"), **fields},
        headers={"Origin": desk.url}).text
    token = re.search(r"jtn_\w{38}", shown)[0]
    steps = {}
    for tool, place, block in re.findall(
            r'<pre[^>]*aria-label="([^"]+), step \d+: ([^"]+)"[^>]*>(.*?)</pre>', shown, re.S):
        steps.setdefault(tool, []).append((place, html.unescape(re.sub(r"<[^>]*>", "", block))))
    return token, steps


def commands(steps):
    return [lines for place, lines in steps if place == "commands"]


def placed(steps, place):
    """The content of that file, by the page."""
    return next(lines for found, lines in steps if found == place)


class Terminal:
    """A shell on a terminal, in which somebody pastes lines, and the token where a program asks for it."""

    # curl cuts off what it asks where the login is long.
    ASKS = re.compile(rb"(password|token)[^\n]*(: ?|[^\n]{200})$", re.I)

    def __init__(self, folder, *shell, **environment):
        self.said = b""
        self.pid, self.end = pty.fork()
        if not self.pid:
            os.chdir(folder)
            os.execvpe(shell[0], shell, {
                "PATH": os.environ["PATH"], "HOME": str(folder), "LC_ALL": "C.UTF-8", "TERM": "dumb", "PS1": "ready$ ",
                **environment})

    def write(self, text):
        os.write(self.end, text.encode())

    def until(self, is_there, seconds=60):
        """Reads until `is_there` of what was said, or the shell ends."""
        limit = time.monotonic() + seconds
        while not is_there(self.said):
            assert time.monotonic() < limit, self.said.decode(errors="replace")
            if not select.select([self.end], [], [], 0.2)[0]:
                continue
            try:
                read = os.read(self.end, 4096)
            except OSError:  # the shell has ended
                return
            if not read:
                return
            self.said += read

    def answer(self, token):
        """Pastes the token once it is asked for, and the terminal shows nothing of what is typed."""
        self.until(lambda said: self.ASKS.search(said))
        wait_for(lambda: not termios.tcgetattr(self.end)[3] & termios.ECHO)
        self.said += b"\n"
        self.write(token + "\n")

    def finish(self):
        """The exit code of the shell."""
        self.until(lambda said: False)
        return os.waitstatus_to_exitcode(os.waitpid(self.pid, 0)[1])

    def __enter__(self):
        return self

    def __exit__(self, *_):
        os.close(self.end)
        with contextlib.suppress(ProcessLookupError, ChildProcessError):
            os.kill(self.pid, signal.SIGKILL)
            os.waitpid(self.pid, 0)


def paste(folder, lines, token, shell=("bash", "-c"), **environment):
    """Runs the lines, which ask for the token once. Returns the exit code and what was on the screen."""
    with Terminal(folder, *shell, lines, **environment) as terminal:
        terminal.answer(token)
        return terminal.finish(), terminal.said.decode(errors="replace")
