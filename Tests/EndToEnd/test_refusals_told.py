"""What a refusal says, at the end of Git and of any other client, through all that the documents set before a service.

Each answer is a real one of Jeton's; its sentence, reason and Retry-After reach the client with its status.
"""

import pytest
import requests
import yaml

from fronts import FRONTS
from jeton import PASSWORD, Jeton, accepts, free_port, git, wait_for
from postgresql import PostgreSQL, held
from service import Service
from test_git import refusal

# Those that take heads for which Jeton has no sentence any more, and hand its 431 on as it is.
BIG = ("caddy-2.6", "caddy-2.11", "traefik")
AWAY = "the token desk does not answer: try again in a minute"


def configured(folder, **keys):
    """A desk with those keys; alice has an account of its own there."""
    (folder / "secret").write_text("a client's secret\n")
    path = folder / "jeton.yaml"
    path.write_text(yaml.safe_dump({
        "trusted_proxies": ["127.0.0.1/32"],
        "services": {
            "maven": {"title": "Maven private repository"}, "git": {"title": "Projects over Git", "kind": "git"},
            "old": {"title": "An old service", "kind": "git", "passwords": "transition"},
        }, **keys}))
    return Jeton(folder, config=path)


@pytest.fixture(scope="module")
def desk(tmp_path_factory):
    """Its identity provider, whom it asks about passwords, is away."""
    folder = tmp_path_factory.mktemp("desk")
    provider = {"issuer": f"http://127.0.0.1:{free_port()}", "client_id": "x", "client_secret_file": f"{folder}/secret"}
    with configured(folder, sign_in={"password_check": "oidc", "oidc": provider}) as jeton:
        jeton.add_user("alice", "--admin")
        yield jeton


@pytest.fixture(scope="module")
def guessed(tmp_path_factory):
    with configured(tmp_path_factory.mktemp("guessed")) as jeton:
        yield jeton


@pytest.fixture(scope="module")
def stale(tmp_path_factory):
    """One that has lost touch with its database."""
    folder = tmp_path_factory.mktemp("stale")
    with PostgreSQL() as postgresql, configured(folder, ledger=postgresql.address(), stale_for="2s") as jeton:
        jeton.add_user("alice", "--admin")
        jeton.token = jeton.make_token("stale")
        wait_for(lambda: jeton.status(jeton.token, "git") == 200)
        postgresql.freeze()
        wait_for(lambda: jeton.status(jeton.token, "git") == 503, seconds=60)
        yield jeton


@pytest.fixture(scope="module")
def starting(tmp_path_factory):
    """One that waits to read its tokens: their table is locked."""
    with PostgreSQL() as postgresql:
        jeton = configured(tmp_path_factory.mktemp("starting"), ledger=postgresql.address())
        with jeton:
            jeton.add_user("alice", "--admin")
            jeton.token = jeton.make_token("starting")
            jeton.stop()
            with held(postgresql.address(), "LOCK TABLE tokens"):
                jeton.start(until=lambda: accepts(jeton.port))
                yield jeton


@pytest.fixture(scope="module")
def service(tmp_path_factory):
    with Service(tmp_path_factory.mktemp("git")) as service:
        yield service


@pytest.fixture(scope="module")
def token(desk):
    return desk.make_token("refusals")


@pytest.fixture(params=FRONTS, ids=lambda front: front.name)
def front(request):
    if not request.param.says_why:
        pytest.skip("the first lines of nginx.md say nothing: those that say why are tried beside them")
    return request.param


@pytest.fixture
def told(front, service, tmp_path):
    """Asks through the front for a service at a desk, by requests and by Git, and gives what both are told."""
    def ask(port, name, login, secret, headers=(), guesses=0):
        count = len(service.seen)
        with front.start(tmp_path / "front", jeton=port, service=service.port, name=name) as running:
            for number in range(guesses):
                requests.get(f"{running.url}{front.path}/", auth=("", f"guess {number}"), timeout=60)
            answer = requests.get(
                f"{running.url}{front.path}/a.git/info/refs?service=git-upload-pack", headers=dict(headers),
                auth=(login, secret) if secret else None, timeout=60)
            options = [part for pair in headers for part in ("-c", f"http.extraHeader={': '.join(pair)}")]
            user = f"{login}:{secret.replace(' ', '%20')}@" if secret else ""
            result = git(
                *options, "ls-remote", f"http://{user}127.0.0.1:{running.port}{front.path}/a.git", folder=tmp_path,
                check=False)
        assert len(service.seen) == count, "nobody gets in"
        lines = refusal(result)
        is_ours = answer.headers.get("X-Jeton-Reason") or answer.status_code == 503
        if is_ours and (secret or answer.status_code != 401):  # Git says nothing of a 401 where it has no login
            assert lines == answer.text.splitlines()
            assert not answer.text or answer.headers["Content-Type"].startswith("text/plain")
        return answer.status_code, answer.headers.get("X-Jeton-Reason"), answer.headers.get("Retry-After"), lines

    return ask


def test_an_address_that_guesses(told, guessed):
    assert told(guessed.port, "git", "alice", "wrong", guesses=70) == (429, "too_many_failures", "60", [
        "too many different wrong tokens came from this address; wait a minute, then try again"])


def test_a_service_that_is_not_configured(told, desk, token):
    assert told(desk.port, "nowhere", "alice", token) == (500, "unknown_service", None, [
        "no service of this name is configured at the token desk; ask your administrator"])


def test_a_password_that_cannot_be_checked(told, desk):
    assert told(desk.port, "old", "alice", PASSWORD) == (502, "password_unchecked", "60", [
        "passwords cannot be checked just now; try again in a minute, or create a token at "
        + desk.new_token("old")])


def test_a_desk_that_has_lost_its_database(told, stale):
    assert told(stale.port, "git", "alice", stale.token) == (503, "stale", "1", [
        "the token desk has lost its database and grants nothing until it is back; try again in a moment"])


def test_a_desk_that_has_just_started(told, starting):
    assert told(starting.port, "git", "alice", starting.token) == (503, "starting", "5", [
        "the token desk has just started and does not know all tokens yet; try again in a moment"])


def test_two_credentials(told, front, desk, token):
    sent = [("Private-Token", desk.make_token(f"other {front.name}")), ("X-Authentication-Token", token)]
    assert told(desk.port, "git", "", "", sent) == (
        400, "several_credentials", None, [
            "two different credentials were sent at once; send one token, in one header"])


def test_a_token_that_may_not(told, front, desk):
    secret = desk.make_token(f"elsewhere {front.name}", "--scope", "maven")
    assert told(desk.port, "git", "alice", secret) == (403, "insufficient_scope", None, [
        f"this token may not read at Projects over Git; create one that may read: {desk.new_token('git')}"])


def test_a_token_that_is_paused(told, front, desk):
    api = desk.api(f"pauses {front.name}")
    token = api.create(f"paused {front.name}")
    [pause] = api.pause(token.id, 3600).json()["pauses"]
    assert told(desk.port, "git", "alice", token.secret) == (403, "paused", None, [
        f"this token was paused by its owner until {pause['until']}; it can be resumed at {desk.my_tokens}"])


def test_a_token_that_is_none(told, desk):
    status, reason, retry, lines = told(desk.port, "git", "alice", "jtn_wrong")
    assert (status, reason, retry) == (401, "not_a_token", None)
    assert lines and lines[0].startswith("this token was cut off or mistyped")


@pytest.mark.parametrize("sizes", [(15_500, 900), (13_000, 13_000, 13_000)], ids=lambda sizes: f"{sum(sizes)}")
def test_a_head_that_is_too_large(told, front, desk, sizes):
    """Of other fields than the credential only some proxies tell Jeton, which has no sentence beyond 32 KiB."""
    names = ["Private-Token", "A", "B"]
    status, reason, _, lines = told(desk.port, "git", "", "", [(name, "x" * size) for name, size in zip(names, sizes)])
    if status == 431:
        assert reason in ("head_too_large", None) and (reason or sum(sizes) > 32_000)
        assert lines == ["the request's headers are too large"] or front.name in BIG
    else:
        assert (status, reason) == (401, "not_a_token") or front.name == "haproxy" and (status, reason) == (400, None)
        assert front.name in ("envoy", "haproxy", "apache")


def test_a_desk_that_is_asked_at_a_wrong_address(told, front, desk, token):
    """By mistake in the proxy's configuration: neither a page's 200 nor a 404 reaches anybody."""
    # The examples write the service's name behind it, so that the last would be right.
    for name in ("/", "/healthz", "/tokens/", *(() if front.path else ("/verify/",))):
        status, reason, _, lines = told(desk.port, name, "alice", token)
        if front.name == "envoy":  # which tells no method, so that Jeton cannot know
            assert (status, reason, lines) in ((503, None, [AWAY]), (500, "unknown_service", lines))
        else:
            assert (status, reason, lines) == (500, "unknown_service", [
                "no service of this name is configured at the token desk; ask your administrator"]), name


def test_a_desk_that_does_not_answer(told, front, token):
    status, reason, _, lines = told(free_port(), "git", "alice", token)
    if front.name == "traefik":
        assert (status, reason, lines) == (500, None, [])
    else:
        assert (status, reason, lines) == (503, None, [AWAY])
