"""Logins as directories hand them out: by the command line, SCIM and a provider, and in the hands of real clients."""

import contextlib
import csv
import html
import io
import json
import netrc
import os
import re
import shutil
import subprocess
import unicodedata
import xml.etree.ElementTree
from urllib.parse import quote, unquote

import pytest
import requests

from browser import Browser
from jeton import BINARY, EXAMPLE, PASSWORD, Builds, Jeton, basic, git, git_environment, hidden_fields
from pasted import commands, made_on_the_page, paste, placed
from provided import MockProvider, provided_desk
from test_browser import shown_secret
from test_oidc import ALICE, choose
from test_scim import SCIM

LOGINS = [
    "siobhan.o'brien@example.com", "guest_example.com#EXT#@tenant.example", r'DOM\al "Al" & <Co>, Ltd; $(id) `id` %41!',
    "Zoë Müller", "-rf", "..", "=cmd|' /C calc'!A0", "x" * 254, "語" * 254, "+1 ~*?[a] {b} ^|",
]


def user(desk, verb, login, input=""):
    """Runs `jeton user VERB LOGIN`, where the login may begin with a dash."""
    subprocess.run(
        [BINARY, "user", verb, "--data", desk.data, "--", login], input=input, capture_output=True, text=True,
        timeout=30, check=True)


@pytest.fixture(scope="module")
def desk(tmp_path_factory):
    with Jeton(tmp_path_factory.mktemp("desk")) as server:
        server.add_user("root", "--admin")
        for login in LOGINS:
            user(server, "add", login, PASSWORD + "\n")
        yield server


@pytest.fixture(scope="module")
def builds(tmp_path_factory, desk):
    with Builds(tmp_path_factory.mktemp("builds"), desk) as nginx:
        yield nginx


@pytest.fixture(params=LOGINS, ids=lambda login: login[:12])
def login(request):
    return request.param


def make_token(desk, login, name):
    return desk.run("token", "create", f"--user={login}", "--name", name).stdout.strip()


def test_the_gate_takes_it_from_curl_in_any_case_and_form(desk, login):
    token = make_token(desk, login, "curl")
    for spelling in {login, login.upper(), login.lower(), unicodedata.normalize("NFD", login)}:
        answer = subprocess.run(
            ["curl", "--silent", "--include", "--user", f"{spelling}:{token}", f"{desk.url}/verify/maven"],
            capture_output=True, text=True, timeout=20, check=True).stdout
        assert answer.startswith("HTTP/1.1 200"), spelling
        user = re.search(r"^Remote-User: (.*)\r?$", answer, re.M)[1].rstrip("\r")
        assert user.isascii() and unquote(user) == login
    assert desk.verify(headers={"Authorization": basic(login + "x", token)}).status_code == 401


def test_it_is_listed_and_changed_by_the_command_line(desk, login):
    assert login in desk.run("user", "list").stdout
    assert login in [person["login"] for person in json.loads(desk.run("user", "list", "--json").stdout)]
    token = make_token(desk, login, "cli")
    user(desk, "suspend", login)
    assert desk.status(token) != 200
    user(desk, "resume", login.upper())
    assert desk.status(token) == 200
    desk.run("token", "revoke", f"--user={login}", "--name", "cli")
    assert desk.status(token) == 401
    assert all(json.loads(line) for line in desk.whole_log().splitlines() if line.startswith("{"))


def test_pages_show_it_and_the_lines_beside_a_token_work(desk, builds, login, tmp_path):
    token, steps = made_on_the_page(desk, login, name="page")
    environment = git_environment(tmp_path)
    # The shell, as bash and as dash read it.
    for shell in ("bash", "sh"):
        command = commands(steps["curl"])[0].replace("curl ", "curl --silent --fail --write-out %{http_code} ", 1)
        command = re.sub(r"https://HOST/$", f"{desk.url}/verify/maven", command)
        code, screen = paste(tmp_path, command, token, shell=(shell, "-c"))
        assert code == 0 and screen.endswith("200"), screen

    # .netrc, as curl, Git and Python read it.
    file = tmp_path / ".netrc"
    file.write_text(placed(steps[".netrc"], "~/.netrc").replace("HOST", "127.0.0.1") + "\n")
    file.chmod(0o600)
    assert netrc.netrc(file).authenticators("127.0.0.1") == (login, "", token)
    said = subprocess.run(
        ["curl", "--silent", "--netrc", "--write-out", "%{http_code}", f"{desk.url}/verify/maven"],
        capture_output=True, text=True, env=environment, timeout=20)
    assert said.stdout == "200"
    repository = builds.make_repository("netrc-" + str(LOGINS.index(login)))
    git("ls-remote", builds.url + repository, folder=tmp_path)
    file.unlink()

    # Git's credential helper, from the lines.
    script = commands(steps["Git"])[0].replace("https", "http").replace("HOST", builds.address)
    code, screen = paste(tmp_path, script, token, GIT_CONFIG_NOSYSTEM="1")
    assert code == 0, screen
    git("ls-remote", builds.url + repository, folder=tmp_path)

    # An address, percent-encoded.
    git("ls-remote", f"http://{quote(login, safe='')}:{token}@{builds.address}{repository}", folder=tmp_path)

    # Maven's settings are XML.
    server = xml.etree.ElementTree.fromstring(placed(steps["Maven"], "~/.m2/settings.xml")).find("servers/server")
    assert (server.find("username").text, server.find("password").text) == (login, token)


@pytest.mark.parametrize("login", LOGINS[:4], ids=lambda login: login[:12])
def test_maven_reads_it_from_its_settings(desk, builds, login, tmp_path):
    token, steps = made_on_the_page(desk, login, name="maven")
    for name in ("library", "settings.xml"):
        source = EXAMPLE / name
        (shutil.copytree if source.is_dir() else shutil.copy)(source, tmp_path / name)
    settings = (tmp_path / "settings.xml").read_text()
    username = re.search(r"<username>.*</username>", placed(steps["Maven"], "~/.m2/settings.xml"))[0]
    (tmp_path / "settings.xml").write_text(settings.replace("<username>alice</username>", username))
    said = subprocess.run(
        ["mvn", "--batch-mode", "--no-transfer-progress", "--settings", "../settings.xml",
         f"-Dmaven.repo.local={tmp_path}/cache", f"-Dbuilds.url={builds.url}/maven/", "-Dmaven.test.skip=true",
         "deploy"],
        cwd=tmp_path / "library", env={**os.environ, "BUILDS_TOKEN": token}, stdin=subprocess.DEVNULL,
        capture_output=True, text=True, timeout=100)
    assert said.returncode == 0, said.stdout


def test_administrators_find_it(desk, login):
    root = desk.sign_in("root")
    for path in ("/admin/people", "/admin/tokens"):
        page = root.get(desk.url + path, params={"search": login})
        assert page.status_code == 200
        assert login in html.unescape(page.text)
        assert "<Co>" not in page.text and "&lt;Co&gt;" in page.text or "<Co>" not in login


def test_a_provider_provisions_it(desk):
    scim = SCIM(desk, desk.make_token("provisioning", "--scope", "jeton:scim", user="root"))
    for login in ["guest_other.com#EXT#@tenant.example", "siobhan.o'brien@other.example", "y" * 254, "Ünï cödé \\ \"q\""]:
        id = scim.add(login)
        escaped = json.dumps(login.upper())
        assert [user["userName"] for user in scim.find(f"userName eq {escaped}")] == [login]
        token = make_token(desk, login, "scim")
        assert desk.verify(headers={"Authorization": basic(login, token)}).status_code == 200
        # Another case is a change, and is kept as it is written.
        scim.patch(f"/Users/{id}", {"op": "replace", "path": "userName", "value": login.swapcase()})
        assert scim.send("GET", f"/Users/{id}")["userName"] == login.swapcase()
        assert desk.verify(headers={"Authorization": basic(login, token)}).status_code == 200
    for login in ["a:b", "a\u0301:b", "a:\u0301b", "a\u202eb", "z" * 255, "a\u00a0b"]:
        scim.send("POST", "/Users", {"userName": login}, expected=400)


def test_csv_holds_no_formula(desk):
    rows = csv.reader(io.StringIO(desk.sign_in("root").get(desk.url + "/admin/passwords.csv").text))
    assert not [cell for row in rows for cell in row if cell[:1] in "=+-@" and cell]


def test_a_provider_signs_it_in(tmp_path):
    people = [{**ALICE, "sub": f"s{number}", "preferred_username": login}
              for number, login in enumerate(LOGINS[:4])]
    with MockProvider(tmp_path / "provider", people) as provider:
        with provided_desk(tmp_path, provider.issuer, "not a secret", title="Example ID") as desk:
            for number, login in enumerate(LOGINS[:4]):
                with contextlib.closing(Browser(desk.url)) as browser:
                    browser.go("/tokens")
                    choose(browser, f"s{number}")
                    browser.open_form("New token")
                    browser.fill("Name", "ci")
                    browser.click("button", "Create token")
                    secret = shown_secret(browser)
                    browser.check()
                granted = desk.verify(headers={"Authorization": basic(login, secret)})
                assert (granted.status_code, unquote(granted.headers["Remote-User"])) == (200, login)


def test_each_spelling_of_a_login_counts_as_one_account(tmp_path):
    with Jeton(tmp_path) as desk:
        desk.add_user("Zoë")
        spellings = ["Zoë", "zoë", "ZOË", "Zoe\u0308", "zoe\u0308", "ZOE\u0308"]
        statuses = []
        for login in [*spellings, *spellings[:2]]:
            page = requests.get(desk.url + "/")
            statuses.append(requests.post(
                desk.url + "/sign-in", cookies=page.cookies, headers={"Origin": desk.url},
                data={**hidden_fields(page.text, "/sign-in"), "login": login, "password": "wrong"}).status_code)
        # A busy machine may take longer for the sixth than the wait of a second.
        assert 429 in statuses and statuses.index(429) >= 5, "five are free, of whichever spelling"


def test_a_password_is_right_from_every_keyboard(tmp_path):
    with Jeton(tmp_path) as desk:
        for number, form in enumerate(["NFC", "NFD"]):
            desk.add_user(f"user{number}", password=unicodedata.normalize(form, "Zoë’s pässword"))
            for typed in ["NFC", "NFD"]:
                desk.sign_in(f"user{number}", unicodedata.normalize(typed, "Zoë’s pässword"))
