"""schemathesis over the served description: no 5xx, and no answer that the description does not have."""

import os
import subprocess
import sys

import jsonschema_rs
import pytest
import requests

# One token manages, one oversees, and one ends or pauses what it finds, which may be itself.
ENDS = ["endToken", "pauseAnyToken"]
RUNS = {
    "managing": ("jeton:manage", ["--exclude-path-regex", "^/api/v1/(admin/|events)"]),
    "overseeing": ("jeton:admin", ["--include-path-regex", "^/api/v1/(admin/|events)",
                                   *(word for name in ENDS for word in ("--exclude-operation-id", name))]),
    "ending": ("jeton:admin", [word for name in ENDS for word in ("--include-operation-id", name)]),
}


@pytest.mark.parametrize("run", RUNS)
def test_no_answer_is_undescribed(jeton, tmp_path, run):
    scope, operations = RUNS[run]
    token = jeton.make_token(f"schemathesis {run}", "--scope", scope)
    jeton.make_token(f"one to find {run}")
    result = subprocess.run(
        [os.path.join(os.path.dirname(sys.executable), "schemathesis"), "run",
         f"{jeton.url}/api/v1/openapi.json",
         "--header", f"Authorization: Bearer {token}", *operations,
         "--checks", "not_a_server_error,status_code_conformance,content_type_conformance,"
                     "response_headers_conformance,response_schema_conformance",
         "--phases", "examples,coverage,fuzzing,stateful", "--max-examples", "40", "--seed", "1",
         "--no-color"],
        cwd=tmp_path, capture_output=True, text=True, timeout=280)
    shown = result.stdout.replace(token, "[token]")
    assert result.returncode == 0, shown + result.stderr
    assert " passed" in shown, shown


@pytest.mark.parametrize("scope", ["jeton:admin", "jeton:audit"])
def test_what_an_overseer_reads_is_as_described(jeton, scope):
    """Each list and thing as it is, by the schema of its answer."""
    description = requests.get(f"{jeton.url}/api/v1/openapi.json").json()
    token = jeton.make_token(f"reader {scope}", "--scope", scope)
    login = f"bot-{scope.removeprefix('jeton:')}"
    jeton.run("account", "add", login, "--purpose", "x", "--owners", "build-team", "--steward", "alice")
    jeton.make_token("ci", "--scope", "maven", user=login)
    jeton.sign_in()
    jeton.status(jeton.make_token(f"used {scope}"))

    def get(path, **values):
        answer = requests.get(
            f"{jeton.url}/api/v1{path.format(**values)}", headers={"Authorization": f"Bearer {token}"}, timeout=10)
        assert answer.status_code == 200, answer.text
        content = description["paths"][f"/api/v1{path.split('?')[0]}"]["get"]["responses"]["200"]["content"]
        schema = {**content["application/json"]["schema"], "components": description["components"]}
        jsonschema_rs.validator_for(schema).validate(answer.json())
        return answer.json()

    assert get("/admin/people")["people"] and get("/admin/people/{login}", login="alice")
    assert get("/admin/people/{login}/sessions", login="alice")["sessions"]
    assert get("/admin/accounts")["accounts"] and get("/admin/accounts/{login}", login=login)["tokens"]
    tokens = get("/admin/tokens?state=all")["tokens"]
    assert {found["owner"]["kind"] for found in tokens} == {"person", "service-account"}
    for found in tokens[:5]:
        get("/admin/tokens/{id}", id=found["id"])
    assert get("/events")["events"]
    get("/admin/requests")
    get("/admin/policy")


def test_the_description_is_openapi_3_1(jeton):
    description = requests.get(f"{jeton.url}/api/v1/openapi.json")
    assert description.headers["Content-Type"].startswith("application/json")
    assert description.json()["openapi"].startswith("3.1.")
    assert {"/tokens", "/tokens/{id}", "/me"} <= {
        path.removeprefix("/api/v1") for path in description.json()["paths"]}
