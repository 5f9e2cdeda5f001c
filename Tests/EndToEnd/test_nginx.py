"""The real nginx, with the lines of docs/protect/nginx.md and of the example as they stand there."""

import os
import re

import pytest
import requests

from jeton import PASSWORD, ROOT, Builds, Jeton, basic, free_port

DOCUMENT = (ROOT / "docs/protect/nginx.md").read_text()
BLOCKS = re.findall(r"```nginx\n(.*?)```", DOCUMENT, re.S)


@pytest.fixture(scope="module")
def documented(tmp_path_factory, jeton, echo):
    """nginx with the document's first lines alone, and with those that say why beside them."""
    few, _, inside, beside = BLOCKS[:4]  # the second is for the whole server, and the example has it
    assert "error_page" in inside and "@refused" in beside
    ports = {"few": free_port(), "why": free_port()}
    lines = few.replace("127.0.0.1:9000", f"127.0.0.1:{echo}").replace("127.0.0.1:8080", jeton.address)
    lines = lines.replace("/verify/default", "/verify/maven")
    more = lines.replace("location / {", "location / {" + inside)
    servers = f"""
        client_max_body_size 0;
        server {{ listen 127.0.0.1:{ports["few"]}; {lines} }}
        server {{ listen 127.0.0.1:{ports["why"]}; {more} {beside} }}
    """
    with Builds(tmp_path_factory.mktemp("documented"), jeton, more=servers):
        yield {name: f"http://127.0.0.1:{port}/some/path" for name, port in ports.items()}


def test_the_readme_has_the_same_lines():
    readme = (ROOT / "README.md").read_text()
    assert re.findall(r"```nginx\n(.*?)```", readme, re.S) == [BLOCKS[0]]


both = pytest.mark.parametrize("lines", ["few", "why"])


@pytest.fixture(scope="module")
def token(jeton):
    return jeton.make_token("nginx")


@both
def test_a_good_token_passes_and_the_service_learns_who_it_is(documented, lines, token):
    answer = requests.get(documented[lines] + "?q=1", auth=("alice", token))
    assert answer.status_code == 200
    seen = answer.json()
    assert (seen["method"], seen["path"]) == ("GET", "/some/path?q=1")
    assert seen["headers"]["remote-user"] == "alice"
    assert "authorization" not in seen["headers"], "the service must not see the token"


@both
def test_an_identity_that_the_client_wrote_never_arrives(documented, lines, token):
    forged = {f"Remote-{what}": "root" for what in ("User", "Name", "Email", "Groups")}
    seen = requests.get(documented[lines], auth=("alice", token), headers=forged).json()["headers"]
    assert {name: value for name, value in seen.items() if name.startswith("remote-")} == {"remote-user": "alice"}
    assert requests.get(documented[lines], headers=forged).status_code == 401


@both
def test_without_a_token_there_is_a_challenge(documented, lines):
    answer = requests.get(documented[lines])
    assert answer.status_code == 401
    assert answer.headers["WWW-Authenticate"].startswith('Basic realm="Maven private repository", charset="UTF-8"')


@both
def test_what_only_reads_cannot_write(documented, lines, jeton):
    reader = jeton.make_token(f"reader {lines}", "--scope", "maven:read")
    assert requests.get(documented[lines], auth=("", reader)).status_code == 200
    # nginx asks with GET, whatever the client does; no header of the client's may take the place of
    # what nginx says of the original.
    for forged in (
        {},
        {"X-Original-Method": "GET"},
        {"X-Forwarded-Method": "GET"},
        {"X-HTTP-Method-Override": "GET"},
    ):
        answer = requests.put(documented[lines], data=b"x", auth=("", reader), headers=forged)
        assert answer.status_code == 403, forged


@both
def test_a_token_for_another_service_is_refused(documented, lines, jeton):
    other = jeton.make_token(f"for git {lines}", "--scope", "git")
    assert requests.get(documented[lines], auth=("", other)).status_code == 403


@both
def test_a_large_upload_arrives_whole(documented, lines, token):
    size = 100_000_000
    answer = requests.put(documented[lines], data=os.urandom(1000) * (size // 1000), auth=("alice", token))
    assert (answer.status_code, answer.json()["received"]) == (200, size)


@both
def test_a_large_upload_with_a_bad_token_is_refused(documented, lines):
    answer = requests.put(documented[lines], data=bytes(10_000_000), auth=("alice", "wrong"))
    assert answer.status_code == 401


def test_a_refusal_says_why_in_one_line(documented, jeton, token):
    desk, form = jeton.my_tokens, jeton.new_token()
    cases = [
        (None, 401, f"Maven private repository needs a token, not a password; create one at {form}"),
        (("alice", PASSWORD), 401,
         f"this is not a token, and passwords are not accepted here; create a token at {form}"),
        (("mallory", token), 401,
         f"this token belongs to another login; send its owner's login with it, or none; see {desk}"),
        (("", jeton.make_token("reads git", "--scope", "git:read")), 403,
         f"this token may not read at Maven private repository; create one that may read: {form}"),
    ]
    for credential, status, sentence in cases:
        answer = requests.get(documented["why"], auth=credential)
        assert (answer.status_code, answer.text) == (status, sentence + "\n")
        assert answer.headers["Content-Type"] == "text/plain"


def test_two_credentials_are_refused_as_that(documented, jeton, token):
    headers = {"Authorization": basic("alice", token), "Private-Token": jeton.make_token("second")}
    assert requests.get(documented["few"], headers=headers).status_code == 500
    answer = requests.get(documented["why"], headers=headers)
    assert (answer.status_code, answer.text) == (
        400, "two different credentials were sent at once; send one token, in one header\n")


def test_many_different_guesses_are_slowed_down_and_one_stale_token_is_not(tmp_path):
    with Jeton(tmp_path) as slowed, Builds(tmp_path / "builds", slowed) as nginx:
        slowed.add_user("alice")
        good = slowed.make_token("good")
        url = nginx.url + "/maven/nothing"
        for _ in range(200):
            assert requests.get(url, auth=("", "stale")).status_code == 401
        answers = [requests.get(url, auth=("", f"guess {n}")) for n in range(100)]
        assert answers[-1].status_code == 429
        assert answers[-1].text.startswith("too many different wrong tokens came from this address")
        assert answers[-1].headers["Retry-After"] == "60"
        # Who has a good token behind the same address goes on.
        assert requests.get(url, auth=("", good)).status_code == 404


def test_clients_cannot_ask_jeton_through_nginx(builds, token):
    assert requests.get(builds.url + "/_jeton/maven", auth=("", token)).status_code == 404


def test_without_jeton_everything_is_closed(tmp_path, echo):
    down = Jeton(tmp_path)
    few = BLOCKS[0].replace("127.0.0.1:9000", f"127.0.0.1:{echo}").replace("127.0.0.1:8080", down.address)
    port = free_port()
    more = f"server {{ listen 127.0.0.1:{port}; {few} }}"
    with Builds(tmp_path / "builds", down, more=more) as nginx:
        (tmp_path / "builds/maven/a.jar").write_text("secret")
        assert requests.get(f"http://127.0.0.1:{port}/").status_code == 500
        for method in ("GET", "PUT"):
            answer = requests.request(method, nginx.url + "/maven/a.jar")
            assert (answer.status_code, answer.text) == (
                503, "the token desk does not answer: try again in a minute\n")
        assert requests.get(nginx.url + "/git/a.git/info/refs?service=git-upload-pack").status_code == 503
        # It opens again by itself.
        with down:
            down.add_user("alice")
            answer = requests.get(nginx.url + "/maven/a.jar", auth=("", down.make_token("again")))
            assert (answer.status_code, answer.text) == (200, "secret")
