"""A house moves from SQLite to PostgreSQL, broken off at one point after the other, and is the same there."""

import contextlib
import os
import shutil
import sqlite3
import subprocess

import pytest

from jeton import BINARY, Jeton, in_seconds, wait_for
from postgresql import PostgreSQL, configuration, held

# What nodes that start together wait for, as PostgreSQLMigrations names it.
MIGRATIONS_LOCK = 0x6A65746F6E000001
EVENTS = 60_000


@pytest.fixture(scope="module")
def postgresql():
    with PostgreSQL() as server:
        yield server


@pytest.fixture(scope="module")
def house(tmp_path_factory):
    """A house on SQLite that was stopped, and what it answered."""
    folder = tmp_path_factory.mktemp("house")
    with Jeton(folder) as server:
        house = Told(server)
        assert server.stop() == 0
    # Enough of something that it does not arrive at once.
    with contextlib.closing(sqlite3.connect(server.data / "jeton.db")) as ledger, ledger:
        ledger.execute(
            f"""
            WITH RECURSIVE numbers (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM numbers WHERE n < {EVENTS})
            INSERT INTO events (id, at, kind, actor, subject, token, address, detail)
            SELECT n, n, 'signed_in', NULL, NULL, NULL, '192.0.2.1', 'number ' || n FROM numbers
            """)
    return house


class Told:
    """People and tokens of all kinds, and what a server says of them."""

    def __init__(self, server):
        self.data = server.data
        server.add_user("alice", "--admin")
        server.add_user("bob")
        self.tokens = {
            "live": server.make_token("live"),
            "narrow": server.make_token("narrow", "--scope", "maven:read"),
            "other": server.make_token("other", "--scope", "git"),
            "bound": server.make_token("bound", "--from", "192.0.2.0/24"),
            "revoked": server.make_token("revoked"),
            "bob's": server.make_token("bob's", user="bob"),
        }
        api = server.api()
        self.tokens["expired"] = api.create(name="expired", expires_at=in_seconds(1)).secret
        self.session = server.sign_in()
        for _ in range(3):
            assert server.verify(headers=self.headers("live")).status_code == 200
        server.revoke("revoked")
        server.run("user", "suspend", "bob")
        wait_for(lambda: self.verdict(server, "expired") == (401, "expired"))
        self.verdicts = self.all_verdicts(server)
        # A restart has the uses written, which the lists tell.
        assert server.stop() == 0
        server.start()
        self.lists = self.all_lists(server)

    def headers(self, name):
        return {"Authorization": f"Bearer {self.tokens[name]}", "User-Agent": "curl/8.1"}

    def verdict(self, server, name):
        answer = server.verify(method="PUT", headers=self.headers(name))
        return answer.status_code, answer.headers.get("X-Jeton-Reason")

    def all_verdicts(self, server):
        return {name: self.verdict(server, name) for name in self.tokens}

    def all_lists(self, server):
        session = self.session.get(server.url + "/tokens", allow_redirects=False)
        assert session.status_code == 200
        return [
            server.run("token", "list", "--all", "--json").stdout,
            server.run("user", "list", "--all", "--json").stdout,
            [name for name in self.tokens if f">{name}<" in session.text],
        ]


class Migration:
    """`jeton migrate` while it runs."""

    def __init__(self, source, postgresql, database, *arguments, log):
        self.postgresql, self.database, self.log = postgresql, database, log
        with log.open("wb") as stream:
            self.process = subprocess.Popen(
                [BINARY, "migrate", "--from", f"sqlite:{source}", "--to", postgresql.address(database), *arguments],
                stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=stream, text=True)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.kill()
        self.process.wait()
        self.process.stdout.close()

    def waits_for_a_lock(self):
        assert self.process.poll() is None, self.log.read_text()
        waiting = self.postgresql.ask(
            "SELECT count(*) FROM pg_stat_activity "
            f"WHERE datname = '{self.database}' AND wait_event_type = 'Lock' AND application_name = 'jeton'")
        return waiting == "1"

    def says(self, words):
        assert self.process.poll() is None, self.log.read_text()
        return words in self.log.read_text()

    def end(self):
        output, _ = self.process.communicate(timeout=120)
        return self.process.returncode, output, self.log.read_text()


def migrate(*arguments, environment=None):
    return subprocess.run(
        [BINARY, "migrate", *map(str, arguments)], env={**os.environ, **(environment or {})},
        stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=120)


def test_a_house_that_is_moved_with_a_crash_at_every_point_is_the_same(house, postgresql, tmp_path):
    postgresql.ask("CREATE DATABASE moved")
    source = house.data / "jeton.db"
    before = source.read_bytes()

    def begin():
        return Migration(source, postgresql, "moved", log=tmp_path / "migrate.log")

    def serve():
        result = subprocess.run(
            [BINARY, "serve", "--data", tmp_path / "other", "--listen", "127.0.0.1:0"], timeout=60,
            env={**os.environ, "JETON_LEDGER": postgresql.address("moved")}, capture_output=True, text=True)
        assert result.returncode == 1
        return result.stderr

    # Killed before there are tables, as soon as it copies, within the last rows, when it reads them again, and
    # when it is about to say that all is there.
    with held(postgresql.address("moved"), f"SELECT pg_advisory_xact_lock({MIGRATIONS_LOCK})"), begin() as migration:
        wait_for(migration.waits_for_a_lock, seconds=60)
    with begin() as migration:
        wait_for(lambda: migration.says("copying"), seconds=60, every=0.001)
    assert "a migration into this database is unfinished" in serve()
    blocks = [
        f"INSERT INTO events (id, at, kind, actor, subject, token, address, detail) VALUES ({EVENTS - 1}, 0, '', NULL, NULL, NULL, '', '')",
        "LOCK TABLE sessions IN ACCESS EXCLUSIVE MODE",
        "LOCK TABLE change_head IN SHARE MODE",
    ]
    for sql in blocks:
        with held(postgresql.address("moved"), sql), begin() as migration:
            wait_for(migration.waits_for_a_lock, seconds=60)
        assert "a migration into this database is unfinished" in serve()
    assert int(postgresql.ask("SELECT count(*) FROM events", "moved")) > EVENTS
    with begin() as migration:
        code, output, log = migration.end()
    assert code == 0, log
    assert "Everything is moved and verified" in output
    assert "comparing rows of an earlier run" in log and "verifying" in log
    with begin() as migration:
        code, output, log = migration.end()
    assert code == 0 and "Everything was moved by an earlier run, and is the same" in output, log
    assert source.read_bytes() == before

    node = Jeton(tmp_path, config=configuration(tmp_path, ledger=postgresql.address("moved")))
    node.data.mkdir(mode=0o700)
    shutil.copy2(house.data / "jeton.key", node.data)
    with node:
        assert house.all_verdicts(node) == house.verdicts
        assert house.all_lists(node) == house.lists
        token = node.make_token("made here")
        assert node.status(token) == 200
        node.revoke("live")
        assert house.verdict(node, "live") == (401, "revoked")


def test_a_running_jeton_is_noticed_wherever_its_ledger_is(postgresql, tmp_path):
    postgresql.ask("CREATE DATABASE untouched")
    (tmp_path / "elsewhere").mkdir()
    places = [tmp_path / "data" / "jeton.db", tmp_path / "elsewhere" / "ledger.db"]
    for place in places:
        with Jeton(tmp_path, config=configuration(tmp_path, ledger=f"sqlite:{place}")) as server:
            result = migrate("--from", f"sqlite:{place}", "--to", postgresql.address("untouched"))
            assert result.returncode == 1
            assert "stop" in result.stderr
            if place.parent != server.data:
                assert f"process {server.process.pid} has {place} open" in result.stderr
    assert postgresql.ask("SELECT count(*) FROM pg_tables WHERE schemaname = 'public'", "untouched") == "0"


def test_what_is_typed_is_held_to_what_there_is(house, postgresql, tmp_path):
    source = f"sqlite:{house.data}/jeton.db"
    rows = [
        (source, "postgres://jeton:s3cr3t-w0rd@127.0.0.1/jeton", 2, "PGPASSWORD"),
        (source, "postgres://jeton@127.0.0.1/jeton?password=s3cr3t-w0rd", 2, "PGPASSWORD"),
        (source, "postgres://jeton@127.0.0.1/jeton?sslkey=k&sslpassword=s3cr3t-w0rd", 2, "use a key without a password"),
        (source, f"sqlite:{tmp_path}/other.db", 2, "--to: a ledger can only be moved to PostgreSQL"),
        (postgresql.address(), postgresql.address(), 2, "and not back"),
        (f"sqlite:{tmp_path}/missing.db", postgresql.address(), 1, "there is no ledger"),
        (source, "postgres://jeton@127.0.0.1:1/jeton", 1, "to postgres://jeton@127.0.0.1:1/jeton"),
    ]
    for origin, target, code, words in rows:
        result = migrate("--from", origin, "--to", target, environment={"PGPASSWORD": "s3cr3t-w0rd"})
        assert result.returncode == code, result.stderr
        assert words in result.stderr
        assert "s3cr3t" not in result.stderr + result.stdout


def test_it_proves_itself_by_a_password_that_is_not_on_the_command_line(house, postgresql, tmp_path):
    right, wrong = "s3cr3t-w0rd", "an0ther-w0rd"
    postgresql.ask(f"CREATE ROLE guarded LOGIN PASSWORD '{right}'")
    rules = postgresql.folder / "data/pg_hba.conf"
    rules.write_text("host all guarded 127.0.0.1/32 scram-sha-256\n" + rules.read_text())
    postgresql.ask("SELECT pg_reload_conf()")
    files = {}
    for password in (right, wrong):
        (tmp_path / password[:2]).mkdir()
        files[password] = tmp_path / password[:2] / "password"
        files[password].write_text(password + "\n")
        files[password].chmod(0o600)

    def move(database, *arguments, **environment):
        postgresql.ask(f"CREATE DATABASE {database} OWNER guarded")
        target = f"postgres://guarded@127.0.0.1:{postgresql.port}/{database}"
        result = migrate(
            "--from", f"sqlite:{house.data}/jeton.db", "--to", target, *arguments, environment=environment)
        assert right not in result.stderr + result.stdout and wrong not in result.stderr + result.stdout
        return result

    for database, password in (("by_file", right), ("by_wrong_file", wrong)):
        config = configuration(files[password].parent, postgresql={"password_file": str(files[password])})
        # The file's goes before the environment's.
        result = move(database, "--config", config, PGPASSWORD=wrong)
        if password == right:
            assert result.returncode == 0 and "Everything is moved and verified" in result.stdout, result.stderr
        else:
            assert result.returncode == 1 and "password authentication failed" in result.stderr
    result = move("by_environment", PGPASSWORD=right)
    assert result.returncode == 0 and "Everything is moved and verified" in result.stdout, result.stderr
    result = move("by_nothing")
    assert result.returncode == 1 and "no password supplied" in result.stderr


def test_it_goes_through_a_pooler_that_hands_connections_out_by_the_transaction(house, postgresql, tmp_path):
    postgresql.ask("CREATE DATABASE pooled")
    config = configuration(tmp_path, postgresql={"prepared_statements": False})
    through = f"postgres://jeton@/pooled?host={postgresql.folder}&port=6432"
    arguments = ["--from", f"sqlite:{house.data}/jeton.db", "--to", through, "--config", config]
    for words in ("Everything is moved and verified", "Everything was moved by an earlier run, and is the same"):
        result = migrate(*arguments)
        assert result.returncode == 0 and words in result.stdout, result.stderr
    with Jeton(tmp_path, config=configuration(
            tmp_path, ledger=through, postgresql={"prepared_statements": False})) as node:
        assert house.all_verdicts(node) == house.verdicts


def test_it_can_be_quiet(house, postgresql):
    postgresql.ask("CREATE DATABASE quiet")
    result = migrate("--from", f"sqlite:{house.data}/jeton.db", "--to", postgresql.address("quiet"), "--quiet")
    assert (result.returncode, result.stderr) == (0, "")
