"""What servers are asked, each load as a list of requests."""

import base64

from load import request
from seed import make_secret
from servers import Jeton

#: What a password looks like: not like a token.
PASSWORD = "correct horse battery staple"


def basic(login, secret):
    """The header of a login and its secret (RFC 7617)."""
    return "Basic " + base64.b64encode(f"{login}:{secret}".encode()).decode()


def bearer(seed):
    """Each presented token."""
    return [request(Jeton.verify, f"Bearer {secret}") for secret in seed.secrets]


def in_use(seed, count):
    """So many different tokens."""
    return [request(Jeton.verify, f"Bearer {secret}") for secret, _ in seed.in_use[:count]]


def with_logins(seed):
    """Each presented token as the password of its owner."""
    return [request(Jeton.verify, basic(login, secret)) for secret, login in seed.credentials]


def closing(seed):
    """Each presented token, for an answer after which the connection is closed."""
    return [request(Jeton.verify, f"Bearer {secret}", fields=["Connection: close"]) for secret in seed.secrets]


def half_denied(seed):
    """The presented tokens by turns with what is denied: an unknown token, a password, a revoked token. More than 60
    different wrong ones from one address would be answered with 429, so there are two from each, and a third as many
    addresses as the gate counts at most."""
    denied = []
    for number in range(len(seed.secrets) // 3):
        somewhere = [f"X-Forwarded-For: 198.18.{number >> 8}.{number & 255}"]
        denied += [
            request(Jeton.verify, f"Bearer {make_secret()}", fields=somewhere),
            request(Jeton.verify, basic("person", f"{PASSWORD} {number}"), fields=somewhere),
            request(Jeton.verify, f"Bearer {seed.revoked[number % len(seed.revoked)]}")]
    return [each for pair in zip(bearer(seed), denied) for each in pair]


def of_a_proxy(seed, secrets):
    """These tokens, asked as a proxy asks: for the path and from the address of a narrowed token."""
    return [
        request(Jeton.verify, f"Bearer {secret}", fields=[
            "X-Original-Method: GET", f"X-Original-URI: {path}/file", f"X-Forwarded-For: {address}"])
        for secret, (_, path, address) in zip(secrets, seed.narrowed)]


def at_services(seed, count):
    """Each presented token at one of so many services."""
    return [request(f"/verify/service-{number % count}", f"Bearer {secret}")
            for number, secret in enumerate(seed.secrets)]
