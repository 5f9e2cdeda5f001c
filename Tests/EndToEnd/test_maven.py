"""The real Maven through the example's nginx, set up by the example's own settings.xml."""

import os
import shutil
import subprocess

import pytest

from jeton import EXAMPLE, PASSWORD, wait_for


@pytest.fixture
def projects(tmp_path):
    """The example's two projects, in a folder of their own."""
    for name in ("library", "application", "settings.xml"):
        source = EXAMPLE / name
        (shutil.copytree if source.is_dir() else shutil.copy)(source, tmp_path / name)
    return tmp_path


def maven(projects, project, goal, builds, password):
    """Runs Maven with nothing but what it finds here, on the local machine and behind nginx."""
    return subprocess.run(
        ["mvn", "--batch-mode", "-Dstyle.color=never", "--no-transfer-progress", "--settings", "../settings.xml",
         f"-Dmaven.repo.local={projects}/{project}-cache", f"-Dbuilds.url={builds.url}/maven/",
         "-Dmaven.test.skip=true", goal],
        cwd=projects / project, env={**os.environ, "BUILDS_TOKEN": password},
        stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=100)


def test_deploy_then_build_with_what_was_deployed(builds, jeton, projects):
    deployer = jeton.make_token("deploys", "--scope", "maven")
    result = maven(projects, "library", "deploy", builds, deployer)
    assert result.returncode == 0, result.stdout
    assert (builds.folder / "maven/com/example/library/1.0/library-1.0.jar").stat().st_size > 0

    reader = jeton.make_token("builds", "--scope", "maven:read")
    result = maven(projects, "application", "compile", builds, reader)
    assert result.returncode == 0, result.stdout
    said = subprocess.run(
        ["java", "-cp", f"target/classes:{builds.folder}/maven/com/example/library/1.0/library-1.0.jar",
         "com.example.Main"], cwd=projects / "application", capture_output=True, text=True, check=True)
    assert said.stdout == "Hello, Maven, out of the private repository\n"

    listed = wait_for(lambda: [
        row for row in jeton.run("token", "list", "--user", "alice").stdout.splitlines()
        if "builds" in row and "Maven 3." in row])
    assert listed, "the last use names the client as a person would"


@pytest.mark.parametrize("project, goal", [("application", "compile"), ("library", "deploy")])
@pytest.mark.parametrize("kind", ["revoked", "a password", "a wrong login"])
def test_what_is_not_a_good_token_is_refused(builds, jeton, projects, project, goal, kind):
    password = PASSWORD
    if kind != "a password":
        name = f"{kind}, {goal}"
        password = jeton.make_token(name)
        if kind == "revoked":
            jeton.revoke(name)
    if kind == "a wrong login":
        settings = projects / "settings.xml"
        assert "<username>alice</username>" in settings.read_text()
        settings.write_text(settings.read_text().replace("<username>alice<", "<username>mallory<"))
    result = maven(projects, project, goal, builds, password)
    assert result.returncode != 0
    assert "status: 401 Unauthorized" in result.stdout


def test_a_token_that_reads_cannot_deploy(builds, jeton, projects):
    reader = jeton.make_token("only reads", "--scope", "maven:read")
    result = maven(projects, "library", "deploy", builds, reader)
    assert result.returncode != 0
    assert "status: 403 Forbidden" in result.stdout


def test_a_token_for_git_cannot_download(builds, jeton, projects):
    other = jeton.make_token("git alone", "--scope", "git")
    result = maven(projects, "application", "compile", builds, other)
    assert result.returncode != 0
    assert "status: 403 Forbidden" in result.stdout
