"""The example of a vendor's online services: what each of its clients sends, through the real nginx."""

import os
import shutil
import subprocess

import pytest
import requests

from jeton import PASSWORD, ROOT, Builds, Jeton, basic, git, wait_for
from test_git import commit, refusal

EXAMPLE = ROOT / "examples/online-services"
CLI = {"applicationName": "nuxeo-cli", "deviceId": "1"}


@pytest.fixture(scope="module")
def desk(tmp_path_factory):
    """A server with the example's services, and alice."""
    with Jeton(tmp_path_factory.mktemp("jeton"), config=EXAMPLE / "jeton.yaml") as server:
        server.add_user("alice", "--admin")
        yield server


@pytest.fixture(scope="module")
def vendor(tmp_path_factory, desk):
    """The example's nginx with what stands behind it."""
    with Builds(tmp_path_factory.mktemp("vendor"), desk, example=EXAMPLE) as nginx:
        nginx.nuxeo = nginx.url + "/nuxeo"
        yield nginx


@pytest.fixture
def token(desk, request):
    return desk.make_token(request.node.name)


class NuxeoCLI:
    """The requests of `nuxeo studio`, as it makes them: Basic once, and then its own token alone."""

    def __init__(self, vendor, login, token, program="nuxeo-cli"):
        self.base = vendor.nuxeo
        self.http = requests.Session()
        self.http.headers["User-Agent"] = program
        self.do_link(login, token)

    def do_link(self, login, token):
        # It encodes login and token as ASCII.
        answer = self.http.get(
            self.base + "/authentication/token", params={**CLI, "permission": "AMIREAD"},
            headers={"Authorization": basic(login, token)})
        self.link = answer
        self.token = answer.text if answer.status_code == 201 else None
        self.headers = {"X-Authentication-Token": self.token}

    def link_again(self, login, token):
        """As `nuxeo studio link` does where it has a token: it gives that up, or else gives up itself."""
        given_up = self.unlink()
        if given_up.status_code == 202:
            self.do_link(login, token)
        return given_up.status_code

    def get(self, path, project="acme"):
        return requests.get(f"{self.base}/site/studio/v2/project/{project}/{path}", headers=self.headers)

    def release(self, version, project="acme"):
        return requests.post(
            f"{self.base}/site/studio/v2/project/{project}/releases", headers=self.headers,
            json={"revision": "master", "versionName": version})

    def unlink(self):
        return self.http.get(
            self.base + "/authentication/token", params={**CLI, "revoke": "true"}, headers=self.headers)


def listed(desk):
    """The live tokens by name, as the command line lists them."""
    rows = desk.run("token", "list", "--user", "alice").stdout.splitlines()
    return [row for row in rows if "nuxeo-cli" in row]


def test_link_list_release_and_unlink(vendor, desk, token):
    cli = NuxeoCLI(vendor, "alice", token)
    assert cli.link.status_code == 201
    assert cli.token.startswith("jtn_") and cli.token != token
    assert desk.status(cli.token, "studio") == 200

    information = cli.get("administrativeInformation")
    assert (information.status_code, information.json()["user"]) == (200, "alice")
    assert cli.get("workspace/ws.maven").json()["artifactId"] == "acme"
    assert cli.get("workspace/ws.registries").json() == {"registries": []}

    released = cli.release("MINOR", project="sandbox")
    assert (released.status_code, released.json()) == (201, {
        "version": "0.1.0", "bundleSymbolicName": "studio.extensions.sandbox",
        "mavenCoordinates": "com.example.studio:sandbox:0.1.0"})
    assert cli.release("0.1.0", project="sandbox").status_code == 409
    for part, version in [("PATCH", "0.1.1"), ("MAJOR", "1.0.0"), ("2.0.0-rc.1", "2.0.0-rc.1")]:
        assert cli.release(part, project="sandbox").json()["version"] == version

    gone = cli.unlink()
    assert gone.status_code == 202
    assert desk.status(cli.token, "studio") == 401
    assert cli.get("workspace/ws.maven").status_code == 401
    assert desk.status(token, "studio") == 200, "the person's own token stays"


def test_linking_again_takes_the_place_of_the_first(vendor, desk, token):
    first, second = NuxeoCLI(vendor, "alice", token), NuxeoCLI(vendor, "alice", token)
    assert desk.status(first.token, "studio") == 401
    assert second.get("workspace/ws.maven").status_code == 200


def test_another_program_leaves_the_first_its_token(vendor, desk, token):
    """Each calls its machine 1. From another address it is the same, but all of loopback is a trusted proxy here."""
    first = NuxeoCLI(vendor, "alice", token, program="nuxeo-cli/1.0")
    second = NuxeoCLI(vendor, "alice", token, program="a-script/1.0")
    assert first.get("workspace/ws.maven").status_code == 200
    assert second.get("workspace/ws.maven").status_code == 200
    assert second.unlink().status_code == 202
    assert first.get("workspace/ws.maven").status_code == 200
    again = NuxeoCLI(vendor, "alice", token, program="nuxeo-cli/1.1")
    assert first.get("workspace/ws.maven").status_code == 401
    assert again.get("workspace/ws.maven").status_code == 200


def test_the_cli_links_again_once_its_token_is_dead(vendor, desk, token, request):
    cli = NuxeoCLI(vendor, "alice", token)
    assert cli.link_again("alice", token) == 202, "alive"
    desk.revoke(request.node.name)
    assert cli.get("workspace/ws.maven").status_code == 401
    other = desk.make_token("another for the cli")
    assert cli.link_again("alice", other) == 202, "dead with its parent"
    assert cli.get("workspace/ws.maven").status_code == 200
    # A secret that was never one of the CLI's is refused as ever.
    cli.headers = {"X-Authentication-Token": token}
    assert cli.link_again("alice", other) == 401


def test_the_parent_revoked_kills_the_child_at_once(vendor, desk, token, request):
    cli = NuxeoCLI(vendor, "alice", token)
    assert cli.get("workspace/ws.maven").status_code == 200
    desk.revoke(request.node.name)
    refused = cli.get("workspace/ws.maven")
    assert refused.status_code == 401
    assert refused.text == f"this token was revoked; create a new one at {desk.new_token('studio')}\n"


def test_the_child_can_do_no_more_than_its_parent(vendor, desk):
    reader = desk.make_token("reads studio", "--scope", "studio:read")
    cli = NuxeoCLI(vendor, "alice", reader)
    assert cli.get("workspace/ws.maven").status_code == 200
    assert cli.release("PATCH").status_code == 403
    assert desk.status(cli.token, "maven") == 403
    # And it breeds none of its own.
    again = NuxeoCLI(vendor, "alice", cli.token)
    assert again.link.status_code == 403


@pytest.mark.parametrize("kind", ["revoked", "wrong login", "password", "session"])
def test_who_is_not_linked(vendor, desk, kind):
    token = desk.make_token(f"not linked {kind}")
    login = "mallory" if kind == "wrong login" else "alice"
    if kind == "revoked":
        desk.revoke(f"not linked {kind}")
    if kind == "session":
        answer = desk.sign_in().get(
            vendor.nuxeo + "/authentication/token", params={**CLI, "permission": "AMIREAD"})
    else:
        answer = NuxeoCLI(vendor, login, PASSWORD if kind == "password" else token).link
    assert answer.status_code == 401
    assert answer.headers["WWW-Authenticate"].startswith("Basic ")
    assert answer.text.endswith((f" {desk.my_tokens}.\n", f" {desk.my_tokens}/new.\n"))


def test_my_tokens_shows_the_child_under_its_parent(vendor, desk, token, request):
    NuxeoCLI(vendor, "alice", token)
    page = desk.sign_in().get(desk.my_tokens).text
    # The row of the parent ends with the list of what was traded for it.
    row = page.split(request.node.name)[1].split('class="token"')[0]
    assert "Programs that got their own token in exchange for it" in row
    assert "nuxeo-cli" in row and "device 1" in row


def test_register_an_instance_as_nuxeoctl_does(vendor, desk, token):
    site = vendor.nuxeo + "/site/connect-gateway"
    with requests.Session() as client:
        client.headers["Authorization"] = basic("alice", token)  # preemptive
        projects = client.get(site + "/getAvailableProjectsForRegistration")
        assert projects.status_code == 200
        assert [sorted(project) for project in projects.json()] == [["name", "symbolicName", "uuid"]] * 2
        form = {"projectId": projects.json()[0]["uuid"], "description": "a test", "type": "dev", "CTID": "x"}
        registered = client.post(site + "/remoteRegisterInstance", data=form)
        assert registered.status_code == 200
        assert registered.text.count("--") == 1
        assert client.post(site + "/remoteRegisterInstance", data={**form, "type": "moon"}).status_code == 400
    kept = (vendor.folder / "projects.json").read_text()
    assert registered.text not in kept and '"by": "alice"' in kept
    other = desk.make_token("only git", "--scope", "git")
    assert requests.get(
        site + "/getAvailableProjectsForRegistration", auth=("alice", other)).status_code == 403


def test_a_release_by_curl_and_a_build_that_depends_on_it(vendor, desk, token, tmp_path):
    command = [
        "curl", "--silent", "--show-error", "--user", f"alice:{token}", "--json",
        '{"revision": "master", "versionName": "1.0.0"}',
        "--write-out", "\n%{http_code}", f"{vendor.nuxeo}/site/studio/v2/project/acme/releases"]
    for status in ("201", "409"):
        said = subprocess.run(command, capture_output=True, text=True, check=True).stdout
        assert said.splitlines()[-1] == status

    shutil.copytree(EXAMPLE / "application", tmp_path / "application")
    shutil.copy(EXAMPLE / "settings.xml", tmp_path)

    def build(password, cache):
        return subprocess.run(
            ["mvn", "--batch-mode", "-Dstyle.color=never", "--no-transfer-progress",
             "--settings", "../settings.xml", f"-Dmaven.repo.local={tmp_path}/{cache}",
             f"-Dnuxeo.url={vendor.nuxeo}", "-Dmaven.test.skip=true", "compile"],
            cwd=tmp_path / "application", env={**os.environ, "STUDIO_TOKEN": password},
            stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=200)

    refused = build(PASSWORD, "refused")
    assert "status: 401 Unauthorized" in refused.stdout
    built = build(token, "cache")
    assert built.returncode == 0, built.stdout
    jar = vendor.folder / "maven/com/example/studio/acme/1.0.0/acme-1.0.0.jar"
    said = subprocess.run(
        ["java", "-cp", f"target/classes:{jar}", "com.example.Main"],
        cwd=tmp_path / "application", capture_output=True, text=True, check=True)
    assert said.stdout == "built with release 1.0.0\n"


def test_clone_and_push(vendor, desk, token, tmp_path):
    address = vendor.url.removeprefix("http://") + vendor.make_repository("acme")
    git("clone", "--quiet", f"http://alice:{token}@{address}", "one", folder=tmp_path)
    commit(tmp_path / "one", "from one")
    git("push", "--quiet", folder=tmp_path / "one")
    assert "from one" in git("log", "origin/main", folder=tmp_path / "one")
    cli = NuxeoCLI(vendor, "alice", token)
    git("ls-remote", f"http://alice:{cli.token}@{address}", folder=tmp_path)
    refused = git("ls-remote", f"http://mallory:{token}@{address}", folder=tmp_path, check=False)
    assert refusal(refused)[0].startswith("this token belongs to another login")


def test_the_vendor_never_sees_a_token_nor_a_name_that_a_client_wrote(vendor, token):
    answer = requests.get(
        vendor.nuxeo + "/site/studio/v2/project/acme/administrativeInformation", auth=("alice", token),
        headers={"Remote-User": "root"})
    assert answer.json()["user"] == "alice"
    wait_for((vendor.folder / "vendor.log").exists)
    assert "jtn_" not in (vendor.folder / "vendor.log").read_text()


def test_a_last_use_names_the_program(vendor, desk, token):
    cli = NuxeoCLI(vendor, "alice", token)
    cli.get("workspace/ws.maven")
    assert wait_for(lambda: [row for row in listed(desk) if " at studio" in row])
