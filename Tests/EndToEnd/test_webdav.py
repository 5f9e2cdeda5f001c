"""WebDAV and Subversion by the Apache httpd of their page, behind every proxy of docs/protect, with real clients."""

import os
import re
import subprocess

import pytest
import requests

from jeton import ROOT, accepts, Jeton, desk_of, free_port, wait_for
from proxies import NGINX, PROXIES, Running, httpd
from test_proxies import ask, bearer
from test_tls import Pair

PAGE = (ROOT / "docs/protect/webdav.md").read_text()
MODULES = "".join(f"LoadModule {name}_module /usr/lib/apache2/modules/mod_{name}.so\n" for name in (
    "mpm_event", "authz_core", "lua", "headers", "dir", "dav", "dav_fs", "dav_lock", "dav_svn"))


def block(name):
    return re.search(rf"```\w+\n(?:#|--) {re.escape(name)}\n(.*?)```", PAGE, re.S)[1]


class Files:
    """The page's service on a free port, with its files below `folder`."""

    def __init__(self, folder, lets_nobody_read=False):
        self.folder, self.port = folder, free_port()
        self.script = block("user.lua")
        if lets_nobody_read:  # as the page says for anonymous reads
            self.script = self.script.replace("then return 403 end", "then return apache2.OK end")
        self.log = folder / "access.log"

    def __enter__(self):
        for name in ("srv/dav/files", "srv/svn", "lib"):
            (self.folder / name).mkdir(parents=True)
        text = block("service.conf").replace("9000", str(self.port)).replace("/srv/", f"{self.folder}/srv/")
        text = text.replace("/var/lib/dav", f"{self.folder}/lib").replace("/etc/apache2", str(self.folder))
        (self.folder / "service.conf").write_text(text)
        (self.folder / "user.lua").write_text(self.script)
        (self.folder / "httpd.conf").write_text(
            f"{MODULES}DefaultRuntimeDir .\nPidFile httpd.pid\nServerName localhost\nErrorLog error.log\n"
            'CustomLog access.log "%u\\t%m\\t%U\\t%>s"\nInclude service.conf\n')
        self.process = subprocess.Popen(httpd(self.folder), stdin=subprocess.DEVNULL, cwd=self.folder)
        wait_for(lambda: accepts(self.port), seconds=60)
        return self

    def __exit__(self, *_):
        self.process.terminate()
        self.process.wait(timeout=20)

    def done(self):
        """Who did what with which outcome, but for reads."""
        lines = [line.split("\t") for line in self.log.read_text().splitlines()]
        return [line for line in lines if line[1] not in ("GET", "HEAD", "OPTIONS", "PROPFIND", "REPORT")]


@pytest.fixture(scope="module")
def desk(tmp_path_factory):
    config = "trusted_proxies: [127.0.0.1/32]\n" + block("jeton.yaml")
    with desk_of(tmp_path_factory, config, "alice", "jürgen") as jeton:
        yield jeton


@pytest.fixture(scope="module")
def files(tmp_path_factory):
    with Files(tmp_path_factory.mktemp("files")) as files:
        yield files


@pytest.fixture(scope="module", params=PROXIES, ids=lambda proxy: proxy.name)
def proxy(request, tmp_path_factory, desk, files):
    folder = tmp_path_factory.mktemp(request.param.name)
    with Running(request.param, folder, jeton=desk.port, service=files.port, name="dav", waits=False) as running:
        wait_for(lambda: ask(running).status == 401, seconds=60)
        yield running


@pytest.fixture(scope="module")
def token(desk):
    return desk.make_token("dav")


class Client:
    """Programs of a person whose home is `home`."""

    def __init__(self, home, login, token):
        self.home, self.login, self.token = home, login, token
        (home / ".netrc").write_text(f"machine localhost login {login} password {token}\n")
        (home / ".netrc").chmod(0o600)

    def run(self, *command, input=None, check=True, **environment):
        result = subprocess.run(
            command, cwd=self.home, input=input, capture_output=True, text=True, timeout=240,
            env={"PATH": os.environ["PATH"], "HOME": str(self.home), "LC_ALL": "C.UTF-8", **environment})
        if check:
            assert result.returncode == 0, f"{command}\n{result.stdout}\n{result.stderr}"
        return result

    def rclone(self, url, *arguments, check=True):
        obscured = self.run("rclone", "obscure", self.token).stdout.strip()
        return self.run(
            "rclone", "--retries", "1", "--no-check-certificate", *arguments, check=check,
            RCLONE_CONFIG_DAV_TYPE="webdav", RCLONE_CONFIG_DAV_URL=url, RCLONE_CONFIG_DAV_VENDOR="other",
            RCLONE_CONFIG_DAV_USER=self.login, RCLONE_CONFIG_DAV_PASS=obscured)

    def svn(self, *arguments, check=True):
        return self.run(
            "svn", "--non-interactive", "--no-auth-cache", "--username", self.login, "--password-from-stdin",
            *arguments, input=self.token, check=check)


@pytest.fixture
def alice(tmp_path, token):
    return Client(tmp_path, "alice", token)


@pytest.fixture
def repository(files, proxy):
    name = proxy.proxy.name.replace(".", "-")
    path = files.folder / "srv/svn" / name
    if not path.exists():
        subprocess.run(["svnadmin", "create", path], check=True)
    return f"/svn/{name}"


def url_of(proxy):
    """By another name than the one by which the proxy reaches the service."""
    return f"http://localhost:{proxy.port}"


def share(files, name):
    folder = files.folder / "srv/dav/files" / name
    folder.mkdir(exist_ok=True)
    return folder


def test_rclone_uploads_copies_moves_and_deletes(proxy, files, alice):
    name = f"rclone-{proxy.proxy.name}"
    folder, remote = share(files, name), f"dav:{name}"
    url = url_of(proxy) + "/files"
    (alice.home / "one").write_text("what alice wrote")
    before = len(files.done())
    alice.rclone(url, "copyto", "one", f"{remote}/deep er/one")           # MKCOL, PUT
    assert (folder / "deep er/one").read_text() == "what alice wrote"
    alice.rclone(url, "copyto", f"{remote}/deep er/one", f"{remote}/ü & two")  # COPY
    alice.rclone(url, "moveto", f"{remote}/deep er/one", f"{remote}/three")   # MOVE
    assert alice.rclone(url, "lsf", remote).stdout.splitlines() == ["deep er/", "three", "ü & two"]
    assert alice.rclone(url, "cat", f"{remote}/three").stdout == "what alice wrote"
    alice.rclone(url, "deletefile", f"{remote}/three")                     # DELETE
    assert sorted(path.name for path in folder.iterdir()) == ["deep er", "ü & two"]
    done = wait_for(lambda: any(line[1] == "DELETE" for line in files.done()[before:]) and files.done()[before:])
    assert {line[1] for line in done} >= {"MKCOL", "PUT", "COPY", "MOVE", "DELETE"}
    assert {line[0] for line in done} == {"alice"}
    assert [line for line in done if line[3] >= "500"] == []


def test_cadaver_locks_copies_and_moves(proxy, files, alice):
    name = f"cadaver-{proxy.proxy.name}"
    folder = share(files, name)
    (alice.home / "one").write_text("one")
    said = alice.run("cadaver", f"{url_of(proxy)}/files/{name}/", input="\n".join([
        "put one", "lock one", "unlock one", "copy one two", "move two three", "mkcol box", "copy three box/four",
        "delete one", "propset three colour blue", "ls", "quit", ""])).stdout
    assert "failed" not in said and "rror" not in said, said
    assert sorted(str(path.relative_to(folder)) for path in folder.rglob("*") if ".DAV" not in str(path)) == [
        "box", "box/four", "three"], said


def test_svn_commits_as_who_the_token_belongs_to(proxy, repository, alice):
    url = url_of(proxy) + repository
    alice.svn("checkout", url, "work")
    work = alice.home / "work"
    (work / "file").write_text("first\n")
    alice.svn("add", "work/file")
    alice.svn("mkdir", "work/trunk")
    alice.svn("commit", "work", "--message", "one")
    alice.svn("copy", f"{url}/file", f"{url}/trunk/copy", "--message", "two")
    alice.svn("move", f"{url}/trunk", f"{url}/renamed", "--message", "three")
    alice.svn("update", "work")
    assert (work / "renamed/copy").read_text() == "first\n"
    (work / "file").write_text("second\n" + "long " * 200_000)
    alice.svn("lock", "work/file")
    alice.svn("commit", "work", "--message", "four")
    alice.svn("delete", f"{url}/renamed", "--message", "five")
    log = alice.svn("log", "--xml", url).stdout
    assert re.findall(r"<author>(.*?)</author>", log) == ["alice"] * 5
    assert re.findall(r"<msg>(.*?)</msg>", log) == ["five", "four", "three", "two", "one"]
    assert alice.svn("cat", f"{url}/file").stdout.startswith("second\n")


def test_a_login_that_is_not_ascii_is_the_author(proxy, repository, desk, tmp_path):
    juergen = Client(tmp_path, "jürgen", desk.make_token(f"svn {proxy.proxy.name}", user="jürgen"))
    juergen.svn("mkdir", f"{url_of(proxy)}{repository}/von-jürgen", "--message", "ü")
    log = juergen.svn("log", "--xml", "--limit", "1", url_of(proxy) + repository).stdout
    assert re.findall(r"<author>(.*?)</author>", log) == ["jürgen"]


def test_what_only_reads_checks_out_and_commits_nothing(proxy, repository, desk, files, tmp_path):
    reader = Client(tmp_path, "alice", desk.make_token(f"reads {proxy.proxy.name}", "--scope", "dav:read"))
    url = url_of(proxy) + repository
    reader.svn("checkout", url, "work")
    reader.svn("log", url)
    refused = reader.svn("mkdir", f"{url}/no", "--message", "no", check=False)
    assert refused.returncode != 0 and "E175013" in refused.stderr, refused.stderr
    wrong = Client(tmp_path, "alice", "jtn_wrong").svn("log", url, check=False)
    assert wrong.returncode != 0 and "E215004" in wrong.stderr and "Authentication failed" in wrong.stderr, wrong.stderr
    name = f"reads-{proxy.proxy.name}"
    (share(files, name) / "there").write_text("there")
    assert reader.rclone(url_of(proxy) + "/files", "cat", f"dav:{name}/there").stdout == "there"
    assert reader.rclone(url_of(proxy) + "/files", "deletefile", f"dav:{name}/there", check=False).returncode != 0
    assert (share(files, name) / "there").exists()


def test_a_narrowed_token_moves_nothing_elsewhere(proxy, desk, files):
    name = f"from-{proxy.proxy.name.replace('.', '-')}"
    here, there = share(files, name), share(files, f"to-{name}")
    (here / "one").write_text("one")
    narrow = desk.make_token(f"narrow {name}", "--scope", f"dav:write:/files/{name}")

    def move(destination, source="one"):
        return ask(proxy, "MOVE", f"/files/{name}/{source}", [
            bearer(narrow), ("Destination", f"{url_of(proxy)}/files/{destination}"), ("Overwrite", "T")]).status

    assert move(f"to-{name}/one") == 403
    assert move(f"{name}/../to-{name}/one") == 403
    assert move(f"{name}/two") in (201, 204)
    assert [path.name for path in here.iterdir() if path.is_file()] == ["two"]
    assert not list(there.iterdir())


def test_nobody_says_who_they_are(proxy, files, token):
    before = len(files.done())
    for forged in ("Remote-User", "remote_user", "Remote.User"):
        assert ask(proxy, "MKCOL", "/files/x", [(forged, "root")]).status == 401
    answer = ask(proxy, "PUT", f"/files/forged-{proxy.proxy.name}", [
        bearer(token), ("Remote-User", "root"), ("Remote-User", "root")], body=b"x")
    assert answer.status in (201, 204, 400)
    last = f"/files/last-{proxy.proxy.name}"
    assert ask(proxy, "MKCOL", last, [bearer(token)]).status == 201
    done = wait_for(lambda: any(line[2] == last for line in files.done()[before:]) and files.done()[before:])
    assert {line[0] for line in done} == {"alice"}


def test_a_service_that_compares_hosts_moves_files_too(proxy, tmp_path, desk, token):
    """nginx's own WebDAV refuses a Destination of another host than that of Host."""
    port, files = free_port(), tmp_path / "files"
    files.mkdir()
    (tmp_path / "nginx.conf").write_text(NGINX)
    (tmp_path / "jeton.conf").write_text(
        f"server {{ listen 127.0.0.1:{port}; root {files}; location / {{ dav_methods PUT DELETE MKCOL COPY MOVE; }} }}")
    # Started by root its workers would be somebody who cannot write to the folder: here it has no other user.
    alone = ["unshare", "--user"] if os.geteuid() == 0 else []
    service = subprocess.Popen(
        [*alone, "nginx", "-e", "stderr", "-p", tmp_path, "-c", tmp_path / "nginx.conf"], stdin=subprocess.DEVNULL,
        cwd=tmp_path)
    try:
        wait_for(lambda: accepts(port), seconds=60)
        (files / "one").write_text("one")
        with Running(proxy.proxy, tmp_path / "proxy", jeton=desk.port, service=port, name="dav", waits=False) as front:
            wait_for(lambda: ask(front).status == 401, seconds=60)
            for method, source, target in (("COPY", "one", "two"), ("MOVE", "one", "three")):
                answer = requests.request(
                    method, f"{url_of(front)}/{source}", timeout=60, auth=("alice", token),
                    headers={"Destination": f"{url_of(front)}/{target}"})
                assert answer.status_code in (201, 204), (method, answer.text)
        assert sorted(path.name for path in files.iterdir()) == ["three", "two"]
    finally:
        service.terminate()
        service.wait(timeout=20)


def test_the_service_lets_nobody_in_without_the_proxy(files):
    class Direct:
        port = files.port

    assert ask(Direct, "PUT", "/files/direct", body=b"x").status == 403
    assert ask(Direct, "PROPFIND", "/files/", body=b"").status == 403


def test_everybody_checks_out_and_who_commits_is_asked(tmp_path, alice):
    """Where reads are anonymous, svn sends its token at the first request that writes."""
    (tmp_path / "jeton.yaml").write_text("services: { dav: { anonymous: read } }\n")
    proxy = next(proxy for proxy in PROXIES if proxy.name == "nginx")
    with Jeton(tmp_path, config=tmp_path / "jeton.yaml") as desk, Files(tmp_path / "files", True) as files:
        desk.add_user("alice")
        alice.token = desk.make_token("svn")
        subprocess.run(["svnadmin", "create", files.folder / "srv/svn/open"], check=True)
        with Running(
                proxy, tmp_path / "nginx", jeton=desk.port, service=files.port, name="dav", waits=False) as front:
            url = url_of(front) + "/svn/open"
            alice.run("svn", "--non-interactive", "checkout", url, "work")
            refused = alice.run("svn", "--non-interactive", "mkdir", f"{url}/no", "-m", "no", check=False)
            assert refused.returncode != 0 and "E215004: Authentication failed" in refused.stderr, refused.stderr
            alice.svn("mkdir", f"{url}/trunk", "--message", "one")
            log = alice.run("svn", "--non-interactive", "log", "--xml", url).stdout
            assert re.findall(r"<author>(.*?)</author>", log) == ["alice"]
            alice.run("svn", "--non-interactive", "update", "work")
            assert (alice.home / "work/trunk").is_dir()


def test_files_are_moved_where_tls_ends_at_the_proxy(tmp_path, desk, files, alice):
    """By nginx with a certificate: Destination is of https, and the service speaks plain HTTP."""
    pair = Pair(tmp_path, "files")

    class Secure(Running):
        def written(self, text):
            text = super().written(text)
            assert f"listen 127.0.0.1:{self.port};" in text
            return text.replace(
                f"listen 127.0.0.1:{self.port};",
                f"listen 127.0.0.1:{self.port} ssl;\n"
                f"ssl_certificate {pair.certificate}; ssl_certificate_key {pair.key};")

    assert "include jeton.conf" in NGINX
    proxy = next(proxy for proxy in PROXIES if proxy.name == "nginx")
    folder = share(files, "secure")
    (alice.home / "one").write_text("one")
    with Secure(proxy, tmp_path / "nginx", jeton=desk.port, service=files.port, name="dav", waits=False) as running:
        url = f"https://localhost:{running.port}/files"
        alice.rclone(url, "copyto", "one", "dav:secure/one")
        alice.rclone(url, "copyto", "dav:secure/one", "dav:secure/two")
        alice.rclone(url, "moveto", "dav:secure/two", "dav:secure/three")
    assert sorted(path.name for path in folder.iterdir()) == ["one", "three"]
