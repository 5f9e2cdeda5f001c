"""The `<server>` of Maven's `settings.xml`. All that stands around it stays as it is, to the last byte."""

from typing import NamedTuple, Optional
from xml.parsers import expat
from xml.sax.saxutils import escape

from . import Fault

EMPTY = b"""<settings xmlns="http://maven.apache.org/SETTINGS/1.0.0">
</settings>
"""


class Element(NamedTuple):
    """An element as it stands in the file: the positions of its tags, and its text."""

    path: tuple
    start: int
    inner: int
    """Where its content begins; equal to `end` for `<name/>`."""
    close: int
    """Where its closing tag begins."""
    end: int
    text: str
    line: int


def elements(content):
    """All elements, in the order of their ends. Raises Fault if `content` is no XML."""
    found, opened = [], []
    parser = expat.ParserCreate()

    def tag_end():
        # Expat says where a tag begins. A `>` in an attribute would have to stand in quotes.
        position, quote = parser.CurrentByteIndex, None
        while True:
            each = content[position:position + 1]
            if quote:
                quote = None if each == quote else quote
            elif each in (b'"', b"'"):
                quote = each
            elif each == b">":
                return position + 1
            position += 1

    def start(name, _):
        opened.append([name.rsplit(":", 1)[-1], parser.CurrentByteIndex, tag_end(), "", parser.CurrentLineNumber])

    def data(text):
        if opened:
            opened[-1][3] += text

    def end(_):
        path = tuple(each[0] for each in opened)
        name, begin, inner, text, line = opened.pop()
        if content[inner - 2:inner] == b"/>":
            found.append(Element(path, begin, inner, inner, inner, text, line))
        else:
            found.append(Element(path, begin, inner, parser.CurrentByteIndex, tag_end(), text, line))

    parser.StartElementHandler, parser.EndElementHandler, parser.CharacterDataHandler = start, end, data
    try:
        parser.Parse(content, True)
    except expat.ExpatError as error:
        raise Fault(f"it is no XML: {error}") from None
    return found


def merge(content, server, login, token, replace=False):
    """`content` with that login and token for the server of that id. None stands for a file that is not there.

    Raises Fault for a server with somebody else's credentials, unless they are to be replaced.
    """
    content = content if content and content.strip() else EMPTY
    if b"\0" in content[:4]:
        raise Fault("it is in UTF-16: save it in UTF-8 first")
    found = elements(content)
    if not found or found[-1].path != ("settings",):
        raise Fault("it is not Maven's: its root is not <settings>")
    root = found[-1]
    lists = [each for each in found if each.path == ("settings", "servers")]
    mine = [each for each in found if each.path == ("settings", "servers", "server") and _child(found, each, "id") == server]
    if len(mine) > 1:
        raise Fault(f"lines {mine[0].line} and {mine[1].line} have servers with the id {server}: keep one of them")
    if mine:
        return _with_credentials(content, found, mine[0], login, token, replace)
    block = (f"    <server>\n      <id>{escape(server)}</id>\n      <username>{escape(login)}</username>\n"
             f"      <password>{escape(token)}</password>\n    </server>\n")
    if lists:
        return _with_content(content, lists[0], "servers", f"{block}  ")
    return _with_content(content, root, "settings", f"  <servers>\n{block}  </servers>\n")


def _child(found, parent, name):
    for each in found:
        if each.path == (*parent.path, name) and parent.start < each.start < parent.end:
            return each.text.strip()
    return None


def _with_content(content, element, name, added):
    """`content` with `added` at the end of the element."""
    if element.inner == element.end:  # <name/>
        tag = content[element.start:element.end - 2].rstrip()
        closing = f"</{_written_name(content, element)}>"
        return content[:element.start] + tag + b">\n" + (added + closing).encode() + content[element.end:]
    before = content[:element.close]
    trimmed = before.rstrip(b" \t")
    return (trimmed if trimmed.endswith(b"\n") else before + b"\n") + added.encode() + content[element.close:]


def _written_name(content, element):
    return content[element.start + 1:element.end].split(b">")[0].split()[0].rstrip(b"/").decode()


def _with_credentials(content, found, server, login, token, replace):
    had = _child(found, server, "username")
    if had not in (None, "", login) and not replace:
        raise Fault(f"line {server.line}: the server has credentials of “{had}”: add --replace to overwrite them")
    for name, value in (("password", token), ("username", login)):
        own = [each for each in elements(content) if each.path[-2:] == ("server", name)
               and server.start < each.start and each.path[:-1] == server.path]
        inside = [each for each in own if each.start < _end_of(content, server)]
        text = f"<{name}>{escape(value)}</{name}>".encode()
        if inside:
            content = content[:inside[0].start] + text + content[inside[0].end:]
        else:
            content = content[:server.inner] + b"\n      " + text + content[server.inner:]
    return content


def _end_of(content, server):
    return next(each.end for each in elements(content) if each.start == server.start)
