"""The Debian package on a small Debian that systemd has booted: its life from installation to purge."""

import os
import re
import shutil
import subprocess

import pytest

from debian import Machine
from jeton import BINARY, ROOT, wait_for
from test_tls import Pair

pytestmark = pytest.mark.timeout(600)

CONFIGURATION = "/etc/jeton/jeton.yaml"
DATA = "/var/lib/jeton"


@pytest.fixture(scope="module")
def package():
    """The package that `make deb` builds, which lintian has nothing to say about."""
    if not shutil.which("dpkg-query"):
        pytest.skip("a package is built on Debian and Ubuntu alone")
    built = subprocess.run(
        [ROOT / "scripts/deb"], capture_output=True, text=True,
        env={**os.environ, "MAINTAINER": "Jeton <jeton@example.org>"})
    assert built.returncode == 0, built.stdout + built.stderr
    return ROOT / built.stdout.splitlines()[-1]


@pytest.fixture(scope="module")
def machine(package):
    """A machine with what the package depends on."""
    depends = subprocess.run(["dpkg-deb", "--field", package, "Depends"], capture_output=True, text=True, check=True)
    with Machine([re.split(r"[ |]", entry)[0] for entry in depends.stdout.strip().split(", ")]) as machine:
        yield machine


@pytest.fixture(scope="module")
def desk(machine, package):
    """A machine on which the package is installed, with a token of alice's."""
    desk = Desk(machine)
    desk.install(package)
    desk.command("user", "add", "alice", "--admin", input="correct horse battery staple\n")
    desk.token = desk.command("token", "create", "--user", "alice", "--name", "ci").strip()
    return desk


class Desk:
    """The packaged service on `machine`."""

    def __init__(self, machine):
        self.machine = machine
        self.run = machine.run

    def install(self, package):
        """Installs it as `dpkg --install` does; nobody is asked."""
        copy = self.machine.path("/root") / package.name
        shutil.copy(package, copy)
        self.run("dpkg", "--install", "--force-confdef", f"/root/{package.name}")

    def command(self, *arguments, input="", check=True):
        """`jeton …` as the service's user types it."""
        result = self.run(
            "runuser", "--user", "jeton", "--", "jeton", *arguments, "--data", DATA, input=input, check=check)
        return result.stdout if check else result

    def property(self, name):
        return self.run("systemctl", "show", "jeton", "--property", name, "--value").stdout.strip()

    def verify(self):
        """What verifying the token answers."""
        answer = self.run(
            "curl", "--silent", "--output", "/dev/null", "--write-out", "%{http_code}",
            "--header", f"Authorization: Bearer {self.token}", "http://127.0.0.1:8080/verify/default", check=False)
        return answer.stdout

    def configure(self, text):
        self.machine.path(CONFIGURATION).write_text(text)


def test_the_package_holds_what_belongs_into_it(package):
    names = subprocess.run(["dpkg-deb", "--contents", package], capture_output=True, text=True, check=True).stdout
    for name in ("/usr/bin/jeton", CONFIGURATION, "/lib/systemd/system/jeton.service",
                 "/usr/share/man/man1/jeton.1.gz", "/usr/share/bash-completion/completions/jeton",
                 "/usr/share/zsh/vendor-completions/_jeton", "/usr/share/fish/vendor_completions.d/jeton.fish"):
        assert f".{name}\n" in names


def test_no_stack_of_the_program_can_be_executed(package, tmp_path):
    # An object without a note on its stack is enough, and the unit's MemoryDenyWriteExecute then refuses every thread.
    subprocess.run(["dpkg-deb", "--extract", package, tmp_path], check=True)
    headers = subprocess.run(
        ["readelf", "--program-headers", "--wide", tmp_path / "usr/bin/jeton"], capture_output=True, text=True,
        check=True).stdout
    assert re.search(r"GNU_STACK .* RW +0x", headers), headers


def test_it_runs_under_its_own_user_and_owns_its_data(desk):
    assert desk.property("ActiveState") == "active"
    assert desk.run("systemctl", "is-enabled", "jeton").stdout == "enabled\n"
    process = desk.property("MainPID")
    assert desk.run("ps", "-o", "user=,args=", "-p", process).stdout.split()[:2] == ["jeton", "/usr/bin/jeton"]
    for folder in (DATA, "/var/backups/jeton"):
        assert desk.run("stat", "--format=%U:%G %a", folder).stdout == "jeton:jeton 700\n"
    assert desk.run("find", DATA, "!", "-user", "jeton", "-o", "-perm", "/077", "!", "-type", "d").stdout == ""
    assert desk.run("runuser", "--user", "nobody", "--", "ls", DATA, check=False).returncode != 0


def test_the_first_start_leaves_the_link_in_the_journal(desk):
    journal = desk.run("journalctl", "--unit", "jeton", "--grep", "welcome").stdout
    assert re.search(r"http://127\.0\.0\.1:8080/welcome\?code=[\w-]{20,}", journal)


def test_the_journal_holds_nothing_at_the_start_but_what_jeton_says(desk):
    desk.run("systemctl", "restart", "jeton")
    process = desk.property("MainPID")
    said = ("journalctl", "--output", "cat", f"_PID={process}")
    wait_for(lambda: desk.run(*said).stdout)  # the journal takes its time
    assert desk.run(*said).stdout == "Jeton is at http://127.0.0.1:8080/\n"


def test_its_configuration_is_good_with_its_examples_too(desk):
    check = re.search(r"^# (sudo -u jeton .*) &&", desk.machine.path(CONFIGURATION).read_text(), flags=re.M)[1]
    assert "is valid" in desk.run("sh", "-c", check.replace("sudo -u jeton", "runuser -u jeton --")).stdout
    # What stands there as an example, too; prose has one space behind the #.
    example = re.sub(r"^#(?! \S)", "", desk.machine.path(CONFIGURATION).read_text(), flags=re.M)
    desk.machine.path("/root/example.yaml").write_text(re.sub(r".*client_secret_file.*\n", "", example))
    checked = desk.run("jeton", "check-config", "--config", "/root/example.yaml").stdout
    assert "https://tokens.example.com" in checked and "services    maven, git" in checked


def test_a_token_verifies(desk):
    assert desk.verify() == "200"
    assert desk.command("ready") == "ready\n"


def test_the_unit_is_sound_and_lets_little_through(desk):
    checked = desk.run("systemd-analyze", "verify", "--man=no", "jeton.service")
    assert checked.stdout + checked.stderr == ""
    exposure = desk.run("systemd-analyze", "security", "--no-pager", "jeton.service").stdout
    level = re.search(r"exposure level for jeton.service: ([\d.]+)", exposure)
    assert float(level[1]) <= 1.5, exposure


def test_a_backup_goes_where_the_unit_lets_it(desk):
    assert desk.command("backup", "/var/backups/jeton/one.db") == "backed up to /var/backups/jeton/one.db\n"
    for place, why in (("/var/tmp/one.db", "to a folder that only it can see"), ("/srv/one.db", "Read-only file system")):
        refused = desk.command("backup", place, check=False)
        assert refused.returncode == 1 and why in refused.stderr, refused.stderr


def test_a_backup_is_made_every_night_and_put_back_as_the_page_says(desk):
    page = (ROOT / "docs/operate/backup.md").read_text()
    nightly = re.search(r"^15 3 \* \* \* jeton (.*)$", page, flags=re.M)[1].replace("\\%", "%")
    desk.run("runuser", "--user", "jeton", "--", "sh", "-c", nightly)
    copies = list(desk.machine.path("/var/backups/jeton").glob("jeton-20*.db"))
    assert len(copies) == 1
    late = desk.command("token", "create", "--user", "alice", "--name", "after the backup").strip()
    desk.command("token", "revoke", "--user", "alice", "--name", "ci")
    assert desk.verify() == "401"

    restore = re.search(r"## Restore\n\n```sh\n(.*?)```", page, flags=re.S)[1]
    script = restore.replace("sudo ", "").replace("jeton-2026-01-31.db", copies[0].name)
    desk.run("sh", "-e", "-c", script)
    assert desk.verify() == "200", "what was revoked after the backup works again"
    assert "after the backup" not in desk.command("token", "list") and late
    since = re.search(r"^journalctl .*$", page, flags=re.M)[0]
    assert '"path":"/admin/v1/' in desk.run("sh", "-c", since).stdout


def test_it_listens_below_1024_where_the_unit_is_told_so(desk):
    page = (ROOT / "docs/operate/one-node.md").read_text()
    drop_in = re.search(r"(\[Service\]\nCapability.*?)```", page, flags=re.S)[1]
    folder = desk.machine.path("/etc/systemd/system/jeton.service.d")
    before = desk.machine.path(CONFIGURATION).read_text()
    desk.configure(before.replace("127.0.0.1:8080", "127.0.0.1:80"))
    assert desk.run("systemctl", "restart", "jeton", check=False).returncode != 0
    folder.mkdir()
    (folder / "port.conf").write_text(drop_in)
    desk.run("systemctl", "daemon-reload")
    desk.run("systemctl", "restart", "jeton")
    assert desk.run("curl", "--silent", "http://127.0.0.1/readyz").stdout == "ok\n"
    shutil.rmtree(folder)
    desk.configure(before)
    desk.run("systemctl", "daemon-reload")
    desk.run("systemctl", "restart", "jeton")


def test_a_restart_refuses_nobody_at_a_socket_that_systemd_keeps(desk):
    page = (ROOT / "docs/operate/behind-a-proxy.md").read_text()
    section = page[page.index("### Without a refused request"):]
    unit, steps = re.search(r"```ini\n(.*?)```.*?```sh\n(.*?)```", section, flags=re.S).groups()
    path = re.search("^ListenStream=(.*)$", unit, flags=re.M)[1]
    before = desk.machine.path(CONFIGURATION).read_text()
    desk.machine.path("/etc/systemd/system/jeton.socket").write_text(unit)
    desk.configure(before.replace(
        "listen: 127.0.0.1:8080", f"listen: unix:{path}\npublic_url: https://tokens.example.com"))
    desk.run("sh", "-ec", steps.replace("sudo ", ""))
    assert desk.run("stat", "--format", "%a %U %G", path).stdout == "660 root www-data\n"
    asks = (f"curl --silent --output /dev/null --write-out '%{{http_code}}\\n' --unix-socket {path} "
            f"--header 'Authorization: Bearer {desk.token}' http://jeton/verify/default || echo failed")
    load = f"while [ ! -e /root/enough ]; do {asks}; done >> /root/answers"
    restarts = "for _ in 1 2 3 4; do sleep 1; systemctl restart jeton; done; sleep 1; touch /root/enough"
    desk.run("sh", "-ec", f"rm -f /root/enough /root/answers; {load} & {load} & {restarts}; wait")
    answers = desk.run("cat", "/root/answers").stdout.split()
    assert set(answers) == {"200"} and len(answers) > 40
    # A killed process is replaced by the service manager, and whoever connects meanwhile waits.
    desk.run("systemctl", "kill", "--signal", "KILL", "jeton")
    assert desk.run("sh", "-c", asks).stdout == "200\n"
    desk.run("systemctl", "disable", "--now", "jeton.socket")
    desk.machine.path("/etc/systemd/system/jeton.socket").unlink()
    desk.configure(before)
    desk.run("systemctl", "daemon-reload")
    desk.run("systemctl", "restart", "jeton")
    assert desk.verify() == "200"


def test_a_reload_shows_a_new_certificate_without_a_restart(desk, tmp_path):
    """By the unit's `reload`, as an operator does it, and by the page's hook, as certbot does."""
    page = (ROOT / "docs/operate/tls.md").read_text()
    hook, renewed = desk.machine.path("/root/hook"), desk.machine.path("/root/renewed")
    hook.write_text(re.search(r"^#!/bin/sh\n.*?(?=^```)", page, flags=re.M | re.S)[0])
    hook.chmod(0o755)
    renewed.mkdir()

    def renew(name):
        """Has the hook put a new certificate in place; where a client finds it."""
        pair = Pair(tmp_path, name)
        for file, copy in ((pair.key, "privkey.pem"), (pair.certificate, "fullchain.pem")):
            shutil.copy(file, renewed / copy)
        shutil.copy(pair.certificate, desk.machine.path(f"/root/{name}.pem"))
        desk.run("env", "RENEWED_LINEAGE=/root/renewed", "/root/hook")

    def shown(name):
        answer = desk.run(
            "curl", "--silent", "--cacert", f"/root/{name}.pem", "https://127.0.0.1:8080/healthz", check=False)
        return answer.stdout == "ok\n"

    before = desk.machine.path(CONFIGURATION).read_text()
    renew("first")
    example = re.search(r"^tls:\n(?: .*\n)+", page, flags=re.M)[0]
    desk.configure(before + example)
    desk.run("systemctl", "restart", "jeton")
    process = desk.property("MainPID")
    assert shown("first")

    renew("second")
    wait_for(lambda: shown("second"))
    assert not shown("first")

    # A Debian without procps has no such program.
    program, aside = (desk.machine.path(f"/usr/bin/{name}") for name in ("kill", "kill.aside"))
    program.rename(aside)
    desk.machine.path("/etc/jeton/tls/privkey.pem").write_text("no key\n")
    desk.run("systemctl", "reload", "jeton")
    aside.rename(program)
    said = re.search(r"^journalctl .*--grep SIGHUP.*$", page, flags=re.M)[0]
    wait_for(lambda: "the certificate was not reloaded: `tls.key`" in desk.run("sh", "-c", said).stdout)
    assert shown("second") and desk.property("MainPID") == process

    desk.configure(before)
    shutil.rmtree(desk.machine.path("/etc/jeton/tls"))
    desk.run("systemctl", "restart", "jeton")
    assert desk.verify() == "200"


def test_a_socket_for_other_programs_can_be_opened(desk):
    before = desk.machine.path(CONFIGURATION).read_text()
    desk.run("usermod", "--append", "--groups", "mail", "jeton")
    desk.configure(
        before + "services:\n  default: { saslauthd: { socket: /run/jeton/mux, group: mail } }\n")
    desk.run("systemctl", "restart", "jeton")
    assert desk.run("stat", "--format=%F %G %a", "/run/jeton/mux").stdout == "socket mail 660\n"
    desk.configure(before)
    desk.run("systemctl", "restart", "jeton")


def test_it_is_given_the_time_to_drain_that_it_asks_for(desk):
    folder = desk.machine.path("/etc/systemd/system/jeton.service.d")
    before = desk.machine.path(CONFIGURATION).read_text()
    folder.mkdir()
    # A busy machine needs some of the time until it asks for more.
    (folder / "time.conf").write_text("[Service]\nTimeoutStopSec=6\n")
    desk.configure(before + "stop: { drain: 8s }\n")
    desk.run("systemctl", "daemon-reload")
    desk.run("systemctl", "restart", "jeton")
    desk.run("systemctl", "stop", "jeton")
    assert (desk.property("Result"), desk.property("ExecMainStatus")) == ("success", "0")
    said = desk.run("journalctl", "--unit", "jeton", "--output", "cat", "--lines", "20").stdout
    assert "draining for 8s" in said
    shutil.rmtree(folder)
    desk.configure(before)
    desk.run("systemctl", "daemon-reload")
    desk.run("systemctl", "start", "jeton")
    assert desk.verify() == "200"


def test_a_crash_is_followed_by_a_start(desk):
    process = desk.property("MainPID")
    assert process != "0"
    desk.run("kill", "-9", process)
    wait_for(lambda: desk.property("MainPID") not in ("0", process), seconds=60)
    wait_for(lambda: desk.verify() == "200", seconds=60)


def test_a_wrong_configuration_is_said_once_and_not_tried_again(desk):
    before = desk.machine.path(CONFIGURATION).read_text()
    desk.configure(before + "lisen: 127.0.0.1:8080\n")
    assert desk.run("systemctl", "restart", "jeton", check=False).returncode != 0
    assert (desk.property("ActiveState"), desk.property("ExecMainStatus")) == ("failed", "2")
    said = desk.run("journalctl", "--unit", "jeton", "--output", "cat", "--lines", "20").stdout
    assert said.count("unknown key `lisen`") == 1
    desk.configure(before)
    desk.run("systemctl", "restart", "jeton")
    assert desk.verify() == "200"


def test_an_upgrade_keeps_data_and_configuration(desk, package, tmp_path):
    mine = desk.machine.path(CONFIGURATION).read_text() + "log: { grants: false }\n"
    desk.configure(mine)
    process = desk.property("MainPID")
    desk.install(another_version(package, tmp_path))
    assert desk.run("dpkg-query", "--show", "--showformat=${Version}", "jeton").stdout.endswith("-99")
    assert desk.property("ActiveState") == "active" and desk.property("MainPID") != process
    assert desk.machine.path(CONFIGURATION).read_text() == mine
    assert desk.verify() == "200"


def another_version(package, folder):
    """A later version of the package, whose configuration has changed, too."""
    tree = folder / "tree"
    subprocess.run(["dpkg-deb", "--raw-extract", package, tree], check=True)
    control = tree / "DEBIAN/control"
    control.write_text(re.sub(r"^(Version: .*)-\d+$", r"\1-99", control.read_text(), flags=re.M))
    with (tree / CONFIGURATION[1:]).open("a") as file:
        file.write("# A later version says more.\n")
    later = folder / "jeton-later.deb"
    subprocess.run(["dpkg-deb", "--build", "-Znone", tree, later], capture_output=True, check=True)
    return later


def test_removal_keeps_data_and_configuration_and_purge_asks(desk, package):
    desk.run("dpkg", "--remove", "jeton")
    assert desk.run("pgrep", "--exact", "jeton", check=False).stdout == ""
    assert desk.machine.path(DATA + "/jeton.db").exists() and desk.machine.path(CONFIGURATION).exists()

    desk.install(package)
    assert desk.verify() == "200"

    desk.run("dpkg", "--remove", "jeton")
    purged = desk.run("dpkg", "--purge", "jeton")
    assert f"still in {DATA}" in purged.stderr
    assert desk.machine.path(DATA + "/jeton.db").exists() and not desk.machine.path("/etc/jeton").exists()

    desk.install(package)
    assert desk.verify() == "200"

    desk.run("debconf-set-selections", input="jeton jeton/purge-data boolean true\n")
    desk.run("dpkg", "--purge", "jeton")
    assert not desk.machine.path(DATA).exists()
    assert desk.machine.path("/var/backups/jeton/one.db").exists()
    assert desk.run("getent", "passwd", "jeton").stdout.startswith("jeton:")


def test_a_checkout_is_installed_as_the_page_says_and_taken_away(desk):
    """The last: the package is gone by now."""
    checkout = desk.machine.path("/root/checkout")
    for folder in ("scripts", "packaging"):
        shutil.copytree(ROOT / folder, checkout / folder)
    (checkout / ".build/release").mkdir(parents=True)
    shutil.copy(BINARY, checkout / ".build/release/jeton")
    page = (ROOT / "docs/operate/one-node.md").read_text()
    steps = re.search(r"^sudo make install [^\n]*\n(.*?)^```", page, flags=re.S | re.M)[1]
    desk.run("/root/checkout/scripts/install")
    desk.run("sh", "-e", "-c", steps.replace("sudo ", ""))
    assert desk.command("ready") == "ready\n"
    process = desk.property("MainPID")
    assert desk.run("readlink", f"/proc/{process}/exe").stdout == "/usr/local/bin/jeton\n"
    checked = desk.run("systemd-analyze", "verify", "--man=no", "jeton.service")
    assert checked.stdout + checked.stderr == ""

    desk.run("/root/checkout/scripts/install", "--remove")
    assert desk.run("pgrep", "--exact", "jeton", check=False).stdout == ""
    assert desk.property("LoadState") == "not-found"
    assert desk.run("find", "/etc/systemd", "/usr/local", "-name", "jeton*").stdout == ""
    assert desk.machine.path(DATA + "/jeton.db").exists() and desk.machine.path(CONFIGURATION).exists()
