"""docker-credential-jeton: the protocol of docker-credential-helpers, for Docker, Podman and skopeo.

    { "credHelpers": { "registry.example.com": "jeton" } }

Like the helpers of Docker's own, it says what is wrong on standard output, and exits with 1.
"""

import json
import sys

from . import VERSION, Fault, NotSignedIn
from .address import host_of
from .hosts import find_host, known_hosts, require_host
from .tokens import Tokens

NOT_FOUND = "credentials not found in native keychain"
NO_SERVER = "no credentials server URL"
NO_USER = "no credentials username"
USAGE = "Usage: docker-credential-jeton <store|get|erase|list|version>"


def _server(text):
    text = text.strip()
    if not text:
        raise Fault(NO_SERVER)
    return text


def get(tokens, text):
    """The credentials for the server that `text` names."""
    server = _server(text)
    try:
        host_of(server)
    except Fault as fault:
        print(f"docker-credential-jeton: {fault}", file=sys.stderr)
        raise Fault(NOT_FOUND) from None
    host = find_host(server, tokens.tool)
    if not host:
        raise Fault(NOT_FOUND)
    try:
        kept = tokens.get(host)
    except NotSignedIn as fault:
        print(f"docker-credential-jeton: {fault}", file=sys.stderr)
        raise Fault(NOT_FOUND) from None
    return {"ServerURL": server, "Username": kept.login, "Secret": kept.token}


def store(tokens, text):
    """Keeps what `docker login` was given."""
    try:
        given = json.loads(text)
    except ValueError:
        raise Fault("the credentials to store are not JSON") from None
    server, login, secret = (
        given.get(name) if isinstance(given, dict) else None for name in ("ServerURL", "Username", "Secret"))
    if not server or not isinstance(server, str):
        raise Fault(NO_SERVER)
    if not login or not isinstance(login, str):
        raise Fault(NO_USER)
    if not isinstance(secret, str) or not secret.isprintable():
        raise Fault("the secret has a character that no token has")
    tokens.put(require_host(server, tokens.tool), secret, login)


def erase(tokens, text):
    """Forgets the credentials, and revokes a token that a sign-in gave."""
    host = find_host(_server(text), tokens.tool)
    if host:
        tokens.forget(host)


def listed(tokens):
    """The login for each host that has a token."""
    hosts = [find_host(name, tokens.tool) for name in known_hosts()]
    kept = {host.name: tokens.kept(host) for host in hosts if host}
    return {name: each.login for name, each in kept.items() if each}


def act(action):
    """What the action prints, or nothing. Raises Fault with what the protocol says."""
    tokens = Tokens("docker")
    if action == "get":
        return json.dumps(get(tokens, sys.stdin.read()))
    if action == "store":
        return store(tokens, sys.stdin.read())
    if action == "erase":
        return erase(tokens, sys.stdin.read())
    if action == "list":
        return json.dumps(listed(tokens))
    if action == "version":
        return f"docker-credential-jeton (jeton-helpers) {VERSION}"
    raise Fault(f"docker-credential-jeton: unknown action: {action}")


def main():
    arguments = sys.argv[1:]
    if len(arguments) != 1 or arguments[0] in ("--help", "-h"):
        print(USAGE)
        return 0 if len(arguments) == 1 else 1
    action = "version" if arguments[0] in ("--version", "-v") else arguments[0]
    try:
        printed = act(action)
    except Fault as fault:
        print(fault)
        return 1
    except KeyboardInterrupt:
        return 130
    if printed is not None:
        print(printed)
    return 0
