"""Completion in real shells, on a terminal: what stands on the line after the key TAB, and what is listed."""

import contextlib
import fcntl
import os
import pty
import re
import select
import shutil
import signal
import struct
import subprocess
import termios
import time

import pytest

from jeton import BINARY, ROOT

SHELLS = ["bash", "zsh", "fish"]

START = {
    "bash": ["bash", "--norc", "--noprofile", "-i"],
    "zsh": ["zsh", "-f", "-i"],
    "fish": ["fish", "-i"],
}

# `jeton` prints its arguments, so that a test sees what the shell made of the line.
PREPARED = {
    "bash": """
        bind 'set show-all-if-ambiguous on'; bind 'set page-completions off'; bind 'set bell-style none'
        bind 'set enable-bracketed-paste off'; PS1='$ '
        jeton() { printf 'GOT'; printf '<%s>' "$@"; printf 'END\\n'; }
    """,
    "zsh": """
        PS1='$ '; unsetopt prompt_cr prompt_sp beep
        jeton() { printf 'GOT'; printf '<%s>' "$@"; printf 'END\\n'; }
    """,
    "fish": """
        function fish_prompt; echo '$ '; end
        function jeton; printf GOT; printf '<%s>' $argv; printf 'END\\n'; end
    """,
}

# A person's own set-up reads what jeton prints; a package puts it where the shell looks.
READ = {
    "bash": 'source <("$JETON" completion bash)',
    "zsh": 'autoload -U compinit; compinit -u -D; source <("$JETON" completion zsh)',
    "fish": "$JETON completion fish | source",
}
INSTALLED = {
    "bash": ". /usr/share/bash-completion/bash_completion",
    "zsh": "fpath=($SHARE/zsh/vendor-completions $fpath); autoload -U compinit; compinit -u -D",
    "fish": "true",
}


class Typed:
    """An interactive shell on a terminal of its own, set up by the line `setup`."""

    def __init__(self, name, folder, setup):
        self.name = name
        environment = {
            "PATH": os.environ["PATH"], "HOME": str(folder), "TERM": "xterm", "LANG": "C.UTF-8",
            "JETON": str(BINARY.resolve()), "SHARE": str(folder / "share"),
            "XDG_DATA_DIRS": f"{folder}/share:/usr/share"}
        self.pid, self.terminal = pty.fork()
        if self.pid == 0:
            os.chdir(folder)
            os.execvpe(START[name][0], START[name], environment)
        fcntl.ioctl(self.terminal, termios.TIOCSWINSZ, struct.pack("HHHH", 60, 250, 0, 0))
        for line in [*PREPARED[name].strip().splitlines(), setup]:
            self.type(line.strip() + "\n")
        self.type("echo REA'DY'\n")
        self.read("READY")

    def type(self, keys):
        os.write(self.terminal, keys.encode())

    def read(self, end):
        """What is printed up to `end`, without the terminal's control sequences."""
        text, limit = "", time.monotonic() + 30
        while True:
            clean = re.sub(r"\x1b\[[0-9;?]*[A-Za-z]|\x1b[()][A-Z0-9]|\x1b[=>]|\r", "", text)
            if end in clean:
                return clean
            assert time.monotonic() < limit, f"{self.name} has not printed {end!r}: {clean!r}"
            if select.select([self.terminal], [], [], 0.2)[0]:
                text += os.read(self.terminal, 65536).decode(errors="replace")

    def completed(self, line):
        """The arguments that `jeton` gets after the line and TAB."""
        self.type(line + "\t\n")
        return re.findall(r"<(.*?)>", re.search(r"GOT(.*)END", self.read("END"))[1])

    def listed(self, line):
        """What TAB lists after the line."""
        if self.name == "fish":
            quoted = line.replace("\\", "\\\\").replace("'", "\\'")
            self.type(f"complete -C '{quoted}'; echo LIS'TED'\n")
            # Only what follows the echo of the line, which the terminal may repeat.
            return self.read("LISTED").split("echo LIS'TED'")[-1].replace("LISTED", "")
        # A busy shell may throw away what it is told to list when the next key comes.
        for seconds in (0, 1, 4):
            self.type(line + "\t")
            time.sleep(seconds)
            self.type("\x15echo LIS'TED'\n")
            text = self.read("LISTED").split("echo LIS'TED'")[0].partition(line)[2]
            if re.search(r"\w", text):
                break
        return text

    def close(self):
        os.kill(self.pid, signal.SIGKILL)
        os.waitpid(self.pid, 0)
        os.close(self.terminal)


@pytest.fixture(scope="module", params=SHELLS)
def shell(request, tmp_path_factory):
    if not shutil.which(request.param):
        pytest.fail(f"no {request.param}: scripts/install-test-deps installs it")
    folder = tmp_path_factory.mktemp(request.param)
    (folder / "jeton.yaml").touch()
    (folder / "data folder").mkdir()
    (folder / "state.txt").touch()
    with contextlib.closing(Typed(request.param, folder, READ[request.param])) as typed:
        yield typed


@pytest.mark.parametrize("line, arguments", [
    ("jeton to", ["token"]),
    ("jeton token cre", ["token", "create"]),
    ("jeton token hand", ["token", "hand-over"]),
    ("jeton check", ["check-config"]),
    ("jeton token create --us", ["token", "create", "--user"]),
    ("jeton token create --user alice --na", ["token", "create", "--user", "alice", "--name"]),
    ("jeton token create --user 'a b' --na", ["token", "create", "--user", "a b", "--name"]),
    ("jeton token create --expires ne", ["token", "create", "--expires", "never"]),
    ("jeton token create --scope jeton:man", ["token", "create", "--scope", "jeton:manage"]),
    ("jeton token create --scope maven --scope jeton:man",
     ["token", "create", "--scope", "maven", "--scope", "jeton:manage"]),
    ("jeton token rotate --overlap until", ["token", "rotate", "--overlap", "until-moved"]),
    ("jeton token rotate --overlap=until", ["token", "rotate", "--overlap=until-moved"]),
    ("jeton policy check --format js", ["policy", "check", "--format", "json"]),
    ("jeton policy check --format=js", ["policy", "check", "--format=json"]),
    ("jeton check-config --config je", ["check-config", "--config", "jeton.yaml"]),
    ("jeton check-config --config=je", ["check-config", "--config=jeton.yaml"]),
    ("jeton backup st", ["backup", "state.txt"]),
    ("jeton backup --data x st", ["backup", "--data", "x", "state.txt"]),
    ("jeton ready --data da", ["ready", "--data", "data folder/"]),
    ("jeton completion fi", ["completion", "fish"]),
    ("jeton apply -f je", ["apply", "-f", "jeton.yaml"]),
    ("jeton apply -f one.yaml -f je", ["apply", "-f", "one.yaml", "-f", "jeton.yaml"]),
    ("jeton apply -f x --secrets-to da", ["apply", "-f", "x", "--secrets-to", "data folder/"]),
    ("jeton user suspend alice --da", ["user", "suspend", "alice", "--data"]),
], ids=lambda value: value if isinstance(value, str) else "")
def test_tab_completes_what_is_meant(shell, line, arguments):
    # zsh adds = to a flag, and takes / from a folder, where the line ends.
    completed = [argument.removesuffix("=") for argument in shell.completed(line)]
    if shell.name == "zsh":
        arguments = [argument.removesuffix("/") for argument in arguments]
    assert completed == arguments


@pytest.mark.parametrize("line", [
    "jeton nothing-of-the-kind",
    "jeton token nothing-of-the-kind",
    "jeton ready --data jeton.y",  # a file, where a folder is expected
    "jeton token create --user je",  # a name, which no shell knows
    "jeton user suspend je",
    "jeton token create -- --us",  # no flag after --
    "jeton user suspend --data x --dat",  # given already
], ids=str)
def test_tab_adds_nothing_where_nothing_fits(shell, line):
    assert shell.completed(line) == line.split()[1:]


def test_a_repeated_flag_is_offered_again(shell):
    assert [a.removesuffix("=") for a in shell.completed("jeton token create --scope maven --sco")] == [
        "token", "create", "--scope", "maven", "--scope"]


def commands_of_help(*words):
    """The commands that the help lists, with their summaries."""
    text = subprocess.run([BINARY, *words, "--help"], capture_output=True, text=True, check=True).stdout
    return re.findall(rf"^  jeton {' '.join([*words, ''])}([a-z-]+)(?: [A-Z]+)*  +(.*)$", text, flags=re.M)


def test_it_lists_what_the_help_lists(shell):
    listed = shell.listed("jeton ")
    top = set(re.findall(r"^  jeton ([a-z-]+)", subprocess.run(
        [BINARY, "--help"], capture_output=True, text=True, check=True).stdout, flags=re.M))
    assert top and all(re.search(rf"(?<![\w-]){word}(?![\w-])", listed) for word in top), listed
    listed = shell.listed("jeton token ")
    verbs = commands_of_help("token")
    assert len(verbs) >= 8
    for verb, summary in verbs:
        assert verb in listed
        assert shell.name == "bash" or summary in listed, listed


def test_it_lists_every_flag_of_every_command_with_its_summary(shell):
    text = subprocess.run([BINARY, "--help"], capture_output=True, text=True, check=True).stdout
    commands = re.findall(r"^  jeton ([a-z -]+[a-z])", text, flags=re.M)
    for command in commands:
        helped = subprocess.run([BINARY, *command.split(), "--help"], capture_output=True, text=True, check=True).stdout
        flags = re.findall(r"^  (--?[a-z-]+)(?: \S+)?  +(.*)$", helped, flags=re.M)
        # zsh and bash put on the line what all of them begin with.
        prefix = "--" if all(flag.startswith("--") for flag, _ in flags) else "-"
        listed = prefix + shell.listed(f"jeton {command} {prefix}")
        for flag, summary in flags:
            assert re.search(rf"{flag}(?![\w-])", listed), (command, flag, listed)
            # A single one is put on the line instead.
            assert shell.name == "bash" or len(flags) == 1 or summary[:60] in listed, (command, flag, listed)


def test_a_shell_that_is_unknown_is_2():
    refused = subprocess.run([BINARY, "completion", "fishh"], capture_output=True, text=True)
    assert (refused.returncode, refused.stdout) == (2, "")
    assert refused.stderr == "jeton: SHELL must be bash, zsh or fish, not “fishh” (did you mean `fish`?)\n"


def test_each_script_is_sound(tmp_path):
    for name in SHELLS:
        script = tmp_path / name
        script.write_bytes(subprocess.run([BINARY, "completion", name], capture_output=True, check=True).stdout)
        checked = subprocess.run([name, "-n", script], capture_output=True, text=True)
        assert (checked.returncode, checked.stdout + checked.stderr) == (0, "")
        if name == "bash":
            checked = subprocess.run(["shellcheck", "--shell=bash", script], capture_output=True, text=True)
            assert checked.returncode == 0, checked.stdout


@pytest.mark.parametrize("name", SHELLS)
def test_a_shell_loads_what_a_package_installs(name, tmp_path):
    subprocess.run([ROOT / "scripts/completions", BINARY, tmp_path / "share"], check=True)
    with contextlib.closing(Typed(name, tmp_path, INSTALLED[name])) as shell:
        assert shell.completed("jeton token cre") == ["token", "create"]
        assert shell.completed("jeton token rotate --overlap unt") == ["token", "rotate", "--overlap", "until-moved"]
