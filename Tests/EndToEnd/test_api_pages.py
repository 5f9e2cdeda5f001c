"""The pages that describe the API, in a real Chromium and from a shell: small, accessible, complete, and with commands
that work."""

import html
import re
import subprocess

import pytest
import requests

from browser import Browser
from jeton import Jeton

LARGEST = 100_000


@pytest.fixture(scope="module")
def desk(tmp_path_factory):
    with Jeton(tmp_path_factory.mktemp("api-pages")) as jeton:
        jeton.add_user("alice", "--admin", "--group", "build-team")
        jeton.run("account", "add", "bot-ci", "--purpose", "Builds", "--owners", "build-team")
        yield jeton


def pages(desk):
    """The addresses of the pages with their text."""
    index = requests.get(desk.url + "/api", timeout=10).text
    paths = sorted(set(re.findall(r'href="(/api/(?!v1)[\w-]+)', index)))
    return {path: requests.get(desk.url + path, timeout=10).text for path in ["/api", *paths]}


def test_each_page_is_small_and_every_operation_is_on_one(desk):
    described = requests.get(f"{desk.url}/api/v1/openapi.json", timeout=10).json()
    found = pages(desk)
    assert set(found) == {"/api", *(f"/api/{tag['name'].lower().replace(' ', '-')}" for tag in described["tags"])}
    for path, text in found.items():
        assert len(text.encode()) < LARGEST, f"{path} has {len(text.encode())} bytes"
        ids = re.findall(r' id="([^"]+)"', text)
        assert len(ids) == len(set(ids)), path
        for target in re.findall(r'href="#([^"]+)"', text):
            assert target in ids, f"{path}#{target}"
    for route, item in described["paths"].items():
        for method in set(item) - {"parameters"}:
            operation = item[method]
            path = f"/api/{operation['tags'][0].lower().replace(' ', '-')}"
            assert f'<a href="{path}#{operation["operationId"]}">' in found["/api"], operation["operationId"]
            assert f' id="{operation["operationId"]}"' in found[path] and f"{method.upper()} {route}" in found[path]


@pytest.mark.parametrize("width", [390, 1280])
@pytest.mark.parametrize("theme", ["light", "dark"])
def test_in_chromium(desk, theme, width):
    browser = Browser(desk.url, theme=theme, width=width)
    try:
        for path in pages(desk):
            browser.show(theme, width)
            browser.go(path)
            browser.check()
    finally:
        browser.close()


def test_the_commands_read(desk):
    """Each command that reads, as it is on its page."""
    admin = desk.make_token("admin", "--scope", "jeton:admin")
    manager = desk.make_token("manager", "--scope", "jeton:manage")
    run = 0
    for path, text in pages(desk).items():
        for command in map(html.unescape, re.findall(r"<pre[^>]*>(curl .*?)</pre>", text, flags=re.S)):
            command = re.sub(r"<[^>]+>", "", command)
            if "--request" in command or re.search(r"\$(ID|NUMBER|SELECTION)\b", command):
                continue
            account = "accounts/$LOGIN" in command
            token = admin if "/admin/" in command or "/events" in command else manager
            result = subprocess.run(
                ["bash", "-c", command], capture_output=True, text=True,
                env={"LOGIN": "bot-ci" if account else "alice", "TOKEN": token, "PATH": "/usr/bin:/bin"})
            assert result.returncode == 0, (path, command, result.stdout, result.stderr)
            run += 1
    assert run > 15
