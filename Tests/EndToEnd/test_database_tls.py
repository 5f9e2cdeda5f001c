"""TLS on the way to the database, as libpq does it."""

import os
import subprocess

import pytest

from jeton import BINARY, Jeton
from postgresql import PostgreSQL, configuration


def certificate(folder, name, names):
    """A certificate that certifies itself for those names, and its key."""
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "7",
         "-subj", f"/CN={name}", "-addext", f"subjectAltName={names}", "-keyout", folder / f"{name}.key",
         "-out", folder / f"{name}.pem"],
        check=True, capture_output=True, timeout=60)
    return folder / f"{name}.pem"


@pytest.fixture(scope="module")
def database(tmp_path_factory):
    """A server that speaks TLS as `localhost`, the root that it is known by, and another one."""
    folder = tmp_path_factory.mktemp("certificates")
    with PostgreSQL() as server:
        # Whoever demands TLS goes on with nobody who speaks none.
        assert "server does not support SSL" in ask(folder, address(server, "localhost", "unread")).stderr
        root, other = (certificate(folder, name, "DNS:localhost") for name in ("server", "other"))
        # The server reads its key only where it is its own.
        for path in (root, root.with_suffix(".key")):
            place = server.folder / path.name
            place.write_bytes(path.read_bytes())
            place.chmod(0o600)
            os.chown(place, server.folder.stat().st_uid, -1)
        for key, value in {
                "ssl_cert_file": f"{server.folder}/server.pem", "ssl_key_file": f"{server.folder}/server.key",
                "ssl": "on"}.items():
            server.ask(f"ALTER SYSTEM SET {key} = '{value}'")
        server.ask("SELECT pg_reload_conf()")
        yield server, root, other


def address(server, host, root):
    return f"postgres://jeton@{host}:{server.port}/postgres?sslmode=verify-full&sslrootcert={root}"


def ask(folder, ledger):
    """What a command says that has to reach the ledger."""
    return subprocess.run(
        [BINARY, "user", "list", "--data", folder / "data", "--config", configuration(folder, ledger=ledger)],
        capture_output=True, text=True, timeout=60)


def test_the_right_root_and_name_are_taken_and_spoken_to_by_tls(database, tmp_path):
    server, root, _ = database
    with Jeton(tmp_path, config=configuration(tmp_path, ledger=address(server, "localhost", root))) as node:
        node.add_user("alice")
        assert node.status(node.make_token("ci")) == 200
        spoken = server.ask(
            "SELECT DISTINCT ssl FROM pg_stat_ssl JOIN pg_stat_activity USING (pid) "
            "WHERE application_name = 'jeton'")
        assert spoken == "t"


def test_another_root_or_name_is_refused_with_the_reason(database, tmp_path):
    server, root, other = database
    rows = [
        (address(server, "localhost", other), "certificate verify failed"),
        (address(server, "127.0.0.1", root), 'does not match host name "127.0.0.1"'),
        (address(server, "localhost", tmp_path / "missing.pem"), "does not exist"),
    ]
    for ledger, words in rows:
        refused = ask(tmp_path, ledger)
        assert refused.returncode == 1
        assert refused.stderr.startswith(f"jeton: cannot open the ledger {ledger.split('?')[0]}: ")
        assert words in refused.stderr
