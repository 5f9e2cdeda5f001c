"""cargo-credential-jeton: cargo's credential provider protocol, version 1 (cargo 1.74 or later).

    [registries.company]
    index = "sparse+https://packages.example.com/cargo/"
    credential-provider = ["cargo-credential-jeton"]

cargo and this program send each other one line of JSON at a time.
"""

import json
import sys

from . import VERSION, Fault, NotSignedIn
from .address import host_of
from .hosts import find_host
from .tokens import Tokens, terminal


def get(tokens, host):
    try:
        kept = tokens.get(host)
    except NotSignedIn as fault:
        return {"Err": {"kind": "not-found", "message": str(fault)}}
    cache = {"cache": "session"}
    if kept.expires_at is not None:
        cache = {"cache": "expires", "expiration": kept.expires_at}
    return {"Ok": {"kind": "get", "token": kept.token, **cache, "operation_independent": True}}


def login(tokens, host, token):
    if token:
        tokens.put(host, token)
    elif terminal():
        tokens.get(host)
    else:
        raise Fault(f"there is no terminal to sign in at: run “jeton-setup sign-in cargo {host.name}” at one")
    return {"Ok": {"kind": "login"}}


def logout(tokens, host):
    if not tokens.forget(host):
        return {"Err": {"kind": "not-found"}}
    return {"Ok": {"kind": "logout"}}


def respond(request):
    """The answer to one request of cargo's."""
    kind = request.get("kind")
    if request.get("v") != 1 or kind not in ("get", "login", "logout"):
        return {"Err": {"kind": "operation-not-supported"}}
    tokens = Tokens("cargo")
    registry = request.get("registry")
    index = registry.get("index-url") if isinstance(registry, dict) else None
    if not isinstance(index, str):
        return other("cargo named no registry")
    try:
        host_of(index)
    except Fault as fault:
        return {"Err": {"kind": "url-not-supported", "message": str(fault)}}
    try:
        host = find_host(index, tokens.tool)
        if not host:
            return {"Err": {"kind": "url-not-supported"}}
        if kind == "get":
            return get(tokens, host)
        if kind == "login":
            return login(tokens, host, request.get("token"))
        return logout(tokens, host)
    except Fault as fault:
        return other(str(fault))


def other(message):
    return {"Err": {"kind": "other", "message": message, "caused-by": []}}


def main():
    if sys.argv[1:] == ["--version"]:
        print(f"cargo-credential-jeton {VERSION}")
        return 0
    if "--cargo-plugin" not in sys.argv[1:]:
        print("cargo runs this program: name it in ~/.cargo/config.toml, as the README shows", file=sys.stderr)
        return 2
    print(json.dumps({"v": [1]}), flush=True)
    for line in sys.stdin:
        try:
            request = json.loads(line)
        except ValueError:
            request = None
        answer = respond(request) if isinstance(request, dict) else other("this is no request of cargo's")
        print(json.dumps(answer), flush=True)
    return 0
