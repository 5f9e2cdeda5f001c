"""Exports of events: to a file, to a real rsyslog over TLS that is killed and cut off, and to an HTTPS collector that
fails. Nothing is lost and nothing reordered; what arrives twice has the same identifier."""

import contextlib
import datetime
import http.server
import itertools
import json
import random
import re
import signal
import socket
import sqlite3
import ssl
import struct
import subprocess
import threading
import time

import jsonschema_rs
import pytest
from ocsf_json_schema import OcsfJsonSchemaEmbedded, get_ocsf_schema

from jeton import ROOT, Jeton, accepts, free_port, wait_for
from postgresql import PostgreSQL, node
from test_tls import Pair
from test_transition import Clock

RSYSLOG = """
global(workDirectory="{folder}" maxMessageSize="64k"
       defaultNetstreamDriver="gtls" defaultNetstreamDriverCAFile="{certificate}"
       defaultNetstreamDriverCertFile="{certificate}" defaultNetstreamDriverKeyFile="{key}")
main_queue(queue.type="Direct")
module(load="imtcp" streamDriver.name="gtls" streamDriver.mode="1" streamDriver.authMode="{mode}")
template(name="line" type="string" string="%pri% %app-name% %msgid% %msg%\\n")
ruleset(name="all" queue.type="Direct") {{
    action(type="omfile" file="{out}" template="line" asyncWriting="off" flushOnTXEnd="on")
}}
input(type="imtcp" address="127.0.0.1" port="{port}" ruleset="all")
"""


class Rsyslog:
    """A real rsyslog, which writes what it gets to a file before it reads on."""

    def __init__(self, folder, pair, mode="anon"):
        self.folder, self.port, self.out = folder, free_port(), folder / "received"
        self.out.touch()
        self.config = folder / "rsyslog.conf"
        self.config.write_text(RSYSLOG.format(
            folder=folder, certificate=pair.certificate, key=pair.key, port=self.port, out=self.out, mode=mode))
        self.process = None

    def start(self):
        (self.folder / "pid").unlink(missing_ok=True)
        self.process = subprocess.Popen(
            ["/usr/sbin/rsyslogd", "-n", "-f", self.config, "-i", self.folder / "pid"],
            stdout=subprocess.DEVNULL, stderr=(self.folder / "errors").open("ab"))
        wait_for(lambda: accepts(self.port))
        return self

    def kill(self):
        self.process.send_signal(signal.SIGKILL)
        self.process.wait()

    def __enter__(self):
        return self.start()

    def __exit__(self, *_):
        self.kill()

    def documents(self):
        """What arrived, without a last line that a kill has cut."""
        documents = []
        for line in self.out.read_text().splitlines():
            with contextlib.suppress(ValueError):
                documents.append(json.loads(line.split(" ", 3)[3]))
        return documents


class Relay:
    """Passes a connection on to a port, and cuts it at random while `cuts` is set."""

    def __init__(self, target):
        self.target, self.cuts, self.count = target, False, 0
        self.socket = socket.create_server(("127.0.0.1", 0))
        self.port = self.socket.getsockname()[1]
        threading.Thread(target=self._serve, daemon=True).start()

    def _serve(self):
        while True:
            try:
                client, _ = self.socket.accept()
            except OSError:
                return
            threading.Thread(target=self._pass, args=(client,), daemon=True).start()

    def _pass(self, client):
        try:
            server = socket.create_connection(("127.0.0.1", self.target))
        except OSError:
            return self._reset(client)
        if self.cuts and random.random() < 0.5:
            self.count += 1
            threading.Timer(random.random() * 0.05, lambda: (self._reset(client), self._reset(server))).start()
        threading.Thread(target=self._copy, args=(server, client), daemon=True).start()
        self._copy(client, server)

    @staticmethod
    def _reset(peer):
        with contextlib.suppress(OSError):
            peer.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            peer.close()

    @staticmethod
    def _copy(source, target):
        try:
            while data := source.recv(random.choice([100, 4096])):
                target.sendall(data)
            target.shutdown(socket.SHUT_WR)
        except OSError:
            Relay._reset(source)
            Relay._reset(target)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.socket.close()


class Collector:
    """An HTTPS collector that fails now and then, also after it has taken a batch."""

    def __init__(self, pair):
        self.documents, self.headers, self.fails, self.failures = [], [], False, 0
        collector = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_POST(self):
                body = self.rfile.read(int(self.headers["Content-Length"]))
                collector.headers.append(dict(self.headers))
                fate = random.choice(["early", "late", "silent", "good"]) if collector.fails else "good"
                if fate != "good":
                    collector.failures += 1
                if fate in ("late", "silent", "good"):
                    if self.headers["Content-Type"] == "application/json":
                        collector.documents += json.loads(body)
                    else:
                        collector.documents += [json.loads(line) for line in body.splitlines()]
                if fate == "silent":
                    self.connection.close()
                    return
                self.send_response(200 if fate == "good" else 503)
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, *_):
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(pair.certificate, pair.key)
        self.server.socket = context.wrap_socket(self.server.socket, server_side=True)
        self.port = self.server.server_address[1]
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.server.shutdown()


@pytest.fixture(scope="module")
def pair(tmp_path_factory):
    return Pair(tmp_path_factory.mktemp("pair"), "receiver")


def uid(document):
    return document["metadata"]["uid"] if "metadata" in document else document["id"]


def all_events(jeton):
    """Every event of the ledger, oldest first."""
    text = jeton.run("events", "--after", "", "--limit", "1000000", "--json").stdout
    return [json.loads(line) for line in text.splitlines()]


def first_of_each(documents):
    return list(dict.fromkeys(uid(document) for document in documents))


def wait_for_all(jeton, documents, seconds=60):
    """Waits until everything has arrived, and checks that it is in order and whole."""
    known = [event["id"] for event in all_events(jeton)]
    assert len(known) >= 3
    wait_for(lambda: set(known) <= {uid(document) for document in documents()}, seconds)
    arrived = first_of_each(documents())
    assert arrived[:len(known)] == known
    return known


class Changes:
    """Makes tokens from several threads until it is left."""

    numbers = itertools.count()

    def __init__(self, *nodes, threads=3):
        self.apis = [one.api(f"maker {next(self.numbers)}") for _ in range(threads) for one in nodes]
        self.is_over, self.count = threading.Event(), 0
        self.threads = [threading.Thread(target=self._make, args=(api,)) for api in self.apis]

    def _make(self, api):
        while not self.is_over.is_set():
            api.revoke(api.create(name=f"“{next(self.numbers)}”").id)
            self.count += 1

    def __enter__(self):
        for thread in self.threads:
            thread.start()
        return self

    def __exit__(self, *_):
        self.is_over.set()
        for thread in self.threads:
            thread.join()


def exporting(folder, exports, **sections):
    folder.mkdir(exist_ok=True)
    config = folder / "jeton.yaml"
    config.write_text(json.dumps({"services": {"maven": {}}, "exports": exports, **sections}, default=str))
    return Jeton(folder, config)


def validate(documents):
    """Checks documents by the schema of their class in OCSF 1.5."""
    schemas = {}
    ocsf = OcsfJsonSchemaEmbedded(get_ocsf_schema(version="1.5.0"))
    for document in documents:
        kind = document["class_uid"]
        if kind not in schemas:
            name = ocsf.lookup_class_name_from_uid(kind)
            schemas[kind] = jsonschema_rs.validator_for(ocsf.get_class_schema(name, []))
        schemas[kind].validate(document)


def test_rsyslog_gets_everything_in_order_though_it_is_killed_and_cut_off(tmp_path, pair):
    with Rsyslog(tmp_path, pair) as rsyslog, Relay(rsyslog.port) as relay:
        jeton = exporting(tmp_path / "jeton", {
            "syslog": {"address": f"127.0.0.1:{relay.port}", "ca_file": pair.certificate}})
        with jeton:
            jeton.add_user("alice", "--admin")
            with Changes(jeton) as changes:
                wait_for(lambda: len(rsyslog.documents()) > 10)
                relay.cuts = True
                for _ in range(6):
                    time.sleep(random.random())
                    rsyslog.kill()
                    time.sleep(random.random())
                    rsyslog.start()
                    before = len(rsyslog.documents())
                    wait_for(lambda: len(rsyslog.documents()) > before, 90)
            # The sender is killed, too, and goes on where it was.
            jeton.kill()
            jeton.start()
            relay.cuts = False
            known = wait_for_all(jeton, rsyslog.documents, 120)
            assert relay.count > 0 and changes.count > 20
            log = jeton.log.read_text()
            assert "the export `syslog` fails" in log and "the export `syslog` works again" in log
            assert "over TLS" in log
        print(f"{len(known)} events, {len(rsyslog.documents())} messages, {relay.count} cuts")
        line = rsyslog.out.read_text().splitlines()[0].split(" ", 3)
        assert line[0] in ("86", "84") and line[1] == "jeton"
        validate({uid(found): found for found in rsyslog.documents()}.values())


KINDS = re.findall(r'^        case \w+ = "(\w+)"$', (ROOT / "Sources/Ledger/EventLedger.swift").read_text(), flags=re.M)


@pytest.fixture
def old_events(tmp_path):
    """A ledger with events of every kind, with and without what an event may name, and the node that exports them."""
    out = tmp_path / "events.jsonl"
    jeton = exporting(tmp_path / "jeton", {"file": {"path": out}})
    jeton.add_user("alice", "--admin")
    jeton.start()
    jeton.run("account", "add", "bot-ci", "--purpose", "Builds", "--owners", "dev", "--steward", "alice")
    jeton.make_token("CI", "--scope", "maven")
    assert jeton.stop() == 0
    with contextlib.closing(sqlite3.connect(jeton.data / "jeton.db")) as ledger, ledger:
        last, at = ledger.execute("SELECT MAX(id), MAX(at) FROM events").fetchone()
        people = [id for id, in ledger.execute("SELECT id FROM subjects")]
        token, = ledger.execute("SELECT id FROM tokens").fetchone()
        for kind, full in itertools.product(KINDS, (True, False)):
            last += 1
            subject = random.choice(people) if full else None
            ledger.execute(
                "INSERT INTO events (id, at, kind, actor, subject, token, address, detail, incident) "
                "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
                (last, at, kind, subject, subject, token if full else None, "192.0.2.1" if full else "",
                 f"detail of {kind}" if full else "", 7 if full else None))
    return jeton, out


def test_an_event_of_every_kind_is_valid_in_ocsf(old_events):
    jeton, out = old_events
    assert len(KINDS) > 45 and "incident_opened" in KINDS
    with jeton:
        def documents():
            return [json.loads(line) for line in out.read_text().splitlines()]
        wait_for(lambda: out.exists() and KINDS[-1] in out.read_text() and len(documents()) >= 2 * len(KINDS))
        found = documents()
    validate(found)
    assert {document["metadata"]["event_code"] for document in found} >= set(KINDS)
    page = (ROOT / "docs/operate/events.md").read_text()
    assert [kind for kind in KINDS if f"`{kind}`" not in page] == [], "every kind is documented"
    incident = next(document for document in found if document["metadata"]["event_code"] == "incident_opened")
    assert incident["entity"]["type"] == "Incident" and incident["severity"] == "High"
    assert incident["metadata"]["correlation_uid"] == "incident-7"


def test_old_events_end_once_they_are_exported(tmp_path):
    """What was made two days ago, by a clock."""
    folder, out = tmp_path / "jeton", tmp_path / "events.jsonl"
    with Clock(tmp_path) as clock:
        past = datetime.datetime.now(datetime.timezone.utc) - datetime.timedelta(days=2)
        clock.set(past.strftime("%Y-%m-%d %H:%M:%S"))
        before = exporting(folder, {})
        before.environment = clock.environment
        with before:
            before.add_user("alice", "--admin")
            before.make_token("old")
            assert before.stop() == 0
    jeton = exporting(
        folder, {"file": {"path": out, "format": "json"}}, events={"keep": "1d", "keep_addresses": "12h"})

    def created():
        return [event["detail"].split()[0] for event in all_events(jeton) if event["kind"] == "token_created"]
    with jeton:
        jeton.make_token("new")
        wait_for(lambda: out.exists() and '"new' in out.read_text())
        assert created()[-1] == "new"
        assert jeton.stop() == 0
    # What ends, ends at the start of a server and each hour.
    with jeton:
        wait_for(lambda: created() == ["new"])
    assert '"old' in out.read_text(), "what was exported stays where it is"


def test_several_nodes_send_each_event_in_order_and_another_takes_over(tmp_path, pair):
    with PostgreSQL() as server, Rsyslog(tmp_path, pair) as rsyslog, contextlib.ExitStack() as stack:
        exports = {"syslog": {
            "address": f"127.0.0.1:{rsyslog.port}", "ca_file": str(pair.certificate), "format": "json"}}
        nodes = [node(tmp_path / name, server, exports=exports) for name in "ab"]
        for one in nodes:
            stack.callback(lambda one=one: one.process and one.kill())
            one.start()
        nodes[0].add_user("alice", "--admin")
        with Changes(*nodes, threads=2):
            wait_for(lambda: len(rsyslog.documents()) > 20)
            sending = [one for one in nodes if 'jeton_export_sending{export="syslog"} 1' in metrics(one)]
            assert len(sending) == 1
        sending[0].kill()
        other = next(one for one in nodes if one is not sending[0])
        with Changes(other):
            # The lease of the node that is gone ends.
            wait_for(lambda: 'jeton_export_sending{export="syslog"} 1' in metrics(other), 60)
        wait_for_all(other, rsyslog.documents)


def metrics(jeton):
    return subprocess.run(
        ["curl", "-s", "--unix-socket", jeton.data / "jeton.sock", "http://localhost/metrics"],
        capture_output=True, text=True, check=True).stdout


def test_a_server_that_is_not_trusted_gets_nothing(tmp_path, pair):
    other = Pair(tmp_path, "other")
    with Rsyslog(tmp_path, pair) as rsyslog:
        with exporting(tmp_path / "jeton", {
                "syslog": {"address": f"127.0.0.1:{rsyslog.port}", "ca_file": other.certificate}}) as jeton:
            jeton.add_user("alice")
            wait_for(lambda: "no secure connection" in jeton.log.read_text())
            assert rsyslog.documents() == []
            assert 'jeton_export_failures_total{export="syslog"} 0' not in metrics(jeton)


def test_a_client_certificate_is_shown(tmp_path, pair):
    with Rsyslog(tmp_path, pair, mode="x509/certvalid") as rsyslog:
        with exporting(tmp_path / "jeton", {"syslog": {
                "address": f"127.0.0.1:{rsyslog.port}", "ca_file": pair.certificate,
                "certificate": pair.certificate, "key": pair.key}}) as jeton:
            jeton.add_user("alice")
            wait_for(lambda: rsyslog.documents())


def test_a_file_is_appended_to_also_after_logrotate(tmp_path):
    out = tmp_path / "events.jsonl"
    with exporting(tmp_path / "jeton", {"file": {"path": out, "format": "json"}}) as jeton:
        jeton.add_user("alice", "--admin")
        wait_for(lambda: out.exists() and "subject_added" in out.read_text())
        assert oct(out.stat().st_mode & 0o777) == "0o640"
        out.rename(tmp_path / "events.1")
        # A line that was cut is ended, and its event is written again.
        out.write_text('{"cut": ')
        jeton.make_token("CI")
        wait_for(lambda: "token_created" in out.read_text())
        lines = out.read_text().splitlines()
        assert lines[0] == '{"cut": '

        def documents():
            texts = (tmp_path / "events.1").read_text().splitlines() + out.read_text().splitlines()[1:]
            return [json.loads(text) for text in texts]
        wait_for_all(jeton, documents)
        assert documents() == all_events(jeton)


@pytest.mark.parametrize("body", ["lines", "array"])
def test_a_collector_gets_everything_though_it_fails(tmp_path, pair, body):
    header = tmp_path / "header"
    header.write_text("Authorization: Splunk 12345\n")
    with Collector(pair) as collector:
        with exporting(tmp_path / "jeton", {"https": {
                "url": f"https://127.0.0.1:{collector.port}/events", "ca_file": pair.certificate,
                "header_file": header, "body": body}}) as jeton:
            jeton.add_user("alice", "--admin")
            with Changes(jeton):
                wait_for(lambda: len(collector.documents) > 10)
                collector.fails = True
                wait_for(lambda: collector.failures >= 4, 90)
                collector.fails = False
            wait_for_all(jeton, lambda: list(collector.documents))
            assert collector.headers[0]["Authorization"] == "Splunk 12345"
            assert "Splunk" not in jeton.log.read_text()


def test_a_change_does_not_wait_for_an_export(tmp_path):
    with socket.create_server(("127.0.0.1", 0)) as silent:
        with exporting(tmp_path / "jeton", {"syslog": {
                "address": f"127.0.0.1:{silent.getsockname()[1]}", "transport": "tcp"}}) as jeton:
            jeton.add_user("alice", "--admin")
            began = time.monotonic()
            jeton.make_token("CI")
            assert time.monotonic() - began < 5
            wait_for(lambda: "no confirmation came in time" in jeton.log.read_text())
            assert float(metrics(jeton).split('jeton_export_lag_seconds{export="syslog"} ')[1].split()[0]) > 1
