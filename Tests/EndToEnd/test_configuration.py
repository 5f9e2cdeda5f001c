"""What `check-config` warns of, and the schema that editors read."""

import json
import os
import re
import subprocess
from pathlib import Path

import jsonschema_rs
import pytest
import yaml

from jeton import BINARY, Jeton

ROOT = Path(__file__).resolve().parents[2]


def check(folder, text, *flags, **environment):
    config = folder / "jeton.yaml"
    config.write_text(text)
    return subprocess.run(
        [BINARY, "check-config", "--config", config, *flags], env={**os.environ, **environment},
        capture_output=True, text=True, timeout=30)


GUARDED = "services: { maven: { passwords: transition, passwords_until: DAY } }\n"


@pytest.mark.parametrize("text, words", [
    (GUARDED.replace("DAY", "2020-01-31"), ["services.maven.passwords_until", "2020-01-31"]),
    ("listen: 0.0.0.0:8080\n", ["`listen`", "0.0.0.0:8080", "tls"]),
    ("listen: \"[::]:8080\"\n", ["`listen`", "[::]:8080"]),
    ("listen: 192.0.2.7:8080\npublic_url: https://tokens.example.com\n", ["`listen`", "192.0.2.7:8080"]),
    ("listen: 127.0.0.1:8080\npublic_url: https://localhost:8080\n", ["`public_url`", "plain HTTP"]),
    ("public_url: http://tokens.example.com\n", ["`public_url`", "https://"]),
    ("listen: 192.0.2.7:8080\npublic_url: https://localhost\ntrusted_proxies: [192.0.2.1]\n",
     ["`public_url`", "localhost"]),
], ids=["a day that is past", "every interface", "every IPv6 interface", "one interface", "https at the plain port",
        "http for others", "localhost while listening elsewhere"])
def test_what_will_not_do_as_it_was_meant_is_a_warning(tmp_path, text, words):
    result = check(tmp_path, text)
    assert result.returncode == 0, result
    warnings = [line for line in result.stderr.splitlines() if line.startswith("jeton: warning: ")]
    assert len(warnings) == len(result.stderr.splitlines()) == 1, result.stderr
    assert all(word in warnings[0] for word in words), warnings


@pytest.mark.parametrize("text", [
    "", "listen: 127.0.0.1:9090\n", "listen: \"[::1]:8080\"\npublic_url: https://tokens.example.com\n",
    "listen: 127.0.0.1:8080\npublic_url: https://tokens.example.com\n",
    "listen: 127.0.0.1:8080\npublic_url: https://tokens.example.com:8443\n",
    "listen: 127.0.0.1:8080\npublic_url: http://localhost:8000\n",
    "listen: 0.0.0.0:8080\npublic_url: https://tokens.example.com\ntrusted_proxies: [10.0.0.0/8]\n",
    GUARDED.replace("DAY", "2999-01-31"),
])
def test_the_usual_ways_to_set_it_up_are_without_warnings(tmp_path, text):
    result = check(tmp_path, text)
    assert (result.returncode, result.stderr) == (0, "")


def test_the_server_warns_when_it_starts(tmp_path):
    config = tmp_path / "jeton.yaml"
    config.write_text(GUARDED.replace("DAY", "2020-01-31"))
    with Jeton(tmp_path, config=config) as desk:
        assert desk.whole_log().count("passwords_until") == 1


# The schema

@pytest.fixture(scope="module")
def schema():
    result = subprocess.run([BINARY, "check-config", "--schema"], capture_output=True, text=True, timeout=30)
    assert result.returncode == 0, result.stderr
    schema = json.loads(result.stdout)
    jsonschema_rs.meta.validate(schema)
    return schema


class Loader(yaml.SafeLoader):
    """YAML as editors read it: a day is a text (YAML 1.2)."""


Loader.yaml_implicit_resolvers = {
    letter: [(tag, form) for tag, form in forms if tag != "tag:yaml.org,2002:timestamp"]
    for letter, forms in yaml.SafeLoader.yaml_implicit_resolvers.items()}


def fits(schema, text):
    return jsonschema_rs.validator_for(schema).is_valid(yaml.load(text, Loader))


def documents():
    """The configurations of the guides and the examples."""
    for path in [*ROOT.glob("examples/*/jeton.yaml"), ROOT / "packaging/jeton.yaml"]:
        yield pytest.param(path.read_text(), id=str(path.relative_to(ROOT)))
    for path in sorted(ROOT.glob("docs/**/*.md")):
        for number, block in enumerate(re.findall(r"^```yaml\n(.*?)^```", path.read_text(), re.M | re.S)):
            keys = re.findall(r"^([a-z_]+):", block, re.M)
            known = {"listen", "public_url", "trusted_proxies", "services", "sign_in", "ledger", "postgresql",
                     "metrics", "tls", "stop", "nuxeo", "limits", "log", "token_prefix", "stale_for"}
            if keys and set(keys) <= known:
                yield pytest.param(block, id=f"{path.relative_to(ROOT)} {number}")


@pytest.mark.parametrize("text", list(documents()))
def test_the_configurations_of_guides_and_examples_fit_the_schema(schema, text):
    errors = [str(error) for error in jsonschema_rs.validator_for(schema).iter_errors(yaml.load(text, Loader))]
    assert errors == []


@pytest.mark.parametrize("text", [
    "lisen: 127.0.0.1:8080\n", "services: { git: { kind: gti } }\n", "services: { Git: {} }\n",
    "services: { git: { knd: git } }\n", "services: { git: { groups: [] } }\n", "services: [git]\n",
    "sign_in: { session: { idle: soon } }\n", "limits: { connections: 3 }\n", "limits: { body: 1GB }\n",
    "log: { grants: maybe }\n", "listen: [a]\n", "nuxeo: true\n", "sign_in: { oidc: { accounts: nobody } }\n",
    "services: { git: { passwords: transition, passwords_until: soon } }\n",
])
def test_what_check_config_refuses_does_not_fit_the_schema(tmp_path, schema, text):
    assert check(tmp_path, text).returncode == 2
    assert not fits(schema, text)


@pytest.mark.parametrize("text", [
    "", "services:\n", "services: { git: { kind: git, groups: ops, title: 2026 } }\n", "trusted_proxies: 10.0.0.1\n",
    "log: { grants: false }\nlimits: { connections: 4096, body: 64KiB }\nsign_in: { session: { idle: 4d } }\n",
])
def test_what_check_config_takes_fits_the_schema(tmp_path, schema, text):
    assert check(tmp_path, text).returncode == 0
    assert fits(schema, text)


def test_the_schema_tells_what_each_key_does(schema):
    assert schema["$schema"] == "http://json-schema.org/draft-07/schema#"
    service = schema["properties"]["services"]["additionalProperties"]
    assert "git" in service["properties"]["kind"]["enum"]
    assert "reads and writes are distinguished" in service["properties"]["kind"]["description"]


def test_schema_and_reference_are_two_things(tmp_path):
    result = check(tmp_path, "", "--schema", "--reference")
    assert result.returncode == 2 and "--reference" in result.stderr
