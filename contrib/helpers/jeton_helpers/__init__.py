"""Tokens of Jeton for tools that ask a program for their credentials: one token for each tool, host and machine.

The person signs in once in the browser (RFC 8628); the token is kept in the system's own store.
"""

VERSION = "0.1.0"


class Fault(Exception):
    """What went wrong, in one sentence that ends with what to do. It never contains a token."""


class NotSignedIn(Fault):
    """There is no token for this tool and host, and nobody at a terminal who could sign in."""
