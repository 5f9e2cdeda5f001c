"""TLS without a proxy: modern protocols alone, every promise of plain HTTP, and a new certificate while it serves."""

import http.client
import os
import signal
import socket
import ssl
import struct
import subprocess
import threading
import time

import pytest
import requests

from jeton import BINARY, PASSWORD, Jeton, accepts, hidden_fields, wait_for


class Pair:
    """A certificate for 127.0.0.1 that certifies itself, and its key, which openssl makes."""

    def __init__(self, folder, name, *before):
        self.certificate, self.key = folder / f"{name}.pem", folder / f"{name}.key"
        subprocess.run(
            [*before, "openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes",
             "-days", "2", "-subj", f"/CN={name}", "-addext", "subjectAltName=IP:127.0.0.1",
             "-keyout", self.key, "-out", self.certificate], check=True, capture_output=True)
        self.key.chmod(0o600)

    @property
    def shown(self):
        """What a client sees of it."""
        return ssl.PEM_cert_to_DER_cert(self.certificate.read_text())

    def put(self, other):
        """Takes the other's place, as a renewal does."""
        for mine, theirs in ((self.certificate, other.certificate), (self.key, other.key)):
            draft = theirs.with_suffix(".new")
            draft.write_bytes(mine.read_bytes())
            draft.chmod(0o600)
            draft.rename(theirs)


class SecureJeton(Jeton):
    def __init__(self, folder, pair, more=""):
        config = folder / "jeton.yaml"
        config.write_text(
            f"tls: {{ certificate: {pair.certificate}, key: {pair.key} }}\nservices: {{ maven: }}\n{more}")
        super().__init__(folder, config)

    @property
    def url(self):
        return f"https://{self.address}"

    def reload(self, line):
        """Sends SIGHUP and waits until the log has one more line that says so."""
        before = self.log.read_text().count(line)
        self.process.send_signal(signal.SIGHUP)
        wait_for(lambda: self.log.read_text().count(line) > before)


def connect(jeton, *pairs):
    """A TLS connection, for a client that trusts those."""
    context = ssl.create_default_context(cadata="".join(pair.certificate.read_text() for pair in pairs))
    context.set_alpn_protocols(["h2", "http/1.1"])
    plain = socket.create_connection(("127.0.0.1", jeton.port), timeout=20)
    return context.wrap_socket(plain, server_hostname="127.0.0.1")


def ask(connection, path="/healthz", method="GET"):
    """Sends a request over a connection that stays open; the status of the answer."""
    connection.sendall(f"{method} {path} HTTP/1.1\r\nHost: jeton\r\n\r\n".encode())
    return answered(connection, method)


def answered(connection, method="GET"):
    """The status of the answer that comes over a connection."""
    answer = http.client.HTTPResponse(connection, method=method)
    answer.begin()
    answer.read()
    return answer.status


@pytest.fixture(scope="module")
def pair(tmp_path_factory):
    return Pair(tmp_path_factory.mktemp("pair"), "one")


@pytest.fixture(scope="module")
def secure(tmp_path_factory, pair):
    with SecureJeton(tmp_path_factory.mktemp("secure"), pair, "limits: { request_timeout: 2s }\n") as server:
        server.add_user("alice", "--admin")
        yield server


# What is spoken


@pytest.mark.parametrize("version, speaks", [("tls1", False), ("tls1_1", False), ("tls1_2", True), ("tls1_3", True)])
def test_protocols(secure, pair, version, speaks):
    result = subprocess.run(
        ["openssl", "s_client", "-connect", secure.address, f"-{version}", "-CAfile", pair.certificate,
         "-verify_return_error", "-cipher", "ALL:@SECLEVEL=0", "-alpn", "http/1.1"],
        input="", capture_output=True, text=True, timeout=30)
    assert (result.returncode == 0) == speaks, result.stderr
    assert ("ALPN protocol: http/1.1" in result.stdout) == speaks
    assert ("Cipher is (NONE)" in result.stdout) != speaks


def hello(*suites):
    """What a client says first that knows TLS 1.2 and those suites alone (RFC 5246, section 7.4.1.2)."""
    extensions = b"".join(
        struct.pack(">HHH", number, len(body) + 2, len(body)) + body
        for number, body in (
            (10, struct.pack(">HH", 23, 29)), (13, struct.pack(">HHHH", 0x0403, 0x0401, 0x0203, 0x0201))))
    body = (
        b"\x03\x03" + os.urandom(32) + b"\0" + struct.pack(">H", 2 * len(suites))
        + b"".join(struct.pack(">H", suite) for suite in suites) + b"\1\0"
        + struct.pack(">H", len(extensions)) + extensions)
    message = b"\1" + struct.pack(">I", len(body))[1:] + body
    return b"\x16\x03\x01" + struct.pack(">H", len(message)) + message


def first_record(jeton, *suites):
    """The type of the record that the server answers with: 22 goes on. Nothing where it refuses."""
    with socket.create_connection(("127.0.0.1", jeton.port), timeout=20) as connection:
        connection.sendall(hello(*suites))
        try:
            return connection.recv(1)
        except ConnectionResetError:
            return b""


GOOD = 0xC02B  # TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256


@pytest.mark.parametrize("suites", [
    pytest.param([0xC007, 0xC011, 0x0005], id="RC4"), pytest.param([0xC008, 0xC012, 0x000A], id="3DES"),
    pytest.param([0xC009, 0xC00A, 0xC013, 0x002F], id="CBC-SHA1"), pytest.param([0xC023, 0xC024], id="CBC-SHA2"),
    pytest.param([0x009C, 0x009D, 0x009E], id="no forward secrecy, or DHE"), pytest.param([0xC006, 0xC010], id="NULL"),
])
def test_weak_ciphers_are_refused(secure, suites):
    assert first_record(secure, *suites) == b""
    assert first_record(secure, *suites, GOOD) == b"\x16"


def test_neither_is_http_at_its_port_nor_tls_at_one_for_http(secure, jeton):
    with pytest.raises(requests.ConnectionError):
        requests.get(f"http://{secure.address}/healthz", timeout=20)
    wait_for(lambda: "plain HTTP on a TLS port" in secure.log.read_text())
    with pytest.raises(requests.exceptions.SSLError):
        requests.get(f"https://{jeton.address}/healthz", timeout=20)
    wait_for(lambda: "a client that speaks TLS must use an http:// address" in jeton.log.read_text())


def test_a_client_that_does_not_trust_the_certificate_is_in_the_log(secure):
    with pytest.raises(requests.exceptions.SSLError):
        requests.get(secure.url + "/healthz", timeout=20)
    wait_for(lambda: "it may not trust the certificate" in secure.log.read_text())


# What holds as it does without


def test_curl_and_a_browser_sign_in_and_the_gate(secure, pair):
    printed = subprocess.run(
        ["curl", "-sS", "--cacert", pair.certificate, "--write-out", "%{http_code} %{http_version}", "-o", "/dev/null",
         secure.url + "/healthz"], capture_output=True, text=True, timeout=30)
    assert printed.stdout == "200 1.1", printed.stderr
    session = requests.Session()
    session.verify = str(pair.certificate)
    session.trust_env = False  # REQUESTS_CA_BUNDLE would win over `verify`
    page = session.get(secure.url + "/")
    assert page.headers["Strict-Transport-Security"] == "max-age=31536000"
    answer = session.post(
        secure.url + "/sign-in", headers={"Origin": secure.url},
        data={**hidden_fields(page.text, "/sign-in"), "login": "alice", "password": PASSWORD})
    assert answer.status_code == 200 and "/sign-out" in answer.text
    assert all(cookie.secure and cookie.name.startswith("__Host-") for cookie in session.cookies)
    token = secure.make_token("over TLS")
    verified = secure.verify(headers={"Private-Token": token}, verify=pair.certificate)
    assert (verified.status_code, verified.headers["Remote-User"]) == (200, "alice")
    refused = secure.verify(verify=pair.certificate)
    assert refused.status_code == 401 and secure.url in refused.text
    wait_for(lambda: '"path":"/verify/maven","status":200' in secure.log.read_text())


def test_limits(secure, pair):
    big = requests.post(secure.url + "/sign-in", data=b"x" * 100_000, verify=pair.certificate, timeout=30)
    assert big.status_code == 413
    # Jeton does not read a body of this size. A client that is still writing it may not see the answer.
    connection = connect(secure, pair)
    length = (1 << 20) + 1
    connection.sendall(f"POST /sign-in HTTP/1.1\r\nHost: jeton\r\nContent-Length: {length}\r\n\r\n".encode())
    assert answered(connection) == 413
    head = requests.get(secure.url + "/healthz", headers={"X": "x" * 40_000}, verify=pair.certificate, timeout=30)
    assert head.status_code == 431


def test_the_slow_are_cut_off_together(secure, pair):
    """One that never begins its handshake, one in it, one in a request's head, one idle behind an answer."""
    silent, begun = (socket.create_connection(("127.0.0.1", secure.port), timeout=20) for _ in range(2))
    begun.sendall(hello(GOOD)[:20])
    reading, idle = connect(secure, pair), connect(secure, pair)
    reading.sendall(b"GET /healthz HTTP/1.1\r\nHost:")
    assert ask(idle) == 200
    start = time.monotonic()
    for connection in (silent, begun, reading, idle):
        try:
            # Whatever ends TLS, it ends; a timeout would be an error here.
            assert connection.recv(1) == b""
        except (ssl.SSLError, ConnectionResetError) as end:
            assert not isinstance(end, TimeoutError)
        connection.close()
    assert time.monotonic() - start < 15


def test_renegotiation_is_refused(secure, pair):
    process = subprocess.run(
        ["openssl", "s_client", "-connect", secure.address, "-tls1_2", "-CAfile", pair.certificate], input="R\n",
        capture_output=True, text=True, timeout=30)
    assert process.returncode != 0 or "RENEGOTIATING" in process.stderr + process.stdout
    assert requests.get(secure.url + "/healthz", verify=pair.certificate, timeout=20).status_code == 200


def test_it_stops_gracefully(tmp_path, pair):
    with SecureJeton(tmp_path, pair) as jeton:
        jeton.add_user("alice")
        idle = connect(jeton, pair)
        assert ask(idle) == 200
        running = connect(jeton, pair)
        body = b"login=alice&password=" + b"x" * 100
        running.sendall(
            b"POST /sign-in HTTP/1.1\r\nHost: jeton\r\nContent-Type: application/x-www-form-urlencoded\r\n"
            b"Content-Length: %d\r\n\r\n" % len(body) + body[:50])
        # What came before this answer was read, since one thread or another took it; the head is small.
        assert ask(idle) == 200
        time.sleep(0.2)
        jeton.process.send_signal(signal.SIGTERM)
        running.sendall(body[50:])
        answer = running.recv(65536)
        assert answer.startswith(b"HTTP/1.1 "), answer
        assert jeton.process.wait(timeout=15) == 0
        idle.close()
        running.close()


# A new certificate


def test_a_new_certificate_under_load(tmp_path, pair):
    first, second = Pair(tmp_path, "first"), Pair(tmp_path, "second")
    used = Pair(tmp_path, "used")
    first.put(used)
    with SecureJeton(tmp_path, used) as jeton:
        lasting = connect(jeton, first)
        assert ask(lasting) == 200
        done, failures, counts = threading.Event(), [], [0] * 4

        def load(number):
            while not done.is_set():
                try:
                    with connect(jeton, first, second) as connection:
                        for _ in range(3):
                            assert ask(connection) == 200
                            counts[number] += 1
                except Exception as error:
                    failures.append(error)

        threads = [threading.Thread(target=load, args=(number,)) for number in range(len(counts))]
        for thread in threads:
            thread.start()
        try:
            for new in (second, first) * 5 + (second,):
                new.put(used)
                jeton.reload("SIGHUP: reloaded the certificate")
                with connect(jeton, first, second) as connection:
                    assert connection.getpeercert(binary_form=True) == new.shown
                mark = list(counts)
                wait_for(lambda: all(now > before for now, before in zip(counts, mark)), seconds=60)
            assert ask(lasting) == 200, "the connection from before the first of them"
            assert lasting.getpeercert(binary_form=True) == first.shown
        finally:
            done.set()
            for thread in threads:
                thread.join()
        assert not failures
        lasting.close()


def test_a_bad_one_changes_nothing(tmp_path):
    good, other = Pair(tmp_path, "good"), Pair(tmp_path, "other")
    used = Pair(tmp_path, "used")
    good.put(used)
    with SecureJeton(tmp_path, used) as jeton:
        used.key.write_bytes(other.key.read_bytes())
        jeton.reload("SIGHUP: the certificate was not reloaded: `tls.key` the key does not belong")
        used.certificate.write_text("nothing")
        jeton.reload("SIGHUP: the certificate was not reloaded: `tls.certificate` the file must hold")
        used.certificate.unlink()
        jeton.reload("SIGHUP: the certificate was not reloaded: `tls.certificate` the file cannot be read")
        with connect(jeton, good) as connection:
            assert ask(connection) == 200
        other.put(used)
        jeton.reload("SIGHUP: reloaded the certificate")
        with connect(jeton, other) as connection:
            assert ask(connection) == 200
        assert good.key.read_text().split("\n")[1] not in jeton.log.read_text()


def test_a_server_without_tls_survives_sighup(tmp_path):
    with Jeton(tmp_path) as jeton:
        jeton.process.send_signal(signal.SIGHUP)
        wait_for(lambda: "SIGHUP: `tls` is not set" in jeton.log.read_text())
        assert requests.get(jeton.url + "/healthz", timeout=20).status_code == 200


# What is wrong is said before it starts


def test_check_config(tmp_path, pair):
    def check(certificate, key, command="check-config", *flags):
        config = tmp_path / "jeton.yaml"
        config.write_text(f"tls:\n  certificate: {certificate}\n  key: {key}\n")
        return subprocess.run(
            [BINARY, command, "--config", config, *flags], capture_output=True, text=True, timeout=30)

    other = Pair(tmp_path, "other")
    for command, flags in (("check-config", ()), ("serve", ("--data", tmp_path / "data"))):
        wrong = check(pair.certificate, other.key, command, *flags)
        assert wrong.returncode == 2
        assert wrong.stderr == (
            f"jeton: {tmp_path}/jeton.yaml:3:8: `tls.key` the key does not belong to the first certificate of "
            "`tls.certificate`\n")
    good = check(pair.certificate, pair.key)
    assert good.returncode == 0 and "the certificate is valid until" in good.stdout and good.stderr == ""
    old = Pair(tmp_path, "old", "faketime", "2020-01-01 00:00:00")
    expired = check(old.certificate, old.key)
    assert expired.returncode == 0 and "the certificate in `tls.certificate` expired at 2020-01-03" in expired.stderr
    with SecureJeton(tmp_path, old) as jeton:
        assert accepts(jeton.port)
        wait_for(lambda: "warning: the certificate in `tls.certificate` expired" in jeton.log.read_text())
