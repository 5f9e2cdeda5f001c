"""Programs that use Cyrus SASL take tokens: the real testsaslauthd, svnserve and OpenLDAP."""

import os
import re
import socket
import stat
import subprocess

import pytest

from jeton import PASSWORD, ROOT, Jeton, accepts, free_port, wait_for

DOCUMENT = (ROOT / "docs/protect/saslauthd.md").read_text()


def block(after):
    """The document's first block of lines behind that text."""
    return re.search(r"```\w*\n(.*?)```", DOCUMENT[DOCUMENT.index(after):], re.S)[1]


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("sasl")


@pytest.fixture(scope="module")
def desk(folder):
    """A server with the document's sockets, in `folder`."""
    config = folder / "jeton.yaml"
    config.write_text(block("In Jeton's configuration").replace("/run/jeton/", f"{folder}/").replace(
        "group: svn,", ""))
    with Jeton(folder, config=config) as server:
        server.add_user("alice")
        server.add_user("bob@example.com")
        yield server


@pytest.fixture(scope="module")
def token(desk):
    return desk.make_token("sasl", "--scope", "svn", "--scope", "ldap")


def ask(folder, login, password, name="svn", realm="", program="svn"):
    """What testsaslauthd, which is part of Cyrus SASL, is told."""
    result = subprocess.run(
        ["/usr/sbin/testsaslauthd", "-u", login, "-p", password, "-r", realm, "-s", program,
         "-f", folder / f"{name}.sock"],
        capture_output=True, text=True, timeout=30)
    return result.stdout.split()[1]


def test_a_login_and_a_token_are_what_saslauthd_would_take(desk, folder, token):
    assert ask(folder, "alice", token) == "OK"
    for login, password in [("alice", PASSWORD), ("bob", token), ("", token), ("__token__", token), (token, "x"),
                            ("ALICE", token), ("Alice", token), ("alice ", token)]:
        assert ask(folder, login, password) == "NO", login
    bob = desk.make_token("bob", user="bob@example.com")
    assert ask(folder, "bob", bob, realm="example.com", name="ldap") == "OK"
    assert ask(folder, "bob@example.com", bob, name="ldap") == "OK"
    assert ask(folder, "bob", bob, realm="example.org", name="ldap") == "NO"


def test_each_socket_asks_for_its_access(desk, folder):
    reader = desk.make_token("reads both", "--scope", "svn:read", "--scope", "ldap:read")
    assert ask(folder, "alice", reader, name="svn") == "NO"
    assert ask(folder, "alice", reader, name="ldap") == "OK"


def test_a_revoked_token_ends_at_once_and_its_use_is_seen(desk, folder):
    token = desk.make_token("short")
    assert ask(folder, "alice", token, program="smtp") == "OK"
    tokens = desk.api("looks")
    use = wait_for(lambda: next(t["last_used"] for t in tokens.list() if t["name"] == "short"))
    assert (use["service"], use["client"]) == ("svn", "saslauthd smtp")
    desk.revoke("short")
    assert ask(folder, "alice", token) == "NO"
    wait_for(lambda: '"reason":"revoked"' in desk.log.read_text())
    assert token not in desk.whole_log()


def test_who_says_nothing_holds_up_nobody(folder, desk, token):
    path = str(folder / "svn.sock")
    silent = []
    try:
        for number in range(600):
            client = socket.socket(socket.AF_UNIX)
            client.connect(path)
            if number % 2:
                client.sendall(b"\x00\x05al")
            silent.append(client)
        assert ask(folder, "alice", token) == "OK"
        assert desk.verify("svn").status_code == 401
    finally:
        for client in silent:
            client.close()


def test_the_file_is_as_configured_and_goes_with_the_server(tmp_path):
    config = tmp_path / "jeton.yaml"
    config.write_text(f"services: {{svn: {{saslauthd: {{socket: {tmp_path}/svn.sock, mode: '0666'}}}}}}\n")
    server = Jeton(tmp_path, config=config).start()
    assert stat.S_IMODE((tmp_path / "svn.sock").stat().st_mode) == 0o666
    assert server.stop() == 0
    assert not (tmp_path / "svn.sock").exists()


# Subversion


@pytest.fixture(scope="module")
def repository(desk, folder):
    """The address of a repository behind the real svnserve, set up as the document says."""
    subprocess.run(["svnadmin", "create", folder / "project"], check=True, timeout=60)
    (folder / "project/conf/svnserve.conf").write_text(block("In the repository's"))
    (folder / "sasl2").mkdir()
    (folder / "sasl2/svn.conf").write_text(block("In `/etc/sasl2/svn.conf`").replace("/run/jeton/", f"{folder}/"))
    port = free_port()
    process = subprocess.Popen(
        ["svnserve", "--daemon", "--foreground", "--listen-host", "127.0.0.1", "--listen-port", str(port),
         "--root", folder],
        env={**os.environ, "SASL_CONF_PATH": str(folder / "sasl2")}, stdin=subprocess.DEVNULL)
    wait_for(lambda: accepts(port))
    yield f"svn://127.0.0.1:{port}/project"
    process.terminate()
    process.wait(timeout=10)


def svn(*arguments, login="alice", password, home):
    return subprocess.run(
        ["svn", *arguments, "--non-interactive", "--no-auth-cache", "--config-dir", home / ".subversion",
         "--username", login, "--password", password],
        capture_output=True, text=True, timeout=60)


def test_subversion_commits_and_reads_with_a_token(desk, repository, tmp_path):
    token = desk.make_token("commits", "--scope", "svn")
    commit = svn("mkdir", "--message", "The first", f"{repository}/trunk", password=token, home=tmp_path)
    assert commit.returncode == 0, commit.stderr
    log = svn("log", "--quiet", repository, password=token, home=tmp_path)
    assert " | alice | " in log.stdout, log.stderr
    refused = [("alice", PASSWORD), ("bob", token), ("alice@example.com", token),
               ("alice", desk.make_token("only reads", "--scope", "svn:read"))]
    for login, password in refused:
        answer = svn("list", repository, login=login, password=password, home=tmp_path)
        assert answer.returncode == 1 and "Authentication error" in answer.stderr, login
    desk.revoke("commits")
    assert svn("list", repository, password=token, home=tmp_path).returncode == 1


# OpenLDAP


@pytest.fixture(scope="module")
def directory(desk, folder):
    """The address of the real slapd, with alice, whose password is SASL's affair."""
    home = folder / "slapd"
    (home / "db").mkdir(parents=True)
    (home / "sasl2").mkdir()
    (home / "sasl2/slapd.conf").write_text(
        block("In `/etc/ldap/sasl2/slapd.conf`").replace("/run/jeton/", f"{folder}/"))
    (home / "slapd.conf").write_text(f"""
        include /etc/ldap/schema/core.schema
        include /etc/ldap/schema/cosine.schema
        include /etc/ldap/schema/inetorgperson.schema
        pidfile {home}/pid
        modulepath /usr/lib/ldap
        moduleload back_mdb
        database mdb
        suffix dc=example,dc=com
        directory {home}/db
    """.replace("        ", ""))
    (home / "people.ldif").write_text(f"""dn: dc=example,dc=com
objectClass: dcObject
objectClass: organization
dc: example
o: Example

dn: uid=alice,dc=example,dc=com
objectClass: inetOrgPerson
uid: alice
cn: Alice
sn: A
{block("Then in the entry")}""")
    subprocess.run(["/usr/sbin/slapadd", "-f", home / "slapd.conf", "-l", home / "people.ldif"],
                   check=True, capture_output=True, timeout=60)
    port = free_port()
    # Debian's slapd looks into /etc/ldap/sasl2 alone: this one sees another folder there, and nobody else does.
    slapd = f"/usr/sbin/slapd -f {home}/slapd.conf -h ldap://127.0.0.1:{port} -d 0"
    process = subprocess.Popen(
        ["unshare", "--user", "--map-root-user", "--mount",
         "sh", "-c", f"mount --bind {home}/sasl2 /etc/ldap/sasl2 && exec {slapd}"],
        stdin=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    wait_for(lambda: accepts(port))
    yield f"ldap://127.0.0.1:{port}"
    process.terminate()
    process.wait(timeout=10)


def bind(directory, password):
    return subprocess.run(
        ["ldapwhoami", "-x", "-H", directory, "-D", "uid=alice,dc=example,dc=com", "-w", password],
        capture_output=True, text=True, timeout=30).returncode


def test_openldap_binds_with_a_token(desk, directory):
    token = desk.make_token("binds", "--scope", "ldap:read")
    assert bind(directory, token) == 0
    assert bind(directory, PASSWORD) == 49
    assert bind(directory, desk.make_token("elsewhere", "--scope", "svn")) == 49
    desk.revoke("binds")
    assert bind(directory, token) == 49
