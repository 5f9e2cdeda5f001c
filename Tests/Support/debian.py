"""A small Debian with systemd, booted in a container (systemd-nspawn)."""

import contextlib
import hashlib
import os
import platform
import re
import shutil
import subprocess
import tempfile
from pathlib import Path

import pytest

from jeton import ROOT, wait_for

CACHE = ROOT / ".build/deb"


class Machine:
    """It starts with only `packages`, has its own loopback network, and leaves nothing behind."""

    def __init__(self, packages):
        why = missing()
        if why:
            pytest.skip(f"no Debian can be booted here: {why}")
        self.archive = system(packages)

    def __enter__(self):
        self.folder = Path(tempfile.mkdtemp(prefix="jeton-machine-", dir="/var/tmp"))
        self.root = self.folder / "root"
        self.root.mkdir()
        subprocess.run(["tar", "--extract", "--file", self.archive, "--directory", self.root], check=True)
        command = ["systemd-nspawn", "--directory", self.root, "--private-network", "--quiet", "--console=pipe"]
        self.groups = []
        if not Path("/run/systemd/system").exists():
            # Without systemd here, it gets no control group. Two machines in one group would end each other's services.
            command += ["--register=no", "--keep-unit"]
            self.groups = own_groups(self.folder.name)
        with (self.folder / "console.log").open("wb") as console:
            self.process = subprocess.Popen(
                [*command, "--boot"], stdin=subprocess.DEVNULL, stdout=console, stderr=console,
                preexec_fn=self._join)
        try:
            self.leader = wait_for(self._leader, seconds=60)
            wait_for(self._is_up, seconds=120, every=0.1)
        except BaseException:
            self.__exit__()
            raise
        return self

    def _join(self):
        for group in self.groups:
            (group / "cgroup.procs").write_text("0")

    def _leader(self):
        """The machine's first process, once its program is systemd."""
        assert self.process.poll() is None, f"it did not boot:\n{(self.folder / 'console.log').read_text()}"
        for child in Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children").read_text().split():
            with contextlib.suppress(OSError):
                if Path(f"/proc/{child}/comm").read_text() == "systemd\n":
                    return child

    def _is_up(self):
        return self.run("systemctl", "is-system-running", check=False).stdout.strip() in ("running", "degraded")

    def __exit__(self, *_):
        # The machine ends with its first process.
        for process in (getattr(self, "leader", None), self.process.pid):
            with contextlib.suppress(ProcessLookupError):
                if process:
                    os.kill(int(process), 9)
        self.process.wait()
        shutil.rmtree(self.folder, ignore_errors=True)
        for group in self.groups:
            wait_for(lambda: remove_group(group))

    def run(self, *command, input="", check=True):
        """Runs a command in it, as root."""
        # Like everything in it, without the right to set the clock, which all share.
        enter = ["setpriv", "--bounding-set", "-sys_time", "nsenter", "--target", self.leader,
                 "--mount", "--uts", "--ipc", "--net", "--pid", "--root", "--wd"]
        environment = {
            "PATH": "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
            "DEBIAN_FRONTEND": "noninteractive", "LC_ALL": "C.UTF-8",
        }
        result = subprocess.run(
            [*enter, *command], input=input, env=environment, capture_output=True, text=True, timeout=120,
            start_new_session=True)  # a `kill 0` inside would end the tests
        if check:
            assert result.returncode == 0, f"{' '.join(command)}:\n{result.stdout}{result.stderr}"
        return result

    def path(self, inside):
        """The path of its file, seen from outside."""
        return self.root / inside.lstrip("/")


def missing():
    """Why no machine can be booted; `None` if one can."""
    if os.geteuid() != 0:
        return "only root can"
    for program, package in (("systemd-nspawn", "systemd-container"), ("mmdebstrap", "mmdebstrap")):
        if not shutil.which(program):
            return f"{program} is not installed (apt install {package})"
    return None


def system(packages):
    """An archive of a Debian with those packages, made once."""
    release = platform.freedesktop_os_release()["VERSION_CODENAME"]
    packages = sorted({"systemd-sysv", "dbus", "procps", "curl", *packages})
    name = hashlib.sha256(" ".join([release, *packages]).encode()).hexdigest()[:16]
    archive = CACHE / f"system-{name}.tar"
    if not archive.exists():
        CACHE.mkdir(parents=True, exist_ok=True)
        draft = archive.with_suffix(f".{os.getpid()}.tar")
        made = subprocess.run(
            ["mmdebstrap", "--variant=minbase", f"--include={','.join(packages)}", release, draft],
            capture_output=True, text=True)
        if made.returncode != 0:
            draft.unlink(missing_ok=True)
            pytest.skip(f"no Debian can be made here: {made.stderr.strip().splitlines()[-1]}")
        draft.rename(archive)
    return archive


def own_groups(name):
    """New control groups below this process's, in each hierarchy that systemd uses."""
    mounts = re.findall(r"^\S+ (\S+) (cgroup2?) (\S+)", Path("/proc/self/mounts").read_text(), re.MULTILINE)
    mine = re.findall(r"^\d+:(.*?):(.*)$", Path("/proc/self/cgroup").read_text(), re.MULTILINE)
    groups = []
    for folder, kind, options in mounts:
        wanted = "" if kind == "cgroup2" else "name=systemd"
        if wanted and wanted not in options.split(","):
            continue
        for controllers, path in mine:
            if controllers == wanted:
                groups.append(Path(folder) / path.lstrip("/") / name)
                groups[-1].mkdir()
    return groups


def remove_group(group):
    """Removes a control group and all below it; returns whether it is gone."""
    for folder in sorted((path for path in group.rglob("*") if path.is_dir()), reverse=True):
        with contextlib.suppress(OSError):
            folder.rmdir()
    with contextlib.suppress(OSError):
        group.rmdir()
    return not group.exists()
