"""Two lines of `gradle.properties`. All other lines stay as they are."""

import re

from . import Fault

_KEY = re.compile(r"[ \t\f]*((?:\\.|[^\\ \t\f:=])+)[ \t\f]*[:=]?[ \t\f]*(.*)", re.S)


def _logical_lines(text):
    """(whole text, key, value) of each entry; a comment or an empty line has the key None."""
    entry = ""
    for line in text.splitlines(keepends=True):
        entry += line
        bare = line.rstrip("\r\n")
        is_first = entry == line
        if is_first and (not bare.strip(" \t\f") or bare.lstrip(" \t\f")[0] in "#!"):
            yield entry, None, None
            entry = ""
        elif (len(bare) - len(bare.rstrip("\\"))) % 2 == 0:  # no backslash that continues the line
            yield (entry, *_key_and_value(entry))
            entry = ""
    if entry:
        yield (entry, *_key_and_value(entry))


def _key_and_value(entry):
    found = _KEY.match(re.sub(r"\\\r?\n[ \t\f]*", "", entry).rstrip("\r\n"))
    if not found:
        return None, None
    return re.sub(r"\\(.)", r"\1", found[1]), re.sub(r"\\(.)", r"\1", found[2])


def merge(content, name, login, token, replace=False):
    """`content` with `NAMEUsername` and `NAMEPassword`. None stands for a file that is not there.

    Raises Fault for somebody else's credentials under that name, unless they are to be replaced.
    """
    if not re.fullmatch(r"[A-Za-z_][A-Za-z0-9_]*", name):
        raise Fault("the name of a Gradle repository with credentials has letters and digits alone")
    text = (content or b"").decode("latin-1")
    wanted = {f"{name}Username": login, f"{name}Password": token}
    entries = list(_logical_lines(text))
    had = [value for _, key, value in entries if key == f"{name}Username"]
    if had and had[-1] != login and not replace:
        raise Fault(f"it has credentials of “{had[-1]}” for {name}: add --replace to overwrite them")
    ending = "\r\n" if "\r\n" in text else "\n"
    kept = "".join(entry for entry, key, _ in entries if key not in wanted)
    if kept and not kept.endswith("\n"):
        kept += ending
    return (kept + "".join(f"{key}={value}{ending}" for key, value in wanted.items())).encode("latin-1")
