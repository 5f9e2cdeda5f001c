"""Real nginx with the lines that ingress-nginx writes for external authentication, from docs/protect/ingress-nginx.md.

The lines are those of the controller's public template (rootfs/etc/nginx/template/nginx.tmpl) that concern it; what it
fills in comes from the page's own manifests. There is no cluster: names become loopback addresses.
"""

import contextlib
import re
import sqlite3
import subprocess

import pytest
import requests
import yaml

from jeton import ROOT, accepts, desk_of, free_port, git, wait_for
from proxies import NGINX
from service import Service
from test_git import commit, refusal
from test_proxies import CREDENTIALS, MANY_GROUPS
from test_proxy_addresses import ADDRESSES

PAGE = (ROOT / "docs/protect/ingress-nginx.md").read_text()
CONFIG = """
trusted_proxies: [127.0.0.1/32]
services:
  git: { title: Studio projects over Git, kind: git, url: https://git.example.com/, paths: [/team/*.git] }
"""
ANNOTATION = "nginx.ingress.kubernetes.io/"


def manifest(name):
    return yaml.safe_load(re.search(rf"```yaml\n# {name}\n(.*?)```", PAGE, re.S)[1])


def metadata(jeton):
    """The location of the Ingress for metadata: with `use-regex`, a path is a regular expression."""
    written = manifest("metadata.yaml")
    annotations = written["metadata"]["annotations"]
    assert annotations[ANNOTATION + "use-regex"] == "true" and ANNOTATION + "auth-url" not in annotations
    path = written["spec"]["rules"][0]["http"]["paths"][0]["path"]
    return f"""
        location ~* "^{path}" {{
            rewrite "(?i){path}" {annotations[ANNOTATION + "rewrite-target"]} break;
            proxy_set_header Host $best_http_host;
            proxy_http_version 1.1;
            proxy_pass http://127.0.0.1:{jeton};
        }}
    """


def lines(port, jeton, service, more="", snippets=False):
    """What the controller writes; `the_real_ip` and `best_http_host` are its variables without a proxy before it."""
    annotations = manifest("ingress.yaml")["metadata"]["annotations"]
    told = annotations[ANNOTATION + "auth-response-headers"].split(",")
    removed = manifest("headers.yaml")["data"]
    snippet = manifest("snippets.yaml")["metadata"]["annotations"] if snippets else {}
    url = annotations[ANNOTATION + "auth-url"]
    host, target = re.fullmatch(r"http://([^/]+)(/.*)", url).groups()
    identity = "".join(
        f"auth_request_set $authHeader{number} $upstream_http_{name.lower().replace('-', '_')};\n"
        f"proxy_set_header '{name}' $authHeader{number};\n" for number, name in enumerate(told))
    custom = "".join(f'proxy_set_header {name} "{value}";\n' for name, value in removed.items())
    return f"""
    map $http_upgrade $connection_upgrade {{ default upgrade; '' ''; }}
    client_body_timeout {manifest("controller.yaml")["data"]["client-body-timeout"]}s;
    large_client_header_buffers {manifest("controller.yaml")["data"]["large-client-header-buffers"]};
    server {{
        listen 127.0.0.1:{port};
        {snippet.get(ANNOTATION + "server-snippet", "")}
        set $best_http_host $http_host; set $pass_access_scheme $scheme; set $pass_port {port};

        location = /_external-auth-Lw-Prefix {{
            internal;

            proxy_pass_request_body     off;
            proxy_set_header            Content-Length          "";
            proxy_set_header            X-Forwarded-Proto       "";
            proxy_set_header            X-Request-ID            $request_id;

            proxy_set_header            Host                    {host};
            proxy_set_header            X-Original-URL          $scheme://$http_host$request_uri;
            proxy_set_header            X-Original-Method       $request_method;
            proxy_set_header            X-Sent-From             "nginx-ingress-controller";
            proxy_set_header            X-Real-IP               $remote_addr;
            proxy_set_header            X-Forwarded-For         $remote_addr;
            proxy_set_header            X-Auth-Request-Redirect $request_uri;

            proxy_buffering             off;
            proxy_buffer_size           {annotations[ANNOTATION + "proxy-buffer-size"]};
            proxy_buffers               4 {annotations[ANNOTATION + "proxy-buffer-size"]};
            proxy_request_buffering     {annotations[ANNOTATION + "proxy-request-buffering"]};
            proxy_http_version          1.1;
            proxy_ssl_server_name       on;
            proxy_pass_request_headers  on;
            client_max_body_size        {annotations[ANNOTATION + "proxy-body-size"]};
            {more}

            set $target http://127.0.0.1:{jeton}{target};
            proxy_pass $target;
        }}

        {metadata(jeton)}

        location ~* "^/" {{
            # this location requires authentication
            auth_request        /_external-auth-Lw-Prefix;
            auth_request_set    $auth_cookie $upstream_http_set_cookie;
            add_header          Set-Cookie $auth_cookie;
            {identity}

            client_max_body_size        {annotations[ANNOTATION + "proxy-body-size"]};
            proxy_set_header Host                   $best_http_host;
            proxy_set_header Upgrade                $http_upgrade;
            proxy_set_header Connection             $connection_upgrade;
            proxy_set_header X-Request-ID           $request_id;
            proxy_set_header X-Real-IP              $remote_addr;
            proxy_set_header X-Forwarded-For        $remote_addr;
            proxy_set_header X-Forwarded-Host       $best_http_host;
            proxy_set_header X-Forwarded-Port       $pass_port;
            proxy_set_header X-Forwarded-Proto      $pass_access_scheme;
            proxy_set_header X-Forwarded-Scheme     $pass_access_scheme;
            proxy_set_header X-Scheme               $pass_access_scheme;
            proxy_set_header X-Original-Forwarded-For $http_x_forwarded_for;
            proxy_set_header Proxy                  "";
            {custom}

            proxy_send_timeout          {annotations[ANNOTATION + "proxy-send-timeout"]}s;
            proxy_read_timeout          {annotations[ANNOTATION + "proxy-read-timeout"]}s;
            proxy_request_buffering     {annotations[ANNOTATION + "proxy-request-buffering"]};
            proxy_http_version          1.1;
            proxy_redirect              off;
            {snippet.get(ANNOTATION + "configuration-snippet", "")}
            proxy_pass http://127.0.0.1:{service};
        }}
    }}
    """


class Ingress:
    def __init__(self, folder, jeton, service, more="", snippets=False):
        self.folder, self.port = folder, free_port()
        self.text = lines(self.port, jeton.port, service.port, more, snippets)
        self.url = f"http://127.0.0.1:{self.port}"

    def __enter__(self):
        (self.folder / "nginx.conf").write_text(NGINX)
        (self.folder / "jeton.conf").write_text(self.text)
        self.process = subprocess.Popen(
            ["nginx", "-e", "stderr", "-p", self.folder, "-c", self.folder / "nginx.conf"],
            stdin=subprocess.DEVNULL)
        wait_for(lambda: accepts(self.port))
        return self

    def __exit__(self, *_):
        self.process.terminate()
        self.process.wait(timeout=15)


@pytest.fixture(scope="module")
def desk(tmp_path_factory):
    with desk_of(tmp_path_factory, CONFIG, ("alice", "--email", "alice@example.com", "--name", "Alice")) as jeton:
        yield jeton


@pytest.fixture(scope="module")
def service(tmp_path_factory):
    folder = tmp_path_factory.mktemp("repositories")
    with Service(folder) as service:
        for name in ("app", "secret"):
            git("init", "--quiet", "--bare", "--initial-branch=main", f"team/{name}.git", folder=folder)
        yield service


@pytest.fixture(scope="module")
def ingress(tmp_path_factory, desk, service):
    with Ingress(tmp_path_factory.mktemp("ingress"), desk, service) as ingress:
        yield ingress


@pytest.fixture(scope="module")
def narrow(desk):
    return desk.make_token("narrow", "--scope", "git:/team/app.git")


REFS = "/team/{}.git/info/refs?service=git-upload-pack"


def get(ingress, path, token, **headers):
    headers = {name.replace("_", "-"): value for name, value in headers.items()}
    return requests.get(ingress.url + path, auth=("", token), headers=headers, timeout=60)


def test_a_reader_clones_and_cannot_push(ingress, desk, service, tmp_path):
    writer = desk.make_token("writer", "--scope", "git")
    reader = desk.make_token("reader", "--scope", "git:read")
    repository = f"127.0.0.1:{ingress.port}/team/app.git"
    git("clone", "--quiet", f"http://alice:{writer}@{repository}", "one", folder=tmp_path)
    commit(tmp_path / "one", "from one")
    git("push", "--quiet", "origin", "HEAD:main", folder=tmp_path / "one")
    git("clone", "--quiet", f"http://alice:{reader}@{repository}", "two", folder=tmp_path)
    assert (tmp_path / "two/file").read_text() == "from one"
    commit(tmp_path / "two", "not to arrive")
    # nginx has a page of its own in place of the sentence.
    assert refusal(git("push", folder=tmp_path / "two", check=False)) == []
    assert "not to arrive" not in git("log", "main", folder=tmp_path / "one")


def test_a_narrowed_token_reaches_its_path_and_no_other(ingress, narrow):
    assert get(ingress, REFS.format("app"), narrow).status_code == 200
    assert get(ingress, REFS.format("secret"), narrow).status_code == 403


def test_what_the_client_writes_opens_no_other_path(ingress, service, narrow):
    count = len(service.seen)
    for forged in (
        {"X_Original_URI": REFS.format("app")}, {"X_Original_URL": ingress.url + REFS.format("app")},
        {"X_Original_URI": REFS.format("app"), "X_Original_Method": "GET"},
        {"X_Forwarded_Uri": REFS.format("app"), "X_Forwarded_Method": "GET"},
        {"X_Auth_Request_Redirect": REFS.format("app")}, {"X_Rewrite_URL": REFS.format("app")},
        {"Host": "h?" + REFS.format("app").replace("/", "%2F")}, {"Host": "h#x"}, {"Host": "h\\team\\app.git"},
        {"Host": "h,http:"}, {"Host": "team@app.git"}, {"Connection": "close, X-Original-URL, X-Original-Method"},
    ):
        answer = get(ingress, REFS.format("secret"), narrow, **forged)
        assert answer.status_code in (400, 403), forged
    assert len(service.seen) == count


def test_nothing_that_a_client_writes_names_another_target_to_the_service(ingress, service, narrow):
    for name in list(manifest("headers.yaml")["data"])[3:]:
        answer = get(ingress, REFS.format("app"), narrow, **{name: "/team/secret.git"})
        assert answer.status_code in (200, 403), name
        if answer.status_code == 200:
            assert "/team/secret.git" not in [value for _, value in service.seen[-1]["headers"]]


def test_no_address_or_credential_that_a_client_writes_arrives(ingress, service, desk):
    token = desk.make_token("written")
    for name in [*CREDENTIALS, *ADDRESSES, "X-Jeton-Reason", "X-Jeton-Message", "X-Jeton-Password-Deprecated",
                 "Jeton-Token-Expires", "X-Jeton-Groups"]:
        value = token if name in CREDENTIALS else "evil.example"
        answer = get(ingress, REFS.format("app"), token, **{name: value})
        assert answer.status_code == 200, name
        assert value not in [told for _, told in service.seen[-1]["headers"]], name
    seen = dict(service.seen[-1]["headers"])
    host = f"127.0.0.1:{ingress.port}"
    assert (seen["host"], seen["x-forwarded-host"], seen["x-forwarded-proto"]) == (host, host, "http")


@pytest.mark.parametrize("snippets", [False, True])
def test_clients_that_sign_in_find_the_desk(tmp_path, desk, service, snippets):
    reader = desk.make_token(f"reads, snippets {snippets}", "--scope", "git:read")
    known = "https://git.example.com/.well-known/oauth-protected-resource"
    count = len(service.seen)
    with Ingress(tmp_path, desk, service, snippets=snippets) as ingress:
        for path in ("", "/team/app.git"):
            found = requests.get(f"{ingress.url}/.well-known/oauth-protected-resource{path}", timeout=60).json()
            assert (found["resource"], found["authorization_servers"]) == (
                "https://git.example.com" + path, [desk.url])
        assert requests.get(f"{ingress.url}/.well-known/oauth-protected-resourceX", timeout=60).status_code == 401
        answer = requests.get(ingress.url + REFS.format("app"), timeout=60)
        basic = 'Basic realm="Studio projects over Git", charset="UTF-8"'
        second = f'Bearer scope="git:read", resource_metadata="{known}"'
        # The two lines, which `requests` joins.
        assert answer.headers["WWW-Authenticate"] == (f"{basic}, {second}" if snippets else basic)
        answer = requests.post(ingress.url + "/team/app.git/git-receive-pack", auth=("", reader), timeout=60)
        assert answer.status_code == 403
        assert ("insufficient_scope" in answer.headers.get("WWW-Authenticate", "")) is snippets
    assert len(service.seen) == count


def test_a_long_query_passes(ingress, desk):
    """The controller tells the target twice, in `X-Original-URL` and `X-Auth-Request-Redirect`."""
    token = desk.make_token("long query")
    assert get(ingress, REFS.format("app") + "&q=" + "x" * 7_000, token).status_code == 200
    assert get(ingress, REFS.format("app") + "&q=" + "x" * 12_000, token).status_code == 500


def test_somebody_in_many_groups_passes(ingress, service, desk):
    desk.stop()
    with contextlib.closing(sqlite3.connect(desk.data / "jeton.db")) as database, database:
        database.execute("UPDATE subjects SET groups = ?, name = ? WHERE login = 'alice'", [MANY_GROUPS, "é" * 900])
    desk.start()
    try:
        token = desk.make_token("many groups", "--scope", "git:read")
        assert get(ingress, REFS.format("app"), token).status_code == 200
        assert dict(service.seen[-1]["headers"])["x-jeton-groups"] == "partial"
    finally:
        desk.stop()
        with contextlib.closing(sqlite3.connect(desk.data / "jeton.db")) as database, database:
            database.execute("UPDATE subjects SET groups = '', name = 'Alice' WHERE login = 'alice'")
        desk.start()


def test_the_service_learns_who_it_is_and_never_the_token(ingress, service, desk):
    token = desk.make_token("identity")
    forged = {f"Remote-{what}": "root" for what in ("User", "Name", "Email", "Groups")}
    assert get(ingress, REFS.format("app"), token, **forged).status_code == 200
    seen = dict(service.seen[-1]["headers"])
    assert {name: value for name, value in seen.items() if name.startswith("remote-")} == {
        "remote-user": "alice", "remote-name": "Alice", "remote-email": "alice@example.com"}
    assert "authorization" not in seen and token not in str(seen)


def test_a_refusal_challenges(ingress):
    answer = requests.get(ingress.url + "/", timeout=60)
    assert answer.status_code == 401
    assert answer.headers["WWW-Authenticate"] == 'Basic realm="Studio projects over Git", charset="UTF-8"'


def test_with_a_method_of_its_own_both_targets_are_judged(tmp_path, desk, service, narrow):
    """The annotation `auth-method` has the controller send X-Original-URI, too."""
    more = "proxy_method GET; proxy_set_header X-Original-URI $request_uri; proxy_set_header X-Scheme $scheme;"
    with Ingress(tmp_path, desk, service, more) as ingress:
        assert get(ingress, REFS.format("app"), narrow).status_code == 200
        assert get(ingress, REFS.format("secret"), narrow, X_Original_URI=REFS.format("app")).status_code == 403


def test_with_snippets_the_person_reads_why(tmp_path, desk, service):
    class Down:
        port = free_port()

    def told(jeton, secret):
        with Ingress(tmp_path, jeton, service, snippets=True) as ingress:
            answer = get(ingress, REFS.format("app"), secret)
            result = git("ls-remote", f"http://:{secret}@127.0.0.1:{ingress.port}/team/app.git", folder=tmp_path,
                         check=False)
        assert refusal(result) == answer.text.splitlines()
        return answer.status_code, answer.headers.get("X-Jeton-Reason"), answer.headers.get("Retry-After")

    count = len(service.seen)
    assert told(desk, desk.make_token("other place", "--scope", "git:/team/secret.git")) == (
        403, "insufficient_scope", None)
    assert told(desk, "wrong") == (401, "not_a_token", None)
    assert told(Down, "wrong") == (503, None, None)
    for number in range(70):
        desk.verify("git", headers={"Authorization": f"Bearer guess-{number}"})
    assert told(desk, "wrong-too") == (429, "too_many_failures", "60")
    assert len(service.seen) == count


def test_without_jeton_everything_is_closed(tmp_path, service):
    class Down:
        port = free_port()

    count = len(service.seen)
    with Ingress(tmp_path, Down, service) as ingress:
        assert requests.get(ingress.url + "/", timeout=60).status_code == 500
    assert len(service.seen) == count


def test_the_page_demands_what_it_needs():
    annotations = manifest("ingress.yaml")["metadata"]["annotations"]
    for left_out in ("auth-signin", "auth-cache-key", "auth-snippet", "auth-method"):
        assert ANNOTATION + left_out not in annotations
        assert f"no `{left_out}`" in PAGE
    assert manifest("controller.yaml")["data"]["proxy-set-headers"] == "ingress-nginx/to-services"
