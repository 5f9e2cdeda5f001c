"""The hosts for which these helpers have tokens, and the desk of each: `hosts.ini`.

    [registry.example.com]
    desk = https://tokens.example.com
    scope = registry:write
    scope.cargo = crates:read

A host that is not in it gets no token, whatever it says of itself.
"""

import configparser
import os
import sys
from pathlib import Path
from typing import NamedTuple

from . import Fault
from .address import base_url, host_of
from .replacing import replace_file

SYSTEM_FILE = Path("/etc/jeton/hosts.ini")
TOOLS = ("docker", "cargo", "pip", "maven", "gradle", "apt", "netrc")
# The names under which every desk knows these programs.
CLIENTS = {"docker": "jeton-docker", "cargo": "jeton-cargo", "pip": "jeton-keyring"}


class Host(NamedTuple):
    """A host of `hosts.ini`, as it is for one tool."""

    name: str
    """As `host_of` returns it."""
    desk: str
    scope: str
    """What to ask for, or nothing for what the desk gives by itself."""
    client: str
    """The `client_id` to ask with."""
    store: str
    """Where the token is kept: `secret-service`, `keychain`, `file`, or nothing for the best that there is."""


def user_file():
    """The user's own `hosts.ini`."""
    if os.environ.get("JETON_HOSTS"):
        return Path(os.environ["JETON_HOSTS"])
    if sys.platform == "win32":
        return Path(os.environ["APPDATA"]) / "jeton" / "hosts.ini"
    base = os.environ.get("XDG_CONFIG_HOME") or Path.home() / ".config"
    return Path(base) / "jeton" / "hosts.ini"


def _read(path):
    parser = configparser.ConfigParser(interpolation=None, delimiters=("=",))
    try:
        if path.exists():
            parser.read_string(path.read_text(encoding="utf-8"), source=str(path))
    except (configparser.Error, UnicodeDecodeError, OSError) as error:
        raise Fault(f"{path} cannot be read: {str(error).splitlines()[0]}") from None
    return parser


def known_hosts():
    """The names of all hosts, those of the user first."""
    names = [name for path in (user_file(), SYSTEM_FILE) for name in _read(path).sections()]
    return list(dict.fromkeys(names))


def find_host(address, tool):
    """The Host of exactly that address, or None. Raises Fault if it is no address, or if its section is incomplete."""
    name = host_of(address)
    for path in (user_file(), SYSTEM_FILE):
        parser = _read(path)
        if not parser.has_section(name):
            continue
        section = parser[name]
        if "desk" not in section:
            raise Fault(f"{path}: [{name}] has no line “desk = https://…”")
        try:
            desk = base_url(section["desk"])
        except Fault as fault:
            raise Fault(f"{path}: [{name}] desk: {fault}") from None
        scope = section.get(f"scope.{tool}", section.get("scope", ""))
        return Host(name, desk, scope, section.get("client_id", CLIENTS.get(tool, "jeton-setup")), section.get("store", ""))
    return None


def require_host(address, tool):
    """As `find_host`; a host that is not there is a Fault, too."""
    host = find_host(address, tool)
    if not host:
        name = host_of(address)
        raise Fault(f"{name} is not in {user_file()}: add it with “jeton-setup host {name} --desk https://…”")
    return host


def add_host(address, desk, scope, tool=None):
    """Adds the host to the user's file, or changes its desk and scope there. Returns its name and the file."""
    name, path = host_of(address), user_file()
    parser = _read(path)
    if not parser.has_section(name):
        parser.add_section(name)
    parser[name]["desk"] = base_url(desk)
    if scope:
        parser[name][f"scope.{tool}" if tool else "scope"] = " ".join(scope.split())
    lines = []
    for section in ([parser.default_section] if parser.defaults() else []) + parser.sections():
        own = parser.defaults() if section == parser.default_section else parser._sections[section]
        lines += [f"[{section}]", *(f"{key} = {value}" for key, value in own.items()), ""]
    replace_file(path, "\n".join(lines).encode())
    return name, path
