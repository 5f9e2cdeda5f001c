"""Others that tell whether a token is good."""

from contextlib import ExitStack

from peers import Canaille, Glewlwyd, JupyterHub
from rounds import Row, rate, ratio


def peers(bench):
    """Others that tell whether a token is good."""
    home = bench.folder / "peers"
    with ExitStack() as stack:
        servers = {
            "Jeton, 1 M tokens": bench.jeton(),
            "glewlwyd, introspection": Glewlwyd(home / "glewlwyd", bench.peer_tokens),
            "JupyterHub, token check": JupyterHub(
                home / "jupyterhub", bench.peer_tokens, bench.folder / "jupyterhub"),
            "canaille, introspection": Canaille(home / "canaille", bench.peer_tokens, bench.folder / "canaille"),
        }
        for server in servers.values():
            stack.enter_context(server)
        found = bench.peaks(servers)
    mine = found.pop("Jeton, 1 M tokens")
    return [Row("verified requests a second", rate(mine), f"{name}: {rate(theirs)}", ratio(mine, theirs), goal)
            for (name, theirs), goal in zip(found.items(), (60, 100, 300))]
