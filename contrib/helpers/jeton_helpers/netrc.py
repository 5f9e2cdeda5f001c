"""An entry of `.netrc`, or of a file in apt's `auth.conf.d`. All other entries stay as they are."""

import re

from . import Fault

_WORD = re.compile(r'"(?:\\.|[^"\\])*"|\S+')
_STARTS = ("machine", "default", "macdef")


def _words(text):
    """(word, start, end) of each word outside comments and macros."""
    position = 0
    while True:
        found = _WORD.search(text, position)
        if not found:
            return
        word, position = found[0], found.end()
        if word.startswith("#"):
            position = (text.find("\n", found.start()) + 1) or len(text)
            continue
        yield word, found.start(), found.end()
        if word == "macdef":  # until an empty line
            blank = re.compile(r"\n[ \t]*\r?\n").search(text, position)
            position = blank.end() if blank else len(text)


def _entries(text):
    """(name of the machine or None for another entry, start, end, words) of each entry."""
    words = list(_words(text))
    heads, expected = [], False
    for index, (word, _, _) in enumerate(words):
        if not expected and word in _STARTS:
            heads.append(index)
        # What follows a key is its value, even if it reads like another key.
        expected = not expected and word in ("machine", "login", "password", "account", "user")
    for head, following in zip(heads, [*heads[1:], len(words)]):
        own = words[head:following]
        end = words[following][1] if following < len(words) else len(text)
        name = own[1][0].strip('"') if own[0][0] == "machine" and len(own) > 1 else None
        yield own[0][0], name, own[0][1], end, own


def _value(words, *keys):
    for (word, _, _), following in zip(words[2::2], words[3::2]):
        if word in keys:
            return following
    return None


def merge(content, machine, login, token, replace=False):
    """`content` with an entry for the machine. None stands for a file that is not there.

    Raises Fault for somebody else's credentials for it, unless they are to be replaced.
    """
    text = (content or b"").decode("utf-8", "surrogateescape")
    added = f"machine {machine}\nlogin {login}\npassword {token}\n"
    defaults = None
    for kind, name, start, end, words in _entries(text):
        if kind == "default":
            defaults = start if defaults is None else defaults
        if name is None or name.lower() != machine.lower():
            continue
        had = _value(words, "login", "user")
        if had and had[0].strip('"') != login and not replace:
            line = text.count("\n", 0, start) + 1
            raise Fault(f"line {line} has credentials of “{had[0]}” for {machine}: add --replace to overwrite them")
        # What follows the entry's last word, such as a comment on the next entry, stays.
        last = words[-1][2]
        text = text[:start] + added.rstrip("\n") + text[last:]
        return text.encode("utf-8", "surrogateescape")
    if defaults is not None:  # a default ends the search: nothing behind it is read
        text = text[:defaults] + added + "\n" + text[defaults:]
    else:
        text = text + ("\n" if text and not text.endswith("\n") else "") + added
    return text.encode("utf-8", "surrogateescape")
