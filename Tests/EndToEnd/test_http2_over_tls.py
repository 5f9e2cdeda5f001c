"""Git over TLS, which speaks HTTP/2 by itself, through every proxy of docs/protect.

Its page's lines are as they stand there, but for a certificate.
"""

import re
import subprocess

import pytest
import requests

from jeton import accepts, desk_of, git, git_environment
from proxies import PROXIES, Running
from service import Service
from test_git import commit, refusal

CONFIG = """
trusted_proxies: [127.0.0.1/32]
services:
  git: { title: Studio projects over Git, kind: git, paths: [/team/*.git] }
"""
MODULES = "".join(
    f"LoadModule {name}_module /usr/lib/apache2/modules/mod_{name}.so\n" for name in ("ssl", "http2", "socache_shmcb"))

# What each page needs besides: a certificate, and HTTP/2 where it is not on by itself.
LINES = {
    "nginx": [("listen 127.0.0.1:8081;", "listen 127.0.0.1:8081 ssl http2; ssl_certificate {cert}; "
               "ssl_certificate_key {key};")],
    "caddy": [("http://:8081 {{", "https://localhost:8081 {{\n\ttls {cert} {key}"),
              ("\tservers {{", "\tauto_https disable_redirects\n\tservers {{")],
    "traefik": [("    http:\n", "    http:\n      tls: {{}}\n"),
                ("http:\n  routers:",
                 "tls:\n  certificates:\n    - {{ certFile: {cert}, keyFile: {key} }}\nhttp:\n  routers:")],
    "envoy": [("        - filters:\n", """        - transport_socket:
            name: envoy.transport_sockets.tls
            typed_config:
              "@type": type.googleapis.com/envoy.extensions.transport_sockets.tls.v3.DownstreamTlsContext
              common_tls_context:
                alpn_protocols: [h2, http/1.1]
                tls_certificates: [{{ certificate_chain: {{ filename: {cert} }}, private_key: {{ filename: {key} }} }}]
          filters:
""")],
    "haproxy": [("bind 127.0.0.1:8081", "bind 127.0.0.1:8081 ssl crt {both} alpn h2,http/1.1")],
    "apache": [("Listen 127.0.0.1:8081", MODULES + "Listen 127.0.0.1:8081"),
               ("    TraceEnable off", "    TraceEnable off\n    Protocols h2 http/1.1\n    SSLEngine on\n"
                "    SSLCertificateFile {cert}\n    SSLCertificateKeyFile {key}")],
}


class WithTLS(Running):
    @property
    def url(self):
        return f"https://localhost:{self.port}"

    @property
    def files(self):
        return {name: self.folder / f"{name}.pem" for name in ("cert", "key", "both")}

    def written(self, text):
        for line, instead in LINES[self.proxy.name.split("-")[0]]:
            text = text.replace(line.replace("{{", "{"), instead.format(**self.files))
        return super().written(text)

    def __enter__(self):
        self.folder.mkdir(parents=True, exist_ok=True)
        cert, key, both = self.files.values()
        subprocess.run(
            ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2",
             "-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost", "-keyout", key, "-out", cert],
            check=True, capture_output=True)
        both.write_bytes(cert.read_bytes() + key.read_bytes())
        return super().__enter__()

    def _is_ready(self):
        assert self.process.poll() is None, f"{self.proxy.name} ended by itself:\n{self.log.read_text()}"
        if not accepts(self.port):
            return False
        try:
            return requests.get(self.url, verify=self.files["cert"], timeout=60).status_code == 401
        except requests.exceptions.SSLError:
            return False  # Traefik has a certificate of its own until it has read ours


@pytest.fixture(scope="module")
def desk(tmp_path_factory):
    with desk_of(tmp_path_factory, CONFIG, "alice") as jeton:
        yield jeton


@pytest.fixture(scope="module")
def service(tmp_path_factory):
    with Service(tmp_path_factory.mktemp("git")) as service:
        yield service


@pytest.fixture(scope="module", params=PROXIES, ids=lambda proxy: proxy.name)
def proxy(request, tmp_path_factory, desk, service):
    folder = tmp_path_factory.mktemp(request.param.name)
    with WithTLS(request.param, folder, jeton=desk.port, service=service.port, name="git") as running:
        yield running


def test_git_reads_and_writes_over_http2(proxy, service, desk, tmp_path):
    name = f"{proxy.proxy.name}.git"
    git("init", "--quiet", "--bare", "--initial-branch=main", f"team/{name}", folder=service.folder)

    def address(secret, repository=name):
        return f"https://alice:{secret}@localhost:{proxy.port}/team/{repository}"

    git("config", "--global", "http.sslCAInfo", str(proxy.files["cert"]), folder=tmp_path)
    writer = desk.make_token(f"writer {name}", "--scope", f"git:/team/{name}")
    reader = desk.make_token(f"reader {name}", "--scope", "git:read")
    spoken = subprocess.run(
        ["git", "clone", "--quiet", address(writer), "clone"], cwd=tmp_path, capture_output=True, text=True,
        timeout=120, env={**git_environment(tmp_path), "GIT_CURL_VERBOSE": "1"})
    assert spoken.returncode == 0, spoken.stderr
    assert re.search(r"(?i)using http/?2", spoken.stderr), spoken.stderr
    commit(tmp_path / "clone", "over http2")
    git("-C", "clone", "-c", f"http.sslCAInfo={proxy.files['cert']}", "push", "--quiet", "origin", "HEAD:main",
        folder=tmp_path)
    seen = dict(service.seen[-1]["headers"])
    assert service.seen[-1]["path"] == f"/team/{name}/git-receive-pack", "no absolute target"
    assert (seen["host"], seen["x-forwarded-host"], seen["x-forwarded-proto"]) == (
        f"localhost:{proxy.port}", f"localhost:{proxy.port}", "https")
    git("clone", "--quiet", address(reader), "read", folder=tmp_path)
    assert (tmp_path / "read/file").read_text() == "over http2"
    commit(tmp_path / "read", "not to arrive")
    pushed = git(
        "-C", "read", "-c", f"http.sslCAInfo={proxy.files['cert']}", "push", "origin", "HEAD:main", folder=tmp_path,
        check=False)
    assert refusal(pushed) == [
        "this token may not write at Studio projects over Git; create one that may write: "
        + desk.new_token("git", "write", f"/team/{name}")]
    count = len(service.seen)
    assert refusal(git("ls-remote", address(writer, "other.git"), folder=tmp_path, check=False)) == [
        f"this token may read at Studio projects over Git only below /team/{name}; "
        "create one that may read here: " + desk.new_token("git", "read", "/team/other.git")]
    assert len(service.seen) == count
