"""The desk at a unix socket behind nginx and Caddy with TLS, with what its page says to write instead of a port."""

import re

import pytest

from local_socket import SOCKET, SocketJeton
from test_desk_behind_a_proxy import PAGE, PROXIES, Front
from test_desk_behind_a_proxy import test_a_form_of_another_site_is_refused  # noqa: F401
from test_desk_behind_a_proxy import test_a_token_lives_its_whole_life_with_the_clients_address  # noqa: F401
from test_desk_behind_a_proxy import test_the_gate_is_closed_from_outside  # noqa: F401
from test_desk_behind_a_proxy import test_what_the_page_says_to_try_prints_what_it_says  # noqa: F401

SECTION = PAGE[PAGE.index("## A unix socket"):]


class SocketFront(Front):
    """A front whose desk is at a socket alone."""

    def __init__(self, kind, folder):
        super().__init__(kind, folder)
        self.desk = SocketJeton(folder / "desk", folder / "jeton.yaml")

    def written(self, name):
        if name == "jeton.yaml":
            block = re.search(r"```yaml\n(listen: unix:.*?)```", SECTION, re.S)[1]
            # One client is not at the address of a trusted proxy.
            return (block.replace(SOCKET, f"{self.folder}/desk/gate.sock")
                    .replace("https://tokens.example.com", self.url) + "trusted_proxies: [127.0.0.1/32]\n")
        lines = re.search(r"nginx writes\s+`(.*?)` and Caddy\s+`(.*?)`", SECTION).groups()
        text = super().written(name)
        for line in lines:
            old = re.sub(r"(http://)?unix:?/.*?(;?)$", r"\g<1>127.0.0.1:8080\2", line)
            text = text.replace(old.replace("127.0.0.1:8080", self.desk.address), line)
        return text.replace(SOCKET, str(self.desk.path))


@pytest.fixture(scope="module", params=["nginx", "caddy-2.6", "caddy-2.11"])
def front(request, tmp_path_factory):
    with SocketFront(request.param, tmp_path_factory.mktemp(request.param)) as front:
        site = (front.folder / PROXIES[request.param][0]).read_text()
        assert str(front.desk.path) in site and "8080" not in site
        front.desk.add_user("alice", "--admin")
        yield front
