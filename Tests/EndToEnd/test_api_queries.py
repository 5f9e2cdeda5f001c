"""Query parameters of the API: those that there are, and none besides."""

import socket

import pytest


@pytest.fixture(scope="module")
def manager(jeton):
    return jeton.api("manager of queries")


@pytest.mark.parametrize("method, path, known", [
    ("GET", "/tokens", "cursor, limit, name, state"), ("POST", "/tokens", None), ("GET", "/me", None),
    ("GET", "/services", None), ("GET", "/openapi.json", None), ("GET", "/tokens/1zzzzzzzzzzzz", None),
    ("DELETE", "/tokens/1zzzzzzzzzzzz", None), ("POST", "/tokens/1zzzzzzzzzzzz/regenerate", None)])
def test_an_unknown_parameter_is_400_and_named(manager, method, path, known):
    answer = manager.session.request(method, f"{manager.url}{path}?nmae=CI", timeout=10)
    assert answer.status_code == 400, answer.text
    assert answer.headers["Content-Type"] == "application/problem+json"
    problem = answer.json()
    assert [fault["field"] for fault in problem["errors"]] == ["nmae"]
    assert "nmae" in problem["detail"] and (known is None or f"use {known}" in problem["detail"]), problem


def test_tokens_are_found_by_their_name(manager):
    first = manager.create("CI of queries")
    manager.create("CI of queries, too")

    def found(name, **more):
        answer = manager.session.get(f"{manager.url}/tokens", params={"name": name, **more}, timeout=10)
        assert answer.status_code == 200, answer.text
        return [token["id"] for token in answer.json()["tokens"]]

    assert found("ci OF queries") == [first.id]
    assert found("CI of") == []
    manager.revoke(first.id)
    assert found("CI of queries") == [] and found("CI of queries", state="all") == [first.id]


def test_the_next_page_keeps_the_name(manager):
    for _ in range(2):
        manager.revoke(manager.create("paged").id)
    answer = manager.session.get(f"{manager.url}/tokens?name=paged&state=revoked&limit=1", timeout=10)
    following = manager.session.get(manager.url.removesuffix("/api/v1") + answer.links["next"]["url"], timeout=10)
    assert [token["name"] for token in following.json()["tokens"]] == ["paged"]
    assert following.json()["next_cursor"] is None


def test_the_socket_of_the_operator_refuses_them_too(jeton):
    with socket.socket(socket.AF_UNIX) as connection:
        connection.settimeout(20)
        connection.connect(str(jeton.data / "jeton.sock"))
        connection.sendall(b"GET /admin/v1/tokens?usr=alice HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
        answer = b"".join(iter(lambda: connection.recv(65536), b""))
    assert answer.startswith(b"HTTP/1.1 400") and b" all, " in answer and b", user" in answer, answer
