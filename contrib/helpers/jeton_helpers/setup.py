"""jeton-setup: says which hosts are Jeton's, signs in, and writes the files that tools read."""

import argparse
import getpass
import os
import re
import sys
from pathlib import Path

from . import Fault, netrc, properties, settings_xml
from .address import host_of
from .hosts import TOOLS, add_host, find_host, known_hosts, require_host
from .replacing import replace_file
from .tokens import Tokens

EPILOG = """Files are merged: what else is in them stays, and they can be read by their owner alone.
Run a command again to get another token where the one before has expired."""


def say(line):
    print(line, file=sys.stderr, flush=True)


def token_for(tool, address):
    """The host, and its kept token; signs in where there is none."""
    host = require_host(address, tool)
    return host, Tokens(tool).get(host, say)


def write(path, merged):
    """Writes what `merged` makes of the file's content. A Fault then names the file."""
    path = Path(path).expanduser()
    try:
        content = path.read_bytes() if path.exists() else None
        replace_file(path, merged(content))
    except Fault as fault:
        raise Fault(f"{path}: {fault}") from None
    except OSError as error:
        raise Fault(f"{path} cannot be written: {error.strerror}") from None
    say(f"{path} has the token.")


def checked_first(path, merged):
    """Raises what `write` would, before anybody signs in for a file that cannot take the token."""
    path = Path(path).expanduser()
    try:
        merged(path.read_bytes() if path.exists() else None)
    except Fault as fault:
        raise Fault(f"{path}: {fault}") from None
    except OSError as error:
        raise Fault(f"{path} cannot be read: {error.strerror}") from None


def write_token(tool, address, path, merge):
    """Gets the token of the tool, and has `merge(content, login, token)` put it into the file."""
    require_host(address, tool)
    checked_first(path, lambda content: merge(content, "token", "x"))
    _, kept = token_for(tool, address)
    write(path, lambda content: merge(content, kept.login, kept.token))


# The commands


def set_host(options):
    name, path = add_host(options.host, options.desk, options.scope, options.tool)
    say(f"{path} has {name}.")


def sign_in(options):
    if options.with_token:
        host = require_host(options.host, options.tool)
        token = getpass.getpass("Token: ") if sys.stdin.isatty() else sys.stdin.read()
        if not re.fullmatch(r"[!-~]+", token.strip()):
            raise Fault("that is no token: copy it again from My Tokens")
        Tokens(options.tool).put(host, token.strip())
    else:
        host, _ = token_for(options.tool, options.host)
    say(f"{options.tool} has a token for {host.name}.")


def sign_out(options):
    host = require_host(options.host, options.tool)
    if not Tokens(options.tool).forget(host):
        raise Fault(f"{options.tool} has no token for {host.name}")
    say(f"{options.tool} has no token for {host.name} any more.")


def status(_):
    for name in known_hosts():
        for tool in TOOLS:
            host = find_host(name, tool)
            if host and Tokens(tool).kept(host):
                print(f"{tool}\t{name}\t{host.desk}")


def maven(options):
    path = options.file or "~/.m2/settings.xml"
    write_token("maven", options.host, path, lambda content, login, token: settings_xml.merge(
        content, options.id, login, token, options.replace))


def gradle(options):
    home = os.environ.get("GRADLE_USER_HOME") or "~/.gradle"
    path = options.file or f"{home}/gradle.properties"
    write_token("gradle", options.host, path, lambda content, login, token: properties.merge(
        content, options.name, login, token, options.replace))


def apt(options):
    name = host_of(options.host)
    # apt sends nothing over plain http unless the entry says so; only this machine's own addresses come to that.
    plain = "http://" if options.host.startswith("http://") else ""
    path = re.sub(r"^\w+://[^/]*|^[^/]*", "", options.host, count=1).rstrip("/")
    machine = f"{plain}{name}{path}"
    file = options.file or f"/etc/apt/auth.conf.d/jeton-{name.replace(':', '-')}.conf"
    write_token("apt", options.host, file, lambda content, login, token: netrc.merge(
        content, machine, login, token, options.replace))


def write_netrc(options):
    name = host_of(options.host)
    machine = re.sub(r":\d+$", "", name)
    for other in known_hosts():
        if other != name and re.sub(r":\d+$", "", other) == machine:
            raise Fault(f"a .netrc knows no ports: {other} would get the token of {name}, too")
    path = options.file or os.environ.get("NETRC") or ("~/_netrc" if sys.platform == "win32" else "~/.netrc")
    write_token("netrc", options.host, path, lambda content, login, token: netrc.merge(
        content, machine, login, token, options.replace))


def parser():
    made = argparse.ArgumentParser(prog="jeton-setup", description=__doc__, epilog=EPILOG)
    commands = made.add_subparsers(metavar="COMMAND", required=True)

    def command(name, act, text, is_file=False):
        sub = commands.add_parser(name, help=text, description=text)
        sub.set_defaults(act=act)
        if is_file:
            sub.add_argument("host", metavar="HOST", help="the host, as it is in hosts.ini; or an address at it")
            sub.add_argument("--file", help="another file")
            sub.add_argument("--replace", action="store_true", help="overwrite credentials that were there before")
        return sub

    host = command("host", set_host, "say which desk a host belongs to, in hosts.ini")
    host.add_argument("host", metavar="HOST")
    host.add_argument("--desk", required=True, help="the desk, such as https://tokens.example.com")
    host.add_argument("--scope", default="", help="what to ask for, such as “maven:read”")
    host.add_argument("--tool", choices=TOOLS, help="for this tool alone")
    for name, act, text in (
            ("sign-in", sign_in, "get the token of a tool for a host, unless it has one that works"),
            ("sign-out", sign_out, "remove that token, and revoke it")):
        sub = command(name, act, text)
        sub.add_argument("tool", choices=TOOLS)
        sub.add_argument("host", metavar="HOST")
        if act is sign_in:
            sub.add_argument("--with-token", action="store_true",
                             help="keep a token of My Tokens instead, which is read from the terminal or standard input")
    command("status", status, "list the tools and hosts that have a token")
    command("maven", maven, "write ~/.m2/settings.xml", True).add_argument(
        "--id", required=True, help="the id of the repository in the project")
    command("gradle", gradle, "write ~/.gradle/gradle.properties", True).add_argument(
        "--name", required=True, help="the name of the repository in the build")
    command("apt", apt, "write /etc/apt/auth.conf.d/jeton-HOST.conf", True)
    command("netrc", write_netrc, "write ~/.netrc, for curl, wget and others", True)
    return made


def main():
    options = parser().parse_args()
    try:
        options.act(options)
    except Fault as fault:
        say(f"jeton-setup: {fault}")
        return 1
    except KeyboardInterrupt:
        return 130
    return 0
