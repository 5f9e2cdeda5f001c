"""What is Apache httpd's own, beside the table of test_proxies.py: faults in the Lua, and mod_oauth2."""

import http.client
import socket
import subprocess

import pytest
import requests

from jeton import Jeton, accepts, free_port, wait_for
from proxies import PROXIES, Running, httpd
from test_proxies import ask, bearer, desk, service, token  # noqa: F401 (fixtures)

APACHE = next(proxy for proxy in PROXIES if proxy.name == "apache")


@pytest.mark.parametrize("before, after", [
    ("local body = {}", 'error("broken")'), ("function default(r)", "function default(r"),
    ("function default", "function other"),
    ("socket.http", "no.such.library"), ("return apache2.OK", "return"), ("apache2/jeton.lua", "apache2/nothing.lua"),
])
def test_a_fault_in_the_lua_lets_nobody_in(tmp_path, desk, service, token, before, after):  # noqa: F811
    class Broken(Running):
        def written(self, text):
            return super().written(text.replace(before, after))

    count = len(service.seen)
    with Broken(APACHE, tmp_path, jeton=desk.port, service=service.port) as running:
        # It has been seen to close the first connection without an answer, which lets nobody in either.
        try:
            answer = ask(running, headers=[bearer(token)])
        except http.client.RemoteDisconnected:
            answer = ask(running, headers=[bearer(token)])
        assert answer.status == 500
    assert len(service.seen) == count


def test_the_log_names_who_it_was_and_two_authorizations_are_none(tmp_path, desk, service, token):  # noqa: F811
    other = desk.make_token("beside another")
    with Running(APACHE, tmp_path, jeton=desk.port, service=service.port) as running:
        assert ask(running, headers=[bearer(token)]).status == 200
        answer = ask(running, headers=[bearer(token), bearer(other)])
        assert (answer.status, answer.headers["X-Jeton-Reason"]) == (401, "not_a_token")
        access = tmp_path / "access.log"
        wait_for(lambda: access.read_text().count("/some/path") == 2)
        assert access.read_text().splitlines()[-2:] == ["alice GET /some/path 200", "- GET /some/path 401"]


def test_an_upload_that_is_refused_holds_no_thread(tmp_path, desk, service):  # noqa: F811
    """A stranger who announces a body and sends none: the answer comes, and the connection is closed."""
    with Running(APACHE, tmp_path, jeton=desk.port, service=service.port) as running:
        with socket.create_connection(("127.0.0.1", running.port), timeout=60) as client:
            client.sendall(b"PUT / HTTP/1.1\r\nHost: h\r\nContent-Length: 1000000\r\n\r\nx")
            received = b""
            while piece := client.recv(65536):
                received += piece
        assert received.startswith(b"HTTP/1.1 401 ") and b"needs a token" in received


# Introspection by a library that is not ours


@pytest.fixture(scope="module")
def introspecting(tmp_path_factory, service):  # noqa: F811
    """Jeton, and Apache httpd whose mod_oauth2 asks it by introspection (RFC 7662)."""
    folder = tmp_path_factory.mktemp("mod_oauth2")
    (folder / "secret").write_text("0123456789abcdef0123456789abcdef\n")
    (folder / "jeton.yaml").write_text(f"services: {{maven: {{secret_file: {folder}/secret}}, git: }}\n")
    modules = "".join(
        f"LoadModule {name}_module /usr/lib/apache2/modules/mod_{name}.so\n"
        for name in ("mpm_event", "authn_core", "authz_core", "authz_user", "oauth2", "proxy", "proxy_http"))
    port = free_port()
    with Jeton(folder, config=folder / "jeton.yaml") as jeton:
        jeton.add_user("alice")
        authentication = "&".join([
            "introspect.auth=client_secret_basic", "client_id=maven",
            "client_secret=0123456789abcdef0123456789abcdef", "expiry=0"])
        (folder / "httpd.conf").write_text(f"""{modules}
            DefaultRuntimeDir .
            PidFile httpd.pid
            ServerName localhost
            ErrorLog error.log
            Listen 127.0.0.1:{port}
            <Location "/">
                AuthType oauth2
                OAuth2TokenVerify introspect {jeton.url}/oauth/introspect {authentication}
                OAuth2AcceptTokenIn header
                OAuth2AcceptTokenIn basic
                OAuth2TargetPass remote_user_claim=username&authn_header=Remote-User
                Require valid-user
                ProxyPass http://127.0.0.1:{service.port}/
            </Location>
            """)
        process = subprocess.Popen(httpd(folder), stdin=subprocess.DEVNULL)
        wait_for(lambda: accepts(port))
        yield jeton, f"http://127.0.0.1:{port}/"
        process.terminate()
        process.wait(timeout=15)


def test_mod_oauth2_understands_the_introspection(introspecting):
    jeton, url = introspecting
    good = jeton.make_token("good", "--scope", "maven:read")
    for options in ({"auth": ("alice", good)}, {"headers": {"Authorization": f"Bearer {good}"}}):
        answer = requests.get(url, timeout=30, **options)
        assert answer.status_code == 200
        assert ["remote-user", "alice"] in answer.json()["headers"]
    elsewhere = jeton.make_token("elsewhere", "--scope", "git")
    jeton.revoke("good")
    for secret in (good, elsewhere, "wrong"):
        assert requests.get(url, auth=("alice", secret), timeout=30).status_code == 401
    assert requests.get(url, timeout=30).status_code == 401
