"""A rotation with Git, Maven and npm: the previous secret ends once all that used it have the new one."""

import html
import re
import shutil
from datetime import datetime, timedelta

import pytest

from jeton import Builds, Jeton, free_port, git, wait_for
from test_clients import SITE, packument, run
from test_git import refusal
from test_maven import maven, projects  # noqa: F401

REPLACED = "this secret was replaced by a newer one and no longer works; use its token's current secret, or rotate " \
    "the token at "


@pytest.fixture(scope="module")
def jeton(tmp_path_factory):
    folder = tmp_path_factory.mktemp("jeton")
    kinds = {"git": "git", "maven": "maven", "npm": "npm"}
    lines = [f"  {name}: {{ title: The {name}, kind: {kind} }}" for name, kind in kinds.items()]
    # Else 127.0.0.2 would be taken for one more proxy.
    (folder / "jeton.yaml").write_text("\n".join(["trusted_proxies: [127.0.0.1/32]", "services:", *lines, ""]))
    with Jeton(folder, config=folder / "jeton.yaml") as server:
        server.add_user("alice", "--admin")
        yield server


@pytest.fixture(scope="module")
def builds(tmp_path_factory, jeton):
    """The example's nginx, with a registry of npm's beside it, on a port of its own."""
    folder, port = tmp_path_factory.mktemp("npm"), free_port()
    packument(folder, f"http://127.0.0.1:{port}")
    site = SITE.replace("PORT", str(port)).replace("SERVICE", "npm")
    site = site.replace("WHAT", f"root {folder}; default_type application/json;")
    with Builds(tmp_path_factory.mktemp("builds"), jeton, more=site) as nginx:
        nginx.npm = f"127.0.0.1:{port}"
        yield nginx


class Clients:
    """Git and Maven at 127.0.0.1, and npm at 127.0.0.2: each uses its service with a secret."""

    def __init__(self, builds, projects):
        self.builds, self.projects = builds, projects
        self.repository = builds.address + builds.make_repository("moves")

    def git(self, secret):
        shutil.rmtree(self.projects / "clone", ignore_errors=True)
        return git("clone", "--quiet", f"http://alice:{secret}@{self.repository}", "clone", folder=self.projects,
                   check=False)

    def maven(self, secret):
        return maven(self.projects, "library", "deploy", self.builds, secret)

    def npm(self, secret):
        folder = self.projects / "package"
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir()
        (folder / ".npmrc").write_text(
            f"registry=http://{self.builds.npm}/\n//{self.builds.npm}/:_authToken=${{NPM_TOKEN}}\n"
            "local-address=127.0.0.2\n")
        return run(
            folder, "npm", "install", "--no-audit", "--no-fund", "--no-update-notifier", "--fetch-retries=0",
            "--cache=cache", "greeting", NPM_TOKEN=secret)


@pytest.fixture
def clients(builds, projects):  # noqa: F811
    return Clients(builds, projects)


def succeeds(result):
    assert result.returncode == 0, result.stdout + result.stderr


def places(api, token, moved=(True, False)):
    """Where the previous secret was used: (service, address, client without its version)."""
    found = api.previous_secret(token.id)["places"]
    return {(place["service"], place["address"], re.sub(r" [\d.]+$", "", place["client"]))
            for place in found if place["moved"] in moved}


def until_places(api, token, wanted, moved=(True, False)):
    """Waits until the previous secret was used there, by its uses, which are written every second."""
    try:
        wait_for(lambda: places(api, token, moved) == wanted)
    except AssertionError:
        assert places(api, token, moved) == wanted


def rows(jeton, path):
    """The rows of the page's tables, as lines of text."""
    page = jeton.sign_in().get(jeton.url + path).text
    found = re.findall(r"<tr[^>]*>(.*?)</tr>", page, re.S)
    return [" ".join(html.unescape(re.sub(r"<[^>]*>", " ", row)).split()) for row in found]


def events(jeton):
    """The newest events, as lines of text."""
    return rows(jeton, "/admin/events")


GIT, MAVEN, NPM = ("git", "127.0.0.1", "Git"), ("maven", "127.0.0.1", "Maven"), ("npm", "127.0.0.2", "npm")


def test_the_previous_secret_ends_when_the_last_of_three_has_moved(jeton, builds, clients):
    api = jeton.api("manager")
    old = api.create("builds", scopes=["git", "maven", "npm"])
    for client in (clients.git, clients.maven, clients.npm):
        succeeds(client(old.secret))

    new = api.rotate(old.id, overlap="until_moved")
    assert new.id == old.id and new.secret != old.secret
    until_places(api, old, {GIT, MAVEN, NPM})
    previous = api.previous_secret(old.id)
    assert previous["ends_when_moved"]
    replaced, latest = (datetime.fromisoformat(previous[name][:19]) for name in ("replaced_at", "ends_at"))
    assert latest - replaced == timedelta(days=30), "at the latest"

    succeeds(clients.git(new.secret))
    succeeds(clients.npm(new.secret))
    until_places(api, old, {GIT, NPM}, moved=[True])
    assert places(api, old, moved=[False]) == {MAVEN}
    told = [row for row in rows(jeton, f"/tokens/{old.id}") if row.startswith(("✓ moved", "not yet"))]
    assert told[0].startswith("not yet The maven 127.0.0.1 Maven "), told
    assert [row.split()[:2] for row in told[1:]] == [["✓", "moved"]] * 2
    succeeds(clients.maven(old.secret))
    assert places(api, old, moved=[False]) == {MAVEN}, "it is waited for, however long it takes"
    assert "everything has moved (" not in " ".join(events(jeton))

    succeeds(clients.maven(new.secret))
    wait_for(lambda: api.previous_secret(old.id) is None)
    ended = next(line for line in events(jeton) if "everything has moved (" in line)
    for service, address, client in (GIT, MAVEN, NPM):
        assert f"{service} {address} {client} " in ended, ended

    refused_with_the_old_one(jeton, clients, old.secret)
    succeeds(clients.git(new.secret))
    is_told_of_the_old_one(jeton)


def refused_with_the_old_one(jeton, clients, secret):
    """Each client is refused with 401, and prints as much of the reason as it prints of any."""
    result = clients.git(secret)
    assert refusal(result) == [REPLACED + jeton.my_tokens]
    assert "Authentication failed" in result.stderr, "for Git, that is a 401"
    result = clients.maven(secret)
    assert result.returncode != 0 and "status: 401 Unauthorized" in result.stdout
    result = clients.npm(secret)
    assert result.returncode != 0 and "E401" in result.stderr


def is_told_of_the_old_one(jeton):
    """Each address and client that presented it is told, once."""
    def alarms():
        return [line for line in events(jeton) if "a secret that had ended was used" in line]

    wait_for(lambda: len(alarms()) >= 3)
    for service, address, client in (GIT, MAVEN, NPM):
        said = [line for line in alarms() if f"a previous secret at {service} by {client} " in line]
        assert len(said) == 1 and said[0].rstrip().endswith(address), alarms()


def test_one_client_at_two_addresses_is_waited_for_at_both(jeton, builds, tmp_path):
    def curl(secret, address, version):
        succeeds(run(
            tmp_path, "curl", "--silent", "--show-error", "--fail", "--interface", address, "--user-agent",
            f"deploy/{version}", "--user", f"alice:{secret}", f"http://{builds.npm}/greeting"))

    api = jeton.api("another manager")
    old = api.create("deploys", scopes=["npm:read"])
    one, two = (("npm", f"127.0.0.{number}", "deploy") for number in (3, 4))
    for _, address, _ in (one, two):
        curl(old.secret, address, "1.0")
    new = api.rotate(old.id, overlap="until_moved")
    until_places(api, old, {one, two})

    curl(new.secret, one[1], "2.0")  # of another version, since it was updated
    until_places(api, old, {one}, moved=[True])
    assert places(api, old, moved=[False]) == {two}
    curl(new.secret, two[1], "1.0")
    wait_for(lambda: api.previous_secret(old.id) is None)
    assert jeton.status(old.secret, "npm") == 401
    assert jeton.status(new.secret, "npm") == 200
