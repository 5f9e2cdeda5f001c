"""The client's address as gateways write it that are not ours, by the real nginx before Jeton's gate and its API."""

import json

import pytest
import requests

from jeton import Jeton, wait_for
from proxies import PROXIES, Running
from test_proxies import ask, bearer, service  # noqa: F401 (a fixture)

CONFIG = """
trusted_proxies: [127.0.0.1/32]
metrics: {{ listen: "{address}", allow: [127.0.0.1/32, 192.0.2.0/24] }}
services:
  maven: {{ title: Maven private repository, kind: http }}
"""
CLIENT = "127.0.0.7"


class Writing(Running):
    """nginx that tells the client's address as `form` says."""

    def __init__(self, folder, form, **options):
        super().__init__(next(proxy for proxy in PROXIES if proxy.name == "nginx"), folder, **options)
        self.form = form

    def written(self, text):
        return super().written(text).replace(
            "proxy_set_header        X-Forwarded-For   $remote_addr;",
            f"proxy_set_header        X-Forwarded-For   '{self.form}';")


@pytest.fixture(scope="module")
def desk(tmp_path_factory):
    folder = tmp_path_factory.mktemp("desk")
    server = Jeton(folder, config=folder / "jeton.yaml")
    server.config.write_text(CONFIG.format(address=server.address))
    with server as jeton:
        jeton.add_user("alice")
        yield jeton


@pytest.fixture(scope="module")
def api(desk):
    return desk.api()


@pytest.mark.parametrize("form, client", [
    ("$remote_addr", CLIENT),
    ("$remote_addr:$remote_port", CLIENT),  # Azure's gateways
    ("$proxy_add_x_forwarded_for:$remote_port", CLIENT),
    ("[::ffff:$remote_addr]:$remote_port", CLIENT),
    ("unknown", None), ("_hidden", None), ("for=$remote_addr", None), ("$http_x_forwarded_for,", None),
    ("$remote_addr:", None),
], ids=lambda value: str(value))
def test_an_address_is_read_or_unknown_and_never_the_proxys(tmp_path, desk, api, service, form, client):
    name = f"form {form}"
    there = desk.make_token(name + " there", "--from", CLIENT)
    proxys = desk.make_token(name + " proxys", "--from", "127.0.0.1")
    free = desk.make_token(name)
    with Writing(tmp_path, form, jeton=desk.port, service=service.port) as running:
        for forged in ([], [("X-Forwarded-For", "127.0.0.1")], [("X-Forwarded-For", "127.0.0.1, unknown")]):
            def status(token):
                return ask(running, headers=[bearer(token)] + forged, source=CLIENT).status

            assert status(proxys) == 403
            assert status(there) == (200 if client else 403)
            assert status(free) == 200
    log = [json.loads(line) for line in desk.whole_log().splitlines() if line.startswith("{")]
    told = [line.get("client") for line in log if line.get("path") == "/verify/maven"]
    assert told[-1] == (client or "unknown")
    use = wait_for(lambda: next(row for row in api.list() if row["name"] == name).get("last_used"))
    assert use["address"] == (client or "")


@pytest.mark.parametrize("forwarded, status", [
    (None, 200), ("192.0.2.7", 200), ("192.0.2.7:51234", 200), ("198.51.100.1", 403), ("unknown", 403),
    ("192.0.2.7, unknown", 403), ("for=192.0.2.7", 403),
])
def test_the_api_and_the_metrics_read_it_alike(desk, forwarded, status):
    headers = {"X-Forwarded-For": forwarded} if forwarded else {}
    assert requests.get(desk.url + "/metrics", headers=headers, timeout=20).status_code == status
    name = f"api {forwarded}"
    bound = desk.make_token(name, "--from", "127.0.0.1", "--from", "192.0.2.0/24")
    answer = requests.get(
        desk.url + "/api/v1/me", headers={**headers, "Authorization": f"Bearer {bound}"}, timeout=20)
    assert answer.status_code == status
