"""Who started the server learns when it can verify, and whoever asks later does, too."""

import signal
import socket

import pytest

from jeton import Jeton, accepts
from postgresql import configuration


@pytest.mark.parametrize("kind", ["path", "abstract"])
def test_the_service_manager_is_told_once_it_verifies(tmp_path, kind):
    address = str(tmp_path / "notify")
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as manager:
        manager.bind(address if kind == "path" else "\0" + address)
        manager.settimeout(30)
        named = address if kind == "path" else "@" + address
        with Jeton(tmp_path, environment={"NOTIFY_SOCKET": named}) as jeton:
            assert manager.recv(1000) == b"READY=1"
            assert accepts(jeton.port)


def test_the_service_manager_is_told_how_long_the_stop_takes(tmp_path):
    address = str(tmp_path / "notify")
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as manager:
        manager.bind(address)
        manager.settimeout(30)
        config = configuration(tmp_path, stop={"drain": "1s"})
        with Jeton(tmp_path, config=config, environment={"NOTIFY_SOCKET": address}) as jeton:
            assert manager.recv(1000) == b"READY=1"
            assert jeton.stop() == 0
        # The time to drain, and ten seconds.
        assert manager.recv(1000) == b"STOPPING=1\nEXTEND_TIMEOUT_USEC=11000000"


def test_a_service_manager_that_does_not_listen_is_nobodys_concern(tmp_path):
    for nobody in ("/nowhere/notify", "@" + "x" * 200, "vsock:2:1", ""):
        with Jeton(tmp_path, environment={"NOTIFY_SOCKET": nobody}) as jeton:
            assert jeton.stop() == 0


def test_ready_says_whether_it_can_verify(tmp_path):
    jeton = Jeton(tmp_path)
    for why in ("No such file or directory", "Connection refused"):
        result = jeton.run("ready", check=False)
        assert result.returncode == 1
        assert f"no answer at {jeton.data}/jeton.sock: nobody answers: {why}; start the server" in result.stderr
        with jeton:
            assert jeton.run("ready").stdout == "ready\n"


def test_ready_gives_up_where_the_server_hangs(tmp_path):
    with Jeton(tmp_path) as jeton:
        jeton.process.send_signal(signal.SIGSTOP)
        try:
            result = jeton.run("ready", check=False)
        finally:
            jeton.process.send_signal(signal.SIGCONT)
        assert result.returncode == 1
        assert "jeton.sock did not answer within 5 seconds: restart it" in result.stderr
        assert jeton.run("ready").stdout == "ready\n"
