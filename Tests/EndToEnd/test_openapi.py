"""schemathesis over the served description: no 5xx, and no answer that the description does not have."""

import os
import subprocess
import sys

import requests


def test_no_answer_is_undescribed(jeton, tmp_path):
    token = jeton.api("schemathesis").token
    jeton.make_token("one to find")
    result = subprocess.run(
        [os.path.join(os.path.dirname(sys.executable), "schemathesis"), "run",
         f"{jeton.url}/api/v1/openapi.json",
         "--header", f"Authorization: Bearer {token}",
         "--checks", "not_a_server_error,status_code_conformance,content_type_conformance,"
                     "response_headers_conformance,response_schema_conformance",
         "--phases", "examples,coverage,fuzzing,stateful", "--max-examples", "40", "--seed", "1",
         "--no-color"],
        cwd=tmp_path, capture_output=True, text=True, timeout=280)
    shown = result.stdout.replace(token, "[token]")
    assert result.returncode == 0, shown + result.stderr
    assert " passed" in shown, shown


def test_the_description_is_openapi_3_1(jeton):
    description = requests.get(f"{jeton.url}/api/v1/openapi.json")
    assert description.headers["Content-Type"].startswith("application/json")
    assert description.json()["openapi"].startswith("3.1.")
    assert {"/tokens", "/tokens/{id}", "/me"} <= {
        path.removeprefix("/api/v1") for path in description.json()["paths"]}
