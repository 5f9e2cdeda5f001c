"""What a client writes, through the sites of nginx in the examples and the first lines of the page."""

import pytest

from fronts import EXAMPLES, FRONTS
from test_peer_faults import IDENTITY
from test_proxies import CREDENTIALS, ask, bearer
from test_proxy_addresses import ADDRESSES, FEW, desk, service, token  # noqa: F401 (fixtures)
from test_proxy_targets import METHODS, TARGETS

FIRST = [front for front in FRONTS if not front.is_whole]


@pytest.fixture(scope="module", params=EXAMPLES + FIRST, ids=lambda front: front.name)
def front(request, tmp_path_factory, desk, service):  # noqa: F811
    folder = tmp_path_factory.mktemp(request.param.name)
    with request.param.start(folder, jeton=desk.port, service=service.port, name="maven") as running:
        running.front = request.param
        yield running


def test_nothing_that_belongs_to_the_gate_arrives(front, service, token):  # noqa: F811
    names = [*CREDENTIALS, *FEW, "Remote-User", "Remote-Name", "Remote-Email", "Remote-Groups", "Remote-Kind", "Remote-Actor",
             "X-Original-URL", "X-Rewrite-URL", "X-HTTP-Method-Override", "X-Jeton-Token", "X-Jeton-Groups",
             "Jeton-Token-Expires"]
    if front.front.is_whole:
        identity = [name.title().replace("_", separator) for name in IDENTITY for separator in "-_."]
        names = [*CREDENTIALS, *ADDRESSES, *identity, *TARGETS, *METHODS]
    for name in [*names, "X-Forwarded-For"]:
        value = token if name in CREDENTIALS else "evil"
        answer = ask(front, path=front.front.path + "/file", headers=[bearer(token), (name, value)])
        # A target that the client tells makes the question stricter, or unreadable.
        assert answer.status in (200, 400, 403), name
        if answer.status == 200:
            assert value not in [told for _, told in service.seen[-1]["headers"]], name


def test_a_long_query_passes(front, service, token):  # noqa: F811
    if not front.front.is_whole:
        pytest.skip("the first lines are for a location: the page says what a server needs")
    path = f"{front.front.path}/file?q={'x' * 12_000}"
    assert ask(front, path=path, headers=[bearer(token)]).status == 200
