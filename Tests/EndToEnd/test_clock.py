"""A clock that was a year ahead and is set right: nothing of that year is waited for."""

import datetime

import pytest
import requests

from jeton import PASSWORD, Jeton, hidden_fields
from test_transition import Clock


def moment(days=0):
    return f"{datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(days=days):%Y-%m-%d %H:%M:%S}"


@pytest.fixture
def clock(tmp_path):
    with Clock(tmp_path) as clock:
        clock.set(moment(days=365))
        yield clock


def signs_in(server, password):
    """The status that a sign-in is answered with."""
    session = requests.Session()
    page = session.get(server.url + "/")
    answer = session.post(
        server.url + "/sign-in", headers={"Origin": server.url}, allow_redirects=False,
        data={**hidden_fields(page.text, "/sign-in"), "login": "alice", "password": password})
    return answer.status_code


def test_nobody_waits_for_the_day_that_the_clock_said(tmp_path, clock):
    (tmp_path / "desk").mkdir()
    with Jeton(tmp_path / "desk", environment=clock.environment) as server:
        server.add_user("alice")
        token = server.make_token("used")
        while signs_in(server, "another password") != 429:
            pass
        assert server.verify(headers={"Private-Token": token, "User-Agent": "ahead/1.0"}).status_code == 200
        assert server.stop() == 0

        clock.set(moment())
        server.start()
        assert signs_in(server, PASSWORD) == 303
        assert server.verify(headers={"Private-Token": token, "User-Agent": "right/1.0"}).status_code == 200
        assert server.stop() == 0
        listed = server.run("token", "list", "--user", "alice").stdout
        assert "with right 1.0" in listed and f" {moment()[:10]} " in listed
