"""CI jobs trade the identity that their CI system gives them for a token (RFC 8693, RFC 7523)."""

import concurrent.futures
import json
import subprocess
import time

import pytest
import requests

from issuer import ACCESS_TOKEN, ASSERTION, EXCHANGE, Issuer, Key, github, gitlab, kubernetes, trade, traded
from jeton import BINARY, Jeton, basic, hidden_fields, wait_for
from postgresql import PostgreSQL

SERVICES = {
    "maven": {"title": "Maven", "url": "https://repo.example.com/maven/", "paths": ["/*/*"]},
    "git": {"title": "Git", "kind": "git", "url": "https://git.example.com/"},
    "releases": {"title": "Releases", "writes": {"only_from": ["ci"]}},
    "closed": {"title": "Closed", "groups": ["insiders"]}}


def configured(folder, issuers, ledger=None, **more):
    """A desk that takes the identities of these issuers, not started yet."""
    folder.mkdir(parents=True, exist_ok=True)
    desk = Jeton(folder, config=folder / "jeton.yaml")
    desk.config.write_text(json.dumps({
        "public_url": desk.url, "metrics": {"listen": desk.address}, "services": SERVICES,
        "federation": issuers, **({"ledger": ledger} if ledger else {}), **more}))
    desk.audience = desk.url
    return desk


def add_account(desk, login="bot-app", *options):
    desk.run("account", "add", login, "--purpose", "Builds", "--owners", "build-team", *options)


def add_rule(desk, name, issuer, *claims, account="bot-app", patterns=(), scopes=("maven:write",), more=()):
    """Adds a trust rule, and returns its identifier."""
    flags = [word for claim in claims for word in ("--claim", claim)]
    flags += [word for pattern in patterns for word in ("--claim-pattern", pattern)]
    flags += [word for scope in scopes for word in ("--scope", scope)]
    rule = desk.run("trust", "add", "--account", account, "--name", name, "--issuer", issuer, *flags, *more, "--json")
    return json.loads(rule.stdout)["id"]


def errors(answer):
    assert answer.status_code == 400, answer.text
    assert answer.headers["Cache-Control"] == "no-store"
    return answer.json()["error"]


@pytest.fixture(scope="module")
def hub():
    with Issuer() as issuer:
        yield issuer


@pytest.fixture(scope="module")
def lab():
    with Issuer("ES256") as issuer:
        yield issuer


@pytest.fixture(scope="module")
def cluster():
    with Issuer("EdDSA") as issuer:
        yield issuer


@pytest.fixture(scope="module")
def desk(tmp_path_factory, hub, lab, cluster):
    folder = tmp_path_factory.mktemp("desk")
    keys = folder / "cluster.json"
    keys.write_text(json.dumps({"keys": [cluster.key.public]}))
    issuers = {
        "hub": {"issuer": hub.issuer, "kind": "github"}, "lab": {"issuer": lab.issuer, "kind": "gitlab"},
        "cluster": {
            "issuer": "https://kubernetes.default.svc", "kind": "kubernetes", "jwks_file": str(keys), "audience": "desk"}}
    with configured(folder, issuers) as desk:
        desk.add_user("alice", "--group", "build-team")
        desk.add_user("root", "--admin")
        desk.add_user("carol")
        add_account(desk)
        desk.rules = {
            "release": add_rule(
                desk, "release", "hub", "repository_id=74", "environment=release",
                patterns=["workflow_ref=acme/app/.github/workflows/release.yml@refs/tags/*"],
                scopes=["maven:write", "releases"]),
            "library": add_rule(
                desk, "library", "lab", "project_id=20", "ref_protected=true", scopes=["git:read"],
                more=["--lifetime", "1h"]),
            "pod": add_rule(
                desk, "pod", "cluster", "sub=system:serviceaccount:build:runner",
                "kubernetes.io/serviceaccount/uid=8f1d", scopes=["maven:read"])}
        yield desk


def test_a_job_of_github_trades_its_identity(desk, hub):
    answer = trade(desk, hub.identity(desk.audience, **github()), requested_token_type=ACCESS_TOKEN)
    assert answer.status_code == 200, answer.text
    assert answer.headers["Cache-Control"] == "no-store"
    body = answer.json()
    token = body.pop("access_token")
    assert token.startswith("jtn_")
    assert 890 <= body.pop("expires_in") <= 900
    assert body == {
        "issued_token_type": ACCESS_TOKEN, "token_type": "Bearer", "scope": "maven:write releases"}
    granted = desk.verify("maven", "PUT", {"Authorization": basic("__token__", token)})
    assert (granted.status_code, granted.headers["Remote-User"]) == (200, "bot-app")
    assert desk.verify("git", "GET", {"Authorization": f"Bearer {token}"}).status_code == 403
    listed = json.loads(desk.run("token", "list", "--user", "bot-app", "--json").stdout)
    named = next(found for found in listed if found["id"] == granted.headers["X-Jeton-Token"])
    assert named["name"] == "acme/app release.yml #991"
    event = json.loads(desk.run("events", "--token", named["id"], "--json").stdout.splitlines()[0])
    assert event["kind"] == "token_created"
    assert f"by the trust rule release ({desk.rules['release']})" in event["detail"]


def test_a_job_of_gitlab_and_a_pod_do(desk, lab, cluster):
    token = traded(desk, lab.identity(desk.audience, **gitlab()))
    assert desk.verify("git", "GET", {"Authorization": f"Bearer {token}"}).status_code == 200
    claims = cluster.claims("desk", iss="https://kubernetes.default.svc", **kubernetes())
    identity = cluster.key.sign(claims, typ=None)
    assert desk.status(traded(desk, identity)) == 200
    # Without a jti, it is recognised by what it says.
    assert errors(trade(desk, identity)) == "invalid_request"
    assert not cluster.fetched


def test_the_assertion_of_rfc_7523_is_another_way(desk, hub):
    def assertion(**claims):
        form = {"grant_type": ASSERTION, "assertion": hub.identity(desk.audience, **github(**claims)),
                "scope": "maven:read"}
        return requests.post(desk.url + "/oauth/token", data=form, timeout=30)

    body = assertion().json()
    assert body["scope"] == "maven:read"
    assert "issued_token_type" not in body
    assert errors(assertion(repository_id="75")) == "invalid_grant"


def test_the_metadata_names_both(desk):
    found = requests.get(desk.url + "/.well-known/oauth-authorization-server", timeout=10).json()
    assert {EXCHANGE, ASSERTION} <= set(found["grant_types_supported"])
    assert found["token_endpoint"] == desk.url + "/oauth/token"


@pytest.mark.parametrize("claims", [
    {"repository_id": "75"}, {"repository_id": None}, {"environment": "test"}, {"environment": None},
    {"workflow_ref": "acme/app/.github/workflows/release.yml@refs/heads/main"},
    {"workflow_ref": "evil/acme/app/.github/workflows/release.yml@refs/tags/v1"}])
def test_every_claim_has_to_match(desk, hub, claims):
    answer = trade(desk, hub.identity(desk.audience, **github(**claims)))
    assert errors(answer) == "invalid_request"
    # Whoever asks may be anybody: nothing of the rule is said.
    assert "no trust rule matches" in answer.json()["error_description"]
    assert "release" not in answer.json()["error_description"]


NOW = int(time.time())
FORGED = {
    "another issuer": {"iss": "https://evil.test"}, "no issuer": {"iss": None},
    "another audience": {"aud": "https://other.test"}, "no audience": {"aud": None},
    "two audiences": {"aud": ["DESK", "x"], "azp": "x"}, "no subject": {"sub": None},
    "expired": {"exp": NOW - 120}, "no expiry": {"exp": None}, "no issue time": {"iat": None},
    "of the future": {"iat": NOW + 7200}, "not yet valid": {"nbf": NOW + 7200},
    "valid for years": {"exp": NOW + 10**8}, "issued long ago": {"iat": NOW - 10**6, "nbf": None},
    "a security event": {"events": {}}, "a pull request's target": {"event_name": "pull_request_target"},
    "another workflow's run": {"event_name": "workflow_run"}}


@pytest.mark.parametrize("name", FORGED)
def test_claims_are_checked(desk, hub, name):
    claims = {**github(), **FORGED[name]}
    if isinstance(claims.get("aud"), list):
        claims["aud"] = [desk.audience if audience == "DESK" else audience for audience in claims["aud"]]
    assert errors(trade(desk, hub.identity(desk.audience, **claims))) == "invalid_request"


HEADERS = {
    "an access token": {"typ": "at+jwt"}, "a logout token": {"typ": "logout+jwt"},
    "a security event token": {"typ": "secevent+jwt"}, "a proof of possession": {"typ": "dpop+jwt"},
    "another desk's assertion": {"typ": "oauth-id-jag+jwt"}, "without a key": {"kid": None},
    "with an unknown key": {"kid": "other"}, "with critical extensions": {"crit": ["exp"]}}


@pytest.mark.parametrize("name", HEADERS)
def test_headers_are_checked(desk, hub, name):
    identity = hub.key.sign(hub.claims(desk.audience, **github()), **HEADERS[name])
    assert errors(trade(desk, identity)) == "invalid_request"


def test_signatures_are_checked(desk, hub):
    claims = hub.claims(desk.audience, **github())
    forged = Key("first")  # the same name
    for identity in [forged.sign(claims), forged.sign(claims, jwk=forged.public), "x.y.z", "", "jtn_x"]:
        assert errors(trade(desk, identity)) == "invalid_request"
    head, body, signature = hub.key.sign(claims).split(".")
    assert errors(trade(desk, f"{head}.{body}.")) == "invalid_request"
    assert errors(trade(desk, f"eyJhbGciOiJub25lIn0.{body}.")) == "invalid_request"
    assert trade(desk, f"{head}.{body}.{signature}").status_code == 200


@pytest.mark.parametrize("form, error", [
    ({"subject_token_type": "urn:ietf:params:oauth:token-type:access_token"}, "unauthorized_client"),
    ({"subject_token_type": None}, "invalid_request"), ({"subject_token": None}, "invalid_request"),
    ({"requested_token_type": "urn:ietf:params:oauth:token-type:refresh_token"}, "invalid_request"),
    ({"actor_token": "x", "actor_token_type": "y"}, "invalid_request"),
    ({"scope": "maven:write git:read"}, "invalid_scope"), ({"scope": "maven"}, "invalid_scope"),
    ({"scope": "openid"}, "invalid_scope"), ({"scope": "jeton:manage"}, "invalid_scope"),
    ({"resource": "https://git.example.com/app.git"}, "invalid_target"), ({"audience": "git"}, "invalid_target"),
    ({"resource": "https://elsewhere.test/"}, "invalid_target"),
    ({"audience": "maven", "resource": "https://git.example.com/"}, "invalid_target")])
def test_what_is_asked_for_is_checked(desk, hub, form, error):
    assert errors(trade(desk, hub.identity(desk.audience, **github()), **form)) == error


@pytest.mark.parametrize("form, scope", [
    ({"scope": "maven:read"}, "maven:read"), ({"scope": "maven:write:/com/acme"}, "maven:write:/com/acme"),
    ({"resource": "https://repo.example.com/maven/com/acme"}, "maven:write"), ({"audience": "maven"}, "maven:write"),
    ({"audience": "DESK"}, "maven:write releases"),
    ({"subject_token_type": "urn:ietf:params:oauth:token-type:id_token"}, "maven:write releases")])
def test_what_is_asked_for_narrows(desk, hub, form, scope):
    form = {name: desk.url if value == "DESK" else value for name, value in form.items()}
    answer = trade(desk, hub.identity(desk.audience, **github()), **form)
    assert answer.json().get("scope") == scope, answer.text


def test_an_identity_is_traded_once_also_at_once(desk, hub):
    identity = hub.identity(desk.audience, **github())
    with concurrent.futures.ThreadPoolExecutor(16) as pool:
        answers = list(pool.map(lambda _: trade(desk, identity), range(32)))
    assert sorted(answer.status_code for answer in answers) == [200] + [400] * 31
    assert "traded before" in trade(desk, identity).json()["error_description"]
    # What was asked for in vain uses nothing up.
    identity = hub.identity(desk.audience, **github())
    assert errors(trade(desk, identity, scope="git")) == "invalid_scope"
    assert trade(desk, identity).status_code == 200


def test_an_issuer_can_change_its_keys(desk, tmp_path):
    with Issuer() as issuer, configured(tmp_path, {"hub": {"issuer": issuer.issuer, "kind": "github"}}) as desk:
        desk.add_user("alice", "--group", "build-team")
        add_account(desk)
        add_rule(desk, "release", "hub", "repository_id=74")
        assert trade(desk, issuer.identity(desk.audience, **github())).status_code == 200
        issuer.key = Key("second", "ES256")
        issuer.keys = [issuer.key]
        time.sleep(10)  # keys are fetched again no sooner
        assert trade(desk, issuer.identity(desk.audience, **github())).status_code == 200


def test_without_the_issuers_keys_the_answer_says_to_try_again(tmp_path):
    with configured(tmp_path, {"hub": {"issuer": "http://127.0.0.1:9", "kind": "github"}}) as desk:
        claims = {**Issuer.claims(type("x", (), {"issuer": "http://127.0.0.1:9"}), desk.audience, **github())}
        answer = trade(desk, Key("first").sign(claims))
        assert (answer.status_code, answer.json()["error"]) == (503, "temporarily_unavailable")
        assert "Retry-After" in answer.headers


def test_a_removed_rule_gives_nothing_and_takes_back_what_it_gave(desk, hub):
    rule = add_rule(desk, "short", "hub", "repository_id=99", scopes=["maven:read"])
    token = traded(desk, hub.identity(desk.audience, **github(repository_id="99")))
    assert desk.status(token) == 200
    said = desk.run("trust", "remove", "--id", rule)
    assert said.stdout == "removed the trust rule short with 1 token\n"
    assert desk.status(token) == 401
    assert errors(trade(desk, hub.identity(desk.audience, **github(repository_id="99")))) == "invalid_request"
    assert json.loads(desk.run("trust", "remove", "--id", rule, "--json").stdout)["revoked_tokens"] == 0


def test_an_issuer_that_is_removed_gives_nothing(tmp_path, hub):
    desk = configured(tmp_path, {"hub": {"issuer": hub.issuer, "kind": "github"}})
    with desk:
        desk.add_user("alice", "--group", "build-team")
        add_account(desk)
        add_rule(desk, "release", "hub", "repository_id=74")
        assert trade(desk, hub.identity(desk.audience, **github())).status_code == 200
        desk.stop()
        desk.config.write_text(json.dumps({
            "public_url": desk.url, "services": SERVICES,
            "federation": {"other": {"issuer": "https://gitlab.example.com", "kind": "gitlab"}}}))
        desk.start()
        assert errors(trade(desk, hub.identity(desk.audience, **github()))) == "invalid_request"
        assert "not configured" in desk.run("trust", "list").stdout


def test_a_suspended_account_gets_nothing(desk, hub):
    add_account(desk, "bot-held")
    add_rule(desk, "held", "hub", "repository_id=50", account="bot-held", scopes=["maven:read"])
    token = traded(desk, hub.identity(desk.audience, **github(repository_id="50")))
    desk.run("account", "suspend", "bot-held")
    answer = trade(desk, hub.identity(desk.audience, **github(repository_id="50")))
    assert errors(answer) == "invalid_request"
    assert "suspended" in answer.json()["error_description"]
    assert desk.status(token) == 403
    desk.run("account", "resume", "bot-held")
    assert trade(desk, hub.identity(desk.audience, **github(repository_id="50"))).status_code == 200


def test_an_account_without_a_steward_gets_nothing(desk, hub):
    desk.add_user("dora", "--group", "lonely")
    desk.run("account", "add", "bot-lonely", "--purpose", "Builds", "--owners", "lonely")
    add_rule(desk, "lonely", "hub", "repository_id=51", account="bot-lonely", scopes=["maven:read"])
    assert trade(desk, hub.identity(desk.audience, **github(repository_id="51"))).status_code == 200
    desk.run("user", "suspend", "dora")
    assert errors(trade(desk, hub.identity(desk.audience, **github(repository_id="51")))) == "invalid_request"


def test_a_token_ends_with_its_rule(desk, hub):
    add_rule(desk, "brief", "hub", "repository_id=52", scopes=["maven:read"], more=["--expires", "3s"])
    body = trade(desk, hub.identity(desk.audience, **github(repository_id="52"))).json()
    assert body["expires_in"] <= 3
    assert desk.status(body["access_token"]) == 200
    wait_for(lambda: desk.status(body["access_token"]) == 401, seconds=10)
    assert errors(trade(desk, hub.identity(desk.audience, **github(repository_id="52")))) == "invalid_request"


def test_releases_come_from_jobs_alone(desk, hub):
    token = traded(desk, hub.identity(desk.audience, **github()))
    lasting = desk.make_token("laptop", "--scope", "releases", user="alice")
    for method, status in [("GET", 200), ("PUT", 200)]:
        assert desk.verify("releases", method, {"Authorization": f"Bearer {token}"}).status_code == status
    assert desk.verify("releases", "GET", {"Authorization": f"Bearer {lasting}"}).status_code == 200
    refused = desk.verify("releases", "PUT", {"Authorization": f"Bearer {lasting}"})
    assert (refused.status_code, refused.headers["X-Jeton-Reason"]) == (403, "writes_from_ci_only")
    assert refused.text.startswith("only CI jobs may write at Releases")
    # Also once the index was loaded again.
    desk.stop()
    desk.start()
    assert desk.verify("releases", "PUT", {"Authorization": f"Bearer {token}"}).status_code == 200
    assert desk.verify("releases", "PUT", {"Authorization": f"Bearer {lasting}"}).status_code == 403


@pytest.mark.parametrize("flags, sentence", [
    (["--issuer", "nobody", "--claim", "sub=x"], "--issuer must be one of cluster, hub, lab"),
    (["--issuer", "hub"], "--claim must be given"),
    (["--issuer", "hub", "--claim", "repository=acme/app"], "repository_id or repository_owner_id exactly, too"),
    (["--issuer", "hub", "--claim-pattern", "repository_id=7*"], "repository_id or repository_owner_id exactly, too"),
    (["--issuer", "lab", "--claim", "project_path=acme/lib"], "project_id or namespace_id exactly, too"),
    (["--issuer", "hub", "--claim", "repository_id=7", "--claim", "ref=refs/*"], "give it as a pattern"),
    (["--issuer", "hub", "--claim", "repository_id=7", "--claim", "aud=x"], "verified of every identity"),
    (["--issuer", "hub", "--claim", "repository_id=7", "--lifetime", "13h"], "--lifetime must be between 1m and 12h"),
    (["--issuer", "hub", "--claim", "repository_id=7", "--scope", "closed"], "in no group that may use closed"),
    (["--issuer", "hub", "--claim", "repository_id=7", "--scope", "jeton:rotate"], "no job gets a scope at the desk")])
def test_a_rule_is_checked(desk, flags, sentence):
    result = desk.run("trust", "add", "--account", "bot-app", "--name", "wrong", *flags, check=False)
    assert result.returncode == 1
    assert sentence in result.stderr


def test_a_try_says_which_rule_matches_and_why_others_do_not(desk, hub, tmp_path):
    path = tmp_path / "identity"

    def tried(**claims):
        path.write_text(hub.identity(desk.audience, **github(**claims)) + "\n")
        return desk.run("trust", "test", "--token-file", str(path), "--account", "bot-app", check=False)

    good = tried()
    assert good.returncode == 0, good.stderr
    assert f"release ({desk.rules['release']}) of bot-app matches: it gives the token" in good.stdout
    assert "it is about another issuer" in good.stdout
    bad = tried(environment="test", workflow_ref=None)
    assert bad.returncode == 1
    assert "  “environment” must be “release”, and is “test”\n" in bad.stdout
    assert "  the identity has no “workflow_ref”, which must be like “acme/app/" in bad.stdout
    for said in (good, bad):
        assert path.read_text().split(".")[1] not in said.stdout + said.stderr
    # A try uses nothing up.
    assert trade(desk, tried() and path.read_text().strip()).status_code == 200
    path.write_text(hub.key.sign(hub.claims("https://other.test", **github())))
    refused = desk.run("trust", "test", "--token-file", str(path), check=False)
    assert refused.returncode == 1
    assert "--token-file is not accepted: the identity is for somebody else (aud)" in refused.stderr


def test_stewards_manage_rules_through_the_api(desk, hub):
    api = desk.api("rules", user="alice")
    other = desk.api("rules", user="carol")
    path = api.url + "/accounts/bot-app/trust"
    body = {"name": "by api", "issuer": "hub", "claims": {"repository_id": "61"}, "patterns": {"ref": "refs/tags/*"},
            "scopes": ["maven:read"], "lifetime_seconds": 300}
    made = api.session.post(path, json=body, timeout=10)
    assert made.status_code == 201, made.text
    rule = made.json()
    assert (rule["claims"], rule["patterns"], rule["account"]) == (body["claims"], body["patterns"], "bot-app")
    assert rule in api.session.get(path, timeout=10).json()["rules"]
    assert other.session.get(path, timeout=10).status_code == 404
    assert other.session.post(path, json=body, timeout=10).status_code == 404
    assert other.session.delete(f"{path}/{rule['id']}", timeout=10).status_code == 404
    identity = hub.identity(desk.audience, **github(repository_id="61"))
    tried = api.session.post(path + "/test", json={"identity": identity}, timeout=10).json()
    assert tried["match"] == rule["id"]
    token = traded(desk, identity)
    assert api.session.delete(f"{path}/{rule['id']}", timeout=10).status_code == 204
    assert desk.status(token) == 401
    assert api.session.post(path, json={**body, "issuer": "nobody"}, timeout=10).status_code == 422
    # A token of a job manages nothing.
    job = traded(desk, hub.identity(desk.audience, **github()))
    assert requests.get(path, headers={"Authorization": f"Bearer {job}"}, timeout=10).status_code == 403


def test_stewards_manage_rules_on_a_page(desk, hub):
    account = json.loads(desk.run("account", "show", "bot-app", "--json").stdout)["id"]
    page = f"{desk.url}/accounts/{account}/trust"
    for login, status in [("alice", 200), ("root", 200), ("carol", 404)]:
        assert desk.sign_in(login).get(page, timeout=10).status_code == status
    alice = desk.sign_in("alice")

    def send(path, **fields):
        hidden = hidden_fields(alice.get(page, timeout=10).text, path)
        return alice.post(desk.url + path, data={**hidden, **fields}, headers={"Origin": desk.url}, timeout=10)

    path = f"/accounts/{account}/trust"
    wrong = send(path, name="by page", issuer="hub", claims="repository = acme/app", lifetime="15m", scopes="maven:read")
    assert wrong.status_code == 422
    assert "repository_owner_id exactly, too" in wrong.text
    made = send(
        path, name="by page", issuer="hub", claims="repository_id = 62\nref ~ refs/tags/*", lifetime="15m",
        scopes="maven:read")
    assert "Rule “by page” added." in made.text
    token = traded(desk, hub.identity(desk.audience, **github(repository_id="62")))
    shown = alice.get(page, timeout=10).text
    assert "1 token of “by page”" in shown
    assert token not in shown
    tried = send(path + "/test", identity=hub.identity(desk.audience, **github(repository_id="63")))
    assert "“repository_id” must be “62”, and is “63”" in tried.text
    rules = json.loads(desk.run("trust", "list", "--account", "bot-app", "--json").stdout)
    rule = next(found["id"] for found in rules if found["name"] == "by page")
    assert "is revoked" in send(f"{path}/{rule}/remove").text
    assert desk.status(token) == 401


def test_refusals_are_counted_and_do_not_flood_the_events(desk, hub):
    for _ in range(60):
        trade(desk, hub.identity(desk.audience, **github(repository_id="1000")))
    metrics = requests.get(desk.url + "/metrics", timeout=10).text
    count = next(line for line in metrics.splitlines()
                 if line.startswith('jeton_trades_total{issuer="hub",outcome="no_rule"}'))
    assert float(count.split()[-1]) >= 60
    events = desk.run("events", "--kind", "trade_refused", "--limit", "1000", "--json").stdout.splitlines()
    assert 1 <= len([line for line in events if "no_rule" in line]) <= 30
    assert not [line for line in events if "acme" in line]


def test_no_identity_reaches_a_log_or_the_ledger(desk, hub):
    identity = hub.identity(desk.audience, **github())
    token = traded(desk, identity)
    log = desk.whole_log()
    for secret in (identity.split(".")[2], token):
        assert secret not in log
        for path in desk.data.rglob("*"):
            assert not path.is_file() or secret.encode() not in path.read_bytes(), path


@pytest.mark.parametrize("section, sentence", [
    ({"hub": {"kind": "github"}}, "`federation.hub.issuer` is required"),
    ({"hub": {"issuer": "http://ci.example.com"}}, "an https address"),
    ({"hub": {"issuer": "https://a.test", "kind": "jenkins"}}, "github, gitlab"),
    ({"hub": {"issuer": "https://a.test"}, "lab": {"issuer": "https://a.test"}}, "is that of another name, too"),
    ({"hub": {"issuer": "https://a.test", "jwks_file": "/nowhere"}}, "cannot be read (/nowhere)"),
    ({"hub": {"issuer": "https://a.test", "jwks_file": "/etc/hostname", "jwks_uri": "https://a.test/k"}}, "use one")])
def test_the_configuration_is_checked(tmp_path, section, sentence):
    desk = configured(tmp_path, section)
    result = subprocess.run([BINARY, "check-config", "--config", desk.config], capture_output=True, text=True, timeout=30)
    assert result.returncode == 2
    assert sentence in result.stderr


def test_on_two_nodes_an_identity_is_traded_once_and_a_removal_counts(tmp_path, hub):
    with PostgreSQL() as server:
        issuers = {"hub": {"issuer": hub.issuer, "kind": "github"}}
        nodes = [configured(tmp_path / name, issuers, ledger=server.address()) for name in "ab"]
        with nodes[0], nodes[1]:
            nodes[0].add_user("alice", "--group", "build-team")
            add_account(nodes[0])
            rule = add_rule(nodes[0], "release", "hub", "repository_id=74", scopes=["maven:write", "releases"])
            for _ in range(5):
                identity = hub.identity(nodes[0].audience, **github())
                with concurrent.futures.ThreadPoolExecutor(16) as pool:
                    answers = list(pool.map(lambda n: trade(nodes[n % 2], identity), range(16)))
                good = [answer for answer in answers if answer.status_code == 200]
                assert len(good) == 1
                assert {answer.status_code for answer in answers} == {200, 400}
            token = good[0].json()["access_token"]
            for node in nodes:
                wait_for(lambda node=node: node.verify(
                    "releases", "PUT", {"Authorization": f"Bearer {token}"}).status_code == 200)
            nodes[0].run("trust", "remove", "--id", rule)
            for node in nodes:
                wait_for(lambda node=node: node.status(token) == 401)
                assert errors(trade(node, hub.identity(node.audience, **github()))) == "invalid_request"
