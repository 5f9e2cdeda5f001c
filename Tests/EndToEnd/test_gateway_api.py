"""The Gateway API's objects of their page, as the proxies run them that their controllers configure.

There is no cluster: what a controller makes of its objects is written here, after its public translator, and names
become loopback addresses.
"""

import json
import os
import re
import subprocess

import pytest
import yaml

from jeton import ROOT, accepts, basic, desk_of, free_port, git, wait_for
from proxies import BIN
from service import Service
from test_git import commit, refusal
from test_proxies import ask, bearer, seen_by

PAGE = (ROOT / "docs/protect/gateway-api.md").read_text()
EXTENSIONS = "type.googleapis.com/envoy.extensions"
CONFIG = """
trusted_proxies: [127.0.0.1/32]
services:
  git: { title: Projects over Git, kind: git, url: https://git.example.com/, paths: [/team/*.git] }
"""


def objects(name):
    text = re.search(rf"```yaml\n# {re.escape(name)}\n(.*?)```", PAGE, re.S)[1]
    return list(yaml.safe_load_all(text))


def only(kind, name):
    found = [each["spec"] for each in objects(name) if each["kind"] == kind]
    assert len(found) == 1
    return found[0]


def exact(names):
    return {"patterns": [{"exact": name, "ignore_case": True} for name in names]}


def removed_by_route():
    rule = only("HTTPRoute", "envoy-gateway.yaml")["rules"][0]
    assert rule["timeouts"] == {"request": "0s"}
    names = rule["filters"][0]["requestHeaderModifier"]["remove"]
    (backend,) = rule["backendRefs"]
    more = backend["filters"][0]["requestHeaderModifier"]["remove"]
    assert max(len(names), len(more)) <= 16, "the Gateway API takes no more"
    return names + more


def cluster(name, port):
    address = {"socket_address": {"address": "127.0.0.1", "port_value": port}}
    return {"name": name, "connect_timeout": "2s", "load_assignment": {
        "cluster_name": name, "endpoints": [{"lb_endpoints": [{"endpoint": {"address": address}}]}]}}


def metadata():
    """The prefix of the route for metadata, and what replaces it."""
    route = only("HTTPRoute", "metadata.yaml")
    (rule,) = route["rules"]
    (match,) = rule["matches"]
    (rewrite,) = rule["filters"]
    assert match["path"]["type"] == "PathPrefix" and rewrite["type"] == "URLRewrite"
    assert [each["name"] for each in rule["backendRefs"]] == ["jeton"]
    return match["path"]["value"], rewrite["urlRewrite"]["path"]["replacePrefixMatch"]


def metadata_route(unprotected):
    """As both controllers write a PathPrefix: up to a slash or the end. Only Envoy Gateway's policy is by route."""
    prefix, replacement = metadata()
    route = {"match": {"path_separated_prefix": prefix},
             "route": {"cluster": "jeton", "prefix_rewrite": replacement}}
    if unprotected:
        route["typed_per_filter_config"] = {"envoy.filters.http.ext_authz": {
            "@type": f"{EXTENSIONS}.filters.http.ext_authz.v3.ExtAuthzPerRoute", "disabled": True}}
    return route


def envoy(port, jeton, service, manager, filters, unprotected=True):
    """What is common to both: a listener with these settings and filters, and the routes."""
    filters = filters + [{"name": "envoy.filters.http.router", "typed_config": {
        "@type": f"{EXTENSIONS}.filters.http.router.v3.Router"}}]
    route = {"match": {"prefix": "/"}, "route": {"cluster": "service", "timeout": "0s"},
             "request_headers_to_remove": removed_by_route()}
    manager = {
        "@type": f"{EXTENSIONS}.filters.network.http_connection_manager.v3.HttpConnectionManager",
        "stat_prefix": "public", "use_remote_address": True, "normalize_path": True, "merge_slashes": True,
        "upgrade_configs": [{"upgrade_type": "websocket"}], **manager,
        "route_config": {"virtual_hosts": [{"name": "git", "domains": ["*"], "routes": [metadata_route(unprotected), route]}]},
        "http_filters": filters}
    listener = {
        "address": {"socket_address": {"address": "127.0.0.1", "port_value": port}},
        "filter_chains": [{"filters": [
            {"name": "envoy.filters.network.http_connection_manager", "typed_config": manager}]}]}
    return {"static_resources": {
        "listeners": [listener], "clusters": [cluster("service", service), cluster("jeton", jeton)]}}


def authorization(path, asked, told, more=None, response=None, timeout="10s"):
    return {"name": "envoy.filters.http.ext_authz", "typed_config": {
        "@type": f"{EXTENSIONS}.filters.http.ext_authz.v3.ExtAuthz", "transport_api_version": "V3",
        "allowed_headers": exact(asked), **(more or {}), "http_service": {
            "path_prefix": path, "server_uri": {"uri": "http://jeton", "cluster": "jeton", "timeout": timeout},
            "authorization_response": {"allowed_upstream_headers": exact(told), **(response or {})}}}}


def envoy_gateway(port, jeton, service):
    """As internal/xds/translator makes it: extauth.go, and the early removal of listener.go."""
    policy = only("SecurityPolicy", "envoy-gateway.yaml")["extAuth"]
    traffic = only("ClientTrafficPolicy", "envoy-gateway.yaml")
    assert policy["failOpen"] is False and traffic["headers"]["withUnderscoresAction"] == "RejectRequest"
    assert traffic["path"] == {"escapedSlashesAction": "KeepUnchanged"}
    early = traffic["headers"]["earlyRequestHeaders"]["remove"]
    assert len(early) <= 16
    mutation = {"name": "envoy.http.early_header_mutation.header_mutation", "typed_config": {
        "@type": f"{EXTENSIONS}.http.early_header_mutation.header_mutation.v3.HeaderMutation",
        "mutations": [{"remove": name} for name in early]}}
    manager = {
        "common_http_protocol_options": {"headers_with_underscores_action": "REJECT_REQUEST"},
        "early_header_mutation_extensions": [mutation], "path_with_escaped_slashes_action": "KEEP_UNCHANGED"}
    return envoy(port, jeton, service, manager, [
        authorization(policy["http"]["path"], policy["headersToExtAuth"], policy["http"]["headersToBackend"])])


def istio(port, jeton, service):
    """As pilot/pkg/security/authz/builder/extauthz.go makes it, behind the filter of the EnvoyFilter."""
    provider = objects("mesh.yaml")[0]["meshConfig"]["extensionProviders"][0]
    policy = only("AuthorizationPolicy", "istio.yaml")
    assert (policy["action"], policy["provider"]["name"]) == ("CUSTOM", provider["name"])
    asked = provider["envoyExtAuthzHttp"]
    assert asked["failOpen"] is False
    patch = only("EnvoyFilter", "istio.yaml")["configPatches"][0]["patch"]
    assert patch["operation"] == "INSERT_FIRST"
    return envoy(port, jeton, service, {}, [patch["value"], matched(policy), authorization(
        asked["pathPrefix"], asked["includeRequestHeadersInCheck"], asked["headersToUpstreamOnAllow"],
        {"status_on_error": {"code": int(asked["statusOnError"])},
         "filter_enabled_metadata": {
             "filter": "envoy.filters.http.rbac",
             "path": [{"key": "istio_ext_authz_shadow_effective_policy_id"}],
             "value": {"string_match": {"prefix": "jeton"}}}},
        {"allowed_client_headers": exact(asked["headersToDownstreamOnDeny"])}, asked["timeout"])], unprotected=False)


def matched(policy):
    """Which requests the policy is about: in Istio, the shadow rules of a filter before the authorization. The hosts
    are left out, since the tests' requests are for loopback addresses."""
    (rule,) = policy["rules"]
    (to,) = rule["to"]
    rules = []
    for path in to["operation"]["notPaths"]:
        match = {"prefix": path.removesuffix("*")} if path.endswith("*") else {"exact": path}
        rules.append({"url_path": {"path": match}})
    return {"name": "envoy.filters.http.rbac", "typed_config": {
        "@type": f"{EXTENSIONS}.filters.http.rbac.v3.RBAC", "shadow_rules_stat_prefix": "istio_ext_authz_",
        "shadow_rules": {"action": "DENY", "policies": {"jeton": {
            "permissions": [{"not_rule": {"or_rules": {"rules": rules}}}], "principals": [{"any": True}]}}}}}


def traefik(port, jeton, service):
    """The dynamic configuration: the middlewares' own words, in the order of the route's filters."""
    middlewares = {each["metadata"]["name"]: each["spec"]
                   for each in objects("traefik-gateway.yaml") if each["kind"] == "Middleware"}
    filters = only("HTTPRoute", "traefik-gateway.yaml")["rules"][0]["filters"]
    address = middlewares["jeton"]["forwardAuth"]["address"]
    middlewares["jeton"]["forwardAuth"]["address"] = address.replace(
        "jeton.jeton.svc.cluster.local:8080", f"127.0.0.1:{jeton}")
    prefix, replacement = metadata()
    middlewares["metadata"] = {"replacePathRegex": {
        "regex": f"^{re.escape(prefix)}(.*)", "replacement": replacement + "$1"}}
    return {"http": {
        "routers": {
            "git": {"rule": "PathPrefix(`/`)", "entryPoints": ["web"], "service": "git",
                    "middlewares": [each["extensionRef"]["name"] for each in filters]},
            "metadata": {"rule": f"Path(`{prefix}`) || PathPrefix(`{prefix}/`)", "entryPoints": ["web"],
                         "service": "jeton", "middlewares": ["metadata"]}},
        "middlewares": middlewares,
        "services": {
            "git": {"loadBalancer": {"servers": [{"url": f"http://127.0.0.1:{service}"}]}},
            "jeton": {"loadBalancer": {"servers": [{"url": f"http://127.0.0.1:{jeton}"}]}}}}}


class Gateway:
    def __init__(self, kind, folder, jeton, service):
        self.kind, self.folder, self.port = kind, folder, free_port()
        config = {"envoy-gateway": envoy_gateway, "istio": istio, "traefik": traefik}[kind](self.port, jeton, service)
        (folder / "dynamic.yaml").write_text(json.dumps(config))  # JSON is YAML
        if kind == "traefik":
            more = objects("values.yaml")[0]["additionalArguments"]
            self.command = [
                BIN / "traefik", f"--entryPoints.web.address=127.0.0.1:{self.port}",
                f"--providers.file.filename={folder}/dynamic.yaml", *more]
        else:
            self.command = [
                BIN / "envoy", "--disable-hot-restart", "--concurrency", "1", "-c", folder / "dynamic.yaml"]

    def __enter__(self):
        with (self.folder / "proxy.log").open("wb") as log:
            self.process = subprocess.Popen(
                self.command, stdin=subprocess.DEVNULL, stdout=log, stderr=log, cwd=self.folder,
                env={"PATH": os.environ["PATH"], "HOME": str(self.folder)})
        wait_for(self._is_ready, seconds=60)
        return self

    def _is_ready(self):
        assert self.process.poll() is None, (self.folder / "proxy.log").read_text()
        return accepts(self.port) and ask(self).status == 401

    def __exit__(self, *_):
        self.process.terminate()
        self.process.wait(timeout=20)


@pytest.fixture(scope="module")
def desk(tmp_path_factory):
    alice = ("alice", "--email", "alice@example.com", "--name", "Alice")
    with desk_of(tmp_path_factory, CONFIG, alice, "bob") as jeton:
        yield jeton


@pytest.fixture(scope="module")
def service(tmp_path_factory):
    folder = tmp_path_factory.mktemp("repositories")
    with Service(folder) as service:
        yield service


@pytest.fixture(scope="module", params=["envoy-gateway", "istio", "traefik"])
def gateway(request, tmp_path_factory, desk, service):
    for name in ("app", "secret"):
        git("init", "--quiet", "--bare", "--initial-branch=main", f"team/{request.param}-{name}.git",
            folder=service.folder)
    folder = tmp_path_factory.mktemp(request.param)
    with Gateway(request.param, folder, desk.port, service.port) as gateway:
        yield gateway


@pytest.fixture(scope="module")
def tokens(desk):
    return {user: desk.make_token("gateway", user=user) for user in ("alice", "bob")}


FORGED = ["Remote-User", "remote-email", "REMOTE-GROUPS", "Remote-Name", "Remote-Kind", "Remote-Actor", "X-Jeton-Groups",
          "X-Jeton-Token", "Jeton-Token-Expires", "X-Jeton-Password-Deprecated", "Remote.User", "Remote.Email", "Remote.Groups"]


@pytest.mark.parametrize("user", ["alice", "bob"])
def test_the_service_learns_who_it_is_from_jeton_alone(gateway, service, tokens, user):
    for forged in ([], [(name, "root") for name in FORGED], [("Remote_User", "root"), ("remote_email", "root")]):
        answer = ask(gateway, headers=[bearer(tokens[user])] + forged)
        if answer.status == 400 and forged:
            continue
        assert answer.status == 200
        headers = seen_by(service)["headers"]
        assert [value for name, value in headers if name == "remote_user"] == [user]
        emails = [value for name, value in headers if name == "remote_email"]
        assert emails == (["alice@example.com"] if user == "alice" else [])
        assert "root" not in [value for name, value in headers]


def test_the_token_ends_at_the_gateway(gateway, service, tokens):
    secret = tokens["alice"]
    for name, value in (("Authorization", basic("alice", secret)), ("Private-Token", secret),
                        ("X-Authentication-Token", secret)):
        answer = ask(gateway, headers=[(name, value)])
        assert (answer.status, name) == (200, name)
        assert secret not in str(seen_by(service)["headers"])
        assert name.lower() not in [found for found, _ in service.seen[-1]["headers"]]


def test_no_token_is_a_challenge_and_a_revoked_one_says_so(gateway, service, desk):
    count = len(service.seen)
    answer = ask(gateway)
    assert (answer.status, answer.headers["WWW-Authenticate"].split(",")[0]) == (
        401, 'Basic realm="Projects over Git"')
    name = f"revoked {gateway.kind}"
    revoked = desk.make_token(name)
    desk.revoke(name)
    answer = ask(gateway, headers=[bearer(revoked)])
    assert (answer.status, answer.headers["X-Jeton-Reason"]) == (401, "revoked")
    assert answer.text.startswith("this token was revoked")
    assert len(service.seen) == count


def test_clients_that_sign_in_find_the_desk(gateway, service, desk):
    known = "/.well-known/oauth-protected-resource"
    count = len(service.seen)
    for path in ("", "/team/app.git"):
        answer = ask(gateway, path=known + path)
        assert answer.status == 200, answer.text
        assert json.loads(answer.text)["resource"] == "https://git.example.com" + path
    for path in (known + "X", known + "/../../x", "/x/.." + known + "x"):
        assert ask(gateway, path=path).status in (400, 401, 404), path
    metadata = f'resource_metadata="https://git.example.com{known}"'
    challenges = ask(gateway, path="/x").headers.get_all("WWW-Authenticate")
    # Envoy's filter joins what it lets through to the client into one line, which is as good (RFC 9110, 11.6.1).
    assert ", ".join(challenges) == (
        f'Basic realm="Projects over Git", charset="UTF-8", Bearer scope="git:read", {metadata}')
    reader = desk.make_token(f"reads and signs in {gateway.kind}", "--scope", "git:read")
    answer = ask(gateway, "PUT", headers=[bearer(reader)], body=b"x")
    assert (answer.status, "insufficient_scope" in answer.headers["WWW-Authenticate"]) == (403, True)
    assert len(service.seen) == count


def test_what_only_reads_cannot_write(gateway, service, desk):
    reader = desk.make_token(f"reads {gateway.kind}", "--scope", "git:read")
    count = len(service.seen)
    for forged in ([], [("X-Original-Method", "GET"), ("X-Original-URI", "/")],
                   [("X-Forwarded-Method", "GET"), ("X-Forwarded-Uri", "/")], [("X-Original-URL", "http://x/")]):
        for method in ("PUT", "POST", "DELETE", "MKCOL"):
            assert ask(gateway, method, headers=[bearer(reader)] + forged, body=b"x").status == 403
    assert len(service.seen) == count
    overrides = [(name, "PUT") for name in ("X-HTTP-Method-Override", "X-HTTP-Method", "X-Method-Override")] + [
        (name, "/y") for name in ("X-Original-URL", "X-Rewrite-URL", "X-Original-URI", "X-Forwarded-Uri",
                                  "X-Forwarded-Path", "X-Forwarded-Prefix", "X-Script-Name")]
    assert ask(gateway, headers=[bearer(reader)] + overrides).status == 200
    seen = dict(service.seen[-1]["headers"])
    assert not {name.lower() for name, _ in overrides} & set(seen)


def test_git_clones_pushes_and_stays_at_its_path(gateway, desk, tmp_path):
    here, there = (f"127.0.0.1:{gateway.port}/team/{gateway.kind}-{name}.git" for name in ("app", "secret"))
    narrow = desk.make_token(f"narrow {gateway.kind}", "--scope", f"git:/team/{gateway.kind}-app.git")
    git("clone", "--quiet", f"http://alice:{narrow}@{here}", "one", folder=tmp_path)
    commit(tmp_path / "one", "from one")
    git("push", "--quiet", "origin", "HEAD:main", folder=tmp_path / "one")
    refused = git("ls-remote", f"http://alice:{narrow}@{there}", folder=tmp_path, check=False)
    assert refused.returncode != 0 and "may read at Projects over Git only below" in refusal(refused)[0]
    reader = desk.make_token(f"clones {gateway.kind}", "--scope", "git:read")
    git("clone", "--quiet", f"http://alice:{reader}@{here}", "two", folder=tmp_path)
    assert (tmp_path / "two/file").read_text() == "from one"
    commit(tmp_path / "two", "not to arrive")
    assert "may not write" in refusal(git("push", folder=tmp_path / "two", check=False))[0]


def test_without_jeton_it_is_closed(gateway, service, desk, tokens):
    desk.stop()
    try:
        count = len(service.seen)
        answer = ask(gateway, headers=[bearer(tokens["alice"])])
        assert answer.status == {"envoy-gateway": 403, "istio": 503, "traefik": 500}[gateway.kind]
        assert len(service.seen) == count
    finally:
        desk.start()
    assert wait_for(lambda: ask(gateway, headers=[bearer(tokens["alice"])]).status == 200)
