"""Addresses as tools write them, and the exact host that each one names.

A helper that took `packages.example.com@elsewhere.example` or a line break for a part of a host would hand a token
to somebody else (CVE-2020-5260, CVE-2024-50349, CVE-2024-53263). What is not plainly a host is therefore refused.
"""

import ipaddress
import re
from urllib.parse import urlsplit

from . import Fault

_HOST = re.compile(r"(?:[a-z0-9](?:[a-z0-9_-]*[a-z0-9])?\.)*[a-z0-9](?:[a-z0-9_-]*[a-z0-9])?\.?|\[[0-9a-f:.]+\]")
_PLAIN = re.compile(r"[!-~]+")  # printable ASCII without a space: no CR, LF or NUL


def host_of(address):
    """The host in `address`, in lower case, with its port unless that is the default one.

    `address` is `HOST`, `HOST:PORT` or a URL, with cargo's `sparse+` or without. Raises Fault if it has a user, any
    character that is no part of an address, or plain http to another machine.
    """
    if not _PLAIN.fullmatch(address) or "\\" in address:
        raise Fault("this address has characters that no address has")
    text = address[len("sparse+"):] if address.startswith("sparse+") else address
    try:
        parts = urlsplit(text if "://" in text else "https://" + text)
        port = parts.port
    except ValueError:
        raise Fault("this is not the address of a host") from None
    host = parts.netloc[:-len(f":{port}")] if port is not None else parts.netloc
    host = host.lower()
    if parts.scheme not in ("http", "https") or not _HOST.fullmatch(host):
        raise Fault("this is not the address of a host: write HOST, HOST:PORT or https://HOST/")
    if parts.scheme == "http" and not is_loopback(host):
        raise Fault(f"a token is never sent to {host} over plain http: use https")
    default = 80 if parts.scheme == "http" else 443
    return host if port in (None, default) else f"{host}:{port}"


def is_loopback(host):
    """Whether `host`, without a port, is this machine."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return False


def base_url(text):
    """The desk's address without the slash at its end. Raises Fault unless it is https, or http on this machine."""
    host_of(text)
    parts = urlsplit(text)
    if not parts.scheme or parts.query or parts.fragment:
        raise Fault("the desk's address is a URL such as https://tokens.example.com")
    return text.rstrip("/")
