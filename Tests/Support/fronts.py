"""Everything that the documents put in front of a service: the proxies' pages, and nginx's sites, complete or partial."""

import re
import subprocess
from pathlib import Path
from typing import NamedTuple

from jeton import ROOT, accepts, free_port, wait_for
from proxies import NGINX, PROXIES, Running, question

NGINX_PAGE = (ROOT / "docs/protect/nginx.md").read_text()


class Front(NamedTuple):
    """A document's configuration in front of a service."""
    name: str
    start: callable
    """Runs it in a folder, before the service and Jeton at those ports, asking for the service of that name."""
    path: str = ""
    """What the service's paths stand behind."""
    says_why: bool = True
    """Whether the client reads what Jeton says."""
    is_whole: bool = True
    """Whether it is more than the first lines."""
    moves: bool = True
    """Whether it rewrites the service's own address in an answer's `Location`."""


def proxied(proxy):
    def start(folder, *, jeton, service, name):
        return Running(proxy, folder, jeton=jeton, service=service, name=name)

    return Front(proxy.name, start, moves=proxy.name != "traefik")


class Site:
    """A site for nginx, with these addresses instead of the document's."""

    def __init__(self, folder, text):
        self.folder, self.text, self.port = Path(folder), text, free_port()
        self.url = f"http://127.0.0.1:{self.port}"

    def __enter__(self):
        self.folder.mkdir(parents=True, exist_ok=True)
        (self.folder / "nginx.conf").write_text(NGINX)
        (self.folder / "jeton.conf").write_text(self.text.replace("127.0.0.1:8081", f"127.0.0.1:{self.port}"))
        with (self.folder / "proxy.log").open("wb") as log:
            self.process = subprocess.Popen(
                ["nginx", "-e", "stderr", "-p", self.folder, "-c", self.folder / "nginx.conf"],
                stdin=subprocess.DEVNULL, stderr=log)
        wait_for(lambda: accepts(self.port))
        return self

    def __exit__(self, *_):
        self.process.terminate()
        self.process.wait(timeout=15)


def addressed(text, jeton, service, name):
    text = text.replace("127.0.0.1:9000", f"127.0.0.1:{service}").replace("127.0.0.1:8080", f"127.0.0.1:{jeton}")
    return text.replace("/verify/default", question(name))


def first_lines(why):
    """The first lines of nginx.md, which are also in the README; or these with the lines that say why."""
    def start(folder, *, jeton, service, name):
        few, once, inside, beside = re.findall(r"```nginx\n(.*?)```", NGINX_PAGE, re.S)[:4]
        if why:
            few = few.replace("location / {", "location / {" + inside) + beside
        text = f"{once if why else ''} server {{ listen 127.0.0.1:8081; {few} }}"
        return Site(folder, addressed(text, jeton, service, name))

    return Front(f"nginx-{'why' if why else 'few'}", start, says_why=why, is_whole=False)


def example(folder_name, path, asked):
    """An example's site, whose location at `path` leads to the service."""
    site = (ROOT / "examples" / folder_name / "nginx-site.conf").read_text()

    def start(folder, *, jeton, service, name):
        text = site[:site.index("# A minimal Maven repository:")]
        text = re.sub(r"http://unix:/run/maven-repository\.sock:/", f"http://127.0.0.1:{service}/", text)
        text = text.replace("unix:/run/", f"unix:{folder}/")
        if name.startswith("/"):
            text = text.replace("http://jeton/verify/", f"http://jeton{name}")
        else:
            text = text.replace(f"/_jeton/{asked};", f"/_jeton/{name};")
        return Site(folder, addressed(text, jeton, service, name))

    return Front(folder_name, start, path=path)


EXAMPLES = [
    example("maven-and-git", "/maven", "maven"), example("online-services", "/nuxeo/site/studio/maven", "maven"),
]
FRONTS = [*map(proxied, PROXIES), first_lines(why=False), first_lines(why=True), *EXAMPLES]
