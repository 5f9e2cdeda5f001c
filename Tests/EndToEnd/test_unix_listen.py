"""Jeton at a unix socket, with nginx, Caddy, HAProxy and Envoy in front of it, as their pages say."""

import contextlib
import json
import os
import re
import shutil
import socket
import stat
import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from jeton import BINARY, ROOT, Jeton, accepts, basic, free_port, make_secret, wait_for
from local_socket import PASSING, PROXIES_AT_SOCKETS, AtSocket, SocketJeton, ask, open_folder, replacements
from service import Service
from test_proxies import ask as ask_proxy

CLIENT = "127.0.0.7"  # not trusted as 127.0.0.1 is
CONFIG = """
public_url: https://tokens.example.com
trusted_proxies: [127.0.0.1/32]
services:
  maven: { title: Maven private repository, url: https://maven.example.com/ }
"""


def written(folder, more=""):
    (folder / "jeton.yaml").write_text(CONFIG + more)
    return folder / "jeton.yaml"


@pytest.fixture(scope="module")
def desk(tmp_path_factory):
    folder = tmp_path_factory.mktemp("socket")
    with SocketJeton(folder, written(folder)) as jeton:
        jeton.add_user("alice")
        yield jeton


@pytest.fixture(scope="module")
def service(tmp_path_factory):
    with Service(tmp_path_factory.mktemp("git")) as service:
        yield service


@pytest.fixture(scope="module", params=PROXIES_AT_SOCKETS, ids=lambda proxy: proxy.name)
def proxy(request, tmp_path_factory, desk, service):
    folder = tmp_path_factory.mktemp(request.param.name)
    with AtSocket(request.param, folder, path=desk.path, service=service.port) as running:
        yield running


@pytest.fixture(scope="module")
def token(desk):
    return desk.make_token("everywhere")


@pytest.fixture(scope="module")
def bound(desk):
    return desk.make_token("bound", "--from", CLIENT)


def bearer(token):
    return ("Authorization", f"Bearer {token}")


# Through proxies


def test_every_address_of_jeton_on_the_page_is_replaced(proxy, desk):
    for name in proxy.proxy.files:
        text = proxy.written(proxy.proxy.lines()[name])
        # What is left of the port is the address of a request, behind which the path says which service it is.
        left = re.sub(r"http://127\.0\.0\.1:8080(?=/verify/|\")", "", text)
        assert not re.search(r"\b8080\b", left), name
    assert any(str(desk.path) in (proxy.folder / name).read_text() for name in proxy.proxy.files)


def test_a_token_passes_and_the_service_learns_who_it_is(proxy, service, token):
    for method in ("GET", "PUT"):
        assert ask_proxy(proxy, method, headers=[bearer(token)], body=b"x" if method == "PUT" else None).status == 200
        assert ("Remote-User".lower(), "alice") in [(n.lower(), v) for n, v in service.seen[-1]["headers"]]
    refused = ask_proxy(proxy, headers=[("Authorization", basic("alice", "wrong"))])
    assert refused.status == 401
    assert "https://tokens.example.com/tokens/new" in refused.text


def test_metadata_is_read_at_the_socket_too(proxy):
    answer = ask_proxy(proxy, path="/.well-known/oauth-protected-resource")
    assert (answer.status, json.loads(answer.text)["resource"]) == (200, "https://maven.example.com")


def test_a_bound_token_passes_by_the_address_that_the_proxy_names(proxy, bound):
    assert ask_proxy(proxy, headers=[bearer(bound)], source=CLIENT).status == 200
    refused = ask_proxy(proxy, headers=[bearer(bound)], source="127.0.0.8")
    assert (refused.status, refused.headers["X-Jeton-Reason"]) == (403, "address_not_allowed")
    assert "127.0.0.8" in refused.text


@pytest.mark.parametrize("forged", [[CLIENT], [f"{CLIENT}, {CLIENT}"], [CLIENT, CLIENT], ["unknown"], [""]])
def test_a_forged_address_through_the_proxy_is_not_believed(proxy, bound, forged):
    headers = [bearer(bound), *(("X-Forwarded-For", value) for value in forged)]
    refused = ask_proxy(proxy, headers=headers, source="127.0.0.8")
    assert refused.status in (400, 403)
    assert ask_proxy(proxy, headers=headers, source=CLIENT).status in (200, 400)


def test_the_log_has_the_client_and_says_that_a_socket_asks(proxy, desk, token):
    agent = f"test/{proxy.proxy.name}"
    assert ask_proxy(proxy, headers=[bearer(token), ("User-Agent", agent)], source=CLIENT).status == 200
    line = json.loads(desk.logged(agent))
    assert (line["peer"], line["client"]) == ("socket", CLIENT)


# At the socket itself


def test_nobody_named_is_an_unknown_client(desk, token, bound):
    named = [bearer(bound), ("X-Forwarded-For", CLIENT)]
    assert desk.ask("/verify/maven", named).status == 200
    for headers in ([], [("X-Forwarded-For", "unknown")], [("X-Forwarded-For", "unix:")], [("X-Forwarded-For", "")]):
        answer = desk.ask("/verify/maven", [bearer(bound), ("User-Agent", "nobody/1"), *headers])
        assert (answer.status, answer.headers["X-Jeton-Reason"]) == (403, "address_not_allowed"), headers
        assert "from an unknown address" in answer.text
    assert desk.ask("/verify/maven", [bearer(token)]).status == 200
    line = json.loads(desk.logged("nobody/1"))
    assert (line["peer"], line["client"]) == ("socket", "unknown")


def test_a_use_by_an_unknown_client_has_no_address(desk):
    token = desk.make_token("unseen")
    assert desk.ask("/verify/maven", [bearer(token)]).status == 200

    def used():
        listed = json.loads(desk.run("token", "list", "--all", "--json").stdout)
        found = next(found for found in listed if found["name"] == "unseen")
        return found.get("last_used")

    assert not wait_for(used).get("address")


def test_guesses_of_unknown_clients_count_under_one_key(tmp_path):
    with SocketJeton(tmp_path, written(tmp_path)) as desk:
        desk.add_user("alice")
        token = desk.make_token("good")

        def guess(*headers):
            return desk.ask("/verify/maven", [bearer(make_secret()), *headers]).headers["X-Jeton-Reason"]

        assert {guess() if number % 2 else guess(("X-Forwarded-For", "unknown")) for number in range(60)} == {
            "unknown_token"}
        assert guess() == guess(("X-Forwarded-For", "_hidden")) == "too_many_failures"
        assert guess(("X-Forwarded-For", CLIENT)) == "unknown_token"
        assert desk.ask("/verify/maven", [bearer(token)]).status == 200


def test_what_only_the_operator_may_do_is_absent(desk, token):
    admin = desk.data / "jeton.sock"
    for method, target in [
        ("GET", "/admin/v1/users"), ("GET", "/admin/v1/tokens"), ("GET", "/admin/v1/events"), ("POST", "/admin/v1/tokens"),
        ("POST", "/admin/v1/backup"), ("GET", "/metrics"), ("GET", "/admin/v1/passwords"), ("POST", "/admin/v1/leaks"),
    ]:
        for headers in ([], [bearer(token)], [("X-Forwarded-For", "127.0.0.1")]):
            assert desk.ask(target, headers, method).status == 404, target
        assert ask(admin, target, [("Content-Length", "0")], method).status != 404, target


def test_many_connections_are_nobodys_in_particular(desk, token):
    with contextlib.ExitStack() as stack:
        for _ in range(400):  # more than limits.connections_per_address
            connection = stack.enter_context(socket.socket(socket.AF_UNIX))
            connection.connect(str(desk.path))
        assert desk.ask("/verify/maven", [bearer(token)]).status == 200


# The file


@pytest.mark.skipif(os.geteuid() != 0, reason="only root runs programs as other users")
def test_who_may_connect_is_said_by_mode_and_group():
    def may_connect(path, group=65534):
        """Whether a process of another user, in that group, gets a connection."""
        code = f"import socket; socket.socket(socket.AF_UNIX).connect({str(path)!r})"
        result = subprocess.run(
            ["/usr/bin/python3", "-c", code], user=65534, group=group, extra_groups=[], capture_output=True,
            text=True, timeout=30)
        assert result.returncode == 0 or "PermissionError" in result.stderr, result.stderr
        return result.returncode == 0

    www_data = int(re.search(r"^www-data:x:(\d+):", open("/etc/group").read(), re.M)[1])
    for more, mode, anybody, group in [
        ("", 0o660, False, False), ('listen_mode: "0600"', 0o600, False, False),
        ("listen_group: www-data", 0o660, False, True), ('listen_mode: "0666"', 0o666, True, True),
    ]:
        with open_folder() as folder, SocketJeton(folder, written(folder, more)) as desk:
            assert stat.S_IMODE(desk.path.stat().st_mode) == mode
            assert (may_connect(desk.path), may_connect(desk.path, www_data)) == (anybody, group), more
            assert stat.S_IMODE(desk.data.stat().st_mode) == 0o700
    with open_folder() as folder:
        config = written(folder, "listen_group: no-such-group")
        failed = subprocess.run(
            [BINARY, "serve", "--data", folder / "data", "--config", config, "--listen", f"unix:{folder}/gate.sock"],
            capture_output=True, text=True, timeout=60)
        assert (failed.returncode, failed.stderr.splitlines()[-1]) == (
            1, f"jeton: cannot listen on {folder}/gate.sock: this machine has no group “no-such-group”")
        assert not (folder / "gate.sock").exists()


def test_a_file_that_a_killed_server_left_is_replaced(tmp_path):
    with SocketJeton(tmp_path, written(tmp_path)) as desk:
        desk.kill()
        assert desk.path.is_socket()
        desk.start()
        assert desk.ask("/healthz").status == 200
        assert desk.stop() == 0
        assert not desk.path.exists()


def test_a_second_server_at_the_path_is_refused_and_a_file_of_another_is_left_alone(tmp_path):
    (tmp_path / "other").mkdir()
    with SocketJeton(tmp_path, written(tmp_path)) as desk:
        def serve(path):
            return subprocess.run(
                [BINARY, "serve", "--data", tmp_path / "other/data", "--config", desk.config, "--listen", f"unix:{path}"],
                capture_output=True, text=True, timeout=60)

        refused = serve(desk.path)
        assert (refused.returncode, refused.stderr.splitlines()[-1]) == (
            1, f"jeton: cannot listen on {desk.path}: something else listens there")
        assert desk.ask("/healthz").status == 200
        plain = serve(desk.config)
        assert (plain.returncode, plain.stderr.splitlines()[-1]) == (
            1, f"jeton: cannot listen on {desk.config}: the file there is not a socket")
        assert desk.config.read_text().startswith(CONFIG)

        desk.path.unlink()
        with SocketJeton(tmp_path / "other", desk.config) as other:
            other.path = desk.path
            other.stop()
            other.start()
            desk.stop()
            assert other.path.is_socket()
            assert other.ask("/healthz").status == 200


def test_the_command_line_finds_a_server_that_listens_at_a_socket_alone(desk):
    assert desk.run("ready").stdout == "ready\n"
    checked = subprocess.run(
        [BINARY, "check-config", "--config", desk.config], env={**os.environ, "JETON_LISTEN": desk.address},
        capture_output=True, text=True, timeout=30, check=True)
    assert f"listen      unix:{desk.path}\n" in checked.stdout and checked.stderr == ""
    greeting = desk.greeting.read_text()
    assert greeting.startswith(f"Jeton listens at {desk.path}, for the proxy at https://tokens.example.com/\n")


# Restarts


class Load:
    """Requests one after another from several threads, and every answer that was not 200."""

    def __init__(self, send, threads=4):
        self.send, self.count, self.faults, self.ends = send, 0, [], threading.Event()
        self.threads = [threading.Thread(target=self._run) for _ in range(threads)]

    def _run(self):
        while not self.ends.is_set():
            try:
                found = self.send()
            except Exception as error:
                found = repr(error)
            self.count += 1
            if found != 200:
                self.faults.append(found)

    def __enter__(self):
        for thread in self.threads:
            thread.start()
        return self

    def __exit__(self, *_):
        self.ends.set()
        for thread in self.threads:
            thread.join(timeout=60)


def restart(desk, load, times=5):
    for _ in range(times):
        before = load.count
        wait_for(lambda: load.count > before + 100)
        assert desk.stop() == 0
        time.sleep(0.3)  # as long as a service manager may take: they wait
        desk.start()
        before = load.count
        wait_for(lambda: load.count > before + 100)


@pytest.fixture(scope="module")
def kept(tmp_path_factory):
    """A server at a socket that outlasts it."""
    folder = tmp_path_factory.mktemp("kept")
    desk = SocketJeton(folder, written(folder, 'log: { grants: false }'))
    desk.keep()
    with desk:
        desk.add_user("alice")
        yield desk


class Patient(AtSocket):
    """A proxy that waits for Jeton for a minute: a restart takes as long as it does on a machine with other work."""

    def written(self, text):
        return re.sub(r"\b5s\b", "60s", super().written(text)).replace("timeout = 2000", "timeout = 60000")


@pytest.mark.parametrize("proxy_at", PROXIES_AT_SOCKETS, ids=lambda proxy: proxy.name)
def test_a_restart_under_load_refuses_nobody(proxy_at, kept, service, tmp_path):
    token = kept.make_token(f"load {proxy_at.name}")
    with Patient(proxy_at, tmp_path, path=kept.path, service=service.port) as proxy:
        # HAProxy 2.6 mixes up requests of several threads in a Lua filter, whoever it asks, and may end by that.
        threads = 1 if proxy_at.name == "haproxy" else 4
        with Load(lambda: ask_proxy(proxy, headers=[bearer(token)]).status, threads) as load:
            restart(kept, load)
    assert load.faults == [] and load.count > 1000


def test_a_restart_under_load_refuses_nobody_who_connects_anew(kept):
    token = kept.make_token("load")
    with Load(lambda: kept.ask("/verify/maven", [bearer(token), ("Connection", "close")]).status) as load:
        restart(kept, load, times=10)
    assert load.faults == [] and load.count > 2000
    assert kept.path.is_socket()


def test_a_port_that_is_kept_open_loses_nobody_either(tmp_path):
    desk = Jeton(tmp_path, config=written(tmp_path))
    with socket.create_server(("127.0.0.1", desk.port), backlog=4096) as kept:
        desk.prefix = [sys.executable, "-c", PASSING, str(kept.fileno())]
        os.set_inheritable(kept.fileno(), True)
        popen = subprocess.Popen

        def passing(*arguments, **options):
            return popen(*arguments, **options, pass_fds=[kept.fileno()])

        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(subprocess, "Popen", passing)
            with desk:
                desk.add_user("alice")
                token = desk.make_token("load")

                def send():
                    headers = {"Authorization": f"Bearer {token}", "Connection": "close"}
                    return desk.verify(headers=headers, timeout=60).status_code

                with Load(send) as load:
                    restart(desk, load)
        assert load.faults == [] and load.count > 500


def test_a_socket_that_the_configuration_does_not_name_is_refused(tmp_path):
    desk = SocketJeton(tmp_path, written(tmp_path))
    desk.keep()
    elsewhere = tmp_path / "elsewhere.sock"
    result = subprocess.run(
        [*desk.prefix, BINARY, "serve", "--data", desk.data, "--config", desk.config, "--listen", f"unix:{elsewhere}"],
        pass_fds=[desk.kept.fileno()], capture_output=True, text=True, timeout=60)
    assert (result.returncode, result.stderr.splitlines()[0]) == (
        2, f"jeton: systemd passes a socket at unix:{desk.path}, but `listen` is unix:{elsewhere}: make ListenStream= in "
           "jeton.socket and `listen` the same")
    assert not desk.data.exists() and not elsewhere.exists()
    desk.kept.close()


@pytest.mark.skipif(not shutil.which("systemd-socket-activate"), reason="systemd is not installed")
def test_systemd_passes_the_socket(tmp_path):
    desk = SocketJeton(tmp_path, written(tmp_path))
    with (tmp_path / "log").open("wb") as log:
        process = subprocess.Popen(
            ["systemd-socket-activate", "--listen", desk.path, BINARY, "serve", "--data", desk.data, "--config",
             desk.config, "--listen", desk.address], stdin=subprocess.DEVNULL, stdout=log, stderr=log)
    try:
        wait_for(desk.path.is_socket)
        # The first connection starts the server, and is answered by it.
        assert desk.ask("/healthz").status == 200
    finally:
        process.terminate()
        assert process.wait(timeout=20) == 0, (tmp_path / "log").read_text()
    assert desk.path.is_socket()
