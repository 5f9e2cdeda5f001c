"""What monitoring reads: by the real Prometheus and its promtool, and by whom alone."""

import http.client
import json
import re
import shutil
import signal
import socket
import subprocess
from pathlib import Path

import pytest
import requests
import yaml

from issuer import trade
from jeton import ROOT, Jeton, accepts, basic, free_port, hidden_fields, wait_for
from postgresql import PostgreSQL, configuration, node
from transmitter import AUDIENCE, CAEP, Transmitter

PROMETHEUS = ROOT / "contrib/prometheus"
OPEN_METRICS = "application/openmetrics-text; version=1.0.0; charset=utf-8"


class Figures:
    """The values of one reading, by name and labels."""

    def __init__(self, text):
        self.values = {}
        for line in text.splitlines():
            if line and not line.startswith("#"):
                name, labels, value = re.fullmatch(r"([a-z_]+)(?:\{(.*)\})? (\S+)", line).groups()
                found = re.findall(r'([a-z_]+)="([^"]*)"', labels or "")
                self.values[name, frozenset(found)] = float(value)

    @property
    def names(self):
        return {name for name, _ in self.values}

    def __call__(self, name, **labels):
        """The sum of all values of that name which have these labels."""
        found = [value for (key, own), value in self.values.items() if key == name and own >= set(labels.items())]
        assert found, f"nothing is told of {name} {labels}"
        return sum(found)


def read(port, **headers):
    answer = requests.get(f"http://127.0.0.1:{port}/metrics", headers=headers, timeout=10)
    assert answer.status_code == 200, answer.text
    return answer


def with_monitoring(folder, **keys):
    """A desk with a place for monitoring, not started yet."""
    port = free_port()
    server = Jeton(folder, config=configuration(folder, metrics={"listen": f"127.0.0.1:{port}"}, **keys))
    server.metrics_port = port
    return server


@pytest.fixture(scope="module")
def watched(tmp_path_factory):
    """A desk with a place for monitoring, and alice."""
    folder = tmp_path_factory.mktemp("watched")
    exports = {"file": {"path": str(folder / "events.jsonl")}}
    with Transmitter() as transmitter:
        signals = {"issuer": transmitter.issuer, "audience": AUDIENCE, "subject_issuer": transmitter.issuer}
        federation = {"hub": {"issuer": "https://ci.example.com", "kind": "github"}}
        with with_monitoring(folder, exports=exports, signals=signals, federation=federation) as server:
            server.add_user("alice", "--admin")
            transmitter.send(server, CAEP + "session-revoked", transmitter.subject("nobody"))
            transmitter.push(server, "refused")
            trade(server, "refused")
            yield server


@pytest.fixture(scope="module")
def shared(tmp_path_factory):
    """A node on PostgreSQL, with a place for monitoring."""
    with PostgreSQL() as database:
        port = free_port()
        server = node(
            tmp_path_factory.mktemp("shared") / "a", database, metrics={"listen": f"127.0.0.1:{port}"},
            stale_for="4s")
        server.metrics_port = port
        with server:
            server.database = database
            server.add_user("alice")
            yield server


def figures(server):
    return Figures(read(server.metrics_port).text)


def test_what_is_verified_is_counted_by_service_and_reason(watched):
    token = watched.make_token("watched", "--scope", "maven:read")
    revoked = watched.make_token("ended")
    watched.revoke("ended")
    before = figures(watched)
    for _ in range(5):
        assert watched.status(token) == 200
    assert watched.status(revoked) == 401
    assert watched.status(token, service="git") == 403
    assert watched.status(token, service="nowhere") == 500
    after = figures(watched)

    def added(**labels):
        return after("jeton_verifications_total", **labels) - before("jeton_verifications_total", **labels)

    assert added(service="maven", way="verify", verdict="granted", reason="token") == 5
    assert added(service="maven", reason="revoked") == 1
    assert added(service="git", verdict="denied", reason="insufficient_scope") == 1
    assert after("jeton_verifications_total", service="(unknown)", reason="unknown_service") == 1
    assert added() >= 7
    for status, count in (("2xx", 5), ("4xx", 2), ("5xx", 1)):
        name, labels = "jeton_http_requests_total", {"route": "verify", "status": status}
        assert after(name, **labels) - before(name, **labels) == count
    wait_for(lambda: figures(watched)("jeton_uses_written_total") >= 5)
    assert figures(watched)("jeton_uses_lost_total") == 0


def test_one_verdict_in_64_is_measured_and_every_other_answer(watched):
    token = watched.make_token("measured")
    connection = http.client.HTTPConnection("127.0.0.1", watched.port, timeout=30)
    duration = "jeton_http_request_duration_seconds"
    before = figures(watched)
    for _ in range(640):
        assert watched.status(token, connection=connection) == 200
    for _ in range(3):
        requests.get(watched.url + "/healthz", timeout=10)
    after = figures(watched)
    # One connection is one of the server's threads.
    assert after(duration + "_count", route="verify") - before(duration + "_count", route="verify") == 10
    assert after(duration + "_count", route="health") - before(duration + "_count", route="health") == 3
    assert after(duration + "_bucket", route="verify", le="+Inf") == after(duration + "_count", route="verify")
    assert 0 < after(duration + "_sum", route="verify") < 60


def test_the_index_the_build_and_the_process_are_told(watched):
    seen = figures(watched)
    assert seen("jeton_ready") == 1
    assert seen("jeton_build_info", ledger="sqlite") == 1
    watched.run("account", "add", "bot-ci", "--purpose", "Builds", "--owners", "build-team")
    seen = figures(watched)
    assert seen("jeton_index_tokens") >= 2
    assert seen("jeton_index_people") == 1 and seen("jeton_index_accounts") == 1
    assert seen("jeton_index_bytes") > 100
    process = Path(f"/proc/{watched.process.pid}")
    resident = int(re.search(r"VmRSS:\s+(\d+) kB", (process / "status").read_text()).group(1)) * 1024
    assert 0.5 < seen("process_resident_memory_bytes") / resident < 2
    assert abs(seen("process_open_fds") - len(list((process / "fd").iterdir()))) < 10
    started = float(subprocess.run(
        ["ps", "-o", "etimes=", "-p", str(watched.process.pid)], capture_output=True, text=True, check=True).stdout)
    now = float(subprocess.run(["date", "+%s.%N"], capture_output=True, text=True, check=True).stdout)
    assert abs(now - seen("process_start_time_seconds") - started) < 5
    assert 0 < seen("process_cpu_seconds_total") < 600
    assert "jeton_change_lag_seconds" not in seen.names


def test_sign_ins_are_counted_by_what_came_of_them(watched):
    before = figures(watched)
    watched.sign_in()
    for _ in range(2):
        session = requests.Session()
        page = session.get(watched.url + "/")
        answer = session.post(
            watched.url + "/sign-in",
            data={**hidden_fields(page.text, "/sign-in"), "login": "alice", "password": "wrong"},
            headers={"Origin": watched.url})
        assert answer.status_code == 422
    after = figures(watched)
    total = "jeton_sign_ins_total"
    assert after(total, way="password", outcome="signed_in") - before(total, way="password", outcome="signed_in") == 1
    assert after(total, way="password", outcome="wrong_login_or_password") == 2
    assert after(total, way="provider", outcome="signed_in") == 0


def test_no_figure_names_a_person_an_address_or_a_token(watched):
    token = watched.make_token("a-secret-name")
    watched.verify(headers={"Authorization": basic("alice", token), "X-Forwarded-For": "203.0.113.77"})
    watched.verify(headers={"Authorization": basic("mallory", "hunter2"), "X-Forwarded-For": "203.0.113.78"})
    watched.verify(service="no-such-service-at-all")
    for accept in ("text/plain", OPEN_METRICS):
        text = read(watched.metrics_port, Accept=accept).text
        for word in ("alice", "mallory", "hunter2", "203.0.113", token, token[:12], "a-secret-name", "no-such-service"):
            assert word not in text


def test_promtool_finds_nothing_wrong(watched, shared):
    for server in (watched, shared):
        told = read(server.metrics_port)
        assert told.headers["Content-Type"] == "text/plain; version=0.0.4; charset=utf-8"
        checked = subprocess.run(
            ["promtool", "check", "metrics"], input=told.text, capture_output=True, text=True, timeout=60)
        assert (checked.returncode, checked.stdout, checked.stderr) == (0, "", "")


def test_a_node_on_postgresql_tells_how_current_it_is(shared):
    token = shared.make_token("followed")
    seen = figures(shared)
    assert seen("jeton_stale_for_seconds") == 4
    assert 0 <= seen("jeton_change_lag_seconds") < 4
    wait_for(lambda: figures(shared)("jeton_change_number")
             == int(shared.database.ask("SELECT number FROM change_head")))
    assert all(figures(shared)("jeton_ledger_errors_total", work=work) == 0 for work in ("reading", "writing"))
    shared.database.freeze()
    try:
        # Figures are read while nothing else goes on.
        wait_for(lambda: figures(shared)("jeton_change_lag_seconds") > 4)
        assert (figures(shared)("jeton_ready"), figures(shared)("jeton_draining")) == (0, 0)
        assert shared.status(token) == 503
        assert figures(shared)("jeton_verifications_total", service="maven", reason="stale") == 1
        wait_for(lambda: figures(shared)("jeton_ledger_errors_total", work="following") > 0, seconds=60)
    finally:
        shared.database.thaw()
    wait_for(lambda: figures(shared)("jeton_ready") == 1, seconds=60)


@pytest.fixture
def leaving(tmp_path_factory):
    """A desk that serves on for long when it is told to stop."""
    with with_monitoring(tmp_path_factory.mktemp("leaving"), stop={"drain": "1h"}) as server:
        yield server


def test_a_real_prometheus_collects_them_and_knows_all_that_is_shown_and_alerted(
        watched, shared, leaving, tmp_path):
    watched.status(watched.make_token("collected"))
    for name in ("alerts.yaml", "prometheus.yml"):
        shutil.copy(PROMETHEUS / name, tmp_path)
    settings = (tmp_path / "prometheus.yml").read_text().replace("scrape_interval: 15s", "scrape_interval: 4s")
    targets = [f"127.0.0.1:{server.metrics_port}" for server in (watched, shared, leaving)]
    (tmp_path / "prometheus.yml").write_text(settings.replace('["127.0.0.1:9464"]', json.dumps(targets)))
    port = free_port()
    with (tmp_path / "prometheus.log").open("wb") as log:
        server = subprocess.Popen(
            ["prometheus", f"--config.file={tmp_path / 'prometheus.yml'}", f"--storage.tsdb.path={tmp_path / 'data'}",
             f"--web.listen-address=127.0.0.1:{port}"], stdout=log, stderr=log)
    try:
        # It listens before it can answer.
        wait_for(lambda: accepts(port) and requests.get(f"http://127.0.0.1:{port}/-/ready", timeout=30).ok, seconds=60)

        def ask(kind, **parameters):
            answer = requests.get(f"http://127.0.0.1:{port}/api/v1/{kind}", params=parameters, timeout=30).json()
            assert answer["status"] == "success", answer
            return answer["data"]

        def up():
            found = {each["metric"]["instance"]: each["value"][1]
                     for each in ask("query", query='up{job="jeton"}')["result"]}
            return found == dict.fromkeys(targets, "1")

        wait_for(up, seconds=60)
        granted = 'jeton_verifications_total{verdict="granted",service="maven",reason="token",way="verify"}'
        collected = {each["metric"]["instance"]: float(each["value"][1])
                     for each in ask("query", query=granted)["result"]}
        assert collected[targets[0]] >= 1
        known = set(ask("label/__name__/values"))
        assert {"jeton_change_lag_seconds", "process_open_fds"} <= known
        assert set(targets) == set(ask("label/instance/values", **{"match[]": "jeton_build_info"}))
        for where, query, _ in panels() + rules():
            assert not (used(query) - known), f"{where} asks for what there is not: {query}"

        def shows(query, legend):
            """Whether there is something to draw, with all that its legend names."""
            query = query.replace("$__rate_interval", "1m").replace("$instance", ".*")
            drawn = [each for each in ask("query", query=query)["result"] if each["value"][1] != "NaN"]
            labels = re.findall(r"{{(\w+)}}", legend)
            return drawn and all(each["metric"].get(label) for each in drawn for label in labels)

        def something_happens():
            watched.status("jtn_" + "0" * 38)
            watched.sign_in()

        for where, query, legend in panels():
            # Each try asks for Argon2: more often would keep a busy machine from ever drawing anything.
            wait_for(lambda: something_happens() or shows(query, legend), seconds=120, every=0.2)

        leaving.process.send_signal(signal.SIGTERM)
        wait_for(lambda: ask("query", query="jeton_ready == 0")["result"], seconds=60)
        query = next(query for name, query, _ in rules() if name == "JetonNotReady")
        assert not ask("query", query=query)["result"], "a drain is no trouble"
        healthy = {rule["name"]: rule["health"] for group in ask("rules")["groups"] for rule in group["rules"]}
        assert len(healthy) >= 9 and set(healthy.values()) <= {"ok", "unknown"}, healthy
    finally:
        server.terminate()
        server.wait(timeout=60)


def panels():
    """Every query of the dashboard, with the panel's title before it and the legend behind it."""
    dashboard = json.loads((PROMETHEUS / "grafana-dashboard.json").read_text())
    found = [(panel["title"], target["expr"], target["legendFormat"])
             for panel in dashboard["panels"] for target in panel["targets"]]
    assert len(found) > 20
    return found


def rules():
    """Every query of the alerts, in the same form."""
    groups = yaml.safe_load((PROMETHEUS / "alerts.yaml").read_text())["groups"]
    found = [(rule["alert"], rule["expr"], "") for group in groups for rule in group["rules"]]
    assert len(found) > 5
    return found


def used(query):
    return set(re.findall(r"\b(?:jeton|process)_[a-z_]+|\bup\b", query))


def test_every_figure_is_explained_and_shown(watched, shared):
    """The page and the dashboard tell of all that there is, and of nothing else."""
    page = (ROOT / "docs/operate/metrics.md").read_text()
    there = {re.sub("_(bucket|sum|count)$", "", name)
             for server in (watched, shared) for name in figures(server).names}
    assert {name for name in re.findall(r"`((?:jeton|process)_[a-z_]+)", page)} == there
    shown = {re.sub("_(bucket|sum|count)$", "", name)
             for _, query, _ in panels() + rules() for name in used(query)} - {"up"}
    assert shown == there


def test_the_alerts_go_off_as_they_say():
    for arguments in (["check", "rules", "alerts.yaml"], ["test", "rules", "alerts-test.yaml"],
                      ["check", "config", "prometheus.yml"]):
        result = subprocess.run(
            ["promtool", *arguments], cwd=PROMETHEUS, capture_output=True, text=True, timeout=120)
        assert result.returncode == 0, result.stdout + result.stderr

    alerts = {rule["alert"] for group in yaml.safe_load((PROMETHEUS / "alerts.yaml").read_text())["groups"]
              for rule in group["rules"]}
    tests = yaml.safe_load((PROMETHEUS / "alerts-test.yaml").read_text())["tests"]
    assert {case["alertname"] for test in tests for case in test["alert_rule_test"] if "exp_alerts" in case} == alerts


def test_without_a_word_they_are_read_at_the_socket_alone(jeton):
    assert requests.get(jeton.url + "/metrics", timeout=10).status_code == 404
    with socket.socket(socket.AF_UNIX) as local:
        local.settimeout(30)
        local.connect(str(jeton.data / "jeton.sock"))
        local.sendall(b"GET /metrics HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
        answer = b"".join(iter(lambda: local.recv(65536), b"")).decode()
    head, text = answer.split("\r\n\r\n", 1)
    assert head.startswith("HTTP/1.1 200") and Figures(text)("jeton_ready") == 1


def test_where_people_come_only_allowed_addresses_read_them(tmp_path):
    server = Jeton(tmp_path)
    server.config = configuration(tmp_path, metrics={"listen": server.address, "allow": ["192.0.2.0/24"]})
    with server:
        assert requests.get(server.url + "/metrics", timeout=10).status_code == 403
        for client, status in (("192.0.2.9", 200), ("198.51.100.9", 403), ("192.0.2.9, 198.51.100.9", 403)):
            answer = requests.get(server.url + "/metrics", headers={"X-Forwarded-For": client}, timeout=10)
            assert answer.status_code == status
        assert "metrics.allow" in answer.text and "jeton_" not in answer.text
        told = requests.get(
            server.url + "/metrics", headers={"X-Forwarded-For": "192.0.2.9", "Accept": OPEN_METRICS}, timeout=10)
        assert told.headers["Content-Type"] == OPEN_METRICS and told.text.endswith("# EOF\n")


def test_a_place_of_its_own_has_nothing_else_and_needs_a_free_port(watched, tmp_path):
    own = f"http://127.0.0.1:{watched.metrics_port}"
    assert requests.get(own + "/readyz", timeout=10).text == "ok\n"
    for path in ("/", "/verify/maven", "/api/v1/me", "/tokens"):
        assert requests.get(own + path, timeout=10).status_code == 404
    assert requests.get(watched.url + "/metrics", timeout=10).status_code == 404
    assert requests.post(own + "/metrics", timeout=10).status_code == 405
    other = Jeton(tmp_path, config=configuration(tmp_path, metrics={"listen": f"127.0.0.1:{watched.metrics_port}"}))
    with pytest.raises(AssertionError):
        other.start()
    assert "something else listens there" in other.log.read_text()
