"""The desk as a client sees it: sign-in by device (RFC 8628), and what a token may do with itself."""

import json
import re
import socket
import ssl
import time
import urllib.error
import urllib.parse
import urllib.request
from typing import NamedTuple, Optional

from . import VERSION, Fault

DEVICE_GRANT = "urn:ietf:params:oauth:grant-type:device_code"
_TOKEN = re.compile(r"[!-~]{1,512}")
_LARGEST = 256 * 1024


class Unreachable(Fault):
    """The desk does not answer, or answers that it cannot judge now."""


class Answer(NamedTuple):
    status: int
    body: dict

    def reason(self):
        """What the desk says is wrong: a sentence, or the name of an error."""
        for key in ("error_description", "detail", "title", "error"):
            if isinstance(self.body.get(key), str):
                return plain(self.body[key])
        return f"it answered {self.status}"


class Issued(NamedTuple):
    """A token that the desk gave out."""

    token: str
    expires_at: Optional[int]
    """In seconds since 1970, or None for no end that the desk told."""


def plain(text):
    """`text` without what would change a terminal."""
    return "".join(each if each.isprintable() else "?" for each in text)


class _NoRedirects(urllib.request.HTTPRedirectHandler):
    """A redirect would take a token, or a code for one, to another address."""

    def redirect_request(self, *_):
        return None


_opener = urllib.request.build_opener(_NoRedirects)


def call(method, url, form=None, body=None, token=None, timeout=30, agent=f"jeton-helpers/{VERSION}"):
    """Sends a request, and returns its Answer, whatever the status. Raises Unreachable."""
    request = urllib.request.Request(url, method=method)
    request.add_header("User-Agent", agent)
    request.add_header("Accept", "application/json")
    if form is not None:
        request.data = urllib.parse.urlencode(form).encode()
    if body is not None:
        request.data = json.dumps(body).encode()
        request.add_header("Content-Type", "application/json")
    if token is not None:
        request.add_header("Authorization", f"Bearer {token}")
    where = urllib.parse.urlsplit(url).netloc
    try:
        with _opener.open(request, timeout=timeout) as answer:
            return _read(answer.status, answer.read(_LARGEST))
    except urllib.error.HTTPError as error:
        with error:
            return _read(error.code, error.read(_LARGEST))
    except ssl.SSLError as error:
        raise Unreachable(f"{where} is not trusted: {error.reason}") from None
    except (OSError, socket.timeout, ValueError) as error:
        reason = getattr(error, "reason", error)
        raise Unreachable(f"the desk {where} does not answer: {plain(str(reason))}") from None


def _read(status, content):
    try:
        body = json.loads(content) if content else {}
    except ValueError:
        body = {}
    return Answer(status, body if isinstance(body, dict) else {})


# Device sign-in


def sign_in(host, tool, show):
    """Asks the person by `show`, a function of one line, to sign in to the host's desk, and waits until they did.

    Returns what was Issued. Raises Fault if it was denied, took too long, or is turned off.
    """
    form = {"client_id": host.client}
    if host.scope:
        form["scope"] = host.scope
    answer = call("POST", f"{host.desk}/oauth/device", form=form, agent=about_this_machine(tool))
    if answer.status != 200:
        raise Fault(f"{host.desk} gives no token by sign-in: {answer.reason()}")
    asked = answer.body
    address, code = asked.get("verification_uri"), asked.get("user_code")
    device_code = asked.get("device_code")
    if not all(isinstance(each, str) and _TOKEN.fullmatch(each) for each in (address, code, device_code)):
        raise Fault(f"{host.desk} answered a sign-in with what is none: tell its operator")
    show(f"{tool} needs a token for {host.name}. Open {address} and enter {code}")
    return _wait_for_it(host, device_code, _number(asked, "interval", 5), _number(asked, "expires_in", 600))


def about_this_machine(tool):
    """The tool and the machine in the form of a user agent, which the person sees before they approve."""
    machine = re.sub(r"[^A-Za-z0-9.-]", "-", socket.gethostname())[:40]
    return f"{tool}-on-{machine}/{VERSION}"


def _number(body, name, otherwise):
    value = body.get(name)
    return value if isinstance(value, (int, float)) and 0 < value < 86_400 else otherwise


def _wait_for_it(host, device_code, interval, expires_in):
    form = {"grant_type": DEVICE_GRANT, "device_code": device_code, "client_id": host.client}
    end, pause = time.monotonic() + expires_in, interval
    while time.monotonic() < end:
        time.sleep(pause)
        try:
            answer = call("POST", f"{host.desk}/oauth/token", form=form)
        except Unreachable:
            pause = min(pause * 2, 60)  # RFC 8628, 3.5
            continue
        pause = interval
        error = answer.body.get("error")
        if answer.status == 200:
            return issued(answer.body)
        if error == "slow_down":
            interval += 5
            pause = interval
        elif error == "access_denied":
            raise Fault("the sign-in was denied in the browser")
        elif error == "expired_token":
            break
        elif error != "authorization_pending" and answer.status < 500 and answer.status != 429:
            raise Fault(f"the sign-in failed: {answer.reason()}")
    raise Fault("nobody signed in in time: try again")


def issued(body):
    """What an answer of RFC 6749, 5.1, issued."""
    token, seconds = body.get("access_token"), body.get("expires_in")
    if not isinstance(token, str) or not _TOKEN.fullmatch(token):
        raise Fault("the desk answered without a token: tell its operator")
    return Issued(token, int(time.time() + seconds) if isinstance(seconds, (int, float)) else None)


# What a token may do with itself


def about_token(desk, token):
    """The desk's description of the token, or None if the desk knows it no more: revoked, expired, rotated.

    Raises Unreachable if the desk cannot tell.
    """
    answer = call("GET", f"{desk}/api/v1/tokens/self", token=token, timeout=10)
    if answer.status == 401:
        return None
    if answer.status >= 500 or answer.status == 429:
        raise Unreachable(f"{desk} cannot judge now: {answer.reason()}")
    return answer.body


def rotate(desk, token, overlap):
    """A new secret of that token, or None where it may not rotate itself. The old one works for `overlap` seconds."""
    answer = call("POST", f"{desk}/api/v1/tokens/self/rotate", body={"overlap_seconds": overlap}, token=token)
    secret = answer.body.get("secret")
    return secret if answer.status in (200, 201) and isinstance(secret, str) and _TOKEN.fullmatch(secret) else None


def revoke(desk, token):
    """Revokes the token (RFC 7009). Raises Fault if the desk did not."""
    answer = call("POST", f"{desk}/oauth/revoke", form={"token": token})
    if answer.status != 200:
        raise Fault(f"{desk} did not revoke the token ({answer.reason()}): revoke it on My Tokens")
