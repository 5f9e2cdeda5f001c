"""A backend for `keyring`, which pip, twine and uv ask: `pip install` gets its token by it.

It stands beside the other backends: for a host that is not in `hosts.ini` it has nothing, and keyring goes on.
"""

import sys

from keyring import backend, credentials, errors
from keyring.compat import properties

from . import Fault, NotSignedIn
from .address import host_of
from .hosts import find_host
from .tokens import Tokens


class JetonKeyring(backend.KeyringBackend):
    """Tokens of Jeton, by the addresses of package indexes."""

    @properties.classproperty
    def priority(cls):
        return 9.0

    def get_credential(self, service, username):
        """The token for the index at the address `service`, or None."""
        kept = self._kept(service)
        return credentials.SimpleCredential(username or kept.login, kept.token) if kept else None

    def get_password(self, service, username):
        found = self.get_credential(service, username)
        return found.password if found else None

    def set_password(self, service, username, password):
        """Keeps a token that was typed in. Other backends keep what is for other hosts."""
        Tokens("pip").put(self._host_or_next(service), password, username)

    def delete_password(self, service, username):
        try:
            if not Tokens("pip").forget(self._host_or_next(service)):
                raise errors.PasswordDeleteError("there is no token for this index")
        except Fault as fault:
            raise errors.PasswordDeleteError(str(fault)) from None

    @staticmethod
    def _host_or_next(service):
        host = _find(service)
        if not host:
            raise NotImplementedError  # keyring asks the next backend
        return host

    @staticmethod
    def _kept(service):
        host = _find(service)
        if not host:
            return None
        try:
            return Tokens("pip").get(host)
        except NotSignedIn as fault:
            print(f"jeton: {fault}", file=sys.stderr)
            return None
        except Fault as fault:
            raise errors.KeyringError(str(fault)) from None


def _find(service):
    """The Host at that address. What is no address, such as the name of a program, is none of ours."""
    try:
        host_of(service)
    except Fault:
        return None
    try:
        return find_host(service, "pip")
    except Fault as fault:
        raise errors.KeyringError(str(fault)) from None
